//! `flowc run`

use std::path::Path;

use flowc_core::diagnostic::Severity;
use flowc_core::loss::OnLoss;
use flowc_core::passes::{Level, Options};
use flowc_core::run::State;
use flowc_core::target::settings;

use super::{Manner, Outcome, Stream, show};
use crate::args::Run;
use crate::console::Console;
use crate::failure::Failure;
use crate::format::Format;
use crate::pipeline::{self, Request};
use crate::project::{Input, current_folder};
use crate::report::slashes;
use crate::run::journal::Record;
use crate::run::store::Store;
use crate::run::support::Here;
use crate::run::{self, Prepared, Runner};

pub(super) fn run(args: &Run, console: Console) -> Result<Outcome, Failure> {
    let (file, runner) = match &args.resume {
        // The run goes on with the flow and the runner that it began with.
        Some(id) => {
            let store = Store::new(args.state.as_deref())?;
            let id = store.find(id)?;
            let runner = match store.records(&id)?.into_iter().next() {
                Some(Record::Run(run)) if run.runner == Runner::Docker.as_str() => Runner::Docker,
                _ => Runner::Process,
            };
            (slashes(&store.path(&id).join("flow.ir.json")), runner)
        }
        None => (args.file.clone(), args.runner),
    };
    let mut input = Input::read(&file)?;
    let settings = settings(&Here, Some(runner.as_str()), &[], input.source())
        .map_err(|error| Failure::new(error.message))?;
    let manner = Manner {
        format: Format::default(),
        notes: args.notes,
        stream: Stream::Err,
    };
    if let Some(diagnostic) = input.unusable.take() {
        return show(vec![input.report([diagnostic])], manner, console);
    }
    let request = Request {
        target: &Here,
        settings,
    };
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &[request],
        &Options::new(Level::O0),
        OnLoss::Allow,
    )?;
    let folder = match input.path.as_deref().and_then(Path::parent) {
        Some(folder) => folder.to_owned(),
        None => current_folder()?,
    };
    let sources = input.sources.clone();
    let mut report = input.report(checked.diagnostics);
    if !args.notes {
        report
            .diagnostics
            .retain(|problem| problem.severity != Severity::Note);
    }
    let flow = checked.flow.filter(|_| !report.has_errors());
    if args.resume.is_none() || report.has_errors() {
        let outcome = show(vec![report], manner, console)?;
        if outcome == Outcome::Problems {
            return Ok(outcome);
        }
    }
    let Some(flow) = flow else {
        return Ok(Outcome::Problems);
    };
    let prepared = Prepared {
        flow,
        sources,
        folder,
    };
    Ok(match run::run(args, prepared, console)? {
        // A run that is skipped is what its flow asks for.
        State::Succeeded | State::Skipped => Outcome::Fine,
        _ => Outcome::Problems,
    })
}
