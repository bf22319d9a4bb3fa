//! The pattern of a parameter is not a regular expression.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What is wrong with a pattern.
pub fn found(span: Span, pattern: &str, error: &regex::Error) -> Diagnostic {
    let error = error.to_string();
    let why = error.lines().last().unwrap_or_default();
    let why = why.strip_prefix("error: ").unwrap_or(why);
    Diagnostic::error(
        "invalid-pattern",
        span,
        format!("the pattern `{pattern}` is not a regular expression: {why}"),
    )
}
