//! The examples as files: what ruff and pyright say of them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::entrypoint;
use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{airflow, house, process};

/// How tasks may start.
const RUNNERS: [&str; 3] = ["process", "docker", "kubernetes"];

/// Check the file of every example.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = "files for Prefect seen by ruff and pyright";
    let needed = [Engine::Prefect, Engine::Tools, Engine::Pyright];
    report.step_on(&needed, without, title, |checks| {
        let work = house::work("prefect-files");
        let files = compile(flowc, &work, checks);
        let checked = ruff(&files, checks).and_then(|()| pyright(&work, checks));
        if let Err(error) = checked {
            checks.fail("files", &error);
        }
    });
}

fn compile(flowc: &Flowc, work: &Path, checks: &mut Checks) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let examples = house::examples();
    let all = RUNNERS
        .iter()
        .flat_map(|runner| examples.iter().map(move |example| (runner, example)));
    for (runner, example) in all {
        let folder = work.join(runner).join(example);
        let flow = house::root()
            .join("examples")
            .join(example)
            .join("flow.yaml");
        if airflow::refusal(example, "prefect@3").is_some() {
            continue;
        }
        let compiled = flowc.compile(&flow, "prefect", &[&format!("runner={runner}")], &folder);
        match compiled.and_then(|_| entrypoint(&folder)) {
            Ok((file, _)) => {
                checks.pass();
                files.push(file);
            }
            Err(error) => checks.fail(example, &error),
        }
    }
    files
}

fn ruff(files: &[PathBuf], checks: &mut Checks) -> Result<(), String> {
    let ruff = engines::ready(Engine::Tools)?.join("bin/ruff");
    let lint: &[&str] = &[
        "check",
        "--isolated",
        "--select",
        "F,E9",
        "--output-format",
        "concise",
    ];
    let format: &[&str] = &["format", "--isolated", "--diff"];
    for arguments in [lint, format] {
        let ended = process::capture(process::command(&ruff).args(arguments).args(files));
        let result = if ended.success {
            Ok(())
        } else {
            Err(ended.tail(60))
        };
        checks.result(&format!("ruff {}", arguments[0]), result);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    general_diagnostics: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    file: String,
    severity: String,
    message: String,
}

/// Types, in pyright's own default mode.
fn pyright(folder: &Path, checks: &mut Checks) -> Result<(), String> {
    let pyright = engines::ready(Engine::Pyright)?.join("node_modules/pyright/index.js");
    let python = engines::ready(Engine::Prefect)?.join("bin/python");
    let ended = process::capture(
        process::command("node")
            .arg(pyright)
            .arg("--outputjson")
            .arg("--pythonpath")
            .arg(python)
            .arg(folder)
            .current_dir(folder),
    );
    let seen: Seen = serde_json::from_str(&ended.stdout)
        .map_err(|error| format!("{error}\n{}", ended.tail(20)))?;
    checks.pass();
    for finding in seen.general_diagnostics {
        let name = format!("pyright {}", finding.file);
        checks.fail(&name, &format!("{}: {}", finding.severity, finding.message));
    }
    Ok(())
}
