//! Two things that share a name space have one name.
//!
//! # What it means
//!
//! Names that can be mixed up must differ: those of the tasks of the top level and of `finally`, of
//! the outputs and artifacts of one task, of the services that one task reaches.
//!
//! # Why it matters
//!
//! An output and an artifact of one name would be written to the same file; a reference to a name
//! that two tasks have would mean either.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     outputs: { result: number }
//!     artifacts: { result: file }
//! ```
//!
//! # Instead
//!
//! Rename one of the two.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     outputs: { score: number }
//!     artifacts: { model: file }
//! outputs: { score: "${{ tasks.train.outputs.score }}" }
//! artifacts: { model: "${{ tasks.train.artifacts.model }}" }
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// A task of `finally` has the name of another task of the top level.
pub fn finally_task(name: &Spanned<String>, other: Span) -> Diagnostic {
    Diagnostic::error(
        "duplicate-name",
        name.span,
        format!("`{name}` in `finally` has the name of another task"),
    )
    .label(other, "the other task")
    .help("the tasks of `finally` may refer to all others, so their names must differ")
}

/// An output and an artifact of one task have one name.
pub fn output_and_artifact(name: &Spanned<String>, output: Span) -> Diagnostic {
    Diagnostic::error(
        "duplicate-name",
        name.span,
        format!("`{name}` is the name of an output and of an artifact"),
    )
    .label(output, "the output")
    .help(format!(
        "both would be written to `$FLOW_OUTPUTS/{name}`; rename one"
    ))
}

/// Two services that are reached at the same place have one name.
pub fn service(name: &Spanned<String>, other: Span) -> Diagnostic {
    Diagnostic::error(
        "duplicate-name",
        name.span,
        format!("the service `{name}` is there twice"),
    )
    .label(other, "the other one")
}
