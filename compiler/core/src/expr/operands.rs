//! Which operators take which types, and what to tell when they do not fit.

use super::types::{a, join, join_exprs, may_be_number};
use super::{BinaryOp, Expr, ExprKind, Function, Type, UnaryOp};
use crate::diagnostic::Diagnostic;

type Typed = Result<Type, Box<Diagnostic>>;

/// The type of `!x` or `-x`.
pub(super) fn unary_type(op: UnaryOp, operand: &Expr) -> Typed {
    match (op, &operand.ty) {
        (UnaryOp::Not, Type::Boolean | Type::Any) => Ok(Type::Boolean),
        (UnaryOp::Not, _) => Err(needs(
            op.symbol(),
            "a boolean",
            operand,
            help_for_boolean(&operand.ty),
        )),
        (UnaryOp::Negate, Type::Integer) => Ok(Type::Integer),
        (UnaryOp::Negate, Type::Number | Type::Any) => Ok(Type::Number),
        (UnaryOp::Negate, _) => Err(needs(op.symbol(), "a number", operand, None)),
    }
}

/// The type of `left op right`.
pub(super) fn binary_type(op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
    use BinaryOp as Op;
    match op {
        Op::Or | Op::And => logical(op, left, right),
        Op::Equal | Op::NotEqual => equality(op, left, right),
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => order(op, left, right),
        Op::In => membership(left, right),
        Op::Add => addition(left, right),
        Op::Subtract | Op::Multiply | Op::Divide => arithmetic(op, left, right),
        Op::Remainder => remainder(left, right),
    }
}

fn logical(op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
    for operand in [left, right] {
        if !Type::Boolean.accepts(&operand.ty) {
            return Err(needs(
                op.symbol(),
                "booleans",
                operand,
                help_for_boolean(&operand.ty),
            ));
        }
    }
    Ok(Type::Boolean)
}

fn equality(op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
    if join_exprs(left, right).is_some() {
        return Ok(Type::Boolean);
    }
    let message = format!(
        "`{}` compares {} with {}, which are never equal",
        op.symbol(),
        a(&left.ty),
        a(&right.ty)
    );
    Err(clash(message, left, right, conversion(&right.ty, &left.ty)))
}

fn order(op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
    let text = |ty: &Type| matches!(ty, Type::String | Type::Any);
    let both = |fits: &dyn Fn(&Type) -> bool| fits(&left.ty) && fits(&right.ty);
    if both(&may_be_number) || both(&text) {
        return Ok(Type::Boolean);
    }
    let message = format!(
        "`{}` compares two numbers or two strings, not {} and {}",
        op.symbol(),
        a(&left.ty),
        a(&right.ty)
    );
    let chained = |expr: &Expr| matches!(&expr.kind, ExprKind::Binary(op, ..) if op.level() == BinaryOp::Less.level());
    let help = if chained(left) {
        Some("join two comparisons: `a < b && b < c`".into())
    } else {
        conversion(&right.ty, &left.ty)
    };
    Err(clash(message, left, right, help))
}

fn membership(left: &Expr, right: &Expr) -> Typed {
    match &right.ty {
        Type::Any => Ok(Type::Boolean),
        Type::List(element) if join(&left.ty, element).is_some() => Ok(Type::Boolean),
        Type::List(element) => {
            let message = format!(
                "`in` looks for {} in {}, whose elements are never equal to it",
                a(&left.ty),
                a(&right.ty)
            );
            Err(clash(message, right, left, conversion(&left.ty, element)))
        }
        Type::Object if matches!(left.ty, Type::String | Type::Any) => Ok(Type::Boolean),
        Type::Object => Err(needs(
            "in",
            "a string to look for a key of an object",
            left,
            None,
        )),
        Type::String => {
            let help = "write `text.contains(part)` to look for a part of a text";
            Err(needs("in", "a list or an object", right, Some(help.into())))
        }
        _ => Err(needs("in", "a list or an object", right, None)),
    }
}

fn addition(left: &Expr, right: &Expr) -> Typed {
    let joined = match (&left.ty, &right.ty) {
        (Type::String, Type::String) => Some(Type::String),
        (Type::String, Type::Any) | (Type::Any, Type::String) => Some(Type::String),
        (Type::List(_), Type::List(_)) => join_exprs(left, right),
        (Type::List(_), Type::Any) | (Type::Any, Type::List(_)) => Some(Type::list(Type::Any)),
        (Type::Any, Type::Any) => Some(Type::Any),
        (l, r) if may_be_number(l) && may_be_number(r) => Some(number(l, r)),
        _ => None,
    };
    joined.ok_or_else(|| {
        let message = format!("`+` cannot join {} and {}", a(&left.ty), a(&right.ty));
        let help = match (&left.ty, &right.ty) {
            (Type::List(_), _) => Some("write `list + [x]` to add an element".into()),
            (Type::String, _) => conversion(&right.ty, &Type::String),
            (_, Type::String) => conversion(&left.ty, &Type::String),
            _ => None,
        };
        clash(message, left, right, help)
    })
}

fn arithmetic(op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
    for operand in [left, right] {
        if !may_be_number(&operand.ty) {
            let help = conversion(&operand.ty, &Type::Number);
            return Err(needs(op.symbol(), "numbers", operand, help));
        }
    }
    Ok(number(&left.ty, &right.ty))
}

fn remainder(left: &Expr, right: &Expr) -> Typed {
    for operand in [left, right] {
        if !matches!(operand.ty, Type::Integer | Type::Any) {
            let help = conversion(&operand.ty, &Type::Integer);
            return Err(needs("%", "integers", operand, help));
        }
    }
    Ok(Type::Integer)
}

/// An integer only when both are.
fn number(left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Integer, Type::Integer) => Type::Integer,
        _ => Type::Number,
    }
}

fn needs(symbol: &str, wanted: &str, operand: &Expr, help: Option<String>) -> Box<Diagnostic> {
    let message = format!("`{symbol}` needs {wanted}, not {}", a(&operand.ty));
    Diagnostic::error("type-mismatch", operand.span, message)
        .help_opt(help)
        .into()
}

/// The right side does not fit the left one.
fn clash(message: String, left: &Expr, right: &Expr, help: Option<String>) -> Box<Diagnostic> {
    Diagnostic::error("type-mismatch", right.span, message)
        .says(a(&right.ty))
        .label(left.span, a(&left.ty))
        .help_opt(help)
        .into()
}

/// How to make a value of one type one of another.
pub(super) fn conversion(from: &Type, to: &Type) -> Option<String> {
    let function = match (from, to) {
        (_, Type::Boolean) => return help_for_boolean(from),
        (_, Type::String) => "string",
        (Type::Number | Type::String, Type::Integer) => "int",
        (Type::String, Type::Number) => "double",
        _ => return None,
    };
    Some(format!("`{function}(…)` makes it {}", a(to)))
}

/// How to get a boolean from a value.
pub(super) fn help_for_boolean(from: &Type) -> Option<String> {
    let comparison = match from {
        Type::String => "x == \"yes\"",
        Type::Integer | Type::Number => "x > 0",
        Type::List(_) | Type::Object => "size(x) > 0",
        Type::Boolean | Type::Any => return None,
    };
    Some(format!("compare it, such as `{comparison}`"))
}

/// What to write instead of a field of a value that has none.
pub(super) fn help_for_field(ty: &Type, name: &str) -> Option<String> {
    if matches!(name, "length" | "size" | "count" | "len") {
        return Some("write `size(x)`".into());
    }
    match ty {
        Type::List(_) => {
            Some("an element is read by its position, `list[0]`, or with `list.map(x, …)`".into())
        }
        _ if super::functions::find(name).is_some_and(|found| found.function.is_method()) => {
            Some(format!("`{name}` is called: `text.{name}(…)`"))
        }
        _ => None,
    }
}

/// What to write instead of an argument of the wrong type.
pub(super) fn help_for_argument(function: Function, ty: &Type) -> Option<String> {
    match (function, ty) {
        (Function::Contains, Type::List(_)) => Some("write `x in list`".into()),
        (Function::Contains, Type::Object) => Some("write `\"key\" in object`".into()),
        (Function::Range, Type::List(_)) => Some("write `range(size(list))`".into()),
        (Function::Range, _) => conversion(ty, &Type::Integer),
        (Function::Int | Function::Double, Type::Boolean) => Some("write `x ? 1 : 0`".into()),
        (Function::Size, _) => None,
        _ => conversion(ty, &Type::String),
    }
}
