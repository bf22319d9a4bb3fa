//! Removal of tasks that have no effect: `pure: true` says that a task has none but its outputs, and
//! nobody reads these or waits for the task.
//!
//! Which those are is said by [`Analysis::unused`]; a check warns of them.

use std::borrow::Cow;

use super::report::{Fate, Report};
use super::rewrite;
use crate::analysis::Analysis;
use crate::flow::{Flow, Task, TaskId};
use crate::reads::reads;
use crate::source::Span;

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    if !flow.tasks.iter().any(is_pure) {
        return;
    }
    let unused = Analysis::new(flow).unused(flow, &reads(flow));
    if unused.is_empty() {
        return;
    }
    let mut stays = vec![true; flow.tasks.len()];
    for id in unused {
        let task = flow.task(id);
        stays[id.index()] = false;
        report.fates.insert(task.path.clone(), Fate::Unused);
        report.change(|| words(task));
    }
    let same: Vec<TaskId> = flow.iter().map(|(id, _)| id).collect();
    rewrite::keep(flow.to_mut(), &stays, &same);
}

pub(super) fn is_pure(task: &Task) -> bool {
    task.pure.as_ref().is_some_and(|pure| pure.value)
}

fn words(task: &Task) -> (String, Span, String, String) {
    let span = task.pure.as_ref().map_or(task.name.span, |pure| pure.span);
    (
        task.path.clone(),
        span,
        "is gone, for it has no effect".to_owned(),
        "it is pure, and nobody reads its outputs or waits for it".to_owned(),
    )
}
