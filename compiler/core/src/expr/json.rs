//! JSON texts to values, with the bounds that our values have.

use super::Value;
use super::value::MAX_INTEGER;

/// An integer in JSON form: no `+`, no leading zero, no fraction, within ±2^53.
pub(super) fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !is_whole(digits) {
        return None;
    }
    let value = text.parse::<i64>().ok()?;
    (value.abs() <= MAX_INTEGER).then_some(value)
}

/// A number in JSON form that a double can hold.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !is_whole(whole) || !is_digits(fraction) || !is_digits(exponent) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Any JSON text as a value.
///
/// # Errors
/// Where and why it is no JSON, or that it holds what our values cannot.
pub(super) fn value(text: &str) -> Result<Value, String> {
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    from_json(json)
}

fn from_json(json: serde_json::Value) -> Result<Value, String> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Boolean(value),
        serde_json::Value::Number(number) => from_number(&number)?,
        serde_json::Value::String(text) => Value::String(without_nul(text)?),
        serde_json::Value::Array(list) => {
            Value::List(list.into_iter().map(from_json).collect::<Result<_, _>>()?)
        }
        serde_json::Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(key, value)| Ok((without_nul(key)?, from_json(value)?)));
            Value::object(fields.collect::<Result<_, String>>()?)
        }
    })
}

/// A whole number beyond ±2^53 is a number, for that is what every JSON reader can agree on.
fn from_number(number: &serde_json::Number) -> Result<Value, String> {
    match (number.as_i64(), number.as_f64()) {
        (Some(value), _) if value.unsigned_abs() <= MAX_INTEGER as u64 => Ok(Value::Integer(value)),
        (_, Some(value)) if value == 0.0 && value.is_sign_negative() => Ok(Value::Integer(0)),
        (_, Some(value)) if value.is_finite() => Ok(Value::Number(value)),
        _ => Err(format!("holds the number `{number}`, which is too large")),
    }
}

fn without_nul(text: String) -> Result<String, String> {
    if text.contains('\0') {
        return Err("holds the character NUL, which no text can".into());
    }
    Ok(text)
}

fn is_whole(text: &str) -> bool {
    is_digits(text) && (text.len() == 1 || !text.starts_with('0'))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
