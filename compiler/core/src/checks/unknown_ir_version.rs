//! The flow is an IR of a version that this flowc does not read.
//!
//! # What it means
//!
//! The file is a flow in its normal form, as `flowc inspect --stage flow` prints it, of a version
//! that this flowc does not know.
//!
//! # Why it matters
//!
//! Read by the wrong rules it might mean something else.
//!
//! # Example
//!
//! ```yaml
//! flowc_ir: 99
//! flow: example
//! tasks:
//!   load:
//!     image: alpine:3.22
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Make the file again with this flowc, or write it as a flow.
//!
//! ```yaml
//! flowc_ir: 1
//! flow: example
//! tasks:
//!   load:
//!     image: alpine:3.22
//!     run: ./load
//! ```

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
