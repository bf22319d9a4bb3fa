//! The flow is larger than flowc reads: deeper, longer, or expanded to more.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Too many levels of groups and sub-flows.
pub fn levels(span: Span, max: usize) -> Diagnostic {
    Diagnostic::error(
        "too-large",
        span.before(),
        format!("groups and sub-flows are nested more than {max} levels deep"),
    )
}

/// Too many tasks.
pub fn tasks(span: Span, max: usize) -> Diagnostic {
    Diagnostic::error(
        "too-large",
        span,
        format!("the flow has more than {max} tasks, those of every use of a sub-flow counted"),
    )
}

/// Too many combinations of a matrix.
pub fn matrix(span: Span, size: usize, max: usize) -> Diagnostic {
    Diagnostic::error(
        "too-large",
        span,
        format!("the matrix has {size} combinations, more than {max}"),
    )
}
