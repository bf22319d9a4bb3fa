//! A name has characters it may not have, is too long, or is reserved.
//!
//! # What it means
//!
//! Names of flows are lower-case words joined by `-`; all other names are lower-case words joined
//! by `_`. They start with a letter and have at most 63 characters. `flowc` as the first word, and
//! environment variables that start with `FLOW_` or `FLOWC_`, are reserved.
//!
//! # Why it matters
//!
//! Names must be the same on every target, as host names, Python names, file names and labels.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   loadRows:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load_rows:
//!     run: ./load
//! ```

use crate::diagnostic::Diagnostic;
use crate::document::Entry;
use crate::source::{Span, Spanned};
use crate::values::Invalid;

/// A key that should be a name.
pub fn key(entry: &Entry, invalid: &Invalid) -> Diagnostic {
    let mut span = entry.key_span;
    // A quoted key's bytes are not those of its text.
    if (span.end - span.start) as usize == entry.key.len() && !invalid.range.is_empty() {
        span.end = span.start + invalid.range.end as u32;
        span.start += invalid.range.start as u32;
    }
    inside(span, invalid)
}

/// A name inside an expression or value.
pub fn inside(span: Span, invalid: &Invalid) -> Diagnostic {
    Diagnostic::error("invalid-name", span, invalid.message.clone()).help_opt(invalid.help.clone())
}

/// A loop variable that would hide a name of the language.
pub fn reserved_variable(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::error(
        "invalid-name",
        name.span,
        format!("the element cannot be called `{name}`, which already means something"),
    )
}

/// An environment variable of flowc's.
pub fn reserved_env(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "invalid-name",
        span,
        format!("the environment variable `{name}` is reserved"),
    )
    .help("names that start with `FLOW_` or `FLOWC_` are set by flowc")
}
