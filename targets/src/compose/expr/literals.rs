//! Constants as awk writes them.

use std::fmt::Write as _;

use flowc_core::expr::value::number_text;
use flowc_core::expr::{Type, Value};

use super::{Form, bare};

pub(super) fn value_literal(value: &Value, want: Form) -> String {
    match (value, want) {
        (Value::Integer(number), Form::Number) => signed(number.to_string()),
        (Value::Number(number), Form::Number) => signed(number_text(*number)),
        (Value::Boolean(value), Form::Boolean) => if *value { "1" } else { "0" }.to_owned(),
        (Value::String(text), Form::Text) => literal(text),
        (value, Form::Text) => literal(&value.text()),
        (value, _) => literal(&value.json()),
    }
}

pub(super) fn signed(number: String) -> String {
    // Not every awk reads a constant that is nearly nothing; all read it from a text.
    if number.contains("e-") {
        return format!("number(\"{number}\")");
    }
    if number.starts_with('-') {
        format!("({number})")
    } else {
        number
    }
}

/// A constant in the form of its parameter's type.
pub(in crate::compose) fn conform(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Integer(number), Type::Number) => Value::Number(*number as f64),
        _ => value.clone(),
    }
}

/// The longest constant that is written in one: some awks refuse one of 8 KiB.
const LONGEST_CONSTANT: usize = 4000;

/// A text as a string of awk, in one line.
pub(in crate::compose) fn literal(text: &str) -> String {
    if is_plain(text) {
        let mut out = String::with_capacity(text.len() + 2);
        put_plain(&mut out, text);
        return out;
    }
    let mut pieces = vec![String::new()];
    for character in text.chars() {
        if pieces
            .last()
            .is_some_and(|piece| piece.len() >= LONGEST_CONSTANT)
        {
            pieces.push(String::new());
        }
        let Some(out) = pieces.last_mut() else {
            continue;
        };
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\{:03o}", character as u32);
            }
            _ => out.push(character),
        }
    }
    let quoted: Vec<String> = pieces.iter().map(|piece| format!("\"{piece}\"")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(" ")),
    }
}

/// Writes a text as an argument of a call.
pub(super) fn put_argument(out: &mut String, text: &str) {
    if is_plain(text) {
        put_plain(out, text);
    } else {
        out.push_str(&bare(literal(text)));
    }
}

/// Whether the text can stand between quotes as it is.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\' | 0x7f);
    text.len() < LONGEST_CONSTANT && text.bytes().all(is_plain)
}

fn put_plain(out: &mut String, text: &str) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// A regular expression of bytes as a string of awk.
pub(in crate::compose) fn regex_literal(regex: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in regex {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}
