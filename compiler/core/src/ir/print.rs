//! Values and expressions as they stand in the JSON form.

use serde_json::Value as Json;

use crate::expr::syntax::escape;
use crate::expr::{Expr, Value};
use crate::flow::Flow;

/// A constant as data: texts escaped, so that none reads as an expression.
pub(super) fn data(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => Json::from(*value),
        Value::Integer(value) => Json::from(*value),
        Value::Number(value) => Json::from(*value),
        Value::String(text) => Json::from(escape(text)),
        Value::List(values) => values.iter().map(data).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), data(value)))
            .collect(),
    }
}

/// A value: data when it is constant, otherwise one whole expression.
pub(super) fn value(flow: &Flow, expr: &Expr) -> Json {
    match expr.as_literal() {
        // A type that the value alone does not have must be found again from the expression.
        Some(value) if value.ty() == expr.ty => data(value),
        _ => Json::from(whole(flow, expr)),
    }
}

/// `${{ … }}`.
pub(super) fn whole(flow: &Flow, expr: &Expr) -> String {
    format!("${{{{ {} }}}}", expr.display(flow))
}
