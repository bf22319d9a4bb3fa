//! How an expression is laid out.

use std::fmt::Write as _;

use super::width::width;
use super::{Argument, Code, LINE_LENGTH};
use crate::python::literal;

impl Code<'_> {
    /// The expression on one line, however long; `None` when it holds a block.
    pub fn flat(&self) -> Option<String> {
        let mut out = String::new();
        let room = Room::unlimited(&out);
        self.write_flat(&mut out, room).then_some(out)
    }

    /// The expression behind `before` characters on a line indented by `indent`, with `after`
    /// characters behind its end.
    pub fn print(&self, indent: usize, before: usize, after: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, indent, before, after);
        out
    }

    /// Writes the expression as the value of a statement: operators that do not fit on the line stand in
    /// parentheses.
    pub fn write_value(&self, out: &mut String, indent: usize, before: usize, after: usize) {
        if self.write_on_line(out, before, after) || self.write_last_call(out, indent, before) {
            return;
        }
        match self {
            Self::Operation(..) | Self::Prefix(..) | Self::Ternary(..) => {
                write_parenthesised(out, self, indent);
            }
            _ => self.write_broken(out, indent, before, after),
        }
    }

    /// An operator whose last operand is a call, broken in that call's arguments if only that is
    /// too long.
    fn write_last_call(&self, out: &mut String, indent: usize, before: usize) -> bool {
        let (prefix, operation) = match self {
            Self::Prefix(prefix, operand) => (*prefix, operand.as_ref()),
            other => ("", other),
        };
        let Self::Operation(operator, operands) = operation else {
            return false;
        };
        let [first, Self::Call(function, arguments)] = operands.as_slice() else {
            return false;
        };
        let Some(first) = first.flat() else {
            return false;
        };
        let start = format!("{prefix}{first} {operator} ");
        let fits = before + width(&start) + function.len() < LINE_LENGTH;
        if fits && !arguments.is_empty() {
            out.push_str(&start);
            write_call(out, function, arguments, indent);
        }
        fits && !arguments.is_empty()
    }

    /// `name = expression` as a statement.
    pub fn assignment(&self, name: &str, indent: usize) -> String {
        let mut out = String::new();
        self.write_assignment(&mut out, name, indent);
        out
    }

    /// The same behind other text.
    pub fn write_assignment(&self, out: &mut String, name: &str, indent: usize) {
        let start = out.len();
        spaces(out, indent);
        out.push_str(name);
        out.push_str(" = ");
        let before = out.len() - start;
        self.write(out, indent, before, 0);
        out.push('\n');
    }

    /// Writes the expression on the line, if it fits; says whether it did.
    fn write_on_line(&self, out: &mut String, before: usize, after: usize) -> bool {
        let Some(columns) = LINE_LENGTH.checked_sub(before + after) else {
            return false;
        };
        if self.is_large() && self.columns_behind(columns).is_none() {
            return false;
        }
        let start = out.len();
        let room = Room { start, columns };
        let fits = self.write_flat(out, room) && !room.is_left(out);
        if !fits {
            out.truncate(start);
        }
        fits
    }

    /// Writes the expression on one line, unless it holds a block; may stop as soon as that leaves the room.
    #[inline]
    fn write_flat(&self, out: &mut String, room: Room) -> bool {
        self.write_leaf(out) || self.write_parts_flat(out, room)
    }

    /// Writes what has no parts and is never broken; says whether it is that.
    #[inline]
    fn write_leaf(&self, out: &mut String) -> bool {
        match self {
            Self::Atom(text) | Self::Name(text) => out.push_str(text),
            Self::String(text) => literal::write_string(text, out),
            _ => return false,
        }
        true
    }

    fn write_parts_flat(&self, out: &mut String, room: Room) -> bool {
        match self {
            Self::Atom(_) | Self::Name(_) | Self::String(_) => self.write_leaf(out),
            Self::Block(_) => false,
            Self::Call(function, arguments) => {
                out.push_str(function);
                Self::flat_sequence(out, room, "(", ")", arguments, |argument, out| {
                    if let Some(name) = argument.name {
                        out.push_str(name);
                        out.push('=');
                    }
                    argument.value.write_flat(out, room)
                })
            }
            Self::Chain(calls) => calls.iter().enumerate().all(|(i, call)| {
                if i > 0 {
                    out.push('.');
                }
                call.write_flat(out, room)
            }),
            Self::List(list) => Self::flat_sequence(out, room, "[", "]", list, |code, out| {
                code.write_flat(out, room)
            }),
            Self::Set(list) => Self::flat_sequence(out, room, "{", "}", list, |code, out| {
                code.write_flat(out, room)
            }),
            Self::Subscript(name, list) => {
                out.push_str(name);
                Self::flat_sequence(out, room, "[", "]", list, |code, out| {
                    code.write_flat(out, room)
                })
            }
            Self::Dict(fields) => {
                Self::flat_sequence(out, room, "{", "}", fields, |(key, code), out| {
                    literal::write_string(key, out);
                    out.push_str(": ");
                    code.write_flat(out, room)
                })
            }
            Self::Lambda(parameters, body) => {
                out.push_str(&lambda_head(parameters));
                body.write_flat(out, room)
            }
            Self::Operation(operator, operands) => operands.iter().enumerate().all(|(i, code)| {
                if i > 0 {
                    out.push(' ');
                    out.push_str(operator);
                    out.push(' ');
                }
                code.write_flat(out, room)
            }),
            Self::Prefix(operator, operand) => {
                out.push_str(operator);
                operand.write_flat(out, room)
            }
            Self::Comprehension(open, parts) => {
                let close = closing(open);
                let _ = write!(out, "{open}{}{close}", parts.join(" "));
                true
            }
            Self::Ternary(parts) => {
                let words = ["", " if ", " else "];
                parts.iter().zip(words).all(|(part, word)| {
                    out.push_str(word);
                    part.write_flat(out, room)
                })
            }
        }
    }

    fn flat_sequence<T>(
        out: &mut String,
        room: Room,
        open: &str,
        close: &str,
        elements: &[T],
        mut write: impl FnMut(&T, &mut String) -> bool,
    ) -> bool {
        out.push_str(open);
        for (i, element) in elements.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if !write(element, out) || room.is_left(out) {
                return false;
            }
        }
        out.push_str(close);
        true
    }

    /// The same behind other text.
    pub fn write(&self, out: &mut String, indent: usize, before: usize, after: usize) {
        if !self.write_leaf(out) && !self.write_on_line(out, before, after) {
            self.write_broken(out, indent, before, after);
        }
    }

    /// Writes the expression on several lines, where it has parts.
    fn write_broken(&self, out: &mut String, indent: usize, before: usize, after: usize) {
        match self {
            Self::Atom(_) | Self::Name(_) | Self::String(_) => {
                self.write_leaf(out);
            }
            Self::Block(text) => literal::write_block(text, out),
            Self::Call(function, arguments) => write_call(out, function, arguments, indent),
            Self::Chain(calls) => {
                for (i, call) in calls.iter().enumerate() {
                    if i > 0 {
                        out.push('.');
                    }
                    let last = i + 1 == calls.len();
                    match call {
                        Self::Call(function, arguments) if !last => {
                            write_call(out, function, arguments, indent);
                        }
                        call => call.write(out, indent, indent + 2, after),
                    }
                }
            }
            Self::List(list) => write_lines(out, "[", "]", indent, list, |out, inner, code| {
                code.write(out, inner, inner, 1);
            }),
            Self::Set(list) => write_lines(out, "{", "}", indent, list, |out, inner, code| {
                code.write(out, inner, inner, 1);
            }),
            Self::Subscript(name, list) => {
                out.push_str(name);
                write_lines(out, "[", "]", indent, list, |out, inner, code| {
                    code.write(out, inner, inner, 1);
                });
            }
            Self::Dict(fields) => {
                write_lines(out, "{", "}", indent, fields, |out, inner, (key, code)| {
                    let start = out.len();
                    literal::write_string(key, out);
                    out.push_str(": ");
                    let before = inner + width(&out[start..]);
                    code.write(out, inner, before, 1);
                });
            }
            Self::Lambda(parameters, body) => {
                let head = lambda_head(parameters);
                out.push_str(&head);
                match body.as_ref() {
                    Self::Operation(..) | Self::Prefix(..) | Self::Ternary(..) => {
                        write_parenthesised(out, body, indent);
                    }
                    body => body.write(out, indent, before + head.len(), after),
                }
            }
            Self::Operation(operator, operands) => {
                write_operands(out, operator, operands, indent);
            }
            Self::Prefix(operator, operand) => {
                out.push_str(operator);
                operand.write(out, indent, before + operator.len(), after);
            }
            Self::Comprehension(open, parts) => {
                let inner = indent + 4;
                let close = closing(open);
                let flat = parts.join(" ");
                let text = if inner + width(&flat) <= LINE_LENGTH {
                    flat
                } else {
                    parts.join(&format!("\n{:inner$}", ""))
                };
                let _ = write!(out, "{open}\n{:inner$}{text}\n{:indent$}{close}", "", "");
            }
            Self::Ternary(parts) => write_ternary(out, parts, indent),
        }
    }
}

/// What a line has left for an expression.
#[derive(Clone, Copy)]
struct Room {
    /// Where the expression begins.
    start: usize,
    columns: usize,
}

impl Room {
    /// Any number of columns.
    fn unlimited(out: &str) -> Self {
        Self {
            start: out.len(),
            columns: usize::MAX,
        }
    }

    /// Whether what is written by now needs more. No text has more columns than bytes.
    fn is_left(self, out: &str) -> bool {
        out.len() - self.start > self.columns && width(&out[self.start..]) > self.columns
    }
}

fn write_ternary(out: &mut String, parts: &[Code<'_>; 3], indent: usize) {
    for (part, word) in parts.iter().zip(["", "if ", "else "]) {
        if !word.is_empty() {
            let _ = write!(out, "\n{:indent$}{word}", "");
        }
        match part {
            // A chain is broken at every part of it.
            Code::Ternary(parts) if word == "else " => write_ternary(out, parts, indent),
            part => part.write(out, indent, indent + word.len(), 0),
        }
    }
}

/// What closes a comprehension.
fn closing(open: &str) -> &'static str {
    if open == "[" { "]" } else { ")" }
}

fn lambda_head(parameters: &str) -> String {
    if parameters.is_empty() {
        "lambda: ".into()
    } else {
        format!("lambda {parameters}: ")
    }
}

fn write_call(out: &mut String, function: &str, arguments: &[Argument<'_>], indent: usize) {
    out.push_str(function);
    // A block as the only argument stays beside its parentheses.
    if let [
        Argument {
            name: None,
            value: Code::Block(text),
        },
    ] = arguments
    {
        out.push('(');
        literal::write_block(text, out);
        out.push(')');
        return;
    }
    write_lines(out, "(", ")", indent, arguments, |out, inner, argument| {
        let mut before = inner;
        if let Some(name) = argument.name {
            out.push_str(name);
            out.push('=');
            before += name.len() + 1;
        }
        argument.value.write(out, inner, before, 1);
    });
}

fn write_lines<T>(
    out: &mut String,
    open: &str,
    close: &str,
    indent: usize,
    elements: &[T],
    mut write: impl FnMut(&mut String, usize, &T),
) {
    out.push_str(open);
    if elements.is_empty() {
        out.push_str(close);
        return;
    }
    let inner = indent + 4;
    for element in elements {
        new_line(out, inner);
        write(out, inner, element);
        out.push(',');
    }
    new_line(out, indent);
    out.push_str(close);
}

/// A line break, and spaces before what follows.
const BREAK: &str = "\n                                ";

fn new_line(out: &mut String, indent: usize) {
    match BREAK.get(..=indent) {
        Some(text) => out.push_str(text),
        None => {
            out.push('\n');
            spaces(out, indent);
        }
    }
}

/// So many spaces.
pub fn spaces(out: &mut String, count: usize) {
    let some = &BREAK[1..];
    let mut left = count;
    while left > some.len() {
        out.push_str(some);
        left -= some.len();
    }
    out.push_str(&some[..left]);
}

/// `(` operands on lines of their own `)`.
fn write_parenthesised(out: &mut String, code: &Code<'_>, indent: usize) {
    let inner = indent + 4;
    let _ = write!(out, "(\n{:inner$}", "");
    code.write(out, inner, inner, 0);
    let _ = write!(out, "\n{:indent$})", "");
}

fn write_operands(out: &mut String, operator: &str, operands: &[Code<'_>], indent: usize) {
    for (i, operand) in operands.iter().enumerate() {
        let mut before = indent;
        if i > 0 {
            let _ = write!(out, "\n{:indent$}{operator} ", "");
            before += operator.len() + 1;
        }
        operand.write(out, indent, before, 0);
    }
}
