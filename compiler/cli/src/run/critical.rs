//! The critical path: the tasks that, one after the other, took as long as the run did.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use flowc_core::flow::{Flow, TaskId};
use flowc_core::run::Key;

/// From the instance that ended last back to the first: each time the one that ended last of those that
/// it waited for. In the order in which they ran, with the time that each took.
pub fn critical_path(
    flow: &Flow,
    times: &HashMap<Key, (Instant, Instant)>,
) -> Vec<(Key, Duration)> {
    let mut instances: HashMap<TaskId, Vec<&Key>> = HashMap::new();
    for key in times.keys() {
        instances.entry(key.task).or_default().push(key);
    }
    let latest = |tasks: &[TaskId], before: Option<Instant>| {
        tasks
            .iter()
            .flat_map(|task| instances.get(task).into_iter().flatten())
            .filter(|key| before.is_none_or(|before| times[**key].1 <= before))
            .max_by_key(|key| (times[**key].1, std::cmp::Reverse((**key).clone())))
            .map(|key| (*key).clone())
    };
    let all: Vec<TaskId> = flow.iter().map(|(id, _)| id).collect();
    let mut path = Vec::new();
    let mut at = latest(&all, None);
    while let Some(key) = at {
        let (start, end) = times[&key];
        path.push((key.clone(), end - start));
        at = latest(&waited_for(flow, key.task), Some(start));
        if path.len() > flow.tasks.len() {
            break;
        }
    }
    path.reverse();
    path
}

/// The tasks that a task waited for, by itself or in the groups around it, with all that is in them.
fn waited_for(flow: &Flow, task: TaskId) -> Vec<TaskId> {
    let mut found = Vec::new();
    let mut open: Vec<TaskId> = Vec::new();
    for around in std::iter::once(task).chain(flow.ancestors(task)) {
        open.extend(
            flow.task(around)
                .upstream
                .iter()
                .map(|upstream| upstream.task),
        );
        if !open.is_empty() {
            break;
        }
    }
    if open.is_empty() && flow.task(task).finally {
        open.extend(&flow.roots);
    }
    while let Some(next) = open.pop() {
        match flow.task(next).group() {
            Some(group) => open.extend(&group.children),
            None => found.push(next),
        }
    }
    found
}
