//! Functions, and operators that Argo's expressions have in another form.

use flowc_core::expr::{Expr, Function, Ref, Type, Value};
use flowc_core::source::Span;

use super::values::{decode, number, quote};
use super::{Code, Level, Lowering, Operand, Presence};

impl Lowering<'_> {
    pub(super) fn divide(&mut self, left: &Expr, right: &Expr, whole: bool) -> Code {
        let known = right.as_literal().and_then(Value::as_f64);
        let left = self.value(left).at(Level::Product);
        let divisor = self.value(right);
        let quotient = format!("{left} / {}", divisor.at(Level::Unary));
        let quotient = if whole {
            Code::atom(format!("int({quotient})"))
        } else {
            Code::new(Level::Product, quotient)
        };
        if known.is_some_and(|known| known != 0.0) {
            return quotient;
        }
        Code::new(
            Level::Conditional,
            format!(
                "{} == 0 ? sprig.fail(\"division by zero\") : {}",
                divisor.at(Level::Range),
                quotient.text
            ),
        )
    }

    pub(super) fn remainder(&mut self, left: &Expr, right: &Expr) -> Code {
        let mut whole = |expr: &Expr| match expr.as_literal() {
            Some(_) => self.value(expr).at(Level::Unary),
            None => format!("int({})", self.value(expr).text),
        };
        let (left, right) = (whole(left), whole(right));
        Code::new(Level::Product, format!("{left} % {right}"))
    }

    pub(super) fn call(&mut self, function: Function, arguments: &[Expr]) -> Code {
        let Some(first) = arguments.first() else {
            return Code::atom("nil");
        };
        match (function, arguments.get(1)) {
            (Function::Size, _) => Code::call("len", &self.value(first)),
            (Function::Contains, Some(part)) => self.infix(Level::Compare, first, "contains", part),
            (Function::StartsWith, Some(part)) => {
                self.infix(Level::Compare, first, "startsWith", part)
            }
            (Function::EndsWith, Some(part)) => self.infix(Level::Compare, first, "endsWith", part),
            (Function::Matches, Some(part)) => self.infix(Level::Compare, first, "matches", part),
            (Function::String, _) => self.text(first),
            (Function::Int, _) => match first.ty {
                Type::String => Code::call("asInt", &self.value(first)),
                _ => Code::call("int", &self.value(first)),
            },
            (Function::Double, _) => match first.ty {
                Type::String => Code::call("asFloat", &self.value(first)),
                _ => Code::call("float", &self.value(first)),
            },
            (Function::Range, _) => match first.as_literal() {
                Some(Value::Integer(count)) => Code::new(
                    Level::Range,
                    format!("0..{}", number((count - 1).to_string()).at(Level::Sum)),
                ),
                _ => {
                    let count = self.value(first).at(Level::Sum);
                    Code::new(Level::Range, format!("0..({count} - 1)"))
                }
            },
            (Function::Days, Some(last)) => self.days(first, last),
            // Functions of two arguments have two: the expression was checked.
            _ => Code::atom("nil"),
        }
    }

    fn days(&mut self, first: &Expr, last: &Expr) -> Code {
        // The first day is read inside the predicate of `map`, where `#` is the day's number.
        self.variables.push(String::new());
        let first = self.value(first).text;
        self.variables.pop();
        let last = self.value(last).text;
        Code::atom(format!(
            "map(0..int((date({last}) - date({first})).Hours() / 24), \
             (date({first}) + duration(string(# * 24) + \"h\")).Format(\"2006-01-02\"))"
        ))
    }

    pub(super) fn default(&mut self, reference: &Ref, fallback: &Expr, span: Span) -> Code {
        self.element_check(reference, span);
        let ty = self.operands.type_of(reference);
        let (presence, operand) = self.operands.guarded(reference, span);
        let condition = match presence {
            Presence::When(condition) => condition,
            Presence::NotNil => match (&operand, fallback.as_literal()) {
                (Operand::Raw(code), Some(value)) => {
                    return decode(Operand::Raw(coalesce(code, &quote(&value.text()))), &ty);
                }
                (Operand::Raw(code), None) if ty == Type::String => {
                    return coalesce(code, &self.value(fallback));
                }
                (Operand::Typed(code), _) => return coalesce(code, &self.value(fallback)),
                (Operand::Raw(code) | Operand::Aggregated(code), _) => {
                    Code::new(Level::Compare, format!("{} != nil", code.at(Level::Range)))
                }
            },
        };
        let then = decode(operand, &ty).at(Level::Or);
        let otherwise = self.value(fallback).text;
        Code::new(
            Level::Conditional,
            format!("{} ? {then} : {otherwise}", condition.at(Level::Or)),
        )
    }
}

/// The value of a field, or an error when there is none.
pub(super) fn or_fail(code: &Code, name: &str) -> Code {
    Code::new(
        Level::Coalesce,
        format!(
            "{} ?? sprig.fail({})",
            code.at(Level::Coalesce),
            quote(&format!("no field {name}")).text
        ),
    )
}

/// `code ?? fallback`.
pub(crate) fn coalesce(code: &Code, fallback: &Code) -> Code {
    Code::new(
        Level::Coalesce,
        format!(
            "{} ?? {}",
            code.at(Level::Coalesce),
            fallback.at(Level::Atom)
        ),
    )
}
