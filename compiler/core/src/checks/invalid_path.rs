//! A path is not of the form that is wanted.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// The path of an artifact.
pub fn artifact(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(
        "invalid-path",
        span,
        format!("the path of an artifact is absolute, without `/` at its end, not `{path}`"),
    )
    .help("leave `path` out to write the artifact to `$FLOW_OUTPUTS`")
}

/// The path of an HTTP check.
pub fn http(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(
        "invalid-path",
        span,
        format!("the path of an HTTP check starts with `/`, unlike `{path}`"),
    )
    .fix(span, format!("/{path}"))
}
