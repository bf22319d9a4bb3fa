//! The text of an emitted file.

use std::fmt;

/// A text in pieces, one behind the other. One that is put together piece by piece is not moved as it
/// grows, and what it is made of can be given back meanwhile: a text of megabytes need not be there
/// beside all that it was made of.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pieces: Vec<String>,
    breaks: usize,
}

impl Text {
    /// Adds a piece at the end.
    pub fn push(&mut self, piece: String) {
        if !piece.is_empty() {
            // Here, where a piece was written just now: later all of a large text would be fetched again.
            self.breaks += memchr::memchr_iter(b'\n', piece.as_bytes()).count();
            self.pieces.push(piece);
        }
    }

    /// Adds the pieces of another text at the end.
    pub fn append(&mut self, mut other: Self) {
        self.breaks += other.breaks;
        self.pieces.append(&mut other.pieces);
    }

    /// How many line breaks it has.
    pub fn breaks(&self) -> usize {
        self.breaks
    }

    /// The pieces in order, none of them empty. Where one ends says nothing of the text.
    pub fn pieces(&self) -> impl ExactSizeIterator<Item = &str> {
        self.pieces.iter().map(String::as_str)
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(String::len).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether these are its bytes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        let mut rest = Some(bytes);
        for piece in &self.pieces {
            rest = rest.and_then(|rest| rest.strip_prefix(piece.as_bytes()));
        }
        rest.is_some_and(<[u8]>::is_empty)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        fn bytes(text: &Text) -> impl Iterator<Item = u8> {
            text.pieces().flat_map(str::bytes)
        }
        self.len() == other.len() && bytes(self).eq(bytes(other))
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.is(other.as_bytes())
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|piece| out.write_str(piece))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let mut whole = Self::default();
        whole.push(text);
        whole
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Text> for String {
    fn from(mut text: Text) -> Self {
        match text.pieces.len() {
            1 => text.pieces.remove(0),
            _ => text.pieces.concat(),
        }
    }
}

impl FromIterator<Text> for String {
    fn from_iter<I: IntoIterator<Item = Text>>(texts: I) -> Self {
        texts.into_iter().map(Self::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[&str]) -> Text {
        let mut text = Text::default();
        for piece in pieces {
            text.push((*piece).to_owned());
        }
        text
    }

    #[test]
    fn texts_are_equal_wherever_their_pieces_end() {
        let one = text(&["ab", "", "cd"]);
        assert_eq!(one, text(&["a", "bcd"]));
        assert_ne!(one, text(&["ab", "ce"]));
        assert_ne!(one, text(&["abc"]));
        assert_eq!(one, "abcd");
        assert_eq!(String::from(one), "abcd");
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn bytes_are_those_of_a_text_only_as_a_whole() {
        let one = text(&["ab", "c"]);
        assert!(one.is(b"abc"));
        assert!(!one.is(b"ab") && !one.is(b"abcd") && !one.is(b"abd") && !one.is(b""));
    }
}
