//! What a scalar means, and where it stands.

use std::ops::Range;

use super::super::events::{Style, Tag};
use super::super::schema::{self, Tagged};
use super::super::{Meaning, report};
use super::{Children, Open, Tree};

impl Tree<'_, '_> {
    pub(super) fn scalar_meaning(
        &mut self,
        text: &str,
        style: Style,
        tag: Option<&Tag>,
        range: &Range<usize>,
        is_key: bool,
    ) -> Meaning {
        if let Some(tag) = tag {
            return self.tagged_meaning(text, tag, range);
        }
        if style != Style::Plain {
            return Meaning::String;
        }
        let meaning = schema::meaning(text);
        if !is_key && !self.json {
            self.check_ambiguity(text, meaning, range);
        }
        meaning
    }

    fn check_ambiguity(&mut self, text: &str, meaning: Meaning, range: &Range<usize>) {
        if let Some(ambiguity) = schema::ambiguity(text, meaning) {
            let span = self.span(range.clone());
            self.diagnostics
                .push(report::ambiguous_scalar(span, text, meaning, ambiguity));
        }
    }

    /// A tag decides what a scalar means.
    fn tagged_meaning(&mut self, text: &str, tag: &Tag, range: &Range<usize>) -> Meaning {
        match schema::tagged_meaning(text, tag.core.as_deref()) {
            Tagged::Fits(meaning) => return meaning,
            Tagged::Not(what) => {
                let span = self.span(range.clone());
                self.diagnostics
                    .push(report::unfitting_tag(span, text, what));
            }
            Tagged::Unknown => self.unknown_tag(tag, range),
        }
        Meaning::String
    }

    pub(super) fn unknown_tag(&mut self, tag: &Tag, range: &Range<usize>) {
        let range = tag.range.clone().unwrap_or_else(|| range.clone());
        let written = self.text.get(range.clone()).unwrap_or_default();
        self.diagnostics
            .push(report::unknown_tag(self.span(range), written));
    }

    /// The part of a scalar's range that shows: a block's without the white space after it, an
    /// absent value's right after its colon or dash.
    pub(super) fn trimmed(&self, range: Range<usize>, style: Style, text: &str) -> Range<usize> {
        match style {
            Style::Literal | Style::Folded => {
                let written = self.text.get(range.clone()).unwrap_or_default();
                range.start..range.start + written.trim_end().len()
            }
            Style::Plain if text.is_empty() => {
                let at = self.place_of_nothing(range.start);
                at..at
            }
            _ => range,
        }
    }

    pub(super) fn place_of_nothing(&self, at: usize) -> usize {
        if let Some(Open {
            children: Children::Mapping(_, Some(key)),
            ..
        }) = self.open.last()
        {
            let after_key = key.span.end as usize;
            let rest = &self.text[after_key..];
            let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let colon = usize::from(rest[spaces..].starts_with(':'));
            return after_key + (spaces + 1) * colon;
        }
        self.text[..at].trim_end().len()
    }
}
