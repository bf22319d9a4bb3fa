//! Kubeflow as an engine of the conformance cases: an interpreter of emitted pipelines that does what the
//! backend does, for kfp's own local runner cannot loop over what containers put out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flowc_tests::random::Reach;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kubeflow, file_in, python, script};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::{End, Outcome, Span, State, Trace};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::process;

/// What the interpreter is asked for one run.
#[derive(Serialize)]
pub(super) struct Question {
    pub name: String,
    pub file: std::path::PathBuf,
    pub parameters: serde_json::Map<String, Value>,
    pub env: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
    pub date: Option<String>,
    pub timeout: u32,
}

/// What it answers.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub name: String,
    pub run: Option<String>,
    pub error: Option<String>,
    pub containers: Vec<Container>,
    idle: Vec<Idle>,
}

/// One attempt.
#[derive(Deserialize)]
pub(super) struct Container {
    /// Tasks from the root down, with the positions of loops between them.
    path: Vec<Value>,
    pub title: String,
    pub error: Option<String>,
    pub log: String,
    pub outputs: BTreeMap<String, Value>,
    began: f64,
    ended: f64,
}

/// A task that did not start.
#[derive(Deserialize)]
struct Idle {
    path: Vec<Value>,
    title: String,
    state: String,
}

impl Adapter for Kubeflow {
    fn target(&self) -> &'static str {
        "kubeflow"
    }

    fn engine(&self) -> String {
        format!("an interpreter of {} pipelines", Engine::Kubeflow.title())
    }

    fn needs(&self) -> &'static [Engine] {
        &[Engine::Kubeflow]
    }

    fn at_once(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        let reach = Reach {
            tasks: 12,
            nested: true,
            allowed_items: true,
        };
        (reach, 100)
    }

    fn run(&self, _: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        let questions = jobs
            .iter()
            .map(|job| {
                Ok(Question {
                    name: job.name.clone(),
                    file: file_in(&job.folder)?,
                    parameters: job.parameters.clone(),
                    env: job.env.clone(),
                    secrets: job.secrets.clone(),
                    date: job.date.clone(),
                    timeout: job.timeout,
                })
            })
            .collect::<Result<Vec<Question>, String>>()?;
        let answers = ask(&questions, work)?;
        Ok(answers.into_iter().map(Answer::trace).collect())
    }
}

/// Interpret these runs.
pub(super) fn ask(questions: &[Question], work: &Path) -> Result<Vec<Answer>, String> {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let jobs = work.join("jobs.json");
    let json = serde_json::to_string(questions).map_err(|error| error.to_string())?;
    fs::write(&jobs, json).map_err(|error| error.to_string())?;
    let said = process::demand(python()?.arg(script("interpret.py")).arg(&jobs))?;
    serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))
}

impl Answer {
    /// The same as a trace, without the tasks that flowc made up: their titles are several words.
    fn trace(self) -> Trace {
        let mut trace = Trace::new(&self.name, self.end());
        trace.place = "the log of the run in the answer of the interpreter".to_owned();
        for container in &self.containers {
            trace.log.push_str(&container.log);
            trace.log.push('\n');
        }
        for idle in self.idle.iter().filter(|idle| is_own(&idle.title)) {
            trace.put(
                &idle.title,
                &positions(&idle.path),
                Outcome::of(state(&idle.state)),
            );
        }
        let mut attempts: BTreeMap<(String, Vec<usize>), Vec<&Container>> = BTreeMap::new();
        let own = self
            .containers
            .iter()
            .filter(|container| is_own(&container.title));
        for container in own {
            let key = (container.title.clone(), positions(&container.path));
            attempts.entry(key).or_default().push(container);
        }
        for ((title, positions), mut attempts) in attempts {
            attempts.sort_by(|left, right| left.began.total_cmp(&right.began));
            trace.put(&title, &positions, outcome(&attempts));
        }
        trace
    }

    fn end(&self) -> End {
        let refused = self
            .containers
            .iter()
            .any(|container| container.title == "the parameters" && container.error.is_some());
        match (&self.error, self.run.as_deref()) {
            (Some(error), _) => End::Broke(error.clone()),
            (None, Some("refused")) => End::Refused,
            (None, Some("failed")) if refused => End::Refused,
            (None, Some("failed")) => End::Failed,
            (None, Some("succeeded")) => End::Succeeded,
            (None, other) => End::Broke(format!("the run is {other:?}")),
        }
    }
}

fn outcome(attempts: &[&Container]) -> Outcome {
    let Some(last) = attempts.last() else {
        return Outcome::default();
    };
    let told = last.outputs.get("state").and_then(Value::as_str);
    let state = match (&last.error, told) {
        (Some(_), _) => State::Failed,
        (None, Some(word)) => state(word),
        (None, None) => State::Succeeded,
    };
    let outputs = last.outputs.iter().filter(|(name, _)| *name != "state");
    let outputs = outputs.map(|(name, value)| {
        let name = if name == "state_" { "state" } else { name };
        (name.to_owned(), value.clone())
    });
    let span = |container: &&Container| Span {
        began: container.began,
        ended: container.ended,
    };
    // A container whose runner looked at the tasks before, and said nothing but that it starts nothing, is no attempt.
    let started = attempts.iter();
    let started = started.filter(|container| container.log != "not started: upstream_failed\n");
    let spans: Vec<Span> = started.map(span).collect();
    Outcome {
        state,
        attempts: spans.len(),
        spans,
        outputs: if state == State::Succeeded {
            outputs.collect()
        } else {
            BTreeMap::new()
        },
    }
}

/// Whether the flow has this task.
fn is_own(title: &str) -> bool {
    !title.contains(' ')
}

fn positions(path: &[Value]) -> Vec<usize> {
    let numbers = path.iter().filter_map(Value::as_u64);
    numbers.map(|number| number as usize).collect()
}

fn state(word: &str) -> State {
    match word {
        "succeeded" => State::Succeeded,
        "failed" => State::Failed,
        "skipped" => State::Skipped,
        "upstream_failed" => State::UpstreamFailed,
        _ => State::Undecided,
    }
}
