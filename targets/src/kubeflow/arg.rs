//! Arguments of containers. A flow has many more of them than tasks, so each is kept as the pieces that it
//! is made of, and put together when it is printed.

use std::hash::{Hash, Hasher};

use flowc_core::expr::value::number_text;

use super::model::{Kind, Str};
use super::name::Name;
use super::placeholder::{INPUT, OUTPUT_FILE};
use crate::yaml::{Kinds, Seen};

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
    Input(Name<'f>),
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
    pub fn input(input: Name<'f>) -> Self {
        Self::of(None, Value::Input(input))
    }

    /// `NAME=` and what an input holds.
    pub fn named_input(name: &'f str, input: Name<'f>) -> Self {
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

    /// Adds its text; gives what is in it that matters to the YAML.
    pub fn write(&self, out: &mut String) -> Kinds {
        let Some(name) = self.name else {
            return self.value.write(out);
        };
        out.push_str(name);
        out.push('=');
        Kinds::of(name).and(self.value.write(out))
    }
}

impl Value<'_> {
    #[inline]
    fn write(&self, out: &mut String) -> Kinds {
        match self {
            Self::Text(text) => {
                out.push_str(text);
                Kinds::of(text)
            }
            Self::Input(name) => INPUT.write(name.seen(), out),
            Self::Output(kind, name) => {
                out.push_str(word(*kind));
                out.push(':');
                out.push_str(name);
                out.push('=');
                let before = const { Kinds::NONE.and(Kinds::of(":")) };
                let key = Seen::from(output_key(name));
                let file = OUTPUT_FILE.write(key, out);
                before.and(key.kinds()).and(file)
            }
            Self::State => OUTPUT_FILE.write(const { Seen::new(STATE, Kinds::of(STATE)) }, out),
            Self::Seconds(seconds) => {
                let text = number_text(*seconds);
                out.push_str(&text);
                Kinds::of(&text)
            }
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
