//! The one place where YAML is written.
//!
//! A target builds a tree of [`Yaml`] values and gets text that every common reader takes for the same
//! values: YAML 1.1 and 1.2, PyYAML, libyaml, Go's and npm's. Strings are plain only where no reader
//! could see anything else, scripts are literal blocks, and everything else is quoted.
//!
//! ```
//! use flowc_targets::yaml::{Map, Yaml, document};
//!
//! let mut container = Map::new();
//! container.put("image", "busybox:1.36");
//! container.put("command", Yaml::flow_list(["sh", "-e", "-c"]));
//! container.put("args", Yaml::list(["echo one\necho two\n"]));
//! let mut root = Map::new();
//! root.put("kind", "Workflow");
//! root.put("deadline", Yaml::from(60).comment("timeout: 1m"));
//! root.put("container", Yaml::from(container).above("Does the work."));
//! assert_eq!(
//!     document("Written by flowc.", &root),
//!     "\
//! ## Written by flowc.
//! kind: Workflow
//! deadline: 60 # timeout: 1m
//! ## Does the work.
//! container:
//!   image: busybox:1.36
//!   command: [sh, -e, -c]
//!   args:
//!     - |
//!       echo one
//!       echo two
//! "
//! );
//! ```

mod fields;
mod lines;
mod scalar;
mod seen;
#[cfg(test)]
mod tests;
mod write;

use std::borrow::Cow;

use indexmap::IndexMap;

pub use fields::{Around, Fields, Scalar, Word};
pub use lines::Lines;
pub use scalar::Kinds;
pub use seen::Seen;

/// A value to write, with its comments.
#[derive(Clone, Debug, PartialEq)]
pub struct Yaml {
    kind: Kind,
    notes: Option<Box<Notes>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Null,
    Boolean(bool),
    Integer(i128),
    Number(f64),
    String(Cow<'static, str>, StringStyle),
    List(Vec<Yaml>, ListStyle),
    Map(Map),
    /// The value of the anchor with this name.
    Alias(Cow<'static, str>),
}

/// How a string is to look. What the style cannot carry exactly is quoted instead.
#[derive(Clone, Debug, PartialEq)]
enum StringStyle {
    /// Plain where that is safe, a literal block for several lines, else quoted.
    Auto,
    /// In quotes, even where plain would do.
    Quoted,
    /// A folded block, broken where the writer finds a good place.
    Folded,
    /// A folded block with these lines, which are joined by single spaces.
    FoldedAt(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ListStyle {
    /// One element a line, after `- `.
    Block,
    /// One element a line, with empty lines between.
    Spaced,
    /// `[a, b]` where that fits one line.
    Flow,
}

/// What stands around a value for the human reader.
#[derive(Clone, Debug, Default, PartialEq)]
struct Notes {
    inline: bool,
    blank_before: bool,
    above: Vec<String>,
    at_end: Option<String>,
    anchor: Option<Cow<'static, str>>,
}

impl Yaml {
    /// `null`.
    pub const NULL: Self = Self {
        kind: Kind::Null,
        notes: None,
    };

    /// A list with one element a line.
    pub fn list<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::list_in(ListStyle::Block, elements)
    }

    /// A list with an empty line between its elements.
    pub fn spaced_list<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::list_in(ListStyle::Spaced, elements)
    }

    /// A list as `[a, b]`, for short ones of scalars; one element a line where that does not fit.
    pub fn flow_list<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::list_in(ListStyle::Flow, elements)
    }

    fn list_in<T: Into<Self>>(style: ListStyle, elements: impl IntoIterator<Item = T>) -> Self {
        Kind::List(elements.into_iter().map(Into::into).collect(), style).into()
    }

    /// A string in quotes, even where it could do without.
    pub fn quoted(text: impl Into<Cow<'static, str>>) -> Self {
        Kind::String(text.into(), StringStyle::Quoted).into()
    }

    /// A string of one long line, written as a `>-` block of several lines.
    ///
    /// Short text, and text that folding would change, is written as any other string.
    pub fn folded(text: impl Into<Cow<'static, str>>) -> Self {
        Kind::String(text.into(), StringStyle::Folded).into()
    }

    /// The string that these lines make when a single space joins them, written as a `>-` block of
    /// these lines. Text that folding would change is written as any other string.
    pub fn folded_lines<T: Into<String>>(lines: impl IntoIterator<Item = T>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(Into::into).collect();
        let text = lines.join(" ");
        Kind::String(text.into(), StringStyle::FoldedAt(lines)).into()
    }

    /// `*name`: the value that has this anchor. Under the key `<<` its entries are merged in.
    pub fn alias(name: impl Into<Cow<'static, str>>) -> Self {
        Kind::Alias(name.into()).into()
    }

    /// With an anchor, `&name`, that aliases later in the document refer to.
    #[must_use]
    pub fn anchor(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.notes_mut().anchor = Some(name.into());
        self
    }

    /// Of a map: as `{ a: b, c: d }` where that fits one line, and so the maps and lists in it that ask
    /// for it too.
    #[must_use]
    pub fn inline(mut self) -> Self {
        self.notes_mut().inline = true;
        self
    }

    /// With a comment at the end of the line.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.notes_mut().at_end = Some(comment.into());
        self
    }

    /// With a comment on the lines above; further calls add further lines.
    #[must_use]
    pub fn above(mut self, comment: impl Into<String>) -> Self {
        self.notes_mut().above.push(comment.into());
        self
    }

    /// With an empty line before, unless it is the first in its list or map.
    #[must_use]
    pub fn blank_before(mut self) -> Self {
        self.notes_mut().blank_before = true;
        self
    }

    fn anchor_name(&self) -> Option<&str> {
        self.notes
            .as_ref()
            .and_then(|notes| notes.anchor.as_deref())
    }

    /// Whether nothing stands around it.
    fn is_bare(&self) -> bool {
        self.notes.as_ref().is_none_or(|notes| {
            !notes.blank_before
                && notes.above.is_empty()
                && notes.at_end.is_none()
                && notes.anchor.is_none()
        })
    }

    fn notes_mut(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }

    fn comment_at_end(&self) -> Option<&str> {
        self.notes.as_ref()?.at_end.as_deref()
    }

    /// The text, when it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text, _) => Some(text),
            _ => None,
        }
    }

    /// The entries, when it is a map.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entries, when it is a map, to change them.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    pub fn as_list(&self) -> Option<&[Yaml]> {
        match &self.kind {
            Kind::List(elements, _) => Some(elements),
            _ => None,
        }
    }

    /// The elements, when it is a list, to change them.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Yaml>> {
        match &mut self.kind {
            Kind::List(elements, _) => Some(elements),
            _ => None,
        }
    }

    /// Whether it is an empty list, an empty map or null.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Null => true,
            Kind::List(elements, _) => elements.is_empty(),
            Kind::Map(map) => map.is_empty(),
            _ => false,
        }
    }
}

/// Keys and values in the order they were put; no key twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    // A list, for the maps of an emitted file are many and small: a table for each cost more time
    // and memory than everything that stood in them.
    entries: Vec<(Cow<'static, str>, Yaml)>,
}

impl Map {
    /// No entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an entry at the end, or in the place of the one that has the key.
    pub fn put(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Yaml>) -> &mut Self {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(before) => *before = value,
            None => self.entries.push((key, value)),
        }
        self
    }

    /// Puts an entry when there is a value.
    pub fn put_some<T: Into<Yaml>>(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        value: Option<T>,
    ) -> &mut Self {
        if let Some(value) = value {
            self.put(key, value);
        }
        self
    }

    /// Puts an entry unless its value is an empty list, an empty map or null.
    pub fn put_filled(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        value: impl Into<Yaml>,
    ) -> &mut Self {
        let value = value.into();
        if !value.is_empty() {
            self.put(key, value);
        }
        self
    }

    /// The same with one entry more.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Yaml>) -> Self {
        self.put(key, value);
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.iter()
            .find_map(|(known, value)| (known == key).then_some(value))
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Yaml> {
        self.entries
            .iter_mut()
            .find_map(|(known, value)| (known.as_ref() == key).then_some(value))
    }

    /// Takes an entry out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Yaml> {
        let at = self.entries.iter().position(|(known, _)| known == key)?;
        Some(self.entries.remove(at).1)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Yaml)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_ref(), value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<Yaml>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        // As many as a user wrote, so by a table: the last of equal keys counts.
        let entries: IndexMap<_, _> = entries
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Self {
            entries: entries.into_iter().collect(),
        }
    }
}

/// One document: a header of comment lines (empty for none) and the entries.
pub fn document(header: &str, root: &Map) -> String {
    write::document(header, root)
}

/// Several documents in one file, with `---` between them.
pub fn documents<'a>(header: &str, roots: impl IntoIterator<Item = &'a Map>) -> String {
    let mut text = String::new();
    for (index, root) in roots.into_iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        text.push_str(&document(if index == 0 { header } else { "" }, root));
    }
    text
}

impl From<Kind> for Yaml {
    fn from(kind: Kind) -> Self {
        Self { kind, notes: None }
    }
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Self {
        Kind::Boolean(value).into()
    }
}

impl From<f64> for Yaml {
    fn from(value: f64) -> Self {
        Kind::Number(value).into()
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Yaml {
            fn from(value: $integer) -> Self {
                Kind::Integer(value as i128).into()
            }
        }
    )*};
}

from_integer!(i32, i64, u16, u32, u64, usize);

impl From<&str> for Yaml {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Yaml {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Self {
        Kind::String(text.into(), StringStyle::Auto).into()
    }
}

impl From<Cow<'static, str>> for Yaml {
    fn from(text: Cow<'static, str>) -> Self {
        Kind::String(text, StringStyle::Auto).into()
    }
}

impl From<Map> for Yaml {
    fn from(map: Map) -> Self {
        Kind::Map(map).into()
    }
}

impl<T: Into<Yaml>> From<Vec<T>> for Yaml {
    fn from(elements: Vec<T>) -> Self {
        Self::list(elements)
    }
}

impl From<&serde_json::Value> for Yaml {
    fn from(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::NULL,
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => value.into(),
                (None, Some(value)) => value.into(),
                (None, None) => number.as_f64().unwrap_or_default().into(),
            },
            Value::String(text) => text.as_str().into(),
            Value::Array(elements) => Self::list(elements),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect::<Map>()
                .into(),
        }
    }
}
