//! A target has no field of this name.
//!
//! # What it means
//!
//! `targets: { argo: { … } }` reaches fields of one target that the flow language has no word for.
//! This is none that flowc knows for the target, at this place and in this version. `flowc targets`
//! lists those it knows.
//!
//! # Why it matters
//!
//! The field would be left out, and nobody would see that it has no effect.
//!
//! # Example
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!     targets: { argo: { pach: { metadata: { annotations: { note: nightly } } } } }
//! ```
//!
//! # Instead
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!     targets: { argo: { patch: { metadata: { annotations: { note: nightly } } } } }
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest::did_you_mean;
use crate::target::Settings;

/// `name`, written at `span`, is none of the `known` fields of the target.
pub fn unknown(name: &str, span: Span, known: &[(&str, &str)], settings: &Settings) -> Diagnostic {
    let names = || known.iter().map(|(field, _)| *field);
    let help = did_you_mean(name, names()).unwrap_or_else(|| {
        let all: Vec<String> = names().map(|field| format!("`{field}`")).collect();
        format!("known fields: {}", all.join(", "))
    });
    let mut diagnostic = Diagnostic::error(
        "unknown-target-field",
        span,
        format!("target `{}` has no field `{name}` here", settings.target),
    )
    .help(help);
    diagnostic.target = Some(settings.spec());
    diagnostic
}
