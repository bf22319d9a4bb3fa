//! Expressions as awk over the values of a run.
//!
//! A value has the form that its type asks for: text is text, numbers are numbers, a boolean is 0 or 1, and lists,
//! objects and what only the run knows are compact JSON. The functions that are called stand in
//! `runner/values.awk`. What a run brings is only ever read by these functions; it never becomes code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flowc_core::expr::pattern::whole;
use flowc_core::expr::value::number_text;
use flowc_core::expr::{
    BinaryOp, Expr, ExprKind, Function, Macro, Part, Ref, Template, Type, UnaryOp, Value,
};
use flowc_core::flow::{Flow, Parameter, TaskId};
use flowc_core::source::Span;

use super::regex;

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
        let parts: Vec<String> = template
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => literal(text),
                Part::Expr(expr) => self.text_of(expr),
            })
            .collect();
        match parts.len() {
            0 => literal(""),
            1 => bare(parts.concat()),
            _ => parts.join(" "),
        }
    }

    /// How many fan-outs are around a task, its own not counted.
    pub(super) fn depth(&self, task: TaskId) -> usize {
        depth(self.flow, task)
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

    fn function(
        &mut self,
        function: Function,
        arguments: &[Expr],
        want: Form,
        span: Span,
    ) -> String {
        let Some(first) = arguments.first() else {
            return literal("");
        };
        let code = match function {
            Function::Size if form(&first.ty) == Form::Text => {
                self.use_part("size");
                call("characters", [self.lower(first)])
            }
            Function::Size => {
                self.use_part("size");
                call("size", [self.json(first)])
            }
            Function::String => return self.text_of(first),
            Function::Int | Function::Double => {
                self.use_part("numbers");
                let name = match (function, form(&first.ty)) {
                    (Function::Int, Form::Text) => "integer_of",
                    (Function::Int, Form::Json) => "to_integer",
                    (Function::Int, _) => "truncate",
                    (_, Form::Text) => "number_of",
                    (_, Form::Json) => "to_number",
                    _ => return self.lower(first),
                };
                call(name, [self.lower(first)])
            }
            Function::Range => {
                self.use_part("range");
                let count = self.number_of(first, &Type::Integer);
                return call("range", [count]);
            }
            Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Matches
            | Function::Days => {
                let text = self.as_form(first, Form::Text);
                let second = arguments.get(1).unwrap_or(first);
                if function == Function::Matches {
                    return self.matches(text, second, span);
                }
                let second = self.as_form(second, Form::Text);
                let name = match function {
                    Function::Contains => "contains",
                    Function::StartsWith => "starts_with",
                    Function::EndsWith => "ends_with",
                    _ => "days",
                };
                self.use_part(if function == Function::Days {
                    "days"
                } else {
                    "search"
                });
                return call(name, [text, second]);
            }
        };
        self.convert(code, Form::Number, want)
    }

    fn matches(&mut self, text: String, pattern: &Expr, span: Span) -> String {
        let pattern = match pattern.as_literal() {
            Some(Value::String(pattern)) => pattern.as_str(),
            _ => "",
        };
        match regex::awk(pattern) {
            Ok(regex) => format!("({text} ~ {})", regex_literal(&regex)),
            Err(why) => {
                self.problems
                    .push((span, format!("awk has no such pattern: {why}")));
                "0".into()
            }
        }
    }

    /// A macro becomes a function that walks the list.
    fn each(&mut self, kind: Macro, list: &Expr, variable: &str, body: &Expr) -> String {
        self.use_part("elements");
        let element = match &list.ty {
            Type::List(element) => (**element).clone(),
            _ => Type::Any,
        };
        let list = self.json(list);
        self.macros += 1;
        let name = format!("each{}", self.macros);
        let mut outer: Vec<String> = Vec::new();
        for (known, _) in &self.locals {
            let known = local(known);
            if known != local(variable) && !outer.contains(&known) {
                outer.push(known);
            }
        }
        self.locals.push((variable.to_owned(), element.clone()));
        let body = match kind {
            Macro::Map => self.json(body),
            _ => self.as_form(body, Form::Boolean),
        };
        self.locals.pop();
        let bound = self.convert("part[i]".into(), Form::Json, form(&element));
        let (step, end) = match kind {
            Macro::All => (format!("if (!{body}) return 0"), "1"),
            Macro::Exists => (format!("if ({body}) return 1"), "0"),
            Macro::ExistsOne => (format!("if ({body}) found++"), "found == 1"),
            Macro::Filter => (
                format!("if ({body}) all = all (all != \"\" ? \",\" : \"\") part[i]"),
                "\"[\" all \"]\"",
            ),
            Macro::Map => (
                format!("all = all (i > 1 ? \",\" : \"\") {body}"),
                "\"[\" all \"]\"",
            ),
        };
        let parameters = std::iter::once("list".to_owned()).chain(outer.iter().cloned());
        let parameters: Vec<String> = parameters.collect();
        let _ = writeln!(
            self.functions,
            "function {name}({}, part, n, i, all, found, {}) {{ n = elements(list, part); \
             for (i = 1; i <= n; i++) {{ {} = {bound}; {step} }}; return {end} }}",
            parameters.join(", "),
            local(variable),
            local(variable),
        );
        call(&name, std::iter::once(list).chain(outer))
    }

    /// A reference in the form of a type.
    fn reference(&mut self, reference: &Ref, ty: &Type) -> String {
        let want = form(ty);
        match (self.stored(reference, ty), want) {
            (Stored::Text(code), Form::Number) => call("number", [code]),
            (Stored::Text(code), Form::Boolean) => format!("({code} == \"true\")"),
            (Stored::Text(code), _) => code,
            (Stored::Json(code), Form::Number) => call("number", [code]),
            (Stored::Json(code), Form::Boolean) => format!("({code} == \"true\")"),
            (Stored::Json(code), want) => self.convert(code, Form::Json, want),
            (Stored::Number(code), want) => self.convert(code, Form::Number, want),
        }
    }

    fn stored(&mut self, reference: &Ref, ty: &Type) -> Stored {
        let named = |function: &str, name: &str| call(function, [literal(name)]);
        Stored::Text(match reference {
            Ref::Parameter { scope: None, name } => named("parameter", name),
            Ref::Parameter {
                scope: Some(group),
                name,
            } => {
                let inside = usize::from(self.flow.task(*group).for_each.is_some());
                let depth = self.depth(*group) + inside;
                let given = self.at("given", *group, Some(name), depth);
                self.checked(given, *group, name)
            }
            Ref::Output { task, name } => self.of_task("output", *task, Some(name)),
            Ref::Artifact { task, name } => self.of_task("artifact", *task, Some(name)),
            Ref::Status { task } => self.of_task("state", *task, None),
            Ref::Item { fan_out } => {
                let depth = self.depth(*fan_out) + 1;
                let code = self.at("item", *fan_out, None, depth);
                if *ty == Type::Any {
                    self.use_part("any");
                }
                return Stored::Json(code);
            }
            Ref::Index { fan_out } => {
                self.use_part("index");
                let depth = self.depth(*fan_out) + 1;
                return Stored::Number(call("position", [depth.to_string()]));
            }
            Ref::RunId => self.run("id"),
            Ref::RunDate => self.run("date"),
            Ref::RunScheduledAt => self.run("scheduled_at"),
            Ref::RunStatus => self.run("status"),
            Ref::RunDuration => self.run("duration"),
            Ref::Secret { name } => {
                self.use_part("secrets");
                let variable = name.to_ascii_uppercase();
                self.secrets.insert(name.clone());
                call("secret", [literal(&variable)])
            }
            Ref::OwnOutput { name } => self.own(name),
            Ref::OwnArtifact { name } => self.own(name),
        })
    }

    /// A value that a sub-flow is given: one that its parameter does not take fails what reads it. What is
    /// constant was checked before.
    fn checked(&mut self, given: String, group: TaskId, name: &str) -> String {
        let bindings = self
            .flow
            .task(group)
            .group()
            .and_then(|group| group.sub_flow.as_ref());
        let binding = bindings.and_then(|sub_flow| {
            sub_flow
                .bindings
                .iter()
                .find(|binding| binding.parameter.name.value == name)
        });
        match binding {
            Some(binding) if binding.value.as_literal().is_none() => {
                let ty = &binding.parameter.ty;
                let typed = if binding.value.ty == *ty
                    || binding.value.ty == Type::Integer && *ty == Type::Number
                {
                    given
                } else {
                    call("typed", [given, literal(&ty.to_string())])
                };
                self.limited(typed, &binding.parameter)
            }
            _ => given,
        }
    }

    /// The text of a parameter, which fails when it is outside the limits.
    pub(super) fn limited(&mut self, mut text: String, parameter: &Parameter) -> String {
        let number = |value: f64| signed(number_text(value));
        if let Some(min) = &parameter.min {
            self.use_part("least");
            text = call("at_least", [text, number(min.value)]);
        }
        if let Some(max) = &parameter.max {
            self.use_part("most");
            text = call("at_most", [text, number(max.value)]);
        }
        if let Some(choices) = &parameter.choices {
            self.use_part("choices");
            let choices = choices
                .value
                .iter()
                .map(|value| conform(value, &parameter.ty));
            let choices = literal(&Value::List(choices.collect()).json());
            text = call(
                "one_of",
                [text, literal(&parameter.ty.to_string()), choices],
            );
        }
        if let Some(pattern) = &parameter.pattern {
            self.use_part("pattern");
            match regex::awk(&whole(&pattern.value)) {
                Ok(regex) => {
                    text = call(
                        "shaped",
                        [text, regex_literal(&regex), literal(&pattern.value)],
                    )
                }
                Err(why) => self
                    .problems
                    .push((pattern.span, format!("awk has no such pattern: {why}"))),
            }
        }
        text
    }

    fn own(&mut self, name: &str) -> String {
        format!(
            "(ENVIRON[\"FLOW_OUTPUTS\"] {})",
            literal(&format!("/{name}"))
        )
    }

    fn run(&mut self, name: &'static str) -> String {
        self.use_part("run");
        if matches!(name, "date" | "scheduled_at") {
            self.use_part("clock");
        }
        call("run", [literal(name)])
    }

    fn of_task(&mut self, function: &str, task: TaskId, name: Option<&str>) -> String {
        let depth = self.depth(task);
        self.at(function, task, name, depth)
    }

    fn at(&mut self, function: &str, task: TaskId, name: Option<&str>, depth: usize) -> String {
        let mut arguments = vec![literal(&self.flow.task(task).path)];
        arguments.extend(name.map(literal));
        if depth > 0 {
            arguments.push(depth.to_string());
        }
        call(function, arguments)
    }
}

/// How the value of a reference is kept.
enum Stored {
    /// As the text that a process sees.
    Text(String),
    /// As JSON.
    Json(String),
    /// As a number.
    Number(String),
}

/// How many fan-outs are around a task, its own not counted.
pub(super) fn depth(flow: &Flow, task: TaskId) -> usize {
    flow.ancestors(task)
        .filter(|group| flow.task(*group).for_each.is_some())
        .count()
}

/// The variable of a macro; no word of awk and no name of the library begins so.
fn local(name: &str) -> String {
    format!("_{name}")
}

fn call(function: &str, arguments: impl IntoIterator<Item = String>) -> String {
    let arguments: Vec<String> = arguments.into_iter().map(bare).collect();
    format!("{function}({})", arguments.join(", "))
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

fn value_literal(value: &Value, want: Form) -> String {
    match (value, want) {
        (Value::Integer(number), Form::Number) => signed(number.to_string()),
        (Value::Number(number), Form::Number) => signed(number_text(*number)),
        (Value::Boolean(value), Form::Boolean) => if *value { "1" } else { "0" }.to_owned(),
        (Value::String(text), Form::Text) => literal(text),
        (value, Form::Text) => literal(&value.text()),
        (value, _) => literal(&value.json()),
    }
}

fn signed(number: String) -> String {
    // Not every awk reads a constant that is nearly nothing; all read it from a text.
    if number.contains("e-") {
        return format!("number(\"{number}\")");
    }
    if number.starts_with('-') {
        format!("({number})")
    } else {
        number
    }
}

/// A constant in the form of its parameter's type.
pub(super) fn conform(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Integer(number), Type::Number) => Value::Number(*number as f64),
        _ => value.clone(),
    }
}

/// The longest constant that is written in one: some awks refuse one of 8 KiB.
const LONGEST_CONSTANT: usize = 4000;

/// A text as a string of awk, in one line.
pub(super) fn literal(text: &str) -> String {
    let mut pieces = vec![String::new()];
    for character in text.chars() {
        if pieces
            .last()
            .is_some_and(|piece| piece.len() >= LONGEST_CONSTANT)
        {
            pieces.push(String::new());
        }
        let Some(out) = pieces.last_mut() else {
            continue;
        };
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\{:03o}", character as u32);
            }
            _ => out.push(character),
        }
    }
    let quoted: Vec<String> = pieces.iter().map(|piece| format!("\"{piece}\"")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(" ")),
    }
}

/// A regular expression of bytes as a string of awk.
pub(super) fn regex_literal(regex: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in regex {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}
