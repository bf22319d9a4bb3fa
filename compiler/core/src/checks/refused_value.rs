//! A value does not meet the constraints of its parameter.

use crate::diagnostic::Diagnostic;
use crate::expr::Value;
use crate::source::Span;

/// `what` is `why`, by the constraint at `constraint`.
pub fn found(span: Span, what: &str, value: &Value, why: &str, constraint: Span) -> Diagnostic {
    Diagnostic::error(
        "refused-value",
        span,
        format!("{what} is `{}`, which is {why}", value.text()),
    )
    .label(constraint, "the constraint")
}
