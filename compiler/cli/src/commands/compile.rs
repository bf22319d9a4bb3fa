//! `flowc compile`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flowc_core::target::Bundle;
use flowc_core::text::Text;

use super::{Manner, Outcome, Stream, show};
use crate::args::Compile;
use crate::console::Console;
use crate::failure::Failure;
use crate::loss_report::LossReport;
use crate::output::drift::drift;
use crate::output::{Conflict, PlanError, Wanted, apply, file_source, lock, pipe_source, plan};
use crate::passes;
use crate::pipeline::{self, Checked, Request};
use crate::project::{Input, current_folder};
use crate::report::{Report, slashes};
use crate::request::{label, requests};

pub(super) fn run(args: &Compile, console: Console) -> Result<Outcome, Failure> {
    if args.out.is_none() && args.files.len() > 1 {
        return Err(needs_out("several flows"));
    }
    let compiled = args
        .files
        .iter()
        .map(|file| Compiled::new(args, file, console))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &args.loss_report {
        LossReport::new(&compiled).write(path)?;
    }
    let (reports, outputs): (Vec<Report>, Vec<Output>) =
        compiled.into_iter().map(Compiled::split).unzip();
    let manner = Manner {
        format: args.report.format,
        notes: args.report.notes,
        stream: Stream::Err,
    };
    if show(reports, manner, console)? == Outcome::Problems {
        return Ok(Outcome::Problems);
    }
    match &args.out {
        Some(folder) => to_folder(args, folder, outputs, console),
        None => to_stdout(&outputs, console),
    }
}

/// One flow, compiled for all targets.
pub struct Compiled {
    /// What was read.
    pub input: Input,
    /// What is asked for.
    pub requests: Vec<Request>,
    /// What was found.
    pub checked: Checked,
    /// One bundle per request, when there was no error.
    pub bundles: Vec<Bundle>,
}

impl Compiled {
    fn new(args: &Compile, file: &str, console: Console) -> Result<Self, Failure> {
        let mut input = Input::read(file)?;
        let requests = requests(&args.targets.target, &args.targets.set, input.source())?;
        let options = passes::options(&args.passes)?;
        if args.out.is_none() && requests.len() > 1 {
            return Err(needs_out("several targets"));
        }
        let (checked, bundles) = match input.unusable.take() {
            Some(diagnostic) => {
                let mut checked = Checked::default();
                checked.diagnostics.push(diagnostic);
                (checked, Vec::new())
            }
            None => pipeline::compile(
                &mut input.sources,
                input.file,
                &mut input.loader,
                &args.param,
                &requests,
                &options,
                args.report.on_loss.into(),
            )?,
        };
        if let Some(report) = checked.passes.as_ref().filter(|_| options.detailed) {
            console.tell(&passes::explained(report, &options, &input.sources));
            if let Some(flow) = checked.flow.as_ref().filter(|_| !bundles.is_empty()) {
                console.tell(&passes::shapes(flow, &requests, &options));
            }
        }
        Ok(Self {
            input,
            requests,
            checked,
            bundles,
        })
    }

    fn split(self) -> (Report, Output) {
        let flow = self.checked.flow.map(|mut flow| {
            let name = std::mem::take(&mut flow.name.value);
            // The program is about to end, and the system takes back all of it at once.
            std::mem::forget(flow);
            name
        });
        let output = Output {
            path: self.input.path.clone(),
            flow,
            bundles: self
                .requests
                .iter()
                .zip(self.bundles)
                .map(|(request, bundle)| (label(request, &self.requests), bundle))
                .collect(),
        };
        (self.input.report(self.checked.diagnostics), output)
    }
}

/// What is to be written for one flow.
struct Output {
    path: Option<PathBuf>,
    flow: Option<String>,
    /// The name of each target, and its files.
    bundles: Vec<(String, Bundle)>,
}

fn to_stdout(outputs: &[Output], console: Console) -> Result<Outcome, Failure> {
    let bundles: Vec<&Bundle> = outputs
        .iter()
        .flat_map(|output| output.bundles.iter().map(|(_, bundle)| bundle))
        .collect();
    let mut texts = bundles.iter().flat_map(|bundle| bundle.files.values());
    match (texts.next(), texts.next()) {
        (Some(text), None) => console.print_pieces(text.pieces())?,
        _ => return Err(needs_out("a flow that becomes several files")),
    }
    Ok(Outcome::Fine)
}

fn needs_out(what: &str) -> Failure {
    Failure::new(format!("{what} cannot go to standard output")).help("add `--out DIR`")
}

fn to_folder(
    args: &Compile,
    folder: &Path,
    outputs: Vec<Output>,
    console: Console,
) -> Result<Outcome, Failure> {
    let real = real_path(folder)?;
    let wanted: Vec<Wanted> = outputs
        .into_iter()
        .flat_map(|output| wanted(&real, output))
        .collect();
    if args.check {
        return compare(folder, &real, &wanted, console);
    }
    let _lock = lock(&real)?;
    let changes = plan(&real, &wanted, args.force).map_err(|error| refusal(folder, error))?;
    apply(&real, &changes)?;
    for path in &changes.left {
        console.warn(&format!(
            "`{}` stays: no flow gives it now, but it was changed by hand (--force removes it)",
            slashes(&folder.join(path))
        ));
    }
    Ok(Outcome::Fine)
}

fn compare(
    folder: &Path,
    real: &Path,
    wanted: &[Wanted],
    console: Console,
) -> Result<Outcome, Failure> {
    let drift = drift(real, wanted).map_err(|error| refusal(folder, error))?;
    if drift.is_empty() {
        return Ok(Outcome::Fine);
    }
    console.print(&drift.diff(&slashes(folder), console.colour_out))?;
    console.tell(&format!(
        "{}; the same command without `--check` mends it\n",
        drift.summary()
    ));
    Ok(Outcome::Problems)
}

/// The files of a flow in the folder: below the target's name when there are several targets.
fn wanted(folder: &Path, output: Output) -> Vec<Wanted> {
    let source = match &output.path {
        Some(path) => file_source(folder, path),
        None => pipe_source(output.flow.as_deref().unwrap_or_default()),
    };
    let several = output.bundles.len() > 1;
    output
        .bundles
        .into_iter()
        .map(|(target, bundle)| {
            let place = |path: String| {
                if several {
                    format!("{target}/{path}")
                } else {
                    path
                }
            };
            let files: BTreeMap<String, Text> = bundle
                .files
                .into_iter()
                .map(|(path, text)| (place(path), text))
                .collect();
            Wanted {
                source: source.clone(),
                target,
                files,
            }
        })
        .collect()
}

/// The output folder, absolute and without links in the part of it that exists.
fn real_path(folder: &Path) -> Result<PathBuf, Failure> {
    let full = current_folder()?.join(folder);
    for ancestor in full.ancestors() {
        match ancestor.canonicalize() {
            Ok(real) if !real.is_dir() => {
                return Err(Failure::new(format!(
                    "cannot write into `{}`: `{}` is not a folder",
                    slashes(folder),
                    slashes(ancestor)
                )));
            }
            Ok(real) => {
                let rest = full.strip_prefix(ancestor).unwrap_or(Path::new(""));
                return Ok(without_dots(&real, rest));
            }
            Err(_) => {}
        }
    }
    Ok(full)
}

/// `rest` below `base`, `.` and `..` resolved; nothing of `rest` exists.
fn without_dots(base: &Path, rest: &Path) -> PathBuf {
    let mut path = base.to_owned();
    for part in rest.components() {
        match part {
            std::path::Component::ParentDir => {
                path.pop();
            }
            std::path::Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

fn refusal(folder: &Path, error: PlanError) -> Failure {
    let conflicts = match error {
        PlanError::Failure(failure) => return failure,
        PlanError::Conflicts(conflicts) => conflicts,
    };
    let shown = |path: &str| slashes(&without_dots(folder, Path::new(path)));
    let mut can_force = true;
    let mut sentences: Vec<String> = conflicts
        .iter()
        .map(|conflict| match conflict {
            Conflict::Foreign(path) => {
                format!("`{}` was not written by flowc", shown(path))
            }
            Conflict::Changed(path) => {
                format!("`{}` was changed since flowc wrote it", shown(path))
            }
            Conflict::OfFlow { path, flow } => {
                format!("`{}` belongs to the flow `{}`", shown(path), shown(flow))
            }
            Conflict::Twice(path) => {
                can_force = false;
                format!("two of these flows want to write `{}`", shown(path))
            }
            Conflict::Source(path) => {
                can_force = false;
                format!("`{}` is the flow file itself", shown(path))
            }
            Conflict::NotAFile(path) => {
                can_force = false;
                format!("`{}` is there and is not a plain file", shown(path))
            }
        })
        .collect();
    let first = sentences.remove(0);
    let mut failure = Failure::new(format!("nothing was written: {first}"));
    for sentence in sentences {
        failure.message.push_str("\nand ");
        failure.message.push_str(&sentence);
    }
    if can_force {
        failure = failure.help("`--force` overwrites it");
    }
    failure
}
