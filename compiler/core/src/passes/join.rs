//! Barriers: where many tasks all wait for the same many, one task in between that does nothing makes
//! the sum of both numbers dependencies, and not the product. Only for targets on which such a task
//! costs nothing.
//!
//! It has the rule of the tasks behind it, which is one that says the same of one task that it said of all
//! as of all themselves: `all_success`, `none_failed`, `all_done`. Dependencies over which
//! something is read stay beside it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::data;
use super::report::Report;
use crate::flow::{Body, Dependency, Flow, Task, TaskId, TriggerRule};
use crate::source::{Span, Spanned};
use crate::values::Duration;

/// How many dependencies a task in between must save, where nobody asks for fewer.
pub(super) const WORTH: usize = 100;

pub(super) fn run(flow: &mut Cow<'_, Flow>, worth: usize, report: &mut Report) {
    // Nearly every flow has no such tasks, and is not looked at closer.
    if flow
        .tasks
        .iter()
        .filter(|task| task.upstream.len() > 2)
        .nth(2)
        .is_none()
    {
        return;
    }
    let candidates = together(flow, worth, |_, _| true);
    if candidates.is_empty() {
        return;
    }
    let read = data::pairs(flow);
    let found = together(flow, worth, |task, upstream| {
        !read.contains(&(task, upstream))
    });
    for join in &found {
        insert(flow.to_mut(), join, report);
    }
}

/// Tasks of a level that wait for the same under the same rule.
struct Join {
    upstream: Vec<TaskId>,
    tasks: Vec<TaskId>,
}

fn together(flow: &Flow, worth: usize, counts: impl Fn(TaskId, TaskId) -> bool) -> Vec<Join> {
    type Kind = (Option<TaskId>, bool, TriggerRule, Vec<TaskId>);
    let mut kinds: HashMap<Kind, Vec<TaskId>> = HashMap::new();
    for (id, task) in flow.iter() {
        let rule = task.trigger_rule.value;
        let lasting = matches!(
            rule,
            TriggerRule::AllSuccess | TriggerRule::NoneFailed | TriggerRule::AllDone
        );
        if !lasting || task.upstream.len() < 3 {
            continue;
        }
        let upstream = task.upstream.iter().map(|one| one.task);
        let mut upstream: Vec<TaskId> = upstream.filter(|one| counts(id, *one)).collect();
        upstream.sort_unstable();
        let kind = (task.parent, task.finally, rule, upstream);
        kinds.entry(kind).or_default().push(id);
    }
    let joins = kinds
        .into_iter()
        .map(|((.., upstream), tasks)| Join { upstream, tasks });
    let mut joins: Vec<Join> = joins.filter(|join| join.saves() >= worth).collect();
    joins.sort_unstable_by_key(|join| join.tasks[0]);
    joins
}

impl Join {
    fn saves(&self) -> usize {
        let (before, behind) = (self.upstream.len(), self.tasks.len());
        (before * behind).saturating_sub(before + behind)
    }
}

fn insert(flow: &mut Flow, join: &Join, report: &mut Report) {
    let first = flow.task(join.tasks[0]);
    let taken: Vec<&str> = flow
        .siblings(join.tasks[0])
        .iter()
        .map(|id| flow.task(*id).name.value.as_str())
        .collect();
    let names = (1..).map(|number| match number {
        1 => "flowc_join".to_owned(),
        number => format!("flowc_join_{number}"),
    });
    let Some(name) = names
        .into_iter()
        .find(|name| !taken.contains(&name.as_str()))
    else {
        return;
    };
    let id = TaskId(flow.tasks.len() as u32);
    let task = between(flow, first, &name, &join.upstream);
    let (span, path) = (first.name.span, task.path.clone());
    let parent = first.parent;
    let finally = first.finally;
    report.change(|| words(join, path, span));
    for waiting in &join.tasks {
        let upstream = &mut flow.tasks[waiting.index()].upstream;
        upstream.retain(|one| join.upstream.binary_search(&one.task).is_err());
        upstream.insert(
            0,
            Dependency {
                task: id,
                span,
                explicit: true,
            },
        );
    }
    let level = match parent {
        Some(parent) => match &mut flow.tasks[parent.index()].body {
            Body::Group(group) => &mut group.children,
            _ => return,
        },
        None if finally => &mut flow.finally,
        None => &mut flow.roots,
    };
    let at = level.iter().position(|task| *task == join.tasks[0]);
    level.insert(at.unwrap_or(level.len()), id);
    flow.tasks.push(task);
}

/// A task that does nothing, with the rule of those behind it.
fn between(flow: &Flow, first: &Task, name: &str, upstream: &[TaskId]) -> Task {
    let span = first.name.span;
    let path = match first.parent {
        Some(parent) => format!("{}.{name}", flow.task(parent).path),
        None => name.to_owned(),
    };
    let explicit = |task: &TaskId| Dependency {
        task: *task,
        span,
        explicit: true,
    };
    let body = Body::Wait(Spanned::new(Duration::from_milliseconds(0), span));
    Task {
        finally: first.finally,
        upstream: upstream.iter().map(explicit).collect(),
        trigger_rule: first.trigger_rule,
        ..Task::new(
            Spanned::new(name.to_owned(), span),
            path,
            first.parent,
            body,
        )
    }
}

fn words(join: &Join, path: String, span: Span) -> (String, Span, String, String) {
    let (before, behind) = (join.upstream.len(), join.tasks.len());
    (
        path,
        span,
        format!("stands between {before} tasks and the {behind} that wait for all of them"),
        format!(
            "that is {} dependencies and not {}",
            before + behind,
            before * behind
        ),
    )
}
