//! The examples on real Airflow: imported and serialised for every runner. They are run as
//! [`crate::conformance`] says.

mod adapter;
pub mod containers;
pub mod import_time;
pub mod scheduler;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::conformance::expect::{self, Expectation};
use crate::engines::{self, Engine};
use crate::flowc::{self, Flowc};
use crate::report::{Checks, Report, say};
use crate::{house, process};
use trace::Answer;

/// How tasks may start.
const RUNNERS: [&str; 3] = ["process", "kubernetes", "docker"];

/// An engine and the version of the target that is written for it.
#[derive(Clone, Copy)]
pub struct Airflow {
    /// What is installed.
    pub engine: Engine,
    /// The version of the target.
    pub version: &'static str,
    /// The target with it.
    pub target: &'static str,
}

/// Both versions.
pub const VERSIONS: [Airflow; 2] = [
    Airflow {
        engine: Engine::Airflow3,
        version: "3",
        target: "airflow@3",
    },
    Airflow {
        engine: Engine::Airflow2,
        version: "2.11",
        target: "airflow@2.11",
    },
];

/// What the runner script is asked for one run.
#[derive(Serialize)]
pub struct Question {
    /// Unique.
    pub name: String,
    /// Where the DAG file is, alone.
    pub folder: PathBuf,
    /// Its DAG.
    pub dag: String,
    /// Overrides of parameters.
    pub conf: serde_json::Map<String, serde_json::Value>,
    /// More of the environment.
    pub env: BTreeMap<String, String>,
    /// The logical date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Seconds.
    pub timeout: u32,
}

#[derive(Deserialize)]
struct Imported {
    file: PathBuf,
    error: Option<String>,
    dags: usize,
    seconds: Option<f64>,
}

/// Check every example on one version; only one example when it is named.
pub fn steps(
    report: &mut Report,
    flowc: &Flowc,
    airflow: Airflow,
    only: Option<&str>,
    without: &[Engine],
) {
    let examples: Vec<String> = house::examples()
        .into_iter()
        .filter(|name| only.is_none_or(|only| name.contains(only)))
        .collect();
    let title = airflow.engine.title();
    if without.contains(&airflow.engine) {
        report.leave_out(title);
        return;
    }
    let work = house::work(airflow.engine.name());
    let mut files = BTreeMap::new();
    report.step(&format!("examples compiled for {title}"), |checks| {
        files = compile(flowc, airflow, &examples, &work, checks);
    });
    report.step(&format!("examples imported by {title}"), |checks| {
        let all: Vec<&PathBuf> = files.values().collect();
        if let Err(error) = import(airflow, &all, &work, checks) {
            checks.fail(title, &error);
        }
    });
    if !without.contains(&Engine::Tools) {
        report.step(&format!("files for {title} seen by ruff"), |checks| {
            let all: Vec<&PathBuf> = files.values().collect();
            if let Err(error) = ruff(&all, checks) {
                checks.fail("ruff", &error);
            }
        });
    }
}

/// The DAG file of each example and runner.
fn compile(
    flowc: &Flowc,
    airflow: Airflow,
    examples: &[String],
    work: &Path,
    checks: &mut Checks,
) -> BTreeMap<(String, &'static str), PathBuf> {
    let mut files = BTreeMap::new();
    for example in examples {
        let flow = flow_file(example);
        for runner in RUNNERS {
            let folder = work.join("dags").join(example).join(runner);
            let target = format!("airflow@{}", airflow.version);
            let name = format!("{example} for {target} with {runner}");
            let compiled = flowc.compile(&flow, &target, &[&format!("runner={runner}")], &folder);
            if let Some(code) = refusal(example, &target) {
                checks.result(&format!("{name} is refused"), refused(compiled, &code));
                continue;
            }
            match compiled {
                Err(said) => checks.fail(&name, &said),
                Ok(compiled) => match compiled.files.as_slice() {
                    [file] => {
                        checks.pass();
                        files.insert((example.clone(), runner), file.clone());
                    }
                    other => checks.fail(&name, &format!("{} files instead of one", other.len())),
                },
            }
        }
    }
    files
}

/// Import and serialise all files in one process.
fn import(
    airflow: Airflow,
    files: &[&PathBuf],
    work: &Path,
    checks: &mut Checks,
) -> Result<(), String> {
    let imported = import_files(airflow, files, work, 0)?;
    for one in imported {
        let name = format!("import of {}", short(&one.file, work));
        match one.error {
            Some(error) => checks.fail(&name, &error),
            None if one.dags != 1 => {
                checks.fail(&name, &format!("{} DAGs instead of one", one.dags))
            }
            None => checks.pass(),
        }
    }
    Ok(())
}

/// Import these files; what each was like, in order. The time is the best of so many rounds.
fn import_files(
    airflow: Airflow,
    files: &[&PathBuf],
    work: &Path,
    rounds: usize,
) -> Result<Vec<Imported>, String> {
    let said = process::demand(
        python(airflow)?
            .arg(house::engine_files().join("airflow/import_dags.py"))
            .arg("--home")
            .arg(home(airflow)?)
            .arg("--work")
            .arg(work.join("import"))
            .args(["--rounds", &rounds.to_string()])
            .args(files),
    )?;
    last_line(&said)
}

/// Formatting and lints as ruff's own defaults are, with Airflow's rules.
fn ruff(files: &[&PathBuf], checks: &mut Checks) -> Result<(), String> {
    let ruff = engines::ready(Engine::Tools)?.join("bin/ruff");
    let lint: &[&str] = &[
        "check",
        "--isolated",
        "--preview",
        "--select",
        "AIR,F,E9",
        "--output-format",
        "concise",
    ];
    let format: &[&str] = &["format", "--isolated", "--diff"];
    for arguments in [lint, format] {
        for file in files {
            let ended = process::capture(process::command(&ruff).args(arguments).arg(file));
            let name = format!("ruff {} {}", arguments[0], file.display());
            checks.result(
                &name,
                if ended.success {
                    Ok(())
                } else {
                    Err(ended.tail(30))
                },
            );
        }
    }
    Ok(())
}

/// Run them; the answers in order.
pub fn run(airflow: Airflow, questions: &[Question], work: &Path) -> Result<Vec<Answer>, String> {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let cases = work.join("cases.json");
    let traces = work.join("traces.json");
    let text = serde_json::to_string_pretty(questions).map_err(|error| error.to_string())?;
    fs::write(&cases, text).map_err(|error| error.to_string())?;
    process::demand(
        python(airflow)?
            .arg(house::engine_files().join("airflow/run_dags.py"))
            .args([&cases, &traces])
            .arg("--home")
            .arg(home(airflow)?)
            .arg("--work")
            .arg(work.join("runs"))
            .arg("--jobs")
            .arg(at_once().to_string()),
    )?;
    let text = fs::read_to_string(&traces).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// How many runs go at once: one more than there are cores, for they often wait.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1)
}

/// The environment of a run: the engine's own programs first, and what is asked for.
pub fn environment(
    airflow: Airflow,
    own: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let programs = engines::ready(airflow.engine)?.join("bin");
    let mut env = own.clone();
    let inherited = env
        .remove("PATH")
        .unwrap_or_else(|| std::env::var("PATH").unwrap_or_default());
    let path = format!("{}:{inherited}", programs.display());
    env.insert("PATH".to_owned(), path);
    Ok(env)
}

/// A migrated home of this version, made once, beside others that may make it at the same time.
fn home(airflow: Airflow) -> Result<PathBuf, String> {
    let engine = engines::ready(airflow.engine)?;
    let home = engine.join("home");
    if !home.join(".complete").exists() {
        say("   migrating a database");
        let own = engine.join(format!("home-{}", std::process::id()));
        fs::create_dir_all(&own).map_err(|error| error.to_string())?;
        process::demand(
            python(airflow)?
                .args(["-m", "airflow", "db", "migrate"])
                .env("AIRFLOW_HOME", &own)
                .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
        )?;
        fs::write(own.join(".complete"), "").map_err(|error| error.to_string())?;
        if fs::rename(&own, &home).is_err() {
            let _ = fs::remove_dir_all(&own);
        }
    }
    Ok(home)
}

fn python(airflow: Airflow) -> Result<std::process::Command, String> {
    Ok(process::command(
        engines::ready(airflow.engine)?.join("bin/python"),
    ))
}

/// The code with which a target must refuse an example.
pub fn refusal(example: &str, target: &str) -> Option<String> {
    let expectation = Expectation::read(&expect::example(example)).ok()?;
    expectation.refusal(target).map(str::to_owned)
}

/// Whether a flow was refused with this code.
pub fn refused(compiled: Result<flowc::Compiled, String>, code: &str) -> Result<(), String> {
    match compiled {
        Ok(_) => Err("it was compiled".to_owned()),
        Err(said) if said.contains(&format!("error[{code}]")) => Ok(()),
        Err(said) => Err(said),
    }
}

fn flow_file(example: &str) -> PathBuf {
    house::root()
        .join("examples")
        .join(example)
        .join("flow.yaml")
}

/// The JSON in the last line; Airflow talks on standard output before it.
fn last_line<T: for<'a> Deserialize<'a>>(said: &str) -> Result<T, String> {
    let line = said.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("{error} in {line}"))
}

fn short(file: &Path, work: &Path) -> String {
    file.strip_prefix(work)
        .unwrap_or(file)
        .display()
        .to_string()
}
