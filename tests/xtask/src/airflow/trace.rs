//! Airflow's answer, from its own database, in the words of the language.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::conformance::trace::{End, Outcome, Span, State, Trace};

/// A run as the runner script writes it down, in Airflow's words.
#[derive(Deserialize)]
pub struct Answer {
    /// The job's name.
    pub name: String,
    /// What escaped from the run.
    pub error: Option<String>,
    /// The file with the whole log.
    pub log: String,
    /// The run's state.
    pub run: Option<String>,
    /// By task id.
    pub tasks: BTreeMap<String, Task>,
    /// By task id, of the real scheduler only: the states it was seen in.
    #[serde(default)]
    pub seen: BTreeMap<String, Vec<String>>,
}

/// A task of an answer.
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
    index: Option<usize>,
    /// In Airflow's words; absent when it was never decided.
    state: Option<String>,
    /// Attempts.
    tries: usize,
    /// When attempts began and ended.
    spans: Vec<(f64, f64)>,
    /// By name.
    outputs: BTreeMap<String, Value>,
}

impl Answer {
    /// The same as a trace, without the tasks that flowc made up.
    pub fn trace(self) -> Trace {
        let mut trace = Trace::new(&self.name, self.end());
        trace.log = fs::read_to_string(&self.log).unwrap_or_default();
        trace.place = self.log;
        for (name, task) in self.tasks {
            if invented(&name) {
                continue;
            }
            let place = Place::of(&name);
            match task {
                Task::One(instance) => trace.put(&place.path, &place.positions, instance.outcome()),
                // Airflow never came to give it instances.
                Task::Many { instances } if instances.is_empty() => {
                    trace.put(&place.path, &place.positions, Outcome::of(State::Undecided));
                }
                Task::Many { instances } => {
                    for instance in instances {
                        let positions = place.instance(instance.index.unwrap_or_default());
                        trace.put(&place.path, &positions, instance.outcome());
                    }
                }
            }
        }
        trace
    }

    fn end(&self) -> End {
        match (&self.error, self.run.as_deref()) {
            (Some(error), _) if error.contains("ParamValidationError") => End::Refused,
            (Some(error), _) => End::Broke(error.clone()),
            (None, Some("success")) => End::Succeeded,
            (None, Some("failed")) => End::Failed,
            (None, other) => End::Broke(format!("the run is {other:?}")),
        }
    }
}

impl Instance {
    fn outcome(self) -> Outcome {
        let state = match self.state.as_deref() {
            Some("success") => State::Succeeded,
            Some("failed") => State::Failed,
            Some("skipped") => State::Skipped,
            Some("upstream_failed") => State::UpstreamFailed,
            _ => State::Undecided,
        };
        let span = |(began, ended)| Span { began, ended };
        let ran = matches!(state, State::Succeeded | State::Failed);
        let spans = self.spans.into_iter().map(span).collect();
        Outcome {
            state,
            attempts: self.tries,
            spans: if ran { spans } else { Vec::new() },
            outputs: self.outputs,
        }
    }
}

/// The task of the flow that a task of Airflow is. Of a fan-out that is written out, there is one for
/// each element, `item_0` and so on; no case uses such a name itself.
struct Place {
    path: String,
    positions: Vec<usize>,
    /// Whether the fan-out that is written out is the innermost.
    ends_so: bool,
}

impl Place {
    fn of(name: &str) -> Self {
        let mut path = Vec::new();
        let mut positions = Vec::new();
        let mut ends_so = false;
        for part in name.split('.') {
            let position = part
                .strip_prefix("item_")
                .and_then(|number| number.parse().ok());
            ends_so = position.is_some();
            match position {
                Some(position) => positions.push(position),
                None => path.push(part),
            }
        }
        Self {
            path: path.join("."),
            positions,
            ends_so,
        }
    }

    /// The positions of a mapped instance, outermost fan-out first.
    fn instance(&self, index: usize) -> Vec<usize> {
        let mut positions = self.positions.clone();
        let at = if self.ends_so { 0 } else { positions.len() };
        positions.insert(at, index);
        positions
    }
}

/// Whether flowc made the task up.
fn invented(name: &str) -> bool {
    name.split('.')
        .any(|part| part.starts_with("_flowc") || part.starts_with("flowc_"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Answer, End};

    fn answer(value: serde_json::Value) -> Answer {
        serde_json::from_value(value).expect("an answer")
    }

    #[test]
    fn words_and_instances_are_translated_and_made_up_tasks_left_out() {
        let one = |state: &str| json!({ "state": state, "tries": 1, "spans": [[1.0, 2.0]], "outputs": {} });
        let mut second = one("failed");
        second["index"] = json!(1);
        let trace = answer(json!({
            "name": "x", "log": "", "run": "failed",
            "tasks": { "a": one("success"), "_flowc_result": one("failed"), "d": { "instances": [second] } }
        }))
        .trace();
        let said: Vec<String> = trace
            .tasks
            .iter()
            .map(|(name, node)| format!("{name} {node}"))
            .collect();
        assert_eq!(trace.end, End::Failed);
        assert_eq!(said, ["a succeeded", "d [skipped, failed]"]);
    }

    #[test]
    fn what_escapes_from_a_run_is_a_refusal_or_a_break() {
        let of =
            |error: &str| answer(json!({ "name": "x", "log": "", "error": error, "tasks": {} }));
        assert_eq!(of("ParamValidationError: no").trace().end, End::Refused);
        assert!(matches!(of("OSError: no").trace().end, End::Broke(_)));
    }
}
