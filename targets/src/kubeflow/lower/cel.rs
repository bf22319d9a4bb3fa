//! Conditions in the CEL of Kubeflow's `triggerPolicy`.
//!
//! Every number there is a double, so numbers are compared as doubles and nothing is computed. What
//! does not mean exactly the same is not written here; a small task works it out instead.

use flowc_core::expr::{BinaryOp, Expr, ExprKind, Function, Ref, Type, UnaryOp, Value};

use super::super::model::Kind;
use super::Lowering;
use super::scope::{Datum, Inputs};

/// A condition over data.
#[derive(Clone, Debug)]
pub(super) enum Condition<'f> {
    Always,
    Never,
    /// The datum, a text, is this.
    Is(Datum<'f>, &'static str),
    Not(Box<Condition<'f>>),
    All(Vec<Condition<'f>>),
    Any(Vec<Condition<'f>>),
    /// An expression that [`Lowering::cel`] can write.
    Expr(&'f Expr),
}

impl<'f> Condition<'f> {
    /// The opposite.
    pub fn negated(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, one) | (one, Self::Always) => one,
            (Self::All(mut all), Self::All(more)) => {
                all.extend(more);
                Self::All(all)
            }
            (Self::All(mut all), one) => {
                all.push(one);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    /// One of both.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, _) | (_, Self::Always) => Self::Always,
            (Self::Never, one) | (one, Self::Never) => one,
            (Self::Any(mut any), Self::Any(more)) => {
                any.extend(more);
                Self::Any(any)
            }
            (Self::Any(mut any), one) => {
                any.push(one);
                Self::Any(any)
            }
            (one, other) => Self::Any(vec![one, other]),
        }
    }
}

impl<'f> Lowering<'f> {
    /// The condition as Kubeflow reads it, over these inputs; nothing when it always holds.
    pub(super) fn condition(
        &self,
        condition: &Condition<'f>,
        inputs: &mut Inputs<'f>,
    ) -> Option<String> {
        match condition {
            Condition::Always => None,
            other => Some(self.part(other, inputs, false)),
        }
    }

    fn part(&self, condition: &Condition<'f>, inputs: &mut Inputs<'f>, inside: bool) -> String {
        let joined = |parts: &[Condition<'f>], with: &str, inputs: &mut Inputs<'f>| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| self.part(part, inputs, true))
                .collect();
            let text = parts.join(with);
            if inside { format!("({text})") } else { text }
        };
        match condition {
            Condition::Always => "true".into(),
            Condition::Never => "false".into(),
            Condition::Is(datum, word) => format!("{} == '{word}'", self.input(datum, inputs)),
            Condition::Not(inner) => match &**inner {
                Condition::Expr(Expr {
                    kind: ExprKind::Unary(UnaryOp::Not, operand),
                    ..
                }) => self.part(&Condition::Expr(operand), inputs, inside),
                Condition::Is(datum, word) => {
                    format!("{} != '{word}'", self.input(datum, inputs))
                }
                other => format!("!({})", self.part(other, inputs, false)),
            },
            Condition::All(parts) => joined(parts, " && ", inputs),
            Condition::Any(parts) => joined(parts, " || ", inputs),
            Condition::Expr(expr) => {
                let text = self.cel(expr, inputs).unwrap_or_else(|| "false".into());
                let binary = matches!(
                    &expr.kind,
                    ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..)
                );
                if inside && binary {
                    format!("({text})")
                } else {
                    text
                }
            }
        }
    }

    fn input(&self, datum: &Datum<'f>, inputs: &mut Inputs<'f>) -> String {
        let name = inputs.name(datum.clone(), self.flow);
        format!("inputs.parameter_values['{name}']")
    }

    /// A boolean expression, where Kubeflow's CEL says exactly the same.
    pub(super) fn cel(&self, expr: &'f Expr, inputs: &mut Inputs<'f>) -> Option<String> {
        match &expr.kind {
            ExprKind::Literal(Value::Boolean(value)) => Some(value.to_string()),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                Some(format!("!({})", self.cel(operand, inputs)?))
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                let mut side = |side: &'f Expr| {
                    let text = self.cel(side, inputs)?;
                    let other_op = match &side.kind {
                        ExprKind::Binary(inner @ (BinaryOp::And | BinaryOp::Or), ..) => inner != op,
                        _ => false,
                    };
                    Some(if other_op { format!("({text})") } else { text })
                };
                let left = side(left)?;
                Some(format!("{left} {} {}", op.symbol(), side(right)?))
            }
            ExprKind::Binary(op, left, right) => self.comparison(*op, left, right, inputs),
            ExprKind::Call(
                function @ (Function::StartsWith | Function::EndsWith | Function::Contains),
                arguments,
            ) => {
                let [text, part] = arguments.as_slice() else {
                    return None;
                };
                if text.ty != Type::String || part.ty != Type::String {
                    return None;
                }
                let name = match function {
                    Function::StartsWith => "startsWith",
                    Function::EndsWith => "endsWith",
                    _ => "contains",
                };
                let text = self.operand(text, inputs)?;
                Some(format!("{text}.{name}({})", self.operand(part, inputs)?))
            }
            ExprKind::Ref(Ref::Parameter {
                scope: Some(scope),
                name,
            }) => self.cel(self.plain_binding(*scope, name)?, inputs),
            ExprKind::Ref(_) if expr.ty == Type::Boolean => {
                Some(format!("{} == true", self.operand(expr, inputs)?))
            }
            _ => None,
        }
    }

    fn comparison(
        &self,
        op: BinaryOp,
        left: &'f Expr,
        right: &'f Expr,
        inputs: &mut Inputs<'f>,
    ) -> Option<String> {
        let is_number = |ty: &Type| matches!(ty, Type::Integer | Type::Number);
        let numbers = is_number(&left.ty) && is_number(&right.ty);
        let texts = left.ty == Type::String && right.ty == Type::String;
        let booleans = left.ty == Type::Boolean && right.ty == Type::Boolean;
        let fits = match op {
            BinaryOp::Equal | BinaryOp::NotEqual => numbers || texts || booleans,
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                numbers || texts
            }
            _ => false,
        };
        if !fits {
            return None;
        }
        let left = self.operand(left, inputs)?;
        let right = self.operand(right, inputs)?;
        Some(format!("{left} {} {right}", op.symbol()))
    }

    fn operand(&self, expr: &'f Expr, inputs: &mut Inputs<'f>) -> Option<String> {
        match &expr.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Ref(Ref::Parameter {
                scope: Some(scope),
                name,
            }) => self.operand(self.plain_binding(*scope, name)?, inputs),
            ExprKind::Ref(reference) => {
                let datum = self.plain_datum(reference)?;
                Some(self.input(&datum, inputs))
            }
            _ => None,
        }
    }

    /// What a reference reads when its value is a plain text, number or truth value.
    fn plain_datum(&self, reference: &'f Ref) -> Option<Datum<'f>> {
        let datum = self.datum(reference)?;
        let plain = matches!(
            datum.kind(self.flow),
            Kind::String | Kind::Integer | Kind::Double | Kind::Boolean
        );
        plain.then_some(datum)
    }

    /// What a reference reads, where that may be a plain text, number or truth value.
    pub(super) fn datum(&self, reference: &'f Ref) -> Option<Datum<'f>> {
        Some(match reference {
            Ref::Parameter { scope: None, name } => Datum::Parameter(name.into()),
            Ref::Output { task, name } => Datum::Output(*task, name.into()),
            Ref::Item { fan_out } => Datum::Item(*fan_out),
            Ref::Index { fan_out } => Datum::Index(*fan_out),
            Ref::Status { task } if self.facts.is_stateful(*task) => Datum::State(*task),
            _ => return None,
        })
    }
}

/// A constant; numbers are doubles.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(format!("{value}.0")),
        Value::Number(value) => {
            let text = format!("{value:?}");
            Some(text)
        }
        Value::String(text) if !text.contains("{{") => {
            let mut out = String::from("'");
            for character in text.chars() {
                match character {
                    '\'' => out.push_str("\\'"),
                    '\\' => out.push_str("\\\\"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    control if control.is_control() => return None,
                    other => out.push(other),
                }
            }
            out.push('\'');
            Some(out)
        }
        _ => None,
    }
}
