//! Amounts of CPU, memory and disk in Kubernetes' notation: `16Gi`, `500m`, `0.5`, `4`.

use std::cmp::Ordering;
use std::fmt;

use super::Invalid;

/// An amount in Kubernetes' notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    text: String,
    /// The amount in billionths, which is as fine as Kubernetes counts.
    nanos: u128,
}

const NANOS: u128 = 1_000_000_000;

/// Kubernetes counts no further.
const GREATEST: u128 = i64::MAX as u128 * NANOS;

/// Suffixes and their factors in billionths.
const SUFFIXES: [(&str, u128); 16] = [
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("", NANOS),
    ("k", NANOS * 1_000),
    ("M", NANOS * 1_000_000),
    ("G", NANOS * 1_000_000_000),
    ("T", NANOS * 1_000_000_000_000),
    ("P", NANOS * 1_000_000_000_000_000),
    ("E", NANOS * 1_000_000_000_000_000_000),
    ("Ki", NANOS << 10),
    ("Mi", NANOS << 20),
    ("Gi", NANOS << 30),
    ("Ti", NANOS << 40),
    ("Pi", NANOS << 50),
    ("Ei", NANOS << 60),
];

const FORM: &str = "write a number with or without a suffix, such as `4`, `500m`, `0.5` or `16Gi`";

impl Quantity {
    /// Reads a number with an optional suffix or exponent.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let everything = 0..text.len();
        if text.trim().is_empty() {
            return Err(Invalid::new(everything, "an amount is missing").help(FORM));
        }
        if text.starts_with('-') {
            return Err(Invalid::new(0..1, "an amount cannot be negative"));
        }
        let sign = usize::from(text.starts_with('+'));
        let digits = text[sign..]
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let (number, suffix) = (&text[sign..sign + digits], &text[sign + digits..]);
        if !number.bytes().any(|byte| byte.is_ascii_digit()) || number.matches('.').count() > 1 {
            return Err(Invalid::new(everything, format!("`{text}` is not an amount")).help(FORM));
        }
        let factor = match factor(suffix) {
            Some(factor) => factor,
            None => return Err(unknown_suffix(text, number, sign + digits, suffix)),
        };
        let too_large = || {
            Invalid::new(
                everything.clone(),
                format!("`{text}` is more than Kubernetes can count"),
            )
        };
        let nanos = factor.times(number).ok_or_else(too_large)?;
        match nanos {
            Exact::Nanos(nanos) if nanos > GREATEST => Err(too_large()),
            Exact::Nanos(nanos) => Ok(Self {
                text: text.to_owned(),
                nanos,
            }),
            Exact::Finer => Err(Invalid::new(
                everything,
                format!("`{text}` is finer than a billionth, which Kubernetes would round"),
            )),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The exact amount in billionths.
    pub fn nanos(&self) -> u128 {
        self.nanos
    }

    /// The amount as a number, which is exact for all common ones.
    pub fn as_number(&self) -> f64 {
        self.nanos as f64 / NANOS as f64
    }

    /// Whole units, such as bytes, rounded up.
    pub fn whole_up(&self) -> u64 {
        self.nanos.div_ceil(NANOS) as u64
    }

    /// The amount, when it is whole.
    pub fn whole(&self) -> Option<u64> {
        self.nanos
            .is_multiple_of(NANOS)
            .then_some((self.nanos / NANOS) as u64)
    }

    /// Thousandths, such as those of a CPU, rounded up.
    pub fn thousandths_up(&self) -> u128 {
        self.nanos.div_ceil(NANOS / 1000)
    }
}

/// As it was written.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// By amount; the same amount in two spellings by the spelling.
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos
            .cmp(&other.nanos)
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What a suffix multiplies with.
enum Factor {
    Nanos(u128),
    PowerOfTen(i32),
}

enum Exact {
    Nanos(u128),
    /// Not a whole number of billionths.
    Finer,
}

impl Factor {
    /// The exact product; nothing when it is out of all bounds.
    fn times(&self, number: &str) -> Option<Exact> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Exact::Nanos(0));
        }
        let (mut value, mut power) = (digits.parse::<u128>().ok()?, -(fraction.len() as i32));
        match self {
            Self::Nanos(factor) => value = value.checked_mul(*factor)?,
            Self::PowerOfTen(exponent) => power = power.checked_add(exponent + 9)?,
        }
        let scale = 10u128.checked_pow(power.unsigned_abs());
        match scale {
            Some(scale) if power >= 0 => Some(Exact::Nanos(value.checked_mul(scale)?)),
            Some(scale) if value % scale == 0 => Some(Exact::Nanos(value / scale)),
            None if power >= 0 => None,
            _ => Some(Exact::Finer),
        }
    }
}

fn factor(suffix: &str) -> Option<Factor> {
    if let Some((_, factor)) = SUFFIXES.iter().find(|(name, _)| *name == suffix) {
        return Some(Factor::Nanos(*factor));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // An exponent that does not fit is out of all bounds.
    valid.then(|| {
        Factor::PowerOfTen(
            exponent
                .parse::<i16>()
                .map_or(i32::from(i16::MAX), i32::from),
        )
    })
}

fn unknown_suffix(text: &str, number: &str, at: usize, suffix: &str) -> Invalid {
    let trimmed = suffix.trim();
    let invalid = Invalid::new(
        at..text.len(),
        match trimmed {
            "" => format!("`{text}` ends in a space"),
            _ => format!("`{trimmed}` is not a suffix of an amount"),
        },
    );
    if trimmed.is_empty() {
        return invalid.help(format!("write `{number}`"));
    }
    if trimmed != suffix && factor(trimmed).is_some() {
        return invalid.help(format!("write `{number}{trimmed}`, without a space"));
    }
    let lower = trimmed.to_lowercase();
    let letter = lower
        .strip_suffix("ib")
        .or_else(|| lower.strip_suffix('b'))
        .unwrap_or(&lower);
    let letter = letter.strip_suffix('i').unwrap_or(letter);
    let (decimal, binary) = match letter {
        "k" => ("k", "Ki"),
        "m" => ("M", "Mi"),
        "g" => ("G", "Gi"),
        "t" => ("T", "Ti"),
        "p" => ("P", "Pi"),
        "e" => ("E", "Ei"),
        "" if lower == "b" => {
            return invalid.help(format!("write `{number}`: bytes have no suffix"));
        }
        _ => return invalid.help(FORM),
    };
    if lower.contains('i') {
        return invalid.help(format!("write `{number}{binary}`"));
    }
    invalid.help(format!(
        "write `{number}{binary}` for powers of 1024, or `{number}{decimal}` for powers of 1000"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
    }

    #[test]
    fn amounts_are_exact() {
        for (text, nanos) in [
            ("4", 4 * NANOS),
            ("0.5", NANOS / 2),
            ("500m", NANOS / 2),
            (".5", NANOS / 2),
            ("5.", 5 * NANOS),
            ("16Gi", (16 << 30) * NANOS),
            ("0.5Ki", 512 * NANOS),
            ("1e3", 1000 * NANOS),
            ("1E-3", NANOS / 1000),
            ("1E", 1_000_000_000_000_000_000 * NANOS),
            ("100n", 100),
            ("+1", NANOS),
            ("0", 0),
            ("0e99", 0),
        ] {
            assert_eq!(quantity(text).nanos(), nanos, "{text}");
            assert_eq!(quantity(text).to_string(), text);
        }
    }

    #[test]
    fn amounts_compare_by_value_whatever_their_spelling() {
        assert!(quantity("1Gi") > quantity("1G"));
        assert!(quantity("0.5") < quantity("501m"));
        assert_eq!(quantity("0.5").nanos(), quantity("500m").nanos());
        assert_eq!(quantity("16Gi").whole(), Some(17_179_869_184));
        assert_eq!(quantity("0.5").whole(), None);
        assert_eq!(quantity("0.5").whole_up(), 1);
        assert_eq!(quantity("0.0001").thousandths_up(), 1);
        assert_eq!(quantity("1500m").as_number(), 1.5);
    }

    #[test]
    fn problems_say_what_to_write() {
        for (text, underlined, message, help) in [
            (
                "16GB",
                "GB",
                "`GB` is not a suffix of an amount",
                "write `16Gi` for powers of 1024, or `16G` for powers of 1000",
            ),
            (
                "16g",
                "g",
                "`g` is not a suffix of an amount",
                "write `16Gi` for powers of 1024, or `16G` for powers of 1000",
            ),
            (
                "512K",
                "K",
                "`K` is not a suffix of an amount",
                "write `512Ki` for powers of 1024, or `512k` for powers of 1000",
            ),
            (
                "16GiB",
                "GiB",
                "`GiB` is not a suffix of an amount",
                "write `16Gi`",
            ),
            (
                "16 Gi",
                " Gi",
                "`Gi` is not a suffix of an amount",
                "write `16Gi`, without a space",
            ),
            (
                "100b",
                "b",
                "`b` is not a suffix of an amount",
                "write `100`: bytes have no suffix",
            ),
            ("four", "four", "`four` is not an amount", FORM),
            ("1.2.3", "1.2.3", "`1.2.3` is not an amount", FORM),
            ("1/2", "/2", "`/2` is not a suffix of an amount", FORM),
            ("-1", "-", "an amount cannot be negative", ""),
            ("", "", "an amount is missing", FORM),
            (
                "0.5n",
                "0.5n",
                "`0.5n` is finer than a billionth, which Kubernetes would round",
                "",
            ),
            (
                "1e99",
                "1e99",
                "`1e99` is more than Kubernetes can count",
                "",
            ),
            (
                "1e99999999999",
                "1e99999999999",
                "`1e99999999999` is more than Kubernetes can count",
                "",
            ),
            (
                "9223372036854775808",
                "9223372036854775808",
                "`9223372036854775808` is more than Kubernetes can count",
                "",
            ),
            ("ü", "ü", "`ü` is not an amount", FORM),
        ] {
            assert_invalid(text, Quantity::parse(text), underlined, message, help);
        }
    }
}
