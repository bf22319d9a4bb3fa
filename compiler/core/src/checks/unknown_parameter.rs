//! A parameter is named that the flow does not have.

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
