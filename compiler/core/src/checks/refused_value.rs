//! A value does not meet the constraints of its parameter.
//!
//! # What it means
//!
//! A value that is known now does not meet the `min`, `max`, `enum` or `pattern` of its parameter:
//! a default, or what `with` gives to a sub-flow.
//!
//! # Why it matters
//!
//! The run would be refused before its first task starts.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters:
//!   share: { type: number, default: 10, max: 1 }
//! tasks:
//!   train:
//!     env: { SHARE: "${{ parameters.share }}" }
//!     run: ./train "$SHARE"
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters:
//!   share: { type: number, default: 0.1, max: 1 }
//! tasks:
//!   train:
//!     env: { SHARE: "${{ parameters.share }}" }
//!     run: ./train "$SHARE"
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// `what` does not meet the constraints of `parameter`, and why.
pub fn found(span: Span, what: &str, why: &str, parameter: &Spanned<String>) -> Diagnostic {
    Diagnostic::error("refused-value", span, format!("{what} is refused: {why}"))
        .label(parameter.span, "the parameter with its constraints")
}
