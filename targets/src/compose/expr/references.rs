//! What a run knows, read where it is kept.

use std::fmt::Write as _;

use flowc_core::expr::pattern::whole;
use flowc_core::expr::value::number_text;
use flowc_core::expr::{Ref, Type, Value};
use flowc_core::flow::{Parameter, TaskId};

use super::literals::signed;
use super::{Awk, Form, call, call_of, conform, form, literal, regex, regex_literal};

impl Awk<'_> {
    /// A reference in the form of a type.
    pub(super) fn reference(&mut self, reference: &Ref, ty: &Type) -> String {
        let want = form(ty);
        match (self.stored(reference, ty), want) {
            (Stored::Text(code), Form::Number) => call("number", [code]),
            (Stored::Text(code), Form::Boolean) => format!("({code} == \"true\")"),
            (Stored::Text(code), _) => code,
            (Stored::Json(code), Form::Number) => call("number", [code]),
            (Stored::Json(code), Form::Boolean) => format!("({code} == \"true\")"),
            (Stored::Json(code), want) => self.convert(code, Form::Json, want),
            (Stored::Number(code), want) => self.convert(code, Form::Number, want),
        }
    }

    pub(super) fn stored(&mut self, reference: &Ref, ty: &Type) -> Stored {
        Stored::Text(match reference {
            Ref::Parameter { scope: None, name } => call_of("parameter", [name.as_str()]),
            Ref::Parameter {
                scope: Some(group),
                name,
            } => {
                let depth = self.flow.fan_outs_of(*group).len();
                let given = self.at("given", *group, Some(name), depth);
                self.checked(given, *group, name)
            }
            Ref::Output { task, name } => self.of_task("output", *task, Some(name)),
            Ref::Artifact { task, name } => self.of_task("artifact", *task, Some(name)),
            Ref::Status { task } => self.of_task("state", *task, None),
            Ref::Item { fan_out } => {
                let depth = self.flow.fan_outs_of(*fan_out).len();
                let code = self.at("item", *fan_out, None, depth);
                if *ty == Type::Any {
                    self.use_part("any");
                }
                return Stored::Json(code);
            }
            Ref::Index { fan_out } => {
                self.use_part("index");
                let depth = self.flow.fan_outs_of(*fan_out).len();
                return Stored::Number(call("position", [depth.to_string()]));
            }
            Ref::RunId => self.run("id"),
            Ref::RunDate => self.run("date"),
            Ref::RunScheduledAt => self.run("scheduled_at"),
            Ref::RunStatus => self.run("status"),
            Ref::RunDuration => self.run("duration"),
            Ref::Secret { name } => {
                self.use_part("secrets");
                let variable = name.to_ascii_uppercase();
                self.secrets.insert(name.clone());
                call_of("secret", [variable.as_str()])
            }
            Ref::OwnOutput { name } => self.own(name),
            Ref::OwnArtifact { name } => self.own(name),
        })
    }

    /// A value that a sub-flow is given: one that its parameter does not take fails what reads it. What is
    /// constant was checked before.
    fn checked(&mut self, given: String, group: TaskId, name: &str) -> String {
        let bindings = self
            .flow
            .task(group)
            .group()
            .and_then(|group| group.sub_flow.as_ref());
        let binding = bindings.and_then(|sub_flow| {
            sub_flow
                .bindings
                .iter()
                .find(|binding| binding.parameter.name.value == name)
        });
        match binding {
            Some(binding) if binding.value.as_literal().is_none() => {
                let ty = &binding.parameter.ty;
                let typed = if binding.value.ty == *ty
                    || binding.value.ty == Type::Integer && *ty == Type::Number
                {
                    given
                } else {
                    call("typed", [given, literal(&ty.to_string())])
                };
                self.limited(typed, &binding.parameter)
            }
            _ => given,
        }
    }

    /// The text of a parameter, which fails when it is outside the limits.
    pub(in crate::compose) fn limited(
        &mut self,
        mut text: String,
        parameter: &Parameter,
    ) -> String {
        let number = |value: f64| signed(number_text(value));
        if let Some(min) = &parameter.min {
            self.use_part("least");
            text = call("at_least", [text, number(min.value)]);
        }
        if let Some(max) = &parameter.max {
            self.use_part("most");
            text = call("at_most", [text, number(max.value)]);
        }
        if let Some(choices) = &parameter.choices {
            self.use_part("choices");
            let choices = choices
                .value
                .iter()
                .map(|value| conform(value, &parameter.ty));
            let choices = literal(&Value::List(choices.collect()).json());
            text = call(
                "one_of",
                [text, literal(&parameter.ty.to_string()), choices],
            );
        }
        if let Some(pattern) = &parameter.pattern {
            self.use_part("pattern");
            match regex::awk(&whole(&pattern.value)) {
                Ok(regex) => {
                    text = call(
                        "shaped",
                        [text, regex_literal(&regex), literal(&pattern.value)],
                    )
                }
                Err(why) => self
                    .problems
                    .push((pattern.span, format!("awk has no such pattern: {why}"))),
            }
        }
        text
    }

    fn own(&mut self, name: &str) -> String {
        format!(
            "(ENVIRON[\"FLOW_OUTPUTS\"] {})",
            literal(&format!("/{name}"))
        )
    }

    fn run(&mut self, name: &'static str) -> String {
        self.use_part("run");
        if matches!(name, "date" | "scheduled_at") {
            self.use_part("clock");
        }
        call_of("run", [name])
    }

    pub(super) fn of_task(&mut self, function: &str, task: TaskId, name: Option<&str>) -> String {
        let depth = self.flow.fan_outs_around(task).count();
        self.at(function, task, name, depth)
    }

    fn at(&mut self, function: &str, task: TaskId, name: Option<&str>, depth: usize) -> String {
        let path = self.flow.task(task).path.as_str();
        let mut code = call_of(function, std::iter::once(path).chain(name));
        if depth > 0 {
            code.pop();
            let _ = write!(code, ", {depth})");
        }
        code
    }
}

/// How the value of a reference is kept.
pub(super) enum Stored {
    /// As the text that a process sees.
    Text(String),
    /// As JSON.
    Json(String),
    /// As a number.
    Number(String),
}
