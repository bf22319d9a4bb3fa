//! An artifact is named that its task does not have.
//!
//! # What it means
//!
//! The task is there, but declares no artifact of this name. A group offers only what its own
//! `artifacts` export.
//!
//! # Why it matters
//!
//! What is not declared is not kept when the task ends.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     artifacts: { model: file }
//!   publish:
//!     env: { MODEL: "${{ tasks.train.artifacts.modle }}" }
//!     run: ./publish "$MODEL"
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     artifacts: { model: file }
//!   publish:
//!     env: { MODEL: "${{ tasks.train.artifacts.model }}" }
//!     run: ./publish "$MODEL"
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// What is known about the task that is asked for an artifact.
pub struct Asked<'a> {
    /// The task.
    pub task: &'a Spanned<String>,
    /// The artifacts it has.
    pub known: &'a [Spanned<&'a str>],
    /// The one that was probably meant.
    pub nearest: Option<&'a Spanned<&'a str>>,
    /// Whether it has an output of the name.
    pub is_output: bool,
    /// Whether it is a group, which offers only what it exports.
    pub is_group: bool,
}

/// The task has no artifact of this name.
pub fn unknown(name: &Spanned<&str>, asked: &Asked<'_>) -> Diagnostic {
    let task = asked.task;
    let diagnostic = Diagnostic::error(
        "unknown-artifact",
        name.span,
        format!("task `{task}` has no artifact `{name}`"),
    );
    match asked.nearest {
        _ if asked.is_output => diagnostic
            .label(task.span, "the task")
            .help(format!("`{name}` is an output: write `outputs.{name}`")),
        Some(nearest) => diagnostic
            .label(nearest.span, "an artifact with a similar name")
            .help(format!("did you mean `{nearest}`?"))
            .fix(name.span, nearest.value),
        None if asked.known.is_empty() && asked.is_group => diagnostic
            .label(task.span, "a group without `artifacts`")
            .help("from outside, a group offers what its own `artifacts` export"),
        None if asked.known.is_empty() => diagnostic
            .label(task.span, "a task without `artifacts`")
            .help("declare what the task writes under its `artifacts`"),
        None => {
            let known: Vec<String> = asked.known.iter().map(|name| format!("`{name}`")).collect();
            diagnostic
                .label(task.span, "the task")
                .help(format!("known artifacts: {}", known.join(", ")))
        }
    }
}
