//! Which tasks read something of which.

use std::collections::HashSet;

use crate::expr::Ref;
use crate::flow::{Flow, TaskId};
use crate::reads::{Reader, reads};

/// The task whose output, artifact or status a reference reads.
pub(super) fn task_of(reference: &Ref) -> Option<TaskId> {
    match reference {
        Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task } => Some(*task),
        _ => None,
    }
}

/// Who reads something of each task.
pub(super) fn readers(flow: &Flow) -> Vec<Vec<Reader>> {
    let mut readers = vec![Vec::new(); flow.tasks.len()];
    for read in reads(flow) {
        if let Some(task) = task_of(&read.reference) {
            readers[task.index()].push(read.reader);
        }
    }
    readers
}

/// Pairs of siblings of which the first, or a task in it, reads something of the second.
pub(super) fn pairs(flow: &Flow) -> HashSet<(TaskId, TaskId)> {
    let mut pairs = HashSet::new();
    for read in reads(flow) {
        let (Some(of), Some(reader)) = (task_of(&read.reference), read.reader.task()) else {
            continue;
        };
        let level = |id: TaskId| (flow.task(id).parent, flow.task(id).finally);
        let beside = std::iter::once(reader)
            .chain(flow.ancestors(reader))
            .find(|around| level(*around) == level(of));
        pairs.extend(beside.map(|beside| (beside, of)));
    }
    pairs
}
