//! A mapping has a key that means nothing there.
//!
//! # What it means
//!
//! There is no such key at this place. The message suggests the nearest one that is.
//!
//! # Why it matters
//!
//! A key that is ignored in silence looks as if it worked.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     retires: 2
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     retries: 2
//!     run: ./load
//! ```

use crate::diagnostic::Diagnostic;
use crate::document::Entry;

/// `what` holds no such key; `nearest` was probably meant.
pub fn unknown<'k>(
    entry: &Entry,
    what: &str,
    known: impl Iterator<Item = &'k str>,
    nearest: Option<&str>,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-key",
        entry.key_span,
        format!("{what} has no key `{}`", entry.key),
    );
    match nearest {
        Some(nearest) => diagnostic
            .help(format!("did you mean `{nearest}`?"))
            .fix(entry.key_span, nearest),
        None => {
            let known: Vec<String> = known.map(|key| format!("`{key}`")).collect();
            diagnostic.help(format!("known keys: {}", known.join(", ")))
        }
    }
}
