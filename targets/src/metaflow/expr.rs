//! References in a step: parameters are attributes of the flow, what tasks did is in its artifacts.

use flowc_core::expr::{Expr, Ref, Template};
use flowc_core::flow::TaskId;

use super::lower::Lowering;
use crate::python::expr::{Bind, Lower, Strength, atom, enclosed, literal_strength, ternary};
use crate::python::{Argument, Code, string};

/// Lowers the expressions of one place in the flow.
pub(super) struct Expressions<'a> {
    lowering: &'a Lowering<'a>,
    /// The task in which the expression stands.
    place: TaskId,
    /// The fan-out whose element is a plain variable here.
    element_of: Option<TaskId>,
}

impl<'a> Expressions<'a> {
    pub fn new(lowering: &'a Lowering<'a>, place: TaskId) -> Self {
        Self {
            lowering,
            place,
            element_of: None,
        }
    }

    /// With `item` and `index` of a fan-out as plain variables.
    pub fn over_elements(mut self, fan_out: TaskId) -> Self {
        self.element_of = Some(fan_out);
        self
    }

    pub fn value(&self, expr: &'a Expr) -> Code<'a> {
        Lower::new(self).lower(expr).0
    }

    /// A condition; checked when the flow runs if its type is not known before.
    pub fn condition(&self, expr: &'a Expr) -> Code<'a> {
        Lower::new(self).of_type(expr, "bool", Strength::Conditional)
    }

    /// What a process gets; a value that is not a text becomes one there.
    pub fn field(&self, template: &'a Template) -> Code<'a> {
        if let Some(text) = template.as_literal() {
            return Code::text(text);
        }
        match template.as_expr() {
            Some(expr) => self.value(expr),
            None => Lower::new(self).text(template),
        }
    }

    fn own(&self, name: &str) -> (Code<'a>, Strength) {
        let task = self.lowering.flow.task(self.place);
        let mut artifacts = task.artifacts.iter();
        let path = artifacts
            .find(|artifact| artifact.name.value == name)
            .and_then(|artifact| artifact.path.as_ref());
        match path {
            Some(path) => atom(string(&path.value)),
            None => atom(format!("str(task.folder / {})", string(name))),
        }
    }

    /// `artifact("task", "name", index…)`
    fn artifact(&self, task: TaskId, name: &str) -> (Code<'a>, Strength) {
        let (writer, name) = self.lowering.artifact(task, name);
        let around = self.lowering.flow.fan_outs_of(writer);
        let shared = self.shared_with(task);
        let mut arguments = vec![
            Argument::positional(Code::string(&self.lowering.flow.task(writer).path)),
            Argument::positional(Code::string(name)),
        ];
        for fan_out in around.iter().filter(|fan_out| shared.contains(fan_out)) {
            arguments.push(Argument::positional(self.element(*fan_out, 0)));
        }
        let function = if around.iter().any(|fan_out| !shared.contains(fan_out)) {
            "artifacts"
        } else {
            "artifact"
        };
        (Code::Call(function.into(), arguments), Strength::Atom)
    }

    /// The fan-outs of which the place is in the same instance as the task.
    fn shared_with(&self, task: TaskId) -> Vec<TaskId> {
        let own = self.lowering.flow.fan_outs_of(self.place);
        let flow = self.lowering.flow;
        let above: Vec<TaskId> = flow.ancestors(task).collect();
        own.into_iter()
            .filter(|fan_out| above.contains(fan_out))
            .collect()
    }

    fn element(&self, fan_out: TaskId, at: usize) -> Code<'a> {
        let path = string(&self.lowering.flow.task(fan_out).path);
        Code::atom(format!("self.items[{path}][{at}]"))
    }

    fn state(&self, task: TaskId) -> Code<'a> {
        let path = string(&self.lowering.flow.task(task).path);
        Code::atom(format!("self.states[{path}]"))
    }
}

impl<'a> Bind<'a> for Expressions<'a> {
    fn reference(&self, reference: &'a Ref) -> (Code<'a>, Strength) {
        let path = |task: &TaskId| string(&self.lowering.flow.task(*task).path);
        match reference {
            Ref::Parameter { scope: None, name } => {
                atom(format!("self.{}", self.lowering.parameter(name)))
            }
            Ref::Parameter {
                scope: Some(group),
                name,
            } => match self.lowering.binding(*group, name) {
                Some(value) => (Code::value(value), literal_strength(value)),
                None => atom(format!("self.outputs[{}][{}]", path(group), string(name))),
            },
            Ref::Output { task, name } => {
                atom(format!("self.outputs[{}][{}]", path(task), string(name)))
            }
            Ref::Artifact { task, name } => self.artifact(*task, name),
            Ref::Status { task } => (self.state(*task), Strength::Atom),
            Ref::Item { fan_out } if self.element_of == Some(*fan_out) => atom("item"),
            Ref::Index { fan_out } if self.element_of == Some(*fan_out) => atom("index"),
            Ref::Item { fan_out } => (self.element(*fan_out, 1), Strength::Atom),
            Ref::Index { fan_out } => (self.element(*fan_out, 0), Strength::Atom),
            Ref::RunId => atom("current.run_id"),
            Ref::RunDate => atom("run_date(self)"),
            Ref::RunScheduledAt => atom("self.scheduled_at.isoformat()"),
            Ref::RunDuration => atom("run_duration(self)"),
            Ref::RunStatus => atom("run_status(self)"),
            Ref::Secret { name } => atom(format!("os.environ[{}]", string(name))),
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => self.own(name),
        }
    }

    fn default(
        &self,
        lower: &Lower<'_, Self>,
        reference: &'a Ref,
        fallback: &'a Expr,
    ) -> (Code<'a>, Strength) {
        let (Ref::Output { task, .. } | Ref::Artifact { task, .. }) = reference else {
            return self.reference(reference);
        };
        let value = enclosed(self.reference(reference), Strength::Or);
        let succeeded = Code::Operation("==", vec![self.state(*task), Code::string("succeeded")]);
        ternary(
            value,
            succeeded,
            lower.at_least(fallback, Strength::Conditional),
        )
    }
}
