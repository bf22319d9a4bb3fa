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
    let mut met = Vec::new();
    for (path, state) in &tasks {
        let within = format!("{path}.");
        let found: Vec<(&String, &Node)> = got
            .tasks
            .iter()
            .filter(|(name, _)| *name == path || name.starts_with(&within))
            .collect();
        // A group that did not start stands for all in it.
        let idle = got.tasks.iter().find(|(name, node)| {
            found.is_empty() && path.starts_with(&format!("{name}.")) && has_not_started(node)
        });
        if let Some((name, node)) = idle {
            met.push(name);
            if !meets(state, node) {
                differences.push(format!("{path} is {node} with {name}, not {state}"));
            }
        } else if found.is_empty() {
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
    for name in got.tasks.keys().filter(|name| !met.contains(name)) {
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

/// Whether nothing of a group or fan-out ran.
fn has_not_started(node: &Node) -> bool {
    let idle = |state| matches!(state, State::Skipped | State::UpstreamFailed);
    matches!(node, Node::One(outcome) if idle(outcome.state))
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
