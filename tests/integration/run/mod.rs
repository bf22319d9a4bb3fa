//! `flowc run` as a program: processes, kills, Ctrl-C, secrets, bounds. No test looks at how long
//! something took.

mod bounds;
mod examples;
mod fused;
mod interrupted;
mod parts;
mod shared;
mod told;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own with a flow.
struct Place(TempDir);

/// How a run ended.
struct Run {
    code: Option<i32>,
    err: String,
    events: Vec<Value>,
}

impl Place {
    fn new(flow: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("flow.yaml", flow);
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowc-under-test"));
        command
            .args(words)
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .env("PLACE", self.0.path())
            .stdin(Stdio::null());
        command
    }

    fn flowc(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs the flow, with events.
    fn run(&self, words: &[&str]) -> Run {
        self.run_with(words, |_| {})
    }

    fn run_with(&self, words: &[&str], change: impl FnOnce(&mut Command)) -> Run {
        let mut all = vec!["run", "--events", "events.jsonl"];
        all.extend(words);
        let mut command = self.command(&all);
        change(&mut command);
        let output = command.output().unwrap();
        Run {
            code: output.status.code(),
            err: String::from_utf8(output.stderr).unwrap(),
            events: events(&self.read("events.jsonl")),
        }
    }

    fn start(&self, words: &[&str]) -> Child {
        self.command(words)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Waits until a file is there.
    fn wait_for(&self, file: &str) {
        for _ in 0..3000 {
            if self.path(file).exists() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("`{file}` does not appear");
    }

    /// The folder of the only run.
    fn run_folder(&self) -> PathBuf {
        let mut runs: Vec<_> = fs::read_dir(self.path(".flowc/runs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    }
}

fn events(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn signal(name: &str, process: u32) {
    let status = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

impl Run {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.err);
        self
    }

    /// `task` or `task[0,1]` to its last event.
    fn tasks(&self) -> BTreeMap<String, &Value> {
        self.events
            .iter()
            .filter(|event| event["event"] == "task_ended")
            .map(|event| {
                let task = event["task"].as_str().unwrap().to_owned();
                let index = event["index"].as_array().unwrap();
                let index: Vec<String> = index.iter().map(Value::to_string).collect();
                let name = match index.as_slice() {
                    [] => task,
                    index => format!("{task}[{}]", index.join(",")),
                };
                (name, event)
            })
            .collect()
    }

    #[track_caller]
    fn is(&self, task: &str, state: &str) -> &Self {
        let tasks = self.tasks();
        let found = tasks.get(task).map(|event| event["state"].clone());
        assert_eq!(found, Some(state.into()), "{task}: {}", self.err);
        self
    }

    #[track_caller]
    fn cause(&self, task: &str) -> String {
        let tasks = self.tasks();
        tasks[task]["cause"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn output(&self, task: &str, name: &str) -> Value {
        self.tasks()[task]["outputs"][name].clone()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}
