//! The file of a sub-flow lies outside the project.
//!
//! # What it means
//!
//! The path of a sub-flow, taken from the folder of the file that says it, leads out of the
//! project, or is absolute.
//!
//! # Why it matters
//!
//! A flow that needs files from elsewhere compiles on one machine only, and may read what it should
//! not.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: ../../part.yaml
//! ```
//!
//! # Instead
//!
//! Copy the file into the project.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: shared/part.yaml
//! ```
//!
//! ```yaml
//! # file: shared/part.yaml
//! flow: part
//! tasks:
//!   one:
//!     image: alpine:3.22
//!     run: ./one
//! ```

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
