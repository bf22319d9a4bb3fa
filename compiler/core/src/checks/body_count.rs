//! A task does nothing, or two things.

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
