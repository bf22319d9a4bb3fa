//! How many tasks could run at once.

use crate::analysis::Analysis;
use crate::flow::{Flow, Task, TaskId};

/// The most processes, waits and questions going at one moment, when each task starts as soon as what
/// it waits for has ended, takes as long as its estimate says, and nothing limits how much runs at once. A task
/// without an estimate takes a moment; a fan-out over a list that is not known yet counts as one.
pub(super) fn width(flow: &Flow, analysis: &Analysis) -> usize {
    let lengths = lengths(flow, analysis);
    let mut starts = vec![0; flow.tasks.len()];
    let mut times = vec![1_usize; flow.tasks.len()];
    let all: u64 = total(flow, &flow.roots, &lengths, analysis);
    let mut events: Vec<(u64, bool, usize)> = Vec::new();
    // Upstream before downstream, groups before what is in them.
    for id in &analysis.order {
        let task = flow.task(*id);
        let around = task
            .parent
            .map(|parent| (starts[parent.index()], times[parent.index()]));
        let (base, outer) = around.unwrap_or((if task.finally { all } else { 0 }, 1));
        let before = task.upstream.iter().map(|one| one.task.index());
        let start = before
            .map(|one| starts[one] + lengths[one])
            .fold(base, u64::max);
        starts[id.index()] = start;
        let items = task.for_each.as_ref().and_then(|one| one.literal_items());
        times[id.index()] = outer.saturating_mul(items.map_or(1, <[_]>::len));
        if task.group().is_none() {
            let count = times[id.index()];
            events.push((start, true, count));
            events.push((start + lengths[id.index()], false, count));
        }
    }
    // Of one moment, ends come before starts.
    events.sort_unstable();
    let (mut going, mut most) = (0_usize, 0);
    for (_, starts, count) in events {
        going = if starts {
            going.saturating_add(count)
        } else {
            going.saturating_sub(count)
        };
        most = most.max(going);
    }
    most
}

/// How long each task takes, in milliseconds; of a group, the length of the longest way through it.
fn lengths(flow: &Flow, analysis: &Analysis) -> Vec<u64> {
    let own = |task: &Task| {
        let estimate = task
            .estimate
            .as_ref()
            .map(|one| one.value.as_milliseconds());
        estimate.unwrap_or_default().max(1)
    };
    let mut lengths: Vec<u64> = flow.tasks.iter().map(own).collect();
    for id in analysis.order.iter().rev() {
        if let Some(group) = flow.task(*id).group() {
            lengths[id.index()] = total(flow, &group.children, &lengths, analysis);
        }
    }
    lengths
}

/// The length of the longest way through a level.
fn total(flow: &Flow, level: &[TaskId], lengths: &[u64], analysis: &Analysis) -> u64 {
    let mut ends: std::collections::HashMap<TaskId, u64> = std::collections::HashMap::new();
    for id in analysis.sorted(flow, level) {
        let before = flow.task(id).upstream.iter();
        let start = before.filter_map(|one| ends.get(&one.task).copied()).max();
        ends.insert(id, start.unwrap_or_default() + lengths[id.index()]);
    }
    ends.into_values().max().unwrap_or_default()
}
