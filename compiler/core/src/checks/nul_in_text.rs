//! A text holds a NUL character.
//!
//! # What it means
//!
//! A text holds the character NUL.
//!
//! # Why it matters
//!
//! Arguments and environment variables of a process end at the first NUL, so what comes after it
//! would be lost.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     command: [./load, "a\0b"]
//! ```
//!
//! # Instead
//!
//! Drop the character, or put the data into a file.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     command: [./load, "a b"]
//! ```

use std::fmt::Display;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A NUL in `place`.
pub fn found(span: Span, place: impl Display) -> Diagnostic {
    Diagnostic::error(
        "nul-in-text",
        span,
        format!("{place} holds a NUL character, which no argument or variable can"),
    )
    .help("pass binary data in a file, or encode it, for example as base64")
}
