//! Durations: `30s`, `1h30m`, `1.5h`, `500ms`, `2d`.

use std::fmt;

use super::Invalid;

/// A length of time, in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    milliseconds: u64,
}

/// Unit, milliseconds, and other spellings that people try.
const UNITS: [(&str, u64, &[&str]); 6] = [
    ("w", 604_800_000, &["wk", "week", "weeks"]),
    ("d", 86_400_000, &["D", "day", "days"]),
    ("h", 3_600_000, &["H", "hr", "hrs", "hour", "hours"]),
    ("m", 60_000, &["min", "mins", "minute", "minutes"]),
    ("s", 1000, &["S", "sec", "secs", "second", "seconds"]),
    ("ms", 1, &["msec", "millis", "millisecond", "milliseconds"]),
];

/// A hundred years: no task waits longer, and every engine can count that far.
const LONGEST: u64 = 36_500 * 86_400_000;

impl Duration {
    /// Reads numbers with units, the larger unit first. A day has 24 hours, a week seven days.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let everything = 0..text.len();
        if text.trim().is_empty() {
            return Err(Invalid::new(everything, "a duration is missing").help(EXAMPLE));
        }
        if text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            return Err(
                Invalid::new(everything, format!("`{text}` has no unit")).help(format!(
                    "write `{text}s` for seconds, or `{text}m` for minutes"
                )),
            );
        }
        if text.starts_with('-') {
            return Err(Invalid::new(0..1, "a duration cannot be negative"));
        }
        if text.starts_with(['P', 'p']) {
            return Err(
                Invalid::new(everything, format!("`{text}` is not a duration"))
                    .help("write numbers with units instead of the ISO form, such as `1h30m`"),
            );
        }
        let mut total: u64 = 0;
        let mut last_unit: Option<(usize, &str)> = None;
        let mut at = 0;
        while at < text.len() {
            let part = Part::read(text, at)?;
            if let Some((last, name)) = last_unit
                && part.unit <= last
            {
                let unit = UNITS[part.unit].0;
                let message = if part.unit == last {
                    format!("`{unit}` stands twice in one duration")
                } else {
                    format!("`{unit}` stands after `{name}`")
                };
                return Err(Invalid::new(at..part.end, message)
                    .help("write the larger unit first, each one once, such as `1h30m`"));
            }
            last_unit = Some((part.unit, UNITS[part.unit].0));
            total = total.saturating_add(part.milliseconds);
            at = part.end;
        }
        if total > LONGEST {
            return Err(Invalid::new(everything, "a duration is at most 100 years"));
        }
        Ok(Self {
            milliseconds: total,
        })
    }

    /// From milliseconds.
    pub const fn from_milliseconds(milliseconds: u64) -> Self {
        Self { milliseconds }
    }

    /// From seconds, rounded to milliseconds.
    pub fn from_seconds(seconds: f64) -> Self {
        Self {
            milliseconds: (seconds * 1000.0).round() as u64,
        }
    }

    /// In seconds.
    pub fn as_seconds(self) -> f64 {
        self.milliseconds as f64 / 1000.0
    }

    /// In milliseconds.
    pub fn as_milliseconds(self) -> u64 {
        self.milliseconds
    }

    /// In seconds, when it is a whole number of them.
    pub fn whole_seconds(self) -> Option<u64> {
        self.milliseconds
            .is_multiple_of(1000)
            .then_some(self.milliseconds / 1000)
    }

    /// In seconds, rounded up: never shorter than what was asked for.
    pub fn whole_seconds_up(self) -> u64 {
        self.milliseconds.div_ceil(1000)
    }

    /// Whether it is no time at all.
    pub fn is_zero(self) -> bool {
        self.milliseconds == 0
    }

    /// The shortest exact text with hours as the largest unit, such as `36h`: what Go reads.
    pub fn without_days(self) -> String {
        self.text(&UNITS[2..4])
    }

    /// Whole units of the table, largest first, then seconds.
    fn text(self, units: &[(&str, u64, &[&str])]) -> String {
        let mut rest = self.milliseconds;
        let mut text = String::new();
        for (name, size, _) in units {
            if rest >= *size {
                text.push_str(&format!("{}{name}", rest / size));
                rest %= size;
            }
        }
        match (rest / 1000, rest % 1000) {
            (0, 0) if !text.is_empty() => {}
            (seconds, 0) => text.push_str(&format!("{seconds}s")),
            (0, milliseconds) => text.push_str(&format!("{milliseconds}ms")),
            (seconds, milliseconds) => {
                let fraction = format!("{milliseconds:03}");
                text.push_str(&format!("{seconds}.{}s", fraction.trim_end_matches('0')));
            }
        }
        text
    }
}

/// The shortest exact text: `1h30m` for ninety minutes.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&UNITS[1..4]))
    }
}

const EXAMPLE: &str = "write a number with a unit, such as `30s`, `5m`, `1h30m` or `2d`";

/// One number with its unit.
struct Part {
    /// The place of the unit in the table.
    unit: usize,
    milliseconds: u64,
    end: usize,
}

impl Part {
    fn read(text: &str, at: usize) -> Result<Self, Invalid> {
        let rest = &text[at..];
        let digits = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        if digits == 0 {
            return Err(Self::no_number(text, at));
        }
        let unit_length: usize = rest[digits..]
            .chars()
            .take_while(|c| !c.is_ascii_digit() && !c.is_whitespace())
            .map(char::len_utf8)
            .sum();
        let end = at + digits + unit_length;
        let (number, unit) = (&rest[..digits], &rest[digits..digits + unit_length]);
        let Some(index) = UNITS.iter().position(|(name, ..)| *name == unit) else {
            return Err(unknown_unit(text, at, number, unit));
        };
        match exact_milliseconds(number, UNITS[index].1) {
            Some(milliseconds) => Ok(Self {
                unit: index,
                milliseconds,
                end,
            }),
            None => Err(Invalid::new(
                at..at + digits,
                format!("`{number}{unit}` is not a whole number of milliseconds"),
            )),
        }
    }

    fn no_number(text: &str, at: usize) -> Invalid {
        let rest = &text[at..];
        let length = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let without_spaces: String = text.split_whitespace().collect();
        let invalid = Invalid::new(at..at + length, format!("`{text}` is not a duration"));
        if without_spaces != text && Duration::parse(&without_spaces).is_ok() {
            invalid.help(format!("write `{without_spaces}`, without spaces"))
        } else {
            invalid.help(EXAMPLE)
        }
    }
}

/// `number * size`, when that is a whole number.
fn exact_milliseconds(number: &str, size: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    // What is too long for the arithmetic is too long for a duration too.
    let whole = whole
        .parse::<u64>()
        .unwrap_or(u64::MAX)
        .saturating_mul(size);
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 12 {
        return None;
    }
    let scale = 10u128.pow(fraction.len() as u32);
    let parts = fraction.parse::<u128>().unwrap_or(0) * u128::from(size);
    (parts % scale == 0).then_some(whole.saturating_add((parts / scale) as u64))
}

fn unknown_unit(text: &str, at: usize, number: &str, unit: &str) -> Invalid {
    let start = at + number.len();
    if unit.is_empty() {
        let spaced: String = text.split_whitespace().collect();
        let invalid = Invalid::new(at..start, format!("`{number}` has no unit"));
        let mended = (spaced != text)
            .then(|| Duration::parse(&spaced))
            .and_then(Result::ok);
        return match mended {
            Some(duration) => invalid.help(format!("write `{duration}`, without spaces")),
            None => invalid.help(EXAMPLE),
        };
    }
    let known = UNITS.iter().find(|(_, _, others)| {
        others.contains(&unit.to_lowercase().as_str()) || others.contains(&unit)
    });
    let invalid = Invalid::new(
        start..start + unit.len(),
        format!("`{unit}` is not a unit of time"),
    );
    match known {
        Some((name, ..)) => invalid.help(format!("write `{number}{name}`")),
        None if unit == "M" => invalid.help(format!("write `{number}m` for minutes")),
        None => invalid.help("the units are `ms`, `s`, `m`, `h`, `d` and `w`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    #[test]
    fn durations_are_read_and_shown_in_their_shortest_form() {
        for (text, milliseconds, shown) in [
            ("30s", 30_000, "30s"),
            ("90m", 5_400_000, "1h30m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("1.5h", 5_400_000, "1h30m"),
            ("500ms", 500, "500ms"),
            ("1500ms", 1500, "1.5s"),
            ("0.25s", 250, "250ms"),
            ("2d", 172_800_000, "2d"),
            ("36h", 129_600_000, "1d12h"),
            ("1w", 604_800_000, "7d"),
            ("1d2h3m4s5ms", 93_784_005, "1d2h3m4.005s"),
            ("0s", 0, "0s"),
        ] {
            let duration = Duration::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(duration.as_milliseconds(), milliseconds, "{text}");
            assert_eq!(duration.to_string(), shown, "{text}");
            assert_eq!(Duration::parse(shown), Ok(duration));
        }
    }

    #[test]
    fn helpers_never_shorten() {
        assert_eq!(Duration::from_milliseconds(1).whole_seconds_up(), 1);
        assert_eq!(Duration::from_milliseconds(1500).whole_seconds(), None);
        assert_eq!(Duration::from_milliseconds(2000).whole_seconds(), Some(2));
        assert_eq!(
            Duration::from_milliseconds(129_600_000).without_days(),
            "36h"
        );
        assert_eq!(
            Duration::from_milliseconds(90_500).without_days(),
            "1m30.5s"
        );
    }

    #[test]
    fn what_is_no_duration_says_what_to_write() {
        for (text, underlined, message, help) in [
            (
                "30",
                "30",
                "`30` has no unit",
                "write `30s` for seconds, or `30m` for minutes",
            ),
            ("", "", "a duration is missing", EXAMPLE),
            ("30sec", "sec", "`sec` is not a unit of time", "write `30s`"),
            ("10 minutes", "10", "`10` has no unit", EXAMPLE),
            (
                "1h 30m",
                " ",
                "`1h 30m` is not a duration",
                "write `1h30m`, without spaces",
            ),
            ("5 m", "5", "`5` has no unit", "write `5m`, without spaces"),
            ("1h30", "30", "`30` has no unit", EXAMPLE),
            (
                "30m1h",
                "1h",
                "`h` stands after `m`",
                "write the larger unit first, each one once, such as `1h30m`",
            ),
            (
                "1h2h",
                "2h",
                "`h` stands twice in one duration",
                "write the larger unit first, each one once, such as `1h30m`",
            ),
            (
                "PT1H",
                "PT1H",
                "`PT1H` is not a duration",
                "write numbers with units instead of the ISO form, such as `1h30m`",
            ),
            ("soon", "soon", "`soon` is not a duration", EXAMPLE),
            (
                "3µs",
                "µs",
                "`µs` is not a unit of time",
                "the units are `ms`, `s`, `m`, `h`, `d` and `w`",
            ),
        ] {
            assert_invalid(text, Duration::parse(text), underlined, message, help);
        }
        assert_invalid(
            "-5m",
            Duration::parse("-5m"),
            "-",
            "a duration cannot be negative",
            "",
        );
        assert_invalid(
            "0.0001s",
            Duration::parse("0.0001s"),
            "0.0001",
            "`0.0001s` is not a whole number of milliseconds",
            "",
        );
        assert_invalid(
            "99999999999999999999d",
            Duration::parse("99999999999999999999d"),
            "99999999999999999999d",
            "a duration is at most 100 years",
            "",
        );
    }
}
