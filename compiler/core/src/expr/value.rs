//! Values of the flow language and their text.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Type;

/// The largest magnitude of an integer: 2^53.
pub const MAX_INTEGER: i64 = 1 << 53;

/// A value. Its JSON form is the obvious one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `null`, only inside JSON that a task wrote.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A whole number within ±2^53.
    Integer(i64),
    /// A double, never NaN or infinite.
    Number(f64),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// An object; the order of its keys is not part of the value. In a box, as it is rare and large.
    Object(Box<IndexMap<String, Value>>),
}

impl Value {
    /// An object.
    pub fn object(fields: IndexMap<String, Value>) -> Self {
        Self::Object(Box::new(fields))
    }

    /// The type; of a list, what its elements have in common.
    pub fn ty(&self) -> Type {
        match self {
            Self::Null => Type::Any,
            Self::Boolean(_) => Type::Boolean,
            Self::Integer(_) => Type::Integer,
            Self::Number(_) => Type::Number,
            Self::String(_) => Type::String,
            Self::List(list) => Type::list(common_type(list.iter().map(Self::ty))),
            Self::Object(_) => Type::Object,
        }
    }

    /// The value as a process sees it: a string as it is, everything else as compact JSON with
    /// numbers as ECMAScript prints them (`1.0` is `1`, `1e21` is `1e+21`).
    pub fn text(&self) -> String {
        match self {
            Self::String(text) => text.clone(),
            other => other.json(),
        }
    }

    /// Compact JSON; non-ASCII text is kept as it is.
    pub fn json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Integer(value) => out.push_str(&value.to_string()),
            Self::Number(value) => out.push_str(&number_text(*value)),
            Self::String(text) => out.push_str(&quoted(text)),
            Self::List(list) => {
                out.push('[');
                for (i, value) in list.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    value.write_json(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (i, (key, value)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    out.push_str(&quoted(key));
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }

    /// The number, of an integer or a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl PartialEq for Value {
    /// Deep; numbers by value, so `1` equals `1.0`; objects whatever their key order.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (a, b) => match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }
}

/// The type that all have in common: number for integers and numbers, `Any` when there is none.
/// No element at all fits any list, so it is `Any` too.
pub fn common_type(types: impl IntoIterator<Item = Type>) -> Type {
    types
        .into_iter()
        .reduce(|a, b| {
            if a == b {
                a
            } else if Type::Number.accepts(&a)
                && Type::Number.accepts(&b)
                && a != Type::Any
                && b != Type::Any
            {
                Type::Number
            } else {
                match (a, b) {
                    (Type::List(a), Type::List(b)) => Type::list(common_type([*a, *b])),
                    _ => Type::Any,
                }
            }
        })
        .unwrap_or(Type::Any)
}

/// A double as ECMAScript's `Number::toString` prints it.
pub fn number_text(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = value.abs();
    if magnitude < 1e15 && value.fract() == 0.0 {
        return (value as i64).to_string();
    }
    if (1e-6..1e21).contains(&magnitude) {
        return format!("{value}");
    }
    // Rust writes `1e21` and `1.5e-7`; only the sign of the exponent is missing.
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            format!("{mantissa}e+{exponent}")
        }
        _ => text,
    }
}

/// A JSON string. Escapes what JSON demands and nothing else.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        for (value, text) in [
            (1.0, "1"),
            (0.9, "0.9"),
            (-0.0, "0"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (0.00001, "0.00001"),
            (1e-6, "0.000001"),
            (123456789.125, "123456789.125"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }

    #[test]
    fn text_of_a_list_is_compact_json() {
        let value: Value =
            serde_json::from_str(r#"[1.0, "é\n", {"b": null, "a": true}]"#).expect("JSON");
        assert_eq!(value.text(), r#"[1,"é\n",{"b":null,"a":true}]"#);
    }
}
