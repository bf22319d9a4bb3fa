//! The file of a sub-flow cannot be read.
//!
//! # What it means
//!
//! The file of a sub-flow cannot be read. Its path is relative to the folder of the file that says
//! it.
//!
//! # Why it matters
//!
//! Without the file it is not known what the task does.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: parts/one.yml
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: parts/one.yaml
//! ```
//!
//! ```yaml
//! # file: parts/one.yaml
//! flow: one
//! tasks:
//!   one:
//!     image: alpine:3.22
//!     run: ./one
//! ```

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
