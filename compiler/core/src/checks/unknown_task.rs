//! A task is named that does not exist, or not where it can be named.

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
