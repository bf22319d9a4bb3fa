//! Strings and numbers on one line, and which strings may be blocks.

use std::fmt::Write as _;

/// Where a string is to stand; brackets and commas matter only between brackets.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Position {
    Block,
    Flow,
}

/// Which kinds of bytes a text holds that matter to how it is written, found in one pass, and whether its ends
/// need a closer look.
#[derive(Clone, Copy, Debug)]
pub struct Kinds(u16);

impl Kinds {
    /// None of them, as in a word.
    pub const NONE: Self = Self(0);

    /// Line feeds.
    const BREAK: u16 = 1;
    /// Other ASCII control characters.
    const CONTROL: u16 = 1 << 1;
    /// Bytes of characters beyond ASCII.
    const BEYOND_ASCII: u16 = 1 << 2;
    /// `"` and `\`, which double quotes cannot hold as they are.
    const ESCAPED: u16 = 1 << 3;
    /// `:` and `#`, which can end a plain text early, depending on what stands beside them.
    const MARK: u16 = 1 << 4;
    /// `,[]{}?`, which mean something between brackets.
    const BRACKET: u16 = 1 << 5;
    /// `'`, which single quotes double.
    const QUOTE: u16 = 1 << 6;
    /// It may begin with something else than a letter, `_` or `/`.
    const BEGINS_ODDLY: u16 = 1 << 8;
    /// It may end with a space or a colon.
    const ENDS_ODDLY: u16 = 1 << 9;

    /// What a plain text may need a closer look for, wherever it stands.
    const ODD: u16 = Self::BREAK
        | Self::CONTROL
        | Self::BEYOND_ASCII
        | Self::MARK
        | Self::BEGINS_ODDLY
        | Self::ENDS_ODDLY;

    /// The kinds of each byte.
    const TABLE: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let kind = match byte as u8 {
                b'\n' => Self::BREAK,
                0..0x20 | 0x7f => Self::CONTROL,
                0x80.. => Self::BEYOND_ASCII,
                b'"' | b'\\' => Self::ESCAPED,
                b':' | b'#' => Self::MARK,
                b'\'' => Self::QUOTE,
                b',' | b'[' | b']' | b'{' | b'}' | b'?' => Self::BRACKET,
                _ => 0,
            };
            table[byte] = kind as u8;
            byte += 1;
        }
        table
    };

    /// The kinds of all bytes of a text.
    pub const fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut at, mut all) = (0, 0);
        while at < bytes.len() {
            all |= Self::TABLE[bytes[at] as usize];
            at += 1;
        }
        let mut kinds = all as u16;
        if !matches!(bytes.first(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'/')) {
            kinds |= Self::BEGINS_ODDLY;
        }
        if matches!(bytes.last(), None | Some(b' ' | b':')) {
            kinds |= Self::ENDS_ODDLY;
        }
        Self(kinds)
    }

    /// The kinds of two texts, one after the other.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self((self.0 & !Self::ENDS_ODDLY) | (other.0 & !Self::BEGINS_ODDLY))
    }

    /// Whether the text has no line feed in it.
    pub(super) fn is_one_line(self) -> bool {
        !self.has(Self::BREAK)
    }

    const fn has(self, kinds: u16) -> bool {
        self.0 & kinds != 0
    }
}

/// Writes a string on one line: plain where that is safe, else quoted.
pub(super) fn string(out: &mut String, text: &str, position: Position) {
    string_of(out, text, Kinds::of(text), position);
}

/// The same of a text that was looked at already.
pub(super) fn string_of(out: &mut String, text: &str, kinds: Kinds, position: Position) {
    if is_plain(text, kinds, position) {
        out.push_str(text);
    } else {
        quoted_of(out, text, kinds);
    }
}

/// Makes a string of all that was written from `start` on, by the same rule.
pub(super) fn settle(out: &mut String, start: usize, kinds: Kinds, position: Position) {
    let text = &out[start..];
    if is_plain(text, kinds, position) {
        return;
    }
    match quotes(text, kinds) {
        (quote, true) => {
            out.insert(start, quote);
            out.push(quote);
        }
        (_, false) => {
            let text = out.split_off(start);
            quoted_of(out, &text, kinds);
        }
    }
}

/// Whether a string is written plain wherever it stands.
pub(super) fn is_word(text: &str) -> bool {
    is_plain(text, Kinds::of(text), Position::Flow)
}

/// Writes a string in the quotes that need the fewest escapes.
pub(super) fn quoted(out: &mut String, text: &str) {
    quoted_of(out, text, Kinds::of(text));
}

/// The same of a text that was looked at already.
pub(super) fn quoted_of(out: &mut String, text: &str, kinds: Kinds) {
    match quotes(text, kinds) {
        (quote, true) => {
            out.push(quote);
            out.push_str(text);
            out.push(quote);
        }
        ('\'', false) => single_quoted(out, text),
        (_, false) => double_quoted(out, text),
    }
}

/// The quotes that need the fewest escapes, and whether they need none.
fn quotes(text: &str, kinds: Kinds) -> (char, bool) {
    let printable = !kinds.has(Kinds::BREAK | Kinds::CONTROL)
        && (!kinds.has(Kinds::BEYOND_ASCII) || text.chars().all(is_printable));
    match (printable, kinds.has(Kinds::ESCAPED)) {
        (true, true) => ('\'', !kinds.has(Kinds::QUOTE)),
        (true, false) => ('"', true),
        (false, _) => ('"', false),
    }
}

/// Writes a number so that YAML 1.1 and 1.2 read the same one: with a point and without exponent.
pub(super) fn number(out: &mut String, value: f64) {
    let start = out.len();
    if value.is_nan() {
        out.push_str(".nan");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { ".inf" } else { "-.inf" });
    } else {
        let _ = write!(out, "{value}");
        if !out[start..].contains('.') {
            out.push_str(".0");
        }
    }
}

/// Whether a literal block (`|`) gives back exactly this text in every reader.
pub(super) fn can_be_literal(text: &str, kinds: Kinds) -> bool {
    if kinds.is_one_line() || text.starts_with([' ', '\t', '\n']) {
        return false;
    }
    if !kinds.has(Kinds::CONTROL | Kinds::BEYOND_ASCII) {
        // As in nearly every script, all of it can be printed. Only a line that begins with a space can have
        // nothing else, and nearly as many have none: all pairs are looked at, without a branch between them.
        let bytes = text.as_bytes();
        let pairs = bytes.iter().zip(&bytes[1..]);
        let is_indented = |(a, b): (&u8, &u8)| (*a == b'\n') & (*b == b' ');
        let mut lines = bytes.split(|byte| *byte == b'\n');
        return !pairs.fold(false, |found, pair| found | is_indented(pair))
            || lines.all(|line| line.is_empty() || line.iter().any(|byte| *byte != b' '));
    }
    text.split('\n').all(|line| {
        line.is_empty()
            || (!line.trim_ascii().is_empty()
                && (all_printable(line) || line.chars().all(|c| c == '\t' || is_printable(c))))
    })
}

/// Whether a folded block (`>-`) with these lines gives back the lines joined by spaces.
pub(super) fn can_be_folded(lines: &[impl AsRef<str>]) -> bool {
    lines.iter().all(|line| {
        let line = line.as_ref();
        !line.is_empty() && line.trim_ascii() == line && line.chars().all(is_printable)
    })
}

fn all_printable(text: &str) -> bool {
    // Without a way out of the loop, many bytes are looked at at once.
    let plain = text
        .bytes()
        .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    plain || text.chars().all(is_printable)
}

/// Printable for every reader, and without a place where lines or writing directions change.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~') || (character > '\u{9f}' && is_printable_beyond_ascii(character))
}

fn is_printable_beyond_ascii(character: char) -> bool {
    !matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
            | '\u{fffe}' | '\u{ffff}'
    )
}

#[inline]
fn is_plain(text: &str, kinds: Kinds, position: Position) -> bool {
    let odd = match position {
        Position::Block => Kinds::ODD,
        Position::Flow => Kinds::ODD | Kinds::BRACKET,
    };
    (!kinds.has(odd) || is_plain_indeed(text, kinds, position)) && !is_reserved(text)
}

/// The same of a text with something odd in it, unless it is reserved.
fn is_plain_indeed(text: &str, kinds: Kinds, position: Position) -> bool {
    let never = match position {
        Position::Block => Kinds::BREAK | Kinds::CONTROL,
        Position::Flow => Kinds::BREAK | Kinds::CONTROL | Kinds::BRACKET,
    };
    !kinds.has(never)
        && (!kinds.has(Kinds::BEGINS_ODDLY) || begins_well(text.as_bytes()))
        && !matches!(text.as_bytes().last(), Some(b' ' | b':'))
        && (!kinds.has(Kinds::MARK) || marks_mean_nothing(text.as_bytes(), position))
        && (!kinds.has(Kinds::BEYOND_ASCII) || text.chars().all(is_printable))
}

/// Whether it begins as nothing else than text does.
fn begins_well(bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'/') => true,
        Some(b'0'..=b'9') => is_amount(bytes),
        Some(b'-') => is_option(bytes),
        _ => false,
    }
}

/// Whether no colon and no hash of the text could end it early.
fn marks_mean_nothing(bytes: &[u8], position: Position) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b':' => position == Position::Block && bytes.get(at + 1) != Some(&b' '),
        b'#' => at == 0 || bytes[at - 1] != b' ',
        _ => true,
    })
}

/// `16Gi`, `10s`, `1h30m`: digits and letters with a last letter that ends no number in any base.
fn is_amount(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
        && bytes
            .last()
            .is_some_and(|last| matches!(last, b'g'..=b'z' | b'G'..=b'Z'))
}

/// `-m`, `--sample`, `--auc-to=x`.
fn is_option(bytes: &[u8]) -> bool {
    let name = bytes.strip_prefix(b"--").unwrap_or(&bytes[1..]);
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'/'))
}

/// Words that some reader takes for something else than text.
#[inline]
fn is_reserved(text: &str) -> bool {
    // Nearly every text is longer, or begins with another letter.
    match text.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b'y' | b'n' | b'o' | b't' | b'f' | b'i') => text.len() <= 5 && is_reserved_word(text),
        Some(b'e') => is_exponent(&text.as_bytes()[1..]),
        _ => false,
    }
}

fn is_reserved_word(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What follows the `e` of a number.
fn is_exponent(bytes: &[u8]) -> bool {
    let digits = match bytes {
        [b'-' | b'+', digits @ ..] => digits,
        digits => digits,
    };
    !digits.is_empty()
        && digits
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'_')
}

fn single_quoted(out: &mut String, text: &str) {
    out.push('\'');
    for (index, part) in text.split('\'').enumerate() {
        if index > 0 {
            out.push_str("''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

fn double_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_printable(character) => out.push(character),
            _ => {
                let code = u32::from(character);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
}
