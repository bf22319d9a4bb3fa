//! What runs must do after the passes: tasks that are gone are not asked for, and the one process that
//! runs a chain ends as the chain does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flowc_cli::pipeline;
use flowc_cli::project::Input;
use flowc_core::ir::to_json;
use flowc_core::loss::OnLoss;
use flowc_core::passes::{Fate, Level, Options, Report, optimise};

use super::expect::{Run, Wanted};

/// What the passes of a level do to a flow; nothing when it is refused.
pub fn report(flow: &Path, level: Level) -> Report {
    after(flow, level)
        .map(|(_, report)| report)
        .unwrap_or_default()
}

/// Whether the flow after the passes of a level has any byte other than after the usual ones. If not, what
/// a target makes of it is the same too.
pub fn is_more(flow: &Path, level: Level) -> bool {
    let text = |level| after(flow, level).map(|(text, _)| text);
    text(level) != text(Level::default())
}

/// The flow after the passes of a level, as IR, and what they did.
fn after(flow: &Path, level: Level) -> Option<(String, Report)> {
    let options = Options::new(level);
    let mut input = Input::read(&flow.display().to_string()).ok()?;
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &[],
        &options,
        OnLoss::Allow,
    )
    .ok()?;
    let flow = checked.flow.filter(|_| !checked.diagnostics.has_errors())?;
    let optimised = optimise(&flow, &options);
    Some((to_json(&optimised.flow), optimised.report))
}

/// What a run must do after that.
pub fn mapped(run: &Run, report: &Report) -> Run {
    if report.fates.is_empty() {
        return run.clone();
    }
    let mut after = run.clone();
    after.tasks = tasks(&run.tasks, report);
    for (target, shown) in &mut after.shown {
        let mut all = run.tasks.clone();
        all.extend(run.shown[target].clone());
        *shown = tasks(&all, report);
    }
    after.outputs = BTreeMap::new();
    for (place, value) in &run.outputs {
        let (task, output) = place.rsplit_once('.').unwrap_or((place, ""));
        let place = moved(task, report).map(|task| format!("{task}.{output}"));
        after
            .outputs
            .extend(place.map(|place| (place, value.clone())));
    }
    let facts = run.order.iter();
    after.order = facts
        .filter_map(|fact| fact.moved(&|task| moved(task, report)))
        .collect();
    after
}

fn tasks(wanted: &BTreeMap<String, Wanted>, report: &Report) -> BTreeMap<String, Wanted> {
    let mut after = BTreeMap::new();
    let mut chains: BTreeMap<&str, BTreeMap<usize, &Wanted>> = BTreeMap::new();
    for (path, state) in wanted {
        match fate(path, report) {
            None => {
                after.insert(path.clone(), state.clone());
            }
            // One that was to run is left in, so that it is missed.
            Some(Fate::NeverRuns) if !is_idle(state) => {
                after.insert(path.clone(), state.clone());
            }
            Some(Fate::NeverRuns | Fate::Unused | Fate::Merged(_)) => {}
            Some(Fate::Fused { into, position }) => {
                chains.entry(into).or_default().insert(*position, state);
            }
        }
    }
    for (path, chain) in chains {
        let states: Vec<&Wanted> = chain.into_values().collect();
        after.insert(path.to_owned(), together(&states));
    }
    after
}

/// What became of a task, or of the nearest group around it that is gone.
fn fate<'r>(path: &str, report: &'r Report) -> Option<&'r Fate> {
    std::iter::successors(Some(path), |path| Some(path.rsplit_once('.')?.0))
        .find_map(|path| report.fates.get(path))
}

/// The path under which a task is to be found.
fn moved(path: &str, report: &Report) -> Option<String> {
    match fate(path, report) {
        None => Some(path.to_owned()),
        Some(Fate::Merged(into) | Fate::Fused { into, .. }) => Some(into.clone()),
        Some(Fate::NeverRuns | Fate::Unused) => None,
    }
}

fn is_idle(state: &Wanted) -> bool {
    match state {
        Wanted::One(state) => matches!(state.as_str(), "skipped" | "upstream_failed"),
        Wanted::Many(instances) => instances.iter().all(is_idle),
    }
}

/// The state of a process that runs tasks one after another.
fn together(states: &[&Wanted]) -> Wanted {
    let instances: BTreeSet<usize> = states
        .iter()
        .filter_map(|state| match state {
            Wanted::Many(instances) => Some(instances.len()),
            Wanted::One(_) => None,
        })
        .collect();
    if let Some(count) = instances.last() {
        let at = |place: usize| {
            let of = |state: &&Wanted| match state {
                Wanted::Many(instances) => instances.get(place).cloned(),
                one @ Wanted::One(_) => Some((*one).clone()),
            };
            let states: Vec<Wanted> = states.iter().filter_map(of).collect();
            together(&states.iter().collect::<Vec<_>>())
        };
        return Wanted::Many((0..*count).map(at).collect());
    }
    let other = states.iter().find_map(|state| match state {
        Wanted::One(state) if state != "succeeded" => Some(state.clone()),
        _ => None,
    });
    Wanted::One(other.unwrap_or_else(|| "succeeded".to_owned()))
}
