//! A parameter is named that the flow does not have.
//!
//! # What it means
//!
//! The flow, or the sub-flow file, declares no parameter of this name. The parameters of a flow are
//! not seen inside the files of its sub-flows; `with` passes them on.
//!
//! # Why it matters
//!
//! There is no value to put in its place.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { day: "2026-01-31" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.dya }}" }
//!     run: ./load "$DAY"
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { day: "2026-01-31" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.day }}" }
//!     run: ./load "$DAY"
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// No parameter of this name; `nearest` was probably meant.
pub fn unknown(
    name: &Spanned<&str>,
    nearest: Option<&Spanned<String>>,
    known: &[&str],
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-parameter",
        name.span,
        format!("there is no parameter `{name}`"),
    );
    match nearest {
        Some(nearest) => diagnostic
            .label(nearest.span, "a parameter with a similar name")
            .help(format!("did you mean `{nearest}`?"))
            .fix(name.span, nearest.value.clone()),
        None if known.is_empty() => diagnostic.help("the flow has no `parameters`"),
        None => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            diagnostic.help(format!("known parameters: {}", known.join(", ")))
        }
    }
}
