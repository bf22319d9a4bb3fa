//! Operators with two operands.

use flowc_core::expr::{BinaryOp, Expr, ExprKind, Type};

use super::{Bind, Lower, Strength, call_of, flat};
use crate::python::Code;

impl<'a, B: Bind<'a>> Lower<'_, B> {
    pub(super) fn binary(
        &self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        ty: &Type,
    ) -> (Code<'a>, Strength) {
        match op {
            BinaryOp::And => self.logical("and", op, left, right, Strength::And),
            BinaryOp::Or => self.logical("or", op, left, right, Strength::Or),
            BinaryOp::Equal | BinaryOp::NotEqual => self.equality(op, left, right),
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                let symbol = match op {
                    BinaryOp::Less => "<",
                    BinaryOp::LessEqual => "<=",
                    BinaryOp::Greater => ">",
                    _ => ">=",
                };
                if left.ty == Type::Any || right.ty == Type::Any {
                    let (call, _) = self.helper("compare", &[left, right]);
                    return (
                        Code::atom(format!("{} {symbol} 0", flat(&call))),
                        Strength::Comparison,
                    );
                }
                self.infix(symbol, left, right, Strength::Comparison, Strength::Sum)
            }
            BinaryOp::In
                if is_plain(&left.ty) && matches!(&right.ty, Type::List(of) if is_plain(of)) =>
            {
                self.infix("in", left, right, Strength::Comparison, Strength::Sum)
            }
            BinaryOp::In if left.ty == Type::String && right.ty == Type::Object => {
                self.infix("in", left, right, Strength::Comparison, Strength::Sum)
            }
            BinaryOp::In => self.helper("is_in", &[left, right]),
            BinaryOp::Add => self.addition(left, right, ty),
            BinaryOp::Subtract => self.arithmetic("-", left, right, ty),
            BinaryOp::Multiply => self.arithmetic("*", left, right, ty),
            BinaryOp::Divide if *ty == Type::Integer => self.helper("divide", &[left, right]),
            BinaryOp::Divide => self.arithmetic("/", left, right, ty),
            BinaryOp::Remainder => self.helper("remainder", &[left, right]),
        }
    }

    /// A chain of `and` or `or` as one operation, so that it can be broken at every operator.
    fn logical(
        &self,
        word: &'static str,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        strength: Strength,
    ) -> (Code<'a>, Strength) {
        let mut operands = Vec::new();
        self.flatten(op, left, strength, &mut operands);
        self.flatten(op, right, strength, &mut operands);
        (Code::Operation(word, operands), strength)
    }

    fn flatten(
        &self,
        op: BinaryOp,
        expr: &'a Expr,
        strength: Strength,
        operands: &mut Vec<Code<'a>>,
    ) {
        match &expr.kind {
            ExprKind::Binary(inner, left, right) if *inner == op => {
                self.flatten(op, left, strength, operands);
                self.flatten(op, right, strength, operands);
            }
            _ => {
                let above = if strength == Strength::Or {
                    Strength::And
                } else {
                    Strength::Not
                };
                operands.push(self.of_type(expr, "bool", above));
            }
        }
    }

    fn equality(&self, op: BinaryOp, left: &'a Expr, right: &'a Expr) -> (Code<'a>, Strength) {
        let negated = op == BinaryOp::NotEqual;
        if is_plain(&left.ty) && is_plain(&right.ty) {
            let symbol = if negated { "!=" } else { "==" };
            return self.infix(symbol, left, right, Strength::Comparison, Strength::Sum);
        }
        let (call, _) = self.helper("equal", &[left, right]);
        if negated {
            (Code::Prefix("not ", Box::new(call)), Strength::Not)
        } else {
            (call, Strength::Atom)
        }
    }

    fn infix(
        &self,
        symbol: &'static str,
        left: &'a Expr,
        right: &'a Expr,
        strength: Strength,
        operands: Strength,
    ) -> (Code<'a>, Strength) {
        let operands = vec![
            self.at_least(left, operands),
            self.at_least(right, operands),
        ];
        (Code::Operation(symbol, operands), strength)
    }

    fn addition(&self, left: &'a Expr, right: &'a Expr, ty: &Type) -> (Code<'a>, Strength) {
        match ty {
            Type::String | Type::List(_) if left.ty != Type::Any && right.ty != Type::Any => {
                let right = self.at_least(right, Strength::Product);
                let operands = vec![self.at_least(left, Strength::Sum), right];
                (Code::Operation("+", operands), Strength::Sum)
            }
            Type::Integer | Type::Number => self.arithmetic("+", left, right, ty),
            _ => self.helper("add", &[left, right]),
        }
    }

    fn arithmetic(
        &self,
        symbol: &'static str,
        left: &'a Expr,
        right: &'a Expr,
        ty: &Type,
    ) -> (Code<'a>, Strength) {
        let (weak, strong) = match symbol {
            "+" | "-" => (Strength::Sum, Strength::Product),
            _ => (Strength::Product, Strength::Negation),
        };
        let left = self.of_type(left, "int, float", weak);
        let right = self.of_type(right, "int, float", strong);
        let check = if *ty == Type::Integer {
            "integer"
        } else {
            "number"
        };
        call_of(check, vec![Code::Operation(symbol, vec![left, right])])
    }
}

/// Types whose values Python's `==` compares as the flow language does.
fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::String | Type::Integer | Type::Number | Type::Boolean => true,
        Type::List(element) => is_plain(element),
        Type::Object | Type::Any => false,
    }
}
