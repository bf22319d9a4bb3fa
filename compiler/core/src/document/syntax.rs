//! What to say when a text is not YAML.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

use super::events::SyntaxError;

/// The slips that end in text that is not YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// A tab where YAML wants spaces.
    Tab,
    /// A quote without its partner.
    UnclosedQuote,
    /// Text after a closing quote.
    TextAfterQuote,
    /// A backslash with an unknown letter.
    Escape,
    /// `[` without its `]`, or no comma between elements.
    FlowSequence,
    /// `{` without its `}`, or no comma between entries.
    FlowMapping,
    /// Something between brackets that only stands outside of them.
    InFlow,
    /// A closing bracket that nothing opened.
    Bracket,
    /// `key: value: value`
    SecondColon,
    /// A key without its colon.
    NoColon,
    /// A key in a column where no mapping has its keys.
    MappingIndentation,
    /// An element in a column where no list has its elements.
    SequenceIndentation,
    /// A character that cannot begin plain text.
    Reserved(char),
    /// Something after `|` or `>`.
    BlockHeader,
    /// A line of a block that stands too far left.
    BlockIndentation,
    /// `&` or `*` without a name.
    AnchorName,
    /// A comment in a place where there can be none.
    Comment,
    /// Too deep.
    Nesting,
    /// A tag that is none.
    Tag,
    /// A `%` line at the beginning.
    Directive,
    /// Something after the end of the document.
    AfterDocument,
    /// The text ends too early.
    End,
    /// Anything else.
    Other,
}

/// The diagnostic for a text that stops being YAML.
pub(super) fn diagnostic(file: FileId, text: &str, error: &SyntaxError) -> Diagnostic {
    let place = Place::new(text, error.at);
    if error.slip == Slip::Nesting {
        return super::too_deep(Span::new(file, place.character()));
    }
    let report = explain(&place, error.slip);
    let mut diagnostic = Diagnostic::error(
        "invalid-yaml",
        Span::new(file, report.range),
        report.message,
    )
    .says(report.label);
    for help in report.help {
        diagnostic = diagnostic.help(help);
    }
    diagnostic
}

/// The words for one slip.
struct Report {
    range: Range<usize>,
    message: String,
    label: String,
    help: Vec<String>,
}

impl Report {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            label: String::new(),
            help: Vec::new(),
        }
    }

    fn says(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// A byte of the text and what is around it.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line_start: usize,
}

impl<'a> Place<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line_start = text[..at].rfind(['\n', '\r']).map_or(0, |found| found + 1);
        Self {
            text,
            at,
            line_start,
        }
    }

    /// The line, without its break.
    fn line(&self) -> &'a str {
        line_at(self.text, self.line_start)
    }

    /// What the line says before the place.
    fn before(&self) -> &'a str {
        &self.text[self.line_start..self.at]
    }

    /// What the line says from the place on.
    fn after(&self) -> &'a str {
        line_at(self.text, self.at)
    }

    /// The character at the place; empty at the end of a line.
    fn character(&self) -> Range<usize> {
        let length = self.after().chars().next().map_or(0, char::len_utf8);
        self.at..self.at + length
    }

    /// The nearest line before this one that says something, with its start.
    fn line_before(&self) -> Option<(usize, &'a str)> {
        let mut end = self.line_start;
        while end > 0 {
            let before = self.text[..end].trim_end_matches(['\n', '\r']);
            let start = before.rfind(['\n', '\r']).map_or(0, |found| found + 1);
            let line = &before[start..];
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                return Some((start, line));
            }
            if start == end {
                return None;
            }
            end = start;
        }
        None
    }
}

fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())]
}

fn explain(place: &Place<'_>, slip: Slip) -> Report {
    match slip {
        Slip::Tab => tab(place),
        Slip::UnclosedQuote => unclosed_quote(place),
        Slip::TextAfterQuote => text_after_quote(place),
        Slip::Escape => escape(place),
        Slip::FlowSequence | Slip::FlowMapping | Slip::InFlow => in_flow(place, slip),
        Slip::Bracket => Report::new(
            place.character(),
            format!("`{}` closes nothing", &place.text[place.character()]),
        )
        .help("text that begins with a bracket needs quotes"),
        Slip::SecondColon | Slip::NoColon => colon(place),
        Slip::MappingIndentation | Slip::SequenceIndentation => indentation(place),
        Slip::Reserved(character) => reserved(place, character),
        Slip::BlockHeader => Report::new(
            trimmed(place, place.after()),
            "a block of text begins on the line after `|` or `>`",
        )
        .help("write `|`, `|-` or `>-` alone, and the text indented below it"),
        Slip::BlockIndentation => Report::new(
            trimmed(place, place.after()),
            "this line of a text block is indented otherwise than its first line",
        )
        .help("indent all lines of the block at least as far as its first line"),
        Slip::AnchorName => Report::new(
            place.character(),
            format!("`{}` needs a name", &place.text[place.character()]),
        )
        .help("text that begins with `*` or `&` needs quotes"),
        Slip::Comment => Report::new(place.character(), "a comment cannot stand here")
            .help("put a space before `#`, or quotes around text that has a `#`"),
        Slip::Tag => Report::new(place.character(), "this is not a tag")
            .help("text that begins with `!` needs quotes"),
        Slip::Directive => Report::new(
            trimmed(place, place.line()),
            "a line that begins with `%` is a directive, and this one is not known",
        )
        .help("remove the line, or put quotes around text that begins with `%`"),
        Slip::AfterDocument => Report::new(
            trimmed(place, place.after()),
            "the document has ended before this",
        )
        .help("a flow file is one document; remove `...`"),
        Slip::End => Report::new(place.at..place.at, "the file ends in the middle of a value"),
        Slip::Nesting | Slip::Other => {
            Report::new(place.character(), "this is not YAML at this place")
        }
    }
}

/// The words of `line`, which begins at the place or at its line's start.
fn trimmed(place: &Place<'_>, line: &str) -> Range<usize> {
    let start = if line.len() == place.line().len() {
        place.line_start
    } else {
        place.at
    };
    let indentation = line.len() - line.trim_start().len();
    start + indentation..start + indentation + line.trim().len()
}

fn tab(place: &Place<'_>) -> Report {
    // The parser notices late or early; the tab itself is what the reader has to see.
    let in_line = |start: usize| {
        let line = line_at(place.text, start);
        let indentation = line.len() - line.trim_start().len();
        line[..indentation].find('\t').map(|found| start + found)
    };
    let next_line = place.text[place.at..]
        .find('\n')
        .map(|found| place.at + found + 1);
    let at = in_line(place.line_start)
        .or_else(|| next_line.and_then(in_line))
        .or_else(|| place.text[..place.at].ends_with('\t').then(|| place.at - 1))
        .unwrap_or(place.at);
    let length = place.text[at..]
        .bytes()
        .take_while(|byte| *byte == b'\t')
        .count();
    Report::new(at..at + length, "a tab cannot indent YAML")
        .says("a tab")
        .help("indent with spaces")
}

fn unclosed_quote(place: &Place<'_>) -> Report {
    let quote = &place.text[place.character()];
    Report::new(
        place.character(),
        format!("the text after `{quote}` has no closing quote"),
    )
    .says("opened here")
    .help(if quote == "'" {
        "close it with `'`; inside of it, `''` is one quote"
    } else {
        "close it with `\"`; inside of it, `\\\"` is a quote"
    })
}

fn text_after_quote(place: &Place<'_>) -> Report {
    let report = Report::new(
        trimmed(place, place.after()),
        "text goes on after its closing quote",
    );
    if place.before().trim_end().ends_with('\'') {
        report.help("inside single quotes, `''` is one quote")
    } else {
        report.help(
            "inside double quotes, `\\\"` is a quote; or put the whole value in single quotes",
        )
    }
}

fn escape(place: &Place<'_>) -> Report {
    let after = place.after();
    let start = match place.before().rfind('\\') {
        Some(found) if !after.starts_with('\\') => place.line_start + found,
        _ => place.at,
    };
    let length: usize = line_at(place.text, start)
        .chars()
        .take(2)
        .map(char::len_utf8)
        .sum();
    let range = start..start + length;
    let written = &place.text[range.clone()];
    Report::new(
        range,
        format!("`{written}` is not an escape of double-quoted text"),
    )
    .help("write `\\\\` for a backslash, or use single quotes, where a backslash is itself")
}

/// Expressions and braces in a value make most of these.
fn in_flow(place: &Place<'_>, slip: Slip) -> Report {
    if let Some(at) = expression_near(place) {
        return unquoted_expression(place, at);
    }
    let opened = innermost_open_bracket(place.text, place.at);
    let (message, help) = match (
        slip,
        place.after().is_empty() || place.at == place.text.len(),
    ) {
        (Slip::FlowSequence, true) => ("the list has no closing `]`", "close it with `]`"),
        (Slip::FlowMapping, true) => ("the mapping has no closing `}`", "close it with `}`"),
        (Slip::FlowSequence, false) => (
            "a list in brackets goes on with `,` or ends with `]`",
            "write a comma between elements; text with brackets, braces or commas needs quotes",
        ),
        (Slip::FlowMapping, false) => (
            "a mapping in braces goes on with `,` or ends with `}`",
            "write a comma between entries; text with brackets, braces or commas needs quotes",
        ),
        _ => (
            "this cannot stand between brackets",
            "close the bracket first, or put quotes around the text",
        ),
    };
    let mut report = match opened {
        // The bracket that is open is what has to be mended, on whatever line it stands.
        Some(at) if slip_of_unclosed(place, at) => Report::new(
            at..at + 1,
            format!("`{}` is not closed", &place.text[at..at + 1]),
        )
        .says("opened here"),
        _ => Report::new(place.character(), message),
    };
    report.help.push(help.to_owned());
    report
}

/// Whether the text went on over a line that looks like a new key.
fn slip_of_unclosed(place: &Place<'_>, opened: usize) -> bool {
    place.at >= place.text.len() || place.text[opened..place.at].contains('\n')
}

fn innermost_open_bracket(text: &str, end: usize) -> Option<usize> {
    let mut open = Vec::new();
    let from = text[..end].rfind("\n\n").unwrap_or(0);
    for (at, character) in text[from..end].char_indices() {
        match character {
            '[' | '{' => open.push(from + at),
            ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// The start of `{{` or `${{` just around the place.
fn expression_near(place: &Place<'_>) -> Option<usize> {
    let line = place.line();
    let column = place.at - place.line_start;
    let found = line
        .match_indices("{{")
        .map(|(at, _)| at)
        .take_while(|at| *at <= column + 2)
        .last()?;
    let start = if line[..found].ends_with('$') {
        found - 1
    } else {
        found
    };
    let closed = line[found..]
        .find("}}")
        .map_or(line.len(), |end| found + end + 2);
    (column <= closed).then_some(place.line_start + start)
}

fn unquoted_expression(place: &Place<'_>, at: usize) -> Report {
    let rest = line_at(place.text, at);
    let length = rest.find("}}").map_or(rest.trim_end().len(), |end| end + 2);
    let range = at..at + length;
    let written = &place.text[range.clone()];
    let quoted = if written.contains('"') {
        format!("'{}'", written.replace('\'', "''"))
    } else {
        format!("\"{written}\"")
    };
    Report::new(range, format!("`{written}` needs quotes here")).help(format!(
        "write `{quoted}`: braces, and a colon before a space, have a meaning in YAML"
    ))
}

fn colon(place: &Place<'_>) -> Report {
    if let Some(at) = expression_near(place) {
        return unquoted_expression(place, at);
    }
    let before = place.before();
    let key = before.find(": ");
    if let Some(key) = key {
        // `run: echo "a: b"`: the first colon made a key, the second one cannot.
        let start = place.line_start + key + 2;
        let value = line_at(place.text, start);
        let indentation = value.len() - value.trim_start().len();
        let value = value.trim();
        return Report::new(
            place.character(),
            "a second colon in one line: the text needs quotes",
        )
        .says("YAML reads a key before this")
        .help(if value.starts_with(['"', '\'']) || value.len() > 60 {
            "put the whole value in quotes, or below `|`".to_owned()
        } else {
            let _ = indentation;
            format!(
                "write `'{}'`, or the text below `|`",
                value.replace('\'', "''")
            )
        });
    }
    if let Some((start, line)) = place.line_before() {
        let words = line.trim();
        if let Some(at) = missing_space(words) {
            let colon = start + (line.len() - line.trim_start().len()) + at;
            return Report::new(colon..colon + 1, "a space is missing after the colon")
                .says("without a space, this is part of the text")
                .help(format!("write `{}: {}`", &words[..at], &words[at + 1..]));
        }
        if line.trim_start().contains(": ") {
            return Report::new(
                trimmed(place, place.line()),
                "a mapping cannot begin here: the key before it already has a value",
            )
            .label_free_help("align this key with the others, or remove the value above it");
        }
        if !words.ends_with(':') {
            let start = start + (line.len() - line.trim_start().len());
            return Report::new(start..start + words.len(), "this key has no colon")
                .help(format!("write `{words}:`"));
        }
    }
    Report::new(place.character(), "a key cannot stand here")
        .help("text with a colon needs quotes; a key begins on its own line")
}

impl Report {
    fn label_free_help(self, help: &str) -> Self {
        self.help(help)
    }
}

/// The colon of `key:value`, when the line is nothing else.
fn missing_space(line: &str) -> Option<usize> {
    let at = line.find(':')?;
    let is_key = !line[..at].is_empty()
        && line[..at]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (is_key && at + 1 < line.len() && !line[at + 1..].starts_with([' ', '/'])).then_some(at)
}

fn indentation(place: &Place<'_>) -> Report {
    if place.after().starts_with("- ") || place.after() == "-" || place.before().trim() == "-" {
        let at = match place.before().find('-') {
            Some(found) => place.line_start + found,
            None => place.at,
        };
        return Report::new(at..at + 1, "an element of a list cannot stand here")
            .help("begin the list on the line after its key, and align its elements");
    }
    Report::new(
        trimmed(place, place.line()),
        "this line is indented unlike the lines it belongs to",
    )
    .help("align it with the keys of its mapping, or the elements of its list")
}

fn reserved(place: &Place<'_>, character: char) -> Report {
    Report::new(
        place.character(),
        format!("text cannot begin with `{character}` without quotes"),
    )
    .help("put the value in quotes")
}
