//! The flow is an IR of a version that this flowc does not read.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// The version is not `current`.
pub fn found(span: Span, version: &str, current: i64) -> Diagnostic {
    Diagnostic::error(
        "unknown-ir-version",
        span,
        format!("an IR of version `{version}` cannot be read; this flowc reads version {current}"),
    )
    .help("make the IR with the same version of flowc that reads it")
}
