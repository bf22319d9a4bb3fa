//! What a task puts out: its ports, and what stands for them when it does not run.

use flowc_core::expr::Type;
use flowc_core::flow::{Body, Task as FlowTask, TaskId};

use super::Lowering;
use super::cel::Condition;
use super::gate::State;
use super::scope::{Datum, Inputs};
use super::text::{input, output_file};
use crate::kubeflow::model::{Component, Executor, Input, Kind, Name, Parameter, Ports, Task};

impl<'f> Lowering<'f> {
    /// A task that does nothing and hands on what stands for nothing.
    pub(super) fn placeholder(
        &mut self,
        id: TaskId,
        key: &Name,
        state: &State,
        condition: &Condition<'f>,
    ) {
        let task = self.flow.task(id);
        let outputs = self.outputs_of(id, true);
        let mut inputs = Inputs::default();
        let text = self.condition(condition, &mut inputs);
        let (state, decision) = match state {
            State::Is(word) => (*word, (*word).to_owned()),
            State::Decided => {
                let name = inputs.name(&Datum::Decision(id), self.flow);
                ("skipped", input(&name))
            }
        };
        let mut args = vec![
            format!("--decision={decision}"),
            "--state={{$.outputs.parameters['state'].output_file}}".to_owned(),
        ];
        let others = outputs.parameters.iter();
        for (name, parameter) in others.filter(|(name, _)| name.as_ref() != "state") {
            let (kind, file) = (word(parameter.kind), output_file(name));
            args.push(["--output=", kind, ":", name, "=", &file].concat());
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
    pub(super) fn outputs_of(&self, id: TaskId, told: bool) -> Ports {
        let mut ports = self.outputs_of_one(id, told);
        if self.flow.task(id).for_each.is_some() {
            for (name, parameter) in ports.parameters.iter_mut() {
                if name.as_ref() != "state" {
                    parameter.kind = Kind::List;
                }
            }
        }
        ports
    }

    /// The outputs of one instance.
    pub(super) fn outputs_of_one(&self, id: TaskId, told: bool) -> Ports {
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
                .insert(output_key(name).into(), Parameter::of(Kind::of(ty)));
        }
        for name in artifact_names(task) {
            ports.artifacts.insert(output_key(name).into(), false);
        }
        ports
    }

    /// Tells the open DAG where the outputs of a task come from.
    pub(super) fn made_by(&mut self, id: TaskId, key: &Name, told: bool) {
        let task = self.flow.task(id);
        let output = |name: &str| Input::Output {
            task: key.clone(),
            key: name.into(),
        };
        let scope = self.scopes.last_mut().expect("an open DAG");
        for (name, _) in output_types(task) {
            let made = output(output_key(name));
            scope.made.insert(Datum::Output(id, name.to_owned()), made);
        }
        for name in artifact_names(task) {
            let made = output(output_key(name));
            scope
                .made
                .insert(Datum::Artifact(id, name.to_owned()), made);
        }
        if told {
            scope.made.insert(Datum::State(id), output("state"));
        }
    }
}

/// The name of an output; `state` is flowc's own.
pub(super) fn output_key(name: &str) -> &str {
    if name == "state" { "state_" } else { name }
}

/// The names and types of the outputs of a task.
pub(super) fn output_types(task: &FlowTask) -> Vec<(&str, &Type)> {
    match &task.body {
        Body::Group(group) => {
            let exports = group.outputs.iter();
            exports
                .map(|export| (export.name.value.as_str(), &export.value.ty))
                .collect()
        }
        _ => {
            let outputs = task.outputs.iter();
            outputs
                .map(|output| (output.name.value.as_str(), &output.ty))
                .collect()
        }
    }
}

/// The names of its artifacts.
pub(super) fn artifact_names(task: &FlowTask) -> Vec<&str> {
    match &task.body {
        Body::Group(group) => {
            let exports = group.artifacts.iter();
            exports.map(|export| export.name.value.as_str()).collect()
        }
        _ => {
            let artifacts = task.artifacts.iter();
            artifacts
                .map(|artifact| artifact.name.value.as_str())
                .collect()
        }
    }
}

/// The runner's word for a kind.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::FinalStatus => "string",
        Kind::Integer => "integer",
        Kind::Double => "number",
        Kind::Boolean => "boolean",
        Kind::List => "list",
        Kind::Struct => "object",
    }
}
