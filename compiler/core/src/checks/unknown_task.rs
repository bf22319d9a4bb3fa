//! A task is named that does not exist, or not where it can be named.
//!
//! # What it means
//!
//! No task of this name can be seen from here. `depends_on` names tasks beside this one;
//! expressions also see those of the levels around it. What is inside a group is seen through what
//! the group exports.
//!
//! # Why it matters
//!
//! A dependency on nothing would let the task start too early.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   prepare:
//!     run: ./prepare
//!   train:
//!     depends_on: [prepre]
//!     run: ./train
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   prepare:
//!     run: ./prepare
//!   train:
//!     depends_on: [prepare]
//!     run: ./train
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// No task of this name; `similar` was probably meant, or it is somewhere else.
pub fn unknown(
    name: &Spanned<&str>,
    similar: Option<&Spanned<String>>,
    elsewhere: Option<&str>,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-task",
        name.span,
        format!("there is no task `{name}` here"),
    );
    match (similar, elsewhere) {
        (_, Some(elsewhere)) => diagnostic.help(elsewhere),
        (Some(similar), None) => diagnostic
            .label(similar.span, "a task with a similar name")
            .help(format!("did you mean `{similar}`?"))
            .fix(name.span, similar.value.clone()),
        (None, None) => diagnostic,
    }
}
