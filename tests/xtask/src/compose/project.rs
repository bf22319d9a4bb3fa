//! One run of one file as a project of Compose.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::conformance::adapter::Job;
use crate::conformance::trace::{End, Outcome, Span, State, Trace};
use crate::engines::docker::Docker;
use crate::process::{self, capture};

/// Host paths, which mean nothing in a container.
const OF_THE_HOST: [&str; 3] = ["PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"];

/// A project to be run.
pub struct Project<'a> {
    /// The engine.
    pub docker: &'a Docker,
    /// Compose.
    pub program: &'a Path,
    /// Unique among all projects of the engine.
    pub name: String,
    /// For what is read of the run.
    pub folder: PathBuf,
}

/// What the file says of itself.
pub(super) struct File {
    pub(super) value: Value,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let value = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
        Ok(Self { value })
    }

    pub(super) fn services(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.value["services"].as_object().into_iter().flatten()
    }

    pub(super) fn variable(&self, service: &str, name: &str) -> &str {
        self.value["services"][service]["environment"][name]
            .as_str()
            .unwrap_or_default()
    }

    /// Whether there is a runner, whose folder tells what happened.
    fn has_runner(&self) -> bool {
        self.value["volumes"]["runs"].is_object()
    }

    /// The variable that gives a parameter its value, and the text of one: `take("n", "N", "integer", …)`.
    pub(super) fn parameter(&self, name: &str, value: &Value) -> Result<(String, String), String> {
        let lines = self.variable("start", "FLOW_PARAMETERS");
        let start = format!("take(\"{name}\", \"");
        let rest = lines.lines().find_map(|line| line.strip_prefix(&start));
        let mut words = rest.unwrap_or_default().split('"');
        let (Some(variable), Some(ty)) = (words.next(), words.nth(1)) else {
            return Err(format!("the file has no parameter {name}"));
        };
        let text = match value.as_str() {
            Some(text) if ty == "string" => text.to_owned(),
            _ => value.to_string(),
        };
        Ok((variable.to_owned(), text))
    }

    pub(super) fn secret(&self, name: &str) -> Option<String> {
        let upper = name.to_uppercase();
        let required = self.variable("start", "FLOW_REQUIRED");
        let mut names = required.split(' ');
        let clash = format!("SECRET_{upper}");
        names
            .find(|known| **known == upper || **known == clash)
            .map(str::to_owned)
    }

    /// The outputs of a task with their types.
    pub(super) fn outputs(&self, task: &str) -> BTreeMap<String, String> {
        let is = |service: &Value| {
            service["environment"]["FLOW_TASK"] == task
                && service["environment"]["FLOW_STEP"].is_null()
        };
        let service = self
            .services()
            .map(|(_, service)| service)
            .find(|service| is(service));
        let types =
            service.and_then(|service| service["environment"]["FLOW_OUTPUT_TYPES"].as_str());
        types
            .unwrap_or_default()
            .split(' ')
            .filter_map(|output| output.split_once('='))
            .map(|(name, ty)| (name.to_owned(), ty.to_owned()))
            .collect()
    }
}

impl Project<'_> {
    /// Run it, read what happened, and leave nothing behind.
    pub fn run(&self, job: &Job) -> Trace {
        let mut trace = match self.try_run(job) {
            Ok(trace) => trace,
            Err(error) => Trace::new(&job.name, End::Broke(error)),
        };
        trace.place = self.folder.display().to_string();
        let _ = capture(self.compose(job, "60").args([
            "down",
            "--volumes",
            "--timeout",
            "0",
            "--remove-orphans",
        ]));
        trace
    }

    fn try_run(&self, job: &Job) -> Result<Trace, String> {
        let file = File::read(&job.folder.join("compose.yaml"))?;
        fs::create_dir_all(&self.folder).map_err(|error| error.to_string())?;
        fs::write(self.folder.join("more.yaml"), more(&file, job))
            .map_err(|error| error.to_string())?;
        let mut command = self.compose(job, &job.timeout.to_string());
        command.args(["run", "--rm", "-T", "run"]);
        for (name, value) in &job.parameters {
            let (variable, text) = file.parameter(name, value)?;
            command.env(variable, text);
        }
        for (name, value) in &job.secrets {
            if let Some(variable) = file.secret(name) {
                command.env(variable, value);
            }
        }
        if let Some(date) = &job.date {
            command.env("FLOW_SCHEDULED_AT", date);
        }
        let ended = capture(&mut command);
        let codes = self.exit_codes()?;
        let mut trace = Trace::new(&job.name, End::Succeeded);
        trace.log = format!("{}{}", ended.stdout, ended.stderr);
        if job.logs {
            let mut command = self.compose(job, "60");
            command.args(["logs", "--no-color", "--no-log-prefix"]);
            trace.log.push_str(&capture(&mut command).stdout);
        }
        let _ = fs::write(self.folder.join("log"), &trace.log);
        if !file.has_runner() {
            plain(&file, &codes, ended.success, &mut trace);
            return Ok(trace);
        }
        let start = format!("{}-start-1:/flow/.", self.name);
        let flow = self.folder.join("flow");
        process::demand(
            self.docker
                .command("docker")
                .args(["cp", &start])
                .arg(&flow),
        )?;
        let Ok(id) = fs::read_to_string(flow.join("current")) else {
            trace.end = match codes.get("start") {
                Some(1) => End::Refused,
                _ => End::Broke(ended.tail(20)),
            };
            return Ok(trace);
        };
        let run = flow.join(id.trim());
        let status = fs::read_to_string(run.join(".flow/status")).unwrap_or_default();
        let calm = codes.values().all(|code| *code == 0);
        trace.end = match (status.trim(), ended.success, calm) {
            ("succeeded", true, true) => End::Succeeded,
            ("failed", false, true) => End::Failed,
            _ => End::Broke(format!(
                "state {status:?}, exit codes {codes:?}\n{}",
                ended.tail(20)
            )),
        };
        for task in file.variable("run", "FLOW_TASKS").split(' ') {
            tell(&run, task, &file.outputs(task), &mut trace);
        }
        Ok(trace)
    }

    fn compose(&self, job: &Job, seconds: &str) -> Command {
        let mut command = self.docker.command("timeout");
        command.args(["--kill-after=10", seconds]).arg(self.program);
        command
            .args(["--project-name", &self.name, "--file"])
            .arg(job.folder.join("compose.yaml"));
        let more = self.folder.join("more.yaml");
        if more.exists() {
            command.arg("--file").arg(more);
        }
        command
    }

    /// Of every container that has ended, by service.
    fn exit_codes(&self) -> Result<BTreeMap<String, i64>, String> {
        let filter = format!("label=com.docker.compose.project={}", self.name);
        let format = "{{.Label \"com.docker.compose.service\"}} {{.Status}}";
        let said = process::demand(
            self.docker
                .command("docker")
                .args(["ps", "--all", "--filter", &filter, "--format", format]),
        )?;
        let code = |line: &str| {
            let (service, status) = line.split_once(' ')?;
            let code = status
                .strip_prefix("Exited (")?
                .split(')')
                .next()?
                .parse()
                .ok()?;
            Some((service.to_owned(), code))
        };
        Ok(said.lines().filter_map(code).collect())
    }
}

/// A second file with more of the environment of every process.
fn more(file: &File, job: &Job) -> String {
    let mut out = String::from("services:\n");
    for (name, _) in file.services() {
        let _ = writeln!(out, "  {name}:\n    environment:\n      FLOWC_TEST: \"1\"");
        for (key, value) in job
            .env
            .iter()
            .filter(|(key, _)| !OF_THE_HOST.contains(&key.as_str()))
        {
            let value = Value::from(value.replace('$', "$$"));
            let _ = writeln!(out, "      {key}: {value}");
        }
    }
    out
}

/// What became of a task and its instances, by its folder.
pub(super) fn tell(run: &Path, task: &str, outputs: &BTreeMap<String, String>, trace: &mut Trace) {
    let home = run.join(task);
    let mut instances = BTreeSet::new();
    for entry in fs::read_dir(&home).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let positions: Option<Vec<usize>> = name.split('.').map(|part| part.parse().ok()).collect();
        if let Some(positions) = positions {
            instances.insert((positions.len(), positions, name));
        }
    }
    if let Some(outcome) = outcome(&home, outputs) {
        trace.put(task, &[], outcome);
    }
    for (_, positions, name) in instances {
        if let Some(outcome) = outcome(&home.join(name), outputs) {
            trace.put(task, &positions, outcome);
        }
    }
}

fn outcome(home: &Path, outputs: &BTreeMap<String, String>) -> Option<Outcome> {
    let text = |name: &str| fs::read_to_string(home.join(name)).ok();
    let state = match text("state")?.trim() {
        "succeeded" => State::Succeeded,
        "failed" => State::Failed,
        "skipped" => State::Skipped,
        "upstream_failed" => State::UpstreamFailed,
        _ => State::Undecided,
    };
    // A fan-out as a whole has put nothing out.
    let none = BTreeMap::new();
    let outputs = if home.join("elements").exists() || state != State::Succeeded {
        &none
    } else {
        outputs
    };
    let times = text("times").unwrap_or_default();
    let span = |line: &str| {
        let (began, ended) = line.split_once(' ')?;
        Some(Span {
            began: began.parse().ok()?,
            ended: ended.parse().ok()?,
        })
    };
    let value = |(name, ty): (&String, &String)| {
        let text = text(&format!("values/{name}"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let value = if ty == "string" {
            Value::from(text)
        } else {
            serde_json::from_str(text).ok()?
        };
        Some((name.clone(), value))
    };
    Some(Outcome {
        state,
        attempts: text("attempts")
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0),
        spans: times.lines().filter_map(span).collect(),
        outputs: outputs.iter().filter_map(value).collect(),
    })
}

/// Services without a runner: what their containers say.
fn plain(file: &File, codes: &BTreeMap<String, i64>, success: bool, trace: &mut Trace) {
    trace.end = if success { End::Succeeded } else { End::Failed };
    for (service, value) in file.services() {
        let Some(task) = value["environment"]["FLOW_TASK"].as_str() else {
            continue;
        };
        let state = match codes.get(service) {
            Some(0) => State::Succeeded,
            Some(_) => State::Failed,
            None => State::UpstreamFailed,
        };
        let ran = matches!(state, State::Succeeded | State::Failed);
        trace.put(
            task,
            &[],
            Outcome {
                attempts: usize::from(ran),
                ..Outcome::of(state)
            },
        );
    }
}
