//! A secret is used that the flow's list of secrets lacks.
//!
//! # What it means
//!
//! The flow lists its secrets under `secrets`, and this one is not among them.
//!
//! # Why it matters
//!
//! The list is what an administrator prepares. A name that is missing there, often by a slip of the
//! hand, would be found when the task starts.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! secrets: [password]
//! tasks:
//!   load:
//!     env: { PASSWORD: "${{ secrets.pasword }}" }
//!     run: ./load
//!   save:
//!     env: { PASSWORD: "${{ secrets.password }}" }
//!     run: ./save
//! ```
//!
//! # Instead
//!
//! Mend the name, add it to the list, or drop the list: secrets that are used are found without it.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! secrets: [password]
//! tasks:
//!   load:
//!     env: { PASSWORD: "${{ secrets.password }}" }
//!     run: ./load
//!   save:
//!     env: { PASSWORD: "${{ secrets.password }}" }
//!     run: ./save
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// `secrets` is there and does not hold the name.
pub fn unknown(name: &Spanned<&str>, nearest: Option<&Spanned<String>>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-secret",
        name.span,
        format!("`secrets` does not list `{name}`"),
    );
    match nearest {
        Some(nearest) => diagnostic
            .label(nearest.span, "a secret with a similar name")
            .help(format!("did you mean `{nearest}`?"))
            .fix(name.span, nearest.value.clone()),
        None => diagnostic.help("add it to `secrets`, or drop that list: those used are found"),
    }
}
