//! The names that an expression mentions.

use super::Code;
use crate::python::Mentions;

impl Code<'_> {
    /// Notes the names that [`identifiers`](crate::python::identifiers) would find in the text of the expression.
    #[inline]
    pub fn mention(&self, names: &mut Mentions) {
        if !matches!(self, Self::Name(_) | Self::String(_) | Self::Block(_)) {
            self.mention_parts(names);
        }
    }

    fn mention_parts(&self, names: &mut Mentions) {
        match self {
            Self::Atom(text) => names.scan(text),
            Self::Name(_) | Self::String(_) | Self::Block(_) => {}
            Self::Call(function, arguments) => {
                names.note_path(function);
                let values = arguments.iter().map(|argument| &argument.value);
                values.for_each(|value| value.mention(names));
            }
            Self::Chain(calls) => {
                for (i, call) in calls.iter().enumerate() {
                    match call {
                        // Behind a dot stands no variable.
                        Self::Call(_, arguments) if i > 0 => {
                            let values = arguments.iter().map(|argument| &argument.value);
                            values.for_each(|value| value.mention(names));
                        }
                        call => call.mention(names),
                    }
                }
            }
            Self::Subscript(name, list) => {
                names.note(name);
                list.iter().for_each(|code| code.mention(names));
            }
            Self::List(list) | Self::Set(list) | Self::Operation(_, list) => {
                list.iter().for_each(|code| code.mention(names));
            }
            Self::Dict(fields) => fields.iter().for_each(|(_, code)| code.mention(names)),
            Self::Lambda(parameters, body) => {
                names.scan(parameters);
                body.mention(names);
            }
            Self::Prefix(_, operand) => operand.mention(names),
            Self::Comprehension(open, parts) => {
                names.scan(open);
                parts.iter().for_each(|part| names.scan(part));
            }
            Self::Ternary(parts) => parts.iter().for_each(|part| part.mention(names)),
        }
    }
}
