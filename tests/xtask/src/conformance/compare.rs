//! The one comparison of a run with what it must do.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expect::{Run, Wanted, for_target};
use super::trace::{End, Node, State, Trace};

/// Every way in which the run on this target is not as wanted. `at_once` says whether the engine can
/// run several tasks at a time.
pub fn differences(wanted: &Run, got: &Trace, target: &str, at_once: bool) -> Vec<String> {
    let mut differences = Vec::new();
    let end = match &wanted.run {
        _ if wanted.refused => "refused",
        Some(state) => state,
        None => "nothing",
    };
    if got.end.to_string() != end {
        differences.push(format!("the run is {}, not {end}", got.end));
    }
    if wanted.refused {
        differences.extend(started(got));
        return differences;
    }
    let mut tasks = wanted.tasks.clone();
    if let Some(shown) = for_target(&wanted.shown, target) {
        tasks.extend(shown.clone());
    }
    let shown = without_idle_groups(&got.tasks, &tasks);
    let mut met = Vec::new();
    for (path, state) in &tasks {
        let found: Vec<(&String, &Node)> = shown
            .iter()
            .filter(|(name, _)| *name == path || is_within(name, path))
            .collect();
        if found.is_empty() {
            differences.push(format!("there is no task {path}"));
        }
        for (name, node) in found {
            // The line of a group that did not start stands for all tasks in it.
            if name == path || !tasks.contains_key(name) {
                met.push(name);
                if !meets(state, node) {
                    differences.push(format!("{name} is {node}, not {state}"));
                }
            }
        }
    }
    for name in shown.keys().filter(|name| !met.contains(name)) {
        differences.push(format!("there is a task {name}, which is not expected"));
    }
    for (path, value) in &wanted.outputs {
        differences.extend(output_difference(path, value, &got.tasks));
    }
    let broken = wanted
        .order
        .iter()
        .filter_map(|fact| fact.broken(got, at_once));
    differences.extend(broken);
    for text in wanted
        .log
        .iter()
        .filter(|text| !got.log.contains(text.as_str()))
    {
        differences.push(format!("the log does not say: {text}"));
    }
    differences
}

/// What ran although the parameters were refused.
fn started(got: &Trace) -> Vec<String> {
    let ran = |node: &Node| {
        node.outcomes()
            .iter()
            .any(|outcome| matches!(outcome.state, State::Succeeded | State::Failed))
    };
    got.tasks
        .iter()
        .filter(|(_, node)| got.end == End::Refused && ran(node))
        .map(|(name, _)| format!("{name} ran although the parameters are refused"))
        .collect()
}

fn is_within(path: &str, group: &str) -> bool {
    path.strip_prefix(group)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// The tasks of a trace, where a group that is shown as a whole because it did not start, or did not in some
/// instances, is the tasks that are wanted of it.
fn without_idle_groups(
    got: &BTreeMap<String, Node>,
    wanted: &BTreeMap<String, Wanted>,
) -> BTreeMap<String, Node> {
    let mut shown = got.clone();
    for (group, node) in got {
        let mut inside = wanted
            .keys()
            .filter(|path| is_within(path, group))
            .peekable();
        if wanted.contains_key(group) || inside.peek().is_none() || !has_not_started(node) {
            continue;
        }
        shown.remove(group);
        for path in inside {
            let is_its = |name: &String| name == path || is_within(name, path);
            let mut own: Vec<&mut Node> = shown
                .iter_mut()
                .filter(|(name, _)| is_its(name))
                .map(|(_, own)| own)
                .collect();
            own.iter_mut().for_each(|own| fill(own, node));
            if own.is_empty() {
                shown.insert(path.clone(), node.clone());
            }
        }
    }
    shown
}

/// Add the instances that a task has no line for.
fn fill(own: &mut Node, group: &Node) {
    let (Node::Many(own), Node::Many(group)) = (own, group) else {
        return;
    };
    for (position, node) in group {
        match own.get_mut(position) {
            Some(own) => fill(own, node),
            None => {
                own.insert(*position, node.clone());
            }
        }
    }
}

/// Whether nothing of a group or fan-out ran.
fn has_not_started(node: &Node) -> bool {
    node.outcomes()
        .iter()
        .all(|outcome| matches!(outcome.state, State::Skipped | State::UpstreamFailed))
}

/// Whether a task is as wanted. A fan-out that never started may have one state or that of each of its
/// items.
fn meets(wanted: &Wanted, got: &Node) -> bool {
    match (wanted, got) {
        (Wanted::One(wanted), Node::One(got)) => got.to_string() == *wanted,
        (Wanted::One(wanted), Node::Many(instances)) => {
            matches!(wanted.as_str(), "skipped" | "upstream_failed")
                && instances
                    .values()
                    .all(|node| meets(&Wanted::One(wanted.clone()), node))
                && (wanted == "skipped" || !instances.is_empty())
        }
        (Wanted::Many(wanted), Node::One(got)) => {
            matches!(got.state, State::Skipped | State::UpstreamFailed)
                && wanted
                    .iter()
                    .all(|wanted| meets(wanted, &Node::One(got.clone())))
        }
        (Wanted::Many(wanted), Node::Many(got)) => {
            got.keys().all(|position| *position < wanted.len())
                && wanted
                    .iter()
                    .enumerate()
                    .all(|(position, wanted)| match got.get(&position) {
                        Some(node) => meets(wanted, node),
                        None => matches!(wanted, Wanted::One(state) if state == "skipped"),
                    })
        }
    }
}

fn output_difference(path: &str, wanted: &Value, tasks: &BTreeMap<String, Node>) -> Option<String> {
    let (task, output) = path.rsplit_once('.')?;
    let got = tasks.get(task).and_then(|node| node.output(output));
    match got {
        Some(got) if same(&got, wanted) => None,
        got => {
            let got = got.map_or_else(|| "absent".to_owned(), |got| got.to_string());
            Some(format!("output {path} is {got}, not {wanted}"))
        }
    }
}

/// Equality of JSON values in which `5` and `5.0` are one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}
