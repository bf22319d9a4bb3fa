//! Ten thousand random flows before and after every pass, by itself and with those of its level: the
//! reference runner's core says the same of every task, and gives every process the same variables. Half
//! of the flows read outputs and states of other tasks.

use std::collections::BTreeMap;

use flowc_core::expr::Value;
use flowc_core::flow::Flow;
use flowc_core::passes::{Fate, Level, Optimised, Options, PASSES, Report, optimise, with_joins};
use flowc_core::run::{Call, Outcome};
use flowc_tests::random::{self, Reach, Rule, draw};

use crate::random::{outcome, place, resolved_with, run_with};

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

/// What a run was.
struct Trace {
    state: &'static str,
    /// The state of each task and instance.
    tasks: BTreeMap<String, String>,
    /// The variables of each that was started, those of the runner left out.
    env: BTreeMap<String, BTreeMap<String, String>>,
}

fn hold(seed: u64) {
    let choices = choices();
    let mut changed = vec![0; choices.len()];
    for (number, drawn) in draw(REACH, seed, FLOWS).iter().enumerate() {
        let (text, files) = written(drawn.flow(), number);
        let flow = resolved_with(&text, files).unwrap();
        let order = seed.wrapping_mul(number as u64 + 1);
        let before = trace(&flow, order, &Report::default());
        for (choice, changed) in choices.iter().zip(&mut changed) {
            let (name, options) = choice;
            let optimised = optimise(&flow, options);
            let joined = with_joins(&optimised, options);
            if joined.report.is_empty() {
                continue;
            }
            *changed += 1;
            let after = trace(&joined.flow, !order, &joined.report);
            if let Err(problem) = same(&before, &after, &joined.report) {
                panic!("{name}: {problem} in\n{text}");
            }
            assert!(
                is_done(&joined, options),
                "{name} has more to do in\n{text}"
            );
        }
    }
    for ((name, _), changed) in choices.iter().zip(changed) {
        assert!(changed > FLOWS / 50, "{name} changed only {changed} flows");
    }
}

/// Whether the passes find nothing to do in what they made.
fn is_done(joined: &Optimised<'_>, options: &Options) -> bool {
    let again = optimise(&joined.flow, options);
    again.report.is_empty() && with_joins(&again, options).report.is_empty()
}

/// A flow in one of the ways it can be written; some with tasks that wait for the same.
fn written(flow: random::Flow, number: usize) -> (String, BTreeMap<String, String>) {
    let flow = match number % 3 {
        0 => {
            let rules = [Rule::AllSuccess, Rule::NoneFailed, Rule::AllDone];
            flow.bunched(rules[number / 3 % rules.len()])
        }
        _ => flow,
    };
    match number % 4 {
        0 => (flow.text("random"), BTreeMap::new()),
        1 => flow.known_text("random", false),
        2 => (flow.reading_text("random"), BTreeMap::new()),
        _ => flow.known_text("random", true),
    }
}

fn trace(flow: &Flow, order: u64, report: &Report) -> Trace {
    let mut env = BTreeMap::new();
    let (state, tasks) = run_with(flow, order, &mut |call| {
        let place = place(flow, &call.key);
        let own = call
            .env
            .iter()
            .filter(|(name, _)| !name.starts_with("FLOW_"));
        env.insert(place.clone(), own.cloned().collect());
        wrote(flow, call, &place, report)
    });
    Trace { state, tasks, env }
}

/// What a process wrote: every output says whose it is, and of which instance.
fn wrote(flow: &Flow, call: &Call, place: &str, report: &Report) -> Outcome {
    let mut outcome = outcome(call);
    if let Outcome::Succeeded { outputs, .. } = &mut outcome {
        let path = path(place);
        for output in &flow.task(call.key.task).outputs {
            let name = output.name.value.as_str();
            // What two tasks of a process call the same is `TASK_o` of all but the last.
            let task = match name.strip_suffix("_o") {
                Some(task) => task,
                None => members(report, path).last().copied().unwrap_or(path),
            };
            let value = said(task, &place[path.len()..]);
            outputs.insert(name.to_owned(), Value::String(value));
        }
    }
    outcome
}

/// A twin says what its twin says: it stands for it.
fn said(task: &str, instance: &str) -> String {
    let name = task.rsplit('.').next().unwrap_or(task);
    format!("of {}{instance}", name.trim_end_matches("_twin"))
}

/// Every pass by itself, and every level.
fn choices() -> Vec<(&'static str, Options)> {
    let alone = PASSES.iter().map(|pass| {
        let mut options = Options::new(Level::O0);
        options.switch(pass.name, true).unwrap();
        (pass.name, options)
    });
    let levels = [("-O1", Level::O1), ("-O2", Level::O2)];
    let levels = levels.map(|(name, level)| (name, Options::new(level)));
    let mut all: Vec<_> = alone.chain(levels).collect();
    for (_, options) in &mut all {
        // Flows this small have little to put a task between.
        options.join_saves = 1;
    }
    all
}

/// Whether every task did the same, those that are gone by what the report says of them.
fn same(before: &Trace, after: &Trace, report: &Report) -> Result<(), String> {
    if before.state != after.state {
        let (before, after) = (before.state, after.state);
        return Err(format!("the run {before}, and {after} after"));
    }
    for (place, env) in &before.env {
        given(place, env, after, report)?;
    }
    for (place, state) in &before.tasks {
        let told = match fate(place, report) {
            None => after.tasks.get(place).cloned(),
            Some(Fate::NeverRuns) => ["skipped", "upstream_failed"]
                .into_iter()
                .find(|never| never == state)
                .map(str::to_owned),
            Some(Fate::Unused) => Some(state.clone()),
            Some(Fate::Merged(into)) => before.tasks.get(&at(place, into)).cloned(),
            Some(Fate::Fused { into, position }) => {
                let chain = members(report, into);
                let states: Vec<&str> = chain
                    .iter()
                    .map(|path| before.tasks[&at(place, path)].as_str())
                    .collect();
                unfused(
                    after.tasks.get(&at(place, into)).map(String::as_str),
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
    let joins = |place: &str| {
        let path = path(place);
        let name = path.rsplit('.').next().unwrap_or(path);
        name.starts_with("flowc_join")
    };
    match after
        .tasks
        .keys()
        .find(|place| !before.tasks.contains_key(*place) && !fused(place) && !joins(place))
    {
        Some(place) => Err(format!("`{place}` is new")),
        None => Ok(()),
    }
}

/// Whether a task that was started before is started with the same variables.
fn given(
    place: &str,
    env: &BTreeMap<String, String>,
    after: &Trace,
    report: &Report,
) -> Result<(), String> {
    let (into, chain) = match fate(place, report) {
        None => (place.to_owned(), Vec::new()),
        Some(Fate::Fused { into, .. }) => (at(place, into), members(report, into)),
        Some(Fate::NeverRuns | Fate::Unused | Fate::Merged(_)) => return Ok(()),
    };
    let Some(after) = after.env.get(&into) else {
        return Err(format!("`{place}` was started, and `{into}` is not"));
    };
    if chain.is_empty() {
        return match after == env {
            true => Ok(()),
            false => Err(format!("`{place}` had {env:?}, and has {after:?}")),
        };
    }
    let task = path(place).rsplit('.').next().unwrap_or(place);
    let inside: Vec<String> = chain
        .iter()
        .map(|path| said(path, &place[self::path(place).len()..]))
        .collect();
    for (name, value) in env {
        let its = after
            .get(&format!("{}_{name}", task.to_uppercase()))
            .or_else(|| after.get(name));
        // What one task of a process reads of another is a file of the process.
        let is_inside = inside.contains(value) && name != "ME";
        if its != Some(value) && !is_inside {
            return Err(format!("`{place}` had {name}={value}, and {its:?} after"));
        }
    }
    Ok(())
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
