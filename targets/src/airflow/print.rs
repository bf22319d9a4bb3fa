//! Statements as text, laid out as `ruff format` would.

use std::fmt::Write as _;

use super::model::{Line, Statement};
use crate::python::{Code, Identifier, LINE_LENGTH};

/// The statements at an indentation, with a blank line between them.
pub(super) fn statements(body: &[Statement], indent: usize, out: &mut String) {
    for (i, statement) in body.iter().enumerate() {
        let after_comment = i > 0 && matches!(body[i - 1], Statement::Comment(_));
        // A function stands apart from the `with` that it is in, too.
        let is_function = matches!(statement, Statement::MappedGroup { .. });
        if i == 0 && is_function || i > 0 && !after_comment {
            out.push('\n');
        }
        print(statement, indent, out);
    }
}

fn print(statement: &Statement, indent: usize, out: &mut String) {
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

/// A chain on one line if it fits, or else broken into chains of two whose longest part is a list.
fn edges(line: &Line, indent: usize, out: &mut String) {
    let flat = line.iter().map(|part| side(part)).collect::<Vec<_>>();
    let text = flat.join(" >> ");
    if indent + text.len() <= LINE_LENGTH {
        let _ = writeln!(out, "{:indent$}{text}", "");
        return;
    }
    if line.len() > 2 {
        let mut start = 0;
        let mut end = 2;
        while start + 1 < line.len() {
            while end < line.len() && indent + flat[start..=end].join(" >> ").len() <= LINE_LENGTH {
                end += 1;
            }
            edges(&line[start..end].to_vec(), indent, out);
            start = end - 1;
            end = (start + 2).min(line.len());
        }
        return;
    }
    let (left, right) = (&line[0], &line[1]);
    let _ = write!(out, "{:indent$}", "");
    match (left.len(), right.len()) {
        (1, 1) => {
            let _ = writeln!(
                out,
                "(\n{0:1$}{2}\n{0:1$}>> {3}\n{0:4$})",
                "",
                indent + 4,
                flat[0],
                flat[1],
                indent
            );
        }
        (1, _) => {
            let _ = writeln!(out, "{} >> {}", flat[0], tall(right, indent));
        }
        _ => {
            let _ = writeln!(out, "{} >> {}", tall(left, indent), flat[1]);
        }
    }
}

fn side(part: &[Identifier]) -> String {
    match part {
        [one] => one.to_string(),
        many => {
            let names: Vec<_> = many.iter().map(Identifier::as_str).collect();
            format!("[{}]", names.join(", "))
        }
    }
}

fn tall(part: &[Identifier], indent: usize) -> String {
    let mut out = String::from("[\n");
    for name in part {
        let _ = writeln!(out, "{:1$}{name},", "", indent + 4);
    }
    let _ = write!(out, "{:indent$}]", "");
    out
}
