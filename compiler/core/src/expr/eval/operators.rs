//! What the operators give.

use super::{Outcome, whole};
use crate::expr::types::a_value;
use crate::expr::value::MAX_INTEGER;
use crate::expr::{BinaryOp, Type, UnaryOp, Value};

pub(super) fn field(object: Value, name: &str) -> Outcome {
    match object {
        Value::Object(mut fields) => fields
            .swap_remove(name)
            .ok_or_else(|| format!("the object has no field `{name}`")),
        other => Err(format!("{} has no field `{name}`", a_value(&other))),
    }
}

pub(super) fn element(list: Value, index: &Value) -> Outcome {
    match (list, index) {
        (Value::List(mut list), index) => {
            let position = whole(index).ok_or_else(|| {
                format!(
                    "the index of a list must be an integer, not {}",
                    a_value(index)
                )
            })?;
            match usize::try_from(position) {
                Ok(at) if at < list.len() => Ok(list.swap_remove(at)),
                _ => Err(format!(
                    "the index {position} is outside of a list of {}",
                    list.len()
                )),
            }
        }
        (object @ Value::Object(_), Value::String(name)) => field(object, name),
        (Value::Object(_), index) => Err(format!(
            "the key of an object must be a string, not {}",
            a_value(index)
        )),
        (other, _) => Err(format!("{} has no elements to index", a_value(&other))),
    }
}

pub(super) fn unary(op: UnaryOp, value: &Value, ty: &Type) -> Outcome {
    match (op, value) {
        (UnaryOp::Not, Value::Boolean(value)) => Ok(Value::Boolean(!value)),
        (UnaryOp::Not, other) => Err(format!("`!` needs a boolean, not {}", a_value(other))),
        (UnaryOp::Negate, value) => arithmetic(BinaryOp::Subtract, &Value::Integer(0), value, ty),
    }
}

pub(super) fn binary(op: BinaryOp, a: Value, b: Value, ty: &Type) -> Outcome {
    use BinaryOp as Op;
    match op {
        Op::Equal => Ok(Value::Boolean(a == b)),
        Op::NotEqual => Ok(Value::Boolean(a != b)),
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => order(op, &a, &b),
        Op::In => membership(&a, &b),
        Op::Add => addition(a, b, ty),
        _ => arithmetic(op, &a, &b, ty),
    }
}

fn order(op: BinaryOp, a: &Value, b: &Value) -> Outcome {
    let ordering = match (a, b) {
        // Bytes of UTF-8 sort as their code points do.
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    let ordering = ordering.ok_or_else(|| {
        format!(
            "`{}` compares two numbers or two strings, not {} and {}",
            op.symbol(),
            a_value(a),
            a_value(b)
        )
    })?;
    Ok(Value::Boolean(match op {
        BinaryOp::Less => ordering.is_lt(),
        BinaryOp::LessEqual => ordering.is_le(),
        BinaryOp::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    }))
}

fn membership(a: &Value, b: &Value) -> Outcome {
    match (a, b) {
        (_, Value::List(list)) => Ok(Value::Boolean(list.contains(a))),
        (Value::String(key), Value::Object(fields)) => Ok(Value::Boolean(fields.contains_key(key))),
        (_, Value::Object(_)) => Err(format!(
            "a key of an object is a string, not {}",
            a_value(a)
        )),
        _ => Err(format!(
            "`in` needs a list or an object, not {}",
            a_value(b)
        )),
    }
}

fn addition(a: Value, b: Value, ty: &Type) -> Outcome {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Ok(Value::String(a + &b)),
        (Value::List(mut a), Value::List(b)) => {
            a.extend(b);
            Ok(Value::List(a))
        }
        (a, b) if a.as_f64().is_some() && b.as_f64().is_some() => {
            arithmetic(BinaryOp::Add, &a, &b, ty)
        }
        (a, b) => Err(format!(
            "`+` cannot join {} and {}",
            a_value(&a),
            a_value(&b)
        )),
    }
}

fn arithmetic(op: BinaryOp, a: &Value, b: &Value, ty: &Type) -> Outcome {
    let operand = |value: &Value| {
        value
            .as_f64()
            .ok_or_else(|| format!("`{}` needs numbers, not {}", op.symbol(), a_value(value)))
    };
    let (x, y) = (operand(a)?, operand(b)?);
    if *ty == Type::Integer {
        let operand = |value: &Value| {
            whole(value)
                .ok_or_else(|| format!("`{}` needs integers, not {}", op.symbol(), value.text()))
        };
        return integers(op, operand(a)?, operand(b)?);
    }
    let value = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        _ if y == 0.0 => return Err("division by zero".into()),
        _ => x / y,
    };
    if !value.is_finite() {
        return Err(format!("the result of `{}` is too large", op.symbol()));
    }
    // There is one zero: `0 - 0.0` and `-0.0` are the same value.
    Ok(Value::Number(value + 0.0))
}

fn integers(op: BinaryOp, x: i64, y: i64) -> Outcome {
    let value = match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Subtract => x.checked_sub(y),
        BinaryOp::Multiply => x.checked_mul(y),
        _ if y == 0 => return Err("division by zero".into()),
        BinaryOp::Divide => x.checked_div(y),
        _ => x.checked_rem(y),
    };
    match value {
        Some(value) if value.abs() <= MAX_INTEGER => Ok(Value::Integer(value)),
        _ => Err(format!("the result of `{}` is beyond ±2^53", op.symbol())),
    }
}
