//! What a task puts out: its ports, and what stands for them when it does not run.

use flowc_core::expr::Type;
use flowc_core::flow::{Body, Task as FlowTask, TaskId};

use super::Lowering;
use super::cel::Condition;
use super::gate::State;
use super::scope::{Datum, Inputs};
use crate::kubeflow::arg::{self, Arg, output_key};
use crate::kubeflow::model::{Component, Executor, Input, Kind, Parameter, Ports, Task};
use crate::kubeflow::name::Name;
use crate::kubeflow::placeholder::{OUTPUT_ARTIFACT, OUTPUT_FILE};

impl<'f> Lowering<'f> {
    /// A task that does nothing and hands on what stands for nothing.
    pub(super) fn placeholder(
        &mut self,
        id: TaskId,
        key: &Name<'f>,
        state: &State,
        condition: &Condition<'f>,
    ) {
        let task = self.flow.task(id);
        let outputs = self.outputs_of(id, true);
        let mut inputs = Inputs::default();
        let text = self.condition(condition, &mut inputs);
        let (state, decision) = match state {
            State::Is(word) => (*word, Arg::named("--decision", *word)),
            State::Decided => {
                let name = inputs.name(Datum::Decision(id), self.flow);
                ("skipped", Arg::named_input("--decision", name))
            }
        };
        let mut args = vec![decision, Arg::named_state("--state")];
        let others = outputs.parameters.iter();
        for (name, parameter) in others.filter(|(name, _)| **name != *"state") {
            let kind = arg::word(parameter.kind);
            let file = OUTPUT_FILE.of(name);
            args.push(Arg::text(format!("--output={kind}:{name}={file}")));
        }
        for (name, _) in &outputs.artifacts {
            let path = OUTPUT_ARTIFACT.of(name);
            args.push(Arg::text(format!("--artifact=directory:{name}={path}")));
        }
        let executor = Executor {
            comment: Some(format!("for a task that is {state}").into()),
            image: self.options.helper_image.into(),
            args,
            ..Executor::default()
        };
        let component = Component {
            inputs: inputs.ports(self.flow),
            outputs,
            ..Component::default()
        };
        let name = if state == "skipped" {
            "skipped"
        } else {
            "stopped"
        };
        let component = self.executable(&name.into(), component, executor);
        let mut arm = Task::of(format!("{} {state}", task.path), component);
        arm.condition = text;
        self.add(key, arm, &inputs);
    }

    /// The outputs that others may read of a task; lists and folders of a fan-out.
    pub(super) fn outputs_of(&self, id: TaskId, told: bool) -> Ports<'f> {
        let mut ports = self.outputs_of_one(id, told);
        if self.flow.task(id).for_each.is_some() {
            for (name, parameter) in &mut ports.parameters {
                if **name != *"state" {
                    parameter.kind = Kind::List;
                }
            }
        }
        ports
    }

    /// The outputs of one instance.
    pub(super) fn outputs_of_one(&self, id: TaskId, told: bool) -> Ports<'f> {
        let task = self.flow.task(id);
        let mut ports = Ports::default();
        ports.parameters.reserve_exact(1 + usize::from(told));
        if told {
            ports.put("state".into(), Parameter::of(Kind::String));
        }
        for (name, ty) in output_types(task) {
            ports.put(output_key(name).into(), Parameter::of(Kind::of(ty)));
        }
        for name in artifact_names(task) {
            ports.put_artifact(output_key(name).into());
        }
        ports
    }

    /// Tells the open DAG where the outputs of a task come from.
    pub(super) fn made_by(&mut self, id: TaskId, key: &Name<'f>, told: bool) {
        let task = self.flow.task(id);
        let output = |name: &'f str| Input::Output {
            task: key.clone(),
            key: name.into(),
        };
        let scope = self.scopes.last_mut().expect("an open DAG");
        for (name, _) in output_types(task) {
            let made = output(output_key(name));
            scope.made.insert(Datum::Output(id, name.into()), made);
        }
        for name in artifact_names(task) {
            let made = output(output_key(name));
            scope.made.insert(Datum::Artifact(id, name.into()), made);
        }
        if told {
            scope.made.insert(Datum::State(id), output("state"));
        }
    }
}

/// The names and types of the outputs of a task.
pub(super) fn output_types(task: &FlowTask) -> impl Iterator<Item = (&str, &Type)> {
    let (exports, own) = match &task.body {
        Body::Group(group) => (group.outputs.as_slice(), [].as_slice()),
        _ => ([].as_slice(), task.outputs.as_slice()),
    };
    let exports = exports.iter();
    let exports = exports.map(|export| (export.name.value.as_str(), &export.value.ty));
    let own = own.iter();
    exports.chain(own.map(|output| (output.name.value.as_str(), &output.ty)))
}

/// The names of its artifacts.
pub(super) fn artifact_names(task: &FlowTask) -> impl Iterator<Item = &str> {
    let (exports, own) = match &task.body {
        Body::Group(group) => (group.artifacts.as_slice(), [].as_slice()),
        _ => ([].as_slice(), task.artifacts.as_slice()),
    };
    let names = exports.iter().map(|export| &export.name);
    let names = names.chain(own.iter().map(|artifact| &artifact.name));
    names.map(|name| name.value.as_str())
}
