//! The tasks and expressions that a fan-out is written out with.

use flowc_core::expr::{BinaryOp, Expr, ExprKind, Macro, Template, Type, Value};
use flowc_core::flow::{Body, EnvVar, Group, Task, TriggerRule};
use flowc_core::source::{Span, Spanned};

use super::NAME;
use crate::python::can_fail;

/// The group that stands for a fan-out: when it runs is its matter, all else that of the elements.
pub(super) fn whole(task: &Task) -> Task {
    let group = Group {
        children: Vec::new(),
        sub_flow: None,
        outputs: Vec::new(),
        artifacts: Vec::new(),
        elements: Vec::new(),
    };
    Task {
        finally: task.finally,
        description: task.description.clone(),
        upstream: task.upstream.clone(),
        trigger_rule: task.trigger_rule,
        when: task.when.clone(),
        fail_fast: task.fail_fast,
        ..Task::new(
            task.name.clone(),
            task.path.clone(),
            task.parent,
            Body::Group(group),
        )
    }
}

/// The task of one element: nothing but the condition decides whether it runs.
pub(super) fn element(task: &Task, index: usize) -> Task {
    let span = task.name.span;
    Task {
        name: Spanned::new(format!("{NAME}{index}"), span),
        description: None,
        upstream: Vec::new(),
        trigger_rule: Spanned::new(TriggerRule::AllSuccess, span),
        when: (task.for_each.as_ref())
            .and_then(|fan_out| fan_out.filter.clone())
            .map(Box::new),
        for_each: None,
        max_parallel: None,
        fail_fast: None,
        ..task.clone()
    }
}

pub(super) fn is_constant(expr: &Expr, value: bool) -> bool {
    expr.as_literal() == Some(&Value::Boolean(value))
}

/// Whether one of the conditions holds. Where one can fail all are looked at, so that an error in any
/// is an error.
pub(super) fn some_holds(conditions: Vec<Expr>, span: Span) -> Expr {
    if !conditions.iter().any(can_fail) {
        let or = |a, b| binary(BinaryOp::Or, a, b, Type::Boolean);
        let never = Expr::literal(Value::Boolean(false), span);
        return conditions.into_iter().reduce(or).unwrap_or(never);
    }
    let of = |kind, ty| Expr { kind, ty, span };
    let list = of(ExprKind::List(conditions), Type::list(Type::Boolean));
    let variable = "left".to_owned();
    let body = of(ExprKind::Local(variable.clone()), Type::Boolean);
    of(
        ExprKind::Macro {
            kind: Macro::Exists,
            list: Box::new(list),
            variable,
            body: Box::new(body),
        },
        Type::Boolean,
    )
}

pub(super) fn binary(operator: BinaryOp, left: Expr, right: Expr, ty: Type) -> Expr {
    Expr {
        span: left.span,
        kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)),
        ty,
    }
}

pub(super) fn variable(name: &str, value: String, span: Span) -> EnvVar {
    EnvVar {
        name: Spanned::new(name.to_owned(), span),
        value: Template::literal(value, span),
    }
}
