//! The tasks of one level: a group's, or those of the flow.

use std::borrow::Cow;

use flowc_core::flow::{Group, Task, TaskId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Frame, Lowering, Var};
use crate::prefect::expr::{Expressions, line};
use crate::prefect::model::Statement;
use crate::python::{Argument, Code};

/// The futures of a level.
#[derive(Default)]
pub(super) struct Futures<'a>(FxHashMap<TaskId, Cow<'a, str>>);

impl<'a> Futures<'a> {
    pub fn of(&self, task: TaskId) -> Option<&Cow<'a, str>> {
        self.0.get(&task)
    }
}

impl<'a> Lowering<'a> {
    /// A statement per task that submits it, in topological order.
    pub(super) fn submits(
        &'a self,
        tasks: &[TaskId],
        frame: &mut Frame<'a>,
        futures: &mut Futures<'a>,
        body: &mut Vec<Statement<'a>>,
    ) {
        body.reserve(tasks.len());
        futures.0.reserve(tasks.len());
        for id in self.analysis.sorted(self.flow, tasks) {
            let name = frame.free(&self.futures[id.index()]);
            let call = self.submit(id, frame, futures);
            body.push(Statement::Assign(name.clone(), call));
            futures.0.insert(id, name);
        }
    }

    fn submit(&'a self, id: TaskId, frame: &Frame<'a>, futures: &Futures<'a>) -> Code<'a> {
        let needs = self.needs.outer(id);
        let mut arguments = Vec::with_capacity(needs.len());
        for var in needs {
            let future = match var {
                Var::Task(task) => futures.of(*task),
                _ => None,
            };
            let value = match future {
                Some(future) => Code::atom(["allow_failure(", future, ")"].concat()),
                None => Code::name(frame.name(*var)),
            };
            arguments.push(Argument::positional(value));
        }
        let function = [self.function(id).as_str(), ".submit"].concat();
        Code::Call(function.into(), arguments)
    }

    /// Waits for the tasks and says whether one failed that was not allowed to.
    pub(super) fn failures(
        &'a self,
        tasks: &[TaskId],
        frame: &Frame<'a>,
        futures: &Futures<'a>,
    ) -> Code<'a> {
        let mut counted = Vec::with_capacity(tasks.len());
        let mut allowed = Vec::new();
        let mut perhaps = Vec::new();
        for id in self.analysis.sorted(self.flow, tasks) {
            let Some(future) = futures.of(id) else {
                continue;
            };
            let task = self.flow.task(id);
            match &task.allow_failure {
                Some(_) if task.always_allowed_to_fail() => {
                    allowed.push(Code::name(future.clone()))
                }
                Some(expr) if task.for_each.is_none() && expr.as_literal().is_none() => {
                    let condition = Expressions::new(self, frame, None).condition(expr);
                    let list = format!("([{future}] if {} else [])", line(&condition));
                    counted.push(Argument::positional(Code::name(future.clone())));
                    perhaps.push(Code::atom(list));
                }
                _ => counted.push(Argument::positional(Code::name(future.clone()))),
            }
        }
        let allowed = if perhaps.is_empty() {
            (!allowed.is_empty()).then_some(Code::List(allowed))
        } else {
            if !allowed.is_empty() {
                perhaps.insert(0, Code::List(allowed));
            }
            Some(Code::Operation("+", perhaps))
        };
        counted.extend(allowed.map(|allowed| Argument::named("allowed", allowed)));
        Code::Call("failures".into(), counted)
    }

    /// What a group does: its tasks, and the values it exports.
    pub(super) fn group(
        &'a self,
        id: TaskId,
        group: &'a Group,
        frame: &mut Frame<'a>,
    ) -> Vec<Statement<'a>> {
        let task = self.flow.task(id);
        let mut body = self.bindings(id, group, frame);
        let mut inside = Vec::new();
        let mut futures = Futures::default();
        self.submits(&group.children, frame, &mut futures, &mut inside);
        let failures = self.failures(&group.children, frame, &futures);
        inside.push(Statement::Guard(failures));
        let scopes = self.scopes(task);
        if scopes.is_empty() {
            body.append(&mut inside);
        } else {
            body.push(Statement::With(scopes, None, inside));
        }
        self.exports(group, frame, &futures, &mut body);
        body
    }

    /// The limits of a group.
    fn scopes(&'a self, task: &'a Task) -> Vec<Code<'a>> {
        let mut scopes = Vec::new();
        if let Some(limit) = task
            .max_parallel
            .as_ref()
            .filter(|_| task.for_each.is_none())
        {
            scopes.push(Code::atom(format!("at_most({})", limit.value)));
        }
        if task.fails_fast() {
            if task.for_each.is_none() {
                scopes.push(Code::atom("fail_fast()"));
            } else if self.any_may_be_stopped(task) {
                scopes.push(Code::atom("started()"));
            }
        }
        scopes
    }

    /// Whether a task in the group asks, before it starts, for what has stopped it.
    fn any_may_be_stopped(&self, task: &Task) -> bool {
        let children = task.group().map_or(&[][..], |group| &group.children);
        children.iter().any(|child| {
            self.may_be_stopped(*child) || self.any_may_be_stopped(self.flow.task(*child))
        })
    }

    fn bindings(
        &'a self,
        id: TaskId,
        group: &'a Group,
        frame: &mut Frame<'a>,
    ) -> Vec<Statement<'a>> {
        let Some(sub_flow) = &group.sub_flow else {
            return Vec::new();
        };
        let used: FxHashSet<Var<'_>> = group
            .children
            .iter()
            .flat_map(|child| self.needs.outer(*child).iter().copied())
            .collect();
        let mut body = Vec::new();
        let mut known = Vec::new();
        for binding in &sub_flow.bindings {
            let parameter = &binding.parameter;
            let var = Var::Parameter(Some(id), &parameter.name.value);
            let mut value = Expressions::new(self, frame, None).value(&binding.value);
            // A literal has been checked already.
            if binding.value.as_literal().is_none() {
                value = super::run::constrained(value, parameter);
            }
            let is_used = used.contains(&var) || reads(group, var);
            match (is_used, binding.value.as_literal()) {
                (true, _) => known.push((var, value)),
                (false, None) => body.push(Statement::Expression(value)),
                (false, Some(_)) => {}
            }
        }
        for (var, value) in known {
            let name = frame.know(self.flow, var);
            body.push(Statement::Assign(name, value));
        }
        body
    }

    fn exports(
        &'a self,
        group: &'a Group,
        frame: &mut Frame<'a>,
        futures: &Futures<'a>,
        body: &mut Vec<Statement<'a>>,
    ) {
        let mut read: Vec<TaskId> = Vec::new();
        let mut note = |task: TaskId| {
            if futures.of(task).is_some() && !read.contains(&task) {
                read.push(task);
            }
        };
        for export in &group.outputs {
            export.value.refs(&mut |reference, _, _| {
                use flowc_core::expr::Ref;
                if let Ref::Output { task, .. }
                | Ref::Artifact { task, .. }
                | Ref::Status { task } = reference
                {
                    note(*task);
                }
            });
        }
        group.artifacts.iter().for_each(|export| note(export.task));
        for task in read {
            let name = frame.know(self.flow, Var::Task(task));
            let future = futures.of(task).cloned().unwrap_or_default();
            body.push(Statement::Assign(
                name,
                Code::atom(format!("value({future})")),
            ));
        }
        let expressions = Expressions::new(self, frame, None);
        let mut fields = Vec::new();
        for export in &group.outputs {
            fields.push((&export.name.value, expressions.value(&export.value)));
        }
        for export in &group.artifacts {
            let path = expressions.artifact(export.task, &export.artifact).0;
            fields.push((&export.name.value, path));
        }
        body.push(Statement::Return(Code::dict(fields)));
    }

    /// The call that asks the task's trigger rule, and whatever else may keep it from starting.
    pub(super) fn start_guard(&'a self, id: TaskId, frame: &Frame<'a>) -> Option<Code<'a>> {
        let task = self.flow.task(id);
        let stopped = self.may_be_stopped(id).then(|| Code::atom("stopped()"));
        let rule = self.asks_rule(id).then(|| {
            let upstream = task.upstream.iter();
            let upstream =
                upstream.map(|up| Argument::positional(Code::name(frame.name(Var::Task(up.task)))));
            let question = ["unless_", task.trigger_rule.value.as_str()].concat();
            Code::Call(question.into(), upstream.collect())
        });
        match (stopped, rule) {
            (Some(stopped), Some(rule)) => Some(Code::Operation("or", vec![stopped, rule])),
            (stopped, rule) => stopped.or(rule),
        }
    }
}

/// Whether an export of the group reads it.
fn reads(group: &Group, var: Var<'_>) -> bool {
    let mut found = false;
    for export in &group.outputs {
        export.value.refs(&mut |reference, _, _| {
            if let flowc_core::expr::Ref::Parameter { scope, name } = reference {
                found |= var == Var::Parameter(*scope, name);
            }
        });
    }
    found
}
