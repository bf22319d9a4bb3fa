//! Whether evaluating an expression can end in an error.

use flowc_core::expr::{BinaryOp, Expr, ExprKind, Function, Type, UnaryOp, Value};

/// Errs on one side only: what may fail here may still never do.
pub(crate) fn can_fail(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| found |= can_fail_itself(expr));
    found
}

/// The same, of an expression whose parts have values.
fn can_fail_itself(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_)
        | ExprKind::List(_)
        | ExprKind::Object(_)
        | ExprKind::Ref(_)
        | ExprKind::Local(_)
        | ExprKind::Default(..)
        | ExprKind::Unary(UnaryOp::Negate, _) => false,
        ExprKind::Unary(UnaryOp::Not, inner) => inner.ty == Type::Any,
        ExprKind::Conditional(condition, ..) => condition.ty == Type::Any,
        ExprKind::Binary(operator, left, right) => match operator {
            BinaryOp::Equal | BinaryOp::NotEqual => false,
            BinaryOp::Or
            | BinaryOp::And
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::In => left.ty == Type::Any || right.ty == Type::Any,
            // Beyond what a number can be, or by zero.
            BinaryOp::Add => expr.ty != Type::String,
            BinaryOp::Subtract | BinaryOp::Multiply => true,
            BinaryOp::Divide | BinaryOp::Remainder => {
                let zero = Value::Integer(0);
                let by = right.as_literal().filter(|by| **by != zero);
                by.is_none() || expr.ty != Type::Integer
            }
        },
        ExprKind::Call(function, arguments) => match function {
            Function::Size
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Matches
            | Function::String => arguments.iter().any(|argument| argument.ty == Type::Any),
            Function::Int | Function::Double | Function::Range | Function::Days => true,
        },
        ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::Macro { .. } => true,
    }
}
