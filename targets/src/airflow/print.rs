//! Statements as text, laid out as `ruff format` would.

use std::fmt::Write as _;

use super::model::Statement;
use crate::python::{Code, Identifier, LINE_LENGTH, spaces};

/// Prints statements at an indentation, with a blank line between them.
pub(super) struct Printer<'o> {
    indent: usize,
    out: &'o mut String,
    before: Before,
}

/// What stands before a statement.
#[derive(PartialEq, Eq)]
enum Before {
    Nothing,
    Comment,
    Statement,
}

impl<'o> Printer<'o> {
    pub fn new(indent: usize, out: &'o mut String) -> Self {
        Self {
            indent,
            out,
            before: Before::Nothing,
        }
    }

    pub fn add(&mut self, statement: &Statement<'_>) {
        // A function stands apart from the `with` that it is in, too.
        let is_function = matches!(statement, Statement::MappedGroup { .. });
        if self.before == Before::Nothing && is_function || self.before == Before::Statement {
            self.out.push('\n');
        }
        print(statement, self.indent, self.out);
        self.before = match statement {
            Statement::Comment(_) => Before::Comment,
            _ => Before::Statement,
        };
    }
}

fn statements(body: &[Statement<'_>], indent: usize, out: &mut String) {
    let mut printer = Printer::new(indent, out);
    body.iter().for_each(|statement| printer.add(statement));
}

fn print(statement: &Statement<'_>, indent: usize, out: &mut String) {
    match statement {
        Statement::Comment(text) => {
            let _ = writeln!(out, "{:indent$}# {text}", "");
        }
        Statement::Assign(name, code) => code.write_assignment(out, name.as_str(), indent),
        Statement::Group {
            variable,
            arguments,
            body,
        } => {
            let start = format!("{:indent$}with ", "");
            let end = format!(" as {variable}:");
            let call = Code::call("TaskGroup", arguments.iter().cloned());
            let call = call.print(indent, start.len(), end.len());
            let _ = writeln!(out, "{start}{call}{end}");
            statements(body, indent + 4, out);
        }
        Statement::MappedGroup {
            function,
            variable,
            arguments,
            items,
            body,
        } => {
            let call = Code::call("task_group", arguments.iter().cloned());
            let call = call.print(indent, indent + 1, 0);
            let _ = writeln!(out, "{:indent$}@{call}", "");
            let _ = writeln!(out, "{:indent$}def {function}(item):", "");
            statements(body, indent + 4, out);
            out.push('\n');
            let expand = Code::call(format!("{function}.expand"), [("item", items.clone())]);
            expand.write_assignment(out, variable.as_str(), indent);
        }
        Statement::Edges(lines) => {
            for line in lines {
                edges(line, indent, out);
            }
        }
    }
}

/// A chain on one line if it fits, or else on several that overlap in a part.
fn edges(mut line: &[Vec<&Identifier>], indent: usize, out: &mut String) {
    loop {
        let count = first_edges(line, indent, out);
        if count == line.len() {
            break;
        }
        line = &line[count - 1..];
    }
}

/// As much of a chain as fits on a line, but two parts at least; says how many.
fn first_edges(line: &[Vec<&Identifier>], indent: usize, out: &mut String) -> usize {
    let start = out.len();
    spaces(out, indent);
    let mut count = 0;
    for part in line {
        let before = out.len();
        if count > 0 {
            out.push_str(" >> ");
        }
        side(part, out);
        if out.len() - start > LINE_LENGTH && count > 1 {
            out.truncate(before);
            break;
        }
        count += 1;
    }
    if out.len() - start > LINE_LENGTH {
        out.truncate(start);
        tall(&line[0], &line[1], indent, out);
    }
    out.push('\n');
    count
}

fn side(part: &[&Identifier], out: &mut String) {
    if let [one] = part {
        out.push_str(one.as_str());
        return;
    }
    out.push('[');
    for (i, name) in part.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(name.as_str());
    }
    out.push(']');
}

/// A chain of two on several lines.
fn tall(left: &[&Identifier], right: &[&Identifier], indent: usize, out: &mut String) {
    spaces(out, indent);
    match (left.len(), right.len()) {
        (1, 1) => {
            let _ = write!(
                out,
                "(\n{0:1$}{2}\n{0:1$}>> {3}\n{0:4$})",
                "",
                indent + 4,
                left[0],
                right[0],
                indent
            );
        }
        (1, _) => {
            let _ = write!(out, "{} >> ", left[0]);
            tall_list(right, indent, out);
        }
        _ => {
            tall_list(left, indent, out);
            out.push_str(" >> ");
            side(right, out);
        }
    }
}

fn tall_list(part: &[&Identifier], indent: usize, out: &mut String) {
    out.push_str("[\n");
    for name in part {
        let _ = writeln!(out, "{:1$}{name},", "", indent + 4);
    }
    spaces(out, indent);
    out.push(']');
}
