//! What is said about a document that is YAML and still wrong.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest::did_you_mean;

use super::schema::Ambiguity;
use super::{MAX_BYTES, MAX_DEPTH, MAX_NODES, Meaning, Node};

pub(super) fn duplicate_key(key: &str, first: Span, second: Span) -> Diagnostic {
    let help = match key {
        "<<" => "merge several mappings with a list: `<<: [*a, *b]`",
        _ => "remove or rename one of them",
    };
    Diagnostic::error(
        "duplicate-key",
        second,
        format!("the key `{key}` stands twice in one mapping"),
    )
    .label(first, "it stands here first")
    .help(help)
}

pub(super) fn bad_merge(source: &Node) -> Diagnostic {
    invalid(
        source.span,
        format!("{} cannot be merged into a mapping", source.describe()),
    )
    .help("`<<` takes a mapping, or a list of mappings, such as `<<: *defaults`")
}

pub(super) fn ambiguous_scalar(
    span: Span,
    text: &str,
    meaning: Meaning,
    ambiguity: Ambiguity,
) -> Diagnostic {
    let Ambiguity { older, clear } = ambiguity;
    let now = match meaning {
        Meaning::String => "text".to_owned(),
        Meaning::Integer(value) => format!("the integer {value}"),
        _ => "a number".to_owned(),
    };
    let help = match meaning {
        Meaning::String => format!("write `{clear}` to say that it is text"),
        _ => format!("write `{clear}` for the number, or `\"{text}\"` for the text"),
    };
    Diagnostic::warning(
        "ambiguous-scalar",
        span,
        format!("`{text}` is {now} here, but {older} for tools that read YAML 1.1"),
    )
    .help(help)
    .fix(span, clear)
}

pub(super) fn unfitting_tag(span: Span, text: &str, what: &str) -> Diagnostic {
    invalid(span, format!("`{text}` is not {what}, as its tag says"))
        .help("remove the tag, or write a value that fits it")
}

pub(super) fn unknown_tag(span: Span, written: &str) -> Diagnostic {
    Diagnostic::error(
        "unknown-tag",
        span,
        format!("the tag `{written}` has no meaning in a flow"),
    )
    .help("remove it; text that begins with `!` needs quotes")
}

pub(super) fn unknown_anchor(span: Span, name: &str, names: &[String]) -> Diagnostic {
    let known: Vec<String> = names.iter().map(|name| format!("*{name}")).collect();
    let help = did_you_mean(&format!("*{name}"), known.iter().map(String::as_str));
    Diagnostic::error(
        "unknown-anchor",
        span,
        format!("no value before this has the anchor `&{name}`"),
    )
    .help(help.unwrap_or_else(|| {
        format!(
            "write `&{name}` before the value to repeat; text that begins with `*` needs quotes"
        )
    }))
}

pub(super) fn alias_in_itself(span: Span, written: &str) -> Diagnostic {
    invalid(
        span,
        format!("`{written}` stands inside of the value it repeats"),
    )
    .help("a value cannot contain itself; write out what is meant here")
}

pub(super) fn missing_key(span: Span) -> Diagnostic {
    invalid(span, "a key is missing here")
        .help("write the key before the colon; text that begins with `?` or `:` needs quotes")
}

pub(super) fn collection_as_key(node: &Node) -> Diagnostic {
    invalid(node.span, format!("{} cannot be a key", node.describe()))
        .help("a key is text; text with brackets or braces needs quotes")
}

/// `{{ x }}` as a value.
pub(super) fn braces_without_quotes(span: Span, written: &str) -> Diagnostic {
    invalid(
        span,
        format!("`{written}` is a mapping in a mapping without quotes"),
    )
    .help(format!("write `{}`", in_quotes(written)))
}

pub(super) fn several_documents(span: Span) -> Diagnostic {
    invalid(span, "a second document begins here")
        .help("a flow file is one document: write each flow to its own file")
}

pub(super) fn empty(span: Span) -> Diagnostic {
    invalid(span, "the file is empty")
        .help("begin with `flow: a-name` and `tasks:`; `flowc init` writes a first flow")
}

pub(super) fn too_many_bytes(span: Span, bytes: usize) -> Diagnostic {
    too_large(span, format!("the file has {} MB", bytes >> 20))
        .help(format!("at most {} MB are read", MAX_BYTES >> 20))
}

/// Nested deeper than [`MAX_DEPTH`].
pub(super) fn too_deep(span: Span) -> Diagnostic {
    too_large(
        span,
        format!("more than {MAX_DEPTH} lists and mappings lie in one another"),
    )
    .says("the first one too many")
    .help("no flow needs this depth; look for a bracket that is never closed")
}

pub(super) fn too_many_nodes(span: Span) -> Diagnostic {
    too_large(span, format!("the file has more than {MAX_NODES} values"))
        .help("split the flow into sub-flows of their own files")
}

pub(super) fn too_much_expansion(span: Span) -> Diagnostic {
    too_large(span, "aliases repeat too much of the file")
        .says("with this one")
        .help("an alias of many aliases grows fast; write out what the flow needs")
}

/// The text in the quotes that need no escape, if there are such.
pub(super) fn in_quotes(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

fn invalid(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("invalid-yaml", span, message)
}

fn too_large(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("too-large", span, message)
}
