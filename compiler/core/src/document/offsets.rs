//! Where each byte of a scalar's text stands in the source.

use super::OffsetMap;
use super::events::Style;
use std::ops::Range;

/// The map of a scalar written in `style` at `range` of `source`, quotes included.
pub(super) fn offset_map(
    source: &str,
    range: &Range<usize>,
    style: Style,
    text: &str,
) -> OffsetMap {
    let quotes = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
    let inside = range.start + quotes..range.end.saturating_sub(quotes).max(range.start + quotes);
    let written = source.get(inside.clone()).unwrap_or_default();
    let verbatim = match style {
        Style::Literal | Style::Folded => {
            let line = text.trim_end_matches('\n');
            // A block of one line, which stands as it is but for the breaks behind it.
            written.starts_with(text) || (written == line && !line.contains('\n'))
        }
        _ => written == text,
    };
    if verbatim {
        return OffsetMap::Verbatim(inside.start as u32);
    }
    let mut walk = Walk {
        source: source.as_bytes(),
        text: text.as_bytes(),
        at: 0,
        from: inside.start,
        end: inside.end,
        pieces: Vec::new(),
    };
    match style {
        Style::Literal => walk.literal(),
        Style::Folded => walk.folded(),
        _ => walk.flow(style),
    }
    OffsetMap::Pieces(walk.pieces.into())
}

/// A walk over source and text side by side.
struct Walk<'a> {
    source: &'a [u8],
    text: &'a [u8],
    /// How far in the text.
    at: usize,
    /// How far in the source.
    from: usize,
    /// Where the source of the scalar ends.
    end: usize,
    pieces: Vec<(u32, u32)>,
}

impl Walk<'_> {
    /// From here on, text and source go byte for byte.
    fn piece(&mut self) {
        self.pieces.push((self.at as u32, self.from as u32));
    }

    /// Plain and quoted scalars: escapes, and line breaks that became one space or fewer breaks.
    fn flow(&mut self, style: Style) {
        self.piece();
        while self.from < self.end && self.at < self.text.len() {
            let byte = self.source[self.from];
            match (style, byte) {
                (_, b' ' | b'\t' | b'\r' | b'\n') if self.breaks_ahead() => self.fold(),
                (Style::DoubleQuoted, b'\\') => self.escape(),
                (Style::SingleQuoted, b'\'') => self.replaced(1, 2),
                _ if byte == self.text[self.at] => {
                    self.at += 1;
                    self.from += 1;
                }
                // Not what was expected: the whole scalar is the best answer.
                _ => return self.pieces.clear(),
            }
        }
        self.from = self.end;
        self.at = self.text.len();
        self.piece();
    }

    /// Whether the white space here reaches a line break.
    fn breaks_ahead(&self) -> bool {
        self.source[self.from..self.end]
            .iter()
            .find(|byte| !matches!(byte, b' ' | b'\t'))
            .is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// Line breaks with the white space around them.
    fn fold(&mut self) {
        self.piece();
        let breaks = self.skip_breaks();
        self.at += if breaks > 1 { breaks - 1 } else { 1 };
        self.at = self.at.min(self.text.len());
        self.piece();
    }

    /// Skips white space in the source and counts its line breaks.
    fn skip_breaks(&mut self) -> usize {
        let mut breaks = 0;
        while self.from < self.end {
            match self.source[self.from] {
                b'\r' if self.source.get(self.from + 1) == Some(&b'\n') => {}
                b'\r' | b'\n' => breaks += 1,
                b' ' | b'\t' => {}
                _ => break,
            }
            self.from += 1;
        }
        breaks
    }

    /// A backslash of a double-quoted scalar.
    fn escape(&mut self) {
        let length = match self.source.get(self.from + 1) {
            Some(b'\r' | b'\n') => {
                self.from += 1;
                let breaks = self.skip_breaks();
                self.at = (self.at + breaks.saturating_sub(1)).min(self.text.len());
                return self.piece();
            }
            Some(b'x') => 4,
            Some(b'u') if self.is_surrogate_pair() => 12,
            Some(b'u') => 6,
            Some(b'U') => 10,
            _ => 2,
        };
        let character = match self.text[self.at] {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        self.replaced(character, length);
    }

    /// `\uD83D\uDE00` is one character.
    fn is_surrogate_pair(&self) -> bool {
        matches!(
            self.source.get(self.from + 2..self.from + 4),
            Some([b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B'])
        )
    }

    /// Some bytes of text that are written with others.
    fn replaced(&mut self, text: usize, source: usize) {
        self.piece();
        self.at = (self.at + text).min(self.text.len());
        self.from = (self.from + source).min(self.end);
        self.piece();
    }

    /// A literal block: each line stands in the source after some indentation.
    fn literal(&mut self) {
        self.leading_breaks();
        while self.at < self.text.len() {
            let line = line_length(&self.text[self.at..]);
            let written = line_length(&self.source[self.from..]);
            self.from += written.saturating_sub(line);
            self.piece();
            self.at += line;
            self.from += line;
            self.line_break();
        }
    }

    /// A folded block: the words of each line follow one another, with other white space between.
    fn folded(&mut self) {
        self.leading_breaks();
        while self.at < self.text.len() && self.from < self.source.len() {
            let line = &self.source[self.from..][..line_length(&self.source[self.from..])];
            let blank = |bytes: &[u8]| {
                bytes
                    .iter()
                    .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
                    .count()
            };
            let words = line.trim_ascii();
            if !words.is_empty() {
                let indentation = blank(line);
                let at = self.at + blank(&self.text[self.at..]);
                if !self.text[at..].starts_with(words) {
                    return self.pieces.clear();
                }
                self.pieces
                    .push((at as u32, (self.from + indentation) as u32));
                self.at = at + words.len();
            }
            self.from += line.len();
            if self.from >= self.end && words.is_empty() {
                break;
            }
            let before = self.from;
            self.skip_line_break();
            if self.from == before {
                break;
            }
        }
    }

    /// Breaks before the first line with words, where the scalar's range begins.
    fn leading_breaks(&mut self) {
        let breaks = self.text.iter().take_while(|byte| **byte == b'\n').count();
        let mut starts: Vec<u32> = Vec::new();
        let mut at = self.from;
        for _ in 0..breaks {
            match self.source[..at].iter().rposition(|byte| *byte == b'\n') {
                Some(found) => at = found,
                None => break,
            }
            starts.push(at as u32);
        }
        starts.reverse();
        for (index, start) in starts.into_iter().enumerate() {
            self.pieces.push((index as u32, start));
        }
        self.at = breaks;
        self.piece();
    }

    /// The line break that ends a line of both.
    fn line_break(&mut self) {
        if self.at < self.text.len() {
            self.at += 1;
            self.skip_line_break();
        }
    }

    fn skip_line_break(&mut self) {
        self.from += match self.source.get(self.from..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\r' | b'\n', ..]) => 1,
            _ => 0,
        };
    }
}

/// How many bytes come before the next line break.
fn line_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len())
}
