//! Small flows, and what resolving makes of them.

use std::collections::BTreeMap;

use super::{Loader, resolve};
use crate::diagnostic::{Diagnostics, Severity};
use crate::flow::Flow;
use crate::source::Sources;

mod errors;
pub(crate) mod examples;
mod forms;
mod sub_flows;

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

/// `code text` of every problem of a flow, in the order of the text.
fn found(outcome: &Outcome) -> Vec<String> {
    outcome
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let text = outcome.sources.slice(diagnostic.primary.span);
            format!("{} {}", diagnostic.code, text.trim_end())
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// Asserts what a flow's problems are and what text they underline.
#[track_caller]
fn assert_found(text: &str, expected: &[&str]) {
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let outcome = resolve_text("flow.yaml", &text);
        assert_eq!(found(&outcome), expected, "{:#?}", outcome.problems());
        let errors = outcome.diagnostics.has_errors();
        assert_eq!(outcome.flow.is_none(), errors);
    }
}

/// The same for the tasks of a flow that is otherwise right. `{` starts the lines of tasks.
#[track_caller]
fn assert_task(task: &str, expected: &[&str]) {
    let text = format!(
        "flow: f\nparameters: {{ größe: 1, p: 1, words: [a], o: {{ type: object, default: {{}} }} }}\ntasks:\n  other:\n    run: make\n    outputs: {{ n: integer, words: list }}\n    artifacts: {{ file: file }}\n  t: {task}\n"
    );
    // The name of one parameter is wrong, so that columns and bytes differ.
    let mut all = vec!["invalid-name ö"];
    all.extend(expected);
    assert_found(&text, &all);
}
