//! A secret is used anywhere but in the environment of a process or service.
//!
//! # What it means
//!
//! A secret can be read only in the `env` of a process or a service.
//!
//! # Why it matters
//!
//! Arguments and conditions are shown in logs, process lists and user interfaces. Environment
//! variables reach the process alone.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   publish:
//!     command: [./publish, --token, "${{ secrets.token }}"]
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   publish:
//!     env: { TOKEN: "${{ secrets.token }}" }
//!     run: ./publish --token "$TOKEN"
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A secret in `field`.
pub fn found(span: Span, name: &str, field: &str) -> Diagnostic {
    let variable = name.to_uppercase();
    Diagnostic::error(
        "secret-outside-env",
        span,
        format!("the secret `{name}` cannot stand in {field}"),
    )
    .help(format!(
        "add `env: {{ {variable}: \"${{{{ secrets.{name} }}}}\" }}` and read `${variable}` in the process"
    ))
}
