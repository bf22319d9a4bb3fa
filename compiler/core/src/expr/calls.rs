//! What the functions do.

use super::eval::{MAX_RANGE, Outcome, whole};
use super::pattern::Pattern;
use super::types::a_value;
use super::value::MAX_INTEGER;
use super::{Function, Value, json};

/// The patterns of one evaluation, read once each.
#[derive(Default)]
pub(super) struct Patterns(Vec<(String, Pattern)>);

impl Patterns {
    fn get(&mut self, text: &str) -> Result<&Pattern, String> {
        let known = self.0.iter().position(|(known, _)| known == text);
        let at = match known {
            Some(at) => at,
            None => {
                let pattern = Pattern::new(text).map_err(|invalid| invalid.message)?;
                self.0.push((text.to_owned(), pattern));
                self.0.len() - 1
            }
        };
        Ok(&self.0[at].1)
    }
}

pub(super) fn call(function: Function, arguments: Vec<Value>, patterns: &mut Patterns) -> Outcome {
    let name = function.name();
    let mut arguments = arguments.into_iter();
    let mut next = || arguments.next().unwrap_or(Value::Null);
    match function {
        Function::Size => size(&next()),
        Function::String => Ok(Value::String(next().text())),
        Function::Int => int(next()),
        Function::Double => double(next()),
        Function::Range => range(&next()),
        Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::Matches
        | Function::Days => {
            let (a, b) = (text(name, next())?, text(name, next())?);
            Ok(Value::Boolean(match function {
                Function::Contains => a.contains(&b),
                Function::StartsWith => a.starts_with(&b),
                Function::EndsWith => a.ends_with(&b),
                Function::Matches => patterns.get(&b)?.is_found_in(&a),
                _ => return days(&a, &b),
            }))
        }
    }
}

fn text(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("`{name}` needs a string, not {}", a_value(&other))),
    }
}

fn size(value: &Value) -> Outcome {
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::List(list) => list.len(),
        Value::Object(fields) => fields.len(),
        other => {
            return Err(format!(
                "`size` needs a string, a list or an object, not {}",
                a_value(other)
            ));
        }
    };
    Ok(Value::Integer(size as i64))
}

fn int(value: Value) -> Outcome {
    match value {
        Value::Integer(_) => Ok(value),
        Value::Number(number) if number.abs() <= MAX_INTEGER as f64 => {
            Ok(Value::Integer(number as i64))
        }
        Value::Number(_) => Err(format!("`{}` is beyond ±2^53", value.text())),
        Value::String(text) => json::integer(&text)
            .map(Value::Integer)
            .ok_or_else(|| format!("{} is not an integer", shown(&text))),
        other => Err(format!(
            "`int` needs a number or a string, not {}",
            a_value(&other)
        )),
    }
}

fn double(value: Value) -> Outcome {
    match value {
        Value::Integer(integer) => Ok(Value::Number(integer as f64)),
        Value::Number(_) => Ok(value),
        Value::String(text) => json::number(&text)
            .map(|number| Value::Number(number + 0.0))
            .ok_or_else(|| format!("{} is not a number", shown(&text))),
        other => Err(format!(
            "`double` needs a number or a string, not {}",
            a_value(&other)
        )),
    }
}

fn range(value: &Value) -> Outcome {
    let count =
        whole(value).ok_or_else(|| format!("`range` needs an integer, not {}", a_value(value)))?;
    if count > MAX_RANGE as i64 {
        return Err(format!("`range({count})` is longer than {MAX_RANGE}"));
    }
    Ok(Value::List((0..count).map(Value::Integer).collect()))
}

fn days(from: &str, to: &str) -> Outcome {
    let (first, last) = (day(from)?, day(to)?);
    let span = first
        .until(last)
        .map_err(|_| format!("the days from `{from}` to `{to}` cannot be counted"))?;
    let count = i64::from(span.get_days()) + 1;
    if count > MAX_RANGE as i64 {
        return Err(format!(
            "there are more than {MAX_RANGE} days from `{from}` to `{to}`"
        ));
    }
    let days = first
        .series(jiff::Span::new().days(1))
        .take(usize::try_from(count).unwrap_or(0));
    Ok(Value::List(
        days.map(|day| Value::String(day.to_string())).collect(),
    ))
}

/// A day as `2026-01-31`, and in no other form.
fn day(text: &str) -> Result<jiff::civil::Date, String> {
    let wrong = || format!("{} is not a day such as `2026-01-31`", shown(text));
    let digits = |range: std::ops::Range<usize>| {
        text.as_bytes()
            .get(range)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    let shaped = text.len() == 10 && digits(0..4) && digits(5..7) && digits(8..10);
    if !shaped || text.as_bytes()[4] != b'-' || text.as_bytes()[7] != b'-' {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// A text in a message, cut when it is long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}
