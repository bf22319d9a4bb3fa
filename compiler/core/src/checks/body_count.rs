//! A task does nothing, or two things.
//!
//! # What it means
//!
//! Every task does exactly one thing: `command`, `run`, `tasks`, `flow`, `wait` or `approve`. This
//! one has none of these keys, or several.
//!
//! # Why it matters
//!
//! flowc cannot know which of two bodies is meant, or in which order both should run.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!     command: [./check]
//! ```
//!
//! # Instead
//!
//! Make a task of each.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   check:
//!     depends_on: [load]
//!     command: [./check]
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// The task has no body.
pub fn none(task: &str, span: Span) -> Diagnostic {
    Diagnostic::error("body-count", span, format!("task `{task}` does nothing"))
        .help("give it one of `command`, `run`, `tasks`, `flow`, `wait`, `approve`")
}

/// The task has several bodies.
pub fn several(task: &str, keys: &[(&str, Span)]) -> Diagnostic {
    let names: Vec<String> = keys.iter().map(|(key, _)| format!("`{key}`")).collect();
    let mut places = keys.iter().rev();
    let last = places.next().map_or(Span::default(), |(_, span)| *span);
    let diagnostic = Diagnostic::error(
        "body-count",
        last,
        format!("task `{task}` does several things: {}", names.join(" and ")),
    )
    .help("a task does one thing; make a task of each, or a group of them");
    places.rev().fold(diagnostic, |diagnostic, (key, span)| {
        diagnostic.label(*span, format!("`{key}`"))
    })
}
