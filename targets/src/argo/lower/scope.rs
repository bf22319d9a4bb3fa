//! Which names have a value where.
//!
//! Each DAG is a scope: it sees the results of its own tasks, the values of the run, and its inputs.
//! What lies further out comes in as an input, taken as an argument one scope further out, and so
//! on. Inputs are made when something first asks for them.

use std::collections::HashMap;

use flowc_core::expr::{ExprKind, Ref, Type, Value};
use flowc_core::flow::{Body, TaskId};
use flowc_core::source::Span;

use super::facts::{self, Source};
use super::{Lowerer, Place};
use crate::argo::expr::{self, Code, Level, Operand, Operands, Presence};
use crate::argo::model::{Argument, ArtifactArgument, ArtifactFrom, Input, InputArtifact, Str};
use crate::argo::names::{self, Unique};

/// What an input of a scope stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The value of a reference.
    Value(Ref),
    /// The value of a reference, or null.
    Guarded(Ref),
    /// The address of a service of a group, or of the run.
    Service(Option<TaskId>, String),
}

/// A DAG while it is being lowered.
#[derive(Debug)]
pub(super) struct Scope<'f> {
    /// The group whose tasks it holds; `None` at the top. A wrapper around a fan-out holds none.
    pub(super) level: Option<Option<TaskId>>,
    keys: Vec<(Key, Str<'f>, bool)>,
    by_key: HashMap<Key, usize>,
    artifacts: Vec<(TaskId, String, Str<'f>, bool)>,
    names: Unique<'f>,
    artifact_names: Unique<'f>,
}

impl<'f> Scope<'f> {
    /// A scope that holds the tasks of a level.
    pub(super) fn level(group: Option<TaskId>) -> Self {
        Self::new(Some(group))
    }

    /// A scope that holds only the instances of a fan-out.
    pub(super) fn wrapper() -> Self {
        Self::new(None)
    }

    fn new(level: Option<Option<TaskId>>) -> Self {
        Self {
            level,
            keys: Vec::new(),
            by_key: HashMap::new(),
            artifacts: Vec::new(),
            names: Unique::default(),
            artifact_names: Unique::default(),
        }
    }

    /// Its input parameters.
    pub(super) fn inputs(&self) -> Vec<Input<'f>> {
        self.keys
            .iter()
            .map(|(_, name, encoded)| Input::new(name.clone(), encoded.then_some("base64")))
            .collect()
    }

    /// Its input artifacts.
    pub(super) fn input_artifacts(&self) -> Vec<InputArtifact<'f>> {
        self.artifacts
            .iter()
            .map(|(_, _, name, optional)| InputArtifact {
                name: name.clone(),
                path: None,
                optional: *optional,
            })
            .collect()
    }
}

/// The element of a fan-out, where its instances are made.
#[derive(Clone, Debug)]
pub(super) struct Element {
    /// The task with the `for_each`.
    pub(super) fan_out: TaskId,
    /// The scope in which its instances stand.
    pub(super) depth: usize,
    /// Its list.
    pub(super) list: Elements,
    /// What is being written.
    pub(super) mode: ElementMode,
}

/// The list of a fan-out.
#[derive(Clone, Debug)]
pub(super) enum Elements {
    /// Known now.
    Literal(Vec<Value>),
    /// Known when the flow runs.
    Code(Code),
    /// The numbers from 0 up to a count that is known when the flow runs.
    Range(Code),
}

impl Elements {
    /// The code of the list.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Literal(items) => expr::constant(&Value::List(items.clone())),
            Self::Code(code) => code.clone(),
            Self::Range(count) => {
                Code::new(Level::Range, format!("0..({} - 1)", count.at(Level::Sum)))
            }
        }
    }
}

/// Where the element of a fan-out is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementMode {
    /// In an argument of an instance: `item` is its number.
    Argument,
    /// In a condition over numbers: `#` is the number.
    Numbers,
    /// In a condition over the elements: `#` is the element.
    Values,
}

/// Reads references at a depth of the scopes.
pub(super) struct Reader<'l, 'f> {
    pub(super) lowerer: &'l mut Lowerer<'f>,
    pub(super) depth: usize,
    pub(super) place: Place,
}

impl Operands for Reader<'_, '_> {
    fn operand(&mut self, reference: &Ref, span: Span) -> Operand {
        self.lowerer
            .operand(self.depth, self.place, reference, span)
    }

    fn guarded(&mut self, reference: &Ref, span: Span) -> (Presence, Operand) {
        self.lowerer
            .guarded(self.depth, self.place, reference, span)
    }

    fn type_of(&self, reference: &Ref) -> Type {
        facts::type_of(self.lowerer.flow, reference)
    }

    fn holds_element(&self, reference: &Ref) -> bool {
        let (Ref::Item { fan_out } | Ref::Index { fan_out }) = reference else {
            return false;
        };
        self.lowerer
            .elements
            .iter()
            .any(|element| element.fan_out == *fan_out && element.mode != ElementMode::Argument)
    }

    fn element_field(&mut self, reference: &Ref, field: &str) -> Option<(Code, Type)> {
        let Ref::Item { fan_out } = reference else {
            return None;
        };
        let element = self.lowerer.element(self.depth, *fan_out)?;
        let (Elements::Literal(items), ElementMode::Argument) = (&element.list, element.mode)
        else {
            return None;
        };
        let fields: Option<Vec<Value>> = items
            .iter()
            .map(|item| match item {
                Value::Object(fields) => fields.get(field).cloned(),
                _ => None,
            })
            .collect();
        let fields = Value::List(fields?);
        let ty = match fields.ty() {
            Type::List(element) => *element,
            _ => Type::Any,
        };
        let list = expr::constant(&fields);
        Some((Code::atom(format!("{}[asInt(item)]", list.text)), ty))
    }

    fn problem(&mut self, span: Span, message: String) {
        self.lowerer.problems.push((span, message));
    }
}

impl<'f> Lowerer<'f> {
    /// The value of an expression at a depth.
    pub(super) fn value(
        &mut self,
        depth: usize,
        place: Place,
        expr: &'f flowc_core::expr::Expr,
    ) -> Code {
        expr::lower(
            expr,
            &mut Reader {
                lowerer: self,
                depth,
                place,
            },
        )
    }

    /// Whether the task is over and what is known of it was written down for `finally`.
    fn is_saved(&self, task: TaskId) -> bool {
        self.in_finally && !self.flow.task(task).finally
    }

    fn home(&self, task: TaskId) -> Option<usize> {
        let parent = self.flow.task(task).parent;
        self.scopes
            .iter()
            .rposition(|scope| scope.level == Some(parent))
    }

    fn element(&self, depth: usize, fan_out: TaskId) -> Option<&Element> {
        self.elements
            .iter()
            .find(|element| element.fan_out == fan_out && element.depth == depth)
    }

    fn operand(&mut self, depth: usize, place: Place, reference: &Ref, span: Span) -> Operand {
        if let Some(code) = self.run_value(place, reference) {
            return code;
        }
        match reference {
            Ref::Output { task, name } if self.is_saved(*task) => {
                Operand::Typed(super::finally::saved_output(self.flow, *task, name))
            }
            Ref::Output { task, name } if self.home(*task) == Some(depth) => {
                self.direct_output(*task, name)
            }
            Ref::Status { task } if self.home(*task) == Some(depth) => {
                Operand::Typed(status_word(&names::task_code(&self.flow.task(*task).name)))
            }
            Ref::Item { fan_out } | Ref::Index { fan_out } => match self.element(depth, *fan_out) {
                Some(element) => element_operand(element, matches!(reference, Ref::Item { .. })),
                None => self.input(depth, Key::Value(reference.clone()), span),
            },
            Ref::Artifact { task, name } => {
                Operand::Typed(self.artifact_path(place, *task, name, false, span))
            }
            _ => self.input(depth, Key::Value(reference.clone()), span),
        }
    }

    fn guarded(
        &mut self,
        depth: usize,
        place: Place,
        reference: &Ref,
        span: Span,
    ) -> (Presence, Operand) {
        match reference {
            Ref::Output { task, name } if self.is_saved(*task) => {
                let code = super::finally::saved_output(self.flow, *task, name);
                (Presence::NotNil, Operand::Typed(code))
            }
            Ref::Output { task, name } if self.home(*task) == Some(depth) => {
                self.direct_guarded_output(*task, name)
            }
            Ref::Artifact { task, name } => {
                let path = self.artifact_path(place, *task, name, true, span);
                let succeeded = self.succeeded(depth, place, *task, span);
                (Presence::When(succeeded), Operand::Typed(path))
            }
            Ref::Output { .. } => {
                let operand = self.input(depth, Key::Guarded(reference.clone()), span);
                (Presence::NotNil, operand)
            }
            _ => {
                let always = Code::atom("true");
                let operand = self.operand(depth, place, reference, span);
                (Presence::When(always), operand)
            }
        }
    }

    /// The condition that a task succeeded.
    fn succeeded(&mut self, depth: usize, place: Place, task: TaskId, span: Span) -> Code {
        if self.home(task) == Some(depth) && !self.is_saved(task) {
            let base = names::task_code(&self.flow.task(task).name);
            return Code::new(Level::Compare, format!("{base}.status == \"Succeeded\""));
        }
        let status = self.operand(depth, place, &Ref::Status { task }, span);
        let status = expr::decode(status, &Type::String);
        Code::new(
            Level::Compare,
            format!("{} == \"succeeded\"", status.at(Level::Range)),
        )
    }

    /// Values that are the same everywhere in a run.
    fn run_value(&self, place: Place, reference: &Ref) -> Option<Operand> {
        let atom = |text: &str| Some(Operand::Typed(Code::atom(text)));
        if place == Place::Export && !matches!(reference, Ref::OwnOutput { .. }) {
            // An expression over the tasks of a DAG does not see the values of the run.
            return None;
        }
        match reference {
            Ref::Parameter { scope: None, name } => {
                let code = Code::atom(names::member("workflow.parameters", name));
                Some(match facts::type_of(self.flow, reference) {
                    Type::Boolean => Operand::Typed(Code::new(
                        Level::Compare,
                        format!("{} == \"true\"", code.text),
                    )),
                    _ => Operand::Raw(code),
                })
            }
            Ref::RunId => atom("workflow.uid"),
            Ref::RunDate => Some(Operand::Typed(self.moment("2006-01-02"))),
            Ref::RunScheduledAt => Some(Operand::Typed(self.moment("2006-01-02T15:04:05Z07:00"))),
            Ref::RunStatus => Some(Operand::Typed(Code::new(
                Level::Conditional,
                "workflow.status == \"Succeeded\" ? \"succeeded\" : \"failed\"",
            ))),
            Ref::RunDuration => atom("asFloat(workflow.duration)"),
            Ref::Status { task } if self.in_finally && !self.flow.task(*task).finally => {
                let name = super::finally::state_name(self.flow, *task);
                Some(Operand::Typed(Code::new(
                    Level::Coalesce,
                    format!("workflow?.outputs?.parameters?.{name} ?? \"failed\""),
                )))
            }
            Ref::OwnOutput { name } => Some(Operand::Typed(expr::quote(&self.own_path(name)))),
            Ref::OwnArtifact { name } => Some(Operand::Typed(expr::quote(&self.own_path(name)))),
            _ => None,
        }
    }

    /// The moment a run is for, in the time zone of the schedule.
    fn moment(&self, format: &str) -> Code {
        let (moment, zone) = match (&self.flow.schedule, self.scheduled) {
            (Some(schedule), true) => ("workflow.scheduledTime", schedule.timezone.value.as_str()),
            (Some(schedule), false) => (
                "workflow.creationTimestamp.RFC3339",
                schedule.timezone.value.as_str(),
            ),
            (None, _) => ("workflow.creationTimestamp.RFC3339", "UTC"),
        };
        Code::atom(format!(
            "date({moment}).In(timezone({})).Format(\"{format}\")",
            expr::quote(zone).text
        ))
    }

    fn direct_output(&mut self, task: TaskId, name: &str) -> Operand {
        let of = &self.flow.task(task).name;
        let fan_out = self.flow.task(task).for_each.is_some();
        let code = if fan_out && self.may_skip(task) {
            // A fan-out without instances has no outputs: it reads as an empty list.
            let base = names::task_code(of);
            expr::coalesce(&optional_output(&base, name), &expr::quote("[]"))
        } else {
            Code::atom(names::output_code(of, name))
        };
        if fan_out && !self.is_wrapped(task) {
            Operand::Aggregated(code)
        } else {
            Operand::Raw(code)
        }
    }

    pub(super) fn direct_guarded_output(
        &mut self,
        task: TaskId,
        name: &str,
    ) -> (Presence, Operand) {
        let base = names::task_code(&self.flow.task(task).name);
        let code = optional_output(&base, name);
        if self.flow.task(task).for_each.is_none() {
            return (Presence::NotNil, Operand::Raw(code));
        }
        // The instances of a failed fan-out that succeeded have outputs; the fan-out has none.
        let status = Code::atom(format!("{base}.status"));
        let list = expr::coalesce(&code, &expr::quote("[]"));
        let operand = if self.is_wrapped(task) {
            Operand::Raw(list)
        } else {
            Operand::Aggregated(list)
        };
        let succeeded = Code::new(Level::Compare, format!("{} == \"Succeeded\"", status.text));
        (Presence::When(succeeded), operand)
    }

    /// An input of the scope at a depth, made when it is not there yet.
    fn input(&mut self, depth: usize, key: Key, span: Span) -> Operand {
        if depth == 0 {
            self.problems
                .push((span, "this value cannot be read here".to_owned()));
            return Operand::Typed(Code::atom("nil"));
        }
        let (reference, guarded) = match &key {
            Key::Value(reference) => (Some(reference), false),
            Key::Guarded(reference) => (Some(reference), true),
            Key::Service(..) => (None, false),
        };
        let hostile = reference.is_some_and(|read| facts::hostile_ref(self.flow, read));
        let encoded = hostile || guarded;
        let known = self.scopes[depth].by_key.get(&key).copied();
        let name = match known {
            Some(at) => self.scopes[depth].keys[at].1.clone(),
            None => {
                let wanted = match &key {
                    Key::Value(reference) | Key::Guarded(reference) => self.input_name(reference),
                    Key::Service(_, name) => format!("{name}_ip"),
                };
                let scope = &mut self.scopes[depth];
                let name = scope.names.take(wanted.into(), '_');
                scope.by_key.insert(key.clone(), scope.keys.len());
                scope.keys.push((key.clone(), name.clone(), encoded));
                name
            }
        };
        let code = Code::atom(names::member("inputs.parameters", &name));
        let code = if encoded {
            Code::call("fromBase64", &code)
        } else {
            code
        };
        if guarded {
            Operand::Typed(Code::call("fromJSON", &code))
        } else {
            Operand::Raw(code)
        }
    }

    /// The address of a service of a group, or of the run, seen from the scope at a depth.
    pub(super) fn address(&mut self, depth: usize, owner: Option<TaskId>, name: &str) -> Code {
        let level = Some(owner);
        if self.scopes[depth].level == level {
            let task = names::task_code(&super::services::service_task(name));
            return Code::atom(format!("{task}.ip"));
        }
        let key = Key::Service(owner, name.to_owned());
        match self.input(depth, key, Span::default()) {
            Operand::Raw(code) | Operand::Typed(code) | Operand::Aggregated(code) => code,
        }
    }

    fn input_name(&self, reference: &Ref) -> String {
        let of = |task: &TaskId| self.flow.task(*task).name.value.as_str();
        match reference {
            Ref::Parameter { name, .. } => name.clone(),
            Ref::Output { task, name } => format!("{}_{name}", of(task)),
            Ref::Status { task } => format!("{}_status", of(task)),
            Ref::Item { fan_out } => self.flow.task(*fan_out).for_each.as_ref().map_or_else(
                || "item".to_owned(),
                |fan_out| fan_out.variable.value.clone(),
            ),
            Ref::Index { .. } => "index".to_owned(),
            _ => "value".to_owned(),
        }
    }

    /// What the task around the scope at `depth` hands to its inputs.
    pub(super) fn arguments(&mut self, depth: usize, scope: &Scope<'f>) -> Vec<Argument<'f>> {
        let mut arguments = Vec::with_capacity(scope.keys.len());
        for (key, name, encoded) in &scope.keys {
            arguments.push(Argument {
                name: name.clone(),
                value: self.argument(depth, scope, key, *encoded).into(),
                note: None,
            });
        }
        arguments
    }

    fn argument(&mut self, depth: usize, scope: &Scope<'f>, key: &Key, encoded: bool) -> String {
        let place = Place::Dag;
        let span = Span::default();
        match key {
            Key::Service(owner, name) => self.address(depth, *owner, name).tag(),
            Key::Guarded(reference) => {
                let ty = facts::type_of(self.flow, reference);
                let (presence, operand) = self.guarded(depth, place, reference, span);
                null_or(presence, operand, &ty).tag()
            }
            Key::Value(Ref::Parameter {
                scope: Some(group),
                name,
            }) if scope.level == Some(Some(*group)) => {
                match facts::binding(self.flow, *group, name) {
                    Some(binding) => {
                        let value = &binding.value;
                        if let (ExprKind::Literal(value), false) = (&value.kind, encoded) {
                            return value.text();
                        }
                        let code = self.value(depth, place, value);
                        encode(Operand::Typed(code), &value.ty, encoded)
                    }
                    None => String::new(),
                }
            }
            Key::Value(reference) => {
                let ty = facts::type_of(self.flow, reference);
                let operand = self.operand(depth, place, reference, span);
                if let (Ref::Index { .. }, Operand::Typed(code)) = (reference, &operand)
                    && code.text == "asInt(item)"
                {
                    return "{{item}}".to_owned();
                }
                encode(operand, &ty, encoded)
            }
        }
    }

    /// The artifacts that the task around the scope hands to it.
    pub(super) fn artifact_arguments(
        &mut self,
        depth: usize,
        scope: &Scope<'f>,
    ) -> Vec<ArtifactArgument<'f>> {
        scope
            .artifacts
            .iter()
            .map(|(task, artifact, name, optional)| ArtifactArgument {
                name: name.clone(),
                from: self.artifact_from(depth, *task, artifact, *optional),
                optional: *optional,
                note: None,
            })
            .collect()
    }

    /// Where an artifact comes from, seen from the scope at a depth.
    pub(super) fn artifact_from(
        &mut self,
        depth: usize,
        task: TaskId,
        name: &str,
        optional: bool,
    ) -> ArtifactFrom<'f> {
        let flow = self.flow;
        let source = Source::of(flow, task, artifact_name(flow, task, name));
        if !source.fan_outs.is_empty() || self.is_saved(task) {
            return ArtifactFrom::Key(self.fan_in_key(depth, task, &source).into());
        }
        if self.home(task) == Some(depth) || depth == 0 {
            let task = names::task(&flow.task(task).name);
            let tag = format!("{{{{tasks.{task}.outputs.artifacts.{name}}}}}");
            return ArtifactFrom::Tag(tag.into());
        }
        let known = self.scopes[depth]
            .artifacts
            .iter_mut()
            .find(|(other, artifact, _, _)| *other == task && artifact == name);
        let input = match known {
            Some(known) => {
                known.3 |= optional;
                known.2.clone()
            }
            None => {
                let wanted = format!("{}_{name}", flow.task(task).name.value);
                let scope = &mut self.scopes[depth];
                let input = scope.artifact_names.take(wanted.into(), '_');
                scope
                    .artifacts
                    .push((task, name.to_owned(), input.clone(), optional));
                input
            }
        };
        ArtifactFrom::Tag(format!("{{{{inputs.artifacts.{input}}}}}").into())
    }

    /// The folder in the repository that holds what all instances wrote.
    fn fan_in_key(&mut self, depth: usize, task: TaskId, source: &Source<'_>) -> String {
        let mut key = format!(
            "{{{{workflow.uid}}}}/{}/{}",
            self.flow.task(source.task).path,
            source.artifact
        );
        let mut around: Vec<TaskId> = self.flow.fan_outs_around(task).collect();
        around.reverse();
        for fan_out in around {
            key.push('/');
            key.push_str(&self.index_tag(depth, fan_out));
        }
        key
    }

    /// The number of an instance, as a tag.
    pub(super) fn index_tag(&mut self, depth: usize, fan_out: TaskId) -> String {
        let operand = self.operand(depth, Place::Dag, &Ref::Index { fan_out }, Span::default());
        match operand {
            Operand::Typed(code) if code.text == "asInt(item)" => "{{item}}".to_owned(),
            Operand::Raw(code) => format!("{{{{{}}}}}", code.text),
            Operand::Typed(code) | Operand::Aggregated(code) => code.tag(),
        }
    }

    /// Whether the task may end skipped, given that the groups around it run.
    pub(super) fn may_skip(&self, task: TaskId) -> bool {
        self.analysis
            .states(task)
            .has(flowc_core::analysis::States::SKIPPED)
    }

    /// Whether the fan-out stands in a DAG of its own.
    pub(super) fn is_wrapped(&self, task: TaskId) -> bool {
        let task = self.flow.task(task);
        task.for_each.is_some() && (task.max_parallel.is_some() || task.fails_fast())
    }

    pub(super) fn own_path(&self, name: &str) -> String {
        let task = self.current.map(|task| self.flow.task(task));
        let path = task.and_then(|task| {
            task.artifacts
                .iter()
                .find(|artifact| artifact.name.value == name)
                .and_then(|artifact| artifact.path.as_ref())
        });
        match path {
            Some(path) => path.value.clone(),
            None => format!("{}/{name}", super::OUTPUTS),
        }
    }
}

pub(super) fn artifact_name<'f>(
    flow: &'f flowc_core::flow::Flow,
    task: TaskId,
    name: &str,
) -> &'f str {
    let task = flow.task(task);
    let own = task.artifacts.iter().map(|artifact| &artifact.name.value);
    let exported = match &task.body {
        Body::Group(group) => group.artifacts.as_slice(),
        _ => &[],
    };
    own.chain(exported.iter().map(|export| &export.name.value))
        .find(|known| *known == name)
        .map_or("", String::as_str)
}

/// The value in base64, or null when there is none.
pub(super) fn null_or(presence: Presence, operand: Operand, ty: &Type) -> Code {
    let value = expr::decode(operand.clone(), ty);
    let present = match (presence, operand) {
        (Presence::When(condition), _) => condition,
        (Presence::NotNil, Operand::Raw(code) | Operand::Aggregated(code)) => {
            Code::new(Level::Compare, format!("{} != nil", code.at(Level::Range)))
        }
        (Presence::NotNil, Operand::Typed(_)) => {
            return Code::atom(format!("toBase64(toJson({}))", value.text));
        }
    };
    Code::atom(format!(
        "toBase64({} ? toJson({}) : \"null\")",
        present.at(Level::Or),
        value.text
    ))
}

/// `tasks.a?.outputs?.parameters?.o`, nil when there is none.
fn optional_output(base: &str, name: &str) -> Code {
    Code::atom(names::optional_member(
        &format!("{base}?.outputs?.parameters"),
        name,
    ))
}

/// The language's word for the phase of a task.
pub(super) fn status_word(base: &str) -> Code {
    Code::new(
        Level::Coalesce,
        format!(
            "{{\"Succeeded\": \"succeeded\", \"Skipped\": \"skipped\", \"Omitted\": \
             \"upstream_failed\"}}[{base}.status] ?? \"failed\""
        ),
    )
}

fn element_operand(element: &Element, value: bool) -> Operand {
    let index = match element.mode {
        ElementMode::Argument => "asInt(item)",
        ElementMode::Numbers | ElementMode::Values => "#",
    };
    let number = matches!(element.list, Elements::Range(_));
    let code = match (element.mode, value) {
        (ElementMode::Values, true) => Code::atom("#"),
        (_, true) if number => Code::atom(index),
        (_, true) => Code::atom(format!("{}[{index}]", element.list.code().at(Level::Atom))),
        (_, false) => Code::atom(index),
    };
    Operand::Typed(code)
}

/// The text that an argument carries, and that [`Lowerer::input`] reads back.
fn encode(operand: Operand, ty: &Type, encoded: bool) -> String {
    let code = match operand {
        // A text is passed on as it is.
        Operand::Raw(code) => code,
        operand => {
            let code = expr::decode(operand, ty);
            match ty {
                Type::String => code,
                // A tag writes these as JSON does.
                Type::Integer | Type::Number | Type::Boolean if !encoded => code,
                _ => Code::call("toJson", &code),
            }
        }
    };
    if encoded {
        return Code::call("toBase64", &code).tag();
    }
    code.tag()
}
