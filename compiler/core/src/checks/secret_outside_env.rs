//! A secret is used anywhere but in the environment of a process or service.

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
