//! Tasks wait for one another in a circle, so none of them can start.
//!
//! # What it means
//!
//! Following `depends_on` and the references to other tasks' outputs leads back to where it began.
//! The message names every task on a shortest such circle, and each label shows why one of them
//! waits for the next. A task in a group that reads what the group exports is a circle too.
//!
//! # Why it matters
//!
//! A task starts when all tasks that it waits for are final. In a circle no task is ever the first.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     depends_on: [check]
//!     run: ./load
//!   check:
//!     depends_on: [load]
//!     run: ./check
//! ```
//!
//! # Instead
//!
//! Drop the dependency that is not meant, or split a task in two.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   check:
//!     depends_on: [load]
//!     run: ./check
//! ```

use super::Graph;
use crate::analysis::cycles;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::Ref;
use crate::flow::{Flow, TaskId};
use crate::reads::Read;

/// How many tasks the message of a long circle names from its start; the last one is named too.
const NAMED: usize = 50;

/// Reports one circle of every knot of tasks. Says whether there was any.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) -> bool {
    let cycles = cycles(graph.flow);
    for cycle in &cycles {
        diagnostics.push(diagnostic(graph.flow, cycle));
    }
    let mut found = !cycles.is_empty();
    for read in &graph.reads {
        if let Some(group) = enclosing_group(graph.flow, read)
            && !graph.flow.task(group).waits_for(group)
        {
            diagnostics.push(inside(graph.flow, read, group));
            found = true;
        }
    }
    found
}

/// The group that is read from inside itself.
fn enclosing_group(flow: &Flow, read: &Read<'_>) -> Option<TaskId> {
    let read_task = match read.reference.as_ref() {
        Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task } => *task,
        _ => return None,
    };
    let reader = read.reader.task()?;
    flow.ancestors(reader).find(|group| *group == read_task)
}

fn inside(flow: &Flow, read: &Read<'_>, group: TaskId) -> Diagnostic {
    let group = &flow.task(group).name;
    let reader = read
        .reader
        .task()
        .map_or("", |id| flow.task(id).name.value.as_str());
    Diagnostic::error(
        "dependency-cycle",
        read.span,
        format!("task `{reader}` waits for the group `{group}` that it is in"),
    )
    .label(
        group.span,
        format!("`{group}` ends when `{reader}` has ended"),
    )
    .help("read the task inside the group instead of what the group exports")
}

fn diagnostic(flow: &Flow, cycle: &[TaskId]) -> Diagnostic {
    let name = |id: TaskId| flow.task(id).name.value.as_str();
    let edges = cycle
        .iter()
        .zip(cycle.iter().cycle().skip(1))
        .filter_map(|(task, next)| {
            let mut upstream = flow.task(*task).upstream.iter();
            let edge = upstream.find(|upstream| upstream.task == *next)?;
            Some((
                edge,
                format!("`{}` waits for `{}`", name(*task), name(*next)),
            ))
        });
    let first = name(cycle[0]);
    let message = if cycle.len() == 1 {
        format!("task `{first}` waits for itself")
    } else {
        let mut names: Vec<String> = cycle.iter().map(|id| format!("`{}`", name(*id))).collect();
        if names.len() > NAMED {
            let between = names.len() - NAMED;
            names.truncate(NAMED);
            names.push(format!("{between} more tasks"));
        }
        format!(
            "tasks wait for one another in a circle: {} -> `{first}`",
            names.join(" -> ")
        )
    };
    let mut diagnostic =
        Diagnostic::error("dependency-cycle", flow.task(cycle[0]).name.span, message);
    for (at, (edge, says)) in edges.take(NAMED).enumerate() {
        diagnostic = if at == 0 {
            diagnostic.primary.span = edge.span;
            diagnostic.says(says)
        } else {
            diagnostic.label(edge.span, says)
        };
    }
    diagnostic
}
