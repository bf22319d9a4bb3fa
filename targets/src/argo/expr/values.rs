//! Values in Argo's expressions: literals, and what is read as text.

use flowc_core::expr::value::number_text;
use flowc_core::expr::{Type, Value};

use super::{Code, Level, Operand};

/// A string literal of Argo's language in which no tag opens or closes.
pub(crate) fn quote(text: &str) -> Code {
    let mut out = String::with_capacity(text.len() + 2);
    let mut split = false;
    let mut last = '\0';
    out.push('"');
    for character in text.chars() {
        if (character == '{' || character == '}') && last == character {
            out.push_str("\" + \"");
            split = true;
        }
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 || control == '\u{7f}' => {
                out.push_str(&format!("\\u{:04x}", control as u32));
            }
            other => out.push(other),
        }
        last = character;
    }
    out.push('"');
    Code::new(if split { Level::Sum } else { Level::Atom }, out)
}

/// The code of a constant.
pub(crate) fn constant(value: &Value) -> Code {
    match value {
        Value::Null => Code::atom("nil"),
        Value::Boolean(value) => Code::atom(value.to_string()),
        Value::Integer(value) => number(value.to_string()),
        Value::Number(value) => number(number_text(*value)),
        Value::String(text) => quote(text),
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(|item| constant(item).text).collect();
            Code::atom(format!("[{}]", items.join(", ")))
        }
        Value::Object(fields) => {
            let items = fields
                .iter()
                .map(|(key, value)| (quoted_key(key), constant(value).text));
            object(items)
        }
    }
}

pub(super) fn number(text: String) -> Code {
    let level = if text.starts_with('-') {
        Level::Unary
    } else {
        Level::Atom
    };
    Code::new(level, text)
}

pub(super) fn quoted_key(key: &str) -> String {
    let code = quote(key);
    if code.level == Level::Atom {
        code.text
    } else {
        format!("({})", code.text)
    }
}

pub(super) fn object(fields: impl Iterator<Item = (String, String)>) -> Code {
    let fields: Vec<String> = fields
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    let inner = fields.join(", ");
    // Two closing braces in a row would end the tag, two opening ones start one.
    let open = if inner.starts_with('{') { "{ " } else { "{" };
    let close = if inner.ends_with('}') { " }" } else { "}" };
    Code::atom(format!("{open}{inner}{close}"))
}

/// The code of the text of a value of a type.
pub(crate) fn text_of(code: Code, ty: &Type) -> Code {
    match ty {
        Type::String => code,
        Type::Integer | Type::Number | Type::Boolean => Code::call("toJson", &code),
        Type::List(element) if is_plain(element) => Code::call("toJson", &code),
        // Argo's own `toJson` writes `<`, `>` and `&` in a form made for web pages.
        Type::List(_) | Type::Object => Code::call("sprig.toRawJson", &code),
        Type::Any => Code::new(
            Level::Conditional,
            format!(
                "type({0}) == \"string\" ? {1} : sprig.toRawJson({0})",
                code.text,
                code.at(Level::Or)
            ),
        ),
    }
}

/// The code of the value that a text stands for.
pub(crate) fn decode(operand: Operand, ty: &Type) -> Code {
    match operand {
        Operand::Typed(code) => code,
        Operand::Raw(code) => match ty {
            Type::String => code,
            Type::Integer => Code::call("asInt", &code),
            Type::Number => Code::call("asFloat", &code),
            _ => Code::call("fromJSON", &code),
        },
        Operand::Aggregated(code) => decode_aggregated(&code, ty),
    }
}

/// Argo gives a list of texts, and of values where all texts are JSON lists or objects.
fn decode_aggregated(code: &Code, ty: &Type) -> Code {
    let list = format!("fromJSON({})", code.text);
    let element = match ty {
        Type::List(element) => element.as_ref(),
        _ => &Type::Any,
    };
    Code::atom(match element {
        Type::Integer => format!("map({list}, asInt(#))"),
        Type::Number => format!("map({list}, asFloat(#))"),
        Type::Boolean => format!("map({list}, fromJSON(#))"),
        Type::String => format!("map({list}, type(#) == \"string\" ? # : sprig.toRawJson(#))"),
        _ => format!("map({list}, type(#) == \"string\" ? fromJSON(#) : #)"),
    })
}

fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Integer | Type::Number | Type::Boolean => true,
        Type::List(element) => is_plain(element),
        _ => false,
    }
}

/// Whether `==` of Argo's language could see a difference between an integer and the same number
/// read from JSON, deep inside.
pub(super) fn compares_as_text(ty: &Type) -> bool {
    match ty {
        Type::Object => true,
        Type::List(element) => matches!(**element, Type::Any | Type::Object | Type::List(_)),
        _ => false,
    }
}
