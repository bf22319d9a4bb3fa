//! A word is none of those that may stand there.
//!
//! # What it means
//!
//! The key takes one of a few words, and this is none of them.
//!
//! # Why it matters
//!
//! A word that a target does not know would make it fail, or do what it does by default.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   report:
//!     depends_on: [load]
//!     trigger_rule: all_succes
//!     run: ./report
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   report:
//!     depends_on: [load]
//!     trigger_rule: all_success
//!     run: ./report
//! ```

use std::fmt::Display;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` cannot be `text`.
pub fn unknown(
    span: Span,
    text: &str,
    place: impl Display,
    known: &[&str],
    nearest: Option<&str>,
) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("unknown-value", span, format!("{place} cannot be `{text}`"));
    let diagnostic = match nearest {
        Some(nearest) => diagnostic
            .help(format!("did you mean `{nearest}`?"))
            .fix(span, nearest),
        None => diagnostic,
    };
    let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    diagnostic.help(format!("it can be {}", known.join(", ")))
}
