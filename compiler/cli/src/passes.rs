//! `-O`, `--pass`, `--no-pass` and `--explain-opt`.

use std::fmt::Write;

use flowc_core::passes::{Options, Report, UnknownPass};
use flowc_core::source::Sources;

use crate::args::{PassChoice, PassOptions};
use crate::failure::Failure;

/// The passes of a command line.
///
/// # Errors
/// A name that no pass has.
pub fn options(args: &PassOptions) -> Result<Options, Failure> {
    let mut options = chosen(&args.choice)?;
    options.detailed = args.explain_opt;
    Ok(options)
}

/// The same where nothing is explained.
///
/// # Errors
/// A name that no pass has.
pub fn chosen(args: &PassChoice) -> Result<Options, Failure> {
    let failure = |unknown: UnknownPass| Failure::new(unknown.message).help(unknown.help);
    let mut options = Options::new(args.level.unwrap_or_default().into());
    for name in &args.pass {
        options.switch(name, true).map_err(failure)?;
    }
    for name in &args.no_pass {
        options.switch(name, false).map_err(failure)?;
    }
    Ok(options)
}

/// What the passes did, for people: each pass that ran, and below it every change with its line.
pub fn explained(report: &Report, options: &Options, sources: &Sources) -> String {
    let mut text = String::new();
    for pass in options.passes() {
        let count = report.counts.get(pass.name).copied().unwrap_or_default();
        let changes = match count {
            0 => "nothing to do".to_owned(),
            1 => "1 change".to_owned(),
            count => format!("{count} changes"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} ({}): {changes}", pass.name, pass.summary);
        for change in report.of(pass.name) {
            let place = sources.place(change.span);
            let (task, did, why) = (&change.task, &change.did, &change.why);
            let _ = writeln!(text, "  {place}: `{task}` {did}: {why}");
        }
    }
    if text.is_empty() {
        let _ = writeln!(text, "{}: no pass runs", options.level().as_str());
    }
    text
}
