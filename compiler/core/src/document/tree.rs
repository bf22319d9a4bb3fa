//! From events to the tree: anchors, merge keys, duplicate keys, tags and the bounds.

mod keys;
mod scalars;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

use super::entries::Written;
use super::events::{Event, Events, Properties, Style};
use super::offsets::offset_map;
use super::{Entry, MAX_DEPTH, MAX_NODES, Node, NodeKind, OffsetMap, Scalar};
use super::{allowed_expansion, characters, plain, report, syntax};

/// Builds the tree of the one document in `text`; nothing when the text is not YAML or too large.
pub(super) fn build<'t>(
    file: FileId,
    text: &'t str,
    diagnostics: &mut Diagnostics,
) -> Option<Node<'t>> {
    let problems_before = diagnostics.len();
    let characters_reported = !characters::check(file, text, diagnostics);
    let plain = if characters_reported {
        None
    } else {
        build_plain(file, text, diagnostics)
    };
    let root = match plain {
        Some(root) => root,
        None => build_any(file, text, characters_reported, diagnostics)?,
    };
    let is_nothing = |node: &Node| node.span.start == node.span.end;
    if root.as_ref().is_none_or(is_nothing) && diagnostics.len() == problems_before {
        diagnostics.push(report::empty(Span::new(file, 0..0)));
        return None;
    }
    root
}

/// The tree of a text that is plain YAML all through.
pub(super) fn build_plain<'t>(
    file: FileId,
    text: &'t str,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Node<'t>>> {
    let mut found = Diagnostics::default();
    let mut tree = Tree::new(file, text, &mut found);
    plain::read(text, |event, range| {
        tree.take(event, range).map_err(|_| plain::Beyond)
    })
    .ok()?;
    let root = tree.root;
    diagnostics.extend(found);
    Some(root)
}

/// The tree of any text; nothing when it is not YAML or too large.
pub(super) fn build_any<'t>(
    file: FileId,
    text: &'t str,
    characters_reported: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Node<'t>>> {
    let mut tree = Tree::new(file, text, diagnostics);
    let mut events = Events::new(text);
    let mut documents = 0;
    while let Some(next) = events.next() {
        let (event, range) = match next {
            Ok(next) => next,
            Err(error) => {
                // A character that cannot be there is the cause then, and already reported.
                if !characters_reported {
                    let diagnostic = syntax::diagnostic(file, text, &error);
                    tree.diagnostics.push(diagnostic);
                }
                return None;
            }
        };
        match event {
            Event::DocumentStart => {
                documents += 1;
                if documents == 2 {
                    let mark = usize::from(text[range.start..].starts_with("---")) * 3;
                    let span = tree.span(range.start..range.start + mark);
                    tree.diagnostics.push(report::several_documents(span));
                    break;
                }
            }
            Event::DocumentEnd => {}
            event => {
                if let Err(Stop(diagnostic)) = tree.take(event, range) {
                    tree.diagnostics.push(*diagnostic);
                    return None;
                }
            }
        }
    }
    Some(tree.root)
}

/// A bound was met: nothing more is read.
struct Stop(Box<Diagnostic>);

struct Tree<'t, 'd> {
    file: FileId,
    text: &'t str,
    diagnostics: &'d mut Diagnostics,
    open: Vec<Open<'t>>,
    root: Option<Node<'t>>,
    anchors: HashMap<usize, Anchored<'t>>,
    /// Room for the entries of a mapping, from mappings that have ended.
    spare: Vec<Vec<Entry<'t>>>,
    names: Vec<String>,
    /// Nodes that stand in the file.
    written: usize,
    /// Nodes that aliases and merge keys stand for, those inside of these included.
    expanded: usize,
    /// Whether the file is JSON, where a number can only be a number.
    json: bool,
}

/// What an anchor names.
struct Anchored<'t> {
    node: Arc<Node<'t>>,
    /// How many nodes it is, when all aliases in it are followed.
    size: usize,
    /// How many lists and mappings lie in one another in it.
    height: usize,
}

/// A list or mapping that has begun and not ended.
struct Open<'t> {
    start: usize,
    /// One past the last byte of the newest child.
    end: usize,
    flow: bool,
    properties: Properties,
    /// Reported already, as a whole: nothing stands for it.
    broken: bool,
    /// The height of the highest child.
    height: usize,
    /// The size of the tree before this node.
    size_before: usize,
    children: Children<'t>,
}

enum Children<'t> {
    Sequence(Vec<Node<'t>>),
    Mapping(Written<'t>, Option<Key<'t>>),
}

struct Key<'t> {
    text: Cow<'t, str>,
    span: Span,
    kind: KeyKind,
}

#[derive(PartialEq)]
enum KeyKind {
    Normal,
    /// `<<`
    Merge,
    /// Reported already; its value is dropped.
    Bad,
}

impl<'t, 'd> Tree<'t, 'd> {
    fn new(file: FileId, text: &'t str, diagnostics: &'d mut Diagnostics) -> Self {
        Self {
            file,
            text,
            diagnostics,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            spare: Vec::new(),
            names: Vec::new(),
            written: 0,
            expanded: 0,
            json: text
                .trim_start_matches('\u{feff}')
                .trim_start()
                .starts_with(['{', '[']),
        }
    }

    fn take(&mut self, event: Event<'t>, range: Range<usize>) -> Result<(), Stop> {
        match event {
            Event::Scalar {
                text,
                style,
                properties,
            } => self.scalar(text, style, properties, range),
            Event::SequenceStart { flow, properties } => {
                self.begin(range, flow, properties, Children::Sequence(Vec::new()))
            }
            Event::MappingStart { flow, properties } => {
                let written = Written {
                    entries: self.spare.pop().unwrap_or_default(),
                    merges: Vec::new(),
                };
                self.begin(range, flow, properties, Children::Mapping(written, None))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(range);
                Ok(())
            }
            Event::AnchorName(name) => {
                self.names.push(name.into_owned());
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnknownAlias(name) => {
                self.unknown_alias(&name, range);
                Ok(())
            }
            Event::DocumentStart | Event::DocumentEnd => Ok(()),
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    /// How many nodes the tree has so far, with all aliases followed.
    fn size(&self) -> usize {
        self.written + self.expanded
    }

    fn count_node(&mut self, range: &Range<usize>) -> Result<(), Stop> {
        self.written += 1;
        if self.written > MAX_NODES {
            return Err(Stop(Box::new(report::too_many_nodes(
                self.span(range.clone()),
            ))));
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'t, str>,
        style: Style,
        properties: Properties,
        range: Range<usize>,
    ) -> Result<(), Stop> {
        if self.key_is_due() && properties.anchor.is_none() && properties.tag.is_none() {
            self.set_key(text, style, range);
            return Ok(());
        }
        self.count_node(&range)?;
        let size_before = self.size() - 1;
        let range = self.trimmed(range, style, &text);
        let is_key = self.key_is_due();
        let meaning = self.scalar_meaning(&text, style, properties.tag.as_ref(), &range, is_key);
        let map = match style {
            _ if text.is_empty() => OffsetMap::Verbatim(range.start as u32),
            _ => offset_map(self.text, &range, style, &text),
        };
        let node = Node {
            span: self.span(range),
            kind: NodeKind::Scalar(Scalar { text, meaning, map }),
        };
        let node = match properties.anchor {
            None => node,
            Some(anchor) => self.anchor(node, anchor, size_before, 0),
        };
        self.place(Some(node), 0);
        Ok(())
    }

    fn begin(
        &mut self,
        range: Range<usize>,
        flow: bool,
        properties: Properties,
        children: Children<'t>,
    ) -> Result<(), Stop> {
        let size_before = self.size();
        self.count_node(&range)?;
        if self.open.len() >= MAX_DEPTH {
            let end = if flow { range.start + 1 } else { range.start };
            return Err(Stop(Box::new(report::too_deep(
                self.span(range.start..end),
            ))));
        }
        self.open.push(Open {
            start: range.start,
            end: range.end,
            flow,
            properties,
            broken: false,
            height: 0,
            size_before,
            children,
        });
        Ok(())
    }

    fn end(&mut self, range: Range<usize>) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let end = if open.flow { range.end } else { open.end };
        let range = open.start..end.max(open.start);
        let expected = match open.children {
            Children::Sequence(_) => "seq",
            Children::Mapping(..) => "map",
        };
        if let Some(tag) = &open.properties.tag
            && tag.core.as_deref() != Some(expected)
        {
            self.unknown_tag(tag, &range);
        }
        let kind = match open.children {
            Children::Sequence(nodes) => NodeKind::Sequence(nodes),
            Children::Mapping(mut written, _) => {
                let entries = written.resolve(self.diagnostics);
                self.spare.push(written.entries);
                NodeKind::Mapping(entries)
            }
        };
        let node = Node {
            kind,
            span: self.span(range),
        };
        let height = open.height + 1;
        let node = match open.properties.anchor {
            None => node,
            Some(anchor) => self.anchor(node, anchor, open.size_before, height),
        };
        self.place((!open.broken).then_some(node), height);
    }

    /// Remembers a node that has an anchor; the tree then shares it with its aliases.
    fn anchor(
        &mut self,
        node: Node<'t>,
        anchor: usize,
        size_before: usize,
        height: usize,
    ) -> Node<'t> {
        let span = node.span;
        let node = Arc::new(node);
        self.anchors.insert(
            anchor,
            Anchored {
                node: Arc::clone(&node),
                size: self.size() - size_before,
                height,
            },
        );
        Node {
            kind: NodeKind::Alias(node),
            span,
        }
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Stop> {
        let span = self.span(range.clone());
        let Some(anchored) = self.anchors.get(&anchor) else {
            let written = &self.text[range];
            self.diagnostics
                .push(report::alias_in_itself(span, written));
            self.place(None, 0);
            return Ok(());
        };
        let (node, size, height) = (Arc::clone(&anchored.node), anchored.size, anchored.height);
        self.expanded = self.expanded.saturating_add(size);
        if self.expanded > allowed_expansion(self.written) {
            return Err(Stop(Box::new(report::too_much_expansion(span))));
        }
        if self.open.len() + height > MAX_DEPTH {
            return Err(Stop(Box::new(report::too_deep(span))));
        }
        let kind = NodeKind::Alias(node);
        self.place(Some(Node { kind, span }), height);
        Ok(())
    }

    fn unknown_alias(&mut self, name: &str, range: Range<usize>) {
        let span = self.span(range);
        self.diagnostics
            .push(report::unknown_anchor(span, name, &self.names));
        self.place(None, 0);
    }

    /// Whether the next node is a key.
    fn key_is_due(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                children: Children::Mapping(_, None),
                ..
            })
        )
    }

    /// A complete node takes its place: as the root, an element, a key or a value. Nothing stands
    /// for a node that was reported and is left out.
    fn place(&mut self, node: Option<Node<'t>>, height: usize) {
        if self.key_is_due() {
            return self.place_key(node);
        }
        let Some(open) = self.open.last_mut() else {
            self.root = node;
            return;
        };
        open.height = open.height.max(height);
        if let Some(node) = &node {
            open.end = open.end.max(node.span.end as usize);
            if !open.flow {
                open.start = open.start.min(node.span.start as usize);
            }
        }
        match &mut open.children {
            Children::Sequence(nodes) => nodes.extend(node),
            Children::Mapping(written, key) => {
                let (Some(key), Some(value)) = (key.take(), node) else {
                    return;
                };
                match key.kind {
                    KeyKind::Bad => {}
                    KeyKind::Merge => {
                        let at = written.entries.len();
                        written.merges.push((at, key.span, value));
                    }
                    KeyKind::Normal => written.entries.push(Entry {
                        key: key.text,
                        key_span: key.span,
                        value,
                    }),
                }
            }
        }
    }
}
