//! From a flow to Kubeflow's own words.

mod cel;
mod fan_out;
mod gate;
mod parameters;
mod pod;
mod process;
mod scope;
mod script;
mod text;

use std::collections::{HashMap, HashSet};

use flowc_core::analysis::Analysis;
use flowc_core::expr::{Expr, ExprKind, Ref, Type};
use flowc_core::flow::{Binding, Body, Flow, Group, Task as FlowTask, TaskId};
use flowc_core::reads::reads;
use flowc_core::source::Span;
use flowc_core::target::Settings;
use indexmap::IndexSet;

use super::facts::{Facts, Finally, is_constrained};
use super::model::{
    Body as ComponentBody, Component, Executor, Input, Kind, Parameter, Pipeline, Ports, Program,
    Task,
};
use super::options::Options;
use cel::Condition;
use gate::State;
use scope::{Datum, Inputs, Scope, fresh};

/// The runner around a process.
pub(super) const RUNNER: &str = include_str!("runner.sh");

/// Whether Kubeflow writes a value of this type into an argument exactly as the language does.
pub(super) fn is_exact(ty: &Type) -> bool {
    matches!(ty, Type::String | Type::Integer | Type::Boolean)
}

/// What lowering gives.
pub(super) struct Lowered {
    pub pipeline: Pipeline,
    /// What could not be said, with its place.
    pub problems: Vec<(Span, String)>,
}

/// The pipeline of a flow.
pub(super) fn lower(flow: &Flow, settings: &Settings) -> Lowered {
    let analysis = Analysis::new(flow);
    let facts = Facts::new(flow, &analysis);
    let mut lowering = Lowering {
        flow,
        options: Options::new(settings),
        analysis,
        facts,
        pipeline: Pipeline::default(),
        scopes: vec![Scope::default()],
        // A component with the name of the pipeline would be taken for the whole by kfp's loader.
        names: HashSet::from([flow.name.value.clone()]),
        known_components: HashMap::new(),
        known_executors: HashMap::new(),
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
    options: Options,
    analysis: Analysis,
    facts: Facts,
    pipeline: Pipeline,
    /// The DAGs that are open, the outermost first.
    scopes: Vec<Scope>,
    /// Names of components and executors.
    names: HashSet<String>,
    known_components: HashMap<String, String>,
    known_executors: HashMap<String, String>,
    problems: Vec<(Span, String)>,
}

impl<'f> Lowering<'f> {
    fn run(&mut self) {
        let flow = self.flow;
        for parameter in &flow.parameters {
            let name = parameter.name.value.clone();
            let made = Input::Component {
                name: name.clone(),
                selector: None,
            };
            self.scope().made.insert(Datum::Parameter(name), made);
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
                default: parameter.default.as_ref().map(|value| value.value.clone()),
                description: parameter
                    .description
                    .as_ref()
                    .map(|text| text.value.clone()),
            };
            inputs.parameters.insert(parameter.name.value.clone(), port);
        }
        self.pipeline.root = Component {
            inputs,
            body: ComponentBody::Dag(scope.dag),
            ..Component::default()
        };
        self.pipeline.name = flow.name.value.clone();
        self.pipeline.description = flow.description.as_ref().map(|text| text.value.clone());
        self.pipeline.deadline = flow.timeout.as_ref().map(|time| time.whole_seconds_up());
        self.pipeline.header = self.header();
        let programs = self.pipeline.executors.values();
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
        let (component, inputs) = self.close("flow", None, Ports::default());
        let mut task = Task::of("flow", component);
        task.after.extend(self.scope().first.clone());
        let key = self.key("flow");
        self.add(&key, task, &inputs);
        let status = Input::FinalStatus { task: key.clone() };
        self.scope().made.insert(Datum::FinalStatus, status);
        let name = self.key(&dashed(&flow.task(exit).name.value));
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
        let mut wanted: IndexSet<Datum> = IndexSet::new();
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
                Ref::Output { name, .. } => wanted.insert(Datum::Output(*task, name.clone())),
                Ref::Artifact { name, .. } => wanted.insert(Datum::Artifact(*task, name.clone())),
                _ => false,
            };
        }
        let mut names = Inputs::default();
        let mut handed_on = Vec::new();
        for datum in wanted {
            let Some(Input::Output { task, key }) = self.scope().made.get(&datum).cloned() else {
                continue;
            };
            let name = names.name(&datum, flow);
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
        let (component, inputs) = self.close("flow", None, outputs);
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
        for id in level {
            let name = dashed(&self.flow.task(*id).name.value);
            self.scope().keys.insert(name);
        }
        for id in self.analysis.sorted(self.flow, level) {
            self.task(id);
        }
    }

    /// A task, with what decides whether it runs around it.
    fn task(&mut self, id: TaskId) {
        let task = self.flow.task(id);
        let key = dashed(&task.name.value);
        let mut after: Vec<String> = task
            .upstream
            .iter()
            .map(|upstream| dashed(&self.flow.task(upstream.task).name.value))
            .collect();
        if after.is_empty() {
            after.extend(self.scope().first.clone());
        }
        let gate = self.gate(id, &key, &after);
        // A task that may be stopped by a failure says so, even when none reads it.
        let may_stop = gate
            .otherwise
            .iter()
            .any(|(key, _, condition)| *key == "stop" && !matches!(condition, Condition::Never));
        let told = self.facts.is_told(id) || may_stop;
        if !told || !self.facts.is_gated(id) {
            // A failure that is a state is written down, even when none reads it.
            let told = told || self.facts.is_soft(id);
            self.core(id, &key, &gate.run, after, told);
        } else {
            self.open();
            self.scope()
                .keys
                .extend(["run".to_owned(), "skip".to_owned(), "stop".to_owned()]);
            self.core(id, "run", &gate.run, Vec::new(), true);
            let outputs = self.outputs_of(id, true);
            let mut arms = vec!["run".to_owned()];
            for (key, state, condition) in &gate.otherwise {
                if !matches!(condition, Condition::Never) {
                    self.placeholder(id, key, state, condition);
                    arms.push((*key).to_owned());
                }
            }
            let all = |name: &String| arms.iter().map(|arm| (arm.clone(), name.clone())).collect();
            let dag = &mut self.scopes.last_mut().expect("an open DAG").dag;
            for name in outputs.parameters.keys() {
                dag.parameters.insert(name.clone(), all(name));
            }
            for name in outputs.artifacts.keys() {
                dag.artifacts.insert(name.clone(), all(name));
            }
            let (component, inputs) = self.close(&dashed(&task.path), Some(id), outputs);
            let mut outer = Task::of(&task.path, component);
            outer.after = after;
            self.add(&key, outer, &inputs);
        }
        self.made_by(id, &key, told);
    }

    /// Whether its failure, which is a state, has to fail what it is in.
    fn counts(&self, id: TaskId) -> bool {
        self.facts.counts(self.flow, id)
    }

    /// What the task does, as a task of the open DAG.
    fn core(
        &mut self,
        id: TaskId,
        key: &str,
        condition: &Condition<'f>,
        after: Vec<String>,
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
        key: &str,
        condition: &Condition<'f>,
        after: Vec<String>,
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
        key: &str,
        condition: &Condition<'f>,
        after: Vec<String>,
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
            dag.parameters.insert("state".into(), vec![(task, key)]);
            dag.parameters.move_index(dag.parameters.len() - 1, 0);
        }
        let scope = self.scope();
        outputs
            .parameters
            .retain(|name, _| scope.dag.parameters.contains_key(name));
        outputs
            .artifacts
            .retain(|name, _| scope.dag.artifacts.contains_key(name));
        let condition = self.condition_of_open(condition);
        let (component, inputs) = self.close(&dashed(&task.path), Some(id), outputs);
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

    /// What a group exports, as outputs of the open DAG.
    fn exports(&mut self, id: TaskId, group: &'f Group) {
        let mut computed: Vec<(&str, &Expr)> = Vec::new();
        for export in &group.outputs {
            let name = &export.name.value;
            let plain = match &export.value.kind {
                ExprKind::Ref(Ref::Output { task, name }) => self
                    .scope()
                    .made
                    .get(&Datum::Output(*task, name.clone()))
                    .cloned(),
                _ => None,
            };
            match plain {
                Some(Input::Output { task, key }) => {
                    let dag = &mut self.scope().dag;
                    dag.parameters.insert(name.clone(), vec![(task, key)]);
                }
                _ => computed.push((name, &export.value)),
            }
        }
        for export in &group.artifacts {
            let datum = Datum::Artifact(export.task, export.artifact.clone());
            if let Some(Input::Output { task, key }) = self.scope().made.get(&datum).cloned() {
                let dag = &mut self.scope().dag;
                dag.artifacts
                    .insert(export.name.value.clone(), vec![(task, key)]);
            }
        }
        if computed.is_empty() {
            return;
        }
        let mut script = script::Script::new(self);
        for (name, value) in &computed {
            let path = script.output(name, Kind::of(&value.ty));
            let code = script.value(value);
            script.line(format!("deliver({path}, {code})"));
        }
        let path = &self.flow.task(id).path;
        let made = script.finish(&format!("what {path} exports"));
        let key = self.key("exports");
        let title = format!("{path} exports");
        let after = self.leaves(&group.children);
        self.helper(
            &key,
            &title,
            &dashed(&title),
            made,
            &Condition::Always,
            after,
        );
        for (name, _) in computed {
            let dag = &mut self.scope().dag;
            dag.parameters
                .insert(name.to_owned(), vec![(key.clone(), name.to_owned())]);
        }
    }

    /// The tasks of a level that no other waits for, by name.
    fn leaves(&self, level: &[TaskId]) -> Vec<String> {
        let leaves = self.analysis.leaves(level);
        leaves
            .into_iter()
            .map(|id| dashed(&self.flow.task(id).name.value))
            .collect()
    }

    /// A last task that turns the states of a level into its own.
    fn verdict(&mut self, level: &[TaskId], mut states: Vec<Datum>, report: Report) {
        let counted = level.iter().filter(|id| self.counts(**id));
        states.extend(counted.map(|id| Datum::State(*id)));
        if states.is_empty() && report == Report::Fails {
            return;
        }
        let mut inputs = Inputs::default();
        let mut args: Vec<String> = states
            .iter()
            .map(|datum| {
                let name = inputs.name(datum, self.flow);
                format!("{{{{$.inputs.parameters['{name}']}}}}")
            })
            .collect();
        let mut outputs = Ports::default();
        let text = match report {
            Report::Fails => VERDICT_FAILS.to_owned(),
            Report::Tells => VERDICT_TELLS.to_owned(),
            Report::TellsOrFails => format!("{VERDICT_FAILS}{VERDICT_TELLS}"),
        };
        if report != Report::Fails {
            args.insert(0, "{{$.outputs.parameters['state'].output_file}}".into());
            outputs
                .parameters
                .insert("state".into(), Parameter::of(Kind::String));
        }
        let executor = Executor {
            comment: Some("fails after a failure that nothing allows".into()),
            image: self.options.helper_image.clone(),
            program: Program::Shell(text),
            args,
            ..Executor::default()
        };
        let executor = match report {
            Report::Tells => Executor {
                comment: Some("how a group ended".into()),
                ..executor
            },
            _ => executor,
        };
        let component = Component {
            inputs: inputs.ports(self.flow),
            outputs,
            ..Component::default()
        };
        let component = self.executable("verdict", component, executor);
        let key = self.key("verdict");
        let mut task = Task::of("the verdict", component);
        task.after = self.leaves(level);
        self.add(&key, task, &inputs);
        if report != Report::Fails {
            let made = Input::Output {
                task: key,
                key: "state".into(),
            };
            self.scope().made.insert(Datum::FlowState, made);
        }
    }

    /// A task that does nothing and hands on what stands for nothing.
    fn placeholder(&mut self, id: TaskId, key: &str, state: &State, condition: &Condition<'f>) {
        let task = self.flow.task(id);
        let mut outputs = self.outputs_of(id, true);
        let mut inputs = Inputs::default();
        let text = self.condition(condition, &mut inputs);
        let (state, decision) = match state {
            State::Is(word) => (*word, (*word).to_owned()),
            State::Decided => {
                let name = inputs.name(&Datum::Decision(id), self.flow);
                ("skipped", format!("{{{{$.inputs.parameters['{name}']}}}}"))
            }
        };
        let mut args = vec![
            format!("--decision={decision}"),
            "--state={{$.outputs.parameters['state'].output_file}}".to_owned(),
        ];
        outputs.parameters.shift_remove("state");
        for (name, parameter) in &outputs.parameters {
            args.push(format!(
                "--output={}:{name}={{{{$.outputs.parameters['{name}'].output_file}}}}",
                word(parameter.kind)
            ));
        }
        for name in outputs.artifacts.keys() {
            args.push(format!(
                "--artifact=directory:{name}={{{{$.outputs.artifacts['{name}'].path}}}}"
            ));
        }
        let executor = Executor {
            comment: Some(format!("for a task that is {state}")),
            image: self.options.helper_image.clone(),
            args,
            ..Executor::default()
        };
        let component = Component {
            inputs: inputs.ports(self.flow),
            outputs: self.outputs_of(id, true),
            ..Component::default()
        };
        let name = if state == "skipped" {
            "skipped"
        } else {
            "stopped"
        };
        let component = self.executable(name, component, executor);
        let mut arm = Task::of(format!("{} {state}", task.path), component);
        arm.condition = text;
        self.add(key, arm, &inputs);
    }

    /// The outputs that others may read of a task; lists and folders of a fan-out.
    fn outputs_of(&self, id: TaskId, told: bool) -> Ports {
        let mut ports = self.outputs_of_one(id, told);
        if self.flow.task(id).for_each.is_some() {
            for (name, parameter) in &mut ports.parameters {
                if name != "state" {
                    parameter.kind = Kind::List;
                }
            }
        }
        ports
    }

    /// The outputs of one instance.
    fn outputs_of_one(&self, id: TaskId, told: bool) -> Ports {
        let task = self.flow.task(id);
        let mut ports = Ports::default();
        if told {
            ports
                .parameters
                .insert("state".into(), Parameter::of(Kind::String));
        }
        for (name, ty) in output_types(task) {
            ports
                .parameters
                .insert(output_key(&name), Parameter::of(Kind::of(&ty)));
        }
        for name in artifact_names(task) {
            ports.artifacts.insert(output_key(&name), false);
        }
        ports
    }

    /// Tells the open DAG where the outputs of a task come from.
    fn made_by(&mut self, id: TaskId, key: &str, told: bool) {
        let task = self.flow.task(id);
        let output = |name: String| Input::Output {
            task: key.to_owned(),
            key: name,
        };
        let scope = self.scopes.last_mut().expect("an open DAG");
        for (name, _) in output_types(task) {
            let made = output(output_key(&name));
            scope.made.insert(Datum::Output(id, name), made);
        }
        for name in artifact_names(task) {
            let made = output(output_key(&name));
            scope.made.insert(Datum::Artifact(id, name), made);
        }
        if told {
            scope.made.insert(Datum::State(id), output("state".into()));
        }
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("an open DAG")
    }

    /// A name for a task of flowc's own in the open DAG.
    fn key(&mut self, name: &str) -> String {
        fresh(name, "-", &mut self.scope().keys)
    }

    fn open(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// The open DAG becomes a component.
    fn close(&mut self, name: &str, task: Option<TaskId>, outputs: Ports) -> (String, Inputs) {
        let scope = self.scopes.pop().unwrap_or_default();
        let description = task.and_then(|id| self.flow.task(id).description.as_ref());
        let mut inputs = scope.inputs.ports(self.flow);
        inputs.parameters.extend(scope.element);
        let component = Component {
            comment: description.map(|text| text.value.clone()),
            inputs,
            outputs,
            body: ComponentBody::Dag(scope.dag),
        };
        (self.component(name, component), scope.inputs)
    }

    /// Puts a task into the open DAG and connects its inputs.
    fn add(&mut self, key: &str, mut task: Task, inputs: &Inputs) {
        let level = self.scopes.len() - 1;
        for (datum, name) in inputs.iter() {
            let input = self.resolve(level, datum);
            match datum {
                Datum::Artifact(..) | Datum::EachArtifact(..) => {
                    task.artifacts.insert(name.clone(), input);
                }
                _ => {
                    task.parameters.insert(name.clone(), input);
                }
            }
        }
        self.scope().keys.insert(key.to_owned());
        self.scope().dag.tasks.insert(key.to_owned(), task);
    }

    /// Where something comes from at a level; what is made further out becomes an input of the DAGs
    /// between.
    fn resolve(&mut self, level: usize, datum: &Datum) -> Input {
        match datum {
            Datum::RunId => return Input::Constant("{{$.pipeline_job_uuid}}".into()),
            Datum::ScheduledAt => {
                return Input::Constant("{{$.pipeline_job_schedule_time_utc}}".into());
            }
            Datum::CreatedAt => {
                return Input::Constant("{{$.pipeline_job_create_time_utc}}".into());
            }
            _ => {}
        }
        let flow = self.flow;
        let scope = &mut self.scopes[level];
        if let Some(input) = scope.made.get(datum) {
            return input.clone();
        }
        if level == 0 {
            return Input::Constant(String::new());
        }
        let input = Input::Component {
            name: scope.inputs.name(datum, flow),
            selector: None,
        };
        scope.made.insert(datum.clone(), input.clone());
        input
    }

    /// A component with an executor of its own, or the ones that are there already.
    fn executable(&mut self, name: &str, mut component: Component, executor: Executor) -> String {
        let shape = format!(
            "{:?}",
            Executor {
                comment: None,
                ..executor.clone()
            }
        );
        let label = match self.known_executors.get(&shape) {
            Some(label) => label.clone(),
            None => {
                let mut label = name.to_owned();
                let mut number = 1;
                while self.pipeline.executors.contains_key(&label) || label == self.flow.name.value
                {
                    number += 1;
                    label = format!("{name}-{number}");
                }
                self.known_executors.insert(shape, label.clone());
                self.pipeline.executors.insert(label.clone(), executor);
                label
            }
        };
        component.body = ComponentBody::Executor(label);
        self.component(name, component)
    }

    fn component(&mut self, name: &str, component: Component) -> String {
        let shape = format!(
            "{:?}",
            Component {
                comment: None,
                ..component.clone()
            }
        );
        if let Some(known) = self.known_components.get(&shape) {
            return known.clone();
        }
        let name = fresh(name, "-", &mut self.names);
        self.known_components.insert(shape, name.clone());
        self.pipeline.components.insert(name.clone(), component);
        name
    }

    /// A small program as a task of the open DAG.
    fn helper(
        &mut self,
        key: &str,
        title: &str,
        name: &str,
        made: (Component, Executor, Inputs, Vec<(Span, String)>),
        condition: &Condition<'f>,
        after: Vec<String>,
    ) {
        let (mut component, executor, mut inputs, problems) = made;
        self.problems.extend(problems);
        let condition = self.condition(condition, &mut inputs);
        component.inputs = inputs.ports(self.flow);
        let component = self.executable(name, component, executor);
        let mut task = Task::of(title, component);
        task.condition = condition;
        task.after = after;
        self.add(key, task, &inputs);
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

    fn header(&self) -> Vec<String> {
        let flow = self.flow;
        let mut lines = vec![format!(
            "Written by flowc from {}, for Kubeflow Pipelines 2.",
            self.options.source
        )];
        let mut more = |line: String| lines.push(printable(&line));
        if let Some(owner) = &flow.owner {
            more(format!("Owner: {}", owner.value));
        }
        if !flow.tags.is_empty() {
            let tags: Vec<&str> = flow.tags.iter().map(|tag| tag.value.as_str()).collect();
            more(format!("Tags: {}", tags.join(", ")));
        }
        if !flow.labels.is_empty() {
            let labels: Vec<String> = flow
                .labels
                .iter()
                .map(|(key, value)| format!("{key}={}", value.value))
                .collect();
            more(format!("Labels: {}", labels.join(", ")));
        }
        if !flow.secrets.is_empty() {
            let names: Vec<&str> = flow
                .secrets
                .iter()
                .map(|name| name.value.as_str())
                .collect();
            more(format!(
                "Needs the secret {} with the keys {}.",
                self.options.secret(flow),
                names.join(", ")
            ));
        }
        if let Some(schedule) = &flow.schedule {
            let overlap = match schedule.overlap.value {
                flowc_core::flow::Overlap::Allow => "runs may overlap",
                flowc_core::flow::Overlap::Skip => "one run at a time",
                flowc_core::flow::Overlap::Replace => "a new run replaces the one before",
            };
            let mut line = format!(
                "Make a recurring run of it: cron \"0 {}\", time zone {}, catch up {}, {overlap}",
                schedule.cron.value, schedule.timezone.value, schedule.catchup.value,
            );
            if let Some(start) = &schedule.start {
                line.push_str(&format!(", from {}", start.value.as_str()));
            }
            if let Some(end) = &schedule.end {
                line.push_str(&format!(", until {}", end.value.as_str()));
            }
            more(format!("{line}."));
        }
        lines
    }
}

/// What a last task does with the states of a level.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Report {
    /// Fails after a failure.
    Fails,
    /// Hands the state on.
    Tells,
    /// Fails after a failure and hands on the success.
    TellsOrFails,
}

const VERDICT_FAILS: &str = "\
for state do
  if [ \"$state\" = failed ]; then
    echo 'a task has failed' >&2
    exit 1
  fi
done
";

const VERDICT_TELLS: &str = "\
path=$1 verdict=succeeded
shift
for state do
  if [ \"$state\" = failed ]; then verdict=failed; fi
done
mkdir -p \"${path%/*}\"
printf %s \"$verdict\" > \"$path\"
";

/// A name as Kubernetes has it.
fn dashed(name: &str) -> String {
    name.replace(['.', '_', ' '], "-")
}

/// A line of a comment without line breaks.
fn printable(line: &str) -> String {
    line.replace(['\n', '\r'], " ")
}

/// The name of an output; `state` is flowc's own.
fn output_key(name: &str) -> String {
    if name == "state" {
        "state_".into()
    } else {
        name.to_owned()
    }
}

fn output_types(task: &FlowTask) -> Vec<(String, Type)> {
    match &task.body {
        Body::Group(group) => group
            .outputs
            .iter()
            .map(|export| (export.name.value.clone(), export.value.ty.clone()))
            .collect(),
        _ => task
            .outputs
            .iter()
            .map(|output| (output.name.value.clone(), output.ty.clone()))
            .collect(),
    }
}

fn artifact_names(task: &FlowTask) -> Vec<String> {
    match &task.body {
        Body::Group(group) => group
            .artifacts
            .iter()
            .map(|a| a.name.value.clone())
            .collect(),
        _ => task
            .artifacts
            .iter()
            .map(|a| a.name.value.clone())
            .collect(),
    }
}

/// The runner's word for a kind.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::FinalStatus => "string",
        Kind::Integer => "integer",
        Kind::Double => "number",
        Kind::Boolean => "boolean",
        Kind::List => "list",
        Kind::Struct => "object",
    }
}
