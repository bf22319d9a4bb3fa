//! Cron schedules of five fields, in the common ground of all orchestrators.

mod read;

use std::fmt;
use std::ops::Range;

use super::Invalid;
use read::{bits, count, macro_instead, normal_text, read_field, split};

/// Five cron fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    /// Each field in the spelling that every orchestrator reads.
    fields: [String; 5],
    /// The values of each field, one bit each.
    values: [u64; 5],
}

/// The fields in the order they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// The day of the month, 1 to 31.
    Day,
    /// 1 to 12.
    Month,
    /// 0 (Sunday) to 6.
    Weekday,
}

impl CronField {
    /// All fields in the order they are written.
    pub const ALL: [Self; 5] = [
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Weekday,
    ];

    /// One value of the field, in words.
    fn name(self) -> &'static str {
        match self {
            Self::Minute => "a minute",
            Self::Hour => "an hour",
            Self::Day => "a day of the month",
            Self::Month => "a month",
            Self::Weekday => "a weekday",
        }
    }

    /// The least and the greatest value that may be written.
    fn bounds(self) -> (u8, u8) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            // Sunday is 0, and may be written as 7.
            Self::Weekday => (0, 7),
        }
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Month => &[
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ],
            Self::Weekday => &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
            _ => &[],
        }
    }
}

impl Cron {
    /// Reads five fields: numbers, names of months and weekdays, ranges, steps and lists.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let parts = split(text);
        if let Some((_, first)) = parts.first()
            && first.starts_with('@')
        {
            return Err(macro_instead(text, first));
        }
        count(text, &parts)?;
        let mut cron = Self {
            text: text.to_owned(),
            fields: Default::default(),
            values: [0; 5],
        };
        for (field, (at, part)) in CronField::ALL.into_iter().zip(&parts) {
            let values = read_field(field, part).map_err(|invalid| invalid.shifted(*at))?;
            cron.values[field as usize] = values;
            cron.fields[field as usize] = normal_text(field, part, values);
        }
        cron.check_day_comes(parts[2].0..parts[3].0 + parts[3].1.len())?;
        Ok(cron)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A field's text, in a spelling that every orchestrator reads.
    pub fn field(&self, field: CronField) -> &str {
        &self.fields[field as usize]
    }

    /// The values of a field, ascending; Sunday is 0.
    pub fn values(&self, field: CronField) -> impl Iterator<Item = u8> {
        bits(self.values[field as usize])
    }

    /// Whether a field is `*`, so that it says nothing.
    pub fn is_any(&self, field: CronField) -> bool {
        self.fields[field as usize] == "*"
    }

    /// Whether both the day of the month and the weekday are said; cron then takes either.
    pub fn has_either_day(&self) -> bool {
        !self.is_any(CronField::Day) && !self.is_any(CronField::Weekday)
    }

    /// A day that no chosen month has never comes, unless a weekday is said as well.
    fn check_day_comes(&self, range: Range<usize>) -> Result<(), Invalid> {
        const LONGEST: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let first_day = self.values(CronField::Day).next().unwrap_or(1);
        let comes = self
            .values(CronField::Month)
            .any(|month| first_day <= LONGEST[usize::from(month - 1)]);
        if comes || self.has_either_day() {
            return Ok(());
        }
        Err(Invalid::new(
            range,
            format!("this schedule never comes: none of its months has a day {first_day}"),
        )
        .help("choose an earlier day or another month"))
    }
}

/// The five fields with single spaces.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fields.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    fn cron(text: &str) -> Cron {
        Cron::parse(text).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
    }

    #[test]
    fn fields_can_be_read_back() {
        let cron = cron("0,30  8-18/2 1 jan-mar MON-FRI");
        let values = |field| cron.values(field).collect::<Vec<u8>>();
        assert_eq!(values(CronField::Minute), [0, 30]);
        assert_eq!(values(CronField::Hour), [8, 10, 12, 14, 16, 18]);
        assert_eq!(values(CronField::Day), [1]);
        assert_eq!(values(CronField::Month), [1, 2, 3]);
        assert_eq!(values(CronField::Weekday), [1, 2, 3, 4, 5]);
        assert_eq!(cron.field(CronField::Hour), "8-18/2");
        assert_eq!(cron.to_string(), "0,30 8-18/2 1 JAN-MAR MON-FRI");
        assert_eq!(cron.as_str(), "0,30  8-18/2 1 jan-mar MON-FRI");
        assert!(cron.has_either_day());
    }

    #[test]
    fn sunday_as_seven_is_written_as_zero() {
        assert_eq!(cron("0 3 * * 7").to_string(), "0 3 * * 0");
        assert_eq!(cron("0 3 * * 5-7").to_string(), "0 3 * * 0,5,6");
        assert_eq!(cron("0 3 * * *").values(CronField::Weekday).count(), 7);
    }

    #[test]
    fn days_that_come_only_in_leap_years_or_by_weekday_are_days() {
        assert!(Cron::parse("0 0 29 2 *").is_ok());
        assert!(Cron::parse("0 0 31 2 MON").is_ok());
        assert!(Cron::parse("0 0 31 2,3 *").is_ok());
    }

    #[test]
    fn macros_say_what_to_write() {
        for (text, help) in [
            ("@daily", "write `0 0 * * *`"),
            ("@Hourly", "write `0 * * * *`"),
            ("@every 5m", "write `*/5 * * * *`"),
            ("@every 2h", "write `0 */2 * * *`"),
            (
                "@reboot",
                "write minute, hour, day of the month, month and weekday, such as `0 3 * * *`",
            ),
            (
                "@every 7m",
                "write minute, hour, day of the month, month and weekday, such as `0 3 * * *`",
            ),
        ] {
            assert_invalid(
                text,
                Cron::parse(text),
                text,
                &format!("`{text}` is not five cron fields"),
                help,
            );
        }
    }

    #[test]
    fn problems_underline_the_part_that_is_wrong() {
        let five = "the fields are minute, hour, day of the month, month and weekday";
        for (text, underlined, message, help) in [
            (
                "60 * * * *",
                "60",
                "60 is not a minute: that is 0 to 59",
                "",
            ),
            ("0 24 * * *", "24", "24 is not an hour: that is 0 to 23", ""),
            (
                "0 0 0 * *",
                "0",
                "0 is not a day of the month: that is 1 to 31",
                "",
            ),
            (
                "0 0 * 1,13 *",
                "13",
                "13 is not a month: that is 1 to 12",
                "",
            ),
            (
                "0 0 * * MUN",
                "MUN",
                "`MUN` is not a weekday",
                "did you mean `SUN`?",
            ),
            (
                "0 0 * JANUARY *",
                "JANUARY",
                "`JANUARY` is not a month",
                "write JAN to DEC, a number, or `*`",
            ),
            (
                "0 0 ? * *",
                "?",
                "`?` is not a day of the month",
                "`?`, `L`, `W` and `#` are not understood everywhere; write numbers or `*`",
            ),
            (
                "0 0 * * FRI-MON",
                "FRI-MON",
                "the range `FRI-MON` runs backwards",
                "write `FRI-SAT,SUN-MON`",
            ),
            (
                "0 22-2 * * *",
                "22-2",
                "the range `22-2` runs backwards",
                "write `22-23,0-2`",
            ),
            ("*/0 * * * *", "0", "a step of 0 never moves on", ""),
            (
                "*/90 * * * *",
                "90",
                "a step of 90 is longer than the range, so that only its first value counts",
                "write that value alone",
            ),
            (
                "5/15 * * * *",
                "5/15",
                "`5/15` has a step but no range, which engines read in two ways",
                "write `5-59/15`",
            ),
            ("1,,2 * * * *", ",", "nothing stands beside this comma", ""),
            (
                "*/x * * * *",
                "x",
                "`x` is not a step",
                "a step is a number, such as `*/15`",
            ),
            (
                "1- * * * *",
                "",
                "`` is not a minute",
                "write numbers from 0 to 59, or `*`",
            ),
            (
                "0 0 31 2 *",
                "31 2",
                "this schedule never comes: none of its months has a day 31",
                "choose an earlier day or another month",
            ),
            (
                "0 0 31 2,4 *",
                "31 2,4",
                "this schedule never comes: none of its months has a day 31",
                "choose an earlier day or another month",
            ),
            (
                "0 3 * *",
                "0 3 * *",
                "a cron schedule has five fields, and this one has 4",
                five,
            ),
            (
                "0 0 3 * * *",
                "0 0 3 * * *",
                "a cron schedule has five fields, and this one has 6",
                "without the field for seconds, this is `0 3 * * *`",
            ),
            ("", "", "a cron schedule is missing", five),
        ] {
            assert_invalid(text, Cron::parse(text), underlined, message, help);
        }
    }
}
