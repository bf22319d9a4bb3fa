//! The file of a sub-flow cannot be read.

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// `path`, as it was understood, cannot be read.
pub fn found(written: &Spanned<String>, path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "missing-file",
        written.span,
        format!("cannot read `{path}`: {why}"),
    )
    .help("the path is relative to the file that says it")
}
