//! Which names have a value where.
//!
//! Each DAG is a scope: it sees the results of its own tasks, the values of the run, and its inputs.
//! What lies further out comes in as an input, taken as an argument one scope further out, and so
//! on. Inputs are made when something first asks for them.

mod arguments;
mod operands;

use std::collections::HashMap;

use flowc_core::expr::{Ref, Value};
use flowc_core::flow::TaskId;
use flowc_core::source::Span;

use super::facts;
use super::{Lowerer, Place};
use crate::argo::expr::{self, Code, Level, Operand};
use crate::argo::model::{Input, InputArtifact, Str};
use crate::argo::names::{self, Unique};

pub(super) use arguments::artifact_name;
pub(super) use operands::{Reader, null_or, status_word};

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

impl<'f> Lowerer<'f> {
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
        facts::is_wrapped(self.flow.task(task))
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
