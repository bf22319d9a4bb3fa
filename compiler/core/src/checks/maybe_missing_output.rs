//! An output or artifact is read although its task may not have succeeded.
//!
//! # What it means
//!
//! The reader may run when the task it reads from was skipped, failed or never started: its trigger
//! rule allows it, or it stands in `finally`, or a group exports what a skipped task inside it would
//! have written. Then there is no value.
//!
//! # Why it matters
//!
//! What a missing value reads as differs from orchestrator to orchestrator: an empty text, an error,
//! a run that hangs. flowc wants the flow to say it.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { full: false }
//! tasks:
//!   count:
//!     when: ${{ parameters.full }}
//!     run: wc -l rows > "$FLOW_OUTPUTS/rows"
//!     outputs: { rows: integer }
//!   report:
//!     trigger_rule: none_failed
//!     env: { ROWS: "${{ tasks.count.outputs.rows }}" }
//!     run: echo "$ROWS"
//! ```
//!
//! # Instead
//!
//! Say what to read then, with `default(…)`, or let the reader be skipped along with the task. An
//! output of a fan-out needs no default where the fan-out can only have been skipped: it is then an
//! empty list.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { full: false }
//! tasks:
//!   count:
//!     when: ${{ parameters.full }}
//!     run: wc -l rows > "$FLOW_OUTPUTS/rows"
//!     outputs: { rows: integer }
//!   report:
//!     trigger_rule: none_failed
//!     env: { ROWS: "${{ default(tasks.count.outputs.rows, 0) }}" }
//!     run: echo "$ROWS"
//! ```

use std::collections::BTreeMap;

use super::Graph;
use crate::analysis::States;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::{Ref, Value};
use crate::flow::{Flow, TaskId, TriggerRule};
use crate::reads::{Read, Reader};

/// Reports every read without `default` of what may be missing.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    let mut in_success = BTreeMap::new();
    for read in graph.reads.iter().filter(|read| !read.has_default) {
        let (task, kind, name) = match read.reference.as_ref() {
            Ref::Output { task, name } => (*task, "output", name),
            Ref::Artifact { task, name } => (*task, "artifact", name),
            _ => continue,
        };
        let states = match exporting_level(graph.flow, read.reader, task) {
            Some(level) => {
                let states: &BTreeMap<TaskId, States> = in_success
                    .entry(level)
                    .or_insert_with(|| graph.analysis.states_in_success(graph.flow, level));
                states.get(&task).copied().unwrap_or(States::SUCCEEDED)
            }
            None => graph.states_at(read, task),
        };
        let missing = states.without(readable(graph.flow, task));
        if !missing.is_empty() {
            let what = format!("{kind} `{name}`");
            diagnostics.push(diagnostic(graph, read, task, &what, missing));
        }
    }
}

/// The level whose export the read is, when `task` stands directly in it.
fn exporting_level(flow: &Flow, reader: Reader, task: TaskId) -> Option<Option<TaskId>> {
    match reader {
        Reader::Export(level) if flow.task(task).parent == level => Some(level),
        _ => None,
    }
}

/// The states in which there is something to read: a skipped fan-out is an empty list.
fn readable(flow: &Flow, task: TaskId) -> States {
    if flow.task(task).for_each.is_some() {
        States::SUCCEEDED | States::SKIPPED
    } else {
        States::SUCCEEDED
    }
}

fn diagnostic(
    graph: &Graph<'_>,
    read: &Read<'_>,
    task: TaskId,
    what: &str,
    missing: States,
) -> Diagnostic {
    let flow = graph.flow;
    let name = &flow.task(task).name.value;
    let why = match (missing.has(States::BAD), missing.has(States::SKIPPED)) {
        (true, true) => "may have failed or been skipped",
        (true, false) => "may have failed",
        _ => "may have been skipped",
    };
    let mut diagnostic = Diagnostic::error(
        "maybe-missing-output",
        read.span,
        format!("{what} of task `{name}` may be missing here, for `{name}` {why}"),
    );
    if missing.has(States::SKIPPED)
        && let Some((skipped, span)) = skipping_condition(graph, task)
    {
        let skipped = &flow.task(skipped).name.value;
        diagnostic = diagnostic.label(span, format!("`{skipped}` is skipped when this is false"));
    }
    if let Some(reader) = graph.sibling_reader(read, task) {
        let reader = flow.task(reader);
        let rule = reader.trigger_rule.value;
        if rule != TriggerRule::AllSuccess {
            diagnostic = diagnostic.label(
                reader.trigger_rule.span,
                format!("`{}` runs all the same under this rule", reader.name.value),
            );
        }
    }
    match read.reference.as_ref() {
        Ref::Artifact { .. } if matches!(read.reader, Reader::Export(_)) => diagnostic.help(
            format!("export an artifact of a task that never {}", "is skipped"),
        ),
        _ => diagnostic.help("say what to read then: `default(…, <fallback>)`"),
    }
}

/// The nearest condition, at the task or upstream of it, that may skip it.
fn skipping_condition(graph: &Graph<'_>, task: TaskId) -> Option<(TaskId, crate::source::Span)> {
    let upstream = graph.analysis.all_upstream(graph.flow, task);
    std::iter::once(task)
        .chain(upstream.into_iter().rev())
        .find_map(|id| {
            let when = graph.flow.task(id).when.as_ref()?;
            (when.as_literal() != Some(&Value::Boolean(true))).then_some((id, when.span))
        })
}
