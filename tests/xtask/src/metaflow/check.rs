//! The examples as Metaflow itself checks them, for Kubernetes and with `--with kubernetes`; and what loading a
//! file costs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use flowc_tests::generate::{self, Shape};

use crate::conformance::expect::{Expectation, example};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{engines, house, process};

/// How many tasks the flow has whose loading is measured.
const TASKS: usize = 200;
/// How often each is loaded; the best time counts.
const RUNS: usize = 3;
/// How much longer than a file by hand it may take.
const BOUND: f64 = 1.2;

#[derive(Deserialize)]
struct Measured {
    cpu_ms: f64,
    exit: i32,
    stderr: String,
}

/// Check every example; only one when it is named.
pub fn steps(report: &mut Report, flowc: &Flowc, only: Option<&str>, without: &[Engine]) {
    let title = Engine::Metaflow.title();
    if without.contains(&Engine::Metaflow) {
        report.leave_out(title);
        return;
    }
    let work = house::work("metaflow");
    report.step(&format!("examples checked by {title}"), |checks| {
        let examples = house::examples();
        let wanted = |name: &&String| only.is_none_or(|only| name.contains(only));
        for example in examples.iter().filter(wanted) {
            for runner in ["process", "kubernetes"] {
                let result = checked(flowc, example, runner, &work);
                checks.result(&format!("{example} with {runner}"), result);
            }
        }
    });
    if !without.contains(&Engine::Tools) {
        report.step(&format!("files for {title} seen by ruff"), |checks| {
            if let Err(error) = ruff(&work, checks) {
                checks.fail("ruff", &error);
            }
        });
    }
}

/// Measure what loading a file costs.
pub fn load_time_steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("time to load a file by {}", Engine::Metaflow.title());
    report.step_on(&[Engine::Metaflow], without, &title, |checks| {
        match ratio(flowc, &house::work("metaflow-load")) {
            Ok(ratio) => {
                checks.at_most("load time", ratio, BOUND);
                checks.note(format!("{ratio:.2} times the time of a file by hand"));
            }
            Err(error) => checks.fail("load time", &error),
        }
    });
}

/// Compile an example and have Metaflow check it; what is for processes with `--with kubernetes`.
fn checked(flowc: &Flowc, name: &str, runner: &str, work: &Path) -> Result<(), String> {
    let flow = house::root().join("examples").join(name).join("flow.yaml");
    let folder = work.join("compiled").join(name).join(runner);
    let compiled = flowc.compile(&flow, "metaflow", &[&format!("runner={runner}")], &folder);
    if let Some(code) = Expectation::read(&example(name))?.refusal("metaflow") {
        return match compiled {
            Err(said) if said.contains(&format!("error[{code}]")) => Ok(()),
            Err(said) => Err(said),
            Ok(_) => Err("it was compiled".to_owned()),
        };
    }
    let compiled = compiled?;
    let [file] = compiled.files.as_slice() else {
        return Err(format!("{} files instead of one", compiled.files.len()));
    };
    let way: &[&str] = match runner {
        "process" => &["--datastore", "s3", "--with", "kubernetes", "check"],
        _ => &["--datastore", "s3", "check"],
    };
    process::demand(metaflow(file, work)?.args(way))?;
    Ok(())
}

/// `python FILE`, with a store that nobody asks, so that nothing leaves the machine.
fn metaflow(file: &Path, work: &Path) -> Result<Command, String> {
    let mut command = process::command(super::python()?);
    command.arg(file).current_dir(work).envs(BTreeMap::from([
        ("HOME", work.display().to_string()),
        ("METAFLOW_HOME", work.join("home").display().to_string()),
        ("METAFLOW_USER", "tests".to_owned()),
        (
            "METAFLOW_DATASTORE_SYSROOT_LOCAL",
            work.display().to_string(),
        ),
        (
            "METAFLOW_DATASTORE_SYSROOT_S3",
            "s3://nowhere/flow".to_owned(),
        ),
        ("METAFLOW_DATATOOLS_S3ROOT", "s3://nowhere/data".to_owned()),
        ("AWS_ACCESS_KEY_ID", "nobody".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "nothing".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9".to_owned()),
    ]));
    Ok(command)
}

/// Formatting and lints, as ruff's own defaults are.
fn ruff(work: &Path, checks: &mut Checks) -> Result<(), String> {
    let ruff = engines::ready(Engine::Tools)?.join("bin/ruff");
    let files = work.join("compiled");
    let lint: &[&str] = &[
        "check",
        "--isolated",
        "--select",
        "F,E9,I",
        "--output-format",
        "concise",
    ];
    for arguments in [lint, &["format", "--isolated", "--diff"]] {
        let ended = process::capture(process::command(&ruff).args(arguments).arg(&files));
        let result = if ended.success {
            Ok(())
        } else {
            Err(ended.tail(60))
        };
        checks.result(&format!("ruff {}", arguments[0]), result);
    }
    Ok(())
}

/// How much longer Metaflow takes to load and check an emitted file than one by hand.
fn ratio(flowc: &Flowc, work: &Path) -> Result<f64, String> {
    let work = work.join("load");
    fs::create_dir_all(&work).map_err(|error| error.to_string())?;
    let flow = work.join("flow.yaml");
    let hand = work.join("by_hand.py");
    fs::write(&flow, generate::flow(Shape::Linear, TASKS)).map_err(|error| error.to_string())?;
    fs::write(&hand, by_hand()).map_err(|error| error.to_string())?;
    let emitted = work.join("emitted");
    let compiled = flowc.compile(&flow, "metaflow", &["runner=process"], &emitted)?;
    let [emitted] = compiled.files.as_slice() else {
        return Err("not one file".to_owned());
    };
    let files: [&PathBuf; 2] = [emitted, &hand];
    let mut best = [f64::MAX; 2];
    for _ in 0..RUNS {
        for (best, file) in best.iter_mut().zip(files) {
            *best = best.min(processor_time(file, &work)?);
        }
    }
    Ok(best[0] / best[1])
}

/// The milliseconds of processor time that Metaflow's check of a file takes.
fn processor_time(file: &Path, work: &Path) -> Result<f64, String> {
    let mut measured = metaflow(&house::engine_files().join("measure.py"), work)?;
    let measured = measured
        .arg("1")
        .arg(super::python()?)
        .arg(file)
        .arg("check");
    let said = process::demand(measured)?;
    let seen: Measured =
        serde_json::from_str(&said).map_err(|error| format!("{error} in {said}"))?;
    match seen.exit {
        0 => Ok(seen.cpu_ms),
        _ => Err(seen.stderr),
    }
}

/// The same chain as a person would write it: the same variables, limits, retries, outputs and words.
fn by_hand() -> String {
    let mut text = String::from(BY_HAND);
    for task in 0..TASKS {
        let next = match task + 1 {
            TASKS => "end".to_owned(),
            next => format!("task_{next:05}"),
        };
        let retry = match task % 10 {
            0 => "    @retry(times=2, minutes_between_retries=0)\n",
            _ => "",
        };
        let rows = match task.checked_sub(1) {
            Some(before) => {
                format!("                \"ROWS_0\": str(self.rows_{before:05}),\n")
            }
            None => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{retry}    @step\n    def task_{task:05}(self):\n        \"\"\"Part {task}.\"\"\"\n        \
             self.rows_{task:05} = run(\n            'wc -l < \"$REGION/{task}\" > \"$FLOW_OUTPUTS/rows\"\\n',\n            \
             env={{\n                \"REGION\": self.region,\n{rows}            }},\n            \
             timeout=1800,\n            output=\"rows\",\n            kind=int,\n        )\n        \
             self.next(self.{next})\n"
        );
    }
    text.push_str("\n    @step\n    def end(self):\n        pass\n\n\nif __name__ == \"__main__\":\n    ByHand()\n");
    text
}

const BY_HAND: &str = r#"import os
import subprocess
import tempfile

from metaflow import FlowSpec, Parameter, retry, step


def run(script, env, timeout, output, kind):
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | env | {"FLOW_OUTPUTS": folder}
        subprocess.run(
            ["sh", "-e", "-c", script], env=env, check=True, timeout=timeout
        )
        with open(f"{folder}/{output}") as file:
            return kind(file.read())


class ByHand(FlowSpec):
    """Many tasks."""

    region = Parameter("region", type=str, default="north")

    @step
    def start(self):
        self.next(self.task_00000)
"#;
