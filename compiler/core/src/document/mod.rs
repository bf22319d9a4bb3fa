//! The YAML document as written: every node with its byte span, nothing interpreted but YAML itself.
//!
//! The only room that knows the YAML event parser. YAML 1.2 core schema; aliases and merge keys are
//! resolved here, and what they expand to is bounded, so later stages may walk the tree freely.

mod characters;
mod entries;
mod events;
mod offsets;
mod place;
mod plain;
mod report;
mod schema;
mod syntax;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// How many lists and mappings may lie in one another, aliases followed.
pub const MAX_DEPTH: usize = 64;

/// How many values a file may hold. 100,000 tasks are a little over a million.
pub const MAX_NODES: usize = 8_000_000;

/// A value of the document, which borrows from the text what stands there as it is.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    /// What it is.
    pub kind: NodeKind<'t>,
    /// Where it stands; for an alias, where the alias stands.
    pub span: Span,
}

/// The kinds of node.
#[derive(Clone, Debug)]
pub enum NodeKind<'t> {
    /// A plain, quoted or block scalar.
    Scalar(Scalar<'t>),
    /// A list.
    Sequence(Vec<Node<'t>>),
    /// Keys and values in written order, merge keys applied, duplicates reported and dropped.
    Mapping(Vec<Entry<'t>>),
    /// What an alias (`*name`) stands for; also the value that has the anchor (`&name`), in its own
    /// place, so that all of them share it.
    Alias(Arc<Node<'t>>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry<'t> {
    /// The key's text.
    pub key: Cow<'t, str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node<'t>,
}

/// A scalar: its text and what plain text means by the YAML 1.2 core schema.
#[derive(Clone, Debug)]
pub struct Scalar<'t> {
    /// The text after unquoting.
    pub text: Cow<'t, str>,
    /// What it means. Quoted and block scalars are always strings.
    pub meaning: Meaning,
    /// How text offsets map to the source.
    pub map: OffsetMap,
}

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number that fits.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// Text.
    String,
}

/// How the offsets of a scalar's text map to bytes of the source.
#[derive(Clone, Debug)]
pub enum OffsetMap {
    /// The text stands in the source byte for byte, from this offset.
    Verbatim(u32),
    /// Pieces `(text offset, source offset)`, ascending; within a piece, byte for byte. Without any,
    /// only the place of the whole scalar is known.
    Pieces(Box<[(u32, u32)]>),
}

impl<'t> Node<'t> {
    /// The node itself, or what the alias stands for.
    pub fn resolved(&self) -> &Node<'t> {
        match &self.kind {
            NodeKind::Alias(node) => node.resolved(),
            _ => self,
        }
    }

    /// The scalar, when it is one.
    pub fn scalar(&self) -> Option<&Scalar<'t>> {
        match &self.resolved().kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    pub fn sequence(&self) -> Option<&[Node<'t>]> {
        match &self.resolved().kind {
            NodeKind::Sequence(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The entries, when it is a mapping.
    pub fn mapping(&self) -> Option<&[Entry<'t>]> {
        match &self.resolved().kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under a key, when it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.mapping()?
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The words for what it is, for messages: `a list`, `a mapping`, `text`, `a number`, …
    pub fn describe(&self) -> &'static str {
        match &self.resolved().kind {
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Scalar(scalar) => match scalar.meaning {
                Meaning::Null => "nothing",
                Meaning::Boolean(_) => "a boolean",
                Meaning::Integer(_) => "an integer",
                Meaning::Number(_) => "a number",
                Meaning::String => "text",
            },
            NodeKind::Alias(_) => "an alias",
        }
    }

    /// The place in the source of a byte range of the scalar's text.
    ///
    /// Escapes are taken whole, and the place never leaves the scalar.
    pub fn locate(&self, range: Range<usize>) -> Span {
        let node = self.resolved();
        let NodeKind::Scalar(scalar) = &node.kind else {
            return node.span;
        };
        match scalar.map.source_range(range) {
            Some((start, end)) => {
                let start = start.min(node.span.end);
                Span {
                    file: node.span.file,
                    start,
                    end: end.min(node.span.end).max(start),
                }
            }
            None => node.span,
        }
    }
}

impl OffsetMap {
    fn source_range(&self, range: Range<usize>) -> Option<(u32, u32)> {
        let pieces = match self {
            Self::Verbatim(start) => {
                return Some((start + range.start as u32, start + range.end as u32));
            }
            Self::Pieces(pieces) => pieces,
        };
        // The last piece that begins at or before the offset; a piece without text counts last.
        let piece = |offset: usize| {
            let after = pieces.partition_point(|(text, _)| *text as usize <= offset);
            after.checked_sub(1)
        };
        let at = |index: usize, offset: usize| {
            let (text, source) = pieces[index];
            source + (offset as u32).saturating_sub(text)
        };
        let first = piece(range.start)?;
        let start = at(first, range.start);
        if range.is_empty() {
            return Some((start, start));
        }
        let last = piece(range.end - 1)?;
        let end = match pieces.get(last + 1) {
            Some((text, source)) if *text as usize == range.end => *source,
            _ => at(last, range.end - 1) + 1,
        };
        Some((start, end))
    }
}

/// Reads one YAML document. Problems are reported; what could be understood is returned.
///
/// Nothing is returned for a text that is not YAML, or is larger than the bounds: half a document
/// would only bring up problems that it does not have.
///
/// Bounds: [`MAX_BYTES`], [`MAX_DEPTH`], [`MAX_NODES`], and for what aliases and merge keys stand
/// for, 100,000 values and 100 more for each value written, at most 4 million.
pub fn parse<'t>(file: FileId, text: &'t str, diagnostics: &mut Diagnostics) -> Option<Node<'t>> {
    if text.len() > MAX_BYTES {
        diagnostics.push(report::too_many_bytes(Span::new(file, 0..0), text.len()));
        return None;
    }
    tree::build(file, text, diagnostics)
}

/// How many nodes aliases may stand for in a file of so many written ones.
fn allowed_expansion(written: usize) -> usize {
    (100_000 + 100 * written).min(4_000_000)
}
