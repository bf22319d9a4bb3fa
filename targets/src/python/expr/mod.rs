//! Expressions in Python.
//!
//! Python's operators are used where the types make them mean what the flow language means; where
//! a value's type is known only at run time, or an operator differs, a short helper of the emitted
//! file takes its place (see [`OPERATORS`](super::OPERATORS)). How a reference is read is the
//! target's own matter: it says so by [`Bind`].

mod calls;
mod operators;

use std::borrow::Cow;
use std::cell::RefCell;

use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template, Type, UnaryOp, Value};

use super::{Argument, Code, string};

/// Binding strength, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// `a if b else c`
    Conditional,
    /// `a or b`
    Or,
    /// `a and b`
    And,
    /// `not a`
    Not,
    /// `a < b`, `a in b`
    Comparison,
    /// `a + b`
    Sum,
    /// `a * b`
    Product,
    /// `-a`
    Negation,
    /// Names, calls, indices and literals.
    Atom,
}

/// How a target reads what an expression refers to.
pub trait Bind<'a> {
    /// A reference in Python.
    fn reference(&self, reference: &'a Ref) -> (Code<'a>, Strength);

    /// `default(reference, fallback)` in Python, for an output or an artifact.
    fn default(
        &self,
        lower: &Lower<'_, Self>,
        reference: &'a Ref,
        fallback: &'a Expr,
    ) -> (Code<'a>, Strength)
    where
        Self: Sized;
}

/// Lowers expressions over the references of one place in the flow.
pub struct Lower<'b, B> {
    bind: &'b B,
    locals: RefCell<Vec<(String, String)>>,
}

impl<'a, 'b, B: Bind<'a>> Lower<'b, B> {
    /// Over these references.
    pub fn new(bind: &'b B) -> Self {
        Self {
            bind,
            locals: RefCell::default(),
        }
    }

    /// The expression, and how tight its outermost operator binds.
    pub fn lower(&self, expr: &'a Expr) -> (Code<'a>, Strength) {
        match &expr.kind {
            ExprKind::Literal(value) => (Code::value(value), literal_strength(value)),
            ExprKind::List(list) => {
                let list = list.iter().map(|element| self.lower(element).0).collect();
                (Code::List(list), Strength::Atom)
            }
            ExprKind::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| (key, self.lower(value).0));
                (Code::dict(fields), Strength::Atom)
            }
            ExprKind::Ref(reference) => self.bind.reference(reference),
            ExprKind::Local(name) => atom(self.local(name)),
            ExprKind::Field(object, name) => {
                let object = self.operand(object, Strength::Atom);
                atom(format!("{object}[{}]", string(name)))
            }
            ExprKind::Index(container, key) => self.index(container, key),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                let operand = self.of_type(operand, "bool", Strength::Not);
                (Code::Prefix("not ", Box::new(operand)), Strength::Not)
            }
            ExprKind::Unary(UnaryOp::Negate, operand) => {
                let operand = flat(&self.of_type(operand, "int, float", Strength::Atom));
                (Code::atom(format!("-{operand}")), Strength::Negation)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, &expr.ty),
            ExprKind::Conditional(condition, then, otherwise) => {
                let condition = self.of_type(condition, "bool", Strength::Or);
                let then = self.at_least(then, Strength::Or);
                let otherwise = self.at_least(otherwise, Strength::Conditional);
                ternary(then, condition, otherwise)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Default(reference, fallback) => match reference {
                Ref::Output { .. } | Ref::Artifact { .. } => {
                    self.bind.default(self, reference, fallback)
                }
                // Nothing else can be missing.
                _ => self.bind.reference(reference),
            },
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => self.comprehension(*kind, list, variable, body),
        }
    }

    /// A template as one text: a value that is not a text goes through the helper `text`.
    pub fn text(&self, template: &'a Template) -> Code<'a> {
        let part = |part: &'a Part| match part {
            Part::Text(text) => Code::string(text),
            Part::Expr(expr) if expr.ty == Type::String => self.at_least(expr, Strength::Sum),
            Part::Expr(expr) => Code::call1("text", self.lower(expr).0),
        };
        Code::Operation("+", template.parts.iter().map(part).collect())
    }

    /// The expression, in parentheses where it binds less than is wanted.
    pub fn at_least(&self, expr: &'a Expr, wanted: Strength) -> Code<'a> {
        enclosed(self.lower(expr), wanted)
    }

    /// The expression as one line that can stand beside any operator.
    fn operand(&self, expr: &'a Expr, wanted: Strength) -> String {
        flat(&self.at_least(expr, wanted))
    }

    /// The expression, checked when the flow runs if its type is not known before.
    pub fn of_type(&self, expr: &'a Expr, types: &'static str, wanted: Strength) -> Code<'a> {
        if expr.ty == Type::Any {
            let value = self.lower(expr).0;
            let types = types.split(", ").map(Code::atom);
            call_of("checked", std::iter::once(value).chain(types).collect()).0
        } else {
            self.at_least(expr, wanted)
        }
    }

    fn index(&self, container: &'a Expr, key: &'a Expr) -> (Code<'a>, Strength) {
        let is_position = matches!(key.as_literal(), Some(Value::Integer(at)) if *at >= 0);
        let direct = match container.ty {
            Type::List(_) => is_position,
            Type::Object => key.ty == Type::String,
            _ => false,
        };
        if direct {
            let container = self.operand(container, Strength::Atom);
            return atom(format!("{container}[{}]", flat(&self.lower(key).0)));
        }
        self.helper("element", &[container, key])
    }

    /// A call of a helper of the emitted file.
    fn helper(&self, name: &'static str, arguments: &[&'a Expr]) -> (Code<'a>, Strength) {
        let arguments = arguments.iter().map(|argument| self.lower(argument).0);
        call_of(name, arguments.collect())
    }

    fn local(&self, name: &str) -> String {
        let locals = self.locals.borrow();
        let found = locals.iter().rev().find(|(local, _)| local == name);
        found.map_or_else(|| name.to_owned(), |(_, python)| python.clone())
    }
}

/// Text that binds as tight as a name does.
pub fn atom<'a>(text: impl Into<Cow<'a, str>>) -> (Code<'a>, Strength) {
    (Code::atom(text), Strength::Atom)
}

/// A variable, which no name of the module is.
pub fn variable<'a>(name: impl Into<Cow<'a, str>>) -> (Code<'a>, Strength) {
    (Code::name(name), Strength::Atom)
}

/// `name(arguments)`
pub fn call_of<'a>(
    name: impl Into<Cow<'a, str>>,
    arguments: Vec<Code<'a>>,
) -> (Code<'a>, Strength) {
    let arguments = arguments.into_iter().map(Argument::positional).collect();
    (Code::Call(name.into(), arguments), Strength::Atom)
}

/// `value if condition else otherwise`
pub fn ternary<'a>(
    value: Code<'a>,
    condition: Code<'a>,
    otherwise: Code<'a>,
) -> (Code<'a>, Strength) {
    (
        Code::Ternary(Box::new([value, condition, otherwise])),
        Strength::Conditional,
    )
}

/// Code, in parentheses where it binds less than is wanted.
pub fn enclosed<'a>((code, strength): (Code<'a>, Strength), wanted: Strength) -> Code<'a> {
    if strength >= wanted {
        code
    } else {
        Code::atom(format!("({})", flat(&code)))
    }
}

/// Code on one line.
pub fn flat(code: &Code<'_>) -> String {
    code.flat().unwrap_or_default()
}

/// How tight the literal of a value binds.
pub fn literal_strength(value: &Value) -> Strength {
    match value {
        Value::Integer(number) if *number < 0 => Strength::Negation,
        Value::Number(number) if *number < 0.0 => Strength::Negation,
        _ => Strength::Atom,
    }
}
