//! From events to the tree: anchors, merge keys, duplicate keys, tags and the bounds.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::suggest::did_you_mean;

use super::events::{Event, Events, Properties, Style, Tag};
use super::offsets::offset_map;
use super::schema;
use super::{Entry, MAX_DEPTH, Meaning, Node, NodeKind, OffsetMap, Scalar};
use super::{MAX_NODES, allowed_expansion, too_deep, too_many_nodes, too_much_expansion};

/// Builds the tree of the one document in `text`; nothing when the text is not YAML or too large.
pub(super) fn build(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let mut tree = Tree {
        file,
        text,
        diagnostics,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        names: Vec::new(),
        written: 0,
        expanded: 0,
        json: text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with(['{', '[']),
    };
    let mut events = Events::new(text);
    let mut documents = 0;
    while let Some(next) = events.next() {
        let (event, range) = match next {
            Ok(next) => next,
            Err(error) => {
                let diagnostic = super::syntax::diagnostic(file, text, &error);
                tree.diagnostics.push(diagnostic);
                return None;
            }
        };
        match event {
            Event::DocumentStart => {
                documents += 1;
                if documents == 2 {
                    tree.several_documents(range);
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
    tree.root.filter(|_| documents > 0)
}

/// A bound was met: nothing more is read.
struct Stop(Box<Diagnostic>);

struct Tree<'a> {
    file: FileId,
    text: &'a str,
    diagnostics: &'a mut Diagnostics,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    names: Vec<String>,
    /// Nodes that stand in the file.
    written: usize,
    /// Nodes that aliases and merge keys stand for, those inside of these included.
    expanded: usize,
    /// Whether the file is JSON, where a number can only be a number.
    json: bool,
}

/// What an anchor names.
struct Anchored {
    node: Arc<Node>,
    /// How many nodes it is, when all aliases in it are followed.
    size: usize,
    /// How many lists and mappings lie in one another in it.
    height: usize,
}

/// A list or mapping that has begun and not ended.
struct Open {
    start: usize,
    /// One past the last byte of the newest child.
    end: usize,
    flow: bool,
    properties: Properties,
    /// The height of the highest child.
    height: usize,
    /// The size of the tree before this node.
    size_before: usize,
    children: Children,
}

enum Children {
    Sequence(Vec<Node>),
    Mapping(Vec<Slot>, Option<Key>),
}

/// An entry, or what a merge key brings in.
enum Slot {
    Entry(Entry),
    Merge(Span, Node),
}

struct Key {
    text: Cow<'static, str>,
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

impl Tree<'_> {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) -> Result<(), Stop> {
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
                self.begin(range, flow, properties, Children::Mapping(Vec::new(), None))
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
            return Err(Stop(Box::new(too_many_nodes(self.span(range.clone())))));
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
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
            kind: NodeKind::Scalar(Scalar {
                text: text.into_owned(),
                meaning,
                map,
            }),
        };
        let node = self.anchor(node, properties.anchor, size_before, 0);
        self.place(Some(node), 0);
        Ok(())
    }

    fn scalar_meaning(
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
        let Some(ambiguity) = schema::ambiguity(text, meaning) else {
            return;
        };
        let span = self.span(range.clone());
        let now = match meaning {
            Meaning::String => "text".to_owned(),
            Meaning::Integer(value) => format!("the integer {value}"),
            _ => "a number".to_owned(),
        };
        let older = ambiguity.older;
        let clear = &ambiguity.clear;
        let help = match meaning {
            Meaning::String => format!("write `{clear}` to say that it is text"),
            _ => format!("write `{clear}` for the number, or `\"{text}\"` for the text"),
        };
        self.diagnostics.push(
            Diagnostic::warning(
                "ambiguous-scalar",
                span,
                format!("`{text}` is {now} here, but {older} for tools that read YAML 1.1"),
            )
            .help(help)
            .fix(span, ambiguity.clear),
        );
    }

    /// A tag decides what a scalar means.
    fn tagged_meaning(&mut self, text: &str, tag: &Tag, range: &Range<usize>) -> Meaning {
        let read = schema::meaning(text);
        let (fits, meaning, what) = match tag.core.as_deref() {
            Some("str" | "!") => return Meaning::String,
            Some("null") => (read == Meaning::Null, read, "nothing"),
            Some("bool") => (matches!(read, Meaning::Boolean(_)), read, "a boolean"),
            Some("int") => (matches!(read, Meaning::Integer(_)), read, "an integer"),
            Some("float") => match read {
                Meaning::Integer(value) => (true, Meaning::Number(value as f64), "a number"),
                _ => (matches!(read, Meaning::Number(_)), read, "a number"),
            },
            _ => {
                self.unknown_tag(tag, range);
                return Meaning::String;
            }
        };
        if fits {
            return meaning;
        }
        self.diagnostics.push(
            Diagnostic::error(
                "invalid-yaml",
                self.span(range.clone()),
                format!("`{text}` is not {what}, as its tag says"),
            )
            .help("remove the tag, or write a value that fits it"),
        );
        Meaning::String
    }

    fn unknown_tag(&mut self, tag: &Tag, range: &Range<usize>) {
        let range = tag.range.clone().unwrap_or_else(|| range.clone());
        let written = self.text.get(range.clone()).unwrap_or_default();
        self.diagnostics.push(
            Diagnostic::error(
                "unknown-tag",
                self.span(range),
                format!("the tag `{written}` has no meaning in a flow"),
            )
            .help("remove it; text that begins with `!` needs quotes"),
        );
    }

    /// The part of a scalar's range that shows: a block's without the white space after it, an
    /// absent value's right after its colon or dash.
    fn trimmed(&self, range: Range<usize>, style: Style, text: &str) -> Range<usize> {
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

    fn place_of_nothing(&self, at: usize) -> usize {
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

    fn begin(
        &mut self,
        range: Range<usize>,
        flow: bool,
        properties: Properties,
        children: Children,
    ) -> Result<(), Stop> {
        let size_before = self.size();
        self.count_node(&range)?;
        if self.open.len() >= MAX_DEPTH {
            let end = if flow { range.start + 1 } else { range.start };
            return Err(Stop(Box::new(too_deep(self.span(range.start..end)))));
        }
        self.open.push(Open {
            start: range.start,
            end: range.end,
            flow,
            properties,
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
            Children::Mapping(slots, _) => NodeKind::Mapping(self.entries(slots)),
        };
        let node = Node {
            kind,
            span: self.span(range),
        };
        let height = open.height + 1;
        let node = self.anchor(node, open.properties.anchor, open.size_before, height);
        self.place(Some(node), height);
    }

    /// Remembers a node that has an anchor; the tree then shares it with its aliases.
    fn anchor(
        &mut self,
        node: Node,
        anchor: Option<usize>,
        size_before: usize,
        height: usize,
    ) -> Node {
        let Some(anchor) = anchor else {
            return node;
        };
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
            self.diagnostics.push(
                Diagnostic::error(
                    "invalid-yaml",
                    span,
                    format!("`{written}` stands inside of the value it repeats"),
                )
                .help("a value cannot contain itself; write out what is meant here"),
            );
            self.place(None, 0);
            return Ok(());
        };
        let (node, size, height) = (Arc::clone(&anchored.node), anchored.size, anchored.height);
        self.expanded = self.expanded.saturating_add(size);
        if self.expanded > allowed_expansion(self.written) {
            return Err(Stop(Box::new(too_much_expansion(span))));
        }
        if self.open.len() + height > MAX_DEPTH {
            return Err(Stop(Box::new(too_deep(span))));
        }
        let kind = NodeKind::Alias(node);
        self.place(Some(Node { kind, span }), height);
        Ok(())
    }

    fn unknown_alias(&mut self, name: &str, range: Range<usize>) {
        let mut diagnostic = Diagnostic::error(
            "unknown-anchor",
            self.span(range),
            format!("no value before this has the anchor `&{name}`"),
        );
        diagnostic = match did_you_mean(name, self.names.iter().map(String::as_str)) {
            Some(help) => diagnostic.help(help),
            None => diagnostic.help(format!(
                "write `&{name}` before the value to repeat; text that begins with `*` needs quotes"
            )),
        };
        self.diagnostics.push(diagnostic);
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
    fn place(&mut self, node: Option<Node>, height: usize) {
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
            Children::Mapping(slots, key) => {
                let (Some(key), Some(value)) = (key.take(), node) else {
                    return;
                };
                match key.kind {
                    KeyKind::Bad => {}
                    KeyKind::Merge => slots.push(Slot::Merge(key.span, value)),
                    KeyKind::Normal => slots.push(Slot::Entry(Entry {
                        key: key.text.into_owned(),
                        key_span: key.span,
                        value,
                    })),
                }
            }
        }
    }

    /// A key without anchor and tag, which is nearly every key.
    fn set_key(&mut self, text: Cow<'_, str>, style: Style, range: Range<usize>) {
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
            text: Cow::Owned(text.into_owned()),
            span: self.span(range),
            kind,
        };
        self.put_key(key);
    }

    fn no_key(&mut self, range: Range<usize>) {
        let end = self.text.len().min(range.start + 1);
        let end = if self.text.is_char_boundary(end) {
            end
        } else {
            range.start
        };
        self.diagnostics.push(
            Diagnostic::error(
                "invalid-yaml",
                self.span(range.start..end),
                "a key is missing here",
            )
            .help("write the key before the colon; text that begins with `?` or `:` needs quotes"),
        );
    }

    fn place_key(&mut self, node: Option<Node>) {
        let key = match node {
            None => Key {
                text: Cow::Borrowed(""),
                span: self.span(0..0),
                kind: KeyKind::Bad,
            },
            Some(node) => match node.scalar() {
                Some(scalar) => Key {
                    text: Cow::Owned(scalar.text.clone()),
                    span: node.span,
                    kind: KeyKind::Normal,
                },
                None => {
                    self.complex_key(&node);
                    Key {
                        text: Cow::Borrowed(""),
                        span: node.span,
                        kind: KeyKind::Bad,
                    }
                }
            },
        };
        self.put_key(key);
    }

    fn put_key(&mut self, key: Key) {
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
            let diagnostic = Diagnostic::error(
                "invalid-yaml",
                node.span,
                format!("{} cannot be a key", node.describe()),
            );
            self.diagnostics
                .push(diagnostic.help("a key is text; text with brackets or braces needs quotes"));
            return;
        }
        let rest = &self.text[start - 1..];
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let length = line.find("}}").map_or(line.trim_end().len(), |end| end + 2);
        let written = &line[..length];
        let help = if written.contains('"') {
            format!("write `'{}'`", written.replace('\'', "''"))
        } else {
            format!("write `\"{written}\"`")
        };
        self.diagnostics.push(
            Diagnostic::error(
                "invalid-yaml",
                self.span(start - 1..start - 1 + length),
                format!("`{written}` is a mapping in a mapping without quotes"),
            )
            .help(help),
        );
    }

    /// The entries of a mapping: merge keys applied, duplicates reported and dropped.
    fn entries(&mut self, slots: Vec<Slot>) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(slots.len());
        let mut merges = Vec::new();
        for slot in slots {
            match slot {
                Slot::Entry(entry) => entries.push(entry),
                Slot::Merge(span, value) => merges.push((entries.len(), span, value)),
            }
        }
        let merge_at = merges.first().map(|(at, ..)| *at);
        let dropped = self.drop_duplicates(&mut entries, merge_at.unwrap_or(0));
        let Some(at) = merge_at else {
            return entries;
        };
        for pair in merges.windows(2) {
            self.duplicate_key("<<", pair[0].1, pair[1].1);
        }
        let (_, _, value) = merges.swap_remove(0);
        let merged = self.merged(&value, &entries);
        let at = at - dropped;
        entries.splice(at..at, merged);
        entries
    }

    /// Drops the later ones of equal keys; says how many of them stood before `before`.
    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>, before: usize) -> usize {
        let duplicates = duplicates(entries);
        for (first, second) in &duplicates {
            let (first, second) = (&entries[*first], &entries[*second]);
            self.duplicate_key(&second.key, first.key_span, second.key_span);
        }
        for (_, second) in duplicates.iter().rev() {
            entries.remove(*second);
        }
        duplicates
            .iter()
            .filter(|(_, second)| *second < before)
            .count()
    }

    fn duplicate_key(&mut self, key: &str, first: Span, second: Span) {
        let help = match key {
            "<<" => "merge several mappings with a list: `<<: [*a, *b]`",
            _ => "remove or rename one of them",
        };
        self.diagnostics.push(
            Diagnostic::error(
                "duplicate-key",
                second,
                format!("the key `{key}` stands twice in one mapping"),
            )
            .label(first, "it stands here first")
            .help(help),
        );
    }

    /// What a merge key brings in: entries that the mapping does not have itself.
    fn merged(&mut self, value: &Node, own: &[Entry]) -> Vec<Entry> {
        let sources: Vec<&Node> = match value.sequence() {
            Some(nodes) => nodes.iter().collect(),
            None => vec![value],
        };
        let mut merged: Vec<Entry> = Vec::new();
        let mut present: std::collections::HashSet<&str> =
            own.iter().map(|entry| entry.key.as_str()).collect();
        for source in sources {
            let Some(entries) = source.mapping() else {
                self.diagnostics.push(
                    Diagnostic::error(
                        "invalid-yaml",
                        source.span,
                        format!("{} cannot be merged into a mapping", source.describe()),
                    )
                    .help("`<<` takes a mapping, or a list of mappings, such as `<<: *defaults`"),
                );
                continue;
            };
            for entry in entries {
                if present.insert(&entry.key) {
                    merged.push(entry.clone());
                }
            }
        }
        merged
    }

    fn several_documents(&mut self, range: Range<usize>) {
        let end = if self.text[range.start..].starts_with("---") {
            range.start + 3
        } else {
            range.start
        };
        self.diagnostics.push(
            Diagnostic::error(
                "invalid-yaml",
                self.span(range.start..end),
                "a second document begins here",
            )
            .help("a flow file is one document: write each flow to its own file"),
        );
    }
}

/// Pairs of places with the same key: the first one, and each later one, ascending.
fn duplicates(entries: &[Entry]) -> Vec<(usize, usize)> {
    const FEW: usize = 12;
    if entries.len() <= FEW {
        return (1..entries.len())
            .filter_map(|second| {
                let key = &entries[second].key;
                let first = entries[..second]
                    .iter()
                    .position(|entry| entry.key == *key)?;
                Some((first, second))
            })
            .collect();
    }
    let mut first_places: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut found = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        match first_places.entry(&entry.key) {
            std::collections::hash_map::Entry::Occupied(first) => found.push((*first.get(), place)),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(place);
            }
        }
    }
    found
}
