//! Plain YAML, the way nearly every flow is written, read much faster than a parser of all YAML can.
//!
//! One pass over the lines, for a part of YAML in which a line says by itself what it is: block
//! mappings and lists, scalars and flow collections on one line, literal blocks, comments. At the
//! first thing beyond that the reader stops, and the text is read again by the parser that knows
//! everything. So nothing here reports a problem, and whatever is read here is read as the parser
//! would read it; the tests compare the two.

mod block;
mod bytes;

use std::borrow::Cow;
use std::ops::Range;

use super::events::{Event, Properties, Style};
use block::Block;
use bytes::{Kind, is_word_byte};

/// The text holds something that is not read here.
pub(super) struct Beyond;

/// How deep collections are followed.
const MAX_DEPTH: usize = 32;

/// The longest key; the parser has a bound too.
const MAX_KEY: usize = 1000;

/// Gives every event of the one document in `text` to `take`, with its byte range.
pub(super) fn read<'a>(
    text: &'a str,
    take: impl FnMut(Event<'a>, Range<usize>) -> Result<(), Beyond>,
) -> Result<(), Beyond> {
    // Line breaks of other alphabets, and a byte order mark, are the parser's business.
    if !text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']) {
        return Err(Beyond);
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
        awaits_value: false,
        take,
    };
    reader.document()
}

struct Reader<'a, F> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    /// Whether a key stands at the end of a line, and its value is to come below.
    awaits_value: bool,
    take: F,
}

/// A block collection that has begun.
#[derive(Clone, Copy)]
struct Open {
    indent: usize,
    sequence: bool,
}

impl<'a, F: FnMut(Event<'a>, Range<usize>) -> Result<(), Beyond>> Reader<'a, F> {
    fn document(&mut self) -> Result<(), Beyond> {
        while let Some(indent) = self.next_line()? {
            self.enter(indent)?;
            self.line(indent)?;
        }
        if self.awaits_value || self.open.is_empty() {
            return Err(Beyond);
        }
        while self.open.pop().is_some_and(|open| self.end(open).is_ok()) {}
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn event(&mut self, event: Event<'a>, range: Range<usize>) -> Result<(), Beyond> {
        (self.take)(event, range)
    }

    fn scalar(
        &mut self,
        text: impl Into<Cow<'a, str>>,
        style: Style,
        range: Range<usize>,
    ) -> Result<(), Beyond> {
        let event = Event::Scalar {
            text: text.into(),
            style,
            properties: Properties::default(),
        };
        self.event(event, range)
    }

    /// Begins a collection; the parser says of each kind where it does.
    fn begin(&mut self, open: Open, at: usize) -> Result<(), Beyond> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Beyond);
        }
        self.open.push(open);
        let (flow, properties) = (false, Properties::default());
        let event = if open.sequence {
            Event::SequenceStart { flow, properties }
        } else {
            Event::MappingStart { flow, properties }
        };
        self.event(event, at..at)
    }

    fn end(&mut self, open: Open) -> Result<(), Beyond> {
        let event = if open.sequence {
            Event::SequenceEnd
        } else {
            Event::MappingEnd
        };
        self.event(event, self.at..self.at)
    }

    /// Goes to the next line with content and gives its indentation.
    fn next_line(&mut self) -> Result<Option<usize>, Beyond> {
        loop {
            let indent = self.skip_spaces();
            match self.peek() {
                None => return Ok(None),
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.comment()?,
                Some(b'\t' | b'\r') => return Err(Beyond),
                Some(_) => return Ok(Some(indent)),
            }
        }
    }

    fn skip_spaces(&mut self) -> usize {
        let start = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.at - start
    }

    fn comment(&mut self) -> Result<(), Beyond> {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => break,
                b'\t' | b' '..=b'~' | 0x80.. => self.at += 1,
                _ => return Err(Beyond),
            }
        }
        Ok(())
    }

    /// White space and a comment to the end of the line; says whether the line ended.
    fn line_ends(&mut self) -> Result<bool, Beyond> {
        let spaces = self.skip_spaces();
        match self.peek() {
            None | Some(b'\n') => Ok(true),
            Some(b'#') if spaces > 0 => self.comment().map(|()| true),
            Some(_) => Ok(false),
        }
    }

    fn must_end(&mut self) -> Result<(), Beyond> {
        if self.line_ends()? {
            Ok(())
        } else {
            Err(Beyond)
        }
    }

    /// Whether `- ` stands here.
    fn is_element(&self) -> bool {
        self.bytes[self.at..].starts_with(b"- ")
    }

    /// Where the content of the element begins whose dash stands here.
    fn first_element(&self) -> usize {
        let spaces = self.bytes[self.at + 1..].iter();
        self.at + 1 + spaces.take_while(|byte| **byte == b' ').count()
    }

    /// Ends and begins collections so that the innermost one is the one that the line belongs to.
    fn enter(&mut self, indent: usize) -> Result<(), Beyond> {
        let sequence = self.is_element();
        let here = Open { indent, sequence };
        if self.open.is_empty() {
            return if indent == 0 && !sequence {
                self.begin(here, self.at)
            } else {
                Err(Beyond)
            };
        }
        if std::mem::take(&mut self.awaits_value) {
            let parent = self.open.last().map_or(0, |open| open.indent);
            if indent > parent {
                return self.begin(here, self.at);
            }
            // The elements of a list may stand as far left as the key above them.
            if sequence && indent == parent {
                return self.begin(here, self.first_element());
            }
            return Err(Beyond);
        }
        while let Some(open) = self.open.last().copied() {
            if open.indent < indent || (open.indent == indent && !open.sequence && sequence) {
                return Err(Beyond);
            }
            if open.indent == indent && open.sequence == sequence {
                return Ok(());
            }
            self.open.pop();
            self.end(open)?;
        }
        Err(Beyond)
    }

    /// An element, or a key with its value.
    fn line(&mut self, indent: usize) -> Result<(), Beyond> {
        if !self.is_element() {
            return self.entry(indent);
        }
        self.at += 1;
        let inner = indent + 1 + self.skip_spaces();
        if self.key_length().is_none() {
            return self.value(indent);
        }
        let entries = Open {
            indent: inner,
            sequence: false,
        };
        self.begin(entries, self.at)?;
        self.entry(inner)
    }

    /// The length of the key that stands here, its colon not counted.
    fn key_length(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let length = Kind::Key.run(rest);
        let first = rest.first().is_some_and(|first| is_word_byte(*first));
        let colon = matches!(rest.get(length..length + 2), Some([b':', b' ' | b'\n']));
        (first && colon && length <= MAX_KEY).then_some(length)
    }

    fn key(&mut self) -> Result<(), Beyond> {
        let length = self.key_length().ok_or(Beyond)?;
        let range = self.at..self.at + length;
        self.at = range.end + 1;
        self.scalar(&self.text[range.clone()], Style::Plain, range)
    }

    fn entry(&mut self, indent: usize) -> Result<(), Beyond> {
        self.key()?;
        if self.line_ends()? {
            self.awaits_value = true;
            return Ok(());
        }
        self.value(indent)
    }

    /// A value that begins in this line, of a collection with this indentation.
    fn value(&mut self, indent: usize) -> Result<(), Beyond> {
        match self.peek() {
            Some(b'|') => return self.literal(indent),
            Some(b'[' | b'{') => self.flow(1)?,
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote)?,
            Some(_) => self.plain()?,
            None => return Err(Beyond),
        }
        self.must_end()
    }

    /// A plain scalar, which the next line does not go on: [`Reader::enter`] stops at one that is
    /// further in.
    fn plain(&mut self) -> Result<(), Beyond> {
        let start = self.at;
        if !self.starts_plain(b"$(+<=~^;") {
            return Err(Beyond);
        }
        let mut end = start;
        loop {
            end += Kind::Plain.run(&self.bytes[end..]);
            match self.bytes.get(end) {
                None | Some(b'\n') => break,
                Some(b'#') if self.bytes[end - 1] == b' ' => break,
                Some(b':') if matches!(self.bytes.get(end + 1), None | Some(b' ' | b'\n')) => {
                    return Err(Beyond);
                }
                Some(b'#' | b':') => end += 1,
                Some(_) => return Err(Beyond),
            }
        }
        let text = self.text[start..end].trim_end_matches(' ');
        self.at = start + text.len();
        self.scalar(text, Style::Plain, start..start + text.len())
    }

    fn starts_plain(&self, more: &[u8]) -> bool {
        match (self.peek(), self.bytes.get(self.at + 1)) {
            (Some(b'-'), Some(next)) => is_word_byte(*next) || matches!(next, b'-' | b'/' | b'.'),
            (Some(first), _) => {
                is_word_byte(first) || matches!(first, b'/' | b'.') || more.contains(&first)
            }
            (None, _) => false,
        }
    }

    /// A quoted scalar without escapes.
    fn quoted(&mut self, quote: u8) -> Result<(), Beyond> {
        let start = self.at;
        let inside = &self.bytes[start + 1..];
        let stop =
            |byte: &u8| *byte == quote || !Kind::Line.has(*byte) || matches!(byte, b'\t' | b'\\');
        let length = inside.iter().position(stop).ok_or(Beyond)?;
        if inside[length] != quote || inside.get(length + 1) == Some(&quote) {
            return Err(Beyond);
        }
        let text = &self.text[start + 1..start + 1 + length];
        self.at = start + length + 2;
        let style = if quote == b'"' {
            Style::DoubleQuoted
        } else {
            Style::SingleQuoted
        };
        self.scalar(text, style, start..self.at)
    }

    /// A list or mapping in brackets, all on this line.
    fn flow(&mut self, depth: usize) -> Result<(), Beyond> {
        if depth + self.open.len() > MAX_DEPTH {
            return Err(Beyond);
        }
        let (flow, properties) = (true, Properties::default());
        let mapping = self.peek() == Some(b'{');
        let (start, close, end) = if mapping {
            (
                Event::MappingStart { flow, properties },
                b'}',
                Event::MappingEnd,
            )
        } else {
            (
                Event::SequenceStart { flow, properties },
                b']',
                Event::SequenceEnd,
            )
        };
        self.event(start, self.at..self.at + 1)?;
        self.at += 1;
        self.skip_spaces();
        if self.peek() != Some(close) {
            loop {
                if mapping {
                    self.key()?;
                    if self.skip_spaces() == 0 {
                        return Err(Beyond);
                    }
                }
                self.flow_value(depth)?;
                self.skip_spaces();
                match self.peek() {
                    Some(b',') if self.bytes.get(self.at + 1) == Some(&b' ') => self.at += 1,
                    Some(byte) if byte == close => break,
                    _ => return Err(Beyond),
                }
                self.skip_spaces();
            }
        }
        self.event(end, self.at..self.at + 1)?;
        self.at += 1;
        Ok(())
    }

    fn flow_value(&mut self, depth: usize) -> Result<(), Beyond> {
        match self.peek() {
            Some(b'[' | b'{') => self.flow(depth + 1),
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote),
            _ => {
                if !self.starts_plain(b"") {
                    return Err(Beyond);
                }
                let length = Kind::Words.run(&self.bytes[self.at..]);
                let text = self.text[self.at..self.at + length].trim_end_matches(' ');
                let range = self.at..self.at + text.len();
                self.at = range.end;
                self.scalar(text, Style::Plain, range)
            }
        }
    }

    /// A literal block, of a collection with this indentation.
    fn literal(&mut self, parent: usize) -> Result<(), Beyond> {
        self.at += 1;
        let strip = self.peek() == Some(b'-');
        self.at += usize::from(strip);
        self.must_end()?;
        if self.peek().is_none() {
            return Err(Beyond);
        }
        self.at += 1;
        let indent = self.skip_spaces();
        let start = self.at;
        if indent <= parent || matches!(self.peek(), None | Some(b'\n' | b'\t' | b'\r')) {
            return Err(Beyond);
        }
        let mut lines = Block::default();
        loop {
            // Here the line's content begins.
            let line = self.at;
            self.content_line()?;
            lines.push(self.text, line..self.at);
            if !self.next_content(parent, indent, &mut lines)? {
                break;
            }
        }
        let text = lines.finish(self.text, strip);
        self.scalar(text, Style::Literal, start..lines.end)
    }

    /// The rest of a line of a block, its break included.
    fn content_line(&mut self) -> Result<(), Beyond> {
        self.at += Kind::Line.run(&self.bytes[self.at..]);
        if self.peek() != Some(b'\n') {
            return Err(Beyond);
        }
        self.at += 1;
        Ok(())
    }

    /// Goes to the content of the next line of a block; says whether there is one.
    fn next_content(
        &mut self,
        parent: usize,
        indent: usize,
        lines: &mut Block,
    ) -> Result<bool, Beyond> {
        loop {
            let line = self.at;
            let spaces = self.skip_spaces().min(indent);
            self.at = line + spaces;
            match self.peek() {
                None => return Ok(false),
                Some(b'\n') => {
                    self.at += 1;
                    lines.empty += 1;
                }
                Some(b'\t' | b'\r') => return Err(Beyond),
                Some(b' ') if self.only_spaces() => return Err(Beyond),
                Some(_) if spaces == indent => return Ok(true),
                Some(_) if spaces > parent => return Err(Beyond),
                Some(_) => {
                    self.at = line;
                    return Ok(false);
                }
            }
        }
    }

    /// Whether nothing but spaces is left of the line.
    fn only_spaces(&self) -> bool {
        let mut rest = self.bytes[self.at..].iter();
        matches!(rest.find(|byte| **byte != b' '), None | Some(b'\n'))
    }
}

#[cfg(test)]
mod tests;
