//! `flowc run` as an engine of the conformance cases; its answer is the file of `--events`.

pub mod docker;
mod events;

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use flowc_core::passes::Level;
use flowc_tests::random::Reach;
use serde_json::Value;

use crate::conformance::OPTIMISED;
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::{End, Trace};
use crate::engines::Engine;
use crate::engines::docker::Docker;
use crate::flowc::Flowc;
use crate::{house, process};

/// How many runs go at once; most of them wait for processes.
const AT_ONCE: usize = 4;

/// The reference runner, with processes of this machine.
pub struct Reference;

/// The reference runner, with containers of this engine.
pub struct InContainers(pub Docker);

impl Adapter for InContainers {
    fn target(&self) -> &'static str {
        "run@docker"
    }

    fn engine(&self) -> String {
        "flowc run --runner docker".to_owned()
    }

    fn needs(&self) -> &'static [Engine] {
        &[Engine::Docker]
    }

    fn at_once(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        (Reference.random().0, 0)
    }

    fn sees_passes(&self, flowc: &Flowc) -> bool {
        Reference.sees_passes(flowc)
    }

    fn prepare(&self, flowc: &Flowc, flow: &Path, folder: &Path) -> Result<String, String> {
        Reference.prepare(flowc, flow, folder)
    }

    fn run(&self, flowc: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        let Self(docker) = self;
        run_all(jobs, work, |job, folder| {
            let mut command = docker.command(flowc.program());
            command.args(["run", "--runner", "docker"]);
            run_one(command, job, folder)
        })
    }
}

impl Adapter for Reference {
    fn target(&self) -> &'static str {
        "run"
    }

    fn engine(&self) -> String {
        "flowc run".to_owned()
    }

    fn needs(&self) -> &'static [Engine] {
        &[]
    }

    fn at_once(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        let reach = Reach {
            tasks: 30,
            nested: true,
            allowed_items: true,
        };
        (reach, 100)
    }

    /// It runs a flow as it is written, unless it is given what the passes made of it.
    fn sees_passes(&self, flowc: &Flowc) -> bool {
        flowc.level() > Level::default()
    }

    /// Nothing is compiled, but what it cannot run is refused in the same way.
    fn prepare(&self, flowc: &Flowc, flow: &Path, folder: &Path) -> Result<String, String> {
        if self.sees_passes(flowc) {
            return optimised(flowc, flow, folder);
        }
        let state = folder.join("dry");
        let mut command = process::command(flowc.program());
        command.arg("run").arg(flow).arg("--dry-run");
        let ended = process::capture(command.arg("--state").arg(&state));
        // A parameter that must be given is missing in a dry run, which is no refusal of the flow.
        if ended.stderr.contains("error[") {
            Err(ended.stderr)
        } else {
            Ok(ended.stderr)
        }
    }

    fn run(&self, flowc: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        run_all(jobs, work, |job, folder| {
            let mut command = process::command(flowc.program());
            command.arg("run");
            run_one(command, job, folder)
        })
    }
}

/// Writes the flow after the passes, which runs as any other.
fn optimised(flowc: &Flowc, flow: &Path, folder: &Path) -> Result<String, String> {
    let mut command = process::command(flowc.program());
    command.arg("inspect").arg(flow).arg(flowc.level().as_str());
    command.args(["--stage", "optimised", "--format", "concise"]);
    let ended = process::capture(command.current_dir(house::root()));
    if !ended.success {
        return Err(ended.stderr);
    }
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join(OPTIMISED), ended.stdout))
        .map_err(|error| error.to_string())?;
    Ok(ended.stderr)
}

/// Runs jobs side by side.
fn run_all(
    jobs: &[Job],
    work: &Path,
    one: impl Fn(&Job, &Path) -> Result<Trace, String> + Sync,
) -> Result<Vec<Trace>, String> {
    let waiting = Mutex::new(jobs.iter().collect::<VecDeque<&Job>>());
    let traces = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.pop_front();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(job) = next() {
                    let trace = one(job, &work.join(&job.name));
                    let trace = trace.unwrap_or_else(|why| Trace::new(&job.name, End::Broke(why)));
                    if let Ok(mut traces) = traces.lock() {
                        traces.push(trace);
                    }
                }
            });
        }
    });
    traces.into_inner().map_err(|error| error.to_string())
}

fn run_one(mut command: Command, job: &Job, folder: &Path) -> Result<Trace, String> {
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let events = folder.join("events.jsonl");
    let said = folder.join("said.log");
    let out = fs::File::create(&said).map_err(|error| error.to_string())?;
    command.arg(&job.flow).args(["--jobs", "8"]);
    command.arg("--events").arg(&events);
    command.arg("--state").arg(folder.join("state"));
    if let Some(date) = &job.date {
        command.args(["--date", date]);
    }
    for (name, value) in &job.parameters {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        command.arg("--param").arg(format!("{name}={text}"));
    }
    command.envs(&job.env).envs(&job.secrets);
    command.stdout(out.try_clone().map_err(|error| error.to_string())?);
    command.stderr(Stdio::from(out));
    let child = command.spawn().map_err(|error| error.to_string())?;
    let ended = wait(child, Duration::from_secs(job.timeout.into()));
    let text = fs::read_to_string(&events).unwrap_or_default();
    let mut trace = events::trace(&job.name, &text)?;
    trace.log = fs::read_to_string(&said).unwrap_or_default();
    logs(&folder.join("state"), &mut trace.log);
    trace.place = said.display().to_string();
    ended.map(|()| trace)
}

/// Until the program has ended; one that takes too long is asked to end, and then made to.
fn wait(mut child: Child, limit: Duration) -> Result<(), String> {
    let began = Instant::now();
    let mut asked = false;
    loop {
        match child.try_wait() {
            Ok(Some(_)) if asked => return Err(format!("not finished after {limit:?}")),
            Ok(Some(_)) => return Ok(()),
            Ok(None) => {}
            Err(error) => return Err(error.to_string()),
        }
        if !asked && began.elapsed() > limit {
            asked = true;
            let id = child.id().to_string();
            process::capture(process::command("kill").args(["-TERM", &id]));
        }
        if began.elapsed() > limit + Duration::from_secs(40) {
            let _ = child.kill();
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// What the attempts said, behind what is there.
fn logs(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            logs(&path, all);
        } else if path.file_name().is_some_and(|name| name == "log") {
            all.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}
