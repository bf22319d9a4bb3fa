//! A pure task has no effect.
//!
//! # What it means
//!
//! The task is `pure`, so it has no effect but its outputs, and nothing reads these or waits for the task.
//!
//! # Why it matters
//!
//! It looks like work that is done, but flowc leaves it out, unless it is told not to by `-O0` or
//! `--no-pass dead`.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   count:
//!     pure: true
//!     run: ./count
//! ```
//!
//! # Instead
//!
//! Export what it makes, drop the task, or drop `pure` where it does have an effect.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   count:
//!     pure: true
//!     run: ./count
//!     outputs: { rows: integer }
//! outputs: { rows: "${{ tasks.count.outputs.rows }}" }
//! ```

use super::Graph;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Warns about every pure task that nobody would miss.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    for id in graph.analysis.unused(graph.flow, &graph.reads) {
        let task = graph.flow.task(id);
        let span = task.pure.as_ref().map_or(task.name.span, |pure| pure.span);
        let message = format!(
            "task `{}` is left out: it is pure, and nothing reads its outputs or waits for it",
            task.name.value
        );
        diagnostics.push(
            Diagnostic::warning("unused-task", task.name.span, message)
                .label(span, "no effect but its outputs")
                .help("export what it makes, or drop `pure` if it has an effect"),
        );
    }
}
