//! What loading an emitted file costs, beside a file written by hand. A worker loads a flow in a process of its
//! own, so most of it is Prefect's; without that, a file that decides by states is longer and takes longer.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use flowc_tests::generate::{self, Shape};

use super::{entrypoint, python};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::report::Report;
use crate::{house, process};

/// How many tasks the flow has.
const TASKS: usize = 200;

/// How much longer than a file by hand it may take in a process of its own.
const BOUND: f64 = 1.2;

/// The same when Prefect has been loaded already.
const ALONE: f64 = 2.2;

#[derive(Deserialize)]
struct Times {
    process: [f64; 2],
    alone: [f64; 2],
}

/// Load both.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("time to load a file by {}", Engine::Prefect.title());
    report.step_on(&[Engine::Prefect], without, &title, |checks| {
        match ratios(flowc, &house::work("prefect-load")) {
            Ok([process, alone]) => {
                checks.at_most("with Prefect", process, BOUND);
                checks.at_most("without it", alone, ALONE);
                checks.note(format!(
                    "{process:.2} times the time of a file by hand, {alone:.2} without Prefect itself"
                ));
            }
            Err(error) => checks.fail("load time", &error),
        }
    });
}

fn ratios(flowc: &Flowc, work: &Path) -> Result<[f64; 2], String> {
    let flow = work.join("flow.yaml");
    let hand = work.join("by_hand.py");
    fs::write(&flow, generate::flow(Shape::Linear, TASKS)).map_err(|error| error.to_string())?;
    fs::write(&hand, by_hand()).map_err(|error| error.to_string())?;
    let emitted = work.join("emitted");
    flowc.compile(&flow, "prefect", &["runner=process"], &emitted)?;
    let (emitted, _) = entrypoint(&emitted)?;
    let script = house::engine_files().join("prefect/load_time.py");
    let said = process::demand(
        python()?
            .arg(script)
            .args([&emitted, &hand])
            .env("PREFECT_HOME", work.join("home")),
    )?;
    let times: Times = serde_json::from_str(&said).map_err(|error| format!("{error} in {said}"))?;
    Ok([times.process, times.alone].map(|[emitted, hand]| emitted / hand))
}

/// The same chain as a person would write it: the same variables, limits, retries, outputs and words.
fn by_hand() -> String {
    let mut text = String::from(BY_HAND);
    let mut calls = String::new();
    for task in 0..TASKS {
        let (parameters, variable, argument) = match task.checked_sub(1) {
            Some(before) => (
                "region, rows",
                ", \"ROWS_0\": str(rows)",
                format!("region, at_{before:05}"),
            ),
            None => ("region", "", "region".to_owned()),
        };
        let decorator = match task % 10 {
            0 => "@task(retries=2, retry_delay_seconds=[10, 20])",
            _ => "@task",
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n\n{decorator}\ndef task_{task:05}({parameters}):\n    \"\"\"Part {task}.\"\"\"\n    \
             return run(\n        'wc -l < \"$REGION/{task}\" > \"$FLOW_OUTPUTS/rows\"\\n',\n        \
             env={{\"REGION\": region{variable}}},\n        timeout=1800,\n        \
             output=\"rows\",\n        kind=int,\n    )\n"
        );
        let _ = writeln!(
            calls,
            "    at_{task:05} = task_{task:05}.submit({argument})"
        );
    }
    let _ = write!(
        text,
        "\n\n@flow(name=\"by-hand\", log_prints=True)\ndef by_hand(region: str = \"north\"):\n    \
         \"\"\"{TASKS} tasks.\"\"\"\n{calls}    return at_{:05}\n\n\nif __name__ == \"__main__\":\n    \
         by_hand()\n",
        TASKS - 1
    );
    text
}

const BY_HAND: &str = r#"import os
import subprocess
import tempfile

from prefect import flow, task


def run(script, env, timeout, output, kind):
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | env | {"FLOW_OUTPUTS": folder}
        subprocess.run(
            ["sh", "-e", "-c", script], env=env, check=True, timeout=timeout
        )
        with open(f"{folder}/{output}") as file:
            return kind(file.read())
"#;
