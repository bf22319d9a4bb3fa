//! The file of a sub-flow lies outside the project.

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// The path leads out.
pub fn found(path: &Spanned<String>) -> Diagnostic {
    Diagnostic::error(
        "include-outside-project",
        path.span,
        format!("`{path}` lies outside the project"),
    )
    .help("the path is relative to the file that says it; copy the file into the project")
}
