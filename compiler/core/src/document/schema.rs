//! What a plain scalar means by the YAML 1.2 core schema, and where YAML 1.1 would read it otherwise.

use super::Meaning;

/// A plain spelling that YAML 1.1 tools read as something else.
#[derive(Debug, PartialEq)]
pub(super) struct Ambiguity {
    /// What YAML 1.1 reads, for a message: ``the boolean `false` ``.
    pub(super) older: &'static str,
    /// A spelling that both read as what YAML 1.2 reads now.
    pub(super) clear: String,
}

/// The core schema's reading of a plain scalar.
pub(super) fn meaning(text: &str) -> Meaning {
    let Some(first) = text.bytes().next() else {
        return Meaning::Null;
    };
    match first {
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => Meaning::Null,
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => Meaning::Boolean(true),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => Meaning::Boolean(false),
        b'0'..=b'9' | b'+' | b'-' | b'.' => numeric(text),
        _ => Meaning::String,
    }
}

/// What a tag makes of a scalar.
pub(super) enum Tagged {
    /// The tag and the text agree.
    Fits(Meaning),
    /// The text is not what the tag says: `an integer`.
    Not(&'static str),
    /// No tag of the core schema for scalars.
    Unknown,
}

/// The reading of a scalar with one of YAML's own tags, named by the part after `!!`.
pub(super) fn tagged_meaning(text: &str, tag: Option<&str>) -> Tagged {
    let read = meaning(text);
    match (tag, read) {
        (Some("str" | "!"), _) => Tagged::Fits(Meaning::String),
        (Some("null"), Meaning::Null)
        | (Some("bool"), Meaning::Boolean(_))
        | (Some("int"), Meaning::Integer(_))
        | (Some("float"), Meaning::Number(_)) => Tagged::Fits(read),
        (Some("float"), Meaning::Integer(value)) => Tagged::Fits(Meaning::Number(value as f64)),
        (Some("null"), _) => Tagged::Not("nothing"),
        (Some("bool"), _) => Tagged::Not("a boolean"),
        (Some("int"), _) => Tagged::Not("an integer"),
        (Some("float"), _) => Tagged::Not("a number"),
        _ => Tagged::Unknown,
    }
}

/// Where YAML 1.1 and 1.2 part: old booleans, octal, binary, underscores, base 60, exponents.
///
/// Dates are left out on purpose: both readings have the same text, and a flow needs them plain
/// (`start: 2026-01-31`).
pub(super) fn ambiguity(text: &str, meaning: Meaning) -> Option<Ambiguity> {
    let older = match meaning {
        Meaning::String => older_reading_of_text(text)?,
        Meaning::Integer(_) => older_reading_of_integer(text)?,
        Meaning::Number(_) if is_hash_like(text) => "text",
        _ => return None,
    };
    let clear = match meaning {
        Meaning::Integer(value) => value.to_string(),
        Meaning::Number(value) => plain_number(value)?,
        _ => format!("\"{text}\""),
    };
    Some(Ambiguity { older, clear })
}

fn numeric(text: &str) -> Meaning {
    let (negative, digits) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return decimal(text, digits, negative);
    }
    if let Some(value) = based_integer(text) {
        return value;
    }
    if is_float(digits) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Meaning::Number(value),
            _ => Meaning::String,
        };
    }
    Meaning::String
}

fn decimal(text: &str, digits: &str, negative: bool) -> Meaning {
    let magnitude = digits.bytes().try_fold(0i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        let value = value.checked_mul(10)?;
        if negative {
            value.checked_sub(digit)
        } else {
            value.checked_add(digit)
        }
    });
    match magnitude {
        Some(value) => Meaning::Integer(value),
        None => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Meaning::Number(value),
            _ => Meaning::String,
        },
    }
}

/// `0o17` and `0x1F`, without sign.
fn based_integer(text: &str) -> Option<Meaning> {
    let (digits, radix) = match text.get(..2)? {
        "0o" => (&text[2..], 8),
        "0x" => (&text[2..], 16),
        _ => return None,
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some(match i64::from_str_radix(digits, radix) {
        Ok(value) => Meaning::Integer(value),
        Err(_) => Meaning::Number(digits.chars().fold(0.0, |value, digit| {
            value * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or_default())
        })),
    })
    .filter(|meaning| !matches!(meaning, Meaning::Number(value) if !value.is_finite()))
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_right = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && all_digits(fraction),
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    let exponent_is_right = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_is_right && exponent_is_right
}

fn older_reading_of_text(text: &str) -> Option<&'static str> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some("the boolean `true`"),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some("the boolean `false`"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => Some("a number that is not finite"),
        _ => older_number(text),
    }
}

/// Numbers of YAML 1.1 that are text in YAML 1.2.
fn older_number(text: &str) -> Option<&'static str> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let of = |text: &str, allowed: fn(u8) -> bool| {
        text.bytes().any(|byte| byte != b'_')
            && text.bytes().all(|byte| byte == b'_' || allowed(byte))
    };
    if let Some(binary) = digits.strip_prefix("0b") {
        return of(binary, |byte| matches!(byte, b'0' | b'1')).then_some("a binary number");
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return of(hexadecimal, |byte| byte.is_ascii_hexdigit()).then_some("a hexadecimal number");
    }
    if digits.contains(':') {
        return is_base_60(digits).then_some("a number in base 60");
    }
    if digits.contains('_') {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let digit = |byte: u8| byte.is_ascii_digit();
        return (of(whole, digit) && (fraction.is_empty() || of(fraction, digit)))
            .then_some("a number");
    }
    None
}

/// `12:30`, `1:02:03` and, with any number of leading zeros, `00:30.5`.
fn is_base_60(digits: &str) -> bool {
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let first_is_right = first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && (fraction.is_some() || !first.starts_with('0'));
    first_is_right
        && parts.all(|part| {
            let bytes = part.as_bytes();
            match bytes {
                [digit] => digit.is_ascii_digit(),
                [ten, digit] => (b'0'..=b'5').contains(ten) && digit.is_ascii_digit(),
                _ => false,
            }
        })
        && fraction.is_none_or(|fraction| fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_'))
}

fn older_reading_of_integer(text: &str) -> Option<&'static str> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.starts_with("0o") {
        return Some("text");
    }
    if digits.len() < 2 || !digits.starts_with('0') || digits.starts_with("0x") {
        return None;
    }
    if digits.bytes().all(|digit| digit < b'8') {
        Some("an octal number")
    } else {
        Some("text")
    }
}

/// `12e5`: a short commit id as often as a number.
fn is_hash_like(text: &str) -> bool {
    text.split_once(['e', 'E'])
        .is_some_and(|(mantissa, exponent)| {
            mantissa.bytes().all(|byte| byte.is_ascii_digit())
                && exponent.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// The number in a spelling without exponent, when that is short.
fn plain_number(value: f64) -> Option<String> {
    (value.abs() < 1e15 && value.fract() == 0.0).then(|| format!("{value:.1}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_read_by_the_core_schema() {
        for (text, expected) in [
            ("", Meaning::Null),
            ("~", Meaning::Null),
            ("Null", Meaning::Null),
            ("nULL", Meaning::String),
            ("true", Meaning::Boolean(true)),
            ("FALSE", Meaning::Boolean(false)),
            ("tRUE", Meaning::String),
            ("no", Meaning::String),
            ("on", Meaning::String),
            ("0", Meaning::Integer(0)),
            ("-17", Meaning::Integer(-17)),
            ("+5", Meaning::Integer(5)),
            ("017", Meaning::Integer(17)),
            ("0o17", Meaning::Integer(15)),
            ("0x1F", Meaning::Integer(31)),
            ("-0x1F", Meaning::String),
            ("0b11", Meaning::String),
            ("1_000", Meaning::String),
            ("12:30", Meaning::String),
            ("2026-01-31", Meaning::String),
            ("1.5", Meaning::Number(1.5)),
            ("1.", Meaning::Number(1.0)),
            (".5", Meaning::Number(0.5)),
            ("-1e3", Meaning::Number(-1000.0)),
            ("1e400", Meaning::String),
            (".inf", Meaning::String),
            (".nan", Meaning::String),
            ("-9223372036854775808", Meaning::Integer(i64::MIN)),
            (
                "9223372036854775808",
                Meaning::Number(9.223_372_036_854_776e18),
            ),
            ("-", Meaning::String),
            ("+", Meaning::String),
            (".", Meaning::String),
            ("1.2.3", Meaning::String),
            ("e3", Meaning::String),
            ("1e", Meaning::String),
            ("0x", Meaning::String),
            ("é", Meaning::String),
        ] {
            assert_eq!(meaning(text), expected, "{text:?}");
        }
    }

    #[test]
    fn spellings_that_yaml_1_1_reads_otherwise_are_found() {
        for (text, older, clear) in [
            ("no", "the boolean `false`", "\"no\""),
            ("On", "the boolean `true`", "\"On\""),
            ("1_000", "a number", "\"1_000\""),
            ("1_0.5", "a number", "\"1_0.5\""),
            ("12:30", "a number in base 60", "\"12:30\""),
            ("12:30:45", "a number in base 60", "\"12:30:45\""),
            ("0b11", "a binary number", "\"0b11\""),
            ("-0x1F", "a hexadecimal number", "\"-0x1F\""),
            ("017", "an octal number", "17"),
            ("09", "text", "9"),
            ("0o17", "text", "15"),
            ("12e5", "text", "1200000.0"),
            (".inf", "a number that is not finite", "\".inf\""),
        ] {
            let found = ambiguity(text, meaning(text)).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.older, found.clear.as_str()),
                (older, clear),
                "{text}"
            );
        }
    }

    #[test]
    fn everything_else_is_clear() {
        for text in [
            "",
            "~",
            "true",
            "0",
            "17",
            "-3",
            "0x1F",
            "1.5",
            "1.5e+3",
            "1e-7",
            "nothing",
            "yess",
            "10:99",
            "busybox:1.36",
            "a:1",
            "2026-01-31",
            "2026-01-31T10:00:00Z",
            "1.2.3",
            "_1",
            "12:30:",
            "08:30",
        ] {
            assert_eq!(ambiguity(text, meaning(text)), None, "{text}");
        }
    }
}
