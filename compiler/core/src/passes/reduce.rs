//! Transitive reduction: a task need not wait for what the tasks it waits for have waited for.
//!
//! That holds where a rule says of the task in between what it says of the one before. With
//! `all_success` all along the way, what kept the first from succeeding keeps the last from running,
//! as a failure or as a skip. For a task with `none_failed` only failures matter, and any rule of the
//! three that begin with "none failed, or else `upstream_failed`" hands them on. Either way the task runs
//! after the first has ended. The other rules look at each task they wait for, so their
//! dependencies stay, and so do those over which something is read.

use std::borrow::Cow;

use super::data;
use super::reach::{Dag, Redundant};
use super::report::Report;
use crate::flow::{Flow, TaskId, TriggerRule};

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    if !flow
        .tasks
        .iter()
        .any(|task| may_shrink(task.upstream.len(), task.trigger_rule.value))
    {
        return;
    }
    let mut found = Vec::new();
    let groups = flow.tasks.iter().filter_map(|task| task.group());
    let levels = [&flow.roots, &flow.finally].into_iter();
    for level in levels.chain(groups.map(|group| &group.children)) {
        found.extend(redundant(flow, level));
    }
    if found.is_empty() {
        return;
    }
    let read = data::pairs(flow);
    found.retain(|edge| !read.contains(&(edge.task, edge.upstream)));
    found.sort_unstable_by_key(|edge| (edge.task, edge.upstream));
    if found.is_empty() {
        return;
    }
    for edge in &found {
        report.change(|| words(flow, edge));
    }
    let flow = flow.to_mut();
    for edges in found.chunk_by(|a, b| a.task == b.task) {
        let gone = |task: TaskId| {
            edges
                .binary_search_by_key(&task, |edge| edge.upstream)
                .is_ok()
        };
        flow.tasks[edges[0].task.index()]
            .upstream
            .retain(|dependency| !gone(dependency.task));
    }
}

/// A dependency that follows from others.
struct Edge {
    task: TaskId,
    upstream: TaskId,
    /// A task that comes after `upstream` and before `task`.
    via: TaskId,
}

fn may_shrink(upstream: usize, rule: TriggerRule) -> bool {
    upstream > 1 && matches!(rule, TriggerRule::AllSuccess | TriggerRule::NoneFailed)
}

/// Whether the rule hands on both failures and skips.
fn hands_on_all(rule: TriggerRule) -> bool {
    rule == TriggerRule::AllSuccess
}

/// Whether the rule hands on failures.
fn hands_on_failures(rule: TriggerRule) -> bool {
    matches!(
        rule,
        TriggerRule::AllSuccess | TriggerRule::NoneFailed | TriggerRule::NoneFailedMinOneSuccess
    )
}

/// The dependencies of a level that follow from others.
fn redundant(flow: &Flow, level: &[TaskId]) -> Vec<Edge> {
    let rule = |task: TaskId| flow.task(task).trigger_rule.value;
    let shrinks = |wanted: TriggerRule| {
        level.iter().any(|task| {
            rule(*task) == wanted && may_shrink(flow.task(*task).upstream.len(), wanted)
        })
    };
    let (all, failures) = (
        shrinks(TriggerRule::AllSuccess),
        shrinks(TriggerRule::NoneFailed),
    );
    if !all && !failures {
        return Vec::new();
    }
    let order = sorted(flow, level);
    let mut edges = Vec::new();
    if all {
        edges.extend(ways(flow, &order, hands_on_all, TriggerRule::AllSuccess));
    }
    if failures {
        edges.extend(ways(
            flow,
            &order,
            hands_on_failures,
            TriggerRule::NoneFailed,
        ));
    }
    edges
}

/// The redundant ones among the dependencies of tasks with the rule `wanted`, where only tasks whose
/// rule hands on what matters lie on a way.
fn ways(
    flow: &Flow,
    order: &Sorted,
    hands_on: fn(TriggerRule) -> bool,
    wanted: TriggerRule,
) -> Vec<Edge> {
    let rule = |place: u32| flow.task(order.tasks[place as usize]).trigger_rule.value;
    let mut edges = Vec::new();
    for (to, task) in order.tasks.iter().enumerate() {
        if hands_on(rule(to as u32)) {
            let upstream = flow.task(*task).upstream.iter();
            edges.extend(upstream.map(|upstream| (order.place(upstream.task), to as u32)));
        }
    }
    let found = Dag::new(order.tasks.len(), &edges).redundant(|to| rule(to) == wanted);
    let task = |place: u32| order.tasks[place as usize];
    found
        .into_iter()
        .map(|Redundant { from, to, via }| Edge {
            task: task(to),
            upstream: task(from),
            via: task(via),
        })
        .collect()
}

/// A level, upstream before downstream.
struct Sorted {
    tasks: Vec<TaskId>,
    /// The lowest id of the level, and the place of each task by the distance of its id from that.
    first: TaskId,
    places: Vec<u32>,
}

impl Sorted {
    fn place(&self, task: TaskId) -> u32 {
        self.places[task.index() - self.first.index()]
    }
}

fn sorted(flow: &Flow, level: &[TaskId]) -> Sorted {
    let first = level.iter().copied().min().unwrap_or(TaskId(0));
    let last = level.iter().copied().max().unwrap_or(TaskId(0));
    let at = |task: TaskId| task.index() - first.index();
    let span = at(last) + 1;
    let mut waiting = vec![0_u32; span];
    let mut starts = vec![0_u32; span + 1];
    for task in level {
        waiting[at(*task)] = flow.task(*task).upstream.len() as u32;
        for upstream in &flow.task(*task).upstream {
            starts[at(upstream.task) + 1] += 1;
        }
    }
    for place in 0..span {
        starts[place + 1] += starts[place];
    }
    let mut next = starts.clone();
    let mut downstream = vec![TaskId(0); starts[span] as usize];
    for task in level {
        for upstream in &flow.task(*task).upstream {
            let slot = &mut next[at(upstream.task)];
            downstream[*slot as usize] = *task;
            *slot += 1;
        }
    }
    let ready = level.iter().copied().filter(|task| waiting[at(*task)] == 0);
    let mut tasks: Vec<TaskId> = ready.collect();
    let mut done = 0;
    while let Some(task) = tasks.get(done).copied() {
        done += 1;
        let place = at(task);
        for other in &downstream[starts[place] as usize..starts[place + 1] as usize] {
            waiting[at(*other)] -= 1;
            if waiting[at(*other)] == 0 {
                tasks.push(*other);
            }
        }
    }
    let mut places = vec![0; span];
    for (place, task) in tasks.iter().enumerate() {
        places[at(*task)] = place as u32;
    }
    Sorted {
        tasks,
        first,
        places,
    }
}

fn words(flow: &Flow, edge: &Edge) -> (String, crate::source::Span, String, String) {
    let task = flow.task(edge.task);
    let name = |id: TaskId| &flow.task(id).name.value;
    let dependency = task.upstream.iter().find(|one| one.task == edge.upstream);
    (
        task.path.clone(),
        dependency.map_or(task.name.span, |dependency| dependency.span),
        format!("no longer waits for `{}` itself", name(edge.upstream)),
        format!(
            "it comes after `{}`, which comes after that",
            name(edge.via)
        ),
    )
}
