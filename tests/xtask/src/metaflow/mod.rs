//! Metaflow as an engine: its local runtime and datastore, what happened read with its own client.

mod adapter;
mod argo;
mod check;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::conformance::trace::{End, Outcome, Span, State, Trace};
use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::Report;
use crate::{house, process};

/// The engine.
#[derive(Clone, Copy)]
pub struct Metaflow;

/// What the runner script is asked for one run.
#[derive(Serialize)]
pub struct Question {
    /// Unique.
    pub name: String,
    /// The flow file.
    pub file: PathBuf,
    /// Overrides.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// More of the environment.
    pub env: BTreeMap<String, String>,
    /// When the run is due.
    pub date: Option<String>,
    /// Seconds.
    pub timeout: u32,
}

/// What the conformance cases do not show: Metaflow's own checks, and the workflows of Argo that it makes.
pub fn steps(report: &mut Report, flowc: &Flowc, only: Option<&str>, without: &[Engine]) {
    check::steps(report, flowc, only, without);
    argo::steps(report, flowc, only, without);
}

pub use check::load_time_steps;

/// What it writes down.
#[derive(Deserialize)]
struct Answer {
    name: String,
    end: String,
    log: String,
    tasks: Vec<Task>,
}

/// A task of the flow, or one instance of it.
#[derive(Deserialize)]
struct Task {
    path: String,
    positions: Vec<usize>,
    state: Option<String>,
    attempts: usize,
    spans: Vec<(f64, f64)>,
    outputs: BTreeMap<String, serde_json::Value>,
}

/// Run flow files; what happened, in order.
pub fn run(questions: &[Question], work: &Path) -> Result<Vec<Trace>, String> {
    std::fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let asked = work.join("questions.json");
    let answered = work.join("answers.json");
    let text = serde_json::to_string_pretty(questions).map_err(|error| error.to_string())?;
    std::fs::write(&asked, text).map_err(|error| error.to_string())?;
    process::demand(
        process::command(python()?)
            .arg(house::engine_files().join("metaflow/run_flows.py"))
            .args([&asked, &answered])
            .arg("--work")
            .arg(work.join("runs")),
    )?;
    let text = std::fs::read_to_string(&answered).map_err(|error| error.to_string())?;
    let answers: Vec<Answer> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok(answers.into_iter().map(Answer::trace).collect())
}

fn python() -> Result<PathBuf, String> {
    Ok(engines::ready(Engine::Metaflow)?.join("bin/python"))
}

impl Answer {
    fn trace(self) -> Trace {
        let end = match self.end.as_str() {
            "succeeded" => End::Succeeded,
            "failed" => End::Failed,
            "refused" => End::Refused,
            other => End::Broke(other.to_owned()),
        };
        let mut trace = Trace::new(&self.name, end);
        trace.log = std::fs::read_to_string(&self.log).unwrap_or_default();
        trace.place = self.log;
        for task in self.tasks {
            let (path, positions) = (task.path.clone(), task.positions.clone());
            trace.put(&path, &positions, task.outcome());
        }
        trace
    }
}

impl Task {
    fn outcome(self) -> Outcome {
        let state = match self.state.as_deref() {
            Some("succeeded") => State::Succeeded,
            Some("failed") => State::Failed,
            Some("skipped") => State::Skipped,
            Some("upstream_failed") => State::UpstreamFailed,
            _ => State::Undecided,
        };
        let spans = self.spans.into_iter();
        Outcome {
            state,
            attempts: self.attempts,
            spans: spans.map(|(began, ended)| Span { began, ended }).collect(),
            outputs: self.outputs,
        }
    }
}
