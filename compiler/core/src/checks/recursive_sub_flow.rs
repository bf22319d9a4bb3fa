//! A file uses itself as a sub-flow, directly or through others.
//!
//! # What it means
//!
//! A flow file names itself as a sub-flow, or names a file that leads back to it. The message shows
//! the way round.
//!
//! # Why it matters
//!
//! A sub-flow is written out where it is used. One that contains itself has no end.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     flow: part.yaml
//! ```
//!
//! ```yaml
//! # file: part.yaml
//! flow: part
//! tasks:
//!   again:
//!     flow: part.yaml
//! ```
//!
//! # Instead
//!
//! Repeat with a fan-out, or do the rest in a task of its own.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   part:
//!     for_each: [1, 2, 3]
//!     flow: part.yaml
//! ```
//!
//! ```yaml
//! # file: part.yaml
//! flow: part
//! tasks:
//!   one:
//!     image: alpine:3.22
//!     run: ./one
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// `path` is used inside itself; `uses` are the uses between, outermost first.
pub fn found(written: &Spanned<String>, path: &str, uses: &[(Span, String)]) -> Diagnostic {
    let chain: Vec<String> = std::iter::once(path)
        .chain(uses.iter().map(|(_, file)| file.as_str()))
        .chain([path])
        .map(|file| format!("`{file}`"))
        .collect();
    let diagnostic = Diagnostic::error(
        "recursive-sub-flow",
        written.span,
        format!("a sub-flow uses itself: {}", chain.join(" -> ")),
    );
    uses.iter().fold(diagnostic, |diagnostic, (span, file)| {
        diagnostic.label(*span, format!("uses `{file}`"))
    })
}
