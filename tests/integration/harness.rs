//! What the command line does with a flow, without the command line: read, resolve, check, ask the
//! target.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flowc_core::checks;
use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::flow::Flow;
use flowc_core::loss::{OnLoss, losses, report};
use flowc_core::resolve::{Loader, resolve};
use flowc_core::source::Sources;
use flowc_core::target::{Settings, Target, settings};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every file directly in a folder with this extension, sorted.
pub fn files_in(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

/// The files that a flow may name.
pub enum Files {
    /// Those under a folder.
    In(PathBuf),
    /// Path and text.
    Given(BTreeMap<String, String>),
}

impl Loader for Files {
    fn load(&mut self, path: &str) -> Result<String, String> {
        match self {
            Self::In(folder) => {
                std::fs::read_to_string(folder.join(path)).map_err(|_| "no such file".into())
            }
            Self::Given(files) => files.get(path).cloned().ok_or("no such file".into()),
        }
    }
}

/// A flow after all checks, and after those of one target when there is one.
pub struct Checked {
    pub sources: Sources,
    pub flow: Option<Flow>,
    pub diagnostics: Diagnostics,
}

/// Checks a flow; `target` is a spec such as `argo@3.7`.
pub fn check(path: &str, text: &str, files: Files, target: Option<&str>) -> Checked {
    let target = target.map(|spec| target_of(spec, path));
    let target = target
        .as_ref()
        .map(|(target, settings)| (*target, settings));
    check_with(path, text, files, target)
}

/// Checks a flow, for a target with its settings when there is one.
pub fn check_with(
    path: &str,
    text: &str,
    mut files: Files,
    target: Option<(&dyn Target, &Settings)>,
) -> Checked {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let file = sources.add(path, text);
    let flow = resolve(&mut sources, file, &mut files, &mut diagnostics);
    if let Some(flow) = &flow {
        checks::check(flow, &mut diagnostics);
        flowc_targets::check_target_names(flow, &mut diagnostics);
        if let Some((target, settings)) = target
            && !diagnostics.has_errors()
        {
            report(
                &losses(flow, target, settings),
                settings,
                OnLoss::Warn,
                &mut diagnostics,
            );
            target.check(flow, settings, &mut diagnostics);
        }
    }
    diagnostics.finish(&sources);
    Checked {
        sources,
        flow,
        diagnostics,
    }
}

/// The target and settings of a spec such as `argo` or `argo@3.7`.
pub fn target_of(spec: &str, source: &str) -> (&'static dyn Target, Settings) {
    let (name, version) = match spec.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (spec, None),
    };
    let target = flowc_targets::find(name).unwrap_or_else(|| panic!("no target `{name}`"));
    let settings = settings(target, version, &[], source).unwrap();
    (target, settings)
}

/// The text under a diagnostic, with line breaks made visible.
pub fn underlined(sources: &Sources, diagnostic: &Diagnostic) -> String {
    visible(sources.slice(diagnostic.primary.span))
}

/// A text on one line.
pub fn visible(text: &str) -> String {
    text.replace('\r', "\\r").replace('\n', "\\n")
}

/// All diagnostics as text: every word and place of them, without the source around.
pub fn render(checked: &Checked) -> String {
    let mut out = String::new();
    for diagnostic in checked.diagnostics.iter() {
        render_one(&checked.sources, diagnostic, &mut out).unwrap();
    }
    out
}

fn render_one(sources: &Sources, d: &Diagnostic, out: &mut String) -> std::fmt::Result {
    let place = |span| format!("{} `{}`", sources.place(span), visible(sources.slice(span)));
    let says = |message: &str| match message {
        "" => String::new(),
        message => format!(": {message}"),
    };
    writeln!(out, "{}[{}]: {}", d.severity.as_str(), d.code, d.message)?;
    writeln!(
        out,
        "  at {}{}",
        place(d.primary.span),
        says(&d.primary.message)
    )?;
    for label in &d.labels {
        writeln!(out, "  and {}{}", place(label.span), says(&label.message))?;
    }
    for help in &d.help {
        writeln!(out, "  help: {help}")?;
    }
    if let Some(fix) = &d.fix {
        writeln!(
            out,
            "  fix: {} becomes `{}`",
            place(fix.span),
            visible(&fix.replacement)
        )?;
    }
    if let Some(target) = &d.target {
        writeln!(out, "  for {target}")?;
    }
    Ok(())
}
