//! A parameter is declared, but nothing reads it.
//!
//! # What it means
//!
//! No expression of the flow, or of the sub-flow file that declares it, names the parameter.
//!
//! # Why it matters
//!
//! Whoever starts a run with another value gets the same run. Often a script reads a variable that
//! was meant to carry the parameter, and `env` does not set it.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { day: "2026-01-31" }
//! tasks:
//!   load:
//!     run: ./load "$DAY"
//! ```
//!
//! # Instead
//!
//! Pass it to a task, or drop it.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { day: "2026-01-31" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.day }}" }
//!     run: ./load "$DAY"
//! ```

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::Graph;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::Ref;
use crate::flow::{Parameter, TaskId};

/// Warns about every parameter that nothing reads.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    let read: FxHashSet<(Option<TaskId>, &str)> = graph
        .reads
        .iter()
        .filter_map(|read| match read.reference.as_ref() {
            Ref::Parameter { scope, name } => Some((*scope, name.as_str())),
            _ => None,
        })
        .collect();
    let own = graph.flow.parameters.iter().map(|p| (None, p));
    let of_sub_flows = graph.flow.iter().flat_map(|(id, task)| {
        let sub_flow = task.group().and_then(|group| group.sub_flow.as_ref());
        let bindings = sub_flow.into_iter().flat_map(|sub_flow| &sub_flow.bindings);
        bindings.map(move |binding| (Some(id), &binding.parameter))
    });
    // A sub-flow file that is used twice is reported once.
    let mut reported = BTreeSet::new();
    for (scope, parameter) in own.chain(of_sub_flows) {
        let name = &parameter.name;
        if !read.contains(&(scope, name.value.as_str())) && reported.insert(name.span) {
            diagnostics.push(diagnostic(parameter));
        }
    }
}

fn diagnostic(parameter: &Parameter) -> Diagnostic {
    let name = &parameter.name;
    Diagnostic::warning(
        "unused-parameter",
        name.span,
        format!("parameter `{name}` is read by nothing"),
    )
    .help(format!(
        "pass it to a task, such as `env: {{ {}: \"${{{{ parameters.{name} }}}}\" }}`, or drop it",
        name.value.to_uppercase()
    ))
}
