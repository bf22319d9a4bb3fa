//! Entries of every kind, as lines.

use std::borrow::Cow;

use super::super::fields::{Around, Fields, Scalar, flow_list};
use super::super::seen::Seen;
use super::super::{Map, Yaml};
use super::Lines;

impl Fields for Lines {
    fn put<'v>(&mut self, key: &'static str, value: impl Into<Scalar<'v>>) {
        let value = value.into();
        if self.fits.is_some() {
            self.next_between_braces(key);
            let is_bare = value.above.is_none() && value.comment.is_none();
            let fits = is_bare && self.writer.flow_scalar(value.kind);
            return self.note_fit(fits);
        }
        if let Some(above) = value.above
            && !self.inline
        {
            self.writer.comment_lines(self.indent, above);
        }
        self.begin(key);
        self.rest_of_line(value);
    }

    fn map(&mut self, key: &'static str, fill: impl FnOnce(&mut Self)) {
        self.below(key, fill);
    }

    fn entry<'v>(&mut self, name: &str, value: impl Into<Scalar<'v>>) {
        if self.fits.is_some() {
            return self.note_fit(false);
        }
        self.name(name.into());
        self.rest_of_line(value.into());
    }

    fn named<'n>(
        &mut self,
        name: impl Into<Seen<'n>>,
        around: Around<'_>,
        fill: impl FnOnce(&mut Self),
    ) {
        if self.fits.is_some() {
            return self.note_fit(false);
        }
        if around.apart {
            self.writer.blank_line();
        }
        if !self.inline {
            self.cut();
        }
        if let Some(above) = around.above {
            self.writer.comment_lines(self.indent, above);
        }
        self.name(name.into());
        if let Some(anchor) = around.anchor {
            self.writer.out.push_str(" &");
            self.writer.out.push_str(anchor);
        }
        let end = self.writer.out.len();
        self.writer.end_line(around.comment);
        if !self.nested(fill) {
            self.writer.out.truncate(end);
            self.writer.out.push_str(" {}");
            self.writer.end_line(around.comment);
        }
    }

    fn texts<'v>(
        &mut self,
        key: &'static str,
        entries: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) {
        let mut entries = entries.into_iter().peekable();
        if entries.peek().is_none() {
            return;
        }
        self.below(key, |lines| {
            for (key, text) in entries {
                lines.writer.indent(lines.indent);
                lines.writer.key(key.into(), lines.indent);
                lines.writer.out.push(' ');
                let indent = lines.indent + 2;
                lines.writer.text_as_it_is(text, None, indent);
            }
        });
    }

    fn maps<T>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) {
        let mut elements = elements.into_iter().peekable();
        if elements.peek().is_none() {
            return;
        }
        self.below(key, |lines| {
            for element in elements {
                lines.element(|lines| fill(lines, element));
            }
        });
    }

    fn sections<T>(
        &mut self,
        key: &'static str,
        apart: bool,
        elements: impl IntoIterator<Item = T>,
        comments: impl Fn(&T) -> &[Cow<'_, str>],
        mut fill: impl FnMut(&mut Self, T),
    ) {
        if apart {
            self.writer.blank_line();
        }
        self.below(key, |lines| {
            for (index, element) in elements.into_iter().enumerate() {
                if index > 0 {
                    lines.writer.blank_line();
                    lines.cut();
                }
                for comment in comments(&element) {
                    lines.writer.comment_lines(lines.indent, comment);
                }
                lines.element(|lines| fill(lines, element));
            }
        });
    }

    fn list<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = impl Into<Cow<'v, str>>>,
    ) {
        let mut elements = elements.into_iter().peekable();
        if elements.peek().is_none() {
            return;
        }
        self.below(key, |lines| {
            for text in elements {
                lines.text_element(&text.into());
            }
        });
    }

    fn words<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item: Into<Seen<'v>>, IntoIter: Clone>,
    ) {
        let elements = elements.into_iter().map(Into::into);
        if elements.clone().next().is_none() {
            return;
        }
        if self.fits.is_some() {
            return self.value(key, flow_list(elements));
        }
        let before = (self.writer.out.len(), self.writer.indentation);
        let inline = self.inline;
        self.begin(key);
        self.writer.out.push(' ');
        if !self.writer.flow_words(elements.clone()) {
            self.writer.out.truncate(before.0);
            self.writer.indentation = before.1;
            self.inline = inline;
            self.below(key, |lines| {
                for element in elements {
                    lines.written_element(|out| {
                        element.push(out);
                        element.kinds()
                    });
                }
            });
        }
    }

    fn value(&mut self, key: &'static str, value: Yaml) {
        if self.fits.is_some() {
            self.next_between_braces(key);
            let fits = value.is_bare() && self.writer.flow_value(&value);
            return self.note_fit(fits);
        }
        self.begin(key);
        self.writer.value_of_key(&value, self.indent);
    }

    fn entries(&mut self, map: Map) {
        self.entries_of(&map);
    }

    fn append(&mut self, part: Self, apart: bool) {
        debug_assert_eq!(
            part.indent, self.indent,
            "a part stands where it was made for"
        );
        if apart {
            self.writer.blank_line();
        }
        self.done.push(std::mem::take(&mut self.writer.out));
        self.writer.indentation += part.writer.indentation;
        self.writer.keeps_breaks = part.writer.keeps_breaks;
        self.done.append(part.into_text());
    }
}
