//! Days and moments: `2026-01-31` and `2026-01-31T10:00:00Z`.

use std::cmp::Ordering;
use std::ops::Range;

use jiff::civil;

use super::Invalid;

/// A day or a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    text: String,
    day: (i16, i8, i8),
    time: Option<Time>,
}

/// The time of a moment, and how far its clock is from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
    /// 0 to 59.
    pub second: i8,
    /// The fraction of the second.
    pub nanosecond: i32,
    /// Minutes that the clock is ahead of UTC.
    pub offset_minutes: i16,
}

const FORM: &str = "write a day such as `2026-01-31`, or a moment such as `2026-01-31T10:00:00Z`";

impl Date {
    /// Reads a day, or a moment with its offset from UTC.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (day_text, rest) = match text.char_indices().nth(10) {
            Some((at, _)) => text.split_at(at),
            None => (text, ""),
        };
        let day = read_day(day_text, text)?;
        let time = match rest.chars().next() {
            None => None,
            Some('T') => Some(read_time(text, day_text.len() + 1)?),
            Some('t' | ' ') => {
                let at = day_text.len();
                let mended = format!("{day_text}T{}", &rest[1..]);
                return Err(
                    Invalid::new(at..at + 1, "`T` stands between a day and its time")
                        .help(format!("write `{mended}`")),
                );
            }
            Some(_) => {
                return Err(Invalid::new(
                    day_text.len()..text.len(),
                    format!("`{text}` is neither a day nor a moment"),
                )
                .help(FORM));
            }
        };
        Ok(Self {
            text: text.to_owned(),
            day,
            time,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Year, month and day, on the clock it was written for.
    pub fn day(&self) -> (i16, i8, i8) {
        self.day
    }

    /// The time, when it is a moment.
    pub fn time(&self) -> Option<Time> {
        self.time
    }

    /// Nanoseconds since 1970 in UTC; a day counts from its first moment in UTC.
    fn nanoseconds(&self) -> i128 {
        let (year, month, day) = self.day;
        let Ok(date) = civil::Date::new(year, month, day) else {
            return 0;
        };
        let days = (date - civil::date(1970, 1, 1)).get_days();
        let seconds = |time: Time| {
            let minutes = i64::from(time.hour) * 60 + i64::from(time.minute);
            (minutes - i64::from(time.offset_minutes)) * 60 + i64::from(time.second)
        };
        let of_day = self.time.map_or(0, seconds);
        let fraction = self.time.map_or(0, |time| time.nanosecond);
        i128::from(i64::from(days) * 86_400 + of_day) * 1_000_000_000 + i128::from(fraction)
    }
}

/// By time; the same moment in two spellings by the spelling.
impl Ord for Date {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanoseconds()
            .cmp(&other.nanoseconds())
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn read_day(day: &str, text: &str) -> Result<(i16, i8, i8), Invalid> {
    let bytes = day.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return Err(Invalid::new(
            0..text.len(),
            format!("`{text}` is neither a day nor a moment"),
        )
        .help(FORM));
    }
    let number = |range: Range<usize>| day[range].parse::<i16>().unwrap_or_default();
    let (year, month, of_month) = (number(0..4), number(5..7) as i8, number(8..10) as i8);
    if !(1..=12).contains(&month) {
        return Err(Invalid::new(5..7, format!("there is no month {month}")));
    }
    let date = civil::Date::new(year, month, of_month);
    match date {
        Ok(_) => Ok((year, month, of_month)),
        Err(_) => Err(Invalid::new(
            8..10,
            format!("the month {} has no day {of_month}", &day[..7]),
        )),
    }
}

/// `10:00:00`, `10:00:00.5`, then `Z` or `+02:00`.
fn read_time(text: &str, at: usize) -> Result<Time, Invalid> {
    let rest = &text[at..];
    let clock_length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
        .count();
    let (clock, offset) = rest.split_at(clock_length);
    let wrong = |range: Range<usize>, what: &str| {
        Err(Invalid::new(range, format!("`{}` is not {what}", &text[at..])).help(FORM))
    };
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return wrong(at..text.len(), "a time with hour, minute and second");
    };
    if parts.iter().any(|part| part.len() != 2)
        || fraction.is_empty()
        || fraction.contains([':', '.'])
    {
        return wrong(at..text.len(), "a time with hour, minute and second");
    }
    let mut values = [0; 3];
    for (index, (part, (limit, name))) in [hour, minute, second]
        .into_iter()
        .zip([(24, "hour"), (60, "minute"), (60, "second")])
        .enumerate()
    {
        values[index] = part.parse::<i8>().unwrap_or(i8::MAX);
        if values[index] >= limit {
            let start = at + index * 3;
            return Err(Invalid::new(
                start..start + 2,
                format!("there is no {name} {part}"),
            ));
        }
    }
    let offset_minutes = read_offset(text, at + clock_length, offset)?;
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    Ok(Time {
        hour: values[0],
        minute: values[1],
        second: values[2],
        nanosecond: digits.parse().unwrap_or_default(),
        offset_minutes,
    })
}

fn read_offset(text: &str, at: usize, offset: &str) -> Result<i16, Invalid> {
    let bytes = offset.as_bytes();
    match bytes {
        b"Z" => Ok(0),
        [] => Err(Invalid::new(
            0..text.len(),
            format!("`{text}` does not say how far its clock is from UTC"),
        )
        .help(format!(
            "write `{text}Z` for UTC, or an offset such as `{text}+02:00`"
        ))),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2]
            if [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()) =>
        {
            let number = |ten: u8, one: u8| i16::from(ten - b'0') * 10 + i16::from(one - b'0');
            let (hours, minutes) = (number(*h1, *h2), number(*m1, *m2));
            if hours > 23 || minutes > 59 {
                return Err(Invalid::new(
                    at..text.len(),
                    format!("there is no offset `{offset}`"),
                ));
            }
            let total = hours * 60 + minutes;
            Ok(if *sign == b'-' { -total } else { total })
        }
        _ => Err(Invalid::new(
            at..text.len(),
            format!("`{offset}` is not an offset from UTC"),
        )
        .help("write `Z` for UTC, or an offset such as `+02:00`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
    }

    #[test]
    fn days_and_moments_have_parts() {
        assert_eq!(date("2026-01-31").day(), (2026, 1, 31));
        assert_eq!(date("2026-01-31").time(), None);
        let time = date("2024-02-29T10:20:30.5+02:30").time();
        let expected = Time {
            hour: 10,
            minute: 20,
            second: 30,
            nanosecond: 500_000_000,
            offset_minutes: 150,
        };
        assert_eq!(time, Some(expected));
    }

    #[test]
    fn dates_are_ordered_by_time() {
        assert!(date("2026-01-31") < date("2026-02-01"));
        assert!(date("2026-01-31T00:30:00+01:00") < date("2026-01-31"));
        assert!(date("2026-01-31") < date("2026-01-31T00:00:01Z"));
        assert!(date("1969-12-31") < date("1970-01-01T00:00:00.5Z"));
        assert_ne!(date("2026-01-31"), date("2026-01-31T00:00:00Z"));
    }

    #[test]
    fn problems_underline_the_part_that_is_wrong() {
        for (text, underlined, message, help) in [
            ("2026-13-01", "13", "there is no month 13", ""),
            ("2026-02-30", "30", "the month 2026-02 has no day 30", ""),
            ("2023-02-29", "29", "the month 2023-02 has no day 29", ""),
            (
                "31.01.2026",
                "31.01.2026",
                "`31.01.2026` is neither a day nor a moment",
                FORM,
            ),
            (
                "2026-1-3",
                "2026-1-3",
                "`2026-1-3` is neither a day nor a moment",
                FORM,
            ),
            (
                "tomorrow",
                "tomorrow",
                "`tomorrow` is neither a day nor a moment",
                FORM,
            ),
            (
                "größer als",
                "größer als",
                "`größer als` is neither a day nor a moment",
                FORM,
            ),
            (
                "2026-01-31x",
                "x",
                "`2026-01-31x` is neither a day nor a moment",
                FORM,
            ),
            (
                "2026-01-31 10:00:00Z",
                " ",
                "`T` stands between a day and its time",
                "write `2026-01-31T10:00:00Z`",
            ),
            (
                "2026-01-31T10:00:00",
                "2026-01-31T10:00:00",
                "`2026-01-31T10:00:00` does not say how far its clock is from UTC",
                "write `2026-01-31T10:00:00Z` for UTC, or an offset such as `2026-01-31T10:00:00+02:00`",
            ),
            ("2026-01-31T24:00:00Z", "24", "there is no hour 24", ""),
            ("2026-01-31T10:60:00Z", "60", "there is no minute 60", ""),
            (
                "2026-01-31T10Z",
                "10Z",
                "`10Z` is not a time with hour, minute and second",
                FORM,
            ),
            (
                "2026-01-31T10:00:00+2",
                "+2",
                "`+2` is not an offset from UTC",
                "write `Z` for UTC, or an offset such as `+02:00`",
            ),
            (
                "2026-01-31T10:00:00ü",
                "ü",
                "`ü` is not an offset from UTC",
                "write `Z` for UTC, or an offset such as `+02:00`",
            ),
        ] {
            assert_invalid(text, Date::parse(text), underlined, message, help);
        }
    }
}
