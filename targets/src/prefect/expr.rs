//! What a reference is in a flow file: an index into the value of a task, or a variable.

use std::borrow::Cow;

use flowc_core::analysis::States;
use flowc_core::expr::{Expr, Ref, Template};
use flowc_core::flow::TaskId;

use super::lower::{Frame, Lowering, Var};
use crate::python::expr::{Bind, Lower, Strength, atom, enclosed, flat, ternary, variable};
use crate::python::{Code, string, write_string};

/// Lowers the expressions of one function.
pub(super) struct Expressions<'f, 'a> {
    lowering: &'a Lowering<'a>,
    frame: &'f Frame<'a>,
    /// The task whose process reads.
    place: Option<TaskId>,
}

impl<'f, 'a> Expressions<'f, 'a> {
    pub fn new(lowering: &'a Lowering<'a>, frame: &'f Frame<'a>, place: Option<TaskId>) -> Self {
        Self {
            lowering,
            frame,
            place,
        }
    }

    /// An expression.
    pub fn value(&self, expr: &'a Expr) -> Code<'a> {
        Lower::new(self).lower(expr).0
    }

    /// A condition, checked to be a boolean.
    pub fn condition(&self, expr: &'a Expr) -> Code<'a> {
        Lower::new(self).of_type(expr, "bool", Strength::Conditional)
    }

    /// That the condition does not hold.
    pub fn negated(&self, expr: &'a Expr) -> Code<'a> {
        let condition = Lower::new(self).of_type(expr, "bool", Strength::Not);
        Code::Prefix("not ", Box::new(condition))
    }

    /// A list, checked to be one.
    pub fn list(&self, expr: &'a Expr) -> Code<'a> {
        Lower::new(self).of_type(expr, "list", Strength::Conditional)
    }

    /// A text with expressions in it; alone, an expression keeps its type.
    pub fn template(&self, template: &'a Template) -> Code<'a> {
        match (template.as_literal(), template.as_expr()) {
            (Some(text), _) => Code::text(text),
            (_, Some(expr)) => self.value(expr),
            _ => Lower::new(self).text(template),
        }
    }

    fn task(&self, task: TaskId) -> Cow<'a, str> {
        self.frame.name(Var::Task(task))
    }

    fn succeeded(&self, task: TaskId) -> Code<'a> {
        Code::call1("succeeded", Code::atom(self.task(task)))
    }

    /// An output or artifact of a task that has succeeded.
    fn entry(&self, task: TaskId, name: &str) -> (Code<'a>, Strength) {
        let value = self.task(task);
        let mut entry = String::with_capacity(value.len() + name.len() + "[\"\"]".len());
        entry.push_str(&value);
        entry.push('[');
        write_string(name, &mut entry);
        entry.push(']');
        variable(entry)
    }

    /// The same; of a fan-out that was skipped, what stands for nothing.
    fn entry_or(&self, task: TaskId, name: &str, nothing: &'static str) -> (Code<'a>, Strength) {
        let is_fan_out = self.lowering.flow.task(task).for_each.is_some();
        let may_be_skipped = self.lowering.analysis.states(task).has(States::SKIPPED);
        let entry = self.entry(task, name);
        if is_fan_out && may_be_skipped {
            ternary(entry.0, self.succeeded(task), Code::atom(nothing))
        } else {
            entry
        }
    }

    /// The path of an artifact of a task.
    pub fn artifact(&self, task: TaskId, name: &str) -> (Code<'a>, Strength) {
        self.entry_or(task, name, "empty_folder()")
    }

    fn own(&self, name: &str) -> (Code<'a>, Strength) {
        let declared = self.place.and_then(|place| {
            let task = self.lowering.flow.task(place);
            let artifact = task.artifacts.iter().find(|a| a.name.value == name)?;
            artifact.path.as_ref()
        });
        match declared {
            Some(path) => atom(string(&path.value)),
            None => atom(format!("str(attempt() / {})", string(name))),
        }
    }
}

impl<'a> Bind<'a> for Expressions<'_, 'a> {
    fn reference(&self, reference: &'a Ref) -> (Code<'a>, Strength) {
        match reference {
            Ref::Parameter { scope, name } => {
                variable(self.frame.name(Var::Parameter(*scope, name)))
            }
            Ref::Output { task, name } => self.entry_or(*task, name, "[]"),
            Ref::Artifact { task, name } => self.artifact(*task, name),
            Ref::Status { task } => atom(format!("end_of({})", self.task(*task))),
            Ref::Item { fan_out } => variable(self.frame.name(Var::Item(*fan_out))),
            Ref::Index { fan_out } => variable(self.frame.name(Var::Index(*fan_out))),
            Ref::RunId => atom("flow_run.id"),
            Ref::RunDate => atom("run_date()"),
            Ref::RunScheduledAt => atom("scheduled_at().isoformat()"),
            Ref::RunStatus => variable(self.frame.name(Var::RunStatus)),
            Ref::RunDuration => variable(self.frame.name(Var::RunDuration)),
            Ref::Secret { name } => {
                atom(format!("secret({})", string(&self.lowering.secret(name))))
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => self.own(name),
        }
    }

    fn default(
        &self,
        lower: &Lower<'_, Self>,
        reference: &'a Ref,
        fallback: &'a Expr,
    ) -> (Code<'a>, Strength) {
        let (Ref::Output { task, name } | Ref::Artifact { task, name }) = reference else {
            return self.reference(reference);
        };
        let value = enclosed(self.entry(*task, name), Strength::Or);
        let fallback = lower.at_least(fallback, Strength::Conditional);
        ternary(value, self.succeeded(*task), fallback)
    }
}

/// Code on one line.
pub(super) fn line(code: &Code<'_>) -> String {
    flat(code)
}
