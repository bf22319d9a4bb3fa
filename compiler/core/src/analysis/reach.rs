//! What can be reached along dependencies.

use std::collections::BTreeSet;

use crate::flow::TaskId;

/// Everything that `next` leads to from `start`, in document order; `start` itself only when a cycle
/// leads back to it.
pub(super) fn closure<I: Iterator<Item = TaskId>>(
    start: TaskId,
    next: impl Fn(TaskId) -> I,
) -> Vec<TaskId> {
    let mut found = BTreeSet::new();
    let mut stack = vec![start];
    while let Some(task) = stack.pop() {
        for other in next(task) {
            if found.insert(other) {
                stack.push(other);
            }
        }
    }
    found.into_iter().collect()
}
