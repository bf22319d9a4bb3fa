//! What a run did, in the words of the language, and the comparison with what it should have done.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What an example must do: a file of `tests/engines/traces`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Runs of the example.
    #[serde(default)]
    pub cases: Vec<Case>,
    /// Why there are none.
    pub cannot_run: Option<String>,
    /// Targets that must refuse the example, with the code that they give.
    #[serde(default)]
    pub refused_by: BTreeMap<String, String>,
}

/// One run that must go so.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Tells it from the others of the example.
    pub name: String,
    /// Overrides.
    #[serde(default)]
    pub parameters: serde_json::Map<String, Value>,
    /// What stands in for the outside.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The logical date.
    pub date: Option<String>,
    /// The parameters are refused before a task starts.
    #[serde(default)]
    pub refused: bool,
    /// The run's state.
    pub run: Option<String>,
    /// Task to its state, or the states of its instances.
    #[serde(default)]
    pub tasks: BTreeMap<String, Wanted>,
    /// `task.output` to its value.
    #[serde(default)]
    pub outputs: BTreeMap<String, Value>,
    /// Texts that the log holds.
    #[serde(default)]
    pub log: Vec<String>,
}

/// The state of a task, or of each instance of a fan-out.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    /// `succeeded`, `failed@3`.
    One(String),
    /// The same for each item.
    Many(Vec<String>),
}

/// A run as the runner script writes it down, in Airflow's words.
#[derive(Deserialize)]
pub struct Trace {
    /// The case's name.
    pub name: String,
    /// What escaped from the run.
    pub error: Option<String>,
    /// The whole log.
    pub log: String,
    /// The run's state.
    pub run: Option<String>,
    /// By task id.
    pub tasks: BTreeMap<String, Task>,
}

/// A task of a trace.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Task {
    /// A mapped one.
    Many {
        /// In the order of their index; those that never came to be are absent.
        instances: Vec<Instance>,
    },
    /// Any other.
    One(Instance),
}

/// A task, or one instance of a fan-out.
#[derive(Deserialize)]
pub struct Instance {
    /// Its place in the list.
    pub index: Option<usize>,
    /// In Airflow's words; absent when it was never decided.
    pub state: Option<String>,
    /// Attempts.
    pub tries: usize,
    /// By name.
    pub outputs: BTreeMap<String, Value>,
}

/// Every way in which the run is not as wanted.
pub fn differences(wanted: &Case, got: &Trace, log: &str) -> Vec<String> {
    if wanted.refused {
        return not_refused(got);
    }
    let mut differences = Vec::new();
    if let Some(error) = &got.error {
        differences.push(format!("the run broke: {error}"));
    }
    let run = got.run.as_deref().map(word);
    if run != wanted.run.as_deref() {
        differences.push(format!("the run is {run:?}, not {:?}", wanted.run));
    }
    let tasks: BTreeMap<&str, &Task> = got
        .tasks
        .iter()
        .filter(|(name, _)| !invented(name))
        .map(|(name, task)| (name.as_str(), task))
        .collect();
    for (name, state) in &wanted.tasks {
        match tasks.get(name.as_str()) {
            None => differences.push(format!("there is no task {name}")),
            Some(task) => differences.extend(state_difference(name, state, task)),
        }
    }
    for name in tasks
        .keys()
        .filter(|name| !wanted.tasks.contains_key(**name))
    {
        differences.push(format!("there is a task {name}, which is not expected"));
    }
    for (path, value) in &wanted.outputs {
        differences.extend(output_difference(path, value, &tasks));
    }
    for text in wanted
        .log
        .iter()
        .filter(|text| !log.contains(text.as_str()))
    {
        differences.push(format!("the log does not say: {text}"));
    }
    differences
}

fn not_refused(got: &Trace) -> Vec<String> {
    let started = got.tasks.iter().any(|(name, task)| {
        let ran = |instance: &Instance| instance.state.as_deref() == Some("success");
        !invented(name)
            && match task {
                Task::One(instance) => ran(instance),
                Task::Many { instances } => instances.iter().any(ran),
            }
    });
    let refused = got
        .error
        .as_deref()
        .is_some_and(|error| error.contains("ParamValidationError"));
    match (started, refused || got.run.as_deref() == Some("failed")) {
        (true, _) => vec!["a task ran although the parameters are refused".to_owned()],
        (_, false) => vec![format!(
            "the parameters were not refused: {:?}, {:?}",
            got.run, got.error
        )],
        _ => Vec::new(),
    }
}

fn state_difference(name: &str, wanted: &Wanted, got: &Task) -> Option<String> {
    let (wanted, got) = match (wanted, got) {
        (Wanted::One(wanted), Task::One(got)) => (wanted.clone(), said(got)),
        (Wanted::One(wanted), Task::Many { instances }) if instances.is_empty() => {
            (wanted.clone(), "no instances".to_owned())
        }
        (Wanted::One(wanted), Task::Many { instances }) => (
            wanted.clone(),
            instances.iter().map(said).collect::<Vec<_>>().join(", "),
        ),
        (Wanted::Many(wanted), Task::One(got)) => (wanted.join(", "), said(got)),
        (Wanted::Many(wanted), Task::Many { instances }) => {
            let states: Vec<String> = (0..wanted.len().max(instances.len()))
                .map(|index| {
                    // What a condition filters out may not have come to be at all.
                    let found = instances
                        .iter()
                        .find(|instance| instance.index == Some(index));
                    found.map_or_else(|| "skipped".to_owned(), said)
                })
                .collect();
            (wanted.join(", "), states.join(", "))
        }
    };
    (wanted != got).then(|| format!("{name} is {got}, not {wanted}"))
}

fn output_difference(path: &str, wanted: &Value, tasks: &BTreeMap<&str, &Task>) -> Option<String> {
    let (task, output) = path.rsplit_once('.')?;
    let got = match tasks.get(task) {
        None => None,
        Some(Task::One(instance)) => instance.outputs.get(output).cloned(),
        Some(Task::Many { instances }) => Some(
            instances
                .iter()
                .filter_map(|instance| instance.outputs.get(output).cloned())
                .collect(),
        ),
    };
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

/// `succeeded`, or `failed@3` where it took several attempts.
fn said(instance: &Instance) -> String {
    let state = instance.state.as_deref().map_or("undecided", word);
    let ran = matches!(state, "succeeded" | "failed");
    if ran && instance.tries != 1 {
        format!("{state}@{}", instance.tries)
    } else {
        state.to_owned()
    }
}

/// Airflow's word in ours.
fn word(state: &str) -> &str {
    if state == "success" {
        "succeeded"
    } else {
        state
    }
}

/// Whether flowc made the task up.
fn invented(name: &str) -> bool {
    name.split('.').any(|part| part.starts_with("_flowc"))
}

#[cfg(test)]
mod tests {
    use super::{Case, Trace, differences};
    use serde_json::json;

    fn case(value: serde_json::Value) -> Case {
        serde_json::from_value(value).expect("a case")
    }

    fn trace(tasks: serde_json::Value) -> Trace {
        let trace = json!({ "name": "x", "log": "", "run": "success", "tasks": tasks });
        serde_json::from_value(trace).expect("a trace")
    }

    #[test]
    fn a_run_as_wanted_has_no_differences() {
        let wanted = case(json!({
            "name": "x", "run": "succeeded", "tasks": { "a": "succeeded@2", "d": ["succeeded", "skipped"] },
            "outputs": { "a.n": 5, "d.o": ["x"] }
        }));
        let got = trace(json!({
            "a": { "state": "success", "tries": 2, "outputs": { "n": 5.0 } },
            "_flowc_result": { "state": "success", "tries": 1, "outputs": {} },
            "d": { "instances": [{ "index": 0, "state": "success", "tries": 1, "outputs": { "o": "x" } }] }
        }));
        assert_eq!(differences(&wanted, &got, ""), [""; 0]);
    }

    #[test]
    fn each_thing_that_is_not_as_wanted_is_told() {
        let wanted = case(json!({
            "name": "x", "run": "failed", "tasks": { "a": "succeeded", "b": "skipped" },
            "outputs": { "a.n": 6 }, "log": ["hello"]
        }));
        let got = trace(json!({
            "a": { "state": "success", "tries": 2, "outputs": { "n": 5 } },
            "c": { "state": null, "tries": 0, "outputs": {} }
        }));
        assert_eq!(
            differences(&wanted, &got, ""),
            [
                "the run is Some(\"succeeded\"), not Some(\"failed\")",
                "a is succeeded@2, not succeeded",
                "there is no task b",
                "there is a task c, which is not expected",
                "output a.n is 5, not 6",
                "the log does not say: hello",
            ]
        );
    }

    #[test]
    fn a_refused_run_starts_nothing() {
        let wanted = case(json!({ "name": "x", "refused": true }));
        assert_eq!(differences(&wanted, &trace(json!({})), "").len(), 1);
        let mut got = trace(json!({}));
        got.error = Some("ParamValidationError: no".to_owned());
        assert_eq!(differences(&wanted, &got, "").len(), 0);
    }
}
