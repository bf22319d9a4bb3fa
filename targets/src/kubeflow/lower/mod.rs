//! From a flow to Kubeflow's own words.

mod build;
mod cel;
mod ends;
mod fan_out;
mod gate;
mod header;
mod parameters;
mod pod;
mod ports;
mod process;
mod scope;
mod script;
mod text;
mod written;

use flowc_core::analysis::Analysis;
use flowc_core::expr::{Expr, Ref, Type};
use flowc_core::flow::{Binding, Body, Flow, Group, TaskId};
use flowc_core::reads::reads;
use flowc_core::source::Span;
use flowc_core::target::Settings;
use indexmap::IndexSet;

use super::facts::{Facts, Finally, is_constrained};
use super::model::{
    Body as ComponentBody, Component, Input, Kind, Parameter, Pipeline, Ports, Program, Task,
};
use super::name::Name;
use super::options::Options;
use cel::Condition;
use ends::Report;
use scope::{Datum, Inputs, Names, Scope};

/// The runner around a process.
pub(super) const RUNNER: &str = include_str!("runner.sh");

/// Whether Kubeflow writes a value of this type into an argument exactly as the language does.
pub(super) fn is_exact(ty: &Type) -> bool {
    Kind::of(ty).is_exact()
}

/// What lowering gives.
pub(super) struct Lowered<'f> {
    pub pipeline: Pipeline<'f>,
    /// What could not be said, with its place.
    pub problems: Vec<(Span, String)>,
}

/// The pipeline of a flow.
pub(super) fn lower<'f>(flow: &'f Flow, settings: &'f Settings) -> Lowered<'f> {
    let analysis = Analysis::new(flow);
    let facts = Facts::new(flow, &analysis);
    let names = flow.tasks.iter().map(|task| dashed(&task.name.value));
    let mut lowering = Lowering {
        flow,
        keys: names.collect(),
        options: Options::new(settings),
        analysis,
        facts,
        pipeline: Pipeline::with_room(flow.tasks.len()),
        scopes: vec![Scope::default()],
        // A component with the name of the pipeline would be taken for the whole by kfp's loader.
        names: Names::without(&flow.name.value),
        executor_names: Names::without(&flow.name.value),
        problems: Vec::new(),
    };
    lowering.run();
    Lowered {
        pipeline: lowering.pipeline,
        problems: lowering.problems,
    }
}

pub(super) struct Lowering<'f> {
    flow: &'f Flow,
    /// What the tasks are called in their DAGs.
    keys: Vec<Name<'f>>,
    options: Options<'f>,
    analysis: Analysis,
    facts: Facts,
    pipeline: Pipeline<'f>,
    /// The DAGs that are open, the outermost first.
    scopes: Vec<Scope<'f>>,
    /// Names of components.
    names: Names<'f>,
    executor_names: Names<'f>,
    problems: Vec<(Span, String)>,
}

impl<'f> Lowering<'f> {
    fn run(&mut self) {
        let flow = self.flow;
        for parameter in &flow.parameters {
            let made = Input::Component {
                name: parameter.name.value.as_str().into(),
                selector: None,
            };
            let datum = Datum::Parameter((&parameter.name.value).into());
            self.scope().made.insert(datum, made);
        }
        self.scope().first = self.checked_parameters();
        match self.facts.finally {
            Finally::None => {
                self.level(&flow.roots);
                self.verdict(&flow.roots, Vec::new(), Report::Fails);
            }
            Finally::Exit(task) => self.with_exit_task(task),
            Finally::Tasks => self.with_tasks_after(),
        }
        let scope = self.scopes.pop().unwrap_or_default();
        let mut inputs = Ports::default();
        for parameter in &flow.parameters {
            let port = Parameter {
                kind: Kind::of(&parameter.ty),
                declared: Some(parameter),
            };
            let name = parameter.name.value.as_str().into();
            inputs.parameters.push((name, port));
        }
        self.pipeline.root = Component {
            inputs,
            body: ComponentBody::Dag(Box::new(scope.dag)),
            ..Component::default()
        };
        self.pipeline.name = flow.name.value.clone();
        self.pipeline.description = flow.description.as_ref().map(|text| text.value.clone());
        self.pipeline.deadline = flow.timeout.as_ref().map(|time| time.whole_seconds_up());
        self.pipeline.header = self.header();
        let programs = self.pipeline.executors.keys();
        let programs = programs.filter_map(|executor| match &executor.program {
            Program::Python(text) => Some(text.as_str()),
            Program::Runner | Program::Shell(_) => None,
        });
        let programs: Vec<&str> = programs.collect();
        if !programs.is_empty() {
            self.pipeline.helpers = script::shared(&programs.concat());
        }
    }

    /// Everything in one DAG, and a task that Kubeflow starts at its end.
    fn with_exit_task(&mut self, exit: TaskId) {
        let flow = self.flow;
        self.open();
        self.level(&flow.roots);
        self.verdict(&flow.roots, Vec::new(), Report::Fails);
        let (component, inputs) = self.close(&"flow".into(), None, Ports::default());
        let mut task = Task::of("flow", component);
        task.after.extend(self.scope().first.clone());
        let key = self.key("flow");
        self.add(&key, task, &inputs);
        let status = Input::FinalStatus { task: key.clone() };
        self.scope().made.insert(Datum::FinalStatus, status);
        let name = self.key(self.name_of(exit));
        self.process(exit, &name, &Condition::Always, vec![key], false, false);
        if let Some(task) = self.scope().dag.tasks.get_mut(&name) {
            task.is_exit = true;
        }
    }

    /// Everything in a DAG whose failures are states, then the tasks of `finally`, which read them.
    fn with_tasks_after(&mut self) {
        let flow = self.flow;
        self.open();
        self.level(&flow.roots);
        self.verdict(&flow.roots, Vec::new(), Report::Tells);
        let mut outputs = Ports::default();
        let mut wanted: IndexSet<Datum<'f>> = IndexSet::new();
        wanted.insert(Datum::FlowState);
        for read in reads(flow) {
            let in_finally = read
                .reader
                .task()
                .is_some_and(|task| flow.task(task).finally);
            let (Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task }) =
                read.reference.as_ref()
            else {
                continue;
            };
            if !in_finally || flow.task(*task).finally {
                continue;
            }
            wanted.insert(Datum::State(*task));
            match read.reference.as_ref() {
                Ref::Output { name, .. } => {
                    wanted.insert(Datum::Output(*task, name.clone().into()))
                }
                Ref::Artifact { name, .. } => {
                    wanted.insert(Datum::Artifact(*task, name.clone().into()))
                }
                _ => false,
            };
        }
        let mut names = Inputs::default();
        let mut handed_on = Vec::new();
        for datum in wanted {
            let Some(Input::Output { task, key }) = self.scope().made.get(&datum).cloned() else {
                continue;
            };
            let name = names.name(datum.clone(), flow);
            let dag = &mut self.scope().dag;
            match datum {
                Datum::Artifact(..) => dag.artifacts.insert(name.clone(), vec![(task, key)]),
                _ => dag.parameters.insert(name.clone(), vec![(task, key)]),
            };
            handed_on.push((datum, name));
        }
        let ports = names.ports(flow);
        outputs.parameters.extend(ports.parameters);
        outputs.artifacts.extend(ports.artifacts);
        let (component, inputs) = self.close(&"flow".into(), None, outputs);
        let mut task = Task::of("flow", component);
        let first = self.scope().first.take();
        task.after.extend(first);
        let flow_key = self.key("flow");
        self.add(&flow_key, task, &inputs);
        for (datum, name) in handed_on {
            let made = Input::Output {
                task: flow_key.clone(),
                key: name,
            };
            self.scope().made.insert(datum, made);
        }
        self.scope().first = Some(flow_key);
        self.level(&flow.finally);
        self.verdict(&flow.finally, vec![Datum::FlowState], Report::Fails);
    }

    /// The tasks of a level, in an order in which each stands after those it reads.
    fn level(&mut self, level: &[TaskId]) {
        let scope = self.scope();
        scope.keys.reserve(level.len());
        // One more task may judge the others.
        scope.dag.tasks.reserve(level.len() + 1);
        for id in level {
            let name = self.name_of(*id);
            self.scope().keys.insert(name);
        }
        for id in self.analysis.sorted(self.flow, level) {
            self.task(id);
        }
    }

    /// A task, with what decides whether it runs around it.
    fn task(&mut self, id: TaskId) {
        let task = self.flow.task(id);
        let key = self.name_of(id);
        let upstream = task.upstream.iter();
        let mut after: Vec<Name<'f>> = upstream
            .map(|upstream| self.name_of(upstream.task))
            .collect();
        if after.is_empty() {
            after.extend(self.scope().first.clone());
        }
        let watches = !self.watched(id).is_empty();
        // A failure that is a state is written down, even when none reads it.
        let is_soft = self.facts.is_soft(id);
        if watches || !self.facts.is_gated(id) {
            // Nothing around it decides whether it runs.
            let told = watches || self.facts.is_told(id);
            self.core(id, &key, &Condition::Always, after, told || is_soft);
            self.made_by(id, &key, told);
            return;
        }
        let gate = self.gate(id, &key, &after);
        // A task that may be stopped by a failure says so, even when none reads it.
        let may_stop = gate
            .otherwise
            .iter()
            .any(|(key, _, condition)| *key == "stop" && !matches!(condition, Condition::Never));
        let told = self.facts.is_told(id) || may_stop;
        if !told {
            self.core(id, &key, &gate.run, after, is_soft);
        } else {
            self.open();
            let run: Name<'f> = "run".into();
            let arms = [run.clone(), "skip".into(), "stop".into()];
            self.scope().keys.extend(arms);
            self.core(id, &run, &gate.run, Vec::new(), true);
            let outputs = self.outputs_of(id, true);
            let mut arms = vec![run];
            for (key, state, condition) in &gate.otherwise {
                if !matches!(condition, Condition::Never) {
                    let key: Name<'f> = (*key).into();
                    self.placeholder(id, &key, state, condition);
                    arms.push(key);
                }
            }
            let all =
                |name: &Name<'f>| arms.iter().map(|arm| (arm.clone(), name.clone())).collect();
            let dag = &mut self.scopes.last_mut().expect("an open DAG").dag;
            for (name, _) in &outputs.parameters {
                dag.parameters.insert(name.clone(), all(name));
            }
            for (name, _) in &outputs.artifacts {
                dag.artifacts.insert(name.clone(), all(name));
            }
            let (component, inputs) = self.close(&self.path_of(id), Some(id), outputs);
            let mut outer = Task::of(&task.path, component);
            outer.after = after;
            self.add(&key, outer, &inputs);
        }
        self.made_by(id, &key, told);
    }

    /// What a task is called in its DAG.
    fn name_of(&self, id: TaskId) -> Name<'f> {
        self.keys[id.index()].clone()
    }

    /// What its component is called when no other is: after the groups around it, too.
    fn path_of(&self, id: TaskId) -> Name<'f> {
        let task = self.flow.task(id);
        if task.path == task.name.value {
            self.name_of(id)
        } else {
            dashed(&task.path)
        }
    }

    /// Whether its failure, which is a state, has to fail what it is in.
    fn counts(&self, id: TaskId) -> bool {
        self.facts.counts(self.flow, id)
    }

    /// What the task does, as a task of the open DAG.
    fn core(
        &mut self,
        id: TaskId,
        key: &Name<'f>,
        condition: &Condition<'f>,
        after: Vec<Name<'f>>,
        told: bool,
    ) {
        if self.flow.task(id).for_each.is_some() {
            self.fan_out(id, key, condition, after, told);
        } else {
            let soft = self.facts.is_soft(id);
            self.body(id, key, condition, after, told, soft);
        }
    }

    /// One instance of what the task does.
    fn body(
        &mut self,
        id: TaskId,
        key: &Name<'f>,
        condition: &Condition<'f>,
        after: Vec<Name<'f>>,
        told: bool,
        soft: bool,
    ) {
        match &self.flow.task(id).body {
            Body::Group(group) => self.group(id, group, key, condition, after, told),
            Body::Process(_) | Body::Wait(_) | Body::Approve(_) => {
                self.process(id, key, condition, after, told, soft);
            }
        }
    }

    fn group(
        &mut self,
        id: TaskId,
        group: &'f Group,
        key: &Name<'f>,
        condition: &Condition<'f>,
        after: Vec<Name<'f>>,
        told: bool,
    ) {
        let task = self.flow.task(id);
        self.open();
        self.level(&group.children);
        let soft = self.facts.is_soft(id) || task.for_each.is_some();
        let report = match (told, soft) {
            (true, true) => Report::Tells,
            (true, false) => Report::TellsOrFails,
            (false, _) => Report::Fails,
        };
        self.verdict(&group.children, Vec::new(), report);
        self.exports(id, group);
        let mut outputs = self.outputs_of_one(id, told);
        if told
            && let Some(Input::Output { task, key }) =
                self.scope().made.get(&Datum::FlowState).cloned()
        {
            let dag = &mut self.scope().dag;
            dag.parameters
                .shift_insert(0, "state".into(), vec![(task, key)]);
        }
        let scope = self.scope();
        outputs
            .parameters
            .retain(|(name, _)| scope.dag.parameters.contains_key(name));
        outputs
            .artifacts
            .retain(|(name, _)| scope.dag.artifacts.contains_key(name));
        let condition = self.condition_of_open(condition);
        let (component, inputs) = self.close(&self.path_of(id), Some(id), outputs);
        let mut outer = Task::of(&task.path, component);
        outer.condition = condition;
        outer.after = after;
        self.add(key, outer, &inputs);
    }

    /// The condition of the task that the open DAG becomes, over inputs which the DAG then has.
    fn condition_of_open(&mut self, condition: &Condition<'f>) -> Option<String> {
        let mut inputs = std::mem::take(&mut self.scope().inputs);
        let text = self.condition(condition, &mut inputs);
        self.scope().inputs = inputs;
        text
    }

    /// What a sub-flow's parameter is given.
    fn binding(&self, scope: TaskId, name: &str) -> Option<&'f Binding> {
        let sub_flow = self.flow.task(scope).group()?.sub_flow.as_ref()?;
        sub_flow
            .bindings
            .iter()
            .find(|binding| binding.parameter.name.value == name)
    }

    /// The same, where nothing about the value has to be checked when the flow runs.
    fn plain_binding(&self, scope: TaskId, name: &str) -> Option<&'f Expr> {
        let binding = self.binding(scope, name)?;
        (!is_constrained(binding)).then_some(&binding.value)
    }
}

/// A name as Kubernetes has it.
fn dashed<'f>(name: &str) -> Name<'f> {
    name.replace(['.', '_', ' '], "-").into()
}
