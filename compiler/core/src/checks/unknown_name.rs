//! A name in an expression means nothing, or is only the beginning of one.
//!
//! # What it means
//!
//! A word in an expression is neither a name of the flow language nor a loop variable, or it is
//! only the beginning of a name.
//!
//! # Why it matters
//!
//! There is no value to put in its place. Often text was meant, which needs quotes.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { mode: fast }
//! tasks:
//!   load:
//!     when: ${{ parameters.mode == fast }}
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { mode: fast }
//! tasks:
//!   load:
//!     when: ${{ parameters.mode == "fast" }}
//!     run: ./load
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// A first word that means nothing; `full` is a name that it may have been short for.
pub fn unknown(word: &Spanned<&str>, nearest: Option<&str>, full: Option<String>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-name",
        word.span,
        format!("the name `{word}` means nothing here"),
    );
    match (full, nearest) {
        (Some(full), _) => diagnostic
            .help(format!("did you mean `{full}`?"))
            .fix(word.span, full),
        (None, Some(nearest)) => diagnostic
            .help(format!("did you mean `{nearest}`?"))
            .fix(word.span, nearest),
        (None, None) => diagnostic.help(
            "names start with `parameters`, `tasks`, `item`, `index`, `run`, `secrets`, `outputs` \
             or `artifacts`; text is written in quotes",
        ),
    }
}

/// A name that needs one more word.
pub fn needs_member(span: Span, written: &str, kind: &str) -> Diagnostic {
    Diagnostic::error(
        "unknown-name",
        span,
        format!(
            "`{written}` is not a value; it needs the name of {}",
            article(kind)
        ),
    )
    .help(format!("write `{written}.<{kind}>`"))
}

/// `tasks.t` alone.
pub fn incomplete_task(task: &Spanned<&str>) -> Diagnostic {
    Diagnostic::error(
        "unknown-name",
        task.span,
        format!("`tasks.{task}` is not a value"),
    )
    .help(format!(
        "write `tasks.{task}.outputs.<output>`, `tasks.{task}.artifacts.<artifact>` or `tasks.{task}.status`"
    ))
}

/// `tasks.t.x` with an unknown `x`.
pub fn task_member(task: &Spanned<&str>, member: &Spanned<&str>) -> Diagnostic {
    Diagnostic::error(
        "unknown-name",
        member.span,
        format!("a task has no `{member}`"),
    )
    .help(format!(
        "write `tasks.{task}.outputs.<output>`, `tasks.{task}.artifacts.<artifact>` or `tasks.{task}.status`"
    ))
}

/// `run` alone.
pub fn incomplete_run(root: &Spanned<&str>, fields: &[&str]) -> Diagnostic {
    Diagnostic::error("unknown-name", root.span, "`run` is not a value").help(all(fields))
}

/// `run.x` with an unknown `x`.
pub fn run_field(field: &Spanned<&str>, fields: &[&str], nearest: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-name",
        field.span,
        format!("a run has no `{field}`"),
    );
    match nearest {
        Some(nearest) => diagnostic
            .help(format!("did you mean `{nearest}`?"))
            .fix(field.span, nearest),
        None => diagnostic.help(all(fields)),
    }
}

fn all(fields: &[&str]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("`run.{field}`"))
        .collect();
    format!("there is {}", fields.join(", "))
}

fn article(kind: &str) -> String {
    match kind {
        "output" | "artifact" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
