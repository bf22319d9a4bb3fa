//! A task can never run.
//!
//! # What it means
//!
//! Its condition is false whatever happens, its fan-out is over an empty list, or no end of its
//! upstream tasks meets its trigger rule. Tasks that wait for it and so cannot run either are not
//! reported again.
//!
//! # Why it matters
//!
//! It looks like work that is done, but never is.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   fallback:
//!     depends_on: [load]
//!     trigger_rule: all_skipped
//!     run: ./fallback
//! ```
//!
//! # Instead
//!
//! Mend the condition or the rule, or drop the task.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   fallback:
//!     depends_on: [load]
//!     trigger_rule: one_failed
//!     run: ./fallback
//! ```

use super::Graph;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::Value;
use crate::flow::{Task, TaskId};
use crate::source::Span;

/// How many upstream tasks a report shows.
const SHOWN: usize = 8;

/// Warns about every task that can never run by its own fault.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    for (id, task) in graph.flow.iter() {
        if let Some((span, why)) = constant_cause(task) {
            diagnostics.push(unreachable(task, span, why));
        } else if !rule_can_be_met(graph, id) {
            diagnostics.push(unmet_rule(graph, task));
        }
    }
}

fn unreachable(task: &Task, span: Span, why: &str) -> Diagnostic {
    let name = &task.name.value;
    Diagnostic::warning(
        "unreachable-task",
        span,
        format!("task `{name}` can never run, because {why}"),
    )
}

/// A condition or list that is constant and keeps the task from running.
fn constant_cause(task: &Task) -> Option<(Span, &'static str)> {
    let never = Some(&Value::Boolean(false));
    if let Some(when) = &task.when
        && when.as_literal() == never
    {
        return Some((when.span, "its condition is always false"));
    }
    let for_each = task.for_each.as_ref()?;
    if for_each.literal_items().is_some_and(<[Value]>::is_empty) {
        return Some((for_each.list.span, "its `for_each` is over an empty list"));
    }
    let filter = for_each.filter.as_ref()?;
    (filter.as_literal() == never).then_some((filter.span, "its condition is always false"))
}

/// Whether some end of the upstream tasks lets it run; those that never run by another's fault count
/// as if they did.
fn rule_can_be_met(graph: &Graph<'_>, id: TaskId) -> bool {
    let dead = |task: TaskId| graph.analysis.never_runs(task);
    graph.analysis.rule_may_run(graph.flow, id, &dead)
}

fn unmet_rule(graph: &Graph<'_>, task: &Task) -> Diagnostic {
    let rule = task.trigger_rule.value;
    let why = format!("no end of its upstream tasks meets `{rule}`");
    let mut diagnostic = unreachable(task, task.trigger_rule.span, &why);
    for upstream in task.upstream.iter().take(SHOWN) {
        let name = &graph.flow.task(upstream.task).name.value;
        let ends = graph.analysis.states(upstream.task).names().join(" or ");
        diagnostic = diagnostic.label(upstream.span, format!("`{name}` ends {ends}"));
    }
    diagnostic
}
