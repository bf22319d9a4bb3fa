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
pub fn fold(mut expr: Expr) -> Expr {
    fold_reporting(&mut expr, &mut Vec::new());
    expr
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
pub(super) fn fold_reporting(expr: &mut Expr, errors: &mut Vec<EvalError>) {
    let mut folder = Folder {
        errors,
        work: MAX_WORK,
    };
    folder.fold(expr);
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
    /// In place, for expressions nest deep and a copy at each level would fill the stack.
    fn fold(&mut self, expr: &mut Expr) -> State {
        let state = match &mut expr.kind {
            ExprKind::Literal(_) => return State::Constant,
            ExprKind::Ref(_) | ExprKind::Local(_) => return State::Open,
            ExprKind::Default(_, fallback) => {
                self.fold(fallback);
                return State::Open;
            }
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => return self.logical(expr),
            ExprKind::Conditional(..) => return self.conditional(expr),
            ExprKind::Call(..) => return self.call(expr),
            ExprKind::Index(list, index) => {
                let state = self.fold(list).and(self.fold(index));
                field_of_index(expr);
                state
            }
            ExprKind::Macro {
                list,
                variable,
                body,
                ..
            } => {
                let (list, mut state) = (self.fold(list), self.fold(body));
                if state == State::Open && is_closed(body, &mut vec![variable.as_str()]) {
                    state = State::Constant;
                }
                list.and(state)
            }
            ExprKind::List(elements) => self.all(elements),
            ExprKind::Object(fields) => self.all(fields.iter_mut().map(|(_, value)| value)),
            ExprKind::Field(inner, _) | ExprKind::Unary(_, inner) => self.fold(inner),
            ExprKind::Binary(_, left, right) => self.fold(left).and(self.fold(right)),
        };
        self.finish(expr, state)
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e mut Expr>) -> State {
        let mut state = State::Constant;
        for expr in exprs {
            state = state.and(self.fold(expr));
        }
        state
    }

    /// `&&` and `||`: the right side goes when the left one decides.
    fn logical(&mut self, expr: &mut Expr) -> State {
        let ExprKind::Binary(op, left, right) = &mut expr.kind else {
            return State::Open;
        };
        let decisive = Value::Boolean(*op == BinaryOp::Or);
        let a = self.fold(left);
        if left.as_literal() == Some(&decisive) {
            *expr = take(left);
            return a;
        }
        let b = self.fold(right);
        // The other side alone is the result, if it is known to be a boolean.
        if left.as_literal().is_some() && right.ty == Type::Boolean {
            *expr = take(right);
            return b;
        }
        let neutral = right.as_literal().is_some_and(|value| *value != decisive);
        if neutral && left.ty == Type::Boolean {
            *expr = take(left);
            return a;
        }
        self.finish(expr, a.and(b))
    }

    /// The value that a constant condition chooses, if it can be given the type of both.
    fn conditional(&mut self, expr: &mut Expr) -> State {
        let ExprKind::Conditional(condition, then, otherwise) = &mut expr.kind else {
            return State::Open;
        };
        let state = self.fold(condition);
        let Some(Value::Boolean(holds)) = condition.as_literal() else {
            let state = state.and(self.fold(then)).and(self.fold(otherwise));
            return self.finish(expr, state);
        };
        let live = if *holds { then } else { otherwise };
        let state = self.fold(live);
        if give_type(live, &expr.ty) {
            *expr = take(live);
        }
        state
    }

    /// A conversion to the type that the argument has is the argument.
    fn call(&mut self, expr: &mut Expr) -> State {
        let ExprKind::Call(function, arguments) = &mut expr.kind else {
            return State::Open;
        };
        let state = self.all(arguments.iter_mut());
        let converts = matches!(
            function,
            Function::String | Function::Int | Function::Double
        );
        match arguments.as_mut_slice() {
            [argument] if converts && argument.ty == expr.ty => {
                *expr = take(argument);
                state
            }
            _ => self.finish(expr, state),
        }
    }

    /// Replaces a constant by its value where that can be written in its place.
    fn finish(&mut self, expr: &mut Expr, state: State) -> State {
        if let Some(value) = written(&expr.kind) {
            let value = with_numbers(value, &expr.ty);
            if value.ty() == expr.ty {
                expr.kind = ExprKind::Literal(value);
                return State::Constant;
            }
        }
        if state != State::Constant || self.work == 0 {
            return state;
        }
        let mut evaluator = Evaluator::new(&Nothing, self.work);
        let result = evaluator.eval(expr);
        self.work = evaluator.steps();
        match result {
            Ok(value) => {
                if let Some(value) = literal(value, &expr.ty) {
                    expr.kind = ExprKind::Literal(value);
                }
                State::Constant
            }
            Err(_) if self.work == 0 => State::Open,
            Err(error) => {
                // Of a macro, the constant inside may have been told already.
                if !self.errors.contains(&error) {
                    self.errors.push(error);
                }
                State::Failing
            }
        }
    }
}

/// The expression itself, leaving something of no meaning in its place.
fn take(expr: &mut Expr) -> Expr {
    let nothing = Expr::literal(Value::Null, expr.span);
    std::mem::replace(expr, nothing)
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
            fields.collect::<Option<_>>().map(Value::object)
        }
        _ => None,
    }
}

/// `object["k"]` with a constant key is `object.k`.
fn field_of_index(expr: &mut Expr) {
    if let ExprKind::Index(object, index) = &mut expr.kind
        && let Some(Value::String(key)) = index.as_literal()
    {
        let key = key.clone();
        expr.kind = ExprKind::Field(take(object).into(), key);
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

/// Makes the expression one of a wider type, when that can be said.
fn give_type(expr: &mut Expr, ty: &Type) -> bool {
    if expr.ty == *ty {
        return true;
    }
    let value = expr.as_literal();
    let kind = match value.and_then(|value| literal(value.clone(), ty)) {
        Some(value) => ExprKind::Literal(value),
        None if (&expr.ty, ty) == (&Type::Integer, &Type::Number) => {
            ExprKind::Call(Function::Double, vec![take(expr)])
        }
        None => return false,
    };
    expr.kind = kind;
    expr.ty = ty.clone();
    true
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
