//! What to say when a text is not YAML.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

use super::events::SyntaxError;
use super::place::{Place, line_at};
use super::report::{self, in_quotes};

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
        return report::too_deep(Span::new(file, place.character()));
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

fn explain(place: &Place<'_>, slip: Slip) -> Report {
    let character = &place.text[place.character()];
    match slip {
        Slip::Tab => tab(place),
        Slip::UnclosedQuote => unclosed_quote(place),
        Slip::TextAfterQuote => text_after_quote(place),
        Slip::Escape => escape(place),
        Slip::FlowSequence | Slip::FlowMapping | Slip::InFlow => in_brackets(place, slip),
        Slip::Bracket if matches!(character, "[" | "{") => {
            Report::new(place.character(), format!("`{character}` is not closed"))
                .says("opened here")
                .help("brackets close in the order they were opened in, the last one first")
        }
        Slip::Bracket => Report::new(place.character(), format!("`{character}` closes nothing"))
            .help("text with brackets needs quotes"),
        Slip::SecondColon => expression(place).unwrap_or_else(|| colon(place)),
        Slip::NoColon => key_without_colon(place, place.words()),
        Slip::MappingIndentation | Slip::SequenceIndentation => indentation(place),
        Slip::Reserved(_) => Report::new(
            place.character(),
            match character {
                "`" => "text cannot begin with a backtick without quotes".to_owned(),
                _ => format!("text cannot begin with `{character}` without quotes"),
            },
        )
        .help("put the value in quotes"),
        Slip::BlockHeader => Report::new(
            place.words_after(),
            "a block of text begins on the line after `|` or `>`",
        )
        .help("write `|`, `|-` or `>-` alone, and the text indented below it"),
        Slip::BlockIndentation => Report::new(
            place.words_after(),
            "this line of a text block is indented otherwise than its first line",
        )
        .help("indent all lines of the block at least as far as its first line"),
        Slip::AnchorName => Report::new(place.character(), format!("`{character}` needs a name"))
            .help("text that begins with `*` or `&` needs quotes"),
        Slip::Comment => Report::new(place.character(), "a comment cannot stand here")
            .help("put a space before `#`, or quotes around text that has a `#`"),
        Slip::Tag => Report::new(place.character(), "this is not a tag")
            .help("text that begins with `!` needs quotes"),
        Slip::Directive => Report::new(
            place.words(),
            "a line that begins with `%` is a directive, and this one is not known",
        )
        .help("remove the line, or put quotes around text that begins with `%`"),
        Slip::AfterDocument => {
            Report::new(place.words_after(), "the document has ended before this")
                .help("a flow file is one document; remove `...`")
        }
        Slip::End => Report::new(place.at..place.at, "the file ends in the middle of a value"),
        Slip::Nesting | Slip::Other => {
            Report::new(place.character(), "this is not YAML at this place")
        }
    }
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
        .or_else(|| place.before().rfind('\t').map(|at| place.line_start + at))
        .unwrap_or(place.at);
    let tabs = place.text[at..].bytes().take_while(|byte| *byte == b'\t');
    Report::new(at..at + tabs.count(), "a tab cannot indent YAML")
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
    let single = place.before().trim_end().ends_with('\'');
    Report::new(place.words_after(), "text goes on after its closing quote").help(if single {
        "inside single quotes, `''` is one quote"
    } else {
        "inside double quotes, `\\\"` is a quote; or put the whole value in single quotes"
    })
}

/// The parser points at the opening quote; the first bad escape after it is meant.
fn escape(place: &Place<'_>) -> Report {
    let text = &place.text[place.at..];
    let mut characters = text.char_indices();
    let found = loop {
        let Some((at, character)) = characters.next() else {
            break None;
        };
        if character == '\\'
            && let Some((_, escaped)) = characters.next()
            && let Some(length) = bad_escape(&text[at..], escaped)
        {
            break Some(place.at + at..place.at + at + length);
        }
    };
    let range = found.unwrap_or(place.character());
    let written = &place.text[range.clone()];
    Report::new(
        range,
        format!("`{written}` is not an escape of double-quoted text"),
    )
    .help("write `\\\\` for a backslash, or use single quotes, where a backslash is itself")
}

/// How long the escape that `text` begins with is, when it is none.
fn bad_escape(text: &str, escaped: char) -> Option<usize> {
    const KNOWN: &str = "0abt\tnvfre \"/\\N_LP\n\r";
    let digits = match escaped {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ if KNOWN.contains(escaped) => return None,
        _ => return Some(1 + escaped.len_utf8()),
    };
    let hex = text[2..].bytes().take_while(u8::is_ascii_hexdigit).count();
    let code = text
        .get(2..2 + digits)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let is_character = code.is_some_and(|code| char::from_u32(code).is_some());
    (!is_character).then_some(2 + hex.min(digits))
}

fn expression(place: &Place<'_>) -> Option<Report> {
    let range = place.expression()?;
    let written = &place.text[range.clone()];
    let report = Report::new(range, format!("`{written}` needs quotes here"));
    Some(report.help(format!(
        "write `{}`: braces, commas and `: ` have their own meaning in YAML",
        in_quotes(written)
    )))
}

fn in_brackets(place: &Place<'_>, slip: Slip) -> Report {
    if let Some(report) = expression(place) {
        return report;
    }
    // The bracket that is open is what has to be mended, on whatever line it stands.
    let opens = place.after().starts_with(['[', '{']) && slip != Slip::InFlow;
    let open = if opens {
        Some(place.at)
    } else {
        place.open_bracket()
    };
    let closing = match open.map(|at| &place.text[at..=at]) {
        Some("[") => "]",
        Some(_) => "}",
        None => match slip {
            Slip::FlowSequence => "]",
            _ => "}",
        },
    };
    if let Some(at) = open
        && (opens || place.at >= place.text.len() || place.text[at..place.at].contains('\n'))
    {
        let bracket = &place.text[at..=at];
        return Report::new(at..at + 1, format!("`{bracket}` is not closed"))
            .says("opened here")
            .help(format!(
                "close it with `{closing}`; text with brackets needs quotes"
            ));
    }
    if slip == Slip::InFlow {
        return Report::new(place.character(), "this cannot stand between brackets")
            .help("close the bracket first, or put quotes around the text");
    }
    let start = match place.after().starts_with(':') {
        true => place.line_start + last_word(place.before()),
        false => place.at,
    };
    Report::new(
        start..place.character().end,
        format!("a comma or `{closing}` is missing before this"),
    )
    .help("a comma stands between elements; text with brackets, braces or commas needs quotes")
}

/// Where the last word or quoted text begins.
fn last_word(before: &str) -> usize {
    let words = before.trim_end();
    match words.strip_suffix('"') {
        Some(quoted) => quoted.rfind('"').unwrap_or(words.len()),
        None => words
            .rfind([' ', ',', '{', '['])
            .map_or(0, |found| found + 1),
    }
}

fn colon(place: &Place<'_>) -> Report {
    if let Some(key) = place.before().find(": ") {
        return second_colon(place, place.line_start + key + 2);
    }
    let Some(before) = place.words_before() else {
        return key_without_colon(place, place.words());
    };
    let line = &place.text[before.clone()];
    if missing_space(line).is_some() || !line.contains(':') {
        return key_without_colon(place, before);
    }
    if line.contains(": ") {
        return Report::new(
            place.words(),
            "a mapping cannot begin here: the key before it already has a value",
        )
        .help("align this key with the others, or remove the value above it");
    }
    Report::new(place.character(), "a key cannot stand here")
        .help("text with a colon needs quotes; a key begins on its own line")
}

/// `run: echo "a: b"`: the first colon made a key, the second one cannot.
fn second_colon(place: &Place<'_>, value_start: usize) -> Report {
    let value = line_at(place.text, value_start).trim();
    Report::new(
        place.character(),
        "a second colon in one line: the text needs quotes",
    )
    .says("YAML reads a key before this")
    .help(if value.starts_with(['"', '\'']) || value.len() > 60 {
        "put the whole value in quotes, or below `|`".to_owned()
    } else {
        format!("write `{}`, or the text below `|`", in_quotes(value))
    })
}

fn key_without_colon(place: &Place<'_>, line: Range<usize>) -> Report {
    let words = &place.text[line.clone()];
    if let Some(at) = missing_space(words) {
        let colon = line.start + at;
        return Report::new(colon..colon + 1, "a space is missing after the colon")
            .says("without a space, this is part of the text")
            .help(format!("write `{}: {}`", &words[..at], &words[at + 1..]));
    }
    let key = words.split(' ').next().unwrap_or(words);
    let report = Report::new(line, "this line has no colon, so it is no key");
    if key.is_empty() {
        return report;
    }
    report.help(format!(
        "write `{key}:`, or indent the line when it goes on with a text"
    ))
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
    let is_element =
        place.after().starts_with("- ") || place.after() == "-" || place.before().trim() == "-";
    if is_element {
        let at = match place.before().find('-') {
            Some(found) => place.line_start + found,
            None => place.at,
        };
        return Report::new(at..at + 1, "an element of a list cannot stand here")
            .help("begin the list on the line after its key, and align its elements");
    }
    Report::new(
        place.words(),
        "this line is indented unlike the lines it belongs to",
    )
    .help("align it with the keys of its mapping, or the elements of its list")
}
