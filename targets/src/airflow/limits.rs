//! How large a DAG Airflow takes: what its settings are unless somebody changed them, and what has been
//! measured of its files.

use flowc_core::checks::large_object::{self, Limit};
use flowc_core::checks::target_limit;
use flowc_core::diagnostic::Diagnostic;
use flowc_core::expr::Value;
use flowc_core::flow::Flow;
use flowc_core::target::Settings;

/// The most elements of a list that one task hands to another to be mapped over.
const MOST_MAPPED: usize = 1024;

/// Airflow keeps a DAG as one value of its database. MySQL takes this much at once unless
/// `max_allowed_packet` says otherwise; PostgreSQL takes four times as much of one value.
const DATABASE: Limit = Limit {
    bytes: 64 * 1024 * 1024,
    keeper: "MySQL as Airflow's database",
};

/// What a task adds to that value beside its own texts.
const BYTES_OF_A_TASK: usize = 1_100;

/// Milliseconds that reading a file takes whatever is in it, and the tasks that take one more.
const READING: (usize, usize) = (2_100, 2);

/// Seconds after which Airflow gives up to read a file.
const LONGEST_READING: usize = 30;

/// The warnings about a DAG of so many tasks. `mapped` are lists that one task hands to another, with the
/// place of each.
pub(super) fn problems<'f>(
    flow: &'f Flow,
    tasks: usize,
    mapped: impl Iterator<Item = (flowc_core::source::Span, &'f [Value])>,
    settings: &Settings,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (span, list) in mapped.filter(|(_, list)| list.len() > MOST_MAPPED) {
        problems.push(
            target_limit::usual(
                &format!("a list of {} elements", list.len()),
                &format!("at most {MOST_MAPPED} elements that a task hands to others"),
                "core.max_map_length",
                span,
                settings,
            )
            .help("raise the setting, or let each instance work on several elements"),
        );
    }
    let bytes = large_object::content(flow) + tasks * BYTES_OF_A_TASK;
    if bytes > DATABASE.bytes {
        problems.push(large_object::beyond(flow, bytes, DATABASE, settings));
    }
    let (start, per_task) = READING;
    let seconds = (start + tasks / per_task) / 1000;
    if seconds > LONGEST_READING {
        problems.push(
            target_limit::usual(
                &format!("a file of {tasks} tasks, which takes about {seconds} s to read,"),
                &format!("{LONGEST_READING} s"),
                "core.dagbag_import_timeout",
                flow.name.span,
                settings,
            )
            .help("raise the setting, write tasks that differ in one value as one `for_each`, or cut the flow in two"),
        );
    }
    problems
}
