//! Removal of tasks that have no effect: `pure: true` says that a task has none but its outputs, and
//! nobody reads these or waits for the task.
//!
//! Files of a task that ends the flow stay, with the task: they may be what the flow is for.

use std::borrow::Cow;

use super::data;
use super::report::{Fate, Report};
use super::rewrite;
use crate::analysis::Analysis;
use crate::flow::{Flow, Task, TaskId};
use crate::reads::Reader;
use crate::source::Span;

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    if !flow.tasks.iter().any(is_pure) {
        return;
    }
    let analysis = Analysis::new(flow);
    let readers = data::readers(flow);
    let mut goes = vec![false; flow.tasks.len()];
    let mut left = vec![0; flow.tasks.len()];
    for task in &flow.tasks {
        if let Some(parent) = task.parent {
            left[parent.index()] += 1;
        }
    }
    let mut roots = flow.roots.len();
    // What waits for a task, or reads it, comes before it here.
    for id in analysis.order.iter().rev() {
        let task = flow.task(*id);
        let read = readers[id.index()].iter();
        let unread = read.copied().all(|reader| goes_too(reader, &goes));
        let unwaited = analysis
            .downstream(*id)
            .iter()
            .all(|other| goes[other.index()]);
        if !is_pure(task) || !unread || !unwaited || is_product(flow, &analysis, *id) {
            continue;
        }
        let beside = match task.parent {
            Some(parent) => &mut left[parent.index()],
            None if task.finally => {
                goes[id.index()] = true;
                continue;
            }
            None => &mut roots,
        };
        // A level without tasks cannot be said.
        if *beside > 1 {
            *beside -= 1;
            goes[id.index()] = true;
        }
    }
    if !goes.contains(&true) {
        return;
    }
    for (id, task) in flow.iter() {
        if goes[id.index()] {
            report.fates.insert(task.path.clone(), Fate::Unused);
            report.change(|| words(task));
        }
    }
    let stays: Vec<bool> = goes.iter().map(|goes| !goes).collect();
    let same: Vec<TaskId> = flow.iter().map(|(id, _)| id).collect();
    rewrite::keep(flow.to_mut(), &stays, &same);
}

pub(super) fn is_pure(task: &Task) -> bool {
    task.pure.as_ref().is_some_and(|pure| pure.value)
}

fn goes_too(reader: Reader, goes: &[bool]) -> bool {
    match reader {
        Reader::Task(task) | Reader::Export(Some(task)) => goes[task.index()],
        Reader::Export(None) | Reader::Run => false,
    }
}

/// Whether it writes files and nothing comes after it, at any level.
fn is_product(flow: &Flow, analysis: &Analysis, id: TaskId) -> bool {
    !flow.task(id).artifacts.is_empty()
        && std::iter::once(id)
            .chain(flow.ancestors(id))
            .all(|around| analysis.downstream(around).is_empty())
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
