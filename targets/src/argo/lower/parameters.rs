//! Parameters of a run, and the task that refuses wrong ones before any other starts.
//!
//! Argo takes any text for a parameter, so their types and limits are looked at by a condition.

use flowc_core::expr::value::number_text;
use flowc_core::expr::{Type, Value};
use flowc_core::flow::Parameter;

use super::Lowerer;
use super::dag::{NOTHING, PARAMETERS};
use super::text::prose;
use crate::argo::expr::{constant, quote};
use crate::argo::model::{DagTask, TemplateRef, WorkflowParameter};
use crate::argo::names;

impl<'f> Lowerer<'f> {
    /// The parameters of a run.
    pub(super) fn run_parameters(&self) -> Vec<WorkflowParameter<'f>> {
        self.flow
            .parameters
            .iter()
            .map(|parameter| WorkflowParameter {
                name: parameter.name.value.as_str().into(),
                description: parameter
                    .description
                    .as_ref()
                    .map(|text| prose(text).into()),
                choices: parameter
                    .choices
                    .iter()
                    .flat_map(|choices| choices.value.iter().map(|choice| choice.text().into()))
                    .collect(),
                value: parameter.default.as_ref().map(|value| value.text().into()),
            })
            .collect()
    }

    /// The task that looks at them; `None` when any text will do. The exit handler has one too, so
    /// that nothing runs there either when parameters were refused.
    pub(super) fn parameter_check(&mut self, in_finally: bool) -> Option<DagTask<'f>> {
        let lines: Vec<(String, String)> = self.flow.parameters.iter().flat_map(demands).collect();
        if lines.is_empty() {
            return None;
        }
        self.needs_nothing = true;
        let mut task = DagTask::named(PARAMETERS);
        task.comments = vec![if in_finally {
            "Nothing runs here either when a parameter was refused.".into()
        } else {
            "Fails before any task starts when a run is given a parameter of the wrong type or \
             value."
                .into()
        }];
        let mut when = String::from("{{=");
        for (condition, message) in lines {
            when.push_str(&format!(
                "!({condition}) ? sprig.fail({}) : ",
                quote(&message).text
            ));
        }
        when.push_str("false}}");
        task.when = Some(when.into());
        task.template = TemplateRef::Named(NOTHING.into());
        Some(task)
    }
}

/// What must hold for a parameter, each with the message when it does not.
fn demands(parameter: &Parameter) -> Vec<(String, String)> {
    let name = &parameter.name.value;
    let text = names::member("workflow.parameters", name);
    let mut demands = Vec::new();
    if let Some((condition, what)) = of_type(&text, &parameter.ty) {
        demands.push((condition, format!("parameter {name} must be {what}")));
    }
    let (value, numeric) = match parameter.ty {
        Type::Integer => (format!("asInt({text})"), true),
        Type::Number => (format!("asFloat({text})"), true),
        _ => (text.clone(), false),
    };
    if let Some(min) = &parameter.min {
        let min = number_text(min.value);
        demands.push((
            format!("{value} >= {min}"),
            format!("parameter {name} must be at least {min}"),
        ));
    }
    if let Some(max) = &parameter.max {
        let max = number_text(max.value);
        demands.push((
            format!("{value} <= {max}"),
            format!("parameter {name} must be at most {max}"),
        ));
    }
    if let Some(choices) = &parameter.choices {
        let value = if numeric { value } else { text.clone() };
        let all: Vec<Value> = choices
            .value
            .iter()
            .map(|choice| {
                if numeric {
                    choice.clone()
                } else {
                    Value::String(choice.text())
                }
            })
            .collect();
        let words: Vec<String> = choices.value.iter().map(Value::text).collect();
        demands.push((
            format!("{value} in {}", constant(&Value::List(all)).text),
            format!("parameter {name} must be one of: {}", words.join(", ")),
        ));
    }
    if let Some(pattern) = &parameter.pattern {
        demands.push((
            format!(
                "{text} matches {}",
                quote(&format!("^(?:{})$", pattern.value)).text
            ),
            format!("parameter {name} must match {}", pattern.value),
        ));
    }
    demands
}

/// The condition that a text is the JSON form of a type, and the type in words.
fn of_type(text: &str, ty: &Type) -> Option<(String, String)> {
    Some(match ty {
        Type::String | Type::Any => return None,
        Type::Integer => (
            format!("{text} matches \"^-?(0|[1-9][0-9]{{0,15}})$\""),
            "an integer".to_owned(),
        ),
        Type::Number => (
            format!("{text} matches \"^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$\""),
            "a number".to_owned(),
        ),
        Type::Boolean => (
            format!("{text} in [\"true\", \"false\"]"),
            "true or false".to_owned(),
        ),
        Type::Object => (
            format!("type(fromJSON({text})) == \"map\""),
            "a JSON object".to_owned(),
        ),
        Type::List(element) => {
            let list = format!("type(fromJSON({text})) == \"array\"");
            let condition = match of_element(element) {
                Some(each) => format!("{list} && all(fromJSON({text}), {each})"),
                None => list,
            };
            (condition, format!("a JSON list ({ty})"))
        }
    })
}

fn of_element(ty: &Type) -> Option<String> {
    Some(match ty {
        Type::String => "type(#) == \"string\"".to_owned(),
        Type::Boolean => "type(#) == \"bool\"".to_owned(),
        Type::Number => "type(#) == \"float\"".to_owned(),
        Type::Integer => "type(#) == \"float\" && # == int(#)".to_owned(),
        Type::Object => "type(#) == \"map\"".to_owned(),
        Type::List(_) => "type(#) == \"array\"".to_owned(),
        Type::Any => return None,
    })
}
