//! A path is not of the form that is wanted.
//!
//! # What it means
//!
//! The `path` of an artifact is absolute and names a file or folder inside the container; the path
//! of an HTTP check starts with `/`.
//!
//! # Why it matters
//!
//! A relative path depends on where the process starts, which targets set differently.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     artifacts:
//!       model: { type: file, path: model.pkl }
//! artifacts: { model: "${{ tasks.train.artifacts.model }}" }
//! ```
//!
//! # Instead
//!
//! Give the whole path, or leave `path` out and write to `$FLOW_OUTPUTS`.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train
//!     artifacts:
//!       model: { type: file, path: /srv/model.pkl }
//! artifacts: { model: "${{ tasks.train.artifacts.model }}" }
//! ```

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
