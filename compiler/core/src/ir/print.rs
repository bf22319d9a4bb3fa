//! Expressions and values as the language writes them.

use serde_json::Value as Json;

use crate::expr::syntax::escape;
use crate::expr::value::{number_text, quoted};
use crate::expr::{Expr, ExprKind, Part, Ref, Template, Value};
use crate::flow::{Flow, TaskId};

/// The precedence of `-x` and `!x`, above every binary operator.
const UNARY: u8 = 6;
/// The precedence of `x.y`, `x[y]` and everything that stands alone.
const POSTFIX: u8 = 7;

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
    format!("${{{{ {} }}}}", expression(flow, expr))
}

/// Text with expressions in it.
pub(super) fn template(flow: &Flow, template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => escape(text),
            Part::Expr(expr) => whole(flow, expr),
        })
        .collect()
}

/// An expression without `${{` and `}}`.
pub(super) fn expression(flow: &Flow, expr: &Expr) -> String {
    let mut out = String::new();
    Printer {
        flow,
        out: &mut out,
    }
    .expr(expr, 0);
    out
}

struct Printer<'a> {
    flow: &'a Flow,
    out: &'a mut String,
}

impl Printer<'_> {
    /// Writes an expression, in parentheses when it binds less tightly than its place wants.
    fn expr(&mut self, expr: &Expr, wanted: u8) {
        if level(expr) < wanted {
            self.out.push('(');
            self.bare(expr);
            self.out.push(')');
        } else {
            self.bare(expr);
        }
    }

    fn bare(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(value) => self.literal(value),
            ExprKind::List(elements) => {
                self.out.push('[');
                self.separated(elements);
                self.out.push(']');
            }
            ExprKind::Object(fields) => {
                self.out.push('{');
                for (i, (key, value)) in fields.iter().enumerate() {
                    self.comma(i);
                    self.out.push_str(&quoted(key));
                    self.out.push_str(": ");
                    self.expr(value, 0);
                }
                self.out.push('}');
            }
            ExprKind::Ref(reference) => self.reference(reference),
            ExprKind::Local(name) => self.out.push_str(name),
            ExprKind::Field(object, name) => {
                self.expr(object, POSTFIX);
                self.field(name);
            }
            ExprKind::Index(object, index) => {
                self.expr(object, POSTFIX);
                self.out.push('[');
                self.expr(index, 0);
                self.out.push(']');
            }
            ExprKind::Unary(operator, operand) => {
                self.out.push_str(operator.symbol());
                self.expr(operand, UNARY);
            }
            ExprKind::Binary(operator, left, right) => {
                self.expr(left, operator.level());
                self.out.push(' ');
                self.out.push_str(operator.symbol());
                self.out.push(' ');
                self.expr(right, operator.level() + 1);
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                self.expr(condition, 1);
                self.out.push_str(" ? ");
                self.expr(then, 1);
                self.out.push_str(" : ");
                self.expr(otherwise, 0);
            }
            ExprKind::Call(function, arguments) => match arguments.as_slice() {
                [receiver, rest @ ..] if function.is_method() => {
                    self.expr(receiver, POSTFIX);
                    self.out.push('.');
                    self.call(function.name(), rest);
                }
                all => self.call(function.name(), all),
            },
            ExprKind::Default(reference, fallback) => {
                self.out.push_str("default(");
                self.reference(reference);
                self.out.push_str(", ");
                self.expr(fallback, 0);
                self.out.push(')');
            }
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => {
                self.expr(list, POSTFIX);
                self.out.push_str(&format!(".{}({variable}, ", kind.name()));
                self.expr(body, 0);
                self.out.push(')');
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) {
        self.out.push_str(name);
        self.out.push('(');
        self.separated(arguments);
        self.out.push(')');
    }

    fn separated(&mut self, exprs: &[Expr]) {
        for (i, expr) in exprs.iter().enumerate() {
            self.comma(i);
            self.expr(expr, 0);
        }
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.out.push_str(", ");
        }
    }

    fn literal(&mut self, value: &Value) {
        match value {
            Value::Number(number) => {
                let text = number_text(*number);
                self.out.push_str(&text);
                // Without a fraction it would be an integer.
                if !text.contains(['.', 'e']) {
                    self.out.push_str(".0");
                }
            }
            Value::List(values) => {
                self.out.push('[');
                for (i, value) in values.iter().enumerate() {
                    self.comma(i);
                    self.literal(value);
                }
                self.out.push(']');
            }
            Value::Object(fields) => {
                self.out.push('{');
                for (i, (key, value)) in fields.iter().enumerate() {
                    self.comma(i);
                    self.out.push_str(&quoted(key));
                    self.out.push_str(": ");
                    self.literal(value);
                }
                self.out.push('}');
            }
            other => self.out.push_str(&other.json()),
        }
    }

    fn field(&mut self, name: &str) {
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !matches!(name, "in" | "true" | "false" | "null");
        if plain {
            self.out.push('.');
            self.out.push_str(name);
        } else {
            self.out.push('[');
            self.out.push_str(&quoted(name));
            self.out.push(']');
        }
    }

    fn reference(&mut self, reference: &Ref) {
        let text = match reference {
            Ref::Parameter { name, .. } => format!("parameters.{name}"),
            Ref::Output { task, name } => format!("tasks.{}.outputs.{name}", self.task(*task)),
            Ref::Artifact { task, name } => format!("tasks.{}.artifacts.{name}", self.task(*task)),
            Ref::Status { task } => format!("tasks.{}.status", self.task(*task)),
            Ref::Item { fan_out } => self.variable(*fan_out).to_owned(),
            Ref::Index { .. } => "index".to_owned(),
            Ref::RunId => "run.id".to_owned(),
            Ref::RunDate => "run.date".to_owned(),
            Ref::RunScheduledAt => "run.scheduled_at".to_owned(),
            Ref::RunStatus => "run.status".to_owned(),
            Ref::RunDuration => "run.duration".to_owned(),
            Ref::Secret { name } => format!("secrets.{name}"),
            Ref::OwnOutput { name } => format!("outputs.{name}"),
            Ref::OwnArtifact { name } => format!("artifacts.{name}"),
        };
        self.out.push_str(&text);
    }

    fn task(&self, task: TaskId) -> &str {
        &self.flow.task(task).name.value
    }

    fn variable(&self, fan_out: TaskId) -> &str {
        match &self.flow.task(fan_out).for_each {
            Some(fan_out) => &fan_out.variable.value,
            None => "item",
        }
    }
}

/// How tightly an expression binds.
fn level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Conditional(..) => 0,
        ExprKind::Binary(operator, ..) => operator.level(),
        ExprKind::Unary(..) => UNARY,
        // `-1` is written with an operator.
        ExprKind::Literal(value) if value.as_f64().is_some_and(f64::is_sign_negative) => UNARY,
        _ => POSTFIX,
    }
}
