//! A byte of a text and what is around it, to find what a slip of the hand was.

use std::ops::Range;

/// A byte of the text and what is around it.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Where the line of the place begins.
    pub(super) line_start: usize,
}

impl<'a> Place<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
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
    pub(super) fn line(&self) -> &'a str {
        line_at(self.text, self.line_start)
    }

    /// What the line says before the place.
    pub(super) fn before(&self) -> &'a str {
        &self.text[self.line_start..self.at]
    }

    /// What the line says from the place on.
    pub(super) fn after(&self) -> &'a str {
        line_at(self.text, self.at)
    }

    /// The character at the place; empty at the end of a line.
    pub(super) fn character(&self) -> Range<usize> {
        let length = self.after().chars().next().map_or(0, char::len_utf8);
        self.at..self.at + length
    }

    /// The words of the line, from the place on.
    pub(super) fn words_after(&self) -> Range<usize> {
        words(self.text, self.at)
    }

    /// The words of the line.
    pub(super) fn words(&self) -> Range<usize> {
        words(self.text, self.line_start)
    }

    /// The nearest line before this one that says something, by its words.
    pub(super) fn words_before(&self) -> Option<Range<usize>> {
        let mut end = self.line_start;
        while end > 0 {
            let before = self.text[..end].trim_end_matches(['\n', '\r']);
            let start = before.rfind(['\n', '\r']).map_or(0, |found| found + 1);
            let line = &before[start..];
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                return Some(words(self.text, start));
            }
            if start == end {
                return None;
            }
            end = start;
        }
        None
    }

    /// The `${{ … }}` or `{{ … }}` of the line that the place is in or right after.
    pub(super) fn expression(&self) -> Option<Range<usize>> {
        let line = self.line();
        let column = self.at - self.line_start;
        let braces = line
            .match_indices("{{")
            .map(|(at, _)| at)
            .take_while(|at| *at <= column + 2)
            .last()?;
        let start = braces - usize::from(line[..braces].ends_with('$'));
        let end = line[braces..]
            .find("}}")
            .map_or(line.trim_end().len(), |end| braces + end + 2);
        (column <= end).then_some(self.line_start + start..self.line_start + end)
    }

    /// The innermost bracket that is open at the place, by a count that ignores quotes.
    pub(super) fn open_bracket(&self) -> Option<usize> {
        let from = self.text[..self.at].rfind("\n\n").unwrap_or(0);
        let mut open = Vec::new();
        for (at, character) in self.text[from..self.at].char_indices() {
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
}

/// The line from a byte on, without its break.
pub(super) fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())]
}

/// Where the words of the line from a byte on stand.
fn words(text: &str, start: usize) -> Range<usize> {
    let line = line_at(text, start);
    let indentation = line.len() - line.trim_start().len();
    start + indentation..start + indentation + line.trim().len()
}
