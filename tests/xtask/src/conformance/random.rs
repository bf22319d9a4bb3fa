//! Random flows on an engine, held against a model of the rules that knows no engine.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use flowc_core::passes::Report;
use flowc_tests::random::{self, Drawn, Expected, Flow, Shape};

use super::adapter::{Adapter, Job};
use super::compare;
use super::expect::{Run, Wanted};
use super::optimised;
use super::trace::{Node, Outcome, State, Trace};
use crate::flowc::Flowc;
use crate::house;
use crate::report::{Checks, say};

/// How many runs may be spent on making a failing flow smaller.
const STEPS: usize = 40;

/// Run so many flows in one batch. The first that goes wrong is made smaller, and becomes a case, to be committed.
pub fn run(adapter: &dyn Adapter, flowc: &Flowc, count: usize, seed: u64, checks: &mut Checks) {
    let engine = adapter
        .engine()
        .replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let work = house::work(&format!("random-{engine}"));
    let (reach, _) = adapter.random();
    let mut drawn = random::draw(reach, seed, count);
    let flows: Vec<Flow> = drawn.iter().map(Drawn::flow).collect();
    let tasks: usize = flows.iter().map(Flow::len).sum();
    let found = match differences(adapter, flowc, &flows, &work.join("all")) {
        Ok(found) => found,
        Err(error) => {
            checks.fail(&adapter.engine(), &error);
            return;
        }
    };
    let mut smaller = None;
    for (number, found) in found.iter().enumerate() {
        match found.as_slice() {
            [] => checks.pass(),
            found => {
                smaller = smaller.or(Some(number));
                let name = format!("random flow {number} of seed {seed}");
                checks.fail(
                    &name,
                    &format!("{}\n{}", flows[number].text("random"), found.join("\n")),
                );
            }
        }
    }
    if let Some(number) = smaller {
        let (flow, found) = shrunk(adapter, flowc, &mut drawn[number], &work);
        let name = case_name(adapter.target(), seed, number);
        let folder = house::root().join("tests/conformance").join(&name);
        let kept = keep(&flow, &name, &folder);
        say(&format!("   made smaller:\n{}", flow.text("random")));
        say(&format!("   {}", found.join("\n   ")));
        match kept {
            Ok(()) => say(&format!(
                "   it is a case now, to be kept: {}",
                folder.display()
            )),
            Err(error) => say(&format!("   it cannot be kept: {error}")),
        }
    }
    checks.note(format!("{tasks} tasks, seed {seed}"));
}

/// For each flow what does not go as the model says.
fn differences(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    flows: &[Flow],
    work: &Path,
) -> Result<Vec<Vec<String>>, String> {
    let mut found = vec![Vec::new(); flows.len()];
    let mut jobs = Vec::new();
    for (number, flow) in flows.iter().enumerate() {
        let name = format!("random-{number}");
        let file = work.join("flows").join(format!("{name}.yaml"));
        write(&file, &flow.text(&name))?;
        let folder = work.join("compiled").join(&name);
        match adapter.prepare(flowc, &file, &folder) {
            Err(said) => found[number].push(format!("it is not compiled: {said}")),
            Ok(_) => jobs.push(Job {
                name: format!("flows/{name}"),
                flow_name: name,
                flow: Some(folder.join(super::OPTIMISED))
                    .filter(|file| file.exists())
                    .unwrap_or(file),
                folder,
                parameters: serde_json::Map::new(),
                env: Default::default(),
                secrets: Default::default(),
                date: None,
                timeout: super::TIMEOUT,
                logs: false,
            }),
        }
    }
    let mut traces = adapter.run(flowc, &jobs, &work.join("runs"))?;
    for (number, flow) in flows.iter().enumerate() {
        let name = format!("flows/random-{number}");
        let asked = jobs.iter().any(|job| job.name == name);
        match traces.iter_mut().find(|trace| trace.name == name) {
            Some(trace) => {
                let file = work.join("flows").join(format!("random-{number}.yaml"));
                let report = match adapter.sees_passes(flowc) {
                    true => optimised::report(&file, flowc.level()),
                    false => Report::default(),
                };
                let wanted = optimised::mapped(&wanted(&flow.expected()), &report);
                if adapter.asks_rules_of_groups_not_started() {
                    hide_rules_of_groups_not_started(&wanted, trace);
                }
                let target = adapter.target();
                let not = compare::differences(&wanted, trace, target, adapter.at_once());
                if !not.is_empty() {
                    found[number] = not;
                    found[number].push(format!("see {}", trace.place));
                }
            }
            None if asked => found[number].push("the engine has no answer".to_owned()),
            None => {}
        }
    }
    Ok(found)
}

/// Read a task that is shown as skipped as one that could not run, where the group around it could not:
/// where nothing in a group could run, the group did not start.
fn hide_rules_of_groups_not_started(wanted: &Run, trace: &mut Trace) {
    let has_not_started = |group: &str| {
        let within = format!("{group}.");
        let states = wanted.tasks.iter();
        let mut states = states
            .filter(|(path, _)| *path == group || path.starts_with(&within))
            .map(|(_, state)| matches!(state, Wanted::One(state) if state == "upstream_failed"))
            .peekable();
        states.peek().is_some() && states.all(|idle| idle)
    };
    for (path, node) in &mut trace.tasks {
        let mut around = path.match_indices('.').map(|(at, _)| &path[..at]);
        if all_skipped(node) && around.any(has_not_started) {
            *node = Node::One(Outcome {
                state: State::UpstreamFailed,
                ..Outcome::default()
            });
        }
    }
}

fn all_skipped(node: &Node) -> bool {
    match node {
        Node::One(outcome) => outcome.state == State::Skipped,
        Node::Many(instances) => instances.values().all(all_skipped),
    }
}

/// The smallest flow that still goes wrong, and what does.
fn shrunk(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    drawn: &mut Drawn,
    work: &Path,
) -> (Flow, Vec<String>) {
    let mut smallest = (drawn.flow(), Vec::new());
    let mut more = drawn.simplify();
    for step in 0..STEPS {
        if !more {
            break;
        }
        let flow = drawn.flow();
        let folder = work.join(format!("step-{step}"));
        let found = differences(adapter, flowc, std::slice::from_ref(&flow), &folder);
        match found.ok().and_then(|mut found| found.pop()) {
            Some(found) if !found.is_empty() => {
                smallest = (flow, found);
                more = drawn.simplify();
            }
            _ => more = drawn.complicate(),
        }
    }
    smallest
}

/// A name for a case, which says where it comes from.
fn case_name(target: &str, seed: u64, number: usize) -> String {
    format!("random-{}-{seed}-{number}", target.replace(['@', '.'], "-"))
}

/// Write a flow and what the model says of it as a case.
fn keep(flow: &Flow, name: &str, folder: &Path) -> Result<(), String> {
    let Expected { run, tasks } = flow.expected();
    let mut trace = format!("rule: [1]\ncases:\n  - name: default\n    run: {run}\n    tasks:\n");
    for (path, shape) in tasks {
        // Writing to a string cannot fail.
        let _ = writeln!(trace, "      {path}: {shape}");
    }
    write(&folder.join("flow.yaml"), &flow.text(name))?;
    write(&folder.join("trace.yaml"), &trace)
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| format!("{}: {error}", file.display()))
}

fn wanted(expected: &Expected) -> Run {
    fn of(shape: &Shape) -> Wanted {
        match shape {
            Shape::One(state) => Wanted::One(state.clone()),
            Shape::Many(instances) => Wanted::Many(instances.iter().map(of).collect()),
        }
    }
    Run {
        name: "random".to_owned(),
        run: Some(expected.run.to_owned()),
        tasks: expected
            .tasks
            .iter()
            .map(|(path, shape)| (path.clone(), of(shape)))
            .collect(),
        ..Run::default()
    }
}
