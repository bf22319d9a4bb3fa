//! Which Airflow tasks a task of the flow becomes.

use flowc_core::analysis::{Analysis, States};
use flowc_core::expr::{Ref, Value};
use flowc_core::flow::{Body, FanOut, Flow, Task, TaskId, TriggerRule};

use crate::airflow::settings::Version;
use crate::python::can_fail;

/// What waits for a fan-out or group instead of what comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::airflow) enum Join {
    /// Nothing: Airflow's trigger rules say the same over the instances.
    Direct,
    /// A task with the one state of all instances.
    State,
    /// The same, when instances may fail without failing the whole.
    Allowed,
}

/// Which tasks stand beside or inside a task.
#[derive(Clone, Debug)]
pub(in crate::airflow) struct Shape {
    /// Of a fan-out: a task that makes the list.
    pub items: bool,
    /// What stands behind it.
    pub join: Join,
    /// Of a group: a task before all in it, which carries its rule, condition and values.
    pub start: bool,
    /// Of a group: two tasks after all in it, which carry its state and its exports.
    pub checked: bool,
    /// The rule may be met while some upstream tasks still run, whose values the task reads.
    pub waits: bool,
    /// A task before it answers the rule, for Airflow would look at other instances too.
    pub asks: bool,
}

impl Shape {
    /// The tasks that flowc adds, by the last part of their names.
    pub fn helpers(&self, task: &Task) -> Vec<&'static str> {
        let mut helpers = Vec::new();
        if self.items {
            helpers.push("items");
        }
        match self.join {
            Join::Direct => {}
            Join::State => helpers.push("all"),
            Join::Allowed => helpers.extend(["check", "all"]),
        }
        if self.waits {
            helpers.extend(["rule", "done"]);
        } else if self.asks {
            helpers.push("rule");
        }
        if self.start {
            helpers.push("start");
        }
        if self.checked {
            helpers.extend(["inner_check", "end"]);
        }
        if task.group().is_some() && task.for_each.is_some() {
            helpers.push("body");
        }
        helpers
    }
}

/// The shapes of all tasks.
pub(super) fn shapes(flow: &Flow, analysis: &Analysis, version: Version) -> Vec<Shape> {
    let mut shapes = vec![
        Shape {
            items: false,
            join: Join::Direct,
            start: false,
            checked: false,
            waits: false,
            asks: false,
        };
        flow.tasks.len()
    ];
    let reads = early_readers(flow);
    // Parents come first; a group's shape depends on those of its children, and its start on the
    // start of the group around it.
    for (id, task) in flow.iter().collect::<Vec<_>>().into_iter().rev() {
        let shape = &mut shapes[id.index()];
        shape.asks = looks_too_far(flow, id, task, version);
        shape.waits = reads[id.index()] && !shape.asks;
        if let Some(fan_out) = &task.for_each {
            shape.items = needs_items(task, fan_out);
            shape.join = join(flow, analysis, id, fan_out);
        }
    }
    for (id, task) in flow.iter().collect::<Vec<_>>().into_iter().rev() {
        if task.group().is_some() {
            shapes[id.index()].checked = task.for_each.is_some() || !is_simple(flow, task, &shapes);
        }
    }
    for (id, task) in flow.iter() {
        if task.group().is_some() {
            let enclosed = task
                .parent
                .is_some_and(|parent| shapes[parent.index()].start);
            let checked = shapes[id.index()].checked;
            shapes[id.index()].start = needs_start(flow, analysis, id, enclosed, checked);
        }
    }
    shapes
}

/// The elements, when they are known and the same for every instance.
pub(in crate::airflow) fn literal_items(fan_out: &FanOut) -> Option<&[Value]> {
    fan_out.literal_items()
}

fn needs_items(task: &Task, fan_out: &FanOut) -> bool {
    let decides =
        task.when.is_some() || !task.upstream.is_empty() || task.parent.is_some() || task.finally;
    literal_items(fan_out).is_none()
        || fan_out.filter.as_ref().is_some_and(can_fail)
        || task.allow_failure.is_some()
        || task.group().is_some() && decides
}

fn join(flow: &Flow, analysis: &Analysis, id: TaskId, fan_out: &FanOut) -> Join {
    let is_told_by_instances = |consumer: &TaskId| match flow.task(*consumer).trigger_rule.value {
        TriggerRule::AllSuccess => fan_out.filter.is_none(),
        TriggerRule::NoneFailed | TriggerRule::NoneFailedMinOneSuccess | TriggerRule::AllDone => {
            true
        }
        TriggerRule::OneSuccess
        | TriggerRule::AllFailed
        | TriggerRule::OneFailed
        | TriggerRule::AllSkipped
        | TriggerRule::NoneSkipped => false,
    };
    if flow.task(id).allow_failure.is_some() {
        Join::Allowed
    } else if analysis.downstream(id).iter().all(is_told_by_instances) {
        Join::Direct
    } else {
        Join::State
    }
}

/// Whether a group's leaves have the group's state: nothing in it can be skipped alone, be allowed
/// to fail, or run after a failure.
fn is_simple(flow: &Flow, task: &Task, shapes: &[Shape]) -> bool {
    let Some(group) = task.group() else {
        return true;
    };
    group.outputs.is_empty()
        && group.children.iter().all(|child| {
            let shape = &shapes[child.index()];
            let child = flow.task(*child);
            child.trigger_rule.value == TriggerRule::AllSuccess
                && child.when.is_none()
                && child.for_each.is_none()
                && child.allow_failure.is_none()
                && !matches!(child.body, Body::Approve(_))
                && (child.group().is_none() || !shape.checked)
        })
}

/// Rules that may let a task run, or decide it otherwise, although its group does not run.
pub(super) fn outlives_its_group(rule: TriggerRule) -> bool {
    match rule {
        TriggerRule::AllSuccess
        | TriggerRule::NoneFailedMinOneSuccess
        | TriggerRule::OneSuccess => false,
        TriggerRule::NoneFailed
        | TriggerRule::AllDone
        | TriggerRule::AllFailed
        | TriggerRule::OneFailed
        | TriggerRule::AllSkipped
        | TriggerRule::NoneSkipped => true,
    }
}

fn needs_start(
    flow: &Flow,
    analysis: &Analysis,
    id: TaskId,
    enclosed: bool,
    checked: bool,
) -> bool {
    let task = flow.task(id);
    let Some(group) = task.group() else {
        return false;
    };
    let computes = group.sub_flow.as_ref().is_some_and(|sub_flow| {
        sub_flow
            .bindings
            .iter()
            .any(|binding| binding.value.as_literal().is_none())
    });
    if let Some(fan_out) = &task.for_each {
        return fan_out.filter.is_some() || computes;
    }
    // It waits for all others, however they end.
    let comes_last = task.finally && task.parent.is_none();
    let may_not_run = !task.upstream.is_empty() || enclosed;
    let outlived = group.children.iter().any(|child| {
        let child = flow.task(*child);
        !child.upstream.is_empty() && outlives_its_group(child.trigger_rule.value)
    });
    // Without a start, the end of a group that did not run would look like that of one in which all
    // was skipped.
    computes
        || comes_last
        || task.when.is_some()
        || task.trigger_rule.value != TriggerRule::AllSuccess
        || may_not_run && (outlived || checked)
        || is_guarded(analysis, task)
}

/// Whether Airflow's `all_success` could see a skip before a failure.
pub(super) fn is_guarded(analysis: &Analysis, task: &Task) -> bool {
    task.trigger_rule.value == TriggerRule::AllSuccess
        && task.upstream.len() > 1
        && task
            .upstream
            .iter()
            .any(|upstream| analysis.states(upstream.task).has(States::SKIPPED))
}

/// In a fan-out over a group, Airflow decides some rules by the tasks of all instances: these for the
/// group as a whole, before there are instances, Airflow 2 the early ones later too.
fn looks_too_far(flow: &Flow, id: TaskId, task: &Task, version: Version) -> bool {
    let is_wrong = match task.trigger_rule.value {
        TriggerRule::NoneFailedMinOneSuccess => true,
        TriggerRule::OneSuccess | TriggerRule::OneFailed => version == Version::V2,
        TriggerRule::AllSuccess
        | TriggerRule::NoneFailed
        | TriggerRule::AllDone
        | TriggerRule::AllFailed
        | TriggerRule::AllSkipped
        | TriggerRule::NoneSkipped => false,
    };
    is_wrong && !task.upstream.is_empty() && flow.fan_outs_around(id).next().is_some()
}

/// Tasks whose rule can be met early and which read something of a task they wait for.
fn early_readers(flow: &Flow) -> Vec<bool> {
    let is_early = |task: &Task| {
        let rule = task.trigger_rule.value;
        matches!(rule, TriggerRule::OneSuccess | TriggerRule::OneFailed) && task.upstream.len() > 1
    };
    let mut found = vec![false; flow.tasks.len()];
    // Few flows have any, and it takes a walk through all expressions to see what they read.
    if !flow.tasks.iter().any(is_early) {
        return found;
    }
    for read in flowc_core::reads::reads(flow) {
        let (Ref::Output { .. } | Ref::Artifact { .. } | Ref::Status { .. }) =
            read.reference.as_ref()
        else {
            continue;
        };
        let Some(reader) = read.reader.task() else {
            continue;
        };
        for id in std::iter::once(reader).chain(flow.ancestors(reader)) {
            found[id.index()] = is_early(flow.task(id));
        }
    }
    found
}
