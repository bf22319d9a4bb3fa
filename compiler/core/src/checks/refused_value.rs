//! A value does not meet the constraints of its parameter.

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// `what` does not meet the constraints of `parameter`, and why.
pub fn found(span: Span, what: &str, why: &str, parameter: &Spanned<String>) -> Diagnostic {
    Diagnostic::error("refused-value", span, format!("{what} is refused: {why}"))
        .label(parameter.span, "the parameter with its constraints")
}
