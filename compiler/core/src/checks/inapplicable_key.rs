//! A key is known, but means nothing where it stands.
//!
//! # What it means
//!
//! The key is known, but not for this kind of task, or not without another key beside it: a wait
//! has no `env`, a group no `retries`, a task without `for_each` no `max_parallel`.
//!
//! # Why it matters
//!
//! It looks as if it did something. A retry that is written on a group but never happens is found
//! when it is needed.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   both:
//!     retries: 2
//!     tasks:
//!       one:
//!         run: ./one
//!       two:
//!         run: ./two
//! ```
//!
//! # Instead
//!
//! Write it where it has a meaning, or drop it.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   both:
//!     tasks:
//!       one:
//!         retries: 2
//!         run: ./one
//!       two:
//!         retries: 2
//!         run: ./two
//! ```

use crate::diagnostic::Diagnostic;
use crate::expr::Type;
use crate::source::Span;

/// A key that does not go with the task's body or its other keys.
pub fn found(span: Span, task: &str, key: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "inapplicable-key",
        span,
        format!("`{key}` means nothing on task `{task}`: {why}"),
    )
}

/// A key that does not go with the others beside it.
pub fn plain(span: Span, key: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "inapplicable-key",
        span,
        format!("`{key}` means nothing here: {why}"),
    )
}

/// A constraint that a parameter of this type cannot have.
pub fn constraint(span: Span, key: &str, place: &str, ty: &Type, wanted: &str) -> Diagnostic {
    Diagnostic::error(
        "inapplicable-key",
        span,
        format!("`{key}` constrains {wanted}, and {place} is of type `{ty}`"),
    )
}

/// A key of a flow that cannot be kept when it is used as a sub-flow.
pub fn sub_flow(span: Span, key: &str, path: &str, why: &str, task: Span) -> Diagnostic {
    Diagnostic::error(
        "inapplicable-key",
        span,
        format!("`{key}` of `{path}` cannot be kept in a sub-flow: {why}"),
    )
    .label(task, "the task that uses the file")
}
