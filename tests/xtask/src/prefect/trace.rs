//! Prefect's answer, from its server's database, in the words of the language.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::conformance::trace::{End, Outcome, Span, State, Trace};

/// A run as the runner script writes it down, in Prefect's words.
#[derive(Deserialize)]
pub struct Answer {
    /// The job's name.
    pub name: String,
    /// What escaped from the run.
    pub error: Option<String>,
    /// The file with the whole log.
    pub log: String,
    /// The state of the run.
    pub run: Option<RunState>,
    /// The task runs.
    pub tasks: Vec<TaskRun>,
    /// What a person was asked, by task.
    #[serde(default)]
    pub asked: BTreeMap<String, Asked>,
}

/// A question as the person sees it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Asked {
    /// The text above the form.
    pub message: String,
    /// What can be chosen.
    pub choices: Vec<String>,
}

/// The state of a run.
#[derive(Deserialize)]
pub struct RunState {
    /// `COMPLETED`, `FAILED`, …
    #[serde(rename = "type")]
    kind: String,
    message: Option<String>,
}

/// A task run.
#[derive(Deserialize)]
pub struct TaskRun {
    /// `task-1f3`, or `group[0].task[1]` under a fan-out.
    name: String,
    /// `COMPLETED`, `FAILED`, …
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The name of its state.
    state: Option<String>,
    /// Attempts.
    runs: usize,
    /// When attempts began and ended.
    spans: Vec<(f64, f64)>,
    /// By name.
    outputs: BTreeMap<String, Value>,
}

impl Answer {
    /// The same as a trace, without the groups that ran.
    pub fn trace(self) -> Trace {
        let mut trace = Trace::new(&self.name, self.end());
        trace.log = fs::read_to_string(&self.log).unwrap_or_default();
        trace.place = self.log;
        let mut runs: Vec<(Place, Outcome)> = self
            .tasks
            .into_iter()
            .map(|run| (place(&run.name), run.outcome()))
            .collect();
        // A whole fan-out before its instances, which say more.
        runs.sort_by_key(|((path, positions), _)| (path.clone(), positions.len()));
        let places: Vec<Place> = runs.iter().map(|(place, _)| place.clone()).collect();
        for ((path, positions), outcome) in runs {
            let within = format!("{path}.");
            let ran = places
                .iter()
                .any(|(other, at)| other.starts_with(&within) && at.starts_with(&positions));
            if !ran {
                trace.put(&path, &positions, outcome);
            }
        }
        trace
    }

    fn end(&self) -> End {
        let refused = |message: &str| {
            message.starts_with("Validation of flow parameters failed")
                || message.contains("Flow run encountered an exception")
        };
        match (&self.error, &self.run) {
            (Some(error), _) if error.starts_with("Parameter") => End::Refused,
            (Some(error), _) => End::Broke(error.clone()),
            (None, None) => End::Broke("there is no run".to_owned()),
            (None, Some(run)) => match run.kind.as_str() {
                "COMPLETED" => End::Succeeded,
                "FAILED"
                    if self.tasks.is_empty() && run.message.as_deref().is_some_and(refused) =>
                {
                    End::Refused
                }
                "FAILED" => End::Failed,
                other => End::Broke(format!("the run is {other}: {:?}", run.message)),
            },
        }
    }
}

impl TaskRun {
    fn outcome(self) -> Outcome {
        let state = match (self.kind.as_deref(), self.state.as_deref()) {
            (Some("COMPLETED"), Some("Skipped")) => State::Skipped,
            (Some("COMPLETED"), _) => State::Succeeded,
            (Some("FAILED"), Some("UpstreamFailed")) => State::UpstreamFailed,
            (Some("FAILED"), _) => State::Failed,
            _ => State::Undecided,
        };
        let span = |(began, ended)| Span { began, ended };
        let ran = matches!(state, State::Succeeded | State::Failed);
        let spans = self.spans.into_iter().map(span).collect();
        Outcome {
            state,
            attempts: self.runs,
            spans: if ran { spans } else { Vec::new() },
            outputs: self.outputs,
        }
    }
}

/// A task's path, and the positions of the fan-outs around it.
type Place = (String, Vec<usize>);

/// What the name of a task run says. Prefect puts three digits behind the names it makes up.
fn place(name: &str) -> Place {
    let name = match name.rsplit_once('-') {
        Some((name, _)) => name,
        None => name,
    };
    let mut path = Vec::new();
    let mut positions = Vec::new();
    for level in name.split('.') {
        match level
            .strip_suffix(']')
            .and_then(|level| level.split_once('['))
        {
            Some((task, index)) => {
                path.push(task);
                positions.extend(index.parse::<usize>());
            }
            None => path.push(level),
        }
    }
    (path.join("."), positions)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Answer, place};

    #[test]
    fn names_of_runs_are_places() {
        assert_eq!(place("load-1f3"), ("load".to_owned(), vec![]));
        assert_eq!(
            place("group[0].task[12]"),
            ("group.task".to_owned(), vec![0, 12])
        );
    }

    #[test]
    fn groups_that_ran_have_no_line() {
        let run = |name: &str, kind: &str, state: &str| json!({ "name": name, "type": kind, "state": state, "runs": 1, "spans": [], "outputs": {} });
        let answer: Answer = serde_json::from_value(json!({
            "name": "x", "log": "", "run": { "type": "FAILED", "message": "a task has failed" },
            "tasks": [
                run("all-123", "COMPLETED", "Completed"),
                run("all[1]", "COMPLETED", "Completed"),
                run("all[1].one", "FAILED", "UpstreamFailed"),
                run("idle-1aa", "COMPLETED", "Skipped")
            ]
        }))
        .expect("an answer");
        let trace = answer.trace();
        let said: Vec<String> = trace
            .tasks
            .iter()
            .map(|(path, node)| format!("{path} {node}"))
            .collect();
        assert_eq!(said, ["all.one [skipped, upstream_failed]", "idle skipped"]);
    }
}
