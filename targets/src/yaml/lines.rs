//! Text that grows entry by entry, without a tree before it.

use std::borrow::Cow;
use std::fmt::Write as _;

use flowc_core::text::Text;

use super::fields::{Fields, Scalar, ScalarKind};
use super::write::Writer;
use super::{Map, StringStyle, Yaml};

/// How many bytes a piece of a long text has, about.
const PIECE: usize = 1 << 16;

/// A document that is written while its entries are put. The text is the one that
/// [`document`](super::document) makes of a [`Map`] with the same entries.
pub struct Lines {
    /// What stands before what the writer has.
    done: Text,
    writer: Writer,
    indent: usize,
    /// Whether the next entry goes on in a line that has begun.
    inline: bool,
}

impl Lines {
    /// A document with a header of comment lines (empty for none).
    pub fn new(header: &str) -> Self {
        Self {
            done: Text::default(),
            writer: Writer::new(header),
            indent: 0,
            inline: false,
        }
    }

    /// Makes room for about as many bytes more, so that a long text is not moved as it grows.
    pub fn reserve(&mut self, bytes: usize) {
        self.writer.out.reserve(bytes);
    }

    /// The text.
    pub fn finish(self) -> String {
        self.into_text().into()
    }

    /// The text, in the pieces in which it was written.
    pub fn into_text(mut self) -> Text {
        self.done.push(self.writer.out);
        self.done
    }

    /// At the beginning of a line that nothing before it can change: a piece ends here when it is long.
    fn cut(&mut self) {
        if self.writer.out.len() >= PIECE {
            let next = String::with_capacity(PIECE + PIECE / 8);
            self.done
                .push(std::mem::replace(&mut self.writer.out, next));
        }
    }

    /// The first half of a line: indentation and key.
    fn begin(&mut self, key: &str) {
        if !std::mem::take(&mut self.inline) {
            self.writer.indent(self.indent);
        }
        self.writer.out.push_str(key);
        self.writer.out.push(':');
    }

    /// Writes what `fill` puts two columns further in; says whether it put anything.
    fn nested(&mut self, fill: impl FnOnce(&mut Self)) -> bool {
        let before = self.place();
        self.indent += 2;
        fill(self);
        self.indent -= 2;
        self.place() > before
    }

    /// How far the text has come: pieces that are done, and bytes of the one that is written.
    fn place(&self) -> (usize, usize) {
        (self.done.pieces().len(), self.writer.out.len())
    }

    /// One element of a list of maps.
    fn element(&mut self, fill: impl FnOnce(&mut Self)) {
        self.writer.indent(self.indent);
        self.writer.out.push_str("- ");
        self.inline = true;
        if !self.nested(fill) {
            self.inline = false;
            self.writer.out.push_str("{}");
            self.writer.end_line(None);
        }
    }

    /// An entry whose value is written below its key, or nothing when the value turns out to be empty.
    fn below(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        let before = (self.writer.out.len(), self.writer.keeps_breaks, self.inline);
        self.begin(key);
        self.writer.end_line(None);
        if !self.nested(fill) {
            self.writer.out.truncate(before.0);
            (_, self.writer.keeps_breaks, self.inline) = before;
        }
    }
}

impl Fields for Lines {
    fn put<'v>(&mut self, key: &'static str, value: impl Into<Scalar<'v>>) {
        let Scalar {
            kind,
            above,
            comment,
        } = value.into();
        if let Some(above) = above
            && !self.inline
        {
            self.writer.comment_lines(self.indent, above);
        }
        self.begin(key);
        let comment = comment.as_deref();
        let out = &mut self.writer.out;
        out.push(' ');
        match kind {
            ScalarKind::String(text, style) => {
                return self.writer.text(&text, &style, comment, self.indent + 2);
            }
            ScalarKind::Boolean(true) => out.push_str("true"),
            ScalarKind::Boolean(false) => out.push_str("false"),
            ScalarKind::Integer(value) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "{value}");
            }
            ScalarKind::EmptyMap => out.push_str("{}"),
        }
        self.writer.end_line(comment);
    }

    fn map(&mut self, key: &'static str, fill: impl FnOnce(&mut Self)) {
        self.below(key, fill);
    }

    fn texts<'v>(
        &mut self,
        key: &'static str,
        entries: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) {
        self.below(key, |lines| {
            for (key, text) in entries {
                lines.writer.indent(lines.indent);
                lines.writer.key(key, lines.indent);
                lines.writer.out.push(' ');
                let indent = lines.indent + 2;
                lines.writer.text(text, &StringStyle::Auto, None, indent);
            }
        });
    }

    fn maps<T>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) {
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

    fn list<'v>(&mut self, key: &'static str, elements: impl IntoIterator<Item = &'v str>) {
        self.below(key, |lines| {
            for text in elements {
                lines.writer.indent(lines.indent);
                lines.writer.out.push_str("- ");
                let indent = lines.indent + 2;
                lines.writer.text(text, &StringStyle::Auto, None, indent);
            }
        });
    }

    fn words<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = &'v str, IntoIter: Clone>,
    ) {
        let elements = elements.into_iter();
        if elements.clone().next().is_none() {
            return;
        }
        let before = (self.writer.out.len(), self.inline);
        self.begin(key);
        self.writer.out.push(' ');
        if !self.writer.flow_words(elements.clone()) {
            self.writer.out.truncate(before.0);
            self.inline = before.1;
            self.list(key, elements);
        }
    }

    fn value(&mut self, key: &'static str, value: Yaml) {
        self.begin(key);
        self.writer.value_of_key(&value, self.indent);
    }

    fn entries(&mut self, map: Map) {
        let inline = std::mem::take(&mut self.inline) && !map.is_empty();
        self.writer.map(&map, self.indent, inline);
    }
}
