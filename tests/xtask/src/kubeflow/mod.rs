//! The examples as Kubeflow reads them: strictly, by kfp's own loader, and run by its local runner where
//! that can run them.

mod adapter;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{house, process};

/// The engine.
#[derive(Clone, Copy)]
pub struct Kubeflow;

#[derive(Deserialize)]
struct Read {
    file: PathBuf,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Local {
    file: PathBuf,
    error: Option<String>,
    outputs: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct Loads {
    ratio: f64,
}

/// How much longer a file may take to load than one of the SDK's for the same tasks.
const LONGEST_LOAD: f64 = 1.2;

/// Check every example.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = Engine::Kubeflow.title();
    if without.contains(&Engine::Kubeflow) {
        report.leave_out(title);
        return;
    }
    let work = house::work("kubeflow");
    let mut files = Vec::new();
    report.step(&format!("examples and cases read by {title}"), |checks| {
        files = compiled(flowc, &work);
        if let Err(error) = read(&files, checks) {
            checks.fail(title, &error);
        }
    });
    report.step(
        &format!("examples run by the local runner of {title}"),
        |checks| {
            if let Err(error) = run_locally(&files, &work, checks) {
                checks.fail(title, &error);
            }
        },
    );
}

/// Measure what loading a file costs.
pub fn load_time_steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("time to load a file by {}", Engine::Kubeflow.title());
    report.step_on(
        &[Engine::Kubeflow],
        without,
        &title,
        |checks| match load_time(flowc, &house::work("kubeflow-load")) {
            Ok(ratio) => {
                checks.at_most("load time", ratio, LONGEST_LOAD);
                checks.note(format!("{ratio:.2} times the time of the SDK's own file"));
            }
            Err(error) => checks.fail("load time", &error),
        },
    );
}

/// Interpret the one file in a folder; a run that does not succeed is an error.
///
/// # Errors
/// How the run ended.
pub fn run_one(folder: &Path, env: BTreeMap<String, String>, work: &Path) -> Result<(), String> {
    let question = adapter::Question {
        name: "one".to_owned(),
        file: file_in(folder)?,
        parameters: serde_json::Map::new(),
        env,
        secrets: BTreeMap::new(),
        date: None,
        timeout: 300,
    };
    let answers = adapter::ask(&[question], work)?;
    let [answer] = answers.as_slice() else {
        return Err("no answer".to_owned());
    };
    if answer.run.as_deref() == Some("succeeded") {
        return Ok(());
    }
    let failed = answer
        .containers
        .iter()
        .find(|container| container.error.is_some());
    let log = failed.map_or("", |container| container.log.as_str());
    Err(format!("{:?} {:?}\n{log}", answer.run, answer.error))
}

/// Python with kfp in it.
fn python() -> Result<Command, String> {
    let folder = engines::ready(Engine::Kubeflow)?;
    let mut command = process::command(folder.join("bin/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// A program of this engine.
fn script(name: &str) -> PathBuf {
    house::engine_files().join("kubeflow").join(name)
}

/// The one file in a folder.
fn file_in(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut files = entries.flatten().map(|entry| entry.path());
    files
        .find(|file| file.extension().is_some_and(|end| end == "yaml"))
        .ok_or_else(|| format!("no file in {}", folder.display()))
}

/// Every example and case that the target takes; that the others are refused as they must be is a
/// matter of conformance.
fn compiled(flowc: &Flowc, work: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for kind in ["examples", "tests/conformance"] {
        let folders = std::fs::read_dir(house::root().join(kind))
            .into_iter()
            .flatten();
        let mut folders: Vec<PathBuf> = folders.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            let name = folder.file_name().unwrap_or_default();
            let out = work.join(kind.replace('/', "-")).join(name);
            let flow = folder.join("flow.yaml");
            if let Ok(compiled) = flowc.compile(&flow, "kubeflow", &[], &out) {
                files.extend(compiled.files);
            }
        }
    }
    files
}

fn read(files: &[PathBuf], checks: &mut Checks) -> Result<(), String> {
    let said = process::demand(python()?.arg(script("check.py")).args(files))?;
    let all: Vec<Read> = serde_json::from_str(&said).map_err(|error| error.to_string())?;
    if all.len() < 50 {
        return Err(format!("only {} files were read", all.len()));
    }
    for one in all {
        let name = one.file.display().to_string();
        checks.result(&name, one.error.map_or(Ok(()), Err));
    }
    Ok(())
}

/// What kfp's local runner can run, it must run as the interpreter does.
fn run_locally(files: &[PathBuf], work: &Path, checks: &mut Checks) -> Result<(), String> {
    let examples: Vec<&PathBuf> = files
        .iter()
        .filter(|file| file.components().any(|part| part.as_os_str() == "examples"))
        .collect();
    let said = process::demand(python()?.arg(script("run_local.py")).args(&examples))?;
    let last = said.lines().last().unwrap_or_default();
    let ran: Vec<Local> = serde_json::from_str(last).map_err(|error| format!("{error}: {said}"))?;
    let questions: Vec<adapter::Question> = ran
        .iter()
        .map(|one| adapter::Question {
            name: one.file.display().to_string(),
            file: one.file.clone(),
            parameters: serde_json::Map::new(),
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
            date: None,
            timeout: 60,
        })
        .collect();
    let answers = adapter::ask(&questions, &work.join("local"))?;
    if ran.len() < 5 {
        return Err(format!("only {} examples were run", ran.len()));
    }
    for (local, answer) in ran.iter().zip(&answers) {
        checks.result(&answer.name, same_runs(local, answer));
    }
    checks.note(format!(
        "{} of {} examples have neither loops nor conditions",
        ran.len(),
        examples.len()
    ));
    Ok(())
}

fn same_runs(local: &Local, answer: &adapter::Answer) -> Result<(), String> {
    if let Some(error) = &local.error {
        return Err(error.clone());
    }
    if answer.run.as_deref() != Some("succeeded") {
        return Err(format!(
            "the interpreter says {:?} {:?}",
            answer.run, answer.error
        ));
    }
    let mut interpreted: BTreeMap<String, BTreeMap<String, serde_json::Value>> = BTreeMap::new();
    for container in &answer.containers {
        interpreted.insert(container.title.clone(), container.outputs.clone());
    }
    if as_doubles(&local.outputs) == as_doubles(&interpreted) {
        Ok(())
    } else {
        Err(format!(
            "{:?}\nthe interpreter says\n{interpreted:?}",
            local.outputs
        ))
    }
}

/// Without the difference between `5` and `5.0` and the order of fields, which protocol buffers do not keep, and
/// without tasks that put nothing out.
fn as_doubles(
    outputs: &BTreeMap<String, BTreeMap<String, serde_json::Value>>,
) -> serde_json::Value {
    fn double(value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::Number(number) => number.as_f64().into(),
            Value::String(text) if text.starts_with(['{', '[']) => {
                let read = serde_json::from_str(text).ok();
                read.as_ref().map_or_else(|| value.clone(), double)
            }
            Value::Array(list) => list.iter().map(double).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), double(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
    let filled = outputs.iter().filter(|(_, outputs)| !outputs.is_empty());
    let all: BTreeMap<_, _> = filled.collect();
    double(&serde_json::to_value(all).unwrap_or_default())
}

/// How long our file takes to load, by the time of the SDK's for the same tasks.
fn load_time(flowc: &Flowc, work: &Path) -> Result<f64, String> {
    let folder = work.join("load");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let flow = folder.join("flow.yaml");
    let mut text = String::from(
        "flow: chain\ndefaults: { image: \"busybox:1.36\" }\nparameters: { name: world }\ntasks:\n",
    );
    for number in 0..100 {
        text.push_str(&format!("  t{number}:\n"));
        if number > 0 {
            text.push_str(&format!("    depends_on: [t{}]\n", number - 1));
        }
        text.push_str("    env: { NAME: \"${{ parameters.name }}\" }\n");
        text.push_str(&format!("    run: echo \"{number} $NAME\"\n"));
    }
    std::fs::write(&flow, text).map_err(|error| error.to_string())?;
    flowc.compile(&flow, "kubeflow", &[], &folder.join("out"))?;
    let file = file_in(&folder.join("out"))?;
    let said = process::demand(python()?.arg(script("load_time.py")).arg(file))?;
    let loads: Loads = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
    Ok(loads.ratio)
}
