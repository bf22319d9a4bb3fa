//! A mapping has a key that means nothing there.

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
