//! The status of a task is read where it can only be one.
//!
//! # What it means
//!
//! By the trigger rule of the reader, the other task's status is always the same when the reader
//! runs. After `one_success` over a single task, for example, that task has succeeded.
//!
//! # Why it matters
//!
//! A condition on such a status is always true or always false, so either the rule or the condition
//! is not what was meant.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   alert:
//!     trigger_rule: one_failed
//!     when: ${{ tasks.load.status == "succeeded" }}
//!     run: ./alert
//! ```
//!
//! # Instead
//!
//! Give the reader a trigger rule that lets it run after other ends too.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   alert:
//!     trigger_rule: all_done
//!     when: ${{ tasks.load.status == "succeeded" }}
//!     run: ./alert
//! ```

use super::Graph;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::Ref;

/// Warns about every read of a status that is the same in every run.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    for read in &graph.reads {
        let Ref::Status { task } = read.reference.as_ref() else {
            continue;
        };
        let states = graph.states_at(read, *task).names();
        let [only] = states.as_slice() else {
            continue;
        };
        let name = &graph.flow.task(*task).name.value;
        let mut diagnostic = Diagnostic::warning(
            "constant-status",
            read.span,
            format!("the status of task `{name}` is always `{only}` here"),
        );
        if let Some(reader) = graph.sibling_reader(read, *task) {
            let reader = graph.flow.task(reader);
            diagnostic = diagnostic.label(
                reader.trigger_rule.span,
                format!("`{}` runs after nothing else", reader.name.value),
            );
        }
        diagnostics.push(diagnostic);
    }
}
