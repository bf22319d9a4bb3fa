//! The text of a block scalar, put together line by line.

use std::borrow::Cow;
use std::ops::Range;

/// The lines of a literal block.
#[derive(Default)]
pub(super) struct Block {
    /// The only line so far, its break included.
    only: Range<usize>,
    /// All lines, once there are several.
    text: String,
    /// Empty lines since the last one with content.
    pub(super) empty: usize,
    /// Where the last line with content ends.
    pub(super) end: usize,
}

impl Block {
    pub(super) fn push(&mut self, source: &str, line: Range<usize>) {
        self.end = line.end;
        if self.only.is_empty() {
            self.only = line;
            return;
        }
        if self.text.is_empty() {
            self.text.push_str(&source[self.only.clone()]);
        }
        for _ in 0..std::mem::take(&mut self.empty) {
            self.text.push('\n');
        }
        self.text.push_str(&source[line]);
    }

    /// The text, with one break at its end or none.
    pub(super) fn finish<'a>(&mut self, source: &'a str, strip: bool) -> Cow<'a, str> {
        if self.text.is_empty() {
            let line = &source[self.only.clone()];
            return Cow::Borrowed(&line[..line.len() - usize::from(strip)]);
        }
        let mut text = std::mem::take(&mut self.text);
        if strip {
            text.pop();
        }
        Cow::Owned(text)
    }
}
