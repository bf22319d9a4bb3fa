//! Keys of a mapping that is read.

use std::borrow::Cow;
use std::ops::Range;

use super::super::events::Style;
use super::super::{Node, report};
use super::{Children, Key, KeyKind, Tree};

impl<'t> Tree<'t, '_> {
    /// A key without anchor and tag, which is nearly every key.
    pub(super) fn set_key(&mut self, text: Cow<'t, str>, style: Style, range: Range<usize>) {
        let kind = match style {
            Style::Plain if text == "<<" => KeyKind::Merge,
            Style::Plain if text.is_empty() => {
                self.no_key(range.clone());
                KeyKind::Bad
            }
            _ => KeyKind::Normal,
        };
        let range = self.trimmed(range, style, &text);
        let key = Key {
            text,
            span: self.span(range),
            kind,
        };
        self.put_key(key);
    }

    pub(super) fn no_key(&mut self, range: Range<usize>) {
        let mark = self.text[range.start..].starts_with([':', '?']);
        let span = self.span(range.start..range.start + usize::from(mark));
        self.diagnostics.push(report::missing_key(span));
    }

    pub(super) fn place_key(&mut self, node: Option<Node<'t>>) {
        let key = match node {
            None => Key {
                text: Cow::default(),
                span: self.span(0..0),
                kind: KeyKind::Bad,
            },
            Some(node) => match node.scalar() {
                Some(scalar) => Key {
                    text: scalar.text.clone(),
                    span: node.span,
                    kind: KeyKind::Normal,
                },
                None => {
                    self.complex_key(&node);
                    Key {
                        text: Cow::default(),
                        span: node.span,
                        kind: KeyKind::Bad,
                    }
                }
            },
        };
        self.put_key(key);
    }

    fn put_key(&mut self, key: Key<'t>) {
        if let Some(open) = self.open.last_mut() {
            if key.span.end > 0 {
                open.end = open.end.max(key.span.end as usize);
                if !open.flow {
                    open.start = open.start.min(key.span.start as usize);
                }
            }
            if let Children::Mapping(_, pending) = &mut open.children {
                *pending = Some(key);
            }
        }
    }

    fn complex_key(&mut self, node: &Node) {
        let start = node.span.start as usize;
        let braces = self.text[..start].ends_with('{') && self.text[start..].starts_with('{');
        if !braces {
            self.diagnostics.push(report::collection_as_key(node));
            return;
        }
        let rest = &self.text[start - 1..];
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let length = line.find("}}").map_or(line.trim_end().len(), |end| end + 2);
        let span = self.span(start - 1..start - 1 + length);
        self.diagnostics
            .push(report::braces_without_quotes(span, &line[..length]));
        if let Some(open) = self.open.last_mut() {
            open.broken = true;
        }
    }
}
