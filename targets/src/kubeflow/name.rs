//! Names that stand in many places.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::model::Str;
use crate::yaml::{Kinds, Scalar, Seen};

/// A name, of the flow's own where it has it. What is in it that matters to the YAML is looked for once. Both
/// ways have it inside: with the mark that tells them apart it takes one word, and there are many names.
#[derive(Clone, Debug)]
pub(super) enum Name<'f> {
    /// A text of somebody else.
    Given(Kinds, &'f str),
    /// A text that was put together.
    Made(Kinds, Arc<str>),
}

impl<'f> Name<'f> {
    /// A name that stands in the flow, or in this program.
    pub const fn given(text: &'f str) -> Self {
        Self::Given(Kinds::of(text), text)
    }

    /// Itself, to be written.
    pub fn seen(&self) -> Seen<'_> {
        match self {
            Self::Given(kinds, text) => Seen::new(text, *kinds),
            Self::Made(kinds, text) => Seen::new(text, *kinds),
        }
    }
}

impl Default for Name<'_> {
    fn default() -> Self {
        "".into()
    }
}

impl Deref for Name<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Given(_, text) => text,
            Self::Made(_, text) => text,
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<'f> From<&'f str> for Name<'f> {
    fn from(text: &'f str) -> Self {
        Self::given(text)
    }
}

impl From<String> for Name<'_> {
    fn from(text: String) -> Self {
        Self::Made(Kinds::of(&text), text.into())
    }
}

impl<'f> From<Str<'f>> for Name<'f> {
    fn from(text: Str<'f>) -> Self {
        match text {
            Str::Borrowed(text) => text.into(),
            Str::Owned(text) => text.into(),
        }
    }
}

impl<'n> From<&'n Name<'_>> for Seen<'n> {
    fn from(name: &'n Name<'_>) -> Self {
        name.seen()
    }
}

impl<'n> From<&'n Name<'_>> for Scalar<'n> {
    fn from(name: &'n Name<'_>) -> Self {
        name.seen().into()
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn a_name_takes_three_words() {
        assert_eq!(size_of::<Name<'_>>(), 3 * size_of::<usize>());
        assert_eq!(Name::from("a".to_owned()), Name::given("a"));
    }
}
