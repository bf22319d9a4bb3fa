//! When a task of Airflow runs: its trigger rule, what it waits for, and what it asks first.

use std::borrow::Cow;

use flowc_core::expr::Expr;
use flowc_core::flow::{Task, TaskId, TriggerRule};

use super::edges::Edges;
use super::shape::{is_guarded, outlives_its_group};
use super::{Lowering, Statement};
use crate::airflow::expr::Expressions;
use crate::python::{Argument, Arguments, Code, Identifier};

/// The arguments that decide whether a task of Airflow runs.
pub(super) struct Decision<'a> {
    trigger_rule: Option<&'static str>,
    checks: Vec<Code<'a>>,
}

impl<'a> Decision<'a> {
    /// Asks something more, after all else.
    pub fn ask(&mut self, check: Code<'a>) {
        self.checks.push(check);
    }

    /// Asks something before all else.
    pub fn ask_first(&mut self, check: Code<'a>) {
        self.checks.insert(0, check);
    }

    pub fn arguments(self) -> Arguments<'a> {
        let mut arguments = Vec::new();
        if let Some(rule) = self.trigger_rule {
            arguments.push(("trigger_rule", Code::string(rule)));
        }
        let mut checks = self.checks;
        match checks.len() {
            0 => {}
            1 => arguments.push(("pre_execute", checks.remove(0))),
            _ => {
                let checks = checks.into_iter().map(Argument::positional).collect();
                arguments.push(("pre_execute", Code::Call("checks".into(), checks)));
            }
        }
        arguments
    }
}

impl<'a> Lowering<'a> {
    /// What decides whether the task runs, or its `items` or `start` task in its place; `first` is
    /// the variable of that one.
    pub(super) fn decide(
        &'a self,
        id: TaskId,
        first: &'a Identifier,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) -> Decision<'a> {
        let task = self.flow.task(id);
        let mut decision = Decision {
            trigger_rule: None,
            checks: Vec::new(),
        };
        self.wait_for_upstream(id, first, body, edges, &mut decision);
        self.fail_fast_checks(id, &mut decision);
        if let Some(gate) = self.gate(task) {
            decision.ask(Code::call1("inside", Code::string(gate)));
        }
        if let Some(when) = &task.when {
            decision.ask(self.when(when, Expressions::new(self, Some(id))));
        }
        decision
    }

    pub(super) fn when(&'a self, condition: &'a Expr, expressions: Expressions<'a>) -> Code<'a> {
        Code::call1("when", expressions.function(condition))
    }

    fn wait_for_upstream(
        &'a self,
        id: TaskId,
        first: &'a Identifier,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
        decision: &mut Decision<'a>,
    ) {
        let task = self.flow.task(id);
        let rule = task.trigger_rule.value;
        let upstream = task.upstream.iter();
        let upstream = upstream.map(|upstream| self.handle(upstream.task));
        if task.upstream.is_empty() {
            self.wait_for_outside(id, first, edges, decision);
            return;
        }
        if self.shape(id).asks {
            let variable = self.variables().helper(id, "rule");
            let mut arguments = vec![
                ("task_id", Code::string(super::names::helper(task, "rule"))),
                ("trigger_rule", Code::string("all_done")),
                ("pre_execute", Code::atom(format!("when_{}", rule.as_str()))),
            ];
            arguments.extend(self.plain_arguments());
            let mark = Code::call("FlowMark", arguments);
            body.push(Statement::Assign(variable, mark));
            for from in upstream {
                edges.add(from, variable);
            }
            edges.add(variable, first);
            return;
        }
        if self.shape(id).waits {
            // The rule as soon as it is met, and all others to end: their values are read.
            for (what, rule) in [("rule", rule.as_str()), ("done", "all_done")] {
                let variable = self.variables().helper(id, what);
                body.push(self.marker(id, what, rule));
                for from in upstream.clone() {
                    edges.add(from, variable);
                }
                edges.add(variable, first);
            }
            return;
        }
        for from in upstream {
            edges.add(from, first);
        }
        if is_guarded(&self.facts.analysis, task) {
            decision.trigger_rule = Some(TriggerRule::NoneFailed.as_str());
            decision.ask(Code::atom("unless_skipped"));
        } else if rule != TriggerRule::AllSuccess {
            decision.trigger_rule = Some(rule.as_str());
        }
    }

    /// A task without upstream tasks waits for the start of its group, or, in `finally`, for all others.
    fn wait_for_outside(
        &'a self,
        id: TaskId,
        first: &'a Identifier,
        edges: &mut Edges<'a>,
        decision: &mut Decision<'a>,
    ) {
        let task = self.flow.task(id);
        match task.parent {
            Some(group) if self.shape(group).start => {
                edges.add(self.variables().helper(group, "start"), first);
            }
            Some(_) => {}
            None if task.finally => decision.trigger_rule = Some("all_done"),
            None => {}
        }
    }

    /// The start of the group around a task that could run although the group does not.
    fn gate(&self, task: &Task) -> Option<String> {
        let group = task.parent?;
        let outlives = !task.upstream.is_empty() && outlives_its_group(task.trigger_rule.value);
        (outlives && self.shape(group).start).then(|| self.start_id(group))
    }

    fn fail_fast_checks(&'a self, id: TaskId, decision: &mut Decision<'a>) {
        let task = self.flow.task(id);
        if self.flow.fails_fast() && !task.finally {
            decision.ask(Code::atom("unless_run_failed"));
        }
        let mut inner = id;
        for group in self.flow.ancestors(id) {
            let around = self.flow.task(group);
            // Instances that have started go on; only their first tasks ask.
            let starts = around.for_each.is_none()
                || self.flow.task(inner).upstream.is_empty() && inner == id;
            if around.fails_fast() && starts {
                let mut ids = Vec::new();
                if let Some(group) = around.group() {
                    for child in &group.children {
                        self.failure_ids(*child, &mut ids);
                    }
                }
                decision.ask(fail_fast(ids));
            }
            inner = group;
        }
    }

    /// The check of a fan-out that stops at its first failure.
    pub(super) fn fan_out_fail_fast(&'a self, task: &'a Task) -> Option<Code<'a>> {
        (task.fails_fast() && task.for_each.is_some()).then(|| fail_fast([&task.path]))
    }

    /// An `EmptyOperator` beside a task.
    pub(super) fn marker(
        &'a self,
        id: TaskId,
        what: &'static str,
        rule: &'static str,
    ) -> Statement<'a> {
        let variable = self.variables().helper(id, what);
        let name = super::names::helper(self.flow.task(id), what);
        let arguments = [
            ("task_id", Code::string(name)),
            ("trigger_rule", Code::string(rule)),
        ];
        Statement::Assign(variable, Code::call("EmptyOperator", arguments))
    }
}

fn fail_fast<'a, I: Into<Cow<'a, str>>>(ids: impl IntoIterator<Item = I>) -> Code<'a> {
    let ids = ids.into_iter().map(Code::string);
    let ids = ids.map(Argument::positional).collect();
    Code::Call("fail_fast".into(), ids)
}
