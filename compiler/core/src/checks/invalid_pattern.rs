//! The pattern of a parameter is not a regular expression.
//!
//! # What it means
//!
//! A `pattern` is a regular expression in the syntax of RE2, which has no look-around and no
//! back-references.
//!
//! # Why it matters
//!
//! A pattern that cannot be read would refuse every value, or none.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters:
//!   day: { type: string, pattern: "[0-9{4}" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.day }}" }
//!     run: ./load "$DAY"
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters:
//!   day: { type: string, pattern: "[0-9]{4}" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.day }}" }
//!     run: ./load "$DAY"
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What is wrong with a pattern.
pub fn found(span: Span, pattern: &str, error: &regex::Error) -> Diagnostic {
    let error = error.to_string();
    let why = error.lines().last().unwrap_or_default();
    let why = why.strip_prefix("error: ").unwrap_or(why);
    Diagnostic::error(
        "invalid-pattern",
        span,
        format!("the pattern `{pattern}` is not a regular expression: {why}"),
    )
}
