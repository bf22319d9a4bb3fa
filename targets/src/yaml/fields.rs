//! Entries put one after the other, into a tree or straight into text.
//!
//! A file with 10,000 tasks has half a million values. As a tree they take several times the memory
//! of the text and most of the time of writing it, so what is never changed before it is written
//! goes into [`Lines`](super::Lines). What prints a model is written once, over [`Fields`].

use std::borrow::Cow;

use super::seen::Seen;
use super::{Map, StringStyle, Yaml, scalar};

/// Takes the entries of a map in their order, no key twice. Keys are plain words.
pub trait Fields: Sized {
    /// A value that is neither list nor map.
    fn put<'v>(&mut self, key: &'static str, value: impl Into<Scalar<'v>>);

    /// The same, when there is one.
    fn put_some<'v>(&mut self, key: &'static str, value: Option<impl Into<Scalar<'v>>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// A map; left out when nothing is put into it.
    fn map(&mut self, key: &'static str, fill: impl FnOnce(&mut Self));

    /// A value that is neither list nor map, under a name of any kind.
    fn entry<'v>(&mut self, name: &str, value: impl Into<Scalar<'v>>);

    /// A map under a name of any kind; also when nothing is put into it.
    fn named<'n>(
        &mut self,
        name: impl Into<Seen<'n>>,
        around: Around<'_>,
        fill: impl FnOnce(&mut Self),
    );

    /// A map of any keys, none of them twice, to texts; left out when there is none.
    fn texts<'v>(
        &mut self,
        key: &'static str,
        entries: impl IntoIterator<Item = (&'v str, &'v str)>,
    );

    /// A list of maps, each filled from an element; left out when there is none.
    fn maps<T>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = T>,
        fill: impl FnMut(&mut Self, T),
    );

    /// A list of maps with an empty line between them, and lines of comment above each; `apart`
    /// from the entry before by an empty line too.
    fn sections<T>(
        &mut self,
        key: &'static str,
        apart: bool,
        elements: impl IntoIterator<Item = T>,
        comments: impl Fn(&T) -> &[Cow<'_, str>],
        fill: impl FnMut(&mut Self, T),
    );

    /// A list of texts, one a line; left out when there is none.
    fn list<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = impl Into<Cow<'v, str>>>,
    );

    /// A list of short texts, in brackets where that fits one line; left out when there is none.
    fn words<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item: Into<Seen<'v>>, IntoIter: Clone>,
    );

    /// Any value at all.
    fn value(&mut self, key: &'static str, value: Yaml);

    /// All entries of a map.
    fn entries(&mut self, map: Map);

    /// All entries that were put into a part by themselves, before what stands in front of them was known.
    /// In text, a part has to know how deep it is to stand: see [`Lines::within`](super::Lines::within).
    /// `apart` from the entry before by an empty line.
    fn append(&mut self, part: Self, apart: bool);
}

/// What stands around a map.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// Whether an empty line stands before it.
    pub apart: bool,
    /// A comment on the lines above.
    pub above: Option<&'a str>,
    /// What aliases later in the document call it.
    pub anchor: Option<&'static str>,
    /// A comment at the end of the line with its name.
    pub comment: Option<&'a str>,
}

impl Around<'_> {
    /// An empty line before it, and nothing else.
    pub const APART: Self = Self {
        apart: true,
        above: None,
        anchor: None,
        comment: None,
    };
}

/// A value of one line, or of one block of text, that borrows what it can.
#[derive(Clone, Debug)]
pub struct Scalar<'v> {
    pub(super) kind: ScalarKind<'v>,
    pub(super) above: Option<&'v str>,
    pub(super) comment: Option<Cow<'v, str>>,
}

#[derive(Clone, Debug)]
pub(super) enum ScalarKind<'v> {
    Boolean(bool),
    Integer(i128),
    Number(f64),
    String(Cow<'v, str>, StringStyle),
    Seen(Seen<'v>),
    Word(&'static str),
    EmptyMap,
    Null,
    Alias(&'static str),
}

impl<'v> Scalar<'v> {
    /// `{}`.
    pub const EMPTY_MAP: Self = Self::of(ScalarKind::EmptyMap);

    /// `null`.
    pub const NULL: Self = Self::of(ScalarKind::Null);

    /// As [`Yaml::alias`].
    pub const fn alias(name: &'static str) -> Self {
        Self::of(ScalarKind::Alias(name))
    }

    const fn of(kind: ScalarKind<'v>) -> Self {
        Self {
            kind,
            above: None,
            comment: None,
        }
    }

    /// As [`Yaml::quoted`].
    pub fn quoted(text: impl Into<Cow<'v, str>>) -> Self {
        Self::of(ScalarKind::String(text.into(), StringStyle::Quoted))
    }

    /// As [`Yaml::folded`].
    pub fn folded(text: impl Into<Cow<'v, str>>) -> Self {
        Self::of(ScalarKind::String(text.into(), StringStyle::Folded))
    }

    /// As [`Yaml::folded_lines`].
    pub fn folded_lines(lines: Vec<String>) -> Self {
        let text = lines.join(" ");
        Self::of(ScalarKind::String(
            text.into(),
            StringStyle::FoldedAt(lines),
        ))
    }

    /// With a comment on the line above.
    #[must_use]
    pub fn above(mut self, comment: &'v str) -> Self {
        self.above = Some(comment);
        self
    }

    /// With a comment at the end of the line, when there is one.
    #[must_use]
    pub fn comment(mut self, comment: Option<impl Into<Cow<'v, str>>>) -> Self {
        self.comment = comment.map(Into::into);
        self
    }
}

/// A text that needs no quotes anywhere, as one sees where it is written down: letters, digits, `_`, `-` and
/// `/`. Nothing looks through it again, which is worth it for what stands in every template.
#[derive(Clone, Copy, Debug)]
pub struct Word(pub &'static str);

impl From<Word> for Scalar<'_> {
    fn from(Word(text): Word) -> Self {
        debug_assert!(scalar::is_word(text), "`{text}` needs a look");
        Self::of(ScalarKind::Word(text))
    }
}

impl<'v> From<Seen<'v>> for Scalar<'v> {
    fn from(text: Seen<'v>) -> Self {
        Self::of(ScalarKind::Seen(text))
    }
}

impl<'v> From<&'v str> for Scalar<'v> {
    fn from(text: &'v str) -> Self {
        Cow::Borrowed(text).into()
    }
}

impl<'v> From<&'v Cow<'v, str>> for Scalar<'v> {
    fn from(text: &'v Cow<'v, str>) -> Self {
        text.as_ref().into()
    }
}

impl From<String> for Scalar<'_> {
    fn from(text: String) -> Self {
        Cow::<str>::Owned(text).into()
    }
}

impl<'v> From<Cow<'v, str>> for Scalar<'v> {
    fn from(text: Cow<'v, str>) -> Self {
        Self::of(ScalarKind::String(text, StringStyle::Auto))
    }
}

impl From<bool> for Scalar<'_> {
    fn from(value: bool) -> Self {
        Self::of(ScalarKind::Boolean(value))
    }
}

impl From<f64> for Scalar<'_> {
    fn from(value: f64) -> Self {
        Self::of(ScalarKind::Number(value))
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Scalar<'_> {
            fn from(value: $integer) -> Self {
                Self::of(ScalarKind::Integer(value.into()))
            }
        }
    )*};
}

from_integer!(i32, u16, u32, u64);

impl From<Scalar<'_>> for Yaml {
    fn from(scalar: Scalar<'_>) -> Self {
        let mut value = match scalar.kind {
            ScalarKind::Boolean(value) => value.into(),
            ScalarKind::Integer(value) => super::Kind::Integer(value).into(),
            ScalarKind::Number(value) => value.into(),
            ScalarKind::String(text, style) => {
                super::Kind::String(text.into_owned().into(), style).into()
            }
            ScalarKind::Seen(text) => text.to_string().into(),
            ScalarKind::Word(text) => text.into(),
            ScalarKind::EmptyMap => Map::new().into(),
            ScalarKind::Null => Yaml::NULL,
            ScalarKind::Alias(name) => Yaml::alias(name),
        };
        if let Some(above) = scalar.above {
            value = Yaml::above(value, above);
        }
        if let Some(comment) = scalar.comment {
            value = Yaml::comment(value, comment);
        }
        value
    }
}

impl Fields for Map {
    fn put<'v>(&mut self, key: &'static str, value: impl Into<Scalar<'v>>) {
        Map::put(self, key, value.into());
    }

    fn map(&mut self, key: &'static str, fill: impl FnOnce(&mut Self)) {
        let mut map = Map::new();
        fill(&mut map);
        self.put_filled(key, map);
    }

    fn entry<'v>(&mut self, name: &str, value: impl Into<Scalar<'v>>) {
        self.entries
            .push((name.to_owned().into(), value.into().into()));
    }

    fn named<'n>(
        &mut self,
        name: impl Into<Seen<'n>>,
        around: Around<'_>,
        fill: impl FnOnce(&mut Self),
    ) {
        let mut map = Map::new();
        fill(&mut map);
        let mut value = Yaml::from(map);
        if around.apart {
            value = value.blank_before();
        }
        if let Some(above) = around.above {
            value = Yaml::above(value, above);
        }
        if let Some(anchor) = around.anchor {
            value = value.anchor(anchor);
        }
        if let Some(comment) = around.comment {
            value = Yaml::comment(value, comment);
        }
        self.entries.push((name.into().to_string().into(), value));
    }

    fn texts<'v>(
        &mut self,
        key: &'static str,
        entries: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) {
        let entries = entries.into_iter();
        let map: Map = entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        self.put_filled(key, map);
    }

    fn maps<T>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) {
        let maps = elements
            .into_iter()
            .map(|element| filled(element, &mut fill));
        self.put_filled(key, Yaml::list(maps));
    }

    fn sections<T>(
        &mut self,
        key: &'static str,
        apart: bool,
        elements: impl IntoIterator<Item = T>,
        comments: impl Fn(&T) -> &[Cow<'_, str>],
        mut fill: impl FnMut(&mut Self, T),
    ) {
        let sections = elements.into_iter().map(|element| {
            let above: Vec<String> = comments(&element).iter().map(ToString::to_string).collect();
            let map = Yaml::from(filled(element, &mut fill));
            above.into_iter().fold(map, Yaml::above)
        });
        let list = Yaml::spaced_list(sections);
        self.put_filled(key, if apart { list.blank_before() } else { list });
    }

    fn list<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = impl Into<Cow<'v, str>>>,
    ) {
        let texts = elements.into_iter().map(|text| text.into().into_owned());
        self.put_filled(key, Yaml::list(texts));
    }

    fn words<'v>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item: Into<Seen<'v>>, IntoIter: Clone>,
    ) {
        self.put_filled(key, flow_list(elements));
    }

    fn value(&mut self, key: &'static str, value: Yaml) {
        Map::put(self, key, value);
    }

    fn entries(&mut self, map: Map) {
        for (key, value) in map.entries {
            Map::put(self, key, value);
        }
    }

    fn append(&mut self, mut part: Self, apart: bool) {
        if let Some((_, first)) = part.entries.first_mut() {
            first.notes_mut().blank_before |= apart;
        }
        self.entries.append(&mut part.entries);
    }
}

/// These texts in brackets.
pub(super) fn flow_list<'v>(elements: impl IntoIterator<Item: Into<Seen<'v>>>) -> Yaml {
    let elements = elements.into_iter();
    Yaml::flow_list(elements.map(|element| element.into().to_string()))
}

fn filled<T>(element: T, fill: &mut impl FnMut(&mut Map, T)) -> Map {
    let mut map = Map::new();
    fill(&mut map, element);
    map
}
