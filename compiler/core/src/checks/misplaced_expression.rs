//! An expression stands where none is evaluated.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` takes no expression.
pub fn found(span: Span, place: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-expression",
        span,
        format!("{place} cannot hold an expression"),
    )
    .help("for the text `${{` itself, write `$${{`")
}
