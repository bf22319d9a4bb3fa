//! Placeholders: what the launcher of Kubeflow replaces in an argument before the container starts.

/// A kind of placeholder: what stands before and behind the name in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placeholder(&'static str, &'static str);

/// The value of an input parameter.
pub(super) const INPUT: Placeholder = Placeholder("{{$.inputs.parameters['", "']}}");

/// The path of an input artifact.
pub(super) const INPUT_ARTIFACT: Placeholder = Placeholder("{{$.inputs.artifacts['", "'].path}}");

/// The path of the file that an output parameter is read from.
pub(super) const OUTPUT_FILE: Placeholder =
    Placeholder("{{$.outputs.parameters['", "'].output_file}}");

/// The path that an output artifact is taken from.
pub(super) const OUTPUT_ARTIFACT: Placeholder = Placeholder("{{$.outputs.artifacts['", "'].path}}");

impl Placeholder {
    /// The placeholder for this name.
    pub fn of(self, name: &str) -> String {
        [self.0, name, self.1].concat()
    }

    /// Adds the placeholder for this name.
    pub fn write(self, name: &str, out: &mut String) {
        [self.0, name, self.1]
            .iter()
            .for_each(|piece| out.push_str(piece));
    }
}
