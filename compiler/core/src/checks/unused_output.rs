//! An output is declared, but nothing reads it.
//!
//! # What it means
//!
//! No expression reads the output and nothing exports it. For a task at the end of the flow this is
//! only a note, because people may look at what such a task writes; elsewhere it is a warning.
//!
//! # Why it matters
//!
//! A declared output must be written: a task that exits 0 without it has failed. An output that
//! nobody wants can fail a run for nothing. Often a later task was meant to read it.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   count:
//!     run: wc -l rows > "$FLOW_OUTPUTS/rows"
//!     outputs: { rows: integer }
//!   report:
//!     depends_on: [count]
//!     run: echo done
//! ```
//!
//! # Instead
//!
//! Read it, drop it, or, when it is a result of the flow that people look at, export it.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   count:
//!     run: wc -l rows > "$FLOW_OUTPUTS/rows"
//!     outputs: { rows: integer }
//!   report:
//!     depends_on: [count]
//!     run: echo done
//! outputs: { rows: "${{ tasks.count.outputs.rows }}" }
//! ```

use std::collections::BTreeSet;

use super::Graph;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::expr::Ref;
use crate::flow::TaskId;
use crate::source::{Span, Spanned};
use rustc_hash::FxHashSet;

/// Warns about every output that nothing reads.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    let read: FxHashSet<(TaskId, &str)> = graph
        .reads
        .iter()
        .filter_map(|read| match read.reference.as_ref() {
            Ref::Output { task, name } => Some((*task, name.as_str())),
            _ => None,
        })
        .collect();
    let mut reported = BTreeSet::new();
    for (id, task) in graph.flow.iter() {
        let own = task.outputs.iter().map(|output| &output.name);
        let exported = task
            .group()
            // What a file exports is for whoever uses it.
            .filter(|group| group.sub_flow.is_none())
            .into_iter()
            .flat_map(|group| group.outputs.iter().map(|export| &export.name));
        for name in own.chain(exported) {
            if !read.contains(&(id, name.value.as_str())) {
                report(
                    graph,
                    id,
                    name,
                    "output",
                    "unused-output",
                    &mut reported,
                    diagnostics,
                );
            }
        }
    }
}

/// Reports an output or artifact that nothing reads; once for each place, since a sub-flow file may
/// be used several times.
pub(super) fn report(
    graph: &Graph<'_>,
    id: TaskId,
    name: &Spanned<String>,
    what: &str,
    code: &'static str,
    reported: &mut BTreeSet<Span>,
    diagnostics: &mut Diagnostics,
) {
    if !reported.insert(name.span) {
        return;
    }
    let task = &graph.flow.task(id).name.value;
    let severity = if graph.ends_the_flow(id) {
        Severity::Note
    } else {
        Severity::Warning
    };
    let message = format!("{what} `{name}` of task `{task}` is read by nothing");
    diagnostics.push(
        Diagnostic::new(severity, code, name.span, message).help(format!(
            "if it is a result of the flow, export it: \
             `{what}s: {{ {name}: \"${{{{ tasks.{task}.{what}s.{name} }}}}\" }}`; otherwise drop it"
        )),
    );
}
