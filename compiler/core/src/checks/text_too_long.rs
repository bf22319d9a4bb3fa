//! An argument, variable or script is longer than a process can be given.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` is `length` bytes long.
pub fn found(span: Span, place: &str, length: usize) -> Diagnostic {
    Diagnostic::error(
        "text-too-long",
        span.before(),
        format!("{place} is {length} bytes long; at most 122880 (120 KiB) reach a process"),
    )
    .help("put the text into a file that is in the image or an artifact")
}
