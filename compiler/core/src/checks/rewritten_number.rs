//! A number that becomes text is not the text as it was written.
//!
//! # What it means
//!
//! A number without quotes stands where text is wanted, and its text is not the one that was
//! written: `1.10` becomes `1.1`.
//!
//! # Why it matters
//!
//! Versions look like numbers. A Python 3.10 that becomes 3.1 is hard to find.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   test:
//!     env: { PYTHON: 3.10 }
//!     run: ./test
//! ```
//!
//! # Instead
//!
//! Write it in quotes.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   test:
//!     env: { PYTHON: "3.10" }
//!     run: ./test
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `written` reaches the process as `text`.
pub fn found(span: Span, written: &str, text: &str) -> Diagnostic {
    Diagnostic::warning(
        "rewritten-number",
        span,
        format!("the number `{written}` reaches the process as `{text}`"),
    )
    .help(format!("write `\"{written}\"` to keep the text"))
    .fix(span, format!("\"{written}\""))
}
