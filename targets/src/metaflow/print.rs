//! The class as text, laid out as `ruff format` would.

use std::fmt::Write as _;

use super::model::{FlowClass, Next, Statement, Step};
use crate::python::{Argument, Code, docstring};

const INDENT: usize = 4;

/// The class, and what makes the file a program.
pub(super) fn class(class: &FlowClass, settings: &[(String, String)]) -> String {
    let mut out = String::new();
    for decorator in &class.decorators {
        let _ = writeln!(out, "@{}", decorator.print(0, 1, 0));
    }
    let _ = writeln!(out, "class {}(FlowSpec):", class.name);
    if let Some(description) = &class.description {
        documentation(description, INDENT, &mut out);
        out.push('\n');
    }
    for (name, code) in &class.parameters {
        out.push_str(&code.assignment(name.as_str(), INDENT));
    }
    for (at, step) in class.steps.iter().enumerate() {
        if at > 0 || !class.parameters.is_empty() {
            out.push('\n');
        }
        print(step, &mut out);
    }
    out.push_str("\n\nif __name__ == \"__main__\":\n");
    for (name, value) in settings {
        let arguments = [name, value].map(|text| Argument::positional(Code::string(text)));
        let call = Code::Call("os.environ.setdefault".into(), arguments.to_vec());
        let _ = writeln!(out, "    {}", call.print(INDENT, INDENT, 0));
    }
    let _ = writeln!(out, "    {}()", class.name);
    out
}

fn print(step: &Step<'_>, out: &mut String) {
    for decorator in &step.decorators {
        let _ = writeln!(
            out,
            "{:INDENT$}@{}",
            "",
            decorator.print(INDENT, INDENT + 1, 0)
        );
    }
    let inputs = if step.joins { ", inputs" } else { "" };
    let _ = writeln!(out, "{:INDENT$}@step", "");
    let _ = writeln!(out, "{:INDENT$}def {}(self{inputs}):", "", step.name);
    let inner = 2 * INDENT;
    if let Some(description) = &step.description {
        documentation(description, inner, out);
    }
    statements(&step.body, inner, out);
    let method = |name: &_| Argument::positional(Code::atom(format!("self.{name}")));
    let arguments = match &step.next {
        Next::End => return,
        Next::Steps(steps) => steps.iter().map(method).collect(),
        Next::ForEach(step, list) => {
            let list = Code::string(list.as_str());
            vec![method(step), Argument::named("foreach", list)]
        }
    };
    let next = Code::Call("self.next".into(), arguments);
    let _ = writeln!(out, "{:inner$}{}", "", next.print(inner, inner, 0));
}

fn statements(body: &[Statement], indent: usize, out: &mut String) {
    for statement in body {
        match statement {
            Statement::Line(code) => {
                let _ = writeln!(out, "{:indent$}{}", "", code.print(indent, indent, 0));
            }
            Statement::Assign(target, code) => out.push_str(&code.assignment(target, indent)),
            Statement::With(call, name, body) => {
                let start = format!("{:indent$}with ", "");
                let end = format!(" as {name}:");
                let call = call.print(indent, start.len(), end.len());
                let _ = writeln!(out, "{start}{call}{end}");
                statements(body, indent + INDENT, out);
            }
        }
    }
}

/// A docstring whose further lines stand below its first.
fn documentation(text: &str, indent: usize, out: &mut String) {
    let text = docstring(text.trim_end());
    for line in text.lines() {
        if line.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, "{:indent$}{line}", "");
        }
    }
}
