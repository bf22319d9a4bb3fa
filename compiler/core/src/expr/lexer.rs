//! Words, numbers, texts and symbols. Nothing is reported here: a token that is wrong says so by its kind.

use std::ops::Range;

/// A piece of an expression, as a byte range of its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, `true`, `false`, `null` or `in`.
    Word,
    /// Starts with a digit and has neither `.` nor exponent.
    Integer,
    /// Starts with a digit and has one of them.
    Number,
    /// A quoted text, quotes and prefix included.
    Text,
    /// A quoted text whose closing quote is missing.
    UnclosedText,
    /// An operator or a bracket.
    Symbol(Symbol),
    /// A character that means nothing here.
    Unknown,
    /// The end of the text.
    End,
}

/// Operators and brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    OrOr,
    AndAnd,
    EqualEqual,
    NotEqual,
    LessEqual,
    GreaterEqual,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Dot,
    Comma,
    Colon,
    Question,
    Not,
    Minus,
    Plus,
    Star,
    Slash,
    Percent,
    Less,
    Greater,
    /// No operator of the language, but a common slip.
    Equal,
    /// No operator of the language, but a common slip.
    And,
    /// No operator of the language, but a common slip.
    Or,
}

impl Symbol {
    /// The symbol that starts with these two bytes, and its length.
    fn of(first: u8, second: Option<&u8>) -> Option<(Self, usize)> {
        let symbol = match (first, second) {
            (b'|', Some(b'|')) => return Some((Self::OrOr, 2)),
            (b'&', Some(b'&')) => return Some((Self::AndAnd, 2)),
            (b'=', Some(b'=')) => return Some((Self::EqualEqual, 2)),
            (b'!', Some(b'=')) => return Some((Self::NotEqual, 2)),
            (b'<', Some(b'=')) => return Some((Self::LessEqual, 2)),
            (b'>', Some(b'=')) => return Some((Self::GreaterEqual, 2)),
            (b'(', _) => Self::OpenParen,
            (b')', _) => Self::CloseParen,
            (b'[', _) => Self::OpenBracket,
            (b']', _) => Self::CloseBracket,
            (b'{', _) => Self::OpenBrace,
            (b'}', _) => Self::CloseBrace,
            (b'.', _) => Self::Dot,
            (b',', _) => Self::Comma,
            (b':', _) => Self::Colon,
            (b'?', _) => Self::Question,
            (b'!', _) => Self::Not,
            (b'-', _) => Self::Minus,
            (b'+', _) => Self::Plus,
            (b'*', _) => Self::Star,
            (b'/', _) => Self::Slash,
            (b'%', _) => Self::Percent,
            (b'<', _) => Self::Less,
            (b'>', _) => Self::Greater,
            (b'=', _) => Self::Equal,
            (b'&', _) => Self::And,
            (b'|', _) => Self::Or,
            _ => return None,
        };
        Some((symbol, 1))
    }
}

/// The token at or after `at`.
pub(super) fn token(text: &str, at: usize) -> Token {
    let bytes = text.as_bytes();
    let start = at
        + bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    let Some(&first) = bytes.get(start) else {
        return Token {
            kind: TokenKind::End,
            start: bytes.len(),
            end: bytes.len(),
        };
    };
    let (kind, end) = match first {
        b'"' | b'\'' => quoted_token(bytes, start, false),
        b'r' | b'R' if matches!(bytes.get(start + 1), Some(b'"' | b'\'')) => {
            quoted_token(bytes, start + 1, true)
        }
        b'0'..=b'9' => number_token(bytes, start),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => (TokenKind::Word, word_end(bytes, start)),
        _ => symbol_token(text, start),
    };
    Token { kind, start, end }
}

/// Whether a text is a name: a letter or `_`, then letters, digits and `_`.
pub(super) fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && word_end(bytes, 0) == bytes.len()
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    start
        + bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count()
}

/// Takes everything that could be meant as one number, so that `1_000` is one wrong number rather
/// than a number and a name.
fn number_token(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let hexadecimal = matches!(bytes.get(start + 1), Some(b'x' | b'X'));
    let mut kind = TokenKind::Integer;
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        let next_is_digit = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let after_exponent = !hexadecimal && matches!(bytes[at - 1], b'e' | b'E');
        match byte {
            b'.' if next_is_digit => kind = TokenKind::Number,
            b'+' | b'-' if after_exponent && next_is_digit => {}
            b'e' | b'E' if !hexadecimal => kind = TokenKind::Number,
            _ if byte.is_ascii_alphanumeric() || byte == b'_' => {}
            _ => break,
        }
        at += 1;
    }
    (kind, at)
}

fn symbol_token(text: &str, start: usize) -> (TokenKind, usize) {
    let bytes = text.as_bytes();
    if let Some((symbol, length)) = Symbol::of(bytes[start], bytes.get(start + 1)) {
        return (TokenKind::Symbol(symbol), start + length);
    }
    let width = text[start..].chars().next().map_or(1, char::len_utf8);
    (TokenKind::Unknown, start + width)
}

fn quoted_token(bytes: &[u8], quote: usize, raw: bool) -> (TokenKind, usize) {
    match quoted_end(bytes, quote, raw) {
        Ok(end) => (TokenKind::Text, end),
        Err(end) => (TokenKind::UnclosedText, end),
    }
}

/// One past the closing quote of the text that opens at `quote`; or where it breaks off without one.
fn quoted_end(bytes: &[u8], quote: usize, raw: bool) -> Result<usize, usize> {
    let delimiter = delimiter(bytes, quote);
    let mut at = quote + delimiter.len();
    while let Some(&byte) = bytes.get(at) {
        if bytes[at..].starts_with(delimiter) {
            return Ok(at + delimiter.len());
        }
        match byte {
            b'\\' if !raw && at + 1 < bytes.len() => at += 2,
            b'\n' if delimiter.len() == 1 => return Err(at),
            _ => at += 1,
        }
    }
    Err(bytes.len())
}

/// One quote, or three of them.
fn delimiter(bytes: &[u8], quote: usize) -> &[u8] {
    let one = &bytes[quote..quote + 1];
    match bytes.get(quote..quote + 3) {
        Some(three) if three.iter().all(|byte| *byte == one[0]) => three,
        _ => one,
    }
}

/// Where the expression that starts at `at` ends: the position of the `}}` that closes it. Quoted
/// texts and the braces of maps are stepped over.
pub(super) fn find_close(text: &str, mut at: usize) -> Option<usize> {
    let mut braces = 0_usize;
    loop {
        let token = token(text, at);
        match token.kind {
            TokenKind::End => return None,
            // The quote that is missing hides the end too, so any `}}` will do.
            TokenKind::UnclosedText => {
                return text[token.start..].find("}}").map(|n| token.start + n);
            }
            TokenKind::Symbol(Symbol::OpenBrace) => braces += 1,
            TokenKind::Symbol(Symbol::CloseBrace) if braces > 0 => braces -= 1,
            TokenKind::Symbol(Symbol::CloseBrace) if text[token.end..].starts_with('}') => {
                return Some(token.start);
            }
            _ => {}
        }
        at = token.end;
    }
}

/// The text that a [`TokenKind::Text`] stands for, or the range and the words of what is wrong.
pub(super) fn unquote(token: &str) -> Result<String, (Range<usize>, String)> {
    let bytes = token.as_bytes();
    let raw = matches!(bytes[0], b'r' | b'R');
    let quote = usize::from(raw);
    let width = delimiter(bytes, quote).len();
    let inside = quote + width..bytes.len() - width;
    let body = &token[inside.clone()];
    let text = if raw || !body.contains('\\') {
        body.to_owned()
    } else {
        unescape(body).map_err(|(range, message)| {
            (
                range.start + inside.start..range.end + inside.start,
                message,
            )
        })?
    };
    if text.contains('\0') {
        return Err((
            0..bytes.len(),
            "a text cannot hold the character NUL".into(),
        ));
    }
    Ok(text)
}

fn unescape(body: &str) -> Result<String, (Range<usize>, String)> {
    let mut out = String::with_capacity(body.len());
    let mut at = 0;
    while let Some(offset) = body[at..].find('\\') {
        out.push_str(&body[at..at + offset]);
        at += offset;
        let (character, width) =
            escape(&body[at..]).map_err(|(width, message)| (at..at + width, message))?;
        out.push(character);
        at += width;
    }
    out.push_str(&body[at..]);
    Ok(out)
}

/// The character that an escape stands for and how many bytes it takes.
fn escape(text: &str) -> Result<(char, usize), (usize, String)> {
    let Some(kind) = text[1..].chars().next() else {
        return Err((1, "`\\` stands for nothing at the end of a text".into()));
    };
    let simple = |character| Ok((character, 2));
    match kind {
        'n' => simple('\n'),
        't' => simple('\t'),
        'r' => simple('\r'),
        '\\' | '"' | '\'' | '`' | '?' => simple(kind),
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'v' => simple('\u{b}'),
        'x' | 'X' => numbered(text, 2, 2, 16),
        'u' => numbered(text, 2, 4, 16),
        'U' => numbered(text, 2, 8, 16),
        '0'..='3' => numbered(text, 1, 3, 8),
        _ => Err((
            1 + kind.len_utf8(),
            format!("`\\{kind}` is not an escape of a text"),
        )),
    }
}

/// The character whose number is written in `digits` digits from `start` on.
fn numbered(
    text: &str,
    start: usize,
    digits: usize,
    radix: u32,
) -> Result<(char, usize), (usize, String)> {
    let end = start + digits;
    let written = text
        .get(start..end)
        .filter(|written| written.chars().all(|digit| digit.is_digit(radix)));
    let Some(written) = written else {
        let escape: String = text.chars().take(start).collect();
        return Err((
            start,
            format!("`{escape}` must be followed by {digits} digits"),
        ));
    };
    u32::from_str_radix(written, radix)
        .ok()
        .and_then(char::from_u32)
        .map(|character| (character, end))
        .ok_or_else(|| {
            (
                end,
                format!("`{}` is not a character of Unicode", &text[..end]),
            )
        })
}
