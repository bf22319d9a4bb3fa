//! Values between brackets and braces, on one line.

use std::fmt::Write as _;

use super::{WIDTH, Writer};
use crate::yaml::fields::ScalarKind;
use crate::yaml::scalar::{self, Kinds, Position};
use crate::yaml::seen::Seen;
use crate::yaml::{Kind, ListStyle, Map, StringStyle, Yaml};

impl Writer {
    /// Writes `[a, b]` when the list wants it, can have it and has the room.
    pub(super) fn flow_list(&mut self, value: &Yaml, elements: &[Yaml], style: ListStyle) -> bool {
        if style != ListStyle::Flow || !elements.iter().all(Yaml::is_bare) {
            return false;
        }
        let start = self.out.len();
        let column = start - self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out.push('[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            let written = self.flow_value(element);
            if !written || column + self.out[start..].chars().count() >= WIDTH {
                self.out.truncate(start);
                return false;
            }
        }
        self.out.push(']');
        self.end_line(value.comment_at_end());
        true
    }

    /// Writes `{ a: b }` when the map wants it, can have it and has the room.
    pub(super) fn flow_map(&mut self, value: &Yaml, map: &Map) -> bool {
        if !value.notes.as_ref().is_some_and(|notes| notes.inline) {
            return false;
        }
        let start = self.out.len();
        if !self.flow_entries(map) || !self.has_room(None, start) {
            self.out.truncate(start);
            return false;
        }
        self.end_line(value.comment_at_end());
        true
    }

    /// Whether the line is not too long with what was written from here on. It is looked for where it begins,
    /// unless that is known.
    pub(in crate::yaml) fn has_room(&self, line: Option<usize>, start: usize) -> bool {
        let line = line.unwrap_or_else(|| self.out[..start].rfind('\n').map_or(0, |at| at + 1));
        // No text has more characters than bytes.
        self.out.len() - line <= WIDTH || start - line + self.out[start..].chars().count() <= WIDTH
    }

    /// Writes `[a, b]` when these texts have the room; says whether it did.
    pub(in crate::yaml) fn flow_words<'v>(
        &mut self,
        words: impl Iterator<Item = Seen<'v>>,
    ) -> bool {
        let start = self.out.len();
        // The break is near.
        let mut before = self.out.bytes().rev();
        let column = before.position(|byte| byte == b'\n').unwrap_or(start);
        self.out.push('[');
        for (index, word) in words.enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            let is_one_line = word.kinds().is_one_line();
            if is_one_line {
                word.write(&mut self.out, Position::Flow);
            }
            // No text has more characters than bytes.
            let has_room = column + self.out.len() - start < WIDTH
                || column + self.out[start..].chars().count() < WIDTH;
            if !is_one_line || !has_room {
                self.out.truncate(start);
                return false;
            }
        }
        self.out.push(']');
        self.end_line(None);
        true
    }

    fn flow_entries(&mut self, map: &Map) -> bool {
        self.out.push_str("{ ");
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            scalar::string(&mut self.out, key, Position::Flow);
            self.out.push_str(": ");
            if !value.is_bare() || !self.flow_value(value) {
                return false;
            }
        }
        self.out.push_str(" }");
        true
    }

    pub(in crate::yaml) fn flow_value(&mut self, value: &Yaml) -> bool {
        match &value.kind {
            Kind::Map(map) if !map.is_empty() => {
                return value.notes.as_ref().is_some_and(|notes| notes.inline)
                    && self.flow_entries(map);
            }
            Kind::List(elements, ListStyle::Flow) if !elements.is_empty() => {
                self.out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    if !element.is_bare() || !self.flow_value(element) {
                        return false;
                    }
                }
                self.out.push(']');
            }
            Kind::String(text, style) => return self.flow_text(text, style),
            Kind::List(elements, _) if !elements.is_empty() => return false,
            _ => self.plain_value(value),
        }
        true
    }

    /// The same, of a value that is neither list nor map.
    pub(in crate::yaml) fn flow_scalar(&mut self, value: ScalarKind<'_>) -> bool {
        match value {
            ScalarKind::String(text, style) => return self.flow_text(&text, &style),
            ScalarKind::Seen(text) if !text.kinds().is_one_line() => return false,
            ScalarKind::Seen(text) => text.write(&mut self.out, Position::Flow),
            ScalarKind::Word(text) => self.out.push_str(text),
            ScalarKind::Boolean(value) => self.out.push_str(if value { "true" } else { "false" }),
            ScalarKind::Integer(value) => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "{value}");
            }
            ScalarKind::Number(value) => scalar::number(&mut self.out, value),
            ScalarKind::EmptyMap => self.out.push_str("{}"),
            ScalarKind::Null => self.out.push_str("null"),
            ScalarKind::Alias(name) => {
                self.out.push('*');
                self.out.push_str(name);
            }
        }
        true
    }

    fn flow_text(&mut self, text: &str, style: &StringStyle) -> bool {
        let kinds = Kinds::of(text);
        match style {
            StringStyle::Auto if kinds.is_one_line() => {
                scalar::string_of(&mut self.out, text, kinds, Position::Flow);
            }
            StringStyle::Quoted if kinds.is_one_line() => {
                scalar::quoted_of(&mut self.out, text, kinds);
            }
            _ => return false,
        }
        true
    }
}
