//! The expression language inside `${{ … }}`: a typed subset of CEL.
//!
//! `syntax` reads text into a tree of names; `check` resolves the names and types into the
//! [`Expr`] of this module, which targets lower and the evaluator runs. Nothing here knows YAML.

mod calls;
pub mod check;
pub mod display;
pub mod eval;
pub mod fold;
mod functions;
pub mod input;
mod json;
mod lexer;
mod operands;
mod parser;
pub mod pattern;
mod slips;
pub mod syntax;
#[cfg(test)]
mod tests;
mod types;
pub mod value;

use std::borrow::Cow;

use crate::flow::TaskId;
use crate::source::Span;
pub use input::{check_parameter_value, parse_parameter_text, read_output};
pub use value::Value;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// UTF-8 text without NUL; the path of an artifact is one too.
    String,
    /// A whole number within ±2^53.
    Integer,
    /// A double, never NaN or infinite.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of one type.
    List(Box<Type>),
    /// A JSON object; its fields have type `Any`.
    Object,
    /// Known at run time only: a field of an object, `null`.
    Any,
}

impl Type {
    /// `list<element>`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// Whether a value of type `other` can stand where `self` is wanted. An integer is a number;
    /// `Any` fits everywhere and is checked when the flow runs.
    pub fn accepts(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Number, Self::Integer) => true,
            (Self::List(a), Self::List(b)) => a.accepts(b),
            (a, b) => a == b,
        }
    }

    /// As the language writes it: `list<string>`.
    pub fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List(element) => return format!("list<{element}>").into(),
            Self::Object => "object",
            Self::Any => "any",
        })
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// A checked expression: every name resolved, every node typed.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Type,
    /// Where it was written.
    pub span: Span,
}

impl PartialEq for Expr {
    /// Looks at the meaning only, not at the place.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.ty == other.ty
    }
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Value),
    /// `[a, b]` with at least one element that is not constant.
    List(Vec<Expr>),
    /// `{"k": a}` with at least one value that is not constant; in written order.
    Object(Vec<(String, Expr)>),
    /// A name that the flow gives a value.
    Ref(Ref),
    /// The variable of an enclosing macro.
    Local(String),
    /// `x.field` of an object; absent fields are an error when the flow runs.
    Field(Box<Expr>, String),
    /// `list[i]` or `object["k"]`; out of range is an error when the flow runs.
    Index(Box<Expr>, Box<Expr>),
    /// `!x`, `-x`.
    Unary(UnaryOp, Box<Expr>),
    /// `x op y`. `&&` and `||` look at the right side only when they must.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `condition ? then : otherwise`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function or method; the receiver of a method is the first argument.
    Call(Function, Vec<Expr>),
    /// `default(reference, fallback)`: the fallback when the reference's task did not succeed.
    Default(Ref, Box<Expr>),
    /// `list.macro(variable, body)`.
    Macro {
        /// Which macro.
        kind: Macro,
        /// The list it walks.
        list: Box<Expr>,
        /// The name of its variable, read by [`ExprKind::Local`] in the body.
        variable: String,
        /// Evaluated for each element.
        body: Box<Expr>,
    },
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ref {
    /// `parameters.p` of the run, or of the sub-flow that `scope` (a group task) stands for.
    Parameter {
        /// The sub-flow's task; absent for the run's own parameters.
        scope: Option<TaskId>,
        /// The parameter.
        name: String,
    },
    /// `tasks.t.outputs.o`; of a fan-out, the list of its instances' values.
    Output {
        /// The task.
        task: TaskId,
        /// The output.
        name: String,
    },
    /// `tasks.t.artifacts.a`: a path readable by the process that is given it.
    Artifact {
        /// The task.
        task: TaskId,
        /// The artifact.
        name: String,
    },
    /// `tasks.t.status`.
    Status {
        /// The task.
        task: TaskId,
    },
    /// `item`, or the name that `as` gives: the element this instance of the fan-out works on.
    Item {
        /// The task with the `for_each`.
        fan_out: TaskId,
    },
    /// `index`: the position of the element in the whole list, from 0.
    Index {
        /// The task with the `for_each`.
        fan_out: TaskId,
    },
    /// `run.id`.
    RunId,
    /// `run.date`: the scheduled day in the schedule's time zone, as `2026-01-31`.
    RunDate,
    /// `run.scheduled_at`: RFC 3339 with the offset of the schedule's time zone.
    RunScheduledAt,
    /// `run.status`, in `finally`: `succeeded` or `failed`.
    RunStatus,
    /// `run.duration`, in `finally`: seconds.
    RunDuration,
    /// `secrets.s`, in `env`.
    Secret {
        /// The name of the secret.
        name: String,
    },
    /// `outputs.o`: the path to write one's own output to.
    OwnOutput {
        /// The output.
        name: String,
    },
    /// `artifacts.a`: the path to write one's own artifact to.
    OwnArtifact {
        /// The artifact.
        name: String,
    },
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`, deep, numbers by value
    Equal,
    /// `!=`
    NotEqual,
    /// `<` of two numbers or two strings (by code point)
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `x in list`, or a key in an object
    In,
    /// `+` of numbers, strings or lists
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; of two integers it truncates, by zero is an error
    Divide,
    /// `%` of two integers, with the sign of the left one
    Remainder,
}

impl UnaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Negate => "-",
        }
    }
}

impl BinaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How tight it binds: the higher, the tighter. All associate to the left.
    pub fn level(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual
            | Self::In => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
        }
    }
}

/// The functions. A receiver counts as the first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `size(x)` or `x.size()`: characters of a string, elements of a list, fields of an object
    Size,
    /// `text.contains(part)`
    Contains,
    /// `text.startsWith(part)`
    StartsWith,
    /// `text.endsWith(part)`
    EndsWith,
    /// `text.matches(pattern)`: whether the RE2 pattern, a constant, is found anywhere in the text
    Matches,
    /// `string(x)`: the text of a value
    String,
    /// `int(x)`: of a number (towards zero) or a text in JSON form
    Int,
    /// `double(x)`: of an integer or a text in JSON form
    Double,
    /// `range(n)`: `[0, 1, …, n-1]`
    Range,
    /// `days(from, to)`: the days from one to the other, both included, as `2026-01-31`
    Days,
}

/// The list macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Macro {
    /// `list.all(x, condition)`
    All,
    /// `list.exists(x, condition)`
    Exists,
    /// `list.exists_one(x, condition)`
    ExistsOne,
    /// `list.filter(x, condition)`
    Filter,
    /// `list.map(x, value)`
    Map,
}

impl Macro {
    /// Every macro.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Exists,
        Self::ExistsOne,
        Self::Filter,
        Self::Map,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::ExistsOne => "exists_one",
            Self::Filter => "filter",
            Self::Map => "map",
        }
    }

    /// The macro of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A text with expressions in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Text and expressions in order; neighbouring texts are joined, none is empty.
    pub parts: Vec<Part>,
    /// The whole scalar.
    pub span: Span,
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text that is data, `$${{` already turned into `${{`.
    Text(String),
    /// An expression whose value becomes text.
    Expr(Expr),
}

impl Template {
    /// A template without expressions.
    pub fn literal(text: impl Into<String>, span: Span) -> Self {
        let text = text.into();
        let parts = if text.is_empty() {
            Vec::new()
        } else {
            vec![Part::Text(text)]
        };
        Self { parts, span }
    }

    /// The text, when there is no expression in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The expression, when the template is one whole expression and so keeps its type.
    pub fn as_expr(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [Part::Expr(expr)] => Some(expr),
            _ => None,
        }
    }

    /// The expressions in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expr(expr) => Some(expr),
            Part::Text(_) => None,
        })
    }

    /// The same, to change them.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.parts.iter_mut().filter_map(|part| match part {
            Part::Expr(expr) => Some(expr),
            Part::Text(_) => None,
        })
    }
}

impl Expr {
    /// A constant of the value's own type.
    pub fn literal(value: Value, span: Span) -> Self {
        Self {
            ty: value.ty(),
            kind: ExprKind::Literal(value),
            span,
        }
    }

    /// The value, when it is constant.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Calls `visit` for this expression and every one inside it, outer before inner.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Ref(_) | ExprKind::Local(_) => {}
            ExprKind::List(list) | ExprKind::Call(_, list) => {
                for expr in list {
                    expr.walk(visit);
                }
            }
            ExprKind::Object(fields) => {
                for (_, expr) in fields {
                    expr.walk(visit);
                }
            }
            ExprKind::Field(expr, _) | ExprKind::Unary(_, expr) | ExprKind::Default(_, expr) => {
                expr.walk(visit);
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            ExprKind::Conditional(a, b, c) => {
                a.walk(visit);
                b.walk(visit);
                c.walk(visit);
            }
            ExprKind::Macro { list, body, .. } => {
                list.walk(visit);
                body.walk(visit);
            }
        }
    }

    /// Calls `visit` for every reference in it; the flag says whether it is read through `default`.
    pub fn refs<'e>(&'e self, visit: &mut dyn FnMut(&'e Ref, Span, bool)) {
        self.walk(&mut |expr| match &expr.kind {
            ExprKind::Ref(reference) => visit(reference, expr.span, false),
            ExprKind::Default(reference, _) => visit(reference, expr.span, true),
            _ => {}
        });
    }
}
