//! A number that becomes text is not the text as it was written.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `written` reaches the process as `text`.
pub fn found(span: Span, written: &str, text: &str) -> Diagnostic {
    Diagnostic::warning(
        "rewritten-number",
        span,
        format!("the number `{written}` reaches the process as `{text}`"),
    )
    .help(format!("write `\"{written}\"` to keep the text"))
    .fix(span, format!("\"{written}\""))
}
