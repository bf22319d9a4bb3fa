//! A mapping lacks a key without which it means nothing.
//!
//! # What it means
//!
//! A mapping lacks a key that it needs: a flow its `flow` and `tasks`, a concurrency group its
//! name, a schedule that makes up for missed runs its `start`.
//!
//! # Why it matters
//!
//! There is no value that would be right for everybody, and flowc does not guess.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! schedule: { timezone: Europe/Berlin }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! schedule: { cron: "0 3 * * *", timezone: Europe/Berlin }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```

use std::fmt::Display;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` lacks `key`.
pub fn missing(span: Span, place: impl Display, key: &str) -> Diagnostic {
    Diagnostic::error("missing-key", span, format!("{place} has no `{key}`"))
        .help(format!("add `{key}:`"))
}

/// `place` lacks all of some keys of which it needs one.
pub fn one_of(span: Span, place: &str, keys: &[&str]) -> Diagnostic {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    Diagnostic::error(
        "missing-key",
        span,
        format!("{place} has none of {}", keys.join(", ")),
    )
}

/// `catchup: true` needs `start`.
pub fn start_of_catchup(span: Span) -> Diagnostic {
    Diagnostic::error(
        "missing-key",
        span,
        "`schedule` has `catchup: true` but no `start`",
    )
    .says("from when on?")
    .help("add `start:` with the first day whose run is made up for")
}
