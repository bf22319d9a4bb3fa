//! The commands, one file each.

mod check;
pub mod compare;
mod compile;
mod completions;
mod explain;
pub mod graph;
mod init;
mod inspect;
mod logs;
mod run;
mod runs;
mod schema;
pub mod targets;

pub use compile::Compiled;
use flowc_core::diagnostic::Severity;

use crate::args::Command;
use crate::console::Console;
use crate::failure::Failure;
use crate::format::Format;
use crate::report::Report;

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Fine,
    /// The flow has problems, or files drifted.
    Problems,
}

/// Runs a command.
///
/// # Errors
/// When it could not do its work.
pub fn run(command: &Command, console: Console) -> Result<Outcome, Failure> {
    match command {
        Command::Compile(args) => compile::run(args, console),
        Command::Run(args) => run::run(args, console),
        Command::Runs(args) => runs::run(args, console),
        Command::Logs(args) => logs::run(args, console),
        Command::Check(args) => check::run(args, console),
        Command::Compare(args) => compare::run(args, console),
        Command::Explain(args) => explain::run(args, console),
        Command::Inspect(args) => inspect::run(args, console),
        Command::Graph(args) => graph::run(args, console),
        Command::Schema(args) => schema::run(args, console),
        Command::Targets(args) => targets::run(args, console),
        Command::Init(args) => init::run(args, console),
        Command::Completions(args) => completions::run(args, console),
    }
}

/// Where problems are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// How problems are written.
#[derive(Clone, Copy, Debug)]
struct Manner {
    format: Format,
    notes: bool,
    stream: Stream,
}

/// Writes the problems, and for people a last line that counts them.
fn show(mut reports: Vec<Report>, manner: Manner, console: Console) -> Result<Outcome, Failure> {
    let count = |severity| -> usize { reports.iter().map(|report| report.count(severity)).sum() };
    let (errors, warnings, notes) = (
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Note),
    );
    let for_people = !manner.format.is_for_programs();
    if for_people && !manner.notes {
        for report in &mut reports {
            report
                .diagnostics
                .retain(|diagnostic| diagnostic.severity != Severity::Note);
        }
    }
    match manner.stream {
        Stream::Out => console.print(&manner.format.write(&reports, console.colour_out))?,
        Stream::Err => console.tell(&manner.format.write(&reports, console.colour_err)),
    }
    if for_people && errors + warnings + notes > 0 {
        console.tell(&summary(errors, warnings, notes, manner.notes));
    }
    Ok(if errors > 0 {
        Outcome::Problems
    } else {
        Outcome::Fine
    })
}

/// `2 errors, 1 warning, 3 notes (--notes shows them)`.
fn summary(errors: usize, warnings: usize, notes: usize, shown: bool) -> String {
    let mut parts: Vec<String> = [(errors, "error"), (warnings, "warning"), (notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        })
        .collect();
    if notes > 0
        && !shown
        && let Some(last) = parts.last_mut()
    {
        last.push_str(" (--notes shows them)");
    }
    parts.join(", ") + "\n"
}
