//! Texts that were looked at already.

use std::borrow::Cow;
use std::fmt;

use super::fields::Word;
use super::scalar::{self, Kinds, Position};

/// A text with the kinds of what it holds. What stands in many places is looked at once and then written as
/// one of these.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'v> {
    before: &'static str,
    text: &'v str,
    kinds: Kinds,
}

impl<'v> Seen<'v> {
    /// A text and [its kinds](Kinds::of).
    pub const fn new(text: &'v str, kinds: Kinds) -> Self {
        Self {
            before: "",
            text,
            kinds,
        }
    }

    /// The same text behind a word, as one.
    #[must_use]
    pub const fn behind(self, Word(before): Word) -> Self {
        Self {
            before,
            text: self.text,
            kinds: Kinds::of(before).and(self.kinds),
        }
    }

    /// How many bytes it has.
    pub(super) const fn len(self) -> usize {
        self.before.len() + self.text.len()
    }

    /// The kinds of its bytes.
    pub const fn kinds(self) -> Kinds {
        self.kinds
    }

    /// Adds it as it is.
    #[inline]
    pub fn push(self, out: &mut String) {
        if !self.before.is_empty() {
            out.push_str(self.before);
        }
        out.push_str(self.text);
    }

    /// Adds it on one line: plain where that is safe, else quoted.
    pub(super) fn write(self, out: &mut String, position: Position) {
        let start = out.len();
        self.push(out);
        scalar::settle(out, start, self.kinds, position);
    }
}

impl<'v> From<&'v str> for Seen<'v> {
    fn from(text: &'v str) -> Self {
        Self::new(text, Kinds::of(text))
    }
}

impl<'v> From<&'v Cow<'_, str>> for Seen<'v> {
    fn from(text: &'v Cow<'_, str>) -> Self {
        text.as_ref().into()
    }
}

impl<'v> From<&'v String> for Seen<'v> {
    fn from(text: &'v String) -> Self {
        text.as_str().into()
    }
}

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.before)?;
        f.write_str(self.text)
    }
}
