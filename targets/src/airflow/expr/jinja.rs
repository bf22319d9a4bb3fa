//! References in Jinja.

use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template, Type, Value};

use super::{Expressions, OWN, artifact_call, container_path};
use crate::airflow::settings::Runner;

/// As many bytes as most references take.
const USUAL_JINJA: usize = 64;

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
                    None => self.write_jinja(expr, &mut out)?,
                },
            }
        }
        Some(out)
    }

    pub(super) fn jinja(&self, expr: &Expr) -> Option<String> {
        let mut out = String::with_capacity(USUAL_JINJA);
        self.write_jinja(expr, &mut out)?;
        Some(out)
    }

    /// Writes the expression; what was written is of no use when it gives nothing.
    fn write_jinja(&self, expr: &Expr, out: &mut String) -> Option<()> {
        out.push_str("{{ ");
        match &expr.kind {
            ExprKind::Ref(reference) => self.write_reference(reference, out)?,
            ExprKind::Default(reference, fallback) => {
                let fallback = jinja_literal(fallback.as_literal()?)?;
                if !self.is_absent_unless_succeeded(reference) {
                    return None;
                }
                self.lowering.macros.need("default");
                out.push_str("default(");
                self.write_reference(reference, out)?;
                out.extend([", ", &fallback, ")"]);
            }
            _ => return None,
        }
        if expr.ty == Type::String {
            out.push_str(" }}");
        } else {
            self.lowering.flags.text_filter.set(true);
            out.push_str(" | text }}");
        }
        Some(())
    }

    fn write_reference(&self, reference: &Ref, out: &mut String) -> Option<()> {
        let need = |name| self.lowering.macros.need(name);
        match reference {
            Ref::Parameter { scope: None, name } if DICT_METHODS.contains(&name.as_str()) => {
                out.extend(["params['", name, "']"]);
            }
            Ref::Parameter { scope: None, name } => out.extend(["params.", name]),
            Ref::Parameter {
                scope: Some(group),
                name,
            } => {
                let own = self.lowering.mapped_group_inside(*group).is_some();
                write_pull(own, &self.lowering.start_id(*group), name, out);
            }
            Ref::Output { task, name } => {
                let id = self.lowering.data_id(*task);
                if self.is_fan_in(*task) {
                    need("every");
                    out.extend(["every(ti, '", &id, "', '", name, "')"]);
                } else if self.lowering.is_approval(*task) {
                    write_pull(self.shares_instance(*task), &id, "return_value", out);
                    out.push_str("['chosen_options'][0]");
                } else {
                    write_pull(self.shares_instance(*task), &id, name, out);
                }
            }
            Ref::Artifact { task, name } => {
                let found = self.lowering.artifact(*task, name);
                if self.lowering.settings.runner != Runner::Process {
                    let path = container_path(&found);
                    let code = format!("'{path}'").replace(OWN, "' ~ ti.map_index ~ '");
                    out.push_str(code.trim_end_matches(" ~ ''"));
                    return Some(());
                }
                need(if found.fans_in {
                    "artifacts"
                } else {
                    "artifact"
                });
                out.push_str(&artifact_call(&found, |text| format!("'{text}'")));
            }
            Ref::Status { task } => {
                need("status");
                let arguments = self.status_arguments(*task, |id| format!("'{id}'"));
                out.extend(["status(ti, ", &arguments, ")"]);
            }
            Ref::Item { fan_out } if self.element_of != Some(*fan_out) => {
                out.push_str("task.item");
            }
            Ref::Index { fan_out } if self.element_of != Some(*fan_out) => {
                out.push_str("ti.map_index");
            }
            Ref::RunId => out.push_str("run_id"),
            Ref::RunDate => {
                need("run_date");
                out.push_str("run_date(dag_run)");
            }
            Ref::RunStatus => {
                need("run_status");
                out.push_str("run_status(ti)");
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => {
                need("attempt");
                out.extend(["attempt(ti) ~ '/", name, "'"]);
            }
            Ref::Item { .. }
            | Ref::Index { .. }
            | Ref::RunScheduledAt
            | Ref::RunDuration
            | Ref::Secret { .. } => return None,
        }
        Some(())
    }
}

fn write_pull(own_instance: bool, id: &str, key: &str, out: &mut String) {
    out.extend(["ti.xcom_pull(task_ids='", id, "', key='", key, "'"]);
    if own_instance {
        out.push_str(", map_indexes=ti.map_index");
    }
    out.push(')');
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
