//! Placeholders: what the launcher of Kubeflow replaces in an argument before the container starts.

use crate::yaml::{Kinds, Seen};

/// A kind of placeholder: what stands before and behind the name in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placeholder {
    before: Seen<'static>,
    behind: Seen<'static>,
}

/// The value of an input parameter.
pub(super) const INPUT: Placeholder = Placeholder::new("{{$.inputs.parameters['", "']}}");

/// The path of an input artifact.
pub(super) const INPUT_ARTIFACT: Placeholder =
    Placeholder::new("{{$.inputs.artifacts['", "'].path}}");

/// The path of the file that an output parameter is read from.
pub(super) const OUTPUT_FILE: Placeholder =
    Placeholder::new("{{$.outputs.parameters['", "'].output_file}}");

/// The path that an output artifact is taken from.
pub(super) const OUTPUT_ARTIFACT: Placeholder =
    Placeholder::new("{{$.outputs.artifacts['", "'].path}}");

impl Placeholder {
    const fn new(before: &'static str, behind: &'static str) -> Self {
        Self {
            before: Seen::new(before, Kinds::of(before)),
            behind: Seen::new(behind, Kinds::of(behind)),
        }
    }

    /// The placeholder for this name.
    pub fn of(self, name: &str) -> String {
        let mut text = String::with_capacity(64);
        self.write(name.into(), &mut text);
        text
    }

    /// Adds the placeholder for this name; gives what is in it that matters to the YAML.
    #[inline]
    pub fn write(self, name: Seen<'_>, out: &mut String) -> Kinds {
        self.before.push(out);
        name.push(out);
        self.behind.push(out);
        let kinds = self.before.kinds().and(name.kinds());
        kinds.and(self.behind.kinds())
    }
}
