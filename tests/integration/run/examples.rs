//! The examples do here what `tests/engines/traces` says they must do everywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Place;

#[derive(Default)]
struct Case {
    name: String,
    parameters: Map<String, Value>,
    env: BTreeMap<String, String>,
    date: Option<String>,
    refused: bool,
    run: Option<String>,
    tasks: Map<String, Value>,
    outputs: Map<String, Value>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cases(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap();
    let file: Value = serde_yaml::from_str(&text).unwrap();
    let map = |case: &Value, key: &str| case[key].as_object().cloned().unwrap_or_default();
    let texts = |case: &Value, key: &str| -> BTreeMap<String, String> {
        map(case, key)
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap().to_owned()))
            .collect()
    };
    file["cases"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|case| {
            let mut env = texts(case, "env");
            env.extend(texts(case, "secrets"));
            Case {
                name: case["name"].as_str().unwrap().to_owned(),
                parameters: map(case, "parameters"),
                env,
                date: case["date"].as_str().map(str::to_owned),
                refused: case["refused"] == true,
                run: case["run"].as_str().map(str::to_owned),
                tasks: map(case, "tasks"),
                outputs: map(case, "outputs"),
            }
        })
        .collect()
}

#[test]
fn every_example_that_a_process_can_run_does_what_its_trace_says() {
    let traces = root().join("tests/engines/traces");
    let mut ran = 0;
    let mut names: Vec<_> = fs::read_dir(&traces)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect();
    names.sort();
    for trace in names {
        let example = trace.file_stem().unwrap().to_string_lossy().into_owned();
        for case in cases(&trace) {
            run(&example, &case);
            ran += 1;
        }
    }
    assert!(ran > 30, "{ran}");
}

fn run(example: &str, case: &Case) {
    let place = Place::new("");
    let flow = root().join("examples").join(example).join("flow.yaml");
    let flow = flow.canonicalize().unwrap();
    let stand_ins = root()
        .join("tests/engines/stand-ins")
        .canonicalize()
        .unwrap();
    let params: Vec<String> = case
        .parameters
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    let mut words = vec![flow.to_str().unwrap(), "--state", ".flowc"];
    for param in &params {
        words.extend(["--param", param]);
    }
    if let Some(date) = &case.date {
        words.extend(["--date", date]);
    }
    let run = place.run_with(&words, |command| {
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env(
                "PATH",
                format!("{}:{path}", stand_ins.join("bin").display()),
            )
            .env("PYTHONPATH", &stand_ins)
            .envs(&case.env);
    });
    let what = format!("{example}, {}: {}", case.name, run.err);
    if case.refused {
        assert_eq!(run.code, Some(1), "{what}");
        assert_eq!(run.events[0]["event"], "run_refused", "{what}");
        return;
    }
    let state = run.events.last().unwrap();
    assert_eq!(state["state"].as_str(), case.run.as_deref(), "{what}");
    let tasks = run.tasks();
    let found = |name: &str, wanted: &str| {
        let event = tasks
            .get(name)
            .unwrap_or_else(|| panic!("no {name}: {what}"));
        let state = event["state"].as_str().unwrap();
        if wanted.contains('@') {
            format!("{state}@{}", event["attempts"])
        } else {
            state.to_owned()
        }
    };
    for (task, wanted) in &case.tasks {
        match wanted {
            Value::Array(list) => {
                for (at, wanted) in list.iter().enumerate() {
                    let wanted = wanted.as_str().unwrap();
                    assert_eq!(
                        found(&format!("{task}[{at}]"), wanted),
                        wanted,
                        "{task} {what}"
                    );
                }
            }
            wanted => {
                let wanted = wanted.as_str().unwrap();
                assert_eq!(found(task, wanted), wanted, "{task} {what}");
            }
        }
    }
    for (name, wanted) in &case.outputs {
        let (task, output) = name.rsplit_once('.').unwrap();
        let found = match tasks.get(task) {
            Some(event) => event["outputs"][output].clone(),
            // A task in a group that is fanned out.
            None => {
                let prefix = format!("{task}[");
                let mut all: Vec<_> = tasks
                    .iter()
                    .filter(|(name, event)| {
                        name.starts_with(&prefix) && event["state"] == "succeeded"
                    })
                    .map(|(_, event)| {
                        (event["index"].to_string(), event["outputs"][output].clone())
                    })
                    .collect();
                all.sort_by_key(|(index, _)| (index.len(), index.clone()));
                all.into_iter().map(|(_, value)| value).collect()
            }
        };
        assert_eq!(&found, wanted, "{name} {what}");
    }
}
