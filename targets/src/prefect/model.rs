//! A flow file in Python's words: functions of simple statements, which print themselves as
//! `ruff format` would.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::python::{Code, LINE_LENGTH, Mentions, spaces, write_docstring};

/// A function with a decorator.
pub(super) struct Function<'a> {
    /// What stands behind the `@`.
    pub decorator: Code<'a>,
    /// Its name.
    pub name: &'a str,
    /// Its parameters.
    pub parameters: Vec<Parameter<'a>>,
    /// One line for people.
    pub doc: Option<&'a str>,
    /// What it does.
    pub body: Vec<Statement<'a>>,
}

/// A parameter of a function.
pub(super) struct Parameter<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its type, when the file says one.
    pub ty: Option<Code<'a>>,
    /// Its default.
    pub default: Option<Code<'a>>,
}

/// A statement.
pub(super) enum Statement<'a> {
    /// An expression for its effect.
    Expression(Code<'a>),
    /// `name = code`
    Assign(Cow<'a, str>, Code<'a>),
    /// `return code`
    Return(Code<'a>),
    /// `if ended := code:` with `return ended` below.
    Guard(Code<'a>),
    /// `if code:` and what is below.
    If(Code<'a>, Vec<Statement<'a>>),
    /// `for names in code:` and what is below.
    For(String, Code<'a>, Vec<Statement<'a>>),
    /// `with code, code:` and what is below.
    With(Vec<Code<'a>>, Option<&'static str>, Vec<Statement<'a>>),
}

impl Function<'_> {
    /// The function as text, with a newline behind it.
    pub fn print(&self, out: &mut String) {
        out.push('@');
        self.decorator.write(out, 0, 1, 0);
        out.push('\n');
        self.head(out);
        if let Some(doc) = &self.doc {
            out.push_str("    ");
            write_docstring(doc, out);
        }
        statements(&self.body, 4, out);
    }

    /// Notes the names that the text of the function mentions.
    pub fn mention(&self, names: &mut Mentions) {
        self.decorator.mention(names);
        names.note(self.name);
        for parameter in &self.parameters {
            names.note(&parameter.name);
            let codes = parameter.ty.iter().chain(&parameter.default);
            codes.for_each(|code| code.mention(names));
        }
        self.body.iter().for_each(|part| part.mention(names));
    }

    fn head(&self, out: &mut String) {
        out.push_str("def ");
        out.push_str(self.name);
        out.push('(');
        let start = out.len();
        for (index, parameter) in self.parameters.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            parameter.write_flat(out);
        }
        let length = out.len() - start;
        if "def ():".len() + self.name.len() + length <= LINE_LENGTH {
            out.push_str("):\n");
            return;
        }
        if self.parameters.iter().all(|p| p.ty.is_none()) && length + 4 <= LINE_LENGTH {
            out.insert_str(start, "\n    ");
            out.push('\n');
        } else {
            out.truncate(start);
            out.push('\n');
            for parameter in &self.parameters {
                parameter.print(out);
            }
        }
        out.push_str("):\n");
    }
}

impl<'a> Parameter<'a> {
    /// One that has neither type nor default.
    pub fn plain(name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            name: name.into(),
            ty: None,
            default: None,
        }
    }

    fn write_flat(&self, out: &mut String) {
        out.push_str(&self.name);
        for (sign, code) in [(": ", &self.ty), (" = ", &self.default)] {
            if let Some(code) = code {
                out.push_str(sign);
                out.push_str(&code.flat().unwrap_or_default());
            }
        }
    }

    fn print(&self, out: &mut String) {
        let start = format!("    {}", self.name);
        out.push_str(&start);
        let default = self.default.as_ref();
        let mut column = start.len();
        if let Some(ty) = &self.ty {
            let after = default.map_or(0, |d| 3 + d.flat().unwrap_or_default().len());
            let text = ty.print(4, column + 2, after + 1);
            let _ = write!(out, ": {text}");
            column = match text.rsplit_once('\n') {
                Some((_, last)) => last.len(),
                None => column + 2 + text.len(),
            };
        }
        if let Some(default) = default {
            let _ = write!(out, " = {}", default.print(4, column + 3, 1));
        }
        out.push_str(",\n");
    }
}

impl Statement<'_> {
    fn mention(&self, names: &mut Mentions) {
        match self {
            Self::Expression(code) | Self::Return(code) | Self::Guard(code) => code.mention(names),
            Self::Assign(target, code) => {
                names.note(target);
                code.mention(names);
            }
            Self::If(code, body) => {
                code.mention(names);
                body.iter().for_each(|part| part.mention(names));
            }
            Self::For(variables, code, body) => {
                names.scan(variables);
                code.mention(names);
                body.iter().for_each(|part| part.mention(names));
            }
            Self::With(codes, _, body) => {
                codes.iter().for_each(|code| code.mention(names));
                body.iter().for_each(|part| part.mention(names));
            }
        }
    }
}

/// Statements at an indentation.
pub(super) fn statements(body: &[Statement<'_>], indent: usize, out: &mut String) {
    for statement in body {
        print(statement, indent, out);
    }
}

fn print<'a>(statement: &Statement<'a>, indent: usize, out: &mut String) {
    let open = |out: &mut String, start: &str, code: &Code<'_>| {
        spaces(out, indent);
        out.push_str(start);
        out.push(' ');
        code.write_value(out, indent, indent + start.len() + 1, 1);
        out.push_str(":\n");
    };
    match statement {
        Statement::Expression(code) => line(out, indent, ["", ""], code),
        Statement::Assign(name, code) => line(out, indent, [name, " = "], code),
        Statement::Return(code) => line(out, indent, ["return", " "], code),
        Statement::Guard(code) => {
            open(out, "if ended :=", code);
            spaces(out, indent + 4);
            out.push_str("return ended\n");
        }
        Statement::If(code, body) => {
            open(out, "if", code);
            statements(body, indent + 4, out);
        }
        Statement::For(names, code, body) => {
            open(out, &format!("for {names} in"), code);
            statements(body, indent + 4, out);
        }
        Statement::With(codes, name, body) => {
            let name = name.map_or_else(String::new, |name| format!(" as {name}"));
            let flat: Vec<String> = codes.iter().map(|c| c.flat().unwrap_or_default()).collect();
            let flat = flat.join(", ");
            if indent + 6 + flat.len() + name.len() <= LINE_LENGTH || codes.len() == 1 {
                let _ = writeln!(out, "{:indent$}with {flat}{name}:", "");
            } else {
                let _ = writeln!(out, "{:indent$}with (", "");
                for code in codes {
                    let _ = writeln!(
                        out,
                        "{:1$}{2},",
                        "",
                        indent + 4,
                        code.print(indent + 4, indent + 4, 1)
                    );
                }
                let _ = writeln!(out, "{:indent$}):", "");
            }
            statements(body, indent + 4, out);
        }
    }
}

fn line(out: &mut String, indent: usize, start: [&str; 2], code: &Code<'_>) {
    spaces(out, indent);
    start.iter().for_each(|part| out.push_str(part));
    let before = indent + start.iter().map(|part| part.len()).sum::<usize>();
    code.write_value(out, indent, before, 0);
    out.push('\n');
}
