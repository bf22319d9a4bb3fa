//! The critical path by the durations that the flow expects of its tasks.

use crate::analysis::Analysis;
use crate::flow::{Flow, TaskId};
use crate::values::Duration;

/// What decides how long a run takes.
pub(super) struct CriticalPath {
    /// Milliseconds of each task; of a group without an estimate the length of its own path.
    durations: Vec<u64>,
    /// Whether the duration stems from an estimate at all.
    known: Vec<bool>,
    on_path: Vec<bool>,
    /// For each task on the path, the one before it.
    before: Vec<Option<TaskId>>,
    total: Option<u64>,
}

/// Of a flow without dependency cycles. A task without an estimate counts as no time; without any
/// estimate there is no path.
pub(super) fn path(flow: &Flow, analysis: &Analysis) -> CriticalPath {
    let count = flow.tasks.len();
    let mut path = CriticalPath {
        durations: vec![0; count],
        known: vec![false; count],
        on_path: vec![false; count],
        before: vec![None; count],
        total: None,
    };
    let mut longest: Vec<Option<TaskId>> = vec![None; count];
    let mut finish = vec![0; count];
    // Groups stand before what is in them, so the reverse order knows the inside first.
    for id in analysis.order.iter().rev() {
        let task = flow.task(*id);
        if let Some(group) = task.group() {
            let level = analysis.sorted(flow, &group.children);
            let last = path.level(flow, &level, &mut finish);
            path.durations[id.index()] = last.map_or(0, |last| finish[last.index()]);
            path.known[id.index()] = group.children.iter().any(|child| path.known[child.index()]);
            longest[id.index()] = last;
        }
        if let Some(estimate) = &task.estimate {
            path.durations[id.index()] = estimate.value.as_milliseconds();
            path.known[id.index()] = true;
        }
    }
    if !path.known.contains(&true) {
        return path;
    }
    let mut ends = Vec::new();
    let mut total = 0;
    for level in [&flow.roots, &flow.finally] {
        let level = analysis.sorted(flow, level);
        if let Some(last) = path.level(flow, &level, &mut finish) {
            total += finish[last.index()];
            ends.push(last);
        }
    }
    path.total = Some(total);
    while let Some(end) = ends.pop() {
        let mut next = Some(end);
        while let Some(task) = next {
            path.on_path[task.index()] = true;
            ends.extend(longest[task.index()]);
            next = path.before[task.index()];
        }
    }
    path
}

impl CriticalPath {
    /// Computes when each task of a level ends, counted from its start; the task that ends last.
    fn level(&mut self, flow: &Flow, level: &[TaskId], finish: &mut [u64]) -> Option<TaskId> {
        let mut last: Option<TaskId> = None;
        for id in level {
            let mut start = 0;
            let mut before = None;
            for upstream in &flow.task(*id).upstream {
                let end = finish[upstream.task.index()];
                if before.is_none() || end > start {
                    (start, before) = (end, Some(upstream.task));
                }
            }
            finish[id.index()] = start + self.durations[id.index()];
            self.before[id.index()] = before;
            if last.is_none_or(|last| finish[id.index()] >= finish[last.index()]) {
                last = Some(*id);
            }
        }
        last
    }

    /// How long a task should take.
    pub(super) fn duration(&self, id: TaskId) -> Option<Duration> {
        self.known[id.index()].then(|| Duration::from_milliseconds(self.durations[id.index()]))
    }

    /// How long a run should take.
    pub(super) fn total(&self) -> Option<Duration> {
        self.total.map(Duration::from_milliseconds)
    }

    /// Whether a task is on it.
    pub(super) fn holds(&self, id: TaskId) -> bool {
        self.on_path[id.index()]
    }

    /// Whether it goes from one task to the other.
    pub(super) fn joins(&self, from: TaskId, to: TaskId) -> bool {
        self.holds(to) && self.before[to.index()] == Some(from)
    }
}
