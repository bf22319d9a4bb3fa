//! References in Jinja.

use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template, Type, Value};

use super::{Expressions, OWN, artifact_call, container_path};
use crate::airflow::settings::Runner;

impl<'a> Expressions<'a> {
    /// A template that says the same in Jinja, if there is one in which nothing can go wrong.
    pub(super) fn jinja_template(&self, template: &Template) -> Option<String> {
        let mut out = String::new();
        for part in &template.parts {
            match part {
                // Jinja would read these, drop a last newline and turn `\r\n` into `\n`.
                Part::Text(text) if text.contains(['{', '\n', '\r']) => return None,
                Part::Text(text) => out.push_str(text),
                Part::Expr(expr) => match self.constant_text(expr) {
                    Some(text) if text.contains(['{', '\n', '\r']) => return None,
                    Some(text) => out.push_str(&text),
                    None => out.push_str(&self.jinja(expr)?),
                },
            }
        }
        Some(out)
    }

    pub(super) fn jinja(&self, expr: &Expr) -> Option<String> {
        let code = match &expr.kind {
            ExprKind::Ref(reference) => self.jinja_reference(reference)?,
            ExprKind::Default(reference, fallback) => {
                let fallback = jinja_literal(fallback.as_literal()?)?;
                if !self.is_absent_unless_succeeded(reference) {
                    return None;
                }
                self.lowering.macros.need("default");
                format!("default({}, {fallback})", self.jinja_reference(reference)?)
            }
            _ => return None,
        };
        if expr.ty == Type::String {
            return Some(["{{ ", &code, " }}"].concat());
        }
        self.lowering.flags.text_filter.set(true);
        Some(["{{ ", &code, " | text }}"].concat())
    }

    fn jinja_reference(&self, reference: &Ref) -> Option<String> {
        let need = |name| self.lowering.macros.need(name);
        Some(match reference {
            Ref::Parameter { scope: None, name } if DICT_METHODS.contains(&name.as_str()) => {
                format!("params['{name}']")
            }
            Ref::Parameter { scope: None, name } => ["params.", name].concat(),
            Ref::Parameter {
                scope: Some(group),
                name,
            } => {
                let own = self.lowering.mapped_group_inside(*group).is_some();
                jinja_pull(own, &self.lowering.start_id(*group), name)
            }
            Ref::Output { task, name } => {
                let id = self.lowering.data_id(*task);
                if self.is_fan_in(*task) {
                    need("every");
                    format!("every(ti, '{id}', '{name}')")
                } else if self.lowering.is_approval(*task) {
                    format!(
                        "{}['chosen_options'][0]",
                        jinja_pull(self.shares_instance(*task), &id, "return_value")
                    )
                } else {
                    jinja_pull(self.shares_instance(*task), &id, name)
                }
            }
            Ref::Artifact { task, name } => {
                let found = self.lowering.artifact(*task, name);
                if self.lowering.settings.runner != Runner::Process {
                    let path = container_path(&found);
                    let code = format!("'{path}'").replace(OWN, "' ~ ti.map_index ~ '");
                    return Some(code.trim_end_matches(" ~ ''").to_owned());
                }
                need(if found.fans_in {
                    "artifacts"
                } else {
                    "artifact"
                });
                artifact_call(&found, |text| format!("'{text}'"))
            }
            Ref::Status { task } => {
                need("status");
                format!(
                    "status(ti, {})",
                    self.status_arguments(*task, |id| format!("'{id}'"))
                )
            }
            Ref::Item { fan_out } if self.element_of != Some(*fan_out) => "task.item".into(),
            Ref::Index { fan_out } if self.element_of != Some(*fan_out) => "ti.map_index".into(),
            Ref::RunId => "run_id".into(),
            Ref::RunDate => {
                need("run_date");
                "run_date(dag_run)".into()
            }
            Ref::RunStatus => {
                need("run_status");
                "run_status(ti)".into()
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => {
                need("attempt");
                format!("attempt(ti) ~ '/{name}'")
            }
            Ref::Item { .. }
            | Ref::Index { .. }
            | Ref::RunScheduledAt
            | Ref::RunDuration
            | Ref::Secret { .. } => return None,
        })
    }
}

fn jinja_pull(own_instance: bool, id: &str, key: &str) -> String {
    let own = if own_instance {
        ", map_indexes=ti.map_index"
    } else {
        ""
    };
    [
        "ti.xcom_pull(task_ids='",
        id,
        "', key='",
        key,
        "'",
        own,
        ")",
    ]
    .concat()
}

/// A constant in Jinja, where its text needs no escapes.
fn jinja_literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let is_simple = |c: char| c.is_ascii_alphanumeric() || " _-./:".contains(c);
            text.chars().all(is_simple).then(|| format!("'{text}'"))
        }
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::List(list) if list.is_empty() => Some("[]".into()),
        _ => None,
    }
}

/// Attributes of a dictionary, which Jinja's dot would find before the parameter.
const DICT_METHODS: [&str; 20] = [
    "clear",
    "copy",
    "deep_merge",
    "dump",
    "filter_params_by_source",
    "fromkeys",
    "get",
    "get_param",
    "items",
    "keys",
    "pop",
    "popitem",
    "serialize",
    "deserialize",
    "setdefault",
    "suppress_exception",
    "update",
    "validate",
    "values",
    "data",
];
