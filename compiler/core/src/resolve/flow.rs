//! The flow as a whole: everything that is not in a task.

use super::Resolver;
use super::files::{File, clean};
use super::keys::{self, IR_VERSION};
use super::place::Field;
use super::reader::Reader;
use crate::checks;
use crate::document::{Entry, Meaning, Node};
use crate::flow::{ArtifactExport, Export, Flow, Overlap, Schedule, TaskId};
use crate::source::{FileId, Spanned};
use crate::values::{self, Date};

/// The version of the IR's JSON form that is read and written.
pub(crate) const CURRENT_IR: i64 = 1;

impl<'n> Resolver<'n> {
    /// The flow of the root file.
    pub(crate) fn resolve(&mut self, file: FileId) -> Option<Flow> {
        let path = clean(self.sources.file(file).path());
        let files = self.files;
        let Some(File::Read(Some(node))) = files.get(&path) else {
            return None;
        };
        if !self.known_ir_version(node) {
            return None;
        }
        let reader = Reader::new(node, &keys::FLOW, "the flow", &mut self.report)?;
        let frame = self.frame(path, reader, None, reader.place());
        let (roots, finally) = self.declare_flow(frame);
        if self.gave_up {
            return None;
        }
        self.find_units();
        self.flow(roots, finally)
    }

    /// Whether the document is a flow, or an IR of a version that is known.
    fn known_ir_version(&mut self, node: &Node) -> bool {
        let Some(version) = node.get(IR_VERSION) else {
            return true;
        };
        self.is_ir = true;
        let known = version
            .scalar()
            .is_some_and(|scalar| scalar.meaning == Meaning::Integer(CURRENT_IR));
        if !known {
            let text = version.scalar().map_or("", |scalar| &scalar.text);
            self.report.push(checks::unknown_ir_version::found(
                version.span,
                text,
                CURRENT_IR,
            ));
        }
        known
    }

    fn flow(&mut self, roots: Vec<TaskId>, finally: Vec<TaskId>) -> Option<Flow> {
        let reader = self.frames[0].reader;
        let name = reader.get("flow").and_then(|node| self.flow_name(node));
        let place = self.flow_place(Field::ServiceEnv);
        let report = &mut self.report;
        let description = report.text_opt(reader.get("description"), "`description`");
        let owner = report.text_opt(reader.get("owner"), "`owner`");
        let tags = reader
            .get("tags")
            .and_then(|node| report.texts(node, "`tags`"));
        let labels = report.text_map(reader.get("labels"), "`labels`");
        let timeout = report.limit(reader.get("timeout"), "`timeout`");
        let max_parallel = report.positive(reader.get("max_parallel"), "`max_parallel`");
        let fail_fast = report.boolean(reader.get("fail_fast"), "`fail_fast`");
        let schedule = reader
            .entry("schedule")
            .and_then(|entry| self.schedule(entry));
        let concurrency = self.concurrency(reader.entry("concurrency"));
        let services = self.services(reader.get("services"), &place);
        let (outputs, artifacts) = self.flow_exports(&reader);
        let targets = self.targets(reader.get("targets"));
        // Pushed one by one: a task is large, and there may be many.
        let mut tasks = Vec::with_capacity(self.tasks.len());
        for index in 0..self.tasks.len() {
            tasks.extend(self.build_task(TaskId(index as u32)));
        }
        if tasks.len() < self.tasks.len() {
            return None;
        }
        for (task, declared) in tasks.iter_mut().zip(&mut self.tasks) {
            task.name = std::mem::take(&mut declared.name);
            task.path = std::mem::take(&mut declared.path);
            task.outputs = std::mem::take(&mut declared.outputs);
            task.artifacts = std::mem::take(&mut declared.artifacts);
            task.upstream = std::mem::take(&mut declared.upstream).sorted();
        }
        let secrets = std::mem::take(&mut self.secrets);
        Some(Flow {
            name: name?,
            description,
            owner,
            tags: tags.unwrap_or_default(),
            labels,
            parameters: std::mem::take(&mut self.frames[0].parameters),
            secrets: secrets
                .into_iter()
                .map(|(name, span)| Spanned::new(name, span))
                .collect(),
            schedule,
            timeout,
            max_parallel,
            fail_fast: asked_for(fail_fast),
            concurrency,
            services,
            tasks,
            roots,
            finally,
            outputs,
            artifacts,
            targets,
        })
    }

    /// The name of a flow.
    pub(crate) fn flow_name(&mut self, node: &Node) -> Option<Spanned<String>> {
        self.report.name(node, "`flow`", values::check_flow_name)
    }

    /// Reads `secrets`, which makes them known.
    pub(crate) fn declared_secrets(&mut self, node: &Node) -> Option<Vec<Spanned<String>>> {
        let nodes = self.report.list(node, "`secrets`")?;
        let names: Vec<_> = nodes
            .iter()
            .filter_map(|node| self.report.name(node, "a secret", values::check_name))
            .collect();
        for name in &names {
            self.secrets.entry(name.value.clone()).or_insert(name.span);
        }
        (names.len() == nodes.len()).then_some(names)
    }

    fn flow_exports(&mut self, reader: &Reader<'n>) -> (Vec<Export>, Vec<ArtifactExport>) {
        let outputs = self
            .export_entries(reader, "outputs")
            .iter()
            .filter_map(|entry| {
                let place = self.flow_place(Field::Export);
                let what = format!("the exported output `{}`", entry.key);
                Some(Export {
                    name: Spanned::new(entry.key.to_string(), entry.key_span),
                    value: self.value_expr(&entry.value, &place, &what)?,
                })
            })
            .collect();
        let artifacts = self
            .export_entries(reader, "artifacts")
            .iter()
            .filter_map(|entry| {
                let place = self.flow_place(Field::ArtifactExport);
                self.artifact_export(entry, &place)
            })
            .collect();
        (outputs, artifacts)
    }

    fn export_entries(&mut self, reader: &Reader<'n>, key: &str) -> &'n [Entry<'n>] {
        let Some(node) = reader.get(key) else {
            return &[];
        };
        let Some(entries) = node.mapping() else {
            let wanted = "exports by name";
            self.report.push(checks::type_mismatch::wants(
                node,
                format_args!("`{key}`"),
                wanted,
            ));
            return &[];
        };
        for entry in entries {
            self.check_key_name(entry, values::check_name);
            if key == "artifacts"
                && let Some(other) = reader
                    .get("outputs")
                    .and_then(Node::mapping)
                    .and_then(|outputs| outputs.iter().find(|output| output.key == entry.key))
            {
                let name = Spanned::new(entry.key.to_string(), entry.key_span);
                self.report
                    .push(checks::duplicate_name::output_and_artifact(
                        &name,
                        other.key_span,
                    ));
            }
        }
        entries
    }

    fn schedule(&mut self, entry: &'n Entry<'n>) -> Option<Schedule> {
        if entry.value.mapping().is_none() {
            let text = entry
                .value
                .scalar()
                .map_or("0 3 * * *", |scalar| &scalar.text);
            self.report.push(
                checks::type_mismatch::wants(&entry.value, "`schedule`", "a mapping")
                    .help(format!("write `schedule: {{ cron: \"{text}\" }}`")),
            );
            return None;
        }
        let place = "`schedule`";
        let reader = Reader::new(&entry.value, &keys::SCHEDULE, place, &mut self.report)?;
        let report = &mut self.report;
        let cron = report.cron(reader.get("cron"), "`cron`");
        let timezone = report.timezone(reader.get("timezone"), "`timezone`");
        let start = report.date(reader.get("start"), "`start`");
        let end = report.date(reader.get("end"), "`end`");
        let catchup = report.boolean(reader.get("catchup"), "`catchup`");
        let words = [
            ("allow", Overlap::Allow),
            ("skip", Overlap::Skip),
            ("replace", Overlap::Replace),
        ];
        let overlap = report.word(reader.get("overlap"), "`overlap`", &words);
        if let Some(catchup) = catchup.as_ref().filter(|catchup| catchup.value)
            && reader.entry("start").is_none()
        {
            report.push(checks::missing_key::start_of_catchup(catchup.span));
        }
        if let (Some(start), Some(end)) = (&start, &end)
            && is_before(end, start)
        {
            report.push(checks::out_of_range::dates(end.span, start.span));
        }
        Some(Schedule {
            span: entry.key_span,
            cron: cron?,
            timezone: timezone.unwrap_or(Spanned::new("UTC".to_owned(), entry.key_span)),
            start,
            end,
            catchup: catchup.unwrap_or(Spanned::new(false, entry.key_span)),
            overlap: overlap.unwrap_or(Spanned::new(Overlap::Allow, entry.key_span)),
        })
    }
}

/// A switch that is on; one that is off is as good as absent.
pub(crate) fn asked_for(switch: Option<Spanned<bool>>) -> Option<Spanned<bool>> {
    switch.filter(|switch| switch.value)
}

/// Whether a date is certainly before another: days are compared in one time zone only.
fn is_before(a: &Date, b: &Date) -> bool {
    let moment = |date: &Date| {
        date.time()
            .map(|time| (time.hour, time.minute, time.second))
    };
    let offset = |date: &Date| date.time().map(|time| time.offset_minutes);
    match (offset(a), offset(b)) {
        (Some(x), Some(y)) if x == y => (a.day(), moment(a)) < (b.day(), moment(b)),
        (None, None) => a.day() < b.day(),
        _ => false,
    }
}
