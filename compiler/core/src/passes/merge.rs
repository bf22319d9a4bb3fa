//! Merging of equal tasks: of those that are pure and differ in nothing but their names, one runs, and what
//! reads or waits for the others reads and waits for that one.
//!
//! Equal are tasks side by side that wait for the same, under the same rule and conditions, and are
//! started with the same image, command, variables and needs. What is equal once others
//! have been merged is merged too. Tasks with services, a concurrency group or fields for one
//! target are left alone.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::dead::is_pure;
use super::report::{Fate, Report};
use super::rewrite::{self, Slot};
use crate::analysis::Analysis;
use crate::expr::{Part, Template, Value};
use crate::flow::{Body, Command, Flow, Task, TaskId};
use crate::source::{Span, Spanned};

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    if flow
        .tasks
        .iter()
        .filter(|task| may_merge(task))
        .nth(1)
        .is_none()
    {
        return;
    }
    let mut stands_in: Vec<TaskId> = flow.iter().map(|(id, _)| id).collect();
    let mut kinds: HashMap<u64, Vec<(TaskId, Task)>> = HashMap::new();
    for id in Analysis::new(flow).order {
        if !may_merge(flow.task(id)) {
            continue;
        }
        let task = nameless(flow.task(id), id, &stands_in);
        let known = kinds.entry(kind(&task)).or_default();
        match known.iter().find(|(_, known)| *known == task) {
            Some((other, _)) => stands_in[id.index()] = *other,
            None => known.push((id, task)),
        }
    }
    let places = stands_in.iter().enumerate();
    let stays: Vec<bool> = places.map(|(place, task)| task.index() == place).collect();
    if !stays.contains(&false) {
        return;
    }
    for (id, task) in flow.iter().filter(|(id, _)| !stays[id.index()]) {
        let other = flow.task(stands_in[id.index()]);
        let fate = Fate::Merged(other.path.clone());
        report.fates.insert(task.path.clone(), fate);
        report.change(|| words(task, other));
    }
    rewrite::keep(flow.to_mut(), &stays, &stands_in);
}

fn may_merge(task: &Task) -> bool {
    is_pure(task)
        && task.services.is_empty()
        && task.concurrency.is_none()
        && task.targets.targets.is_empty()
}

/// The task without what tells equal ones apart: its names, notes for people, places in the file; after
/// those before it have been merged.
fn nameless(task: &Task, id: TaskId, stands_in: &[TaskId]) -> Task {
    let itself = TaskId(u32::MAX);
    let of = |task: TaskId| {
        if task == id {
            itself
        } else {
            stands_in[task.index()]
        }
    };
    let mut task = task.clone();
    task.name = Spanned::default();
    task.path = Default::default();
    task.description = None;
    task.estimate = None;
    rewrite::rename(&mut task, &of);
    rewrite::each_slot_of(&mut task, &mut |slot| {
        if let Slot::Template(template) = slot {
            template.span = Span::default();
        }
    });
    for upstream in &mut task.upstream {
        upstream.task = of(upstream.task);
        upstream.span = Span::default();
        upstream.explicit = false;
    }
    task.upstream.sort_unstable_by_key(|upstream| upstream.task);
    task.upstream.dedup();
    task.for_each
        .iter_mut()
        .for_each(|one| one.span = Span::default());
    task.backoff
        .iter_mut()
        .for_each(|one| one.span = Span::default());
    task.cache
        .iter_mut()
        .for_each(|one| one.span = Span::default());
    task
}

/// A number that equal tasks have in common, and others hardly.
fn kind(task: &Task) -> u64 {
    let mut hasher = DefaultHasher::new();
    task.parent.hash(&mut hasher);
    task.trigger_rule.value.hash(&mut hasher);
    for upstream in &task.upstream {
        upstream.task.hash(&mut hasher);
    }
    for output in &task.outputs {
        output.name.value.hash(&mut hasher);
    }
    if let Body::Process(process) = &task.body {
        // Nearly all that differ do so in their script or in the text of a variable.
        let mut texts: Vec<&Template> = process.env.iter().map(|one| &one.value).collect();
        match &process.command {
            Command::Argv(words) => texts.extend(words),
            Command::Script { shell, text } => (shell, &text.value).hash(&mut hasher),
        }
        for part in texts.into_iter().flat_map(|text| &text.parts) {
            match part {
                Part::Text(text) => text.hash(&mut hasher),
                Part::Expr(expr) => expr.as_literal().map(Value::text).hash(&mut hasher),
            }
        }
    }
    hasher.finish()
}

fn words(task: &Task, other: &Task) -> (String, Span, String, String) {
    let span = task.pure.as_ref().map_or(task.name.span, |pure| pure.span);
    (
        task.path.clone(),
        span,
        format!("is gone, and `{}` stands for it", other.path),
        "both are pure and differ only in their names".to_owned(),
    )
}
