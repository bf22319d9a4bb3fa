//! A mapping lacks a key without which it means nothing.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` lacks `key`.
pub fn missing(span: Span, place: &str, key: &str) -> Diagnostic {
    Diagnostic::error("missing-key", span, format!("{place} has no `{key}`"))
        .help(format!("add `{key}:`"))
}

/// `place` lacks all of some keys of which it needs one.
pub fn one_of(span: Span, place: &str, keys: &[&str]) -> Diagnostic {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    Diagnostic::error(
        "missing-key",
        span,
        format!("{place} has none of {}", keys.join(", ")),
    )
}

/// `catchup: true` needs `start`.
pub fn start_of_catchup(span: Span) -> Diagnostic {
    Diagnostic::error(
        "missing-key",
        span,
        "`schedule` has `catchup: true` but no `start`",
    )
    .says("from when on?")
    .help("add `start:` with the first day whose run is made up for")
}
