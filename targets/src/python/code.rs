//! Python expressions that print themselves as `ruff format` would, at a line length of 88.
//!
//! What fits on a line stays on it; what does not gets one element per line and a comma behind the
//! last, which `ruff format` then leaves as it is.

mod names;
mod print;
mod width;

use std::borrow::Cow;

use flowc_core::expr::Value;

use super::literal;
pub use print::spaces;

/// How long a line may be.
pub const LINE_LENGTH: usize = 88;

/// A Python expression. Its texts are those of the flow, mostly, so it borrows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Code<'a> {
    /// Source of one line that is never broken.
    Atom(Cow<'a, str>),
    /// The same, in which no name of the module stands: a variable, a number.
    Name(Cow<'a, str>),
    /// A text, as a literal of one line.
    String(Cow<'a, str>),
    /// A text of several lines, as a literal of several lines.
    Block(Cow<'a, str>),
    /// `function(arguments)`.
    Call(Cow<'a, str>, Vec<Argument<'a>>),
    /// One call after another on the result: `partial(…).expand(…)`.
    Chain(Vec<Code<'a>>),
    /// `[a, b]`
    List(Vec<Code<'a>>),
    /// `{"k": v}`; the keys are texts.
    Dict(Vec<(Cow<'a, str>, Code<'a>)>),
    /// `{a, b}`
    Set(Vec<Code<'a>>),
    /// `name[a, b]`
    Subscript(&'static str, Vec<Code<'a>>),
    /// `lambda parameters: body`
    Lambda(String, Box<Code<'a>>),
    /// Operands with the same operator between them, to be broken before the operators.
    Operation(&'static str, Vec<Code<'a>>),
    /// `operator operand`
    Prefix(&'static str, Box<Code<'a>>),
    /// A comprehension behind `[` or `function(`: what it gives, `for x in list`, perhaps `if condition`.
    Comprehension(&'static str, Vec<String>),
    /// `value if condition else otherwise`, as value, condition, otherwise.
    Ternary(Box<[Code<'a>; 3]>),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Argument<'a> {
    /// Its name, unless it is known by its position.
    pub name: Option<&'static str>,
    /// Its value.
    pub value: Code<'a>,
}

impl<'a> Argument<'a> {
    /// `name=value`
    pub fn named(name: &'static str, value: Code<'a>) -> Self {
        Self {
            name: Some(name),
            value,
        }
    }

    /// An argument known by its position.
    pub fn positional(value: Code<'a>) -> Self {
        Self { name: None, value }
    }
}

impl<'a> Code<'a> {
    /// Source text that is never broken.
    pub fn atom(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Atom(text.into())
    }

    /// Source text that is never broken and in which no name of the module stands.
    pub fn name(name: impl Into<Cow<'a, str>>) -> Self {
        Self::Name(name.into())
    }

    /// A text as a literal, of several lines where that reads better.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if literal::is_block(&text) {
            Self::Block(text)
        } else {
            Self::String(text)
        }
    }

    /// A text as a literal of one line.
    pub fn string(text: impl Into<Cow<'a, str>>) -> Self {
        Self::String(text.into())
    }

    /// A value as a literal.
    pub fn value(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::string(text),
            Value::List(list) => Self::List(list.iter().map(Self::value).collect()),
            Value::Object(fields) => {
                Self::dict(fields.iter().map(|(key, value)| (key, Self::value(value))))
            }
            other => Self::atom(literal::value(other)),
        }
    }

    /// A value of one's own as a literal.
    pub fn owned(value: Value) -> Self {
        match value {
            Value::String(text) => Self::string(text),
            Value::List(list) => Self::List(list.into_iter().map(Self::owned).collect()),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                Self::dict(fields.map(|(key, value)| (key, Self::owned(value))))
            }
            other => Self::atom(literal::value(&other)),
        }
    }

    /// `{"k": v}`
    pub fn dict<K: Into<Cow<'a, str>>>(fields: impl IntoIterator<Item = (K, Code<'a>)>) -> Self {
        let fields = fields.into_iter();
        Self::Dict(fields.map(|(key, value)| (key.into(), value)).collect())
    }

    /// `function(argument)`
    pub fn call1(function: impl Into<Cow<'a, str>>, argument: Code<'a>) -> Self {
        Self::Call(function.into(), vec![Argument::positional(argument)])
    }

    /// A call of named arguments.
    pub fn call(
        function: impl Into<Cow<'a, str>>,
        arguments: impl IntoIterator<Item = (&'static str, Code<'a>)>,
    ) -> Self {
        let arguments = arguments
            .into_iter()
            .map(|(name, value)| Argument::named(name, value))
            .collect();
        Self::Call(function.into(), arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{Mentions, Names};

    fn long(n: usize) -> Code<'static> {
        Code::atom("x".repeat(n))
    }

    #[test]
    fn what_fits_stays_on_its_line() {
        let code = Code::call("f", [("a", Code::string("b")), ("c", Code::atom("1"))]);
        assert_eq!(code.assignment("x", 4), "    x = f(a=\"b\", c=1)\n");
    }

    #[test]
    fn what_does_not_fit_gets_one_line_each_and_a_last_comma() {
        let code = Code::call("f", [("a", long(50)), ("b", Code::List(vec![long(40)]))]);
        let x50 = "x".repeat(50);
        let x40 = "x".repeat(40);
        assert_eq!(
            code.assignment("y", 0),
            format!("y = f(\n    a={x50},\n    b=[{x40}],\n)\n")
        );
    }

    #[test]
    fn the_names_of_code_are_those_of_its_text() {
        let known = ["a", "b", "c", "d", "e", "f", "g", "h", "x", "y", "z"];
        let known = Names::from_iter(known);
        let ti = Code::Lambda("x".into(), Box::new(Code::atom("x.y(a=b) or f\"{c}\"")));
        let call = Code::call("d.partial", [("e", ti), ("g", Code::string("h"))]);
        let list = Code::List(vec![Code::atom("z")]);
        let code = Code::Chain(vec![call, Code::call("f", [("y", list)])]);
        let mut names = Mentions::of(&known);
        code.mention(&mut names);
        let text = code.flat().unwrap();
        let mut found = crate::python::identifiers(&text);
        found.retain(|name| known.contains(name));
        assert_eq!(names.found(), found);
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn a_block_hugs_its_call_and_breaks_what_is_around_it() {
        let code = Code::call("f", [("a", Code::call1("sh", Code::text("a\nb\n")))]);
        assert_eq!(
            code.assignment("y", 0),
            "y = f(\n    a=sh(\"\"\"\\\na\nb\n\"\"\"),\n)\n"
        );
    }

    #[test]
    fn a_long_condition_breaks_before_its_operators() {
        let body = Code::Operation("and", vec![long(50), long(45)]);
        let code = Code::call1("when", Code::Lambda("ti".into(), Box::new(body)));
        let (a, b) = ("x".repeat(50), "x".repeat(45));
        assert_eq!(
            code.print(0, 0, 0),
            format!("when(\n    lambda ti: (\n        {a}\n        and {b}\n    ),\n)")
        );
    }
}
