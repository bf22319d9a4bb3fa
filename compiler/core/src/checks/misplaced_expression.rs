//! An expression stands where none is evaluated.
//!
//! # What it means
//!
//! Expressions are evaluated in `env` values, `command` elements, `image`, `when`, `for_each`,
//! `with`, `resources`, `cache.key`, `allow_failure` and in exported outputs and artifacts.
//! Elsewhere a `${{ … }}` is not evaluated.
//!
//! # Why it matters
//!
//! What stands there must be known before the flow runs: orchestrators read it when they load the
//! file.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { longest: 30m }
//! tasks:
//!   load:
//!     timeout: ${{ parameters.longest }}
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Write the value out.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     timeout: 30m
//!     run: ./load
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` takes no expression.
pub fn found(span: Span, place: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-expression",
        span,
        format!("{place} cannot hold an expression"),
    )
    .help("for the text `${{` itself, write `$${{`")
}
