//! The functions with their types, as one table.

use super::types::a;
use super::{Expr, Function, Macro, Type};
use crate::suggest::did_you_mean;

/// How a function is called and what it takes.
pub(super) struct Signature {
    pub function: Function,
    pub name: &'static str,
    pub style: Style,
    pub parameters: &'static [Kind],
    /// For messages.
    pub usage: &'static str,
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `f(x)`
    Function,
    /// `x.f()`
    Method,
    /// Either.
    Both,
}

/// What an argument may be; `any` fits each and is looked at when the flow runs.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    String,
    Integer,
    /// A number, or a text that holds one.
    Numeric,
    /// A string, list or object.
    Sized,
    Anything,
}

pub(super) const SIGNATURES: &[Signature] = {
    use Kind::{Anything, Integer, Numeric, Sized, String};
    &[
        row(Function::Size, "size", Style::Both, &[Sized], "size(x)"),
        row(
            Function::Contains,
            "contains",
            Style::Method,
            &[String, String],
            "text.contains(part)",
        ),
        row(
            Function::StartsWith,
            "startsWith",
            Style::Method,
            &[String, String],
            "text.startsWith(part)",
        ),
        row(
            Function::EndsWith,
            "endsWith",
            Style::Method,
            &[String, String],
            "text.endsWith(part)",
        ),
        row(
            Function::Matches,
            "matches",
            Style::Method,
            &[String, String],
            "text.matches(pattern)",
        ),
        row(
            Function::String,
            "string",
            Style::Function,
            &[Anything],
            "string(x)",
        ),
        row(Function::Int, "int", Style::Function, &[Numeric], "int(x)"),
        row(
            Function::Double,
            "double",
            Style::Function,
            &[Numeric],
            "double(x)",
        ),
        row(
            Function::Range,
            "range",
            Style::Function,
            &[Integer],
            "range(n)",
        ),
        row(
            Function::Days,
            "days",
            Style::Function,
            &[String, String],
            "days(from, to)",
        ),
    ]
};

const fn row(
    function: Function,
    name: &'static str,
    style: Style,
    parameters: &'static [Kind],
    usage: &'static str,
) -> Signature {
    Signature {
        function,
        name,
        style,
        parameters,
        usage,
    }
}

impl Function {
    /// As it is written.
    pub fn name(self) -> &'static str {
        self.signature().name
    }

    /// Whether it is written behind its first argument: `text.contains(part)`.
    pub fn is_method(self) -> bool {
        self.signature().style == Style::Method
    }

    /// The type of what it gives.
    pub fn result(self) -> Type {
        match self {
            Self::Size | Self::Int => Type::Integer,
            Self::Contains | Self::StartsWith | Self::EndsWith | Self::Matches => Type::Boolean,
            Self::String => Type::String,
            Self::Double => Type::Number,
            Self::Range => Type::list(Type::Integer),
            Self::Days => Type::list(Type::String),
        }
    }

    fn signature(self) -> &'static Signature {
        SIGNATURES
            .iter()
            .find(|signature| signature.function == self)
            .unwrap_or(&SIGNATURES[0])
    }
}

pub(super) fn find(name: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.name == name)
}

/// What to write for a function that does not exist.
pub(super) fn help_for_unknown(name: &str) -> Option<String> {
    let direct = match name {
        "len" | "length" | "count" => "write `size(x)`",
        "str" | "toString" | "to_string" | "toJson" | "toJSON" | "to_json" => "write `string(x)`",
        "float" | "number" => "write `double(x)`",
        "includes" | "has" => "write `x in list`, `\"key\" in object` or `text.contains(part)`",
        "any" | "some" => "write `list.exists(x, condition)`",
        "every" => "write `list.all(x, condition)`",
        "search" | "test" | "match" => "write `text.matches(\"pattern\")`",
        "now" | "today" => "write `run.date` or `run.scheduled_at`",
        "coalesce" => "write `default(tasks.t.outputs.o, fallback)`",
        "success" | "failure" | "always" => "write a `trigger_rule` on the task",
        _ => "",
    };
    if !direct.is_empty() {
        return Some(direct.into());
    }
    let names = SIGNATURES.iter().map(|signature| signature.name);
    let names = names.chain(Macro::ALL.map(Macro::name)).chain(["default"]);
    let names: Vec<&str> = names.collect();
    did_you_mean(name, names.iter().copied())
        .or_else(|| Some(format!("the functions are {}", listed(&names))))
}

/// What is wrong with an argument, when something is.
pub(super) fn argument_problem(
    signature: &Signature,
    kind: Kind,
    argument: &Expr,
) -> Option<String> {
    let ty = &argument.ty;
    let (fits, wanted) = match kind {
        Kind::String => (matches!(ty, Type::String), "a string"),
        Kind::Integer => (matches!(ty, Type::Integer), "an integer"),
        Kind::Numeric => (
            matches!(ty, Type::Integer | Type::Number | Type::String),
            "a number or a string",
        ),
        Kind::Sized => (
            matches!(ty, Type::String | Type::List(_) | Type::Object),
            "a string, a list or an object",
        ),
        Kind::Anything => (true, ""),
    };
    if fits || *ty == Type::Any {
        return None;
    }
    Some(format!(
        "`{}` needs {wanted}, not {}",
        signature.name,
        a(ty)
    ))
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
