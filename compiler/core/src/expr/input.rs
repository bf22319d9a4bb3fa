//! How text from outside becomes a typed value: outputs that tasks write, parameters that runs are given.

use super::calls::shown;
use super::display::literal;
use super::pattern::Pattern;
use super::types::a;
use super::{Type, Value, json};
use crate::flow::Parameter;

/// The largest output, in bytes.
pub const MAX_OUTPUT: usize = 32 * 1024;

/// The value of an output from the bytes of its file.
///
/// The bytes are UTF-8; one trailing newline is dropped. A string is what is then left. Everything
/// else is in JSON form: an integer has neither fraction nor exponent and lies within ±2^53, a number
/// is finite, lists and objects are JSON. `null` can only stand inside an object.
///
/// # Errors
/// Why it is no such value, in the form of a diagnostic's message.
pub fn read_output(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    if bytes.len() > MAX_OUTPUT {
        return Err(format!(
            "the text has {} bytes, which is more than {MAX_OUTPUT}",
            bytes.len()
        ));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("the text is not UTF-8 at byte {}", error.valid_up_to()))?;
    typed_text(ty, text.strip_suffix('\n').unwrap_or(text))
}

/// The value of a parameter from a command line: a string as it is, everything else in JSON form.
///
/// # Errors
/// Why it is no such value, in the form of a diagnostic's message.
pub fn parse_parameter_text(ty: &Type, text: &str) -> Result<Value, String> {
    typed_text(ty, text)
}

/// A value as one of a type: an integer becomes a number where one is wanted.
///
/// # Errors
/// What does not fit, in the form of a diagnostic's message.
pub fn conform(value: Value, ty: &Type) -> Result<Value, String> {
    match (value, ty) {
        (value, Type::Any)
        | (value @ Value::String(_), Type::String)
        | (value @ Value::Integer(_), Type::Integer)
        | (value @ Value::Number(_), Type::Number)
        | (value @ Value::Boolean(_), Type::Boolean)
        | (value @ Value::Object(_), Type::Object) => Ok(value),
        (Value::Integer(value), Type::Number) => Ok(Value::Number(value as f64)),
        (Value::List(list), Type::List(element)) => {
            let list = list.into_iter().enumerate().map(|(position, value)| {
                conform(value, element)
                    .map_err(|problem| format!("{problem} (at position {position})"))
            });
            Ok(Value::List(list.collect::<Result<_, _>>()?))
        }
        (value, ty) => Err(format!("{} is not {}", shown(&literal(&value)), a(ty))),
    }
}

/// Whether a parameter may have a value: its type, and `min`, `max`, `enum` and `pattern`.
///
/// # Errors
/// What does not fit, in the form of a diagnostic's message.
pub fn check_parameter_value(parameter: &Parameter, value: &Value) -> Result<(), String> {
    conform(value.clone(), &parameter.ty)?;
    let written = || shown(&literal(value));
    let number = value.as_f64();
    if let (Some(number), Some(min)) = (number, &parameter.min)
        && number < min.value
    {
        return Err(format!("{} is less than {}", written(), bound(min.value)));
    }
    if let (Some(number), Some(max)) = (number, &parameter.max)
        && number > max.value
    {
        return Err(format!("{} is more than {}", written(), bound(max.value)));
    }
    if let Some(choices) = &parameter.choices
        && !choices.value.contains(value)
    {
        let choices: Vec<String> = choices
            .value
            .iter()
            .map(|choice| shown(&literal(choice)))
            .collect();
        return Err(format!(
            "{} is not one of {}",
            written(),
            choices.join(", ")
        ));
    }
    if let (Some(text), Some(pattern)) = (value.as_str(), &parameter.pattern)
        && !Pattern::matches_whole(&pattern.value, text).map_err(|invalid| invalid.message)?
    {
        return Err(format!(
            "{} does not match the pattern `{}`",
            written(),
            pattern.value
        ));
    }
    Ok(())
}

fn bound(value: f64) -> String {
    format!("`{}`", Value::Number(value).text())
}

fn typed_text(ty: &Type, text: &str) -> Result<Value, String> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    let value = match ty {
        Type::String if text.contains('\0') => {
            return Err("the text holds the character NUL".into());
        }
        Type::String => Some(Value::String(text.to_owned())),
        Type::Integer => json::integer(trimmed).map(Value::Integer),
        Type::Number => json::number(trimmed).map(|value| Value::Number(value + 0.0)),
        Type::Boolean => match trimmed {
            "true" => Some(Value::Boolean(true)),
            "false" => Some(Value::Boolean(false)),
            _ => None,
        },
        Type::List(_) | Type::Object | Type::Any => {
            let value = json::value(text)
                .map_err(|problem| format!("{} is not {}: it {problem}", shown(trimmed), a(ty)))?;
            return conform(value, ty);
        }
    };
    value.ok_or_else(|| format!("{} is not {}{}", shown(trimmed), a(ty), hint(ty, trimmed)))
}

/// What may have been meant.
fn hint(ty: &Type, text: &str) -> String {
    let lower = text.to_lowercase();
    match ty {
        Type::Boolean if lower == "true" || lower == "false" => format!(", but `{lower}` is"),
        Type::Integer if json::number(text).is_some_and(|number| number.abs() > 9e15) => {
            ", for it is beyond ±2^53".into()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Spanned};

    fn read(ty: &Type, text: &str) -> Result<String, String> {
        read_output(text.as_bytes(), ty).map(|value| value.json())
    }

    #[test]
    fn outputs_are_read_in_json_form() {
        let objects = Type::list(Type::Object);
        for (ty, text, json) in [
            (&Type::String, "hello\n", "\"hello\""),
            (&Type::String, "hello\n\n", "\"hello\\n\""),
            (&Type::String, "", "\"\""),
            (&Type::String, "\"quoted\"", "\"\\\"quoted\\\"\""),
            (&Type::Integer, "42\n", "42"),
            (&Type::Integer, "-9007199254740992", "-9007199254740992"),
            (&Type::Number, "5.0", "5"),
            (&Type::Number, "1e3\n", "1000"),
            (&Type::Number, "-0.0", "0"),
            (&Type::Boolean, "true\r\n", "true"),
            (
                &Type::list(Type::String),
                "[\"a\", \"é\"]\n",
                "[\"a\",\"é\"]",
            ),
            (&Type::list(Type::Number), "[1, 2.5]", "[1,2.5]"),
            (
                &Type::Object,
                "{\"a\": null, \"b\": [1, \"x\"]}",
                "{\"a\":null,\"b\":[1,\"x\"]}",
            ),
            (&objects, "[{}]", "[{}]"),
        ] {
            assert_eq!(read(ty, text).as_deref(), Ok(json), "{text}");
        }
    }

    #[test]
    fn outputs_of_another_form_are_refused() {
        for (ty, text, problem) in [
            (&Type::Integer, "007", "`007` is not an integer"),
            (&Type::Integer, "5.0", "`5.0` is not an integer"),
            (&Type::Integer, "+5", "`+5` is not an integer"),
            (&Type::Integer, "", "`` is not an integer"),
            (
                &Type::Integer,
                "9007199254740993",
                "`9007199254740993` is not an integer, for it is beyond ±2^53",
            ),
            (&Type::Number, "NaN", "`NaN` is not a number"),
            (&Type::Number, "Infinity", "`Infinity` is not a number"),
            (&Type::Number, "1e999", "`1e999` is not a number"),
            (&Type::Number, ".5", "`.5` is not a number"),
            (
                &Type::Boolean,
                "True",
                "`True` is not a boolean, but `true` is",
            ),
            (
                &Type::list(Type::String),
                "[1]",
                "`1` is not a string (at position 0)",
            ),
            (
                &Type::list(Type::Integer),
                "[1, 5.0]",
                "`5.0` is not an integer (at position 1)",
            ),
            (
                &Type::list(Type::String),
                "a b",
                "`a b` is not a list<string>: it is not JSON: expected value at line 1 column 1",
            ),
            (
                &Type::list(Type::String),
                "[null]",
                "`null` is not a string (at position 0)",
            ),
            (&Type::Object, "null", "`null` is not an object"),
            (
                &Type::Object,
                "{\"a\": NaN}",
                "`{\"a\": NaN}` is not an object: it is not JSON: expected value at line 1 column 7",
            ),
            (
                &Type::Object,
                "{\"a\": \"\\u0000\"}",
                "`{\"a\": \"\\u0000\"}` is not an object: it holds the character NUL, which no text can",
            ),
            (&Type::String, "a\0b", "the text holds the character NUL"),
        ] {
            assert_eq!(read(ty, text), Err(problem.to_owned()), "{text}");
        }
        assert_eq!(
            read_output(b"a\xff", &Type::String),
            Err("the text is not UTF-8 at byte 1".into())
        );
        assert_eq!(
            read_output(&vec![b'a'; MAX_OUTPUT + 1], &Type::String),
            Err("the text has 32769 bytes, which is more than 32768".into())
        );
        assert!(read_output(&vec![b'a'; MAX_OUTPUT], &Type::String).is_ok());
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = "[".repeat(30_000);
        assert!(read(&Type::list(Type::Any), &deep).is_err());
    }

    fn parameter(ty: Type) -> Parameter {
        Parameter {
            name: Spanned::new("p".into(), Span::default()),
            ty,
            default: None,
            min: None,
            max: None,
            choices: None,
            pattern: None,
            description: None,
        }
    }

    #[test]
    fn constraints_of_parameters_hold() {
        let spanned = |value| Some(Spanned::new(value, Span::default()));
        let number = Parameter {
            min: spanned(0.0),
            max: spanned(1.5),
            ..parameter(Type::Number)
        };
        let text = |text: &str| Value::String(text.into());
        assert_eq!(check_parameter_value(&number, &Value::Integer(1)), Ok(()));
        assert_eq!(check_parameter_value(&number, &Value::Number(1.5)), Ok(()));
        assert_eq!(
            check_parameter_value(&number, &Value::Number(1.75)),
            Err("`1.75` is more than `1.5`".into())
        );
        assert_eq!(
            check_parameter_value(&number, &Value::Integer(-1)),
            Err("`-1` is less than `0`".into())
        );
        assert_eq!(
            check_parameter_value(&number, &text("a")),
            Err("`\"a\"` is not a number".into())
        );
        let choice = Parameter {
            choices: Some(Spanned::new(vec![text("a"), text("b")], Span::default())),
            ..parameter(Type::String)
        };
        assert_eq!(check_parameter_value(&choice, &text("b")), Ok(()));
        assert_eq!(
            check_parameter_value(&choice, &text("c")),
            Err("`\"c\"` is not one of `\"a\"`, `\"b\"`".into())
        );
        let pattern = Parameter {
            pattern: Some(Spanned::new("a|b+".into(), Span::default())),
            ..parameter(Type::String)
        };
        assert_eq!(check_parameter_value(&pattern, &text("bb")), Ok(()));
        assert_eq!(
            check_parameter_value(&pattern, &text("ab")),
            Err("`\"ab\"` does not match the pattern `a|b+`".into())
        );
    }

    #[test]
    fn an_integer_becomes_a_number_where_one_is_wanted() {
        assert!(matches!(
            parse_parameter_text(&Type::Number, "1"),
            Ok(Value::Number(_))
        ));
        assert!(matches!(
            conform(Value::Integer(1), &Type::Number),
            Ok(Value::Number(_))
        ));
        assert!(conform(Value::Number(1.0), &Type::Integer).is_err());
    }
}
