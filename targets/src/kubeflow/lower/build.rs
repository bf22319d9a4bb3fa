//! The open DAGs, and the components and executors that tasks share.

use flowc_core::flow::TaskId;
use flowc_core::source::Span;
use indexmap::map::Entry;

use super::Lowering;
use super::cel::Condition;
use super::scope::{Datum, Inputs, Scope, fresh};
use crate::kubeflow::model::{Body as ComponentBody, Component, Executor, Input, Ports, Task};
use crate::kubeflow::name::Name;

/// What Kubeflow replaces by the id of the run.
const JOB: Name<'static> = Name::given("{{$.pipeline_job_uuid}}");

/// By the time for which it was scheduled.
const SCHEDULED_AT: Name<'static> = Name::given("{{$.pipeline_job_schedule_time_utc}}");

/// By the time when it was made.
const CREATED_AT: Name<'static> = Name::given("{{$.pipeline_job_create_time_utc}}");

impl<'f> Lowering<'f> {
    pub(super) fn scope(&mut self) -> &mut Scope<'f> {
        self.scopes.last_mut().expect("an open DAG")
    }

    /// A name for a task of flowc's own in the open DAG.
    pub(super) fn key(&mut self, name: impl Into<Name<'f>>) -> Name<'f> {
        let keys = &mut self.scope().keys;
        fresh(name.into(), "-", |name| keys.insert(name))
    }

    pub(super) fn open(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// The open DAG becomes a component.
    pub(super) fn close(
        &mut self,
        name: &Name<'f>,
        task: Option<TaskId>,
        outputs: Ports<'f>,
    ) -> (Name<'f>, Inputs<'f>) {
        let scope = self.scopes.pop().unwrap_or_default();
        let description = task.and_then(|id| self.flow.task(id).description.as_ref());
        let mut inputs = scope.inputs.ports(self.flow);
        inputs.parameters.extend(scope.element);
        let component = Component {
            comment: description.map(|text| text.value.as_str()),
            inputs,
            outputs,
            body: ComponentBody::Dag(Box::new(scope.dag)),
        };
        (self.component(name, component), scope.inputs)
    }

    /// Puts a task into the open DAG and connects its inputs.
    pub(super) fn add(&mut self, key: &Name<'f>, mut task: Task<'f>, inputs: &Inputs<'f>) {
        let level = self.scopes.len() - 1;
        task.parameters.reserve_exact(inputs.len());
        for (datum, name) in inputs.iter() {
            let input = self.resolve(level, datum);
            match datum {
                Datum::Artifact(..) | Datum::EachArtifact(..) => {
                    task.artifacts.push((name.clone(), input));
                }
                _ => task.parameters.push((name.clone(), input)),
            }
        }
        self.scope().keys.insert(key.clone());
        self.scope().dag.tasks.insert(key.clone(), task);
    }

    /// Where something comes from at a level; what is made further out becomes an input of the DAGs
    /// between.
    pub(super) fn resolve(&mut self, level: usize, datum: &Datum<'f>) -> Input<'f> {
        match datum {
            Datum::RunId => return Input::Constant(JOB),
            Datum::ScheduledAt => return Input::Constant(SCHEDULED_AT),
            Datum::CreatedAt => return Input::Constant(CREATED_AT),
            _ => {}
        }
        let flow = self.flow;
        let scope = &mut self.scopes[level];
        if let Some(input) = scope.made.get(datum) {
            return input.clone();
        }
        if level == 0 {
            return Input::Constant(Name::default());
        }
        let input = Input::Component {
            name: scope.inputs.name(datum.clone(), flow),
            selector: None,
        };
        scope.made.insert(datum.clone(), input.clone());
        input
    }

    /// A component with an executor of its own, or the ones that are there already.
    pub(super) fn executable(
        &mut self,
        name: &Name<'f>,
        mut component: Component<'f>,
        executor: Executor<'f>,
    ) -> Name<'f> {
        let label = match self.pipeline.executors.entry(executor) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(self.executor_names.fresh(name)).clone(),
        };
        component.body = ComponentBody::Executor(label);
        self.component(name, component)
    }

    /// A component, or the one that is there already.
    pub(super) fn component(&mut self, name: &Name<'f>, component: Component<'f>) -> Name<'f> {
        match self.pipeline.components.entry(component) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(self.names.fresh(name)).clone(),
        }
    }

    /// A small program as a task of the open DAG.
    pub(super) fn helper(
        &mut self,
        key: &Name<'f>,
        title: String,
        name: &Name<'f>,
        made: (Component<'f>, Executor<'f>, Inputs<'f>, Vec<(Span, String)>),
        condition: &Condition<'f>,
        after: Vec<Name<'f>>,
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
}
