//! Text that grows entry by entry, without a tree before it.

mod entries;

use flowc_core::text::Text;

use super::fields::{Scalar, ScalarKind};
use super::scalar::{Kinds, Position};
use super::seen::Seen;
use super::write::{WIDTH, Writer};
use super::{Map, StringStyle};

/// How many bytes a piece of a long text has room for; it ends a little before that is full.
const PIECE: usize = 1 << 17;

/// A document that is written while its entries are put. The text is the one that
/// [`document`](super::document) makes of a [`Map`] with the same entries.
pub struct Lines {
    /// What stands before what the writer has.
    done: Text,
    writer: Writer,
    indent: usize,
    /// Whether the next entry goes on in a line that has begun.
    inline: bool,
    /// Between braces: whether all that was put can stand there.
    fits: Option<bool>,
}

impl Lines {
    /// A document with a header of comment lines (empty for none).
    pub fn new(header: &str) -> Self {
        Self {
            done: Text::default(),
            writer: Writer::new(header),
            indent: 0,
            inline: false,
            fits: None,
        }
    }

    /// Entries that are to stand in so many maps of another document, which takes them by
    /// [`append`](super::Fields::append).
    pub fn within(depth: usize) -> Self {
        Self {
            indent: 2 * depth,
            ..Self::new("")
        }
    }

    /// Whether nothing was put so far.
    pub fn is_empty(&self) -> bool {
        self.place() == (0, 0)
    }

    /// Begins one more document in the same file.
    pub fn next_document(&mut self) {
        self.writer.out.push_str("---\n");
    }

    /// A map, with something put into it: as `{ a: b }` where that fits one line.
    pub fn inline(&mut self, key: &'static str, fill: impl Fn(&mut Self)) {
        if self.fits.is_some() {
            self.next_between_braces(key);
            return self.braces(&fill);
        }
        let line = (!self.inline).then_some(self.writer.out.len());
        self.begin(key);
        self.in_braces_or_below(line, fill);
    }

    /// The same under a name of any kind.
    pub fn named_inline<'n>(&mut self, name: impl Into<Seen<'n>>, fill: impl Fn(&mut Self)) {
        let name = name.into();
        if self.fits.is_some() {
            self.comma();
            name.write(&mut self.writer.out, Position::Flow);
            self.writer.out.push_str(": ");
            return self.braces(&fill);
        }
        // A very long name has a line of its own.
        let begins_here = !self.inline && name.len() < WIDTH;
        let line = begins_here.then_some(self.writer.out.len());
        self.name(name);
        self.in_braces_or_below(line, fill);
    }

    /// A list of such maps.
    pub fn inline_maps<T: Copy>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = T>,
        fill: impl Fn(&mut Self, T),
    ) {
        self.below(key, |lines| {
            for element in elements {
                let line = lines.writer.out.len();
                lines.writer.indent(lines.indent);
                lines.writer.out.push_str("- ");
                let fill = |lines: &mut Self| fill(lines, element);
                if !lines.line_in_braces(Some(line), &fill) {
                    lines.inline = true;
                    lines.nested(fill);
                }
            }
        });
    }

    /// A list as `[a, b]`; says whether it could stand there, and else writes nothing.
    pub fn short_list<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = Scalar<'v>>,
    ) -> bool {
        if self.fits.is_some() {
            return false;
        }
        let before = (self.writer.out.len(), self.writer.indentation);
        let inline = self.inline;
        let line = (!inline).then_some(before.0);
        self.begin(key);
        let start = self.writer.out.len();
        self.writer.out.push_str(" [");
        let mut fits = true;
        for (index, element) in elements.into_iter().enumerate() {
            if index > 0 {
                self.writer.out.push_str(", ");
            }
            let is_bare = element.above.is_none() && element.comment.is_none();
            fits = fits && is_bare && self.writer.flow_scalar(element.kind);
        }
        self.writer.out.push(']');
        if fits && self.writer.has_room(line, start) {
            self.writer.end_line(None);
            return true;
        }
        self.writer.out.truncate(before.0);
        self.writer.indentation = before.1;
        self.inline = inline;
        false
    }

    /// A list of texts that are put together when they are written; left out when there is none. `write` adds
    /// the text of an element and gives its kinds.
    pub fn list_of<T>(
        &mut self,
        key: &'static str,
        elements: &[T],
        write: fn(&T, &mut String) -> Kinds,
    ) {
        if elements.is_empty() {
            return;
        }
        self.below(key, |lines| {
            for element in elements {
                lines.written_element(|out| write(element, out));
            }
        });
    }

    /// All entries of a map that is kept.
    pub fn entries_of(&mut self, map: &Map) {
        if self.fits.is_some() {
            return self.note_fit(false);
        }
        let inline = std::mem::take(&mut self.inline) && !map.is_empty();
        self.writer.map(map, self.indent, inline);
    }

    /// The first half of a line, with a name of any kind.
    fn name(&mut self, name: Seen<'_>) {
        if !std::mem::take(&mut self.inline) {
            self.writer.indent(self.indent);
        }
        self.writer.key(name, self.indent);
    }

    /// What stands behind a name: a map as `{ a: b }`, or below where that cannot be.
    fn in_braces_or_below(&mut self, line: Option<usize>, fill: impl Fn(&mut Self)) {
        self.writer.out.push(' ');
        if !self.line_in_braces(line, &fill) {
            self.writer.out.pop();
            self.writer.end_line(None);
            self.nested(fill);
        }
    }

    /// Writes the rest of a line as `{ a: b }`, or nothing when that cannot be; says whether it did. `line` is
    /// where the line begins, where that is known.
    fn line_in_braces(&mut self, line: Option<usize>, fill: &impl Fn(&mut Self)) -> bool {
        let start = self.writer.out.len();
        self.fits = Some(true);
        self.braces(fill);
        let fits = self.fits.take() == Some(true) && self.writer.has_room(line, start);
        if fits {
            self.writer.end_line(None);
        } else {
            self.writer.out.truncate(start);
        }
        fits
    }

    fn braces(&mut self, fill: &impl Fn(&mut Self)) {
        self.writer.out.push_str("{ ");
        fill(self);
        self.writer.out.push_str(" }");
    }

    /// Between braces: what stands before an entry.
    fn comma(&mut self) {
        // No text ends like this: it would be in quotes.
        if !self.writer.out.ends_with("{ ") {
            self.writer.out.push_str(", ");
        }
    }

    /// The first half of an entry between braces, whose key is a plain word.
    #[inline]
    fn next_between_braces(&mut self, key: &'static str) {
        self.comma();
        self.writer.out.push_str(key);
        self.writer.out.push_str(": ");
    }

    /// Says whether something between braces can stand there.
    fn note_fit(&mut self, fits: bool) {
        self.fits = self.fits.map(|before| before && fits);
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

    /// How many bytes of it are spaces that lines begin with.
    pub fn indentation(&self) -> usize {
        self.writer.indentation
    }

    /// At the beginning of a line that nothing before it can change: a piece ends here when it is long.
    fn cut(&mut self) {
        if self.writer.out.len() >= PIECE - PIECE / 32 {
            let next = String::with_capacity(PIECE);
            self.done
                .push(std::mem::replace(&mut self.writer.out, next));
        }
    }

    /// The first half of a line: indentation and key.
    #[inline]
    fn begin(&mut self, key: &str) {
        if !std::mem::take(&mut self.inline) {
            self.writer.indent(self.indent);
        }
        self.writer.out.push_str(key);
        self.writer.out.push(':');
    }

    /// The second half of a line, or a block. Nearly always it is known where this is called what kind of
    /// value comes, and nothing is left of the others.
    #[inline]
    fn rest_of_line(&mut self, value: Scalar<'_>) {
        let comment = value.comment.as_deref();
        self.writer.out.push(' ');
        match value.kind {
            ScalarKind::String(text, StringStyle::Auto) => {
                self.writer.text_as_it_is(&text, comment, self.indent + 2);
            }
            ScalarKind::Seen(text) => {
                let start = self.writer.out.len();
                text.push(&mut self.writer.out);
                self.writer
                    .settle(start, text.kinds(), comment, self.indent + 2);
            }
            ScalarKind::Word(text) => {
                self.writer.out.push_str(text);
                self.writer.end_line(comment);
            }
            ScalarKind::String(text, style) => {
                self.writer.text(&text, &style, comment, self.indent + 2);
            }
            other => {
                self.writer.flow_scalar(other);
                self.writer.end_line(comment);
            }
        }
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

    /// One element of a list of texts.
    fn text_element(&mut self, text: &str) {
        self.writer.indent(self.indent);
        self.writer.out.push_str("- ");
        self.writer.text_as_it_is(text, None, self.indent + 2);
    }

    /// One element of a list of texts, which `write` adds; it gives the kinds of the text.
    fn written_element(&mut self, write: impl FnOnce(&mut String) -> Kinds) {
        self.writer.indent(self.indent);
        self.writer.out.push_str("- ");
        let start = self.writer.out.len();
        let kinds = write(&mut self.writer.out);
        self.writer.settle(start, kinds, None, self.indent + 2);
    }

    /// An entry whose value is written below its key, or nothing when the value turns out to be empty.
    fn below(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        if self.fits.is_some() {
            return self.note_fit(false);
        }
        let before = (self.writer.out.len(), self.writer.indentation);
        let flags = (self.writer.keeps_breaks, self.inline);
        self.begin(key);
        self.writer.end_line(None);
        if !self.nested(fill) {
            self.writer.out.truncate(before.0);
            self.writer.indentation = before.1;
            (self.writer.keeps_breaks, self.inline) = flags;
        }
    }
}
