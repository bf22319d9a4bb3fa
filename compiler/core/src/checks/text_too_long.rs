//! An argument, variable or script is longer than a process can be given.
//!
//! # What it means
//!
//! An argument, an environment variable or a script is longer than 120 KiB.
//!
//! # Why it matters
//!
//! Linux refuses to start a process with a longer one, so the task would fail on every target.
//!
//! # Example
//!
//! ```yaml
//! # LONG stands for 130000 letters
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     env: { NUMBERS: LONG }
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Put the text into a file that is in the image, or into an artifact.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: seq 0 29999 | ./load
//! ```

use std::fmt::Display;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `place` is `length` bytes long.
pub fn found(span: Span, place: impl Display, length: usize) -> Diagnostic {
    Diagnostic::error(
        "text-too-long",
        span.before(),
        format!("{place} is {length} bytes long; at most 122880 (120 KiB) reach a process"),
    )
    .help("put the text into a file that is in the image or an artifact")
}
