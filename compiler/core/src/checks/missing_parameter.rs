//! A sub-flow is not given a parameter that has no default.
//!
//! # What it means
//!
//! A sub-flow has a parameter without a default, and `with` does not give it a value.
//!
//! # Why it matters
//!
//! The sub-flow cannot run without it, and no person is asked for it while a run is going.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   square:
//!     flow: square.yaml
//! ```
//!
//! ```yaml
//! # file: square.yaml
//! flow: square
//! defaults: { image: alpine:3.22 }
//! parameters: { n: { type: integer } }
//! tasks:
//!   multiply:
//!     env: { N: "${{ parameters.n }}" }
//!     run: echo "$((N * N))"
//! ```
//!
//! # Instead
//!
//! Give the parameter a value, or a default in the file of the sub-flow.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   square:
//!     flow: square.yaml
//!     with: { n: 3 }
//! ```
//!
//! ```yaml
//! # file: square.yaml
//! flow: square
//! defaults: { image: alpine:3.22 }
//! parameters: { n: { type: integer } }
//! tasks:
//!   multiply:
//!     env: { N: "${{ parameters.n }}" }
//!     run: echo "$((N * N))"
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// `task` does not give `parameter`.
pub fn missing(span: Span, task: &str, parameter: &Spanned<String>) -> Diagnostic {
    Diagnostic::error(
        "missing-parameter",
        span,
        format!("task `{task}` does not give its sub-flow the parameter `{parameter}`"),
    )
    .label(parameter.span, "it has no default")
    .help(format!("add it under `with`: `{parameter}: …`"))
}
