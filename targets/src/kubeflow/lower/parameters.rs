//! The parameters of a run, looked at before anything starts.

use flowc_core::expr::Type;
use flowc_core::flow::Parameter;

use super::Lowering;
use super::cel::Condition;
use super::scope::Datum;
use super::script::{Script, whole_pattern};
use crate::kubeflow::name::Name;
use crate::python::{Code, string};

impl<'f> Lowering<'f> {
    /// The task that refuses parameters, when there is something to refuse that Kubeflow takes.
    pub(super) fn checked_parameters(&mut self) -> Option<Name<'f>> {
        let flow = self.flow;
        let looked_at: Vec<&Parameter> = flow
            .parameters
            .iter()
            .filter(|parameter| needs_a_look(parameter))
            .collect();
        if looked_at.is_empty() {
            return None;
        }
        let mut script = Script::new(self);
        for parameter in looked_at {
            let variable = script.read(Datum::Parameter((&parameter.name.value).into()));
            script.line(check(parameter, &variable));
        }
        let made = script.finish("refuses parameters before anything starts".to_owned());
        let key = self.key("parameters");
        self.helper(
            &key,
            "the parameters".to_owned(),
            &"parameters".into(),
            made,
            &Condition::Always,
            Vec::new(),
        );
        Some(key)
    }
}

/// Whether Kubeflow would take a value that the language does not.
fn needs_a_look(parameter: &Parameter) -> bool {
    parameter.min.is_some()
        || parameter.max.is_some()
        || parameter.choices.is_some()
        || parameter.pattern.is_some()
        || matches!(parameter.ty, Type::Integer | Type::List(_) | Type::Object)
}

fn check(parameter: &Parameter, variable: &str) -> String {
    let mut arguments = vec![variable.to_owned(), string(&parameter.ty.to_string())];
    let number = |bound: f64| flowc_core::expr::value::number_text(bound);
    if let Some(min) = &parameter.min {
        arguments.push(format!("minimum={}", number(min.value)));
    }
    if let Some(max) = &parameter.max {
        arguments.push(format!("maximum={}", number(max.value)));
    }
    if let Some(choices) = &parameter.choices {
        let list = Code::List(choices.value.iter().map(Code::value).collect());
        arguments.push(format!("choices={}", list.flat().unwrap_or_default()));
    }
    if let Some(pattern) = &parameter.pattern {
        arguments.push(format!(
            "pattern={}",
            string(&whole_pattern(&pattern.value))
        ));
    }
    format!("constrained({})", arguments.join(", "))
}
