//! `-O`, `--pass`, `--no-pass` and `--explain-opt`.

use std::fmt::Write;

use flowc_core::flow::Flow;
use flowc_core::passes::{Options, Report, UnknownPass};
use flowc_core::source::Sources;

use crate::args::{PassChoice, PassOptions};
use crate::failure::Failure;
use crate::pipeline::{self, Request};

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

/// What each target writes once for several uses: shapes that are equal.
pub fn shapes(flow: &Flow, requests: &[Request], options: &Options) -> String {
    let mut text = String::new();
    for request in requests {
        let (plan, _) = pipeline::plan(flow, request, options);
        let shared = request.target.shared(&plan, &request.settings);
        let count = match shared.len() {
            0 => "nothing is equal".to_owned(),
            count => format!("{count} written once"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "equal shapes on {}: {count}", request.settings.spec());
        for one in shared {
            let more = one.users.len().saturating_sub(MOST_USERS);
            let mut users = one.users;
            users.truncate(MOST_USERS);
            let users = match (users.join(", "), more) {
                (users, _) if users.is_empty() => String::new(),
                (users, 0) => format!(": {users}"),
                (users, more) => format!(": {users} and {more} more"),
            };
            let (kind, name, times) = (one.kind, one.name, one.times);
            let _ = writeln!(text, "  {kind} `{name}` is used {times} times{users}");
        }
    }
    text
}

/// The most users of a shape that are named.
const MOST_USERS: usize = 8;
