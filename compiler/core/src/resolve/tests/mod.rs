//! Small flows, and what resolving makes of them.

use std::collections::BTreeMap;

use super::{Loader, resolve};
use crate::diagnostic::{Diagnostics, Severity};
use crate::flow::Flow;
use crate::source::Sources;

pub(crate) mod examples;

/// Files by path.
struct Folder(BTreeMap<String, String>);

impl Loader for Folder {
    fn load(&mut self, path: &str) -> Result<String, String> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| "no such file".into())
    }
}

/// What came of resolving.
pub(crate) struct Outcome {
    pub(crate) sources: Sources,
    pub(crate) flow: Option<Flow>,
    pub(crate) diagnostics: Diagnostics,
}

/// A flow in one file.
pub(crate) fn resolve_text(path: &str, text: &str) -> Outcome {
    resolve_files(path, text, &[])
}

/// A flow that may use the sub-flows of the examples.
pub(crate) fn resolve_example(text: &str) -> Outcome {
    resolve_files("flow.yaml", text, &examples::SUB_FLOWS)
}

/// A flow with files beside it.
pub(crate) fn resolve_files(path: &str, text: &str, others: &[(&str, &str)]) -> Outcome {
    let mut sources = Sources::default();
    let file = sources.add(path, text);
    let mut folder = Folder(
        others
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect(),
    );
    let mut diagnostics = Diagnostics::default();
    let flow = resolve(&mut sources, file, &mut folder, &mut diagnostics);
    diagnostics.finish(&sources);
    Outcome {
        sources,
        flow,
        diagnostics,
    }
}

impl Outcome {
    /// `code text message` of every problem.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.diagnostics
            .iter()
            .map(|diagnostic| {
                format!(
                    "{}[{}] `{}`: {}",
                    diagnostic.severity.as_str(),
                    diagnostic.code,
                    self.sources.slice(diagnostic.primary.span),
                    diagnostic.message
                )
            })
            .collect()
    }

    /// The flow, when nothing at all was wrong.
    pub(crate) fn flow(self) -> Flow {
        let problems = self.problems();
        let severe = self
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error);
        match self.flow {
            Some(flow) if !severe => flow,
            _ => panic!("not resolved:\n{}", problems.join("\n")),
        }
    }
}
