//! Constant folding beyond one expression, which is folded as it is read: a parameter of a sub-flow that
//! `with` or its default gives a constant is that constant wherever it is named, a `default(…)` over a
//! task that can never succeed is its fallback, and a condition that always holds is no condition.
//!
//! Parameters of the flow itself are no constants, for a run may be given others.

use std::borrow::Cow;
use std::collections::HashMap;

use super::data;
use super::report::Report;
use super::rewrite::{self, Slot, walk};
use crate::analysis::{Analysis, States};
use crate::expr::fold::{fold, fold_template};
use crate::expr::{Expr, ExprKind, Ref, Template, Value};
use crate::flow::{Flow, TaskId};
use crate::reads::exprs;
use crate::source::Span;

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    // A condition that is gone may leave a task behind it without a way to succeed, which is a constant again.
    loop {
        let before = report.total();
        once(flow, report);
        if report.total() == before {
            return;
        }
    }
}

fn once(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    let mut known = Known::default();
    known.constants(flow);
    known.fallbacks(flow);
    if !known.constants.is_empty() || !known.never_succeed.is_empty() {
        let mentions = exprs(flow).into_iter().any(|expr| known.applies(expr));
        if mentions {
            known.fill_in(flow.to_mut(), report);
        }
    }
    conditions(flow, report);
}

/// What is known beyond a single expression.
#[derive(Default)]
struct Known {
    /// Parameters of sub-flows by the sub-flow's task and their name.
    constants: HashMap<TaskId, HashMap<String, Value>>,
    /// Tasks that never succeed.
    never_succeed: Vec<TaskId>,
}

impl Known {
    fn constants(&mut self, flow: &Flow) {
        for (id, task) in flow.iter() {
            let sub_flow = task.group().and_then(|group| group.sub_flow.as_ref());
            for binding in sub_flow.iter().flat_map(|sub_flow| &sub_flow.bindings) {
                let value = self
                    .value(&binding.value)
                    .filter(|value| value.ty() == binding.parameter.ty);
                if let Some(value) = value {
                    let name = binding.parameter.name.value.clone();
                    self.constants.entry(id).or_default().insert(name, value);
                }
            }
        }
    }

    /// The value of an expression, if that is a constant or one of those known already.
    fn value(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(value) => Some(value.clone()),
            ExprKind::Ref(reference) => self.constant(reference).cloned(),
            _ => None,
        }
    }

    fn constant(&self, reference: &Ref) -> Option<&Value> {
        match reference {
            Ref::Parameter {
                scope: Some(scope),
                name,
            } => self.constants.get(scope)?.get(name),
            _ => None,
        }
    }

    fn fallbacks(&mut self, flow: &Flow) {
        let idle = |task: &crate::flow::Task| {
            let never = |expr: &Expr| matches!(expr.as_literal(), Some(Value::Boolean(false)));
            let filter = task.for_each.as_ref().and_then(|one| one.filter.as_ref());
            let items = task.for_each.as_ref().and_then(|one| one.literal_items());
            task.when.as_deref().is_some_and(never)
                || filter.is_some_and(never)
                || items.is_some_and(<[Value]>::is_empty)
        };
        if !flow.tasks.iter().any(idle) {
            return;
        }
        let analysis = Analysis::new(flow);
        let never = |id: &TaskId| !analysis.states(*id).has(States::SUCCEEDED);
        self.never_succeed = flow.iter().map(|(id, _)| id).filter(never).collect();
    }

    /// Whether an expression holds something of this.
    fn applies(&self, expr: &Expr) -> bool {
        let mut found = false;
        expr.walk(&mut |inner| found |= self.replacement(inner).is_some());
        found
    }

    fn replacement(&self, expr: &Expr) -> Option<Expr> {
        match &expr.kind {
            ExprKind::Ref(reference) => {
                let value = self.constant(reference)?.clone();
                (value.ty() == expr.ty).then(|| Expr::literal(value, expr.span))
            }
            ExprKind::Default(reference, fallback) => {
                let task = data::task_of(reference)?;
                self.never_succeed.binary_search(&task).ok()?;
                (fallback.ty == expr.ty).then(|| (**fallback).clone())
            }
            _ => None,
        }
    }

    fn fill_in(&self, flow: &mut Flow, report: &mut Report) {
        for task in &mut flow.tasks {
            let (path, name) = (task.path.clone(), task.name.span);
            rewrite::each_slot_of(task, &mut |slot| self.fill(slot, &path, name, report));
        }
        let (name, span) = (flow.name.value.clone(), flow.name.span);
        rewrite::each_slot(flow, &mut |slot| self.fill(slot, &name, span, report));
    }

    fn fill(&self, slot: Slot<'_>, path: &str, span: Span, report: &mut Report) {
        match slot {
            Slot::Expr(expr) => {
                if self.substitute(expr, path, report) {
                    let open = Expr::literal(Value::Null, expr.span);
                    *expr = fold(std::mem::replace(expr, open));
                }
            }
            Slot::Template(template) => {
                let mut changed = false;
                for expr in template.exprs_mut() {
                    changed |= self.substitute(expr, path, report);
                }
                if changed {
                    let empty = Template {
                        parts: Vec::new(),
                        span,
                    };
                    *template = fold_template(std::mem::replace(template, empty));
                }
            }
        }
    }

    fn substitute(&self, expr: &mut Expr, path: &str, report: &mut Report) -> bool {
        let mut changed = false;
        walk(expr, &mut |inner| {
            if let Some(mut new) = self.replacement(inner) {
                report.change(|| words(path, inner, &new));
                new.span = inner.span;
                *inner = new;
                changed = true;
            }
        });
        changed
    }
}

/// Drops conditions that always hold.
fn conditions(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    let holds = |expr: Option<&Expr>| {
        let value = expr.and_then(Expr::as_literal);
        value == Some(&Value::Boolean(true))
    };
    let filter = |task: &crate::flow::Task| {
        task.for_each
            .as_ref()
            .is_some_and(|for_each| holds(for_each.filter.as_ref()))
    };
    let has = |task: &crate::flow::Task| holds(task.when.as_deref()) || filter(task);
    if !flow.tasks.iter().any(has) {
        return;
    }
    for task in flow.to_mut().tasks.iter_mut().filter(|task| has(task)) {
        let when = task
            .when
            .take_if(|_| true)
            .filter(|when| when.as_literal() != Some(&Value::Boolean(true)));
        task.when = when;
        if filter(task)
            && let Some(for_each) = &mut task.for_each
        {
            for_each.filter = None;
        }
        report.change(|| {
            (
                task.path.clone(),
                task.name.span,
                "has no condition any more".to_owned(),
                "it always holds".to_owned(),
            )
        });
    }
}

fn words(path: &str, old: &Expr, new: &Expr) -> (String, Span, String, String) {
    let value = match new.as_literal() {
        Some(value) => {
            let text = value.json().to_string();
            let short = text.chars().count() <= 40;
            if short {
                format!("`{text}`")
            } else {
                "a constant".to_owned()
            }
        }
        None => "its fallback".to_owned(),
    };
    let (what, why) = match &old.kind {
        ExprKind::Ref(Ref::Parameter { name, .. }) => (
            format!("`parameters.{name}`"),
            "the sub-flow is given that value here".to_owned(),
        ),
        _ => (
            "`default(…)`".to_owned(),
            "the task that it asks for can never succeed".to_owned(),
        ),
    };
    (
        path.to_owned(),
        old.span,
        format!("reads {value} for {what}"),
        why,
    )
}
