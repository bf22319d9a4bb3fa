//! Arguments of containers. A flow has many more of them than tasks, so each is kept as the pieces that it
//! is made of, and put together when it is printed.

use std::hash::{Hash, Hasher};

use flowc_core::expr::value::number_text;

use super::model::{Kind, Name, Str};
use super::placeholder::{INPUT, OUTPUT_FILE};

/// An argument, one word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arg<'f> {
    /// What stands before an equals sign at its beginning.
    name: Option<&'f str>,
    value: Value<'f>,
}

#[derive(Clone, Debug, PartialEq)]
enum Value<'f> {
    Text(Str<'f>),
    /// The placeholder of an input.
    Input(Name),
    /// The kind and name of an output, and the placeholder of its file.
    Output(Kind, &'f str),
    /// The placeholder of the file for how the task has ended.
    State,
    Seconds(f64),
}

impl<'f> Arg<'f> {
    /// A word as it is.
    pub fn text(text: impl Into<Str<'f>>) -> Self {
        Self::of(None, Value::Text(text.into()))
    }

    /// `NAME=text`.
    pub fn named(name: &'f str, text: impl Into<Str<'f>>) -> Self {
        Self::of(Some(name), Value::Text(text.into()))
    }

    /// What an input holds.
    pub fn input(input: Name) -> Self {
        Self::of(None, Value::Input(input))
    }

    /// `NAME=` and what an input holds.
    pub fn named_input(name: &'f str, input: Name) -> Self {
        Self::of(Some(name), Value::Input(input))
    }

    /// `NAME=` and seconds.
    pub fn seconds(name: &'f str, seconds: f64) -> Self {
        Self::of(Some(name), Value::Seconds(seconds))
    }

    /// Where the runner delivers an output.
    pub fn output(kind: Kind, name: &'f str) -> Self {
        Self::of(Some("--output"), Value::Output(kind, name))
    }

    /// The file for how the task has ended.
    pub fn state() -> Self {
        Self::of(None, Value::State)
    }

    /// `NAME=` and that file.
    pub fn named_state(name: &'f str) -> Self {
        Self::of(Some(name), Value::State)
    }

    fn of(name: Option<&'f str>, value: Value<'f>) -> Self {
        Self { name, value }
    }

    /// Adds its text.
    pub fn write(&self, out: &mut String) {
        if let Some(name) = self.name {
            out.push_str(name);
            out.push('=');
        }
        match &self.value {
            Value::Text(text) => out.push_str(text),
            Value::Input(name) => INPUT.write(name, out),
            Value::Output(kind, name) => {
                for piece in [word(*kind), ":", name, "="] {
                    out.push_str(piece);
                }
                OUTPUT_FILE.write(output_key(name), out);
            }
            Value::State => OUTPUT_FILE.write(STATE, out),
            Value::Seconds(seconds) => out.push_str(&number_text(*seconds)),
        }
    }
}

impl Hash for Arg<'_> {
    /// By what tells nearly all apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        match &self.value {
            Value::Text(text) => text.hash(state),
            Value::Input(name) => name.hash(state),
            Value::Output(_, name) => name.hash(state),
            Value::State | Value::Seconds(_) => {}
        }
    }
}

/// The output that says how a task has ended.
pub(super) const STATE: &str = "state";

/// The name of an output; [`STATE`] is flowc's own.
pub(super) fn output_key(name: &str) -> &str {
    if name == STATE { "state_" } else { name }
}

/// The runner's word for a kind.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::FinalStatus => "string",
        Kind::Integer => "integer",
        Kind::Double => "number",
        Kind::Boolean => "boolean",
        Kind::List => "list",
        Kind::Struct => "object",
    }
}
