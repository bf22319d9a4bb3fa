//! A key of a flow file has no effect where the file is used as a sub-flow.
//!
//! # What it means
//!
//! The file is used as a sub-flow, and the key says something about a whole run, such as when it
//! starts. The run is that of the flow around it, so the key has no effect here.
//!
//! # Why it matters
//!
//! The file can be run by itself as well, where the key matters; so this is only a note.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: part.yaml
//! ```
//!
//! ```yaml
//! # file: part.yaml
//! flow: part
//! schedule: { cron: "0 3 * * *" }
//! tasks:
//!   one:
//!     image: alpine:3.22
//!     run: ./one
//! ```
//!
//! # Instead
//!
//! Nothing needs to change. Without the key the note goes away.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: part.yaml
//! ```
//!
//! ```yaml
//! # file: part.yaml
//! flow: part
//! tasks:
//!   one:
//!     image: alpine:3.22
//!     run: ./one
//! ```

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
