//! A name exists, but has no value where it stands.
//!
//! # What it means
//!
//! The name is right, but there is no such value at this place: `item` outside a fan-out,
//! `run.status` before the end of the run, the status of a task where only its success lets the
//! reader run, an artifact where no process would see the path.
//!
//! # Why it matters
//!
//! A value that does not exist yet cannot be read, whatever the target.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!   report:
//!     env: { STATUS: "${{ run.status }}" }
//!     run: ./report
//! ```
//!
//! # Instead
//!
//! Read it where it is known, such as in `finally`.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! finally:
//!   report:
//!     env: { STATUS: "${{ run.status }}" }
//!     run: ./report
//! ```

use crate::diagnostic::Diagnostic;
use crate::flow::TriggerRule;
use crate::source::{Span, Spanned};

/// An artifact named where no process sees the path.
pub fn artifact(span: Span, field: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-reference",
        span,
        format!("an artifact is a path inside a process, and {field} is not given to one"),
    )
    .help("name artifacts in `env` or `command`; pass values on as outputs")
}

/// The status of a task named where a failure would keep the reader from running.
pub fn status(span: Span, task: &str, rule: Option<TriggerRule>) -> Diagnostic {
    let message = match rule {
        Some(rule) => format!(
            "the status of `{task}` cannot be read under the trigger rule `{rule}`, which needs it to succeed"
        ),
        None => format!("the status of `{task}` cannot be read here"),
    };
    Diagnostic::error("misplaced-reference", span, message).help(
        "read it in `finally`, or under a rule that can run after a failure: `one_success`, \
         `all_done`, `all_failed`, `one_failed`, `none_skipped`",
    )
}

/// A name that has no value when services start.
pub fn service(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-reference",
        span,
        format!("a service cannot read `{name}`"),
    )
    .help("the `env` of a service reads `parameters`, `secrets` and `run.id`")
}

/// What is known at the end of the run only.
pub fn finally_only(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-reference",
        span,
        format!("`{name}` is known only in `finally`"),
    )
}

/// The path to write to, named where nothing is written.
pub fn own(root: &Spanned<&str>, field: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-reference",
        root.span,
        format!("`{root}` are the paths a process writes to, and {field} is not given to one"),
    )
    .help(format!(
        "name them in `env` or `command`; another task's are `tasks.<task>.{root}.<name>`"
    ))
}

/// `item` or `index` without a fan-out.
pub fn outside_fan_out(word: &Spanned<&str>) -> Diagnostic {
    Diagnostic::error(
        "misplaced-reference",
        word.span,
        format!("`{word}` means nothing outside a fan-out"),
    )
    .help("add `for_each` to the task; a sub-flow file gets the element through `with`")
}

/// An exported artifact that is not of a task directly inside.
pub fn foreign_artifact(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(
        "misplaced-reference",
        span,
        format!("{what} is not of a task directly inside"),
    )
    .help("a group exports artifacts of its own tasks")
}
