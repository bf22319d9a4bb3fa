//! From the flow to a DAG in Airflow's words.
//!
//! What a task becomes is settled first, for all of them (`shape`), so that every reference knows
//! which Airflow task stands for what; then each level is written in document order.

mod artifacts;
mod defaults;
mod edges;
mod group;
mod names;
mod process;
mod resources;
mod rule;
mod run;
mod services;
mod shape;

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;

use flowc_core::analysis::Analysis;
use flowc_core::expr::Value;
use flowc_core::flow::{Body, Flow, Task, TaskId};
use flowc_core::graph::Addition;
use rustc_hash::FxHashSet;

use super::model::{Dag, Statement};
use super::settings::{Settings, Version};
use crate::python::{Arguments, Code, Identifier};
pub(super) use artifacts::{ArtifactPlace, Position};
use defaults::Defaults;
pub(super) use process::whole_secret;
pub(super) use shape::{Join, Shape, literal_items};

/// Ids of tasks of Airflow.
type Ids<'a> = Vec<Cow<'a, str>>;

/// The helpers of the emitted file that templates in it call.
#[derive(Default)]
pub(super) struct Macros(RefCell<BTreeSet<&'static str>>);

impl Macros {
    pub fn need(&self, name: &'static str) {
        self.0.borrow_mut().insert(name);
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.0.borrow().iter().copied().collect()
    }
}

/// What the flow's part of the file uses of the helpers.
#[derive(Default)]
pub(super) struct Flags {
    pub computed: Cell<bool>,
    pub text_filter: Cell<bool>,
    /// A fan-out that asks a condition of all its elements at once.
    pub item_conditions: Cell<bool>,
    /// A folder with what the instances of a fan-out wrote.
    pub fan_in: Cell<bool>,
    /// A folder of a fan-out that depends on the instance that reads it.
    pub own_fan_in: Cell<bool>,
}

/// What a flow's plan says by itself, found once to check it and to write it.
pub(super) struct Facts {
    pub analysis: Analysis,
    pub templates: resources::Templates,
    shapes: Vec<Shape>,
}

impl Facts {
    pub fn new(plan: &Flow, version: Version) -> Self {
        let analysis = Analysis::new(plan);
        Self {
            shapes: shape::shapes(plan, &analysis, version),
            templates: resources::Templates::of(plan),
            analysis,
        }
    }
}

/// All that is known about the flow while it is lowered.
pub(super) struct Lowering<'a> {
    pub flow: &'a Flow,
    pub settings: &'a Settings<'a>,
    pub facts: &'a Facts,
    pub flags: Flags,
    pub macros: Macros,
    /// Found when they are asked for: what only checks a flow does not ask.
    variables: OnceCell<names::Variables>,
    /// The same.
    defaults: OnceCell<Defaults>,
}

impl<'a> Lowering<'a> {
    pub fn new(flow: &'a Flow, settings: &'a Settings<'a>, facts: &'a Facts) -> Self {
        Self {
            flow,
            settings,
            facts,
            flags: Flags::default(),
            macros: Macros::default(),
            variables: OnceCell::new(),
            defaults: OnceCell::new(),
        }
    }

    fn variables(&self) -> &names::Variables {
        let find = || names::Variables::new(self.flow, &self.facts.shapes);
        self.variables.get_or_init(find)
    }

    fn defaults(&self) -> &Defaults {
        self.defaults.get_or_init(|| Defaults::new(self))
    }

    /// The DAG. Its statements are handed on as soon as they are made, so that they need not be there
    /// all at once.
    pub fn dag(&self, write: &mut dyn FnMut(&Statement<'_>)) -> Dag<'_> {
        let mut body = Vec::new();
        let mut edges = edges::Edges::default();
        for &id in &self.flow.roots {
            self.task(id, &mut body, &mut edges);
            body.drain(..).for_each(|statement| write(&statement));
        }
        edges.finish(&mut body);
        self.finish(&mut body);
        body.iter().for_each(write);
        Dag {
            doc: run::doc(self),
            arguments: run::arguments(self),
            may_fail: self.may_fail(),
        }
    }

    /// The tasks of Airflow that are none of the flow.
    pub fn additions(&self) -> Vec<Addition> {
        let own = |(id, task): (TaskId, &'a Task)| {
            let helpers = self.shape(id).helpers(task);
            // The group around the tasks of an instance runs nothing.
            let helpers = helpers.into_iter().filter(|what| *what != "body");
            helpers.map(move |what| Addition::Task {
                name: names::helper(task, what),
                beside: Some(id),
            })
        };
        let result = self.needs_result().then(|| Addition::Task {
            name: "_flowc_result".to_owned(),
            beside: None,
        });
        self.flow.iter().flat_map(own).chain(result).collect()
    }

    pub fn shape(&self, task: TaskId) -> &Shape {
        &self.facts.shapes[task.index()]
    }

    pub fn is_v2(&self) -> bool {
        self.settings.version == Version::V2
    }

    /// The statements of the tasks of one level, and their dependencies behind them.
    fn level(&'a self, tasks: &[TaskId], group: Option<TaskId>) -> Vec<Statement<'a>> {
        let mut body = Vec::new();
        let mut edges = edges::Edges::default();
        for &id in tasks {
            self.task(id, &mut body, &mut edges);
        }
        if let Some(group) = group {
            self.close_group(group, &mut body, &mut edges);
        }
        edges.finish(&mut body);
        body
    }

    fn task(&'a self, id: TaskId, body: &mut Vec<Statement<'a>>, edges: &mut edges::Edges<'a>) {
        match &self.flow.task(id).body {
            Body::Process(process) => self.process(id, process, body, edges),
            Body::Group(group) => self.group(id, group, body, edges),
            Body::Wait(duration) => self.wait(id, duration.value, body, edges),
            Body::Approve(approve) => self.approve(id, approve, body, edges),
        }
    }

    /// The variable that stands for a task where others wait for it.
    pub fn handle(&self, id: TaskId) -> &Identifier {
        match self.shape(id).join {
            Join::Direct => self.variables().task(id),
            Join::State | Join::Allowed => self.variables().helper(id, "all"),
        }
    }

    /// The value that `with` gives a sub-flow's parameter, when it is a constant.
    pub fn binding(&self, group: TaskId, name: &str) -> Option<&Value> {
        let sub_flow = self.flow.task(group).group()?.sub_flow.as_ref()?;
        let binding = sub_flow
            .bindings
            .iter()
            .find(|binding| binding.parameter.name.value == name)?;
        binding.value.as_literal()
    }

    pub fn is_approval(&self, id: TaskId) -> bool {
        matches!(self.flow.task(id).body, Body::Approve(_))
    }

    /// The nearest fan-out over a group around a task.
    pub fn mapped_group_of(&self, id: TaskId) -> Option<TaskId> {
        self.flow.fan_outs_around(id).next()
    }

    /// The same, for what stands inside of the group itself.
    pub fn mapped_group_inside(&self, group: TaskId) -> Option<TaskId> {
        if self.flow.task(group).for_each.is_some() {
            Some(group)
        } else {
            self.mapped_group_of(group)
        }
    }

    /// The Airflow id of the task whose XComs are the task's outputs.
    pub fn data_id(&self, id: TaskId) -> Cow<'a, str> {
        let task = self.flow.task(id);
        match task.group() {
            Some(_) => format!("{}._flowc_end", task.path).into(),
            None => task.path.as_str().into(),
        }
    }

    pub fn start_id(&self, group: TaskId) -> String {
        format!("{}._flowc_start", self.flow.task(group).path)
    }

    /// The Airflow id of a task that flowc adds beside one of the flow.
    pub fn helper_id(&self, id: TaskId, what: &str) -> String {
        let task = self.flow.task(id);
        let name = names::helper(task, what);
        match task.path.strip_suffix(task.name.value.as_str()) {
            Some(prefix) => format!("{prefix}{name}"),
            None => name,
        }
    }

    /// The tasks of Airflow whose states make up that of the task, and those that count only when
    /// they have failed.
    pub fn status_ids(&self, id: TaskId) -> (Ids<'a>, Ids<'a>) {
        let task = self.flow.task(id);
        let shape = self.shape(id);
        let mut causes = Vec::new();
        if shape.items {
            causes.push(self.helper_id(id, "items").into());
        }
        if shape.join == Join::Allowed {
            causes.push(self.helper_id(id, "check").into());
            return (vec![self.helper_id(id, "all").into()], causes);
        }
        let Some(group) = task.group() else {
            return (vec![task.path.as_str().into()], causes);
        };
        let mut inner = Vec::new();
        if shape.start {
            inner.push(self.start_id(id).into());
        }
        for child in &group.children {
            self.failure_ids(*child, &mut inner);
        }
        if !shape.checked {
            return (inner, causes);
        }
        causes.extend(inner);
        let end = match shape.join {
            Join::State => self.helper_id(id, "all").into(),
            _ => self.data_id(id),
        };
        (vec![end], causes)
    }

    /// The tasks of Airflow that fail exactly when the task has failed and was not allowed to.
    pub fn failure_ids(&self, id: TaskId, ids: &mut Ids<'a>) {
        let task = self.flow.task(id);
        let shape = self.shape(id);
        if shape.items {
            ids.push(self.helper_id(id, "items").into());
        }
        if shape.join == Join::Allowed {
            if !task.always_allowed_to_fail() {
                ids.push(self.helper_id(id, "check").into());
            }
            return;
        }
        if task.always_allowed_to_fail() {
            return;
        }
        match task.group() {
            None => ids.push(task.path.as_str().into()),
            Some(group) => {
                if shape.start {
                    ids.push(self.start_id(id).into());
                }
                for child in &group.children {
                    self.failure_ids(*child, ids);
                }
                if shape.checked {
                    ids.push(format!("{}._flowc_check", task.path).into());
                    ids.push(self.data_id(id));
                }
            }
        }
    }

    /// The ids of all tasks that can fail without failing the run.
    fn may_fail(&self) -> Ids<'a> {
        let mut counted = Vec::with_capacity(self.flow.tasks.len());
        for id in self.flow.roots.iter().chain(&self.flow.finally) {
            self.failure_ids(*id, &mut counted);
        }
        let counted: FxHashSet<Cow<'_, str>> = counted.into_iter().collect();
        let mut all = Ids::with_capacity(self.flow.tasks.len());
        for (id, task) in self.flow.iter() {
            let shape = self.shape(id);
            if shape.items {
                all.push(self.helper_id(id, "items").into());
            }
            if shape.asks {
                all.push(self.helper_id(id, "rule").into());
            }
            match task.group() {
                None => all.push(task.path.as_str().into()),
                Some(_) => {
                    if shape.start {
                        all.push(self.start_id(id).into());
                    }
                    if shape.checked {
                        all.push(format!("{}._flowc_check", task.path).into());
                        all.push(self.data_id(id));
                    }
                }
            }
        }
        all.retain(|id| !counted.contains(id));
        all
    }

    /// `retries=0` and the like for a task of Airflow that is no process, against the defaults.
    fn plain_arguments(&'a self) -> Arguments<'a> {
        self.defaults().neutral(self)
    }

    fn description(&'a self, task: &'a Task) -> Option<(&'static str, Code<'a>)> {
        let description = task.description.as_ref()?;
        Some(("doc_md", Code::string(&description.value)))
    }
}
