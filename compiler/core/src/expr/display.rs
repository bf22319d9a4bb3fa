//! Checked expressions as source text, with no more parentheses than it takes. Read and checked again,
//! the text gives an equal expression.

use std::fmt::{self, Display, Formatter, Write};

use super::lexer::is_word;
use super::syntax::escape;
use super::value::quoted;
use super::{Expr, ExprKind, Part, Ref, Template, UnaryOp, Value};
use crate::flow::Flow;

/// How a reference is written.
type RefNames<'a> = &'a dyn Fn(&Ref) -> String;

impl Expr {
    /// The source text, without `${{` and `}}`.
    pub fn display(&self, flow: &Flow) -> String {
        self.display_with(&|reference| reference.display(flow))
    }

    /// The source text, with references as `names` writes them.
    pub fn display_with(&self, names: &dyn Fn(&Ref) -> String) -> String {
        Source {
            expr: self,
            level: CONDITIONAL,
            names,
        }
        .to_string()
    }
}

impl Template {
    /// The source text, which may stand as the value of a key.
    pub fn display(&self, flow: &Flow) -> String {
        self.display_with(&|reference| reference.display(flow))
    }

    /// The source text, with references as `names` writes them.
    pub fn display_with(&self, names: &dyn Fn(&Ref) -> String) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(&escape(text)),
                Part::Expr(expr) => {
                    // A text that ends in `$` would make `$${{` of what follows, which is an escape.
                    if out.ends_with('$') {
                        out.pop();
                        out.push_str("${{ \"$\" }}");
                    }
                    out.push_str("${{ ");
                    out.push_str(&expr.display_with(names));
                    out.push_str(" }}");
                }
            }
        }
        out
    }
}

impl Ref {
    /// The name in the source.
    pub fn display(&self, flow: &Flow) -> String {
        let task = |id| flow.task(id).name.value.as_str();
        match self {
            Self::Parameter { name, .. } => format!("parameters.{name}"),
            Self::Output { task: id, name } => format!("tasks.{}.outputs.{name}", task(*id)),
            Self::Artifact { task: id, name } => format!("tasks.{}.artifacts.{name}", task(*id)),
            Self::Status { task: id } => format!("tasks.{}.status", task(*id)),
            Self::Item { fan_out } => match &flow.task(*fan_out).for_each {
                Some(fan_out) => fan_out.variable.value.clone(),
                None => "item".into(),
            },
            Self::Index { .. } => "index".into(),
            Self::RunId => "run.id".into(),
            Self::RunDate => "run.date".into(),
            Self::RunScheduledAt => "run.scheduled_at".into(),
            Self::RunStatus => "run.status".into(),
            Self::RunDuration => "run.duration".into(),
            Self::Secret { name } => format!("secrets.{name}"),
            Self::OwnOutput { name } => format!("outputs.{name}"),
            Self::OwnArtifact { name } => format!("artifacts.{name}"),
        }
    }
}

/// A value as the language writes it: a text in quotes, a number with a fraction or an exponent.
pub fn literal(value: &Value) -> String {
    let mut out = String::new();
    write_literal(value, &mut out);
    out
}

fn write_literal(value: &Value, out: &mut String) {
    match value {
        Value::Number(_) => {
            let text = value.text();
            out.push_str(&text);
            // `1.0` is a number, `1` would be an integer.
            if !text.contains(['.', 'e']) {
                out.push_str(".0");
            }
        }
        Value::List(list) => {
            out.push('[');
            for (position, value) in list.iter().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                write_literal(value, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (position, (key, value)) in fields.iter().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                out.push_str(&quoted(key));
                out.push_str(": ");
                write_literal(value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.json()),
    }
}

// How tight an expression binds; between these lie the levels of the operators.
const CONDITIONAL: u8 = 0;
const UNARY: u8 = 6;
const POSTFIX: u8 = 7;

/// An expression where one that binds at least as tight as `level` can stand.
struct Source<'a> {
    expr: &'a Expr,
    level: u8,
    names: RefNames<'a>,
}

impl Display for Source<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if level(self.expr) >= self.level {
            return self.write(f);
        }
        f.write_char('(')?;
        self.write(f)?;
        f.write_char(')')
    }
}

impl<'a> Source<'a> {
    fn at(&self, expr: &'a Expr, level: u8) -> Self {
        Source {
            expr,
            level,
            names: self.names,
        }
    }

    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.expr.kind {
            ExprKind::Literal(value) => f.write_str(&literal(value)),
            ExprKind::Ref(reference) => f.write_str(&(self.names)(reference)),
            ExprKind::Local(name) => f.write_str(name),
            ExprKind::List(elements) => {
                f.write_char('[')?;
                self.list(elements, f)?;
                f.write_char(']')
            }
            ExprKind::Object(fields) => {
                f.write_char('{')?;
                for (position, (key, value)) in fields.iter().enumerate() {
                    let comma = if position > 0 { ", " } else { "" };
                    write!(f, "{comma}{}: {}", quoted(key), self.at(value, CONDITIONAL))?;
                }
                f.write_char('}')
            }
            ExprKind::Field(object, name) if is_word(name) => {
                write!(f, "{}.{name}", self.at(object, POSTFIX))
            }
            ExprKind::Field(object, name) => {
                write!(f, "{}[{}]", self.at(object, POSTFIX), quoted(name))
            }
            ExprKind::Index(list, index) => {
                let (list, index) = (self.at(list, POSTFIX), self.at(index, CONDITIONAL));
                write!(f, "{list}[{index}]")
            }
            ExprKind::Unary(op, operand) => {
                write!(f, "{}{}", op.symbol(), self.at(operand, UNARY))
            }
            ExprKind::Binary(op, left, right) => {
                let (left, right) = (self.at(left, op.level()), self.at(right, op.level() + 1));
                write!(f, "{left} {} {right}", op.symbol())
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                let condition = self.at(condition, CONDITIONAL + 1);
                let (then, otherwise) =
                    (self.at(then, CONDITIONAL), self.at(otherwise, CONDITIONAL));
                write!(f, "{condition} ? {then} : {otherwise}")
            }
            ExprKind::Call(function, arguments) => match arguments.split_first() {
                Some((receiver, arguments)) if function.is_method() => {
                    write!(f, "{}.{}(", self.at(receiver, POSTFIX), function.name())?;
                    self.list(arguments, f)?;
                    f.write_char(')')
                }
                _ => {
                    write!(f, "{}(", function.name())?;
                    self.list(arguments, f)?;
                    f.write_char(')')
                }
            },
            ExprKind::Default(reference, fallback) => {
                let fallback = self.at(fallback, CONDITIONAL);
                write!(f, "default({}, {fallback})", (self.names)(reference))
            }
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => {
                let (list, body) = (self.at(list, POSTFIX), self.at(body, CONDITIONAL));
                write!(f, "{list}.{}({variable}, {body})", kind.name())
            }
        }
    }

    fn list(&self, exprs: &'a [Expr], f: &mut Formatter<'_>) -> fmt::Result {
        for (position, expr) in exprs.iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            write!(f, "{comma}{}", self.at(expr, CONDITIONAL))?;
        }
        Ok(())
    }
}

/// How tight an expression binds.
fn level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Conditional(..) => CONDITIONAL,
        ExprKind::Binary(op, ..) => op.level(),
        ExprKind::Unary(UnaryOp::Not | UnaryOp::Negate, _) => UNARY,
        ExprKind::Literal(value) if value.as_f64().is_some_and(|value| value < 0.0) => UNARY,
        _ => POSTFIX,
    }
}
