//! The flow asks for more than the target allows.
//!
//! # What it means
//!
//! The target, in the chosen version, has a limit on a number, a length or a form, and the flow is
//! beyond it. The message names the limit. It is a warning where an installation may have another limit, and
//! the message then names the setting.
//!
//! # Why it matters
//!
//! The orchestrator would refuse the emitted file, or cut off what does not fit.
//!
//! # Example
//!
//! ```yaml
//! # target: argo
//! flow: a-name-that-is-longer-than-the-fifty-two-of-a-cron-run
//! schedule: { cron: "0 3 * * *" }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Stay within the limit, or choose a target or version without it.
//!
//! ```yaml
//! # target: argo
//! flow: a-short-name
//! schedule: { cron: "0 3 * * *" }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::target::Settings;

/// The error at `span`: `what` (such as ``the name `x` ``) is beyond `limit` (such as
/// `at most 52 characters`).
pub fn beyond(what: &str, limit: &str, span: Span, settings: &Settings) -> Diagnostic {
    let target = settings.spec();
    let mut diagnostic = Diagnostic::error(
        "target-limit",
        span,
        format!("{what} is beyond a limit of `{target}`: {limit}"),
    );
    diagnostic.target = Some(target);
    diagnostic
}

/// The warning at `span`: `what` (such as ``a list of 2000 elements``) is beyond `limit` (such as
/// `at most 1024 elements`), which is that of an installation whose `setting` nobody has changed.
pub fn usual(
    what: &str,
    limit: &str,
    setting: &str,
    span: Span,
    settings: &Settings,
) -> Diagnostic {
    let target = settings.spec();
    let mut diagnostic = Diagnostic::warning(
        "target-limit",
        span,
        format!("{what} is beyond the usual limit of `{target}`: {limit} (`{setting}`)"),
    );
    diagnostic.target = Some(target);
    diagnostic
}
