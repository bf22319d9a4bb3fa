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

/// `what` holds no such key; `nearest` was probably meant, or one of the mappings `elsewhere`, which have it.
pub fn unknown<'k>(
    entry: &Entry,
    what: &str,
    known: impl Iterator<Item = &'k str>,
    nearest: Option<&str>,
    elsewhere: &[&str],
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-key",
        entry.key_span,
        format!("{what} has no key `{}`", entry.key),
    );
    if let Some(nearest) = nearest {
        return diagnostic
            .help(format!("did you mean `{nearest}`?"))
            .fix(entry.key_span, nearest);
    }
    let owners = match elsewhere {
        [] => None,
        [only] => Some(only.to_string()),
        [all @ .., last] => Some(format!("{} or {last}", all.join(", "))),
    };
    let owners = owners.map(|owners| format!("`{}` is a key of {owners}", entry.key));
    let known: Vec<String> = known.map(|key| format!("`{key}`")).collect();
    diagnostic
        .help_opt(owners)
        .help(format!("known keys: {}", known.join(", ")))
}
