//! A secret is used that the flow's list of secrets lacks.

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
