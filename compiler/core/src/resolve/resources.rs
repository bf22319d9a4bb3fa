//! `resources`, `kubernetes` and `targets`.

use indexmap::IndexMap;

use super::Resolver;
use super::keys::{self, Table};
use super::place::Place;
use super::reader::Reader;
use crate::checks;
use crate::document::{Entry, Meaning, Node};
use crate::expr::{Type, Value};
use crate::flow::{Amount, Gpu, Kubernetes, Resources, TargetFieldSet, TargetFields};
use crate::source::Spanned;

/// Mappings of one table of which the first that has a key gives its value.
struct Layers<'n> {
    readers: Vec<Reader<'n>>,
}

impl<'n> Layers<'n> {
    fn get(&self, key: &str) -> Option<&'n Node<'n>> {
        self.readers.iter().find_map(|reader| reader.get(key))
    }
}

impl<'n> Resolver<'n> {
    fn layers(
        &mut self,
        nodes: [Option<&'n Node<'n>>; 2],
        table: &'static Table,
        place: &str,
    ) -> Layers<'n> {
        let readers = nodes
            .into_iter()
            .flatten()
            .filter_map(|node| Reader::new(node, table, place, &mut self.report))
            .collect();
        Layers { readers }
    }

    /// Reads `resources`, first those of the task, then, key by key, those of the defaults.
    pub(crate) fn resources(
        &mut self,
        nodes: [Option<&'n Node<'n>>; 2],
        place: &Place,
    ) -> Resources {
        let layers = self.layers(nodes, &keys::RESOURCES, "`resources`");
        let mut amount = |key: &str| {
            let node = layers.get(key)?;
            self.amount(node, place, &format!("`{key}`"))
        };
        let (cpu, memory, disk) = (amount("cpu"), amount("memory"), amount("disk"));
        let gpu = layers.get("gpu").and_then(|node| self.gpu(node, place));
        Resources {
            cpu,
            memory,
            gpu,
            disk,
        }
    }

    fn gpu(&mut self, node: &'n Node<'n>, place: &Place) -> Option<Gpu> {
        if node.mapping().is_none() {
            let count = self.gpu_count(node, place)?;
            return Some(Gpu { count, kind: None });
        }
        let reader = Reader::new(node, &keys::GPU, "`gpu`", &mut self.report)?;
        let count = reader
            .get("count")
            .and_then(|node| self.gpu_count(node, place));
        let kind = self
            .report
            .text_opt(reader.get("kind"), "the `kind` of `gpu`");
        Some(Gpu {
            count: count?,
            kind,
        })
    }

    fn gpu_count(&mut self, node: &Node, place: &Place) -> Option<Amount> {
        if !holds_expression(node) {
            self.report.integer(Some(node), "`gpu`", 0, 1 << 20)?;
        }
        self.amount(node, place, "`gpu`")
    }

    fn amount(&mut self, node: &Node, place: &Place, what: &str) -> Option<Amount> {
        if !holds_expression(node) {
            return self.report.quantity(node, what).map(Amount::Known);
        }
        let scalar = node.scalar()?;
        let wanted = "an amount or one whole expression";
        let expr = self.whole(node, scalar, place, what, wanted)?;
        let expr = match expr.ty {
            Type::String => expr,
            _ => self.expect(expr, &Type::Number, what)?,
        };
        Some(Amount::Computed(expr))
    }

    /// Reads `kubernetes`, first that of the task, then, key by key, that of the defaults.
    pub(crate) fn kubernetes(&mut self, nodes: [Option<&'n Node<'n>>; 2]) -> Kubernetes {
        let layers = self.layers(nodes, &keys::KUBERNETES, "`kubernetes`");
        let report = &mut self.report;
        let policies = ["Always", "IfNotPresent", "Never"].map(|word| (word, word));
        let policy = layers.get("image_pull_policy");
        let secrets = layers.get("image_pull_secrets");
        Kubernetes {
            service_account: report.text_opt(layers.get("service_account"), "`service_account`"),
            node_selector: report.text_map(layers.get("node_selector"), "`node_selector`"),
            tolerations: tolerations(layers.get("tolerations"), report),
            affinity: layers.get("affinity").and_then(|node| {
                let value = object(node, "`affinity`", report)?;
                Some(Spanned::new(value, node.span))
            }),
            labels: report.text_map(layers.get("labels"), "`labels`"),
            annotations: report.text_map(layers.get("annotations"), "`annotations`"),
            image_pull_policy: report
                .word(policy, "`image_pull_policy`", &policies)
                .map(|policy| policy.map(str::to_owned)),
            image_pull_secrets: secrets
                .and_then(|node| report.texts(node, "`image_pull_secrets`"))
                .unwrap_or_default(),
            priority_class: report.text_opt(layers.get("priority_class"), "`priority_class`"),
        }
    }

    /// Reads `targets`. What the fields may be is for the targets to say.
    pub(crate) fn targets(&mut self, node: Option<&Node>) -> TargetFields {
        let mut targets = IndexMap::new();
        let entries = match node.map(|node| (node, node.mapping())) {
            None => &[][..],
            Some((_, Some(entries))) => entries,
            Some((node, None)) => {
                let wanted = "fields by target name";
                self.report
                    .push(checks::type_mismatch::wants(node, "`targets`", wanted));
                &[][..]
            }
        };
        for entry in entries {
            if let Some(fields) = self.target_fields(entry) {
                targets.insert(entry.key.to_string(), fields);
            }
        }
        TargetFields { targets }
    }

    fn target_fields(&mut self, entry: &Entry) -> Option<TargetFieldSet> {
        let place = format!("`targets.{}`", entry.key);
        let Some(fields) = entry.value.mapping() else {
            self.report.push(checks::type_mismatch::wants(
                &entry.value,
                &place,
                "a mapping",
            ));
            return None;
        };
        let fields = fields
            .iter()
            .filter_map(|field| {
                let place = format!("`targets.{}.{}`", entry.key, field.key);
                let value = self.report.value(&field.value, &place, true)?;
                Some((field.key.to_string(), Spanned::new(value, field.key_span)))
            })
            .collect();
        Some(TargetFieldSet {
            span: entry.key_span,
            fields,
        })
    }
}

fn tolerations(node: Option<&Node>, report: &mut super::report::Report) -> Vec<Spanned<Value>> {
    let Some(node) = node else { return Vec::new() };
    let nodes = report.list(node, "`tolerations`").unwrap_or_default();
    nodes
        .iter()
        .filter_map(|node| {
            let value = object(node, "an element of `tolerations`", report)?;
            Some(Spanned::new(value, node.span))
        })
        .collect()
}

fn object(node: &Node, place: &str, report: &mut super::report::Report) -> Option<Value> {
    if node.mapping().is_none() {
        report.push(checks::type_mismatch::wants(node, place, "a mapping"));
        return None;
    }
    report.value(node, place, true)
}

fn holds_expression(node: &Node) -> bool {
    node.scalar()
        .is_some_and(|scalar| scalar.meaning == Meaning::String && scalar.text.contains("${{"))
}
