//! `flowc check`

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use flowc_core::passes::{Options, optimise};
use flowc_core::source::Sources;

use super::{Manner, Outcome, Stream, show};
use crate::args::Check;
use crate::console::Console;
use crate::failure::Failure;
use crate::passes;
use crate::pipeline::{self, Checked, Request};
use crate::project::{Input, flow_files};
use crate::report::Report;
use crate::request::requests;

pub(super) fn run(args: &Check, console: Console) -> Result<Outcome, Failure> {
    let mut files = Vec::new();
    for argument in &args.files {
        files.extend(flow_files(argument)?);
    }
    let (reports, explained): (Vec<Report>, Vec<String>) =
        check_all(args, &files)?.into_iter().unzip();
    for (file, explained) in files.iter().zip(explained) {
        if !explained.is_empty() && files.len() > 1 {
            console.tell(&format!("{file}:\n"));
        }
        console.tell(&explained);
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

/// Checks the files on all cores; the reports and what the passes did in the order of the files, or the first
/// failure in it.
fn check_all(args: &Check, files: &[String]) -> Result<Vec<(Report, String)>, Failure> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(files.len());
    if workers <= 1 {
        return files.iter().map(|file| check(args, file)).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(files.len()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, file)) = take(&next, files) {
                    let report = check(args, file);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((index, report));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, report)| report).collect()
}

/// The next file that nobody has taken.
fn take<'f>(next: &AtomicUsize, files: &'f [String]) -> Option<(usize, &'f String)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, files.get(index)?))
}

fn check(args: &Check, file: &str) -> Result<(Report, String), Failure> {
    let mut input = Input::read(file)?;
    let requests = requests(&args.targets.target, &args.targets.set, input.source())?;
    if let Some(diagnostic) = input.unusable.take() {
        return Ok((input.report([diagnostic]), String::new()));
    }
    let options = passes::options(&args.passes)?;
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &requests,
        &options,
        args.report.on_loss.into(),
    )?;
    let explained = explained(&checked, &requests, &options, &input.sources);
    Ok((input.report(checked.diagnostics), explained))
}

/// What the passes do to a flow without errors, where that was asked for: also without a target.
fn explained(
    checked: &Checked,
    requests: &[Request],
    options: &Options,
    sources: &Sources,
) -> String {
    let wanted = options.detailed && !checked.diagnostics.has_errors();
    let Some(flow) = checked.flow.as_ref().filter(|_| wanted) else {
        return String::new();
    };
    let mut text = match &checked.passes {
        Some(report) => passes::explained(report, options, sources),
        None => passes::explained(&optimise(flow, options).report, options, sources),
    };
    text.push_str(&passes::shapes(flow, requests, options));
    text
}
