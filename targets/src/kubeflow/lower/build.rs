//! The open DAGs, and the components and executors that tasks share.

use flowc_core::flow::TaskId;
use flowc_core::source::Span;

use super::Lowering;
use super::cel::Condition;
use super::scope::{Datum, Inputs, Scope, fresh};
use crate::kubeflow::model::{Body as ComponentBody, Component, Executor, Input, Ports, Task};

impl<'f> Lowering<'f> {
    pub(super) fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("an open DAG")
    }

    /// A name for a task of flowc's own in the open DAG.
    pub(super) fn key(&mut self, name: &str) -> String {
        fresh(name, "-", &mut self.scope().keys)
    }

    pub(super) fn open(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// The open DAG becomes a component.
    pub(super) fn close(
        &mut self,
        name: &str,
        task: Option<TaskId>,
        outputs: Ports,
    ) -> (String, Inputs) {
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
    pub(super) fn add(&mut self, key: &str, mut task: Task, inputs: &Inputs) {
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
    pub(super) fn resolve(&mut self, level: usize, datum: &Datum) -> Input {
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
    pub(super) fn executable(
        &mut self,
        name: &str,
        mut component: Component,
        executor: Executor,
    ) -> String {
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
                let label = self.executor_names.fresh(name);
                self.known_executors.insert(shape, label.clone());
                self.pipeline.executors.insert(label.clone(), executor);
                label
            }
        };
        component.body = ComponentBody::Executor(label);
        self.component(name, component)
    }

    pub(super) fn component(&mut self, name: &str, component: Component) -> String {
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
        let name = self.names.fresh(name);
        self.known_components.insert(shape, name.clone());
        self.pipeline.components.insert(name.clone(), component);
        name
    }

    /// A small program as a task of the open DAG.
    pub(super) fn helper(
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
}
