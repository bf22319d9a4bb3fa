//! A text holds a NUL character.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A NUL in `place`.
pub fn found(span: Span, place: &str) -> Diagnostic {
    Diagnostic::error(
        "nul-in-text",
        span,
        format!("{place} holds a NUL character, which no argument or variable can"),
    )
    .help("pass binary data in a file, or encode it, for example as base64")
}
