//! A document as JSON: every value with the bytes it stands at.

use flowc_core::document::{Meaning, Node, NodeKind};
use flowc_core::source::Span;
use serde::Serialize;

/// A node, ready to be written.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum View<'a> {
    Null {
        span: [u32; 2],
    },
    Boolean {
        value: bool,
        span: [u32; 2],
    },
    Integer {
        value: i64,
        span: [u32; 2],
    },
    Number {
        value: f64,
        span: [u32; 2],
    },
    String {
        value: &'a str,
        span: [u32; 2],
    },
    Sequence {
        span: [u32; 2],
        elements: Vec<View<'a>>,
    },
    Mapping {
        span: [u32; 2],
        entries: Vec<EntryView<'a>>,
    },
    /// What the alias stands for is shown where it is first written.
    Alias {
        span: [u32; 2],
        stands_at: [u32; 2],
    },
}

#[derive(Serialize)]
pub(super) struct EntryView<'a> {
    key: &'a str,
    key_span: [u32; 2],
    value: View<'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(node: &'a Node) -> Self {
        let span = bytes(node.span);
        match &node.kind {
            NodeKind::Sequence(nodes) => Self::Sequence {
                span,
                elements: nodes.iter().map(Self::new).collect(),
            },
            NodeKind::Mapping(entries) => Self::Mapping {
                span,
                entries: entries
                    .iter()
                    .map(|entry| EntryView {
                        key: &entry.key,
                        key_span: bytes(entry.key_span),
                        value: Self::new(&entry.value),
                    })
                    .collect(),
            },
            NodeKind::Alias(node) => Self::Alias {
                span,
                stands_at: bytes(node.span),
            },
            NodeKind::Scalar(scalar) => match scalar.meaning {
                Meaning::Null => Self::Null { span },
                Meaning::Boolean(value) => Self::Boolean { value, span },
                Meaning::Integer(value) => Self::Integer { value, span },
                Meaning::Number(value) => Self::Number { value, span },
                Meaning::String => Self::String {
                    value: &scalar.text,
                    span,
                },
            },
        }
    }
}

fn bytes(span: Span) -> [u32; 2] {
    [span.start, span.end]
}
