//! Constant folding: what can be computed now is, as far as neither type nor meaning changes.
//!
//! A part that has no value stays as it is, so that it still has none when the flow runs; only what
//! can never be looked at (`false && x`) is dropped. A value whose type would say less than the
//! expression's own is left alone too, for types decide what operators do. Folding twice changes
//! nothing.

use super::eval::{EvalError, Evaluator, Nothing, weight};
use super::{BinaryOp, Expr, ExprKind, Function, Part, Template, Type, Value};

/// The largest value that replaces an expression, so that `range(10000)` stays three tokens.
const MAX_FOLDED: usize = 1_000;

/// The work that folding one expression may take; beyond it, the rest is left for when the flow runs.
const MAX_WORK: usize = 200_000;

/// Computes the constant parts of an expression.
pub fn fold(expr: Expr) -> Expr {
    fold_reporting(expr, &mut Vec::new())
}

/// Computes the constant parts of a template and joins them with the text around.
pub fn fold_template(template: Template) -> Template {
    let several = template.parts.len() > 1;
    let mut parts: Vec<Part> = Vec::new();
    for part in template.parts {
        let part = match part {
            Part::Text(_) => part,
            Part::Expr(expr) => constant_part(fold(expr), several),
        };
        match (parts.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => parts.push(part),
        }
    }
    // An expression beside an empty text is text, which one whole expression would not be.
    if let (true, [Part::Expr(expr)]) = (several, parts.as_mut_slice()) {
        *expr = as_text(expr.clone());
    }
    Template {
        parts,
        span: template.span,
    }
}

/// The same as [`fold`]; constant parts that have no value are told.
pub(super) fn fold_reporting(expr: Expr, errors: &mut Vec<EvalError>) -> Expr {
    let mut folder = Folder {
        errors,
        work: MAX_WORK,
    };
    folder.fold(expr).0
}

fn constant_part(expr: Expr, several: bool) -> Part {
    match expr.as_literal() {
        Some(Value::String(text)) => Part::Text(text.clone()),
        Some(value) if several => Part::Text(value.text()),
        _ => Part::Expr(expr),
    }
}

fn as_text(expr: Expr) -> Expr {
    if expr.ty == Type::String {
        return expr;
    }
    Expr {
        span: expr.span,
        ty: Type::String,
        kind: ExprKind::Call(Function::String, vec![expr]),
    }
}

/// What is known about an expression after folding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Needs something that only the flow's run gives.
    Open,
    /// Has a value now, even where it could not be written in its place.
    Constant,
    /// Constant, and without a value; that has been told.
    Failing,
}

impl State {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Failing, _) | (_, Self::Failing) => Self::Failing,
            _ => Self::Constant,
        }
    }
}

struct Folder<'a> {
    errors: &'a mut Vec<EvalError>,
    work: usize,
}

impl Folder<'_> {
    fn fold(&mut self, expr: Expr) -> (Expr, State) {
        let Expr { kind, ty, span } = expr;
        let (kind, state) = match kind {
            ExprKind::Literal(_) => return (Expr { kind, ty, span }, State::Constant),
            ExprKind::Ref(_) | ExprKind::Local(_) => return (Expr { kind, ty, span }, State::Open),
            ExprKind::Default(reference, fallback) => {
                let (fallback, _) = self.fold(*fallback);
                (ExprKind::Default(reference, fallback.into()), State::Open)
            }
            ExprKind::List(elements) => {
                let (elements, state) = self.fold_all(elements);
                (ExprKind::List(elements), state)
            }
            ExprKind::Object(fields) => {
                let (keys, values): (Vec<String>, Vec<Expr>) = fields.into_iter().unzip();
                let (values, state) = self.fold_all(values);
                (
                    ExprKind::Object(keys.into_iter().zip(values).collect()),
                    state,
                )
            }
            ExprKind::Field(object, name) => {
                let (object, state) = self.fold(*object);
                (ExprKind::Field(object.into(), name), state)
            }
            ExprKind::Index(list, index) => {
                let ((list, a), (index, b)) = (self.fold(*list), self.fold(*index));
                (index_or_field(list, index), a.and(b))
            }
            ExprKind::Unary(op, operand) => {
                let (operand, state) = self.fold(*operand);
                (ExprKind::Unary(op, operand.into()), state)
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                match self.logical(op, *left, *right) {
                    Ok(done) => return done,
                    Err(open) => open,
                }
            }
            ExprKind::Binary(op, left, right) => {
                let ((left, a), (right, b)) = (self.fold(*left), self.fold(*right));
                (ExprKind::Binary(op, left.into(), right.into()), a.and(b))
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                match self.conditional(*condition, *then, *otherwise, &ty) {
                    Ok(done) => return done,
                    Err(open) => open,
                }
            }
            ExprKind::Call(function, arguments) => {
                let (mut arguments, state) = self.fold_all(arguments);
                if is_identity(function, &arguments) {
                    return (arguments.remove(0), state);
                }
                (ExprKind::Call(function, arguments), state)
            }
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => {
                let ((list, a), (body, b)) = (self.fold(*list), self.fold(*body));
                let closed = b == State::Open && is_closed(&body, &mut vec![&variable]);
                let state = a.and(if closed { State::Constant } else { b });
                let (list, body) = (list.into(), body.into());
                let kind = ExprKind::Macro {
                    kind,
                    list,
                    variable,
                    body,
                };
                (kind, state)
            }
        };
        self.finish(Expr { kind, ty, span }, state)
    }

    fn fold_all(&mut self, exprs: Vec<Expr>) -> (Vec<Expr>, State) {
        let mut state = State::Constant;
        let exprs = exprs.into_iter().map(|expr| {
            let (expr, one) = self.fold(expr);
            state = state.and(one);
            expr
        });
        (exprs.collect(), state)
    }

    /// The result, or the operator with its parts when the left side does not decide.
    fn logical(
        &mut self,
        op: BinaryOp,
        left: Expr,
        right: Expr,
    ) -> Result<(Expr, State), (ExprKind, State)> {
        let (left, a) = self.fold(left);
        let decisive = Value::Boolean(op == BinaryOp::Or);
        if left.as_literal() == Some(&decisive) {
            return Ok((left, a));
        }
        let (right, b) = self.fold(right);
        // The other side alone is the result, if it is known to be a boolean.
        if left.as_literal().is_some() && right.ty == Type::Boolean {
            return Ok((right, b));
        }
        if right.as_literal().is_some_and(|value| *value != decisive) && left.ty == Type::Boolean {
            return Ok((left, a));
        }
        Err((ExprKind::Binary(op, left.into(), right.into()), a.and(b)))
    }

    /// The value that the condition chooses, or the conditional with its parts.
    fn conditional(
        &mut self,
        condition: Expr,
        then: Expr,
        otherwise: Expr,
        ty: &Type,
    ) -> Result<(Expr, State), (ExprKind, State)> {
        let (condition, a) = self.fold(condition);
        let Some(Value::Boolean(holds)) = condition.as_literal() else {
            let ((then, b), (otherwise, c)) = (self.fold(then), self.fold(otherwise));
            let kind = ExprKind::Conditional(condition.into(), then.into(), otherwise.into());
            return Err((kind, a.and(b).and(c)));
        };
        let holds = *holds;
        let (live, dead) = if holds {
            (then, otherwise)
        } else {
            (otherwise, then)
        };
        let (live, state) = self.fold(live);
        let live = match with_type(live, ty) {
            Ok(live) => return Ok((live, state)),
            Err(live) => live,
        };
        let (then, otherwise) = if holds { (live, dead) } else { (dead, live) };
        let kind = ExprKind::Conditional(condition.into(), then.into(), otherwise.into());
        Err((kind, state))
    }

    /// Replaces a constant by its value where that can be written in its place.
    fn finish(&mut self, expr: Expr, state: State) -> (Expr, State) {
        if let Some(value) = written(&expr.kind) {
            let value = with_numbers(value, &expr.ty);
            if value.ty() == expr.ty {
                let kind = ExprKind::Literal(value);
                return (Expr { kind, ..expr }, State::Constant);
            }
        }
        if state != State::Constant || self.work == 0 {
            return (expr, state);
        }
        let mut evaluator = Evaluator::new(&Nothing, self.work);
        let result = evaluator.eval(&expr);
        self.work = evaluator.steps();
        match result {
            Ok(value) => match literal(value, &expr.ty) {
                Some(value) => {
                    let kind = ExprKind::Literal(value);
                    (Expr { kind, ..expr }, State::Constant)
                }
                None => (expr, State::Constant),
            },
            Err(_) if self.work == 0 => (expr, State::Open),
            Err(error) => {
                // Of a macro, the constant inside may have been told already.
                if !self.errors.contains(&error) {
                    self.errors.push(error);
                }
                (expr, State::Failing)
            }
        }
    }
}

/// The value of a list or map all of whose parts are literals. However large it is, it is no larger
/// than what was written.
fn written(kind: &ExprKind) -> Option<Value> {
    match kind {
        ExprKind::List(elements) => {
            let values = elements.iter().map(|element| element.as_literal().cloned());
            values.collect::<Option<_>>().map(Value::List)
        }
        ExprKind::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| Some((key.clone(), value.as_literal()?.clone())));
            fields.collect::<Option<_>>().map(Value::Object)
        }
        _ => None,
    }
}

/// `object["k"]` with a constant key is `object.k`.
fn index_or_field(list: Expr, index: Expr) -> ExprKind {
    match index.as_literal() {
        Some(Value::String(key)) => ExprKind::Field(list.into(), key.clone()),
        _ => ExprKind::Index(list.into(), index.into()),
    }
}

/// The value as one of the type, if written as a literal it has that type, and is not too large.
fn literal(value: Value, ty: &Type) -> Option<Value> {
    let value = with_numbers(value, ty);
    (value.ty() == *ty && weight(&value) <= MAX_FOLDED).then_some(value)
}

/// An integer where a number is wanted becomes one.
fn with_numbers(value: Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Integer(value), Type::Number) => Value::Number(value as f64),
        (Value::List(list), Type::List(element)) => Value::List(
            list.into_iter()
                .map(|value| with_numbers(value, element))
                .collect(),
        ),
        (value, _) => value,
    }
}

/// The expression as one of a wider type, when that can be said.
fn with_type(expr: Expr, ty: &Type) -> Result<Expr, Expr> {
    if expr.ty == *ty {
        return Ok(expr);
    }
    let (span, ty) = (expr.span, ty.clone());
    if let Some(value) = expr
        .as_literal()
        .and_then(|value| literal(value.clone(), &ty))
    {
        let kind = ExprKind::Literal(value);
        return Ok(Expr { kind, ty, span });
    }
    if (&expr.ty, &ty) == (&Type::Integer, &Type::Number) {
        let kind = ExprKind::Call(Function::Double, vec![expr]);
        return Ok(Expr { kind, ty, span });
    }
    Err(expr)
}

/// Whether a conversion converts nothing.
fn is_identity(function: Function, arguments: &[Expr]) -> bool {
    let ty = match function {
        Function::String => Type::String,
        Function::Int => Type::Integer,
        Function::Double => Type::Number,
        _ => return false,
    };
    arguments.len() == 1 && arguments[0].ty == ty
}

/// Whether it needs nothing but the given variables.
fn is_closed<'e>(expr: &'e Expr, variables: &mut Vec<&'e str>) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Ref(_) | ExprKind::Default(..) => false,
        ExprKind::Local(name) => variables.contains(&name.as_str()),
        ExprKind::List(list) | ExprKind::Call(_, list) => {
            list.iter().all(|expr| is_closed(expr, variables))
        }
        ExprKind::Object(fields) => fields.iter().all(|(_, expr)| is_closed(expr, variables)),
        ExprKind::Field(expr, _) | ExprKind::Unary(_, expr) => is_closed(expr, variables),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            is_closed(a, variables) && is_closed(b, variables)
        }
        ExprKind::Conditional(a, b, c) => {
            is_closed(a, variables) && is_closed(b, variables) && is_closed(c, variables)
        }
        ExprKind::Macro {
            list,
            variable,
            body,
            ..
        } => {
            if !is_closed(list, variables) {
                return false;
            }
            variables.push(variable);
            let closed = is_closed(body, variables);
            variables.pop();
            closed
        }
    }
}
