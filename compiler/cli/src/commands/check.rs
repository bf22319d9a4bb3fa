//! `flowc check`

use super::{Manner, Outcome, Stream, show};
use crate::args::Check;
use crate::console::Console;
use crate::failure::Failure;
use crate::pipeline;
use crate::project::{Input, flow_files};
use crate::report::Report;
use crate::request::requests;

pub(super) fn run(args: &Check, console: Console) -> Result<Outcome, Failure> {
    let mut reports = Vec::new();
    for argument in &args.files {
        for file in flow_files(argument)? {
            reports.push(check(args, &file)?);
        }
    }
    let manner = Manner {
        format: args.report.format,
        notes: args.report.notes,
        stream: if args.report.format.is_for_programs() {
            Stream::Out
        } else {
            Stream::Err
        },
    };
    show(reports, manner, console)
}

fn check(args: &Check, file: &str) -> Result<Report, Failure> {
    let mut input = Input::read(file)?;
    let requests = requests(&args.targets.target, &args.targets.set, input.source())?;
    if let Some(diagnostic) = input.unusable.take() {
        return Ok(input.report([diagnostic]));
    }
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &requests,
        args.report.on_loss.into(),
    )?;
    Ok(input.report(checked.diagnostics))
}
