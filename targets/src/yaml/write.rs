//! Lines, indentation and comments.

mod flow;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::scalar::{self, Kinds, Position};
use super::seen::Seen;
use super::{Kind, ListStyle, Map, StringStyle, Yaml};

/// The column that lists in brackets and folded lines try not to pass.
pub(super) const WIDTH: usize = 120;

/// Some readers refuse a key that is longer than this, unless `?` announces it.
const LONGEST_PLAIN_KEY: usize = 1000;

pub(super) fn document(header: &str, root: &Map) -> String {
    let mut writer = Writer::new(header);
    if root.is_empty() {
        writer.out.push_str("{}\n");
    } else {
        writer.map(root, 0, false);
    }
    writer.out
}

pub(super) struct Writer {
    pub(super) out: String,
    /// How many bytes of the whole text are spaces that lines begin with.
    pub(super) indentation: usize,
    /// Whether the last thing written was a `|+` block, to which an empty line would belong.
    pub(super) keeps_breaks: bool,
}

impl Writer {
    /// A text that begins with these lines as comments.
    pub(super) fn new(header: &str) -> Self {
        let mut writer = Self {
            out: String::new(),
            indentation: 0,
            keeps_breaks: false,
        };
        for line in header.lines() {
            writer.comment_line(line);
        }
        writer
    }

    /// The entries of a map; the first one goes on in a line that has begun when `inline`.
    pub(super) fn map(&mut self, map: &Map, indent: usize, inline: bool) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 || !inline {
                self.before(value, indent, index > 0);
                self.indent(indent);
            }
            match value.kind {
                // The merge key is one only when it is plain.
                Kind::Alias(_) if key == "<<" => self.out.push_str("<<:"),
                _ => self.key(key.into(), indent),
            }
            self.value_of_key(value, indent);
        }
    }

    pub(super) fn key(&mut self, key: Seen<'_>, indent: usize) {
        let start = self.out.len();
        key.write(&mut self.out, Position::Block);
        if self.out.len() - start > LONGEST_PLAIN_KEY {
            self.out.insert_str(start, "? ");
            self.out.push('\n');
            self.indent(indent);
        }
        self.out.push(':');
    }

    pub(super) fn value_of_key(&mut self, value: &Yaml, indent: usize) {
        if let Some(anchor) = value.anchor_name() {
            let _ = write!(self.out, " &{anchor}");
        }
        match &value.kind {
            Kind::Map(map) if !map.is_empty() => {
                self.out.push(' ');
                if !self.flow_map(value, map) {
                    self.out.pop();
                    self.end_line(value.comment_at_end());
                    self.map(map, indent + 2, false);
                }
            }
            Kind::List(elements, style) if !elements.is_empty() => {
                self.out.push(' ');
                if !self.flow_list(value, elements, *style) {
                    self.out.pop();
                    self.end_line(value.comment_at_end());
                    self.list(elements, *style, indent + 2, false);
                }
            }
            _ => {
                self.out.push(' ');
                self.one_value(value, indent + 2);
            }
        }
    }

    /// The elements of a list; the first one goes on in a line that has begun when `inline`.
    fn list(&mut self, elements: &[Yaml], style: ListStyle, indent: usize, inline: bool) {
        for (index, element) in elements.iter().enumerate() {
            if index > 0 || !inline {
                if index > 0 && style == ListStyle::Spaced {
                    self.blank_line();
                }
                self.before_element(element, indent, index > 0);
                self.indent(indent);
            }
            self.out.push_str("- ");
            if let (Some(anchor), Kind::String(..)) = (element.anchor_name(), &element.kind) {
                let _ = write!(self.out, "&{anchor} ");
            }
            match &element.kind {
                Kind::Map(map) if !map.is_empty() => {
                    if !self.flow_map(element, map) {
                        self.map(map, indent + 2, true);
                    }
                }
                Kind::List(elements, style) if !elements.is_empty() => {
                    if !self.flow_list(element, elements, *style) {
                        self.list(elements, *style, indent + 2, true);
                    }
                }
                _ => self.one_value(element, indent + 2),
            }
        }
    }

    /// A scalar or an empty list or map, to the end of its line or block.
    fn one_value(&mut self, value: &Yaml, indent: usize) {
        match &value.kind {
            Kind::String(text, style) => self.text(text, style, value.comment_at_end(), indent),
            _ => {
                self.plain_value(value);
                self.end_line(value.comment_at_end());
            }
        }
    }

    /// A string as it is best read, to the end of its line or block.
    pub(super) fn text_as_it_is(&mut self, text: &str, comment: Option<&str>, indent: usize) {
        let kinds = Kinds::of(text);
        if !kinds.is_one_line() && scalar::can_be_literal(text, kinds) {
            return self.literal(text, comment, indent);
        }
        scalar::string_of(&mut self.out, text, kinds, Position::Block);
        self.end_line(comment);
    }

    /// What was written from `start` on as a string, as it is best read, to the end of its line or block.
    pub(super) fn settle(
        &mut self,
        start: usize,
        kinds: Kinds,
        comment: Option<&str>,
        indent: usize,
    ) {
        if !kinds.is_one_line() && scalar::can_be_literal(&self.out[start..], kinds) {
            let text = self.out.split_off(start);
            return self.literal(&text, comment, indent);
        }
        scalar::settle(&mut self.out, start, kinds, Position::Block);
        self.end_line(comment);
    }

    /// A string in a style, to the end of its line or block.
    pub(super) fn text(
        &mut self,
        text: &str,
        style: &StringStyle,
        comment: Option<&str>,
        indent: usize,
    ) {
        match style {
            StringStyle::Quoted => scalar::quoted(&mut self.out, text),
            StringStyle::Auto => return self.text_as_it_is(text, comment, indent),
            StringStyle::Folded => {
                let lines = folded_lines(text, WIDTH.saturating_sub(indent).max(40));
                if lines.len() > 1 && scalar::can_be_folded(&lines) {
                    return self.folded(&lines, comment, indent);
                }
                scalar::string(&mut self.out, text, Position::Block);
            }
            StringStyle::FoldedAt(lines) if lines.len() > 1 && scalar::can_be_folded(lines) => {
                return self.folded(lines, comment, indent);
            }
            StringStyle::FoldedAt(_) => scalar::string(&mut self.out, text, Position::Block),
        }
        self.end_line(comment);
    }

    fn plain_value(&mut self, value: &Yaml) {
        match &value.kind {
            Kind::Null => self.out.push_str("null"),
            Kind::Boolean(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Kind::Integer(value) => {
                let _ = write!(self.out, "{value}");
            }
            Kind::Number(value) => scalar::number(&mut self.out, *value),
            Kind::String(text, _) => scalar::string(&mut self.out, text, Position::Block),
            Kind::List(..) => self.out.push_str("[]"),
            Kind::Map(..) => self.out.push_str("{}"),
            Kind::Alias(name) => {
                let _ = write!(self.out, "*{name}");
            }
        }
    }

    fn literal(&mut self, text: &str, comment: Option<&str>, indent: usize) {
        let without_breaks = text.trim_end_matches('\n');
        let breaks = text.len() - without_breaks.len();
        self.out.push_str(match breaks {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        self.end_line(comment);
        for line in without_breaks.split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
                self.indentation += line.len() - line.trim_start_matches(' ').len();
            }
            self.out.push('\n');
        }
        for _ in 1..breaks {
            self.out.push('\n');
        }
        self.keeps_breaks = breaks > 1;
    }

    fn folded(&mut self, lines: &[impl AsRef<str>], comment: Option<&str>, indent: usize) {
        self.out.push_str(">-");
        self.end_line(comment);
        for line in lines {
            self.indent(indent);
            self.out.push_str(line.as_ref());
            self.out.push('\n');
        }
    }

    /// The comments above an element, and above the first entry of a map that is one.
    fn before_element(&mut self, element: &Yaml, indent: usize, blank: bool) {
        self.before(element, indent, blank);
        let first = match &element.kind {
            Kind::Map(map) => {
                // `- # comment` would be hard to read, so the comment of the map goes above too.
                if let Some(comment) = element.comment_at_end()
                    && !map.is_empty()
                {
                    self.comment_lines(indent, comment);
                }
                map.iter().next().map(|(_, value)| value)
            }
            Kind::List(elements, _) => elements.first(),
            _ => None,
        };
        match first {
            Some(first) if matches!(element.kind, Kind::List(..)) => {
                self.before_element(first, indent, false);
            }
            Some(first) => self.before(first, indent, false),
            None => {}
        }
    }

    fn before(&mut self, value: &Yaml, indent: usize, blank: bool) {
        let Some(notes) = &value.notes else {
            return;
        };
        if notes.blank_before && blank {
            self.blank_line();
        }
        for comment in &notes.above {
            self.comment_lines(indent, comment);
        }
    }

    pub(super) fn comment_lines(&mut self, indent: usize, comment: &str) {
        for line in comment.lines() {
            self.indent(indent);
            self.comment_line(line);
        }
    }

    fn comment_line(&mut self, line: &str) {
        self.out.push('#');
        if !line.trim().is_empty() {
            self.out.push(' ');
            self.out.push_str(&printable(line.trim_end()));
        }
        self.out.push('\n');
    }

    /// A line break, behind the comment of the line.
    #[inline]
    pub(super) fn end_line(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.out.push_str(" # ");
            self.out.push_str(&printable(comment.trim()));
        }
        self.out.push('\n');
        self.keeps_breaks = false;
    }

    pub(super) fn blank_line(&mut self) {
        if !self.keeps_breaks && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    pub(super) fn indent(&mut self, indent: usize) {
        // Too many and then fewer: so many that it is known here are written without a call.
        const SPACES: &str = "                                ";
        self.indentation += indent;
        let end = self.out.len() + indent;
        while self.out.len() < end {
            self.out.push_str(SPACES);
        }
        self.out.truncate(end);
    }
}

/// A comment's text on one line; a line break in it would end the comment.
fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(scalar::is_printable) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            _ if scalar::is_printable(character) => character,
            _ => '\u{fffd}',
        })
        .collect::<String>()
        .into()
}

/// Breaks a text at single spaces into lines of at most `width`, best before an operator.
fn folded_lines(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.chars().count() > width {
        let Some(at) = best_break(rest, width) else {
            break;
        };
        lines.push(&rest[..at]);
        rest = &rest[at + 1..];
    }
    lines.push(rest);
    lines
}

/// The space where a line is best broken.
fn best_break(text: &str, width: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let limit = text
        .char_indices()
        .nth(width)
        .map_or(text.len(), |(at, _)| at);
    let spaces = text.match_indices(' ').map(|(at, _)| at).filter(|at| {
        let neighbours = [at.checked_sub(1), Some(at + 1)];
        neighbours.iter().all(|at| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|byte| *byte != b' ')
        })
    });
    let spaces: Vec<usize> = spaces.collect();
    let fitting = spaces.iter().copied().take_while(|at| *at <= limit);
    let operator = fitting.clone().filter(|at| {
        let after = &text[at + 1..];
        *at > limit / 3
            && ["&& ", "|| ", "? ", ": "]
                .iter()
                .any(|mark| after.starts_with(mark))
    });
    operator
        .last()
        .or_else(|| fitting.last())
        .or_else(|| spaces.iter().copied().find(|at| *at > limit))
}
