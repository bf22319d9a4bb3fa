//! Names that stand in many places.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::model::Str;
use crate::yaml::{Kinds, Scalar, Seen};

/// A name, of the flow's own where it has it. What is in it that matters to the YAML is looked for once.
#[derive(Clone, Debug)]
pub(super) struct Name<'f> {
    text: Text<'f>,
    kinds: Kinds,
}

#[derive(Clone, Debug)]
enum Text<'f> {
    Given(&'f str),
    Made(Arc<str>),
}

impl<'f> Name<'f> {
    /// A name that stands in the flow, or in this program.
    pub const fn given(text: &'f str) -> Self {
        Self {
            text: Text::Given(text),
            kinds: Kinds::of(text),
        }
    }

    /// Itself, to be written.
    pub fn seen(&self) -> Seen<'_> {
        Seen::new(self, self.kinds)
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
        match &self.text {
            Text::Given(text) => text,
            Text::Made(text) => text,
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
        Self {
            kinds: Kinds::of(&text),
            text: Text::Made(text.into()),
        }
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
