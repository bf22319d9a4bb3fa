//! Reading the fields, and what is wrong with them.

use super::CronField;
use crate::suggest::did_you_mean;
use crate::values::{Duration, Invalid};

/// The words of a text with their places.
pub(super) fn split(text: &str) -> Vec<(usize, &str)> {
    text.split_whitespace()
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect()
}

pub(super) fn count(text: &str, parts: &[(usize, &str)]) -> Result<(), Invalid> {
    let fields = "the fields are minute, hour, day of the month, month and weekday";
    match parts {
        [] => Err(Invalid::new(0..text.len(), "a cron schedule is missing").help(fields)),
        [_, _, _, _, _] => Ok(()),
        [_, rest @ ..] if parts.len() == 6 => {
            let from = rest[0].0;
            let end = rest[4].0 + rest[4].1.len();
            Err(Invalid::new(
                0..text.len(),
                "a cron schedule has five fields, and this one has 6",
            )
            .help(format!(
                "without the field for seconds, this is `{}`",
                &text[from..end]
            )))
        }
        _ => Err(Invalid::new(
            0..text.len(),
            format!(
                "a cron schedule has five fields, and this one has {}",
                parts.len()
            ),
        )
        .help(fields)),
    }
}

pub(super) fn macro_instead(text: &str, word: &str) -> Invalid {
    let known = [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
    ];
    let everything = 0..text.len();
    let invalid = Invalid::new(everything, format!("`{text}` is not five cron fields"));
    if let Some((_, fields)) = known
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
    {
        return invalid.help(format!("write `{fields}`"));
    }
    let interval = text.strip_prefix("@every").and_then(|rest| {
        let minutes = Duration::parse(rest.trim()).ok()?.whole_seconds()?;
        let (minutes, seconds) = (minutes / 60, minutes % 60);
        match (seconds, minutes) {
            (0, 1) => Some("* * * * *".to_owned()),
            (0, 2..=30) if 60 % minutes == 0 => Some(format!("*/{minutes} * * * *")),
            (0, 60) => Some("0 * * * *".to_owned()),
            (0, 120..=720) if 1440 % minutes == 0 && minutes % 60 == 0 => {
                Some(format!("0 */{} * * *", minutes / 60))
            }
            (0, 1440) => Some("0 0 * * *".to_owned()),
            _ => None,
        }
    });
    match interval {
        Some(fields) => invalid.help(format!("write `{fields}`")),
        None => invalid
            .help("write minute, hour, day of the month, month and weekday, such as `0 3 * * *`"),
    }
}

/// The values of one field, as bits; ranges of errors are relative to the field.
pub(super) fn read_field(field: CronField, text: &str) -> Result<u64, Invalid> {
    let mut values = 0;
    let mut at = 0;
    for item in text.split(',') {
        if item.is_empty() {
            let comma = if at == 0 { 0..1 } else { at - 1..at };
            return Err(Invalid::new(comma, "nothing stands beside this comma"));
        }
        values |= read_item(field, item).map_err(|invalid| invalid.shifted(at))?;
        at += item.len() + 1;
    }
    if field == CronField::Weekday && values & 1 << 7 != 0 {
        values = values & !(1 << 7) | 1;
    }
    Ok(values)
}

/// `*`, `5`, `1-5`, `*/10` or `8-18/2`.
fn read_item(field: CronField, item: &str) -> Result<u64, Invalid> {
    let (span, step) = match item.split_once('/') {
        Some((span, step)) => (span, Some(step)),
        None => (item, None),
    };
    let (least, greatest) = field.bounds();
    let (from, to) = if span == "*" {
        // `*` is each weekday once; the second name of Sunday is no further day.
        (
            least,
            greatest.min(if field == CronField::Weekday {
                6
            } else {
                greatest
            }),
        )
    } else if let Some((from, to)) = span.split_once('-') {
        let from_value = read_value(field, from)?;
        let to_value = read_value(field, to).map_err(|e| e.shifted(from.len() + 1))?;
        if from_value > to_value {
            return Err(backward_range(field, span, from, to));
        }
        (from_value, to_value)
    } else {
        let value = read_value(field, span)?;
        if step.is_some() {
            return Err(Invalid::new(
                0..item.len(),
                format!("`{item}` has a step but no range, which engines read in two ways"),
            )
            .help(format!("write `{span}-{greatest}{}`", &item[span.len()..])));
        }
        (value, value)
    };
    let step = match step {
        Some(step) => read_step(step, to - from).map_err(|e| e.shifted(span.len() + 1))?,
        None => 1,
    };
    Ok((from..=to)
        .step_by(step)
        .fold(0, |bits, value| bits | 1 << value))
}

fn backward_range(field: CronField, span: &str, from: &str, to: &str) -> Invalid {
    let (least, greatest) = field.bounds();
    let words = field.words();
    let last = match words.last() {
        Some(word) if !from.starts_with(|c: char| c.is_ascii_digit()) => (*word).to_owned(),
        _ if field == CronField::Weekday => "6".to_owned(),
        _ => greatest.to_string(),
    };
    let first = match words.first() {
        Some(word) if !to.starts_with(|c: char| c.is_ascii_digit()) => (*word).to_owned(),
        _ => least.to_string(),
    };
    let part = |from: &str, to: &str| {
        if from == to {
            from.to_owned()
        } else {
            format!("{from}-{to}")
        }
    };
    Invalid::new(0..span.len(), format!("the range `{span}` runs backwards")).help(format!(
        "write `{},{}`",
        part(from, &last),
        part(&first, to)
    ))
}

fn read_value(field: CronField, text: &str) -> Result<u8, Invalid> {
    let everything = 0..text.len();
    let (least, greatest) = field.bounds();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse::<u8>() {
            Ok(value) if (least..=greatest).contains(&value) => Ok(value),
            _ => Err(Invalid::new(
                everything,
                format!(
                    "{text} is not {}: that is {least} to {greatest}",
                    field.name()
                ),
            )),
        };
    }
    let words = field.words();
    if let Some(place) = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case(text))
    {
        // Months count from 1, weekdays from 0.
        return Ok(place as u8 + least);
    }
    let invalid = Invalid::new(everything, format!("`{text}` is not {}", field.name()));
    let help = did_you_mean(&text.to_uppercase(), words.iter().copied());
    Err(match help {
        Some(help) => invalid.help(help),
        None if text.contains(['?', 'L', 'W', '#']) => invalid
            .help("`?`, `L`, `W` and `#` are not understood everywhere; write numbers or `*`"),
        None if words.is_empty() => {
            invalid.help(format!("write numbers from {least} to {greatest}, or `*`"))
        }
        None => invalid.help(format!(
            "write {} to {}, a number, or `*`",
            words[0],
            words[words.len() - 1]
        )),
    })
}

fn read_step(text: &str, length: u8) -> Result<usize, Invalid> {
    let everything = 0..text.len();
    match text.parse::<usize>() {
        Ok(0) => Err(Invalid::new(everything, "a step of 0 never moves on")),
        Ok(step) if step > usize::from(length) => Err(Invalid::new(
            everything,
            format!(
                "a step of {step} is longer than the range, so that only its first value counts"
            ),
        )
        .help("write that value alone")),
        Ok(step) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(step),
        _ => Err(Invalid::new(everything, format!("`{text}` is not a step"))
            .help("a step is a number, such as `*/15`")),
    }
}

/// The field as written, except for what some engine does not read: Sunday as 7.
pub(super) fn normal_text(field: CronField, text: &str, values: u64) -> String {
    if field == CronField::Weekday && text.contains('7') {
        let values: Vec<String> = bits(values).map(|value| value.to_string()).collect();
        return values.join(",");
    }
    text.to_ascii_uppercase()
}

pub(super) fn bits(values: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |bit| values & 1 << bit != 0)
}
