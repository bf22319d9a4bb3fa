//! Expressions as awk over the values of a run.
//!
//! A value has the form that its type asks for: text is text, numbers are numbers, a boolean is 0 or 1, and lists,
//! objects and what only the run knows are compact JSON. The functions that are called stand in
//! `runner/values.awk`. What a run brings is only ever read by these functions; it never becomes code.

mod calls;
mod literals;
mod references;

use std::collections::BTreeSet;

use flowc_core::expr::{BinaryOp, Expr, ExprKind, Part, Ref, Template, Type, UnaryOp, Value};
use flowc_core::flow::Flow;
use flowc_core::source::Span;

use super::regex;
pub(super) use literals::{conform, literal, regex_literal};
use literals::{put_argument, value_literal};
use references::Stored;

/// The form of a value in awk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Number,
    Boolean,
    Json,
}

fn form(ty: &Type) -> Form {
    match ty {
        Type::String => Form::Text,
        Type::Integer | Type::Number => Form::Number,
        Type::Boolean => Form::Boolean,
        Type::List(_) | Type::Object | Type::Any => Form::Json,
    }
}

/// Lowers the expressions of one service.
pub(super) struct Awk<'f> {
    flow: &'f Flow,
    /// Functions that macros became.
    functions: String,
    macros: usize,
    locals: Vec<(String, Type)>,
    /// The parts of the library that are called.
    pub(super) parts: BTreeSet<&'static str>,
    /// Secrets that are read.
    pub(super) secrets: BTreeSet<String>,
    /// What awk cannot say.
    pub(super) problems: Vec<(Span, String)>,
}

impl<'f> Awk<'f> {
    pub(super) fn new(flow: &'f Flow) -> Self {
        Self {
            flow,
            functions: String::new(),
            macros: 0,
            locals: Vec::new(),
            parts: BTreeSet::new(),
            secrets: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// The functions that the expressions need, when they need any.
    pub(super) fn functions(&self) -> Option<String> {
        (!self.functions.is_empty()).then(|| self.functions.trim_end().to_owned())
    }

    /// A boolean.
    pub(super) fn condition(&mut self, expr: &Expr) -> String {
        self.as_form(expr, Form::Boolean)
    }

    /// A list as JSON.
    pub(super) fn list(&mut self, expr: &Expr) -> String {
        let code = self.as_form(expr, Form::Json);
        bare(code)
    }

    /// The text that a process sees.
    pub(super) fn text(&mut self, expr: &Expr) -> String {
        let code = self.text_of(expr);
        bare(code)
    }

    /// A text with expressions in it.
    pub(super) fn template(&mut self, template: &Template) -> String {
        let mut part = |part: &Part| match part {
            Part::Text(text) => literal(text),
            Part::Expr(expr) => self.text_of(expr),
        };
        match template.parts.as_slice() {
            [] => literal(""),
            [one] => bare(part(one)),
            several => {
                let several: Vec<String> = several.iter().map(part).collect();
                several.join(" ")
            }
        }
    }

    fn use_part(&mut self, part: &'static str) {
        self.parts.insert(part);
    }

    fn text_of(&mut self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Literal(value) => literal(&value.text()),
            ExprKind::Ref(reference) => match self.stored(reference, &expr.ty) {
                Stored::Text(code) => code,
                Stored::Json(code) if form(&expr.ty) == Form::Text => call("string", [code]),
                Stored::Json(code) if expr.ty == Type::Any => call("plain", [code]),
                Stored::Json(code) => code,
                Stored::Number(code) => call("shown", [code]),
            },
            _ => {
                let code = self.lower(expr);
                match (form(&expr.ty), &expr.ty) {
                    (Form::Text, _) => code,
                    (Form::Number, _) => call("shown", [code]),
                    (Form::Boolean, _) => call("truth", [code]),
                    (Form::Json, Type::Any) => {
                        self.use_part("any");
                        call("plain", [code])
                    }
                    (Form::Json, _) => code,
                }
            }
        }
    }

    /// The value in the form that is wanted; what only the run knows is checked there.
    fn as_form(&mut self, expr: &Expr, want: Form) -> String {
        let code = self.lower(expr);
        self.convert(code, form(&expr.ty), want)
    }

    fn convert(&mut self, code: String, have: Form, want: Form) -> String {
        match (have, want) {
            (have, want) if have == want => code,
            (Form::Text, _) => call("quote", [code]),
            (Form::Number, _) => call("shown", [code]),
            (Form::Boolean, _) => call("truth", [code]),
            (Form::Json, Form::Text) => call("string", [code]),
            (Form::Json, Form::Number) => {
                self.use_part("any");
                call("numeric", [code])
            }
            (Form::Json, Form::Boolean) => {
                self.use_part("any");
                call("boolean", [code])
            }
            (Form::Json, Form::Json) => code,
        }
    }

    fn json(&mut self, expr: &Expr) -> String {
        self.as_form(expr, Form::Json)
    }

    /// An expression in the form of its type: a call, a literal or something in parentheses.
    fn lower(&mut self, expr: &Expr) -> String {
        let want = form(&expr.ty);
        match &expr.kind {
            ExprKind::Literal(value) => value_literal(value, want),
            ExprKind::Ref(reference) => self.reference(reference, &expr.ty),
            ExprKind::Local(name) => {
                let have = self.locals.iter().rev().find(|(local, _)| local == name);
                let have = have.map_or(want, |(_, ty)| form(ty));
                self.convert(local(name), have, want)
            }
            ExprKind::List(elements) => {
                let parts: Vec<String> =
                    elements.iter().map(|element| self.json(element)).collect();
                format!("(\"[\" {} \"]\")", parts.join(" \",\" "))
            }
            ExprKind::Object(fields) => {
                let parts: Vec<String> = fields
                    .iter()
                    .map(|(key, value)| {
                        let key = Value::String(key.clone()).json();
                        format!("{} {}", literal(&format!("{key}:")), self.json(value))
                    })
                    .collect();
                format!("(\"{{\" {} \"}}\")", parts.join(" \",\" "))
            }
            ExprKind::Field(object, name) => {
                self.use_part("fields");
                let object = self.json(object);
                let code = call("member", [object, literal(name)]);
                self.convert(code, Form::Json, want)
            }
            ExprKind::Index(list, index) => {
                self.use_part("fields");
                let list = self.json(list);
                let index = self.json(index);
                let code = call("at_index", [list, index]);
                self.convert(code, Form::Json, want)
            }
            ExprKind::Unary(UnaryOp::Not, operand) => {
                format!("(!{})", self.as_form(operand, Form::Boolean))
            }
            ExprKind::Unary(UnaryOp::Negate, operand) => {
                let operand = self.number_of(operand, &expr.ty);
                self.arithmetic(BinaryOp::Subtract, "0".into(), operand, &expr.ty)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr),
            ExprKind::Conditional(condition, then, otherwise) => {
                let condition = self.as_form(condition, Form::Boolean);
                let then = self.as_form(then, want);
                let otherwise = self.as_form(otherwise, want);
                format!("({condition} ? {then} : {otherwise})")
            }
            ExprKind::Call(function, arguments) => {
                self.function(*function, arguments, want, expr.span)
            }
            ExprKind::Default(reference, fallback) => {
                let task = match reference {
                    Ref::Output { task, .. } | Ref::Artifact { task, .. } => Some(*task),
                    _ => None,
                };
                let value = self.reference(reference, &expr.ty);
                let fallback = self.as_form(fallback, want);
                match task {
                    Some(task) => {
                        let succeeded = self.of_task("succeeded", task, None);
                        format!("({succeeded} ? {value} : {fallback})")
                    }
                    None => value,
                }
            }
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => self.each(*kind, list, variable, body),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, whole: &Expr) -> String {
        use BinaryOp as Op;
        let forms = (form(&left.ty), form(&right.ty));
        match op {
            Op::And | Op::Or => {
                let (a, b) = (
                    self.as_form(left, Form::Boolean),
                    self.as_form(right, Form::Boolean),
                );
                format!("({a} {} {b})", op.symbol())
            }
            Op::Equal | Op::NotEqual if forms.0 == forms.1 && forms.0 != Form::Json => {
                let (a, b) = (self.lower(left), self.lower(right));
                format!("({a} {} {b})", op.symbol())
            }
            Op::Equal | Op::NotEqual => {
                self.use_part("same");
                let (a, b) = (self.json(left), self.json(right));
                let same = call("same", [a, b]);
                if op == Op::Equal {
                    same
                } else {
                    format!("(!{same})")
                }
            }
            Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => {
                if forms.0 == forms.1 && matches!(forms.0, Form::Number | Form::Text) {
                    let (a, b) = (self.lower(left), self.lower(right));
                    return format!("({a} {} {b})", op.symbol());
                }
                self.use_part("any");
                let (a, b) = (self.json(left), self.json(right));
                format!("({} {} 0)", call("order", [a, b]), op.symbol())
            }
            Op::In => {
                self.use_part("same");
                let (a, b) = (self.json(left), self.json(right));
                call("among", [a, b])
            }
            Op::Add => match (&whole.ty, form(&whole.ty)) {
                (Type::Any, _) => {
                    self.use_part("any");
                    let (a, b) = (self.json(left), self.json(right));
                    call("add", [a, b])
                }
                (_, Form::Text) => {
                    let (a, b) = (
                        self.as_form(left, Form::Text),
                        self.as_form(right, Form::Text),
                    );
                    format!("({a} {b})")
                }
                (_, Form::Json) => {
                    self.use_part("any");
                    let (a, b) = (self.json(left), self.json(right));
                    call("concat", [a, b])
                }
                _ => {
                    let (a, b) = (
                        self.number_of(left, &whole.ty),
                        self.number_of(right, &whole.ty),
                    );
                    self.arithmetic(op, a, b, &whole.ty)
                }
            },
            Op::Subtract | Op::Multiply | Op::Divide | Op::Remainder => {
                let (a, b) = (
                    self.number_of(left, &whole.ty),
                    self.number_of(right, &whole.ty),
                );
                self.arithmetic(op, a, b, &whole.ty)
            }
        }
    }

    /// An operand of an operator whose value is a number, or an integer.
    fn number_of(&mut self, operand: &Expr, whole: &Type) -> String {
        let code = self.as_form(operand, Form::Number);
        if *whole == Type::Integer && operand.ty != Type::Integer {
            self.use_part("any");
            return call("integral", [code]);
        }
        code
    }

    fn arithmetic(&mut self, op: BinaryOp, a: String, b: String, ty: &Type) -> String {
        self.use_part("arithmetic");
        let integer = *ty == Type::Integer;
        let code = match op {
            BinaryOp::Divide if integer => call("quotient", [a, b]),
            BinaryOp::Divide => call("divide", [a, b]),
            BinaryOp::Remainder => call("remainder", [a, b]),
            BinaryOp::Multiply if integer => call("times", [a, b]),
            BinaryOp::Add if integer => call("plus", [a, b]),
            _ if integer => call("minus", [a, b]),
            _ => call("real", [format!("{a} {} {b}", op.symbol())]),
        };
        self.convert(code, Form::Number, form(ty))
    }
}

/// The variable of a macro; no word of awk and no name of the library begins so.
fn local(name: &str) -> String {
    format!("_{name}")
}

fn call(function: &str, arguments: impl IntoIterator<Item = String>) -> String {
    call_with(function, arguments, |out, code| out.push_str(&bare(code)))
}

/// A call with texts.
fn call_of<'t>(function: &str, texts: impl IntoIterator<Item = &'t str>) -> String {
    call_with(function, texts, put_argument)
}

/// A call, each of whose arguments `put` writes.
fn call_with<T>(
    function: &str,
    arguments: impl IntoIterator<Item = T>,
    put: impl Fn(&mut String, T),
) -> String {
    let mut out = String::with_capacity(function.len() + 60);
    out.push_str(function);
    out.push('(');
    for (index, argument) in arguments.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        put(&mut out, argument);
    }
    out.push(')');
    out
}

/// Without the parentheses around the whole.
pub(super) fn bare(code: String) -> String {
    let Some(inside) = code
        .strip_prefix('(')
        .and_then(|code| code.strip_suffix(')'))
    else {
        return code;
    };
    let mut depth = 0_i32;
    let mut quoted = false;
    let mut escaped = false;
    for character in inside.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return code;
        }
    }
    inside.to_owned()
}
