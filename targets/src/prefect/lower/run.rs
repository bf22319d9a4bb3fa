//! The run as a whole: the flow's function and its parameters.

use flowc_core::expr::pattern::{Pattern, whole};
use flowc_core::expr::{Type, Value};
use flowc_core::flow::Parameter;
use flowc_core::source::Spanned;
use flowc_core::values::Date;

use super::level::Futures;
use super::task::{is_line, seconds};
use super::{Lowering, Var, parameter_name};
use crate::prefect::model::{self, Function, Statement};
use crate::python::{Argument, Code};

impl<'a> Lowering<'a> {
    /// The function of the flow.
    pub fn run(&'a self) -> Function<'a> {
        let flow = self.flow;
        let tasks: Vec<_> = flow.roots.iter().chain(&flow.finally).copied().collect();
        let mut frame = self.frame(&[], &tasks);
        for parameter in &flow.parameters {
            let name = &parameter.name.value;
            frame.call(Var::Parameter(None, name), parameter_name(name));
        }
        let mut body: Vec<_> = self.outside().into_iter().collect();
        body.extend(self.checked_parameters());
        let needed = |var: Var<'_>| {
            flow.finally
                .iter()
                .any(|id| self.needs.outer(*id).contains(&var))
        };
        let is_timed = needed(Var::RunDuration);
        if is_timed {
            body.push(Statement::Assign(
                "started".into(),
                Code::atom("time.monotonic()"),
            ));
        }
        let mut futures = Futures::default();
        let mut main = Vec::new();
        self.submits(&flow.roots, &mut frame, &mut futures, &mut main);
        let failures = self.failures(&flow.roots, &frame, &futures);
        let main_scopes = self.main_scopes();
        let completed = Code::atom("Completed()");
        let is_short = flow.finally.is_empty() && main_scopes.is_empty();
        if is_short {
            let ended = Code::Operation("or", vec![failures, completed.clone()]);
            main.push(Statement::Return(ended));
        } else {
            main.push(Statement::Assign("ended".into(), failures));
        }
        let mut all = if main_scopes.is_empty() {
            main
        } else {
            vec![Statement::With(main_scopes, None, main)]
        };
        if !flow.finally.is_empty() {
            if needed(Var::RunStatus) {
                let name = frame.know(flow, Var::RunStatus);
                let status = Code::atom("\"failed\" if ended else \"succeeded\"");
                all.push(Statement::Assign(name, status));
            }
            if is_timed {
                let name = frame.know(flow, Var::RunDuration);
                all.push(Statement::Assign(
                    name,
                    Code::atom("time.monotonic() - started"),
                ));
            }
            self.submits(&flow.finally, &mut frame, &mut futures, &mut all);
            let failures = self.failures(&flow.finally, &frame, &futures);
            let ended = Code::Operation("or", vec![failures, Code::atom("ended")]);
            all.push(Statement::Assign("ended".into(), ended));
        }
        if !is_short {
            let ended = Code::Operation("or", vec![Code::atom("ended"), completed]);
            all.push(Statement::Return(ended));
        }
        let scopes = self.run_scopes();
        if scopes.is_empty() {
            body.extend(all);
        } else {
            body.push(Statement::With(scopes, None, all));
        }
        let mut decorator = vec![("name", Code::string(&flow.name.value))];
        let mut doc = None;
        if let Some(description) = &flow.description {
            if is_line(&description.value) {
                doc = Some(description.value.as_str());
            } else {
                decorator.push(("description", Code::string(&description.value)));
            }
        }
        decorator.push(("log_prints", Code::atom("True")));
        Function {
            decorator: Code::call("flow", decorator),
            name: self.flow_function.as_str(),
            parameters: self.run_parameters(),
            doc,
            body,
        }
    }

    /// A schedule of Prefect has neither a first nor a last day, so the run looks at them.
    fn outside(&'a self) -> Option<Statement<'a>> {
        let schedule = self.flow.schedule.as_ref()?;
        let limit = |date: &Option<Spanned<Date>>| {
            let text = date.as_ref()?.value.as_str().replace('Z', "+00:00");
            Some(Code::string(text))
        };
        let limits = [
            ("first", limit(&schedule.start)),
            ("last", limit(&schedule.end)),
        ];
        let arguments: Vec<_> = limits
            .into_iter()
            .filter_map(|(name, limit)| Some((name, limit?)))
            .collect();
        (!arguments.is_empty()).then(|| Statement::Guard(Code::call("outside", arguments)))
    }

    /// What holds for all processes of the run.
    fn run_scopes(&'a self) -> Vec<Code<'a>> {
        let mut scopes = Vec::new();
        if let Some(group) = &self.flow.concurrency {
            scopes.push(Code::Call(
                "concurrency".into(),
                vec![
                    Argument::positional(Code::string(&group.group.value)),
                    Argument::named("strict", Code::atom("True")),
                ],
            ));
        }
        if let Some(limit) = &self.flow.max_parallel {
            scopes.push(Code::atom(format!("at_most({})", limit.value)));
        }
        scopes
    }

    /// What holds for the tasks before `finally`.
    fn main_scopes(&'a self) -> Vec<Code<'a>> {
        let mut scopes = Vec::new();
        if let Some(timeout) = &self.flow.timeout {
            let seconds = seconds(timeout.value.as_seconds());
            scopes.push(Code::call1("within", seconds));
        }
        if self.flow.fails_fast() {
            scopes.push(Code::atom("fail_fast()"));
        }
        scopes
    }

    fn run_parameters(&self) -> Vec<model::Parameter<'a>> {
        let parameter = |parameter: &'a Parameter| model::Parameter {
            name: parameter_name(&parameter.name.value),
            ty: Some(annotation(parameter)),
            default: parameter.default.as_ref().map(|d| Code::value(&d.value)),
        };
        // Python wants those without a default first.
        let all = &self.flow.parameters;
        let required = all.iter().filter(|parameter| parameter.default.is_none());
        let optional = all.iter().filter(|parameter| parameter.default.is_some());
        required.chain(optional).map(parameter).collect()
    }

    fn checked_parameters(&'a self) -> Vec<Statement<'a>> {
        let checked = self
            .flow
            .parameters
            .iter()
            .filter(|p| is_checked_in_the_flow(p));
        checked
            .map(|parameter| {
                let name = parameter_name(&parameter.name.value);
                let value = constrained(Code::atom(name), parameter);
                Statement::Expression(value)
            })
            .collect()
    }
}

/// Whether the annotation cannot say all that the parameter asks for.
fn is_checked_in_the_flow(parameter: &Parameter) -> bool {
    let choices = parameter
        .choices
        .as_ref()
        .map(|choices| choices.value.as_slice());
    parameter.pattern.is_some() || choices.is_some_and(|choices| literals(choices).is_none())
}

/// `Literal[…]`, where all choices are of a kind that it can hold.
fn literals(choices: &[Value]) -> Option<Code<'_>> {
    let can = |value: &Value| matches!(value, Value::String(_) | Value::Boolean(_));
    choices
        .iter()
        .all(can)
        .then(|| Code::Subscript("Literal", choices.iter().map(Code::value).collect()))
}

fn annotation<'a>(parameter: &'a Parameter) -> Code<'a> {
    let choices = parameter.choices.as_ref();
    let ty = choices
        .and_then(|choices| literals(&choices.value))
        .unwrap_or_else(|| python_type(&parameter.ty));
    let mut field = Vec::new();
    if let Some(min) = &parameter.min {
        field.push(("ge", bound(min.value)));
    }
    if let Some(max) = &parameter.max {
        field.push(("le", bound(max.value)));
    }
    if let Some(description) = &parameter.description {
        field.push(("description", Code::string(&description.value)));
    }
    if field.is_empty() {
        ty
    } else {
        Code::Subscript("Annotated", vec![ty, Code::call("Field", field)])
    }
}

/// A bound as an integer where it is one.
fn bound<'a>(number: f64) -> Code<'a> {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        Code::atom(format!("{number}"))
    } else {
        Code::owned(Value::Number(number))
    }
}

/// The type as pydantic reads it, without any conversion.
fn python_type<'a>(ty: &Type) -> Code<'a> {
    match ty {
        Type::String => Code::atom("str"),
        Type::Integer => Code::atom("Integer"),
        Type::Number => Code::atom("Number"),
        Type::Boolean => Code::atom("StrictBool"),
        Type::List(element) => Code::Subscript("list", vec![python_type(element)]),
        Type::Object => Code::atom("dict[str, Any]"),
        Type::Any => Code::atom("Any"),
    }
}

/// `constrained(value, kind, …)`, which refuses what the parameter does not allow.
pub(super) fn constrained<'a>(value: Code<'a>, parameter: &'a Parameter) -> Code<'a> {
    let mut arguments = vec![
        Argument::positional(value),
        Argument::positional(Code::string(parameter.ty.name())),
    ];
    if let Some(min) = &parameter.min {
        arguments.push(Argument::named(
            "minimum",
            Code::owned(Value::Number(min.value)),
        ));
    }
    if let Some(max) = &parameter.max {
        arguments.push(Argument::named(
            "maximum",
            Code::owned(Value::Number(max.value)),
        ));
    }
    if let Some(choices) = &parameter.choices {
        let choices = choices.value.iter().map(Code::value).collect();
        arguments.push(Argument::named("choices", Code::List(choices)));
    }
    if let Some(pattern) = &parameter.pattern {
        let pattern = Pattern::new(&whole(&pattern.value));
        let pattern = pattern.map_or_else(|_| String::new(), |p| p.python().to_owned());
        arguments.push(Argument::named("pattern", Code::string(pattern)));
    }
    Code::Call("constrained".into(), arguments)
}
