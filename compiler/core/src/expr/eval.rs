//! The total evaluator: every checked expression gives a value or an error, never a panic.

use super::{Expr, Ref, Template, Value};
use crate::source::Span;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalError {
    /// What went wrong, in the form of a diagnostic's message.
    pub message: String,
    /// The part of the expression that went wrong.
    pub span: Span,
}

/// Where references get their values.
pub trait Environment {
    /// The value of a reference; `Ok(None)` when its task did not succeed.
    fn value(&self, reference: &Ref) -> Result<Option<Value>, String>;
}

/// The value of an expression.
pub fn eval(expr: &Expr, environment: &dyn Environment) -> Result<Value, EvalError> {
    let _ = environment;
    Err(EvalError {
        message: String::new(),
        span: expr.span,
    })
}

/// The value of a template: of one whole expression its own, otherwise text.
pub fn eval_template(
    template: &Template,
    environment: &dyn Environment,
) -> Result<Value, EvalError> {
    let _ = environment;
    Err(EvalError {
        message: String::new(),
        span: template.span,
    })
}
