//! A sub-flow is not given a parameter that has no default.

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// `task` does not give `parameter`.
pub fn missing(span: Span, task: &str, parameter: &Spanned<String>) -> Diagnostic {
    Diagnostic::error(
        "missing-parameter",
        span,
        format!("task `{task}` does not give its sub-flow the parameter `{parameter}`"),
    )
    .label(parameter.span, "it has no default")
    .help(format!("add it under `with`: `{parameter}: …`"))
}
