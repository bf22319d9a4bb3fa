//! Prefect as an engine of the conformance cases: flow files run for real against a server, a process
//! per run; what happened is what the server's database says.

mod adapter;
mod answers;
pub mod containers;
mod deployed;
mod files;
pub mod import_time;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::{Report, say};
use crate::{house, process};
use trace::Answer;

/// Prefect 3.
#[derive(Clone, Copy)]
pub struct Prefect;

/// What the runner script is asked for one run.
#[derive(Serialize)]
pub struct Question {
    /// Unique.
    pub name: String,
    /// The flow file.
    pub file: PathBuf,
    /// The flow's function in it.
    pub function: String,
    /// Overrides of parameters.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// More of the environment.
    pub env: BTreeMap<String, String>,
    /// Secret blocks.
    pub secrets: BTreeMap<String, String>,
    /// The moment for which the run is scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What a person answers to a task.
    pub answers: BTreeMap<String, String>,
    /// Seconds.
    pub timeout: u32,
}

/// What the conformance cases do not show: files, containers, questions, deployments, time.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    files::steps(report, flowc, without);
    answers::steps(report, flowc, without);
    deployed::steps(report, flowc, without);
}

/// Run all, with one server; the answers in order.
fn run(questions: &[Question], work: &Path) -> Result<Vec<Answer>, String> {
    run_with(questions, work, &[])
}

/// The same with more arguments for the script.
fn run_with(questions: &[Question], work: &Path, more: &[&str]) -> Result<Vec<Answer>, String> {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let cases = work.join("cases.json");
    let traces = work.join("traces.json");
    let text = serde_json::to_string_pretty(questions).map_err(|error| error.to_string())?;
    fs::write(&cases, text).map_err(|error| error.to_string())?;
    process::demand(
        python()?
            .arg(house::engine_files().join("prefect/run_flows.py"))
            .args([&cases, &traces])
            .arg("--home")
            .arg(home()?)
            .arg("--work")
            .arg(work.join("runs"))
            .args(more),
    )?;
    let text = fs::read_to_string(&traces).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The flow file in a folder, and the function that it calls when it is run.
fn entrypoint(folder: &Path) -> Result<(PathBuf, String), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = entries.flatten().map(|entry| entry.path());
    let file = files
        .find(|path| path.extension().is_some_and(|ending| ending == "py"))
        .ok_or_else(|| format!("{}: no flow file", folder.display()))?;
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let function = text
        .lines()
        .filter_map(|line| line.strip_prefix("    state = "))
        .filter_map(|call| call.split_once("(**parameters"))
        .next_back()
        .ok_or_else(|| format!("{}: it runs no flow", file.display()))?;
    Ok((file, function.0.to_owned()))
}

/// A home with a migrated database, made once.
fn home() -> Result<PathBuf, String> {
    let home = engines::ready(Engine::Prefect)?.join("home");
    let mark = home.join(".complete");
    if !mark.exists() {
        say("   migrating a database");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        process::demand(
            python()?
                .args(["-m", "prefect", "server", "database", "upgrade", "-y"])
                .env("PREFECT_HOME", &home)
                .env("PREFECT_SERVER_ANALYTICS_ENABLED", "false"),
        )?;
        fs::write(mark, "").map_err(|error| error.to_string())?;
    }
    Ok(home)
}

fn python() -> Result<Command, String> {
    let python = engines::ready(Engine::Prefect)?.join("bin/python");
    Ok(process::command(python))
}
