//! Ten thousand random flows before and after every pass, by itself and with those of its level: the
//! reference runner's core says the same of every task.

use std::collections::BTreeMap;

use flowc_core::passes::{Fate, Level, Options, PASSES, Report, optimise};
use flowc_tests::random::{Reach, draw};

use crate::random::{resolved_with, run};

const REACH: Reach = Reach {
    tasks: 30,
    nested: true,
    allowed_items: true,
};

/// In parts, so that they run on several cores; together ten thousand.
const FLOWS: usize = 2_500;

#[test]
fn passes_keep_what_random_flows_do_first_part() {
    hold(11);
}

#[test]
fn passes_keep_what_random_flows_do_second_part() {
    hold(12);
}

#[test]
fn passes_keep_what_random_flows_do_third_part() {
    hold(13);
}

#[test]
fn passes_keep_what_random_flows_do_fourth_part() {
    hold(14);
}

type Trace = (&'static str, BTreeMap<String, String>);

fn hold(seed: u64) {
    let choices = choices();
    let mut changed = vec![0; choices.len()];
    for (number, drawn) in draw(REACH, seed, FLOWS).iter().enumerate() {
        let (text, files) = if number % 2 == 0 {
            (drawn.flow().text("random"), BTreeMap::new())
        } else {
            drawn.flow().known_text("random")
        };
        let flow = resolved_with(&text, files).unwrap();
        let order = seed.wrapping_mul(number as u64 + 1);
        let before = run(&flow, order);
        for (choice, changed) in choices.iter().zip(&mut changed) {
            let (name, options) = choice;
            let optimised = optimise(&flow, options);
            if optimised.report.is_empty() {
                continue;
            }
            *changed += 1;
            let after = run(&optimised.flow, !order);
            if let Err(problem) = same(&before, &after, &optimised.report) {
                panic!("{name}: {problem} in\n{text}");
            }
            let again = optimise(&optimised.flow, options);
            assert!(again.report.is_empty(), "{name} has more to do in\n{text}");
        }
    }
    for ((name, _), changed) in choices.iter().zip(changed) {
        assert!(changed > FLOWS / 50, "{name} changed only {changed} flows");
    }
}

/// Every pass by itself, and every level.
fn choices() -> Vec<(&'static str, Options)> {
    // Flows this small have nothing to put a task between.
    let alone = PASSES
        .iter()
        .filter(|pass| pass.name != "join")
        .map(|pass| {
            let mut options = Options::new(Level::O0);
            options.switch(pass.name, true).unwrap();
            (pass.name, options)
        });
    let levels = [("-O1", Level::O1), ("-O2", Level::O2)];
    let levels = levels.map(|(name, level)| (name, Options::new(level)));
    alone.chain(levels).collect()
}

/// Whether every task did the same, those that are gone by what the report says of them.
fn same(before: &Trace, after: &Trace, report: &Report) -> Result<(), String> {
    if before.0 != after.0 {
        return Err(format!("the run {}, and {} after", before.0, after.0));
    }
    for (place, state) in &before.1 {
        let told = match fate(place, report) {
            None => after.1.get(place).cloned(),
            Some(Fate::NeverRuns) => ["skipped", "upstream_failed"]
                .into_iter()
                .find(|never| never == state)
                .map(str::to_owned),
            Some(Fate::Unused) => Some(state.clone()),
            Some(Fate::Merged(into)) => before.1.get(&at(place, into)).cloned(),
            Some(Fate::Fused { into, position }) => {
                let chain = members(report, into);
                let states: Vec<&str> = chain
                    .iter()
                    .map(|path| before.1[&at(place, path)].as_str())
                    .collect();
                unfused(
                    after.1.get(&at(place, into)).map(String::as_str),
                    &states,
                    *position,
                )
            }
        };
        if told.as_ref() != Some(state) {
            return Err(format!("`{place}` {state}, and {told:?} after"));
        }
    }
    let fused = |place: &str| {
        report
            .fates
            .values()
            .any(|fate| matches!(fate, Fate::Fused { into, .. } if path(place) == into))
    };
    match after
        .1
        .keys()
        .find(|place| !before.1.contains_key(*place) && !fused(place))
    {
        Some(place) => Err(format!("`{place}` is new")),
        None => Ok(()),
    }
}

/// What became of a task, or of the nearest group around it that is gone.
fn fate<'r>(place: &str, report: &'r Report) -> Option<&'r Fate> {
    std::iter::successors(Some(path(place)), |path| Some(path.rsplit_once('.')?.0))
        .find_map(|path| report.fates.get(path))
}

fn path(place: &str) -> &str {
    place.split('[').next().unwrap_or(place)
}

/// The same instance of another task.
fn at(place: &str, other: &str) -> String {
    format!("{other}{}", &place[path(place).len()..])
}

/// The tasks of a process, in the order it runs them.
fn members<'r>(report: &'r Report, of: &str) -> Vec<&'r str> {
    let mut members: Vec<(usize, &str)> = Vec::new();
    for (path, fate) in &report.fates {
        if let Fate::Fused { into, position } = fate
            && into == of
        {
            members.push((*position, path));
        }
    }
    members.sort_unstable();
    members.into_iter().map(|(_, path)| path).collect()
}

/// What a task of a chain ended as, by the state of the one process. When that failed, the tasks before
/// the one that did have succeeded and those behind it were never started: `states` say which it was.
fn unfused(process: Option<&str>, states: &[&str], position: usize) -> Option<String> {
    let process = process?;
    if process != "failed" {
        return Some(process.to_owned());
    }
    let failed = states.iter().position(|state| *state == "failed")?;
    let state = match position.cmp(&failed) {
        std::cmp::Ordering::Less => "succeeded",
        std::cmp::Ordering::Equal => "failed",
        std::cmp::Ordering::Greater => "upstream_failed",
    };
    Some(state.to_owned())
}
