//! Removal of tasks that can never run: their condition is false whatever happens, or their fan-out has
//! no elements; and tasks behind them that so never run either.
//!
//! Such a task ends `skipped`, or `upstream_failed` behind a failure, and is gone only when nobody can
//! tell: no name reads anything of it, and each task that waits for it goes too, or has a rule to which
//! it is all the same (`none_failed`, `all_done`) and waits for nothing through it. A task that a rule
//! keeps from running stays: that rule may be there to be looked at.

use std::borrow::Cow;

use super::data;
use super::report::{Fate, Report};
use super::rewrite;
use crate::analysis::{Analysis, States};
use crate::expr::{Expr, Value};
use crate::flow::{Flow, Task, TaskId, TriggerRule};
use crate::reads::Reader;
use crate::source::Span;

/// How often the tasks are gone through before they are left as they are.
const SWEEPS: usize = 16;

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    if !flow.tasks.iter().any(|task| cause(task).is_some()) {
        return;
    }
    let analysis = Analysis::new(flow);
    let mut goes = never_run(flow, &analysis);
    if !settle(flow, &analysis, &mut goes) || !goes.contains(&true) {
        return;
    }
    for (id, task) in flow.iter() {
        let top = task.parent.is_none_or(|parent| !goes[parent.index()]);
        if goes[id.index()] && top {
            report.fates.insert(task.path.clone(), Fate::NeverRuns);
            report.change(|| words(task));
        }
    }
    let stays: Vec<bool> = goes.iter().map(|goes| !goes).collect();
    let same: Vec<TaskId> = flow.iter().map(|(id, _)| id).collect();
    rewrite::keep(flow.to_mut(), &stays, &same);
}

/// Why a task can never run, by its own fault.
fn cause(task: &Task) -> Option<(Span, &'static str)> {
    let never = |expr: &Expr| matches!(expr.as_literal(), Some(Value::Boolean(false)));
    if let Some(when) = task.when.as_ref().filter(|when| never(when)) {
        return Some((when.span, "its condition is always false"));
    }
    let for_each = task.for_each.as_ref()?;
    if for_each.literal_items().is_some_and(<[Value]>::is_empty) {
        return Some((for_each.list.span, "its `for_each` is over an empty list"));
    }
    let filter = for_each.filter.as_ref().filter(|filter| never(filter))?;
    Some((filter.span, "its condition is always false"))
}

/// Tasks that never run by a condition or list, theirs or that of a task before or around them.
fn never_run(flow: &Flow, analysis: &Analysis) -> Vec<bool> {
    let mut goes = vec![false; flow.tasks.len()];
    for id in &analysis.order {
        let task = flow.task(*id);
        let follows = task.trigger_rule.value == TriggerRule::AllSuccess
            && task.upstream.iter().any(|one| goes[one.task.index()]);
        goes[id.index()] = task.parent.is_some_and(|parent| goes[parent.index()])
            || (analysis.never_runs(*id) && (follows || cause(task).is_some()));
    }
    goes
}

/// Keeps the tasks whose absence somebody would see; false when that did not come to an end.
fn settle(flow: &Flow, analysis: &Analysis, goes: &mut [bool]) -> bool {
    let readers = data::readers(flow);
    for _ in 0..SWEEPS {
        let mut settled = true;
        let mut left = left_in_groups(flow, goes);
        let mut roots = flow.roots.iter().filter(|root| !goes[root.index()]).count();
        // What waits for a task, or reads it, comes before it here, and what is in a group too.
        for id in analysis.order.iter().rev() {
            let parent = flow.task(*id).parent;
            let inside = parent.is_some_and(|parent| goes[parent.index()]);
            if !goes[id.index()] || inside {
                continue;
            }
            let last = match parent {
                Some(parent) => left[parent.index()] == 0,
                None => !flow.task(*id).finally && roots == 0,
            };
            let read = readers[id.index()].iter().any(|reader| match reader {
                Reader::Task(task) | Reader::Export(Some(task)) => !goes[task.index()],
                Reader::Export(None) | Reader::Run => true,
            });
            if last || read || !unseen(flow, analysis, goes, *id) {
                stay(flow, goes, *id);
                settled = false;
                match parent {
                    Some(parent) => left[parent.index()] += 1,
                    None => roots += usize::from(!flow.task(*id).finally),
                }
            }
        }
        if settled {
            return true;
        }
    }
    false
}

fn left_in_groups(flow: &Flow, goes: &[bool]) -> Vec<usize> {
    let mut left = vec![0; flow.tasks.len()];
    for (id, task) in flow.iter() {
        if let Some(parent) = task.parent {
            left[parent.index()] += usize::from(!goes[id.index()]);
        }
    }
    left
}

/// The task stays, and what is in it.
fn stay(flow: &Flow, goes: &mut [bool], task: TaskId) {
    let mut stack = vec![task];
    while let Some(task) = stack.pop() {
        goes[task.index()] = false;
        let group = flow.task(task).group();
        stack.extend(group.iter().flat_map(|group| &group.children));
    }
}

/// Whether all that wait for the task go too, or do not mind.
fn unseen(flow: &Flow, analysis: &Analysis, goes: &[bool], id: TaskId) -> bool {
    let first = flow
        .task(id)
        .upstream
        .iter()
        .all(|one| goes[one.task.index()]);
    let states = analysis.states(id);
    analysis.downstream(id).iter().all(|other| {
        if goes[other.index()] {
            return true;
        }
        first
            && match flow.task(*other).trigger_rule.value {
                TriggerRule::NoneFailed => !states.has(States::BAD),
                TriggerRule::AllDone => true,
                _ => false,
            }
    })
}

fn words(task: &Task) -> (String, Span, String, String) {
    let (span, why) = match cause(task) {
        Some((span, why)) => (span, why),
        None => (task.name.span, "a task that it waits for never runs"),
    };
    (
        task.path.clone(),
        span,
        "is gone, for it can never run".to_owned(),
        why.to_owned(),
    )
}
