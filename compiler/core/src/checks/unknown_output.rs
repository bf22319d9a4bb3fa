//! An output is named that its task does not have.
//!
//! # What it means
//!
//! The task is there, but declares no output of this name. A group offers only what its own
//! `outputs` export; the output of an approval is `choice`.
//!
//! # Why it matters
//!
//! What is not declared is not read when the task ends.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     outputs: { auc: number }
//!   publish:
//!     when: ${{ tasks.train.outputs.acu > 0.9 }}
//!     run: ./publish
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
//!     outputs: { auc: number }
//!   publish:
//!     when: ${{ tasks.train.outputs.auc > 0.9 }}
//!     run: ./publish
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// What is known about the task that is asked for an output.
pub struct Asked<'a> {
    /// The task.
    pub task: &'a Spanned<String>,
    /// The outputs it has.
    pub known: &'a [Spanned<&'a str>],
    /// The one that was probably meant.
    pub nearest: Option<&'a Spanned<&'a str>>,
    /// Whether it has an artifact of the name.
    pub is_artifact: bool,
    /// Whether it is a group, which offers only what it exports.
    pub is_group: bool,
}

/// The task has no output of this name.
pub fn unknown(name: &Spanned<&str>, asked: &Asked<'_>) -> Diagnostic {
    let task = asked.task;
    let diagnostic = Diagnostic::error(
        "unknown-output",
        name.span,
        format!("task `{task}` has no output `{name}`"),
    );
    match asked.nearest {
        _ if asked.is_artifact => diagnostic
            .label(task.span, "the task")
            .help(format!("`{name}` is an artifact: write `artifacts.{name}`")),
        Some(nearest) => diagnostic
            .label(nearest.span, "an output with a similar name")
            .help(format!("did you mean `{nearest}`?"))
            .fix(name.span, nearest.value),
        None if asked.known.is_empty() && asked.is_group => diagnostic
            .label(task.span, "a group without `outputs`")
            .help("from outside, a group offers what its own `outputs` export"),
        None if asked.known.is_empty() => diagnostic
            .label(task.span, "a task without `outputs`")
            .help("declare what the task writes under its `outputs`"),
        None => {
            let known: Vec<String> = asked.known.iter().map(|name| format!("`{name}`")).collect();
            diagnostic
                .label(task.span, "the task")
                .help(format!("known outputs: {}", known.join(", ")))
        }
    }
}
