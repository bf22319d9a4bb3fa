//! A key of a flow file has no effect where the file is used as a sub-flow.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

/// A key that matters only when the file is run by itself.
pub fn sub_flow(span: Span, key: &str, path: &str, task: Span) -> Diagnostic {
    Diagnostic::new(
        Severity::Note,
        "ignored-key",
        span,
        format!("`{key}` of `{path}` has no effect where it is used as a sub-flow"),
    )
    .label(task, "the task that uses the file")
}
