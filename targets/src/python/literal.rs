//! Values as Python literals, in the spelling that `ruff format` leaves alone.

use flowc_core::expr::Value;

/// A value as a Python literal on one line.
pub fn value(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Boolean(true) => out.push_str("True"),
        Value::Boolean(false) => out.push_str("False"),
        Value::Integer(integer) => out.push_str(&integer.to_string()),
        Value::Number(number) => out.push_str(&float(*number)),
        Value::String(text) => write_string(text, out),
        Value::List(list) => {
            out.push('[');
            for (i, value) in list.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(value, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (key, value)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_string(key, out);
                out.push_str(": ");
                write_value(value, out);
            }
            out.push('}');
        }
    }
}

/// A double so that Python reads the same double, and a double rather than an integer.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "float(\"nan\")".into();
    }
    if number.is_infinite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("float(\"{sign}inf\")");
    }
    let text = format!("{number:?}");
    if text.contains(['.', 'e']) {
        text
    } else {
        format!("{text}.0")
    }
}

/// A text as a Python string literal on one line.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(text, &mut out);
    out
}

/// What a byte of a text asks of its literal on one line.
#[derive(Clone, Copy)]
struct Needs(u8);

impl Needs {
    const NOTHING: Self = Self(0);
    const DOUBLE_QUOTE: Self = Self(1);
    const SINGLE_QUOTE: Self = Self(2);
    const ESCAPE: Self = Self(4);

    const OF: [Self; 256] = {
        let mut table = [Self::NOTHING; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = match byte as u8 {
                b'"' => Self::DOUBLE_QUOTE,
                b'\'' => Self::SINGLE_QUOTE,
                b'\\' => Self::ESCAPE,
                b' '..=b'~' => Self::NOTHING,
                _ => Self::ESCAPE,
            };
            byte += 1;
        }
        table
    };

    /// What any byte of a text asks.
    fn of(text: &str) -> Self {
        let (most, rest) = text.as_bytes().as_chunks();
        if most.iter().all(are_plain) {
            let needs = Self::of_all(rest);
            // Without double quotes the single ones need nothing, however many there are.
            if !needs.has(Self::DOUBLE_QUOTE) {
                return needs;
            }
        }
        Self::of_all(text.as_bytes())
    }

    fn of_all(bytes: &[u8]) -> Self {
        let bytes = bytes.iter();
        Self(bytes.fold(0, |needs, byte| needs | Self::OF[usize::from(*byte)].0))
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Whether bytes stand in a literal as they are, between double quotes. So many are looked at in one step.
fn are_plain(bytes: &[u8; 16]) -> bool {
    let asks = |byte: u8| !matches!(byte, b' '..=b'~') | (byte == b'"') | (byte == b'\\');
    !bytes.iter().fold(false, |any, byte| any | asks(*byte))
}

/// The same behind other text. Double quotes, unless single ones need fewer escapes.
pub fn write_string(text: &str, out: &mut String) {
    let needs = Needs::of(text);
    if !needs.has(Needs(Needs::ESCAPE.0 | Needs::DOUBLE_QUOTE.0)) {
        out.reserve(text.len() + 2);
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    let is_single = needs.has(Needs::DOUBLE_QUOTE)
        && (!needs.has(Needs::SINGLE_QUOTE)
            || text.matches('"').count() > text.matches('\'').count());
    let (quote, escaped) = match is_single {
        true => ('\'', Needs(Needs::ESCAPE.0 | Needs::SINGLE_QUOTE.0)),
        false => ('"', Needs(Needs::ESCAPE.0 | Needs::DOUBLE_QUOTE.0)),
    };
    out.push(quote);
    let mut rest = text;
    if needs.has(escaped) {
        let asks = |byte: u8| Needs::OF[usize::from(byte)].has(escaped);
        while let Some(at) = rest.bytes().position(asks) {
            let (plain, found) = rest.split_at(at);
            out.push_str(plain);
            let mut chars = found.chars();
            match chars.next() {
                Some('\n') => out.push_str("\\n"),
                Some('\t') => out.push_str("\\t"),
                Some(c) if c == quote => out.extend(['\\', c]),
                Some(c) => write_char(c, out),
                None => {}
            }
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    out.push(quote);
}

/// Whether a text reads better as a triple-quoted literal of several lines than as one of one line.
pub(super) fn is_block(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    lines.bytes().any(|byte| byte == b'\n')
        && !text.contains("\"\"\"")
        && !text.ends_with(['"', '\\'])
}

/// A text of several lines as a triple-quoted literal that starts on a line of its own.
pub(super) fn write_block(text: &str, out: &mut String) {
    out.push_str("\"\"\"\\\n");
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c => write_char(c, out),
        }
    }
    out.push_str("\"\"\"");
}

/// A character inside a literal. What a reader could not see, or an editor could change, is escaped.
fn write_char(c: char, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\r' => out.push_str("\\r"),
        ' '..='~' => out.push(c),
        c if is_visible(c) => out.push(c),
        c if (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => out.push_str(&format!("\\U{:08x}", c as u32)),
    }
}

/// Whether a character beyond ASCII can stand in the source as it is: no control or format
/// character, no invisible separator, nothing that turns the direction of the text.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c as u32,
            0x00A0 | 0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x1680 | 0x17B4 | 0x17B5 | 0x180B
                ..=0x180E
                | 0x2000..=0x200F
                | 0x2028..=0x202F
                | 0x205F..=0x206F
                | 0x3000
                | 0x3164
                | 0xE000..=0xF8FF
                | 0xFE00..=0xFE0F
                | 0xFEFF
                | 0xFFA0
                | 0xFFF0..=0xFFFF
                | 0xE0000..=0xE0FFF
                | 0xF0000..=0x10FFFF
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_take_the_quotes_that_need_fewer_escapes() {
        assert_eq!(string("plain"), r#""plain""#);
        assert_eq!(string(r#"say "x""#), r#"'say "x"'"#);
        assert_eq!(string(r#"it's "x""#), r#"'it\'s "x"'"#);
        assert_eq!(string(r#"it's"#), r#""it's""#);
        assert_eq!(string("a\\b\n\t\r\u{0}\u{7f}"), r#""a\\b\n\t\r\x00\x7f""#);
    }

    #[test]
    fn invisible_characters_are_escaped_and_letters_are_not() {
        assert_eq!(string("é日🚀"), "\"é日🚀\"");
        assert_eq!(
            string("\u{202e}\u{2028}\u{feff}\u{85}"),
            r#""\u202e\u2028\ufeff\x85""#
        );
    }

    #[test]
    fn numbers_keep_their_type_and_value() {
        assert_eq!(value(&Value::Number(1.0)), "1.0");
        assert_eq!(value(&Value::Number(1e300)), "1e300");
        assert_eq!(value(&Value::Number(0.1)), "0.1");
        assert_eq!(value(&Value::Integer(-3)), "-3");
    }

    #[test]
    fn blocks_are_for_several_lines_that_need_no_quote_tricks() {
        let mut out = String::new();
        write_block("a\nb\\\n", &mut out);
        assert_eq!(out, "\"\"\"\\\na\nb\\\\\n\"\"\"");
        assert!(is_block("a\nb\\\n"));
        assert!(!is_block("a\n"));
        assert!(!is_block("a\n\"\"\"\n"));
        assert!(!is_block("a\nb\""));
    }
}
