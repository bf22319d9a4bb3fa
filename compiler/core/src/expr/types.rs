//! What types have in common and how messages name them.

use super::fold::fold;
use super::{Expr, Type, Value};

/// The type that holds values of both, when there is one: numbers mix, `any` takes in everything.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (Type::Any, _) | (_, Type::Any) => Some(Type::Any),
        (Type::Integer, Type::Number) | (Type::Number, Type::Integer) => Some(Type::Number),
        (Type::List(a), Type::List(b)) => join(a, b).map(Type::list),
        _ => None,
    }
}

/// The type that the values of both expressions have; an empty list takes on the other's type.
pub(super) fn join_exprs(a: &Expr, b: &Expr) -> Option<Type> {
    match (&a.ty, &b.ty) {
        (Type::List(_), Type::List(_)) if is_empty_list(a) => Some(b.ty.clone()),
        (Type::List(_), Type::List(_)) if is_empty_list(b) => Some(a.ty.clone()),
        (a, b) => join(a, b),
    }
}

/// Whether it is `[]`, or folds to it, so that folding changes no type.
fn is_empty_list(expr: &Expr) -> bool {
    expr.ty == Type::list(Type::Any)
        && matches!(fold(expr.clone()).as_literal(), Some(Value::List(list)) if list.is_empty())
}

/// Whether a value of this type may turn out to be a number.
pub(super) fn may_be_number(ty: &Type) -> bool {
    matches!(ty, Type::Integer | Type::Number | Type::Any)
}

/// The type with its article: `an integer`.
pub(super) fn a(ty: &Type) -> String {
    match ty {
        Type::Integer | Type::Object => format!("an {ty}"),
        Type::Any => "a value that is only known when the flow runs".into(),
        Type::List(element) if **element == Type::Any => "a list".into(),
        _ => format!("a {ty}"),
    }
}

/// The kind of a value with its article: `a list`.
pub(super) fn a_value(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Boolean(_) => "a boolean",
        Value::Integer(_) => "an integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
    }
}
