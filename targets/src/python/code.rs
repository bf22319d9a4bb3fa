//! Python expressions that print themselves as `ruff format` would, at a line length of 88.
//!
//! What fits on a line stays on it; what does not gets one element per line and a comma behind the
//! last, which `ruff format` then leaves as it is.

mod print;

use flowc_core::expr::Value;

use super::literal;
pub use print::spaces;

/// How long a line may be.
pub const LINE_LENGTH: usize = 88;

/// A Python expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Text of one line that is never broken.
    Atom(String),
    /// A string literal of several lines.
    Block(String),
    /// `function(arguments)`.
    Call(String, Vec<Argument>),
    /// One call after another on the result: `partial(…).expand(…)`.
    Chain(Vec<Code>),
    /// `[a, b]`
    List(Vec<Code>),
    /// `{"k": v}`; the keys are texts.
    Dict(Vec<(String, Code)>),
    /// `{a, b}`
    Set(Vec<Code>),
    /// `name[a, b]`
    Subscript(String, Vec<Code>),
    /// `lambda parameters: body`
    Lambda(String, Box<Code>),
    /// Operands with the same operator between them, to be broken before the operators.
    Operation(&'static str, Vec<Code>),
    /// `operator operand`
    Prefix(&'static str, Box<Code>),
    /// A comprehension between brackets: what it gives, `for x in list`, perhaps `if condition`.
    Comprehension(&'static str, Vec<String>, &'static str),
    /// `value if condition else otherwise`, as value, condition, otherwise.
    Ternary(Box<[Code; 3]>),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Argument {
    /// Its name, unless it is known by its position.
    pub name: Option<&'static str>,
    /// Its value.
    pub value: Code,
}

impl Argument {
    /// `name=value`
    pub fn named(name: &'static str, value: Code) -> Self {
        Self {
            name: Some(name),
            value,
        }
    }

    /// An argument known by its position.
    pub fn positional(value: Code) -> Self {
        Self { name: None, value }
    }
}

impl Code {
    /// Source text that is never broken.
    pub fn atom(text: impl Into<String>) -> Self {
        Self::Atom(text.into())
    }

    /// A text as a literal, of several lines where that reads better.
    pub fn text(text: &str) -> Self {
        match literal::text_block(text) {
            Some(block) => Self::Block(block),
            None => Self::Atom(literal::string(text)),
        }
    }

    /// A text as a literal of one line.
    pub fn string(text: &str) -> Self {
        Self::Atom(literal::string(text))
    }

    /// A value as a literal.
    pub fn value(value: &Value) -> Self {
        match value {
            Value::List(list) => Self::List(list.iter().map(Self::value).collect()),
            Value::Object(fields) => Self::Dict(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::value(value)))
                    .collect(),
            ),
            other => Self::Atom(literal::value(other)),
        }
    }

    /// `function(argument)`
    pub fn call1(function: impl Into<String>, argument: Code) -> Self {
        Self::Call(function.into(), vec![Argument::positional(argument)])
    }

    /// A call of named arguments.
    pub fn call(
        function: impl Into<String>,
        arguments: impl IntoIterator<Item = (&'static str, Code)>,
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

    fn long(n: usize) -> Code {
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
