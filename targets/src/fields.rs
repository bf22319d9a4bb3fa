//! The fields of `targets.<name>`, which a user gives to one target: which there are, and what they hold.

use flowc_core::checks::unknown_target_field;
use flowc_core::diagnostic::Diagnostic;
use flowc_core::expr::{Type, Value};
use flowc_core::flow::TargetFields;
use flowc_core::target::Settings;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Text,
    /// At least 1.
    Count,
    Integer,
    /// At least 0.
    Number,
    Boolean,
    Texts,
    /// One or several.
    TextOrTexts,
    Object,
    Objects,
}

impl FieldKind {
    fn phrase(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Count => "a count of at least 1",
            Self::Integer => "an integer",
            Self::Number => "a number of at least 0",
            Self::Boolean => "true or false",
            Self::Texts => "a list of texts",
            Self::TextOrTexts => "a text or a list of texts",
            Self::Object => "a mapping of fields",
            Self::Objects => "a list of mappings",
        }
    }

    fn fits(self, value: &Value) -> bool {
        let is_text = |value: &Value| value.ty() == Type::String;
        match self {
            Self::Text => is_text(value),
            Self::Count => matches!(value, Value::Integer(number) if *number > 0),
            Self::Integer => value.ty() == Type::Integer,
            Self::Number => match value {
                Value::Integer(number) => *number >= 0,
                Value::Number(number) => *number >= 0.0,
                _ => false,
            },
            Self::Boolean => value.ty() == Type::Boolean,
            Self::Texts => matches!(value, Value::List(list) if list.iter().all(is_text)),
            Self::TextOrTexts => is_text(value) || Self::Texts.fits(value),
            Self::Object => value.ty() == Type::Object,
            Self::Objects => {
                let is_object = |value: &Value| value.ty() == Type::Object;
                matches!(value, Value::List(list) if list.iter().all(is_object))
            }
        }
    }
}

/// What is wrong with the fields that a flow or task has for a target; `known` are those that it may
/// have there.
pub(crate) fn problems(
    fields: &TargetFields,
    settings: &Settings,
    known: &[(&str, &str)],
    kind_of: fn(&str) -> FieldKind,
) -> Vec<Diagnostic> {
    let target = settings.target;
    let Some(set) = fields.targets.get(target) else {
        return Vec::new();
    };
    let problem = |(name, value): (&String, &flowc_core::source::Spanned<Value>)| {
        let mut found = if !known.iter().any(|(field, _)| field == name) {
            unknown_target_field::unknown(name, value.span, known, settings)
        } else if !kind_of(name).fits(&value.value) {
            let phrase = kind_of(name).phrase();
            let message = format!("`{name}` of target `{target}` must be {phrase}");
            Diagnostic::error("type-mismatch", value.span, message)
        } else {
            return None;
        };
        found.target = Some(settings.spec());
        Some(found)
    };
    set.fields.iter().filter_map(problem).collect()
}
