//! A few flows by the real scheduler: what `dag.test()` cannot show, which runs one task after the
//! other, waits for nothing and has nobody to ask.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::trace::Answer;
use super::{Airflow, environment, home, python, refused};
use crate::conformance::compare::differences;
use crate::conformance::expect::Run;
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::flowc::{self, Flowc};
use crate::report::{Checks, Report};
use crate::{house, process};

/// Seconds by which a busy machine may be late.
const LATE: f64 = 60.0;

/// What a flow must do: an `expected.yaml` of `tests/engines/scheduler`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Targets that must refuse it, with the code that they give.
    #[serde(default)]
    refused_by: BTreeMap<String, String>,
    /// Pools that an administrator has made, with their slots.
    #[serde(default)]
    pools: BTreeMap<String, u32>,
    /// What a person answers to a task.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// The seconds after which the last attempt of a task ends.
    #[serde(default)]
    lasts: BTreeMap<String, f64>,
    /// A state of Airflow's that the task goes through.
    #[serde(default)]
    seen: BTreeMap<String, String>,
    /// The run.
    run: Run,
}

/// What the script is asked for one run.
#[derive(Serialize)]
struct Question {
    name: String,
    file: PathBuf,
    dag: String,
    pools: BTreeMap<String, u32>,
    answers: BTreeMap<String, String>,
}

/// Run the flows on one version.
pub fn steps(report: &mut Report, flowc: &Flowc, airflow: Airflow, without: &[Engine]) {
    let title = format!("flows by the scheduler of {}", airflow.engine.title());
    report.step_on(&[airflow.engine], without, &title, |checks| {
        if let Err(error) = run(flowc, airflow, checks) {
            checks.fail(&title, &error);
        }
    });
}

fn run(flowc: &Flowc, airflow: Airflow, checks: &mut Checks) -> Result<(), String> {
    let work = house::work(&format!("{}-scheduler", airflow.engine.name()));
    let mut questions = Vec::new();
    let mut all = BTreeMap::new();
    for (name, folder) in flows()? {
        let text = fs::read_to_string(folder.join("expected.yaml"))
            .map_err(|error| format!("{name}: {error}"))?;
        let expected: Expected =
            serde_yaml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let flow = folder.join("flow.yaml");
        let out = work.join("dags").join(&name);
        let compiled = flowc.compile(&flow, airflow.target, &["runner=process"], &out);
        if let Some(code) = expected.refused_by.get(airflow.target) {
            checks.result(&format!("{name} is refused"), refused(compiled, code));
            continue;
        }
        questions.push(Question {
            name: name.clone(),
            file: compiled?.files.into_iter().next().ok_or("no file")?,
            dag: flowc::flow_name(&flow)?,
            pools: expected.pools.clone(),
            answers: expected.answers.clone(),
        });
        all.insert(name, expected);
    }
    for mut answer in schedule(airflow, &questions, &work)? {
        let Some(expected) = all.get(&answer.name) else {
            continue;
        };
        let seen = std::mem::take(&mut answer.seen);
        let logs = std::mem::take(&mut answer.log);
        let trace = answer.trace();
        let mut found = differences(&expected.run, &trace, airflow.target, true);
        found.extend(wrong_lengths(expected, &trace));
        found.extend(unseen(expected, &seen));
        let detail = || format!("{}\nlogs: {logs}", found.join("\n"));
        let result = if found.is_empty() {
            Ok(())
        } else {
            Err(detail())
        };
        checks.result(&trace.name, result);
    }
    Ok(())
}

fn flows() -> Result<BTreeMap<String, PathBuf>, String> {
    let folder = house::engine_files().join("scheduler");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .collect())
}

fn schedule(airflow: Airflow, questions: &[Question], work: &Path) -> Result<Vec<Answer>, String> {
    let cases = work.join("cases.json");
    let answers = work.join("answers.json");
    let text = serde_json::to_string_pretty(questions).map_err(|error| error.to_string())?;
    fs::write(&cases, text).map_err(|error| error.to_string())?;
    process::demand(
        python(airflow)?
            .arg(house::engine_files().join("airflow/schedule_dags.py"))
            .args([&cases, &answers])
            .arg("--home")
            .arg(home(airflow)?)
            .arg("--work")
            .arg(work.join("run"))
            .envs(environment(airflow, &BTreeMap::new())?),
    )?;
    let text = fs::read_to_string(&answers).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn wrong_lengths(expected: &Expected, trace: &Trace) -> Vec<String> {
    let length = |task: &str| {
        let node = trace.tasks.get(task)?;
        let last = *node.outcomes().last()?.spans.last()?;
        Some(last.ended - last.began)
    };
    let fits = |task: &str, seconds: f64| {
        length(task).is_some_and(|length| (seconds..seconds + LATE).contains(&length))
    };
    expected
        .lasts
        .iter()
        .filter(|(task, seconds)| !fits(task, **seconds))
        .map(|(task, seconds)| format!("{task} ran for {:.1?} s, not {seconds} s", length(task)))
        .collect()
}

fn unseen(expected: &Expected, seen: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    expected
        .seen
        .iter()
        .filter(|(task, state)| !seen.get(*task).is_some_and(|seen| seen.contains(state)))
        .map(|(task, state)| format!("{task} was never {state}"))
        .collect()
}
