//! `flowc runs`

use crate::args::Runs;
use crate::commands::Outcome;
use crate::console::Console;
use crate::failure::Failure;
use crate::run::journal::Record;
use crate::run::store::Store;
use crate::run::view::length;

pub(super) fn run(args: &Runs, console: Console) -> Result<Outcome, Failure> {
    let store = Store::new(args.state.as_deref())?;
    let mut rows = Vec::new();
    for id in store.ids()?.iter().rev() {
        let row = match store.records(id) {
            Ok(records) => row(&records, store.is_going(id)),
            Err(_) => [
                "damaged".into(),
                String::new(),
                String::new(),
                String::new(),
            ],
        };
        rows.push((id.clone(), row));
    }
    if rows.is_empty() {
        console.tell("nothing has been run here yet\n");
        return Ok(Outcome::Fine);
    }
    let heads = ["STATE", "FLOW", "STARTED", "TOOK"];
    let mut widths = heads.map(str::len);
    for (_, row) in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let first = rows.iter().map(|(id, _)| id.len()).max().unwrap_or(3);
    let mut out = String::new();
    let mut line = |id: &str, cells: [&str; 4]| {
        let mut text = format!("{id:first$}");
        for (cell, width) in cells.iter().zip(widths) {
            text.push_str(&format!("  {cell:width$}"));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line("RUN", heads);
    for (id, row) in &rows {
        line(id, [&row[0], &row[1], &row[2], &row[3]]);
    }
    console.print(&out)?;
    Ok(Outcome::Fine)
}

/// State, flow, start and length of a run.
fn row(records: &[Record], going: bool) -> [String; 4] {
    let (mut flow, mut start, mut last, mut state) = (String::new(), 0, 0, None);
    for record in records {
        match record {
            Record::Run(run) => {
                flow.clone_from(&run.flow);
                start = run.at;
                last = run.at;
            }
            Record::Resumed { at, .. } => {
                state = None;
                last = *at;
            }
            Record::RunEnded { state: ended, at } => {
                state = Some(ended.clone());
                last = *at;
            }
            Record::Started { at, .. } | Record::Ended { at, .. } | Record::Task { at, .. } => {
                last = last.max(*at);
            }
        }
    }
    let state = match state {
        _ if going => "running".into(),
        Some(state) => state,
        None => "interrupted".into(),
    };
    let started = i64::try_from(start)
        .ok()
        .and_then(|start| jiff::Timestamp::from_millisecond(start).ok())
        .map(|start| {
            let zone = jiff::tz::TimeZone::system();
            start
                .to_zoned(zone)
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        })
        .unwrap_or_default();
    let took = length(std::time::Duration::from_millis(last.saturating_sub(start)));
    [state, flow, started, took]
}
