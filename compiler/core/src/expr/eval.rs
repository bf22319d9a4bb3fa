//! The total evaluator: every checked expression gives a value or an error, never a panic.
//!
//! An integer beyond ±2^53, a number that is no longer finite, a division by zero, a position or key
//! that is not there, a text that is no number: all are errors, with the place of the smallest
//! expression that has no value. Work is bounded too ([`MAX_STEPS`]).
//!
//! What an operator does follows from the types that the checker found, not from the values: `/`
//! leaves out the fraction when its own type is integer, whatever the numbers look like.

mod operators;

use super::calls::{self, Patterns};
use super::types::a_value;
use super::value::MAX_INTEGER;
use super::{BinaryOp, Expr, ExprKind, Function, Macro, Part, Ref, Template, UnaryOp, Value};
use crate::source::Span;
use operators::{binary, element, field, unary};

/// How many values an evaluation may touch before it is given up.
pub const MAX_STEPS: usize = 1_000_000;

/// The longest list that `range` and `days` make.
pub const MAX_RANGE: usize = 10_000;

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

    /// The same for the first argument of `default`, where what stands for a value of a task that did
    /// not succeed (a skipped fan-out reads as an empty list) is no value.
    fn value_if_succeeded(&self, reference: &Ref) -> Result<Option<Value>, String> {
        self.value(reference)
    }
}

/// The value of an expression.
///
/// # Errors
/// The first problem in evaluation order.
pub fn eval(expr: &Expr, environment: &dyn Environment) -> Result<Value, EvalError> {
    Evaluator::new(environment, MAX_STEPS).eval(expr)
}

/// The value of a template: of one whole expression its own, otherwise text.
///
/// # Errors
/// The first problem in evaluation order.
pub fn eval_template(
    template: &Template,
    environment: &dyn Environment,
) -> Result<Value, EvalError> {
    if let Some(expr) = template.as_expr() {
        return eval(expr, environment);
    }
    let mut out = String::new();
    for part in &template.parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Expr(expr) => out.push_str(&eval(expr, environment)?.text()),
        }
    }
    Ok(Value::String(out))
}

/// An environment without references, for constants.
pub(super) struct Nothing;

impl Environment for Nothing {
    fn value(&self, _: &Ref) -> Result<Option<Value>, String> {
        Err("a constant has no references".into())
    }
}

/// A problem without its place, which the expression being evaluated adds.
pub(super) type Outcome = Result<Value, String>;

pub(super) struct Evaluator<'e> {
    environment: &'e dyn Environment,
    /// The variables of the macros around, innermost last.
    locals: Vec<(&'e str, Value)>,
    patterns: Patterns,
    steps: usize,
}

impl<'e> Evaluator<'e> {
    /// With a bound on the work.
    pub fn new(environment: &'e dyn Environment, steps: usize) -> Self {
        Self {
            environment,
            locals: Vec::new(),
            patterns: Patterns::default(),
            steps,
        }
    }

    /// How much of the work is left; none when that is why an evaluation failed.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Each form has a function of its own, which keeps what one level takes of the stack small.
    pub fn eval(&mut self, expr: &'e Expr) -> Result<Value, EvalError> {
        let span = expr.span;
        self.spend(1, span)?;
        match &expr.kind {
            ExprKind::Literal(value) => self.copy(value, span),
            ExprKind::List(elements) => self.list(elements).map(Value::List),
            ExprKind::Object(fields) => self.object(fields),
            ExprKind::Ref(reference) => self.present(reference, span),
            ExprKind::Local(name) => self.local(name, span),
            ExprKind::Field(object, name) => self.field(object, name, span),
            ExprKind::Index(list, index) => self.index(list, index, span),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, expr),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                self.logical(*op, left, right)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr),
            ExprKind::Conditional(condition, then, otherwise) => {
                if self.boolean(condition, "the condition of `?`")? {
                    self.eval(then)
                } else {
                    self.eval(otherwise)
                }
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, span),
            ExprKind::Default(reference, fallback) => {
                let value = self.environment.value_if_succeeded(reference);
                match value.map_err(|message| error(span, message))? {
                    Some(value) => Ok(value),
                    None => self.eval(fallback),
                }
            }
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => self.macro_call(*kind, list, variable, body),
        }
    }

    fn spend(&mut self, steps: usize, span: Span) -> Result<(), EvalError> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.steps = 0;
                Err(error(
                    span,
                    format!("the expression takes more than {MAX_STEPS} steps"),
                ))
            }
        }
    }

    fn copy(&mut self, value: &Value, span: Span) -> Result<Value, EvalError> {
        self.spend(weight(value), span)?;
        Ok(value.clone())
    }

    fn list(&mut self, elements: &'e [Expr]) -> Result<Vec<Value>, EvalError> {
        elements.iter().map(|element| self.eval(element)).collect()
    }

    fn object(&mut self, fields: &'e [(String, Expr)]) -> Result<Value, EvalError> {
        let values = fields
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.eval(value)?)));
        Ok(Value::object(values.collect::<Result<_, _>>()?))
    }

    fn field(&mut self, object: &'e Expr, name: &str, span: Span) -> Result<Value, EvalError> {
        let object = self.eval(object)?;
        field(object, name).map_err(|message| error(span, message))
    }

    fn index(&mut self, list: &'e Expr, index: &'e Expr, span: Span) -> Result<Value, EvalError> {
        let (list, index) = (self.eval(list)?, self.eval(index)?);
        element(list, &index).map_err(|message| error(span, message))
    }

    fn unary(&mut self, op: UnaryOp, operand: &'e Expr, whole: &Expr) -> Result<Value, EvalError> {
        let value = self.eval(operand)?;
        unary(op, &value, &whole.ty).map_err(|message| error(whole.span, message))
    }

    fn call(
        &mut self,
        function: Function,
        arguments: &'e [Expr],
        span: Span,
    ) -> Result<Value, EvalError> {
        let arguments = self.list(arguments)?;
        self.spend(arguments.iter().map(weight).sum(), span)?;
        let value = calls::call(function, arguments, &mut self.patterns)
            .map_err(|message| error(span, message))?;
        self.spend(weight(&value), span)?;
        Ok(value)
    }

    fn present(&mut self, reference: &Ref, span: Span) -> Result<Value, EvalError> {
        let value = self.reference(reference, span)?;
        value.ok_or_else(|| error(span, "the value is missing, for its task did not succeed"))
    }

    fn reference(&self, reference: &Ref, span: Span) -> Result<Option<Value>, EvalError> {
        self.environment
            .value(reference)
            .map_err(|message| error(span, message))
    }

    fn local(&mut self, name: &str, span: Span) -> Result<Value, EvalError> {
        let found = self.locals.iter().rev().find(|(local, _)| *local == name);
        let Some((_, value)) = found else {
            return Err(error(span, format!("`{name}` has no value here")));
        };
        let cost = weight(value);
        let value = value.clone();
        self.spend(cost, span)?;
        Ok(value)
    }

    fn boolean(&mut self, expr: &'e Expr, what: &str) -> Result<bool, EvalError> {
        match self.eval(expr)? {
            Value::Boolean(value) => Ok(value),
            other => Err(error(
                expr.span,
                format!("{what} must be a boolean, not {}", a_value(&other)),
            )),
        }
    }

    fn logical(
        &mut self,
        op: BinaryOp,
        left: &'e Expr,
        right: &'e Expr,
    ) -> Result<Value, EvalError> {
        let what = format!("an operand of `{}`", op.symbol());
        let decisive = op == BinaryOp::Or;
        let value = if self.boolean(left, &what)? == decisive {
            decisive
        } else {
            self.boolean(right, &what)?
        };
        Ok(Value::Boolean(value))
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &'e Expr,
        right: &'e Expr,
        whole: &Expr,
    ) -> Result<Value, EvalError> {
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        if matches!(a, Value::String(_) | Value::List(_) | Value::Object(_)) {
            self.spend(weight(&a) + weight(&b), whole.span)?;
        }
        binary(op, a, b, &whole.ty).map_err(|message| error(whole.span, message))
    }

    fn macro_call(
        &mut self,
        kind: Macro,
        list: &'e Expr,
        variable: &'e str,
        body: &'e Expr,
    ) -> Result<Value, EvalError> {
        let elements = match self.eval(list)? {
            Value::List(elements) => elements,
            other => {
                let message = format!("`{}` needs a list, not {}", kind.name(), a_value(&other));
                return Err(error(list.span, message));
            }
        };
        let mut out = Vec::new();
        let mut matching = 0_usize;
        for element in elements {
            if kind == Macro::Map {
                out.push(
                    self.with_local(variable, element, |this| this.eval(body))?
                        .0,
                );
                continue;
            }
            let what = "the condition of a macro";
            let (holds, element) =
                self.with_local(variable, element, |this| this.boolean(body, what))?;
            matching += usize::from(holds);
            match kind {
                Macro::All if !holds => return Ok(Value::Boolean(false)),
                Macro::Exists if holds => return Ok(Value::Boolean(true)),
                Macro::Filter if holds => out.push(element),
                _ => {}
            }
        }
        Ok(match kind {
            Macro::All => Value::Boolean(true),
            Macro::Exists => Value::Boolean(false),
            Macro::ExistsOne => Value::Boolean(matching == 1),
            Macro::Filter | Macro::Map => Value::List(out),
        })
    }

    /// Evaluates with a variable, and gives its value back.
    fn with_local<T>(
        &mut self,
        name: &'e str,
        value: Value,
        body: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<(T, Value), EvalError> {
        self.locals.push((name, value));
        let result = body(self);
        let value = self.locals.pop().map_or(Value::Null, |(_, value)| value);
        Ok((result?, value))
    }
}

/// How many steps it costs to copy a value.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 16,
        Value::List(list) => 1 + list.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => {
            1 + fields
                .iter()
                .map(|(key, value)| 1 + key.len() / 16 + weight(value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

fn error(span: Span, message: impl Into<String>) -> EvalError {
    EvalError {
        message: message.into(),
        span,
    }
}

/// The value as an integer: one, or a number without a fraction.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(*value),
        Value::Number(value) if value.fract() == 0.0 && value.abs() <= MAX_INTEGER as f64 => {
            Some(*value as i64)
        }
        _ => None,
    }
}
