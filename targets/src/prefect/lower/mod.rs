//! From the flow to functions of a flow file.
//!
//! What every function needs of its surroundings is settled first (`needs`); a function's
//! parameters are exactly that. A task becomes one function; a fan-out becomes two, of which the
//! first submits the second once per element.

mod container;
mod fan_out;
mod level;
mod needs;
mod process;
mod run;
mod task;

use std::borrow::Cow;

use flowc_core::analysis::Analysis;
use flowc_core::flow::{Flow, TaskId, TriggerRule};

use super::file::module_names;
use super::model::{Function, Parameter};
use super::settings::{Secrets, Settings};
use crate::python::{Identifier, Scope, is_identifier};
use needs::Needs;
pub(super) use needs::{Var, process_templates};

/// All that is known about the flow while it is lowered.
pub(super) struct Lowering<'a> {
    pub flow: &'a Flow,
    pub settings: &'a Settings<'a>,
    pub analysis: Analysis,
    /// The name of the flow's function.
    pub flow_function: Identifier,
    needs: Needs<'a>,
    functions: Vec<Identifier>,
    /// What the futures of the tasks are called where these names are free.
    futures: Vec<String>,
    instances: Vec<Option<Identifier>>,
}

/// More names than most functions have.
const FEW: usize = 4;

/// The names that a function has for what it needs.
pub(super) struct Frame<'a> {
    /// In the order of what is known.
    names: Vec<(Var<'a>, Cow<'a, str>)>,
    scope: Scope<'a>,
}

impl<'a> Lowering<'a> {
    pub fn new(flow: &'a Flow, settings: &'a Settings<'a>) -> Self {
        // The flow's parameters keep their names, so its function cannot call others by these.
        let parameters = flow.parameters.iter().map(|p| p.name.value.as_str());
        let mut scope = Scope::new(parameters).beside(module_names());
        let name = flow.name.value.replace('-', "_");
        let flow_function = scope.take(&[&name, &format!("{name}_flow")]);
        let mut functions = Vec::with_capacity(flow.tasks.len());
        let mut instances = Vec::with_capacity(flow.tasks.len());
        for task in &flow.tasks {
            let name = || task.path.replace('.', "_");
            let function = scope.take_free(&task.path);
            let other = || scope.take(&[&name(), &format!("{}_task", name())]);
            functions.push(function.unwrap_or_else(other));
            let fan_out = task.for_each.as_ref();
            instances.push(fan_out.map(|_| scope.take(&[&format!("{}_instance", name())])));
        }
        Self {
            needs: Needs::new(flow),
            analysis: Analysis::new(flow),
            flow,
            settings,
            flow_function,
            functions,
            futures: (flow.tasks.iter())
                .map(|task| ["at_", &task.name.value].concat())
                .collect(),
            instances,
        }
    }

    /// The functions of the tasks, in document order, what is in a group before the group. They are handed on
    /// as soon as they are made, so that they need not be there all at once.
    pub fn tasks(&self, write: &mut dyn FnMut(&Function<'_>)) {
        for id in self.flow.roots.iter().chain(&self.flow.finally) {
            self.task(*id, write);
        }
    }

    /// The Secret block, or variable of the environment, of a secret.
    pub fn secret(&self, name: &str) -> String {
        match self.settings.secrets {
            Secrets::Blocks => name.replace('_', "-"),
            Secrets::Environment => name.to_ascii_uppercase(),
        }
    }

    /// Whether the run, or what is around the task, keeps it from starting after some event. An instance of a group that
    /// has started goes on to its end, whatever happens to those beside it.
    pub fn may_be_stopped(&self, id: TaskId) -> bool {
        let by_the_run = self.flow.timeout.is_some() || self.flow.fails_fast();
        let by_a_group = |group: TaskId| {
            let group = self.flow.task(group);
            group.fails_fast() && group.for_each.is_none()
        };
        by_the_run && !self.flow.task(id).finally || self.flow.ancestors(id).any(by_a_group)
    }

    fn function(&self, id: TaskId) -> &Identifier {
        &self.functions[id.index()]
    }

    fn instance(&self, id: TaskId) -> &Identifier {
        self.instances[id.index()]
            .as_ref()
            .unwrap_or(&self.functions[id.index()])
    }

    /// A frame in which these are known, and the parameters that make them so.
    fn frame(&'a self, vars: &[Var<'a>], calls: &[TaskId]) -> Frame<'a> {
        let called = calls.iter().flat_map(|id| {
            let instance = self.instances[id.index()].as_ref();
            std::iter::once(self.function(*id)).chain(instance)
        });
        let mut frame = Frame {
            names: Vec::with_capacity(vars.len()),
            scope: Scope::new(called.map(Identifier::as_str)).beside(module_names()),
        };
        for var in vars {
            frame.know(self.flow, *var);
        }
        frame
    }

    /// Whether the task's function asks its trigger rule by a call.
    fn asks_rule(&self, id: TaskId) -> bool {
        let task = self.flow.task(id);
        !task.upstream.is_empty() && task.trigger_rule.value != TriggerRule::AllDone
    }
}

impl<'a> Frame<'a> {
    /// The name of something that is known here.
    pub fn name(&self, var: Var<'a>) -> Cow<'a, str> {
        // What an expression reads is needed by its function, so it is known.
        match self.place_of(var) {
            Ok(at) => self.names[at].1.clone(),
            Err(_) => "None".into(),
        }
    }

    fn place_of(&self, var: Var<'_>) -> Result<usize, usize> {
        // Of few, as most are, each is looked at sooner.
        let few = self.names.get(..FEW).unwrap_or(&self.names);
        match few.iter().position(|(known, _)| *known == var) {
            Some(at) => Ok(at),
            None => self.names.binary_search_by(|(known, _)| known.cmp(&var)),
        }
    }

    fn set(&mut self, var: Var<'a>, name: Cow<'a, str>) {
        // They come in order, mostly.
        if self.names.last().is_none_or(|(last, _)| *last < var) {
            self.names.push((var, name));
            return;
        }
        match self.place_of(var) {
            Ok(at) => self.names[at].1 = name,
            Err(at) => self.names.insert(at, (var, name)),
        }
    }

    /// A name for something more.
    pub fn know(&mut self, flow: &'a Flow, var: Var<'a>) -> Cow<'a, str> {
        let wish = match var {
            Var::Task(task) => flow.task(task).name.value.as_str(),
            Var::Index(_) => "index",
            Var::Item(task) => {
                let fan_out = flow.task(task).for_each.as_ref();
                fan_out.map_or("", |fan_out| fan_out.variable.value.as_str())
            }
            Var::Parameter(_, name) => name,
            Var::RunStatus => "status",
            Var::RunDuration => "duration",
        };
        let name: Cow<'a, str> = if self.scope.claim(wish) {
            wish.into()
        } else {
            String::from(self.other_name(flow, var)).into()
        };
        self.set(var, name.clone());
        name
    }

    /// A name for what cannot have the first that one would give it.
    fn other_name(&mut self, flow: &Flow, var: Var<'_>) -> Identifier {
        match var {
            Var::Task(task) | Var::Index(task) | Var::Item(task) => {
                let path = flow.task(task).path.replace('.', "_");
                match var {
                    Var::Index(_) => self.scope.take(&[&format!("{path}_index")]),
                    Var::Item(_) => self.scope.take(&[&format!("{path}_item")]),
                    _ => self.scope.take(&[&path, &format!("{path}_value")]),
                }
            }
            Var::Parameter(_, name) => self.scope.take(&[&format!("{name}_parameter")]),
            Var::RunStatus => self.scope.take(&["run_status"]),
            Var::RunDuration => self.scope.take(&["seconds"]),
        }
    }

    /// Give something the name that it must have.
    fn call(&mut self, var: Var<'a>, name: Cow<'a, str>) {
        self.scope.take(&[&name]);
        self.set(var, name);
    }

    /// A free name.
    fn free(&mut self, wish: &'a str) -> Cow<'a, str> {
        if self.scope.claim(wish) {
            wish.into()
        } else {
            String::from(self.scope.take(&[wish])).into()
        }
    }

    /// The parameters that make known what is known by now.
    fn parameters(&self) -> Vec<Parameter<'a>> {
        let names = self.names.iter().map(|(_, name)| name.clone());
        names.map(Parameter::plain).collect()
    }
}

/// What a parameter of the flow is called in the flow's function.
pub(super) fn parameter_name(name: &str) -> Cow<'_, str> {
    if is_identifier(name) && !KEPT.contains(&name) {
        name.into()
    } else {
        format!("{name}_").into()
    }
}

/// Names that the function of a flow calls, or that Prefect keeps for itself.
const KEPT: [&str; 17] = [
    "allow_failure",
    "at_most",
    "concurrency",
    "constrained",
    "ended",
    "fail_fast",
    "failures",
    "return_state",
    "skipped",
    "started",
    "text",
    "time",
    "value",
    "wait",
    "wait_for",
    "within",
    "succeeded",
];
