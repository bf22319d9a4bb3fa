//! An expression stands in a script, where it would be substituted as code.
//!
//! # What it means
//!
//! The text of `run` is handed to the shell as it is. Expressions in it are not evaluated.
//!
//! # Why it matters
//!
//! A value that is put into a script can become code: a name with a quote or a `$(…)` in it would
//! run. A value in an environment variable stays a value.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { name: world }
//! tasks:
//!   greet:
//!     run: echo "hello ${{ parameters.name }}"
//! ```
//!
//! # Instead
//!
//! Pass the value through `env`. For the text `${{` itself, write `$${{`.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { name: world }
//! tasks:
//!   greet:
//!     env: { NAME: "${{ parameters.name }}" }
//!     run: echo "hello $NAME"
//! ```

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A `${{ … }}` in a script.
pub struct Occurrence<'t> {
    /// Where it is in the script's text.
    pub range: Range<usize>,
    /// What stands between `${{` and `}}`.
    pub inner: &'t str,
    /// The character after it.
    pub next: Option<char>,
}

/// What the mend has to know about the task.
pub struct Rewrite<'t> {
    /// The `run` key.
    pub key: Span,
    /// The whole source.
    pub text: &'t str,
    /// Whether the task has an `env` already.
    pub has_env: bool,
    /// Whether the script holds no other expression.
    pub only_one: bool,
    /// Whether a shell reads the script.
    pub is_shell: bool,
}

/// The expression at `span`, with the `env` line to write instead.
pub fn found(span: Span, occurrence: &Occurrence<'_>, rewrite: &Rewrite<'_>) -> Diagnostic {
    let variable = variable(occurrence.inner);
    let line = format!("{variable}: {}", quoted(occurrence.inner));
    let read = if !rewrite.is_shell {
        format!("the environment variable `{variable}`")
    } else {
        format!("`\"${variable}\"`")
    };
    let diagnostic = Diagnostic::error(
        "expression-in-script",
        span,
        format!(
            "the script holds the expression `{}`, and values never become code",
            occurrence.inner
        ),
    )
    .help(format!(
        "add `{line}` under `env` and read {read} in the script"
    ))
    .help("for the text `${{` itself, write `$${{`");
    match mend(span, occurrence, rewrite, &variable, &line) {
        Some((place, replacement)) => diagnostic.fix(place, replacement),
        None => diagnostic,
    }
}

/// One change that does both: from `run:` to the end of the expression.
fn mend(
    span: Span,
    occurrence: &Occurrence<'_>,
    rewrite: &Rewrite<'_>,
    variable: &str,
    line: &str,
) -> Option<(Span, String)> {
    if rewrite.has_env || !rewrite.only_one || !rewrite.is_shell || span.file != rewrite.key.file {
        return None;
    }
    let before = rewrite.text.get(..rewrite.key.start as usize)?;
    let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    let between = rewrite
        .text
        .get(rewrite.key.start as usize..span.start as usize)?;
    // Inside `{ run: … }` a new line would not be a new key.
    if !indent.chars().all(|c| c == ' ') {
        return None;
    }
    let glued = occurrence
        .next
        .is_some_and(|next| next == '_' || next.is_ascii_alphanumeric());
    let name = if glued {
        format!("${{{variable}}}")
    } else {
        format!("${variable}")
    };
    let replacement = format!("env: {{ {line} }}\n{indent}{between}{name}");
    Some((rewrite.key.to(span), replacement))
}

/// A variable's name for an expression: its last word, in capitals.
fn variable(inner: &str) -> String {
    let word = inner
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .rfind(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .unwrap_or("value")
        .to_uppercase();
    if word.starts_with("FLOW_") || word.starts_with("FLOWC_") {
        return format!("THE_{word}");
    }
    word
}

/// The expression as a YAML scalar inside `{ }`.
fn quoted(inner: &str) -> String {
    if inner.contains('"') || inner.contains('\\') {
        format!("'${{{{ {} }}}}'", inner.replace('\'', "''"))
    } else {
        format!("\"${{{{ {inner} }}}}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_called_after_the_last_word() {
        assert_eq!(variable("tasks.train.outputs.auc"), "AUC");
        assert_eq!(variable("item"), "ITEM");
        assert_eq!(variable("parameters.flow_x"), "THE_FLOW_X");
        assert_eq!(variable("1 + 2"), "VALUE");
    }
}
