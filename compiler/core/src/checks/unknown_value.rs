//! A word is none of those that may stand there.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` cannot be `text`.
pub fn unknown(
    span: Span,
    text: &str,
    place: &str,
    known: &[&str],
    nearest: Option<&str>,
) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("unknown-value", span, format!("{place} cannot be `{text}`"));
    let diagnostic = match nearest {
        Some(nearest) => diagnostic
            .help(format!("did you mean `{nearest}`?"))
            .fix(span, nearest),
        None => diagnostic,
    };
    let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    diagnostic.help(format!("it can be {}", known.join(", ")))
}
