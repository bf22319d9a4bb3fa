//! From documents to the flow: keys decoded, sub-flow files read, defaults applied, names bound.
//!
//! First every task of every level and file is *declared*: its name, its body, what it writes. Then,
//! with all names known, everything else is *built*, expressions included. The types of what groups
//! export and of what fan-outs walk depend on one another, so they are found on demand in between.

mod build;
mod declare;
mod fan_out;
mod files;
mod flow;
mod group;
pub(crate) mod keys;
mod names;
mod parameters;
mod place;
mod process;
mod reader;
mod report;
mod resources;
mod scalars;
mod script;
mod services;
mod templates;
mod units;
mod upstream;
mod writes;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::flow::{Flow, Kubernetes, Resources, TargetFields};
use crate::source::{FileId, Sources, Span};
use declare::{Declared, Frame, Scope};
use files::{Files, Texts};
use report::Report;

/// Gives the texts of sub-flow files. The core reads no files itself.
pub trait Loader {
    /// The text of `path`, a clean path with `/`, relative to the project root.
    ///
    /// # Errors
    /// A few words on why it cannot be read, such as `no such file`.
    fn load(&mut self, path: &str) -> Result<String, String>;
}

/// Reads the flow of a file in `sources` (a `flow.yaml` or an IR as JSON) and every sub-flow file
/// it names. All problems that can be seen without looking at the graph as a whole are reported;
/// a flow comes back when there was no error.
pub fn resolve(
    sources: &mut Sources,
    file: FileId,
    loader: &mut dyn Loader,
    diagnostics: &mut Diagnostics,
) -> Option<Flow> {
    let mut found = Diagnostics::default();
    let texts = Texts::default();
    let files = Files::read(sources, file, loader, &texts, &mut found);
    let mut resolver = Resolver {
        report: Report::default(),
        sources,
        files: &files,
        frames: Vec::new(),
        scopes: Vec::new(),
        tasks: Vec::new(),
        secrets: IndexMap::new(),
        is_ir: false,
        gave_up: false,
        pending: Vec::new(),
        nothing: Nothing::default(),
    };
    let flow = resolver.resolve(file);
    found.extend(resolver.report.into_diagnostics());
    let flow = flow.filter(|_| !found.has_errors());
    diagnostics.extend(found);
    flow
}

/// What is known while a flow is resolved.
pub(crate) struct Resolver<'n> {
    report: Report,
    sources: &'n Sources,
    files: &'n Files<'n>,
    /// One for the flow and for each use of a sub-flow file.
    frames: Vec<Frame<'n>>,
    /// One for each level of tasks.
    scopes: Vec<Scope<'n>>,
    /// In document order, parents before children.
    tasks: Vec<Declared<'n>>,
    /// Every secret with its first mention.
    secrets: IndexMap<String, Span>,
    /// Whether the document is an IR, in which sub-flows stand inline.
    is_ir: bool,
    /// Whether there are more tasks than are looked at; the rest is then not worth the time.
    gave_up: bool,
    /// What the expression just looked at needs first.
    pending: Vec<units::Unit>,
    nothing: Nothing,
}

/// What most tasks have of these, and share.
#[derive(Default)]
struct Nothing {
    resources: Arc<Resources>,
    kubernetes: Arc<Kubernetes>,
    targets: Arc<TargetFields>,
    shell: script::DefaultShell,
}
