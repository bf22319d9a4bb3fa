//! The YAML that flowc writes, read back by other languages' readers.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engines::{self, Engine};
use crate::report::{Checks, Report};
use crate::{cargo, house, process};

/// One string in one place of a document.
#[derive(Deserialize)]
struct Case {
    text: String,
    place: String,
    document: String,
    expected: Value,
}

/// Read the corpus with every reader that is not left out.
pub fn steps(report: &mut Report, without: &[Engine]) {
    let mut cases = None;
    report.step("YAML corpus", |checks| match corpus() {
        Ok(corpus) => {
            checks.pass();
            checks.note(format!("{} documents", corpus.len()));
            cases = Some(corpus);
        }
        Err(error) => checks.fail("the corpus", &error),
    });
    let Some(cases) = cases else { return };
    for engine in [Engine::Tools, Engine::YamlGo, Engine::YamlNpm] {
        let title = format!("YAML read by {}", engine.title());
        report.step_on(&[engine], without, &title, |checks| {
            read_with(engine, &cases, checks)
        });
    }
}

fn read_with(engine: Engine, cases: &[Case], checks: &mut Checks) {
    match answers(engine, cases) {
        Ok(answers) => {
            for (reader, answers) in &answers {
                compare(reader, answers, cases, checks);
            }
        }
        Err(error) => checks.fail(engine.title(), &error),
    }
}

fn compare(reader: &str, answers: &Value, cases: &[Case], checks: &mut Checks) {
    let answers = answers.as_array().map_or(&[][..], Vec::as_slice);
    if answers.len() != cases.len() {
        checks.fail(
            reader,
            &format!("{} answers to {} documents", answers.len(), cases.len()),
        );
        return;
    }
    for (answer, case) in answers.iter().zip(cases) {
        if answer["value"] == case.expected {
            checks.pass();
        } else {
            let detail = format!("{:?}\nread as {answer}", case.document);
            checks.fail(
                &format!("{reader} as {}: {:?}", case.place, case.text),
                &detail,
            );
        }
    }
}

fn answers(engine: Engine, cases: &[Case]) -> Result<Map<String, Value>, String> {
    let folder = engines::ready(engine)?;
    let file = house::work(&format!("yaml-{}", engine.name())).join("documents.json");
    let documents: Vec<&str> = cases.iter().map(|case| case.document.as_str()).collect();
    let text = serde_json::to_string(&documents).map_err(|error| error.to_string())?;
    fs::write(&file, text).map_err(|error| error.to_string())?;
    let mut command = match engine {
        Engine::Tools => python_reader(&folder),
        Engine::YamlGo => process::command(folder.join("program")),
        _ => {
            let mut command = process::command("node");
            command.arg(folder.join("main.js"));
            command
        }
    };
    let said = process::demand(command.arg(&file))?;
    serde_json::from_str(&said).map_err(|error| error.to_string())
}

fn python_reader(folder: &Path) -> std::process::Command {
    let mut command = process::command(folder.join("bin/python"));
    command.arg(house::engine_files().join("read_yaml.py"));
    command
}

/// What the example program `yaml_corpus` of the targets prints.
fn corpus() -> Result<Vec<Case>, String> {
    let said = cargo::run_example("yaml_corpus")?;
    let cases: Vec<Case> = serde_json::from_str(&said).map_err(|error| error.to_string())?;
    if cases.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(cases)
}
