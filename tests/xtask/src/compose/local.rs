//! The runner without containers: the scripts of a file, run by the shells and awks of this machine, service by
//! service as Compose would. Whatever an image brings, the run must be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use flowc_tests::random::Reach;
use serde_json::Value;

use super::project::{File, tell};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::{End, Trace};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::process::{self, Ended, capture};

/// A shell and an awk.
#[derive(Clone, Copy)]
pub struct Local {
    /// Its words.
    pub shell: &'static [&'static str],
    /// The program that is called `awk`.
    pub awk: &'static str,
}

/// What images have.
pub const WAYS: [Local; 6] = [
    way(&["dash"], "mawk"),
    way(&["dash"], "busybox"),
    way(&["bash"], "mawk"),
    way(&["bash"], "busybox"),
    way(&["busybox", "sh"], "mawk"),
    way(&["busybox", "sh"], "busybox"),
];

/// What most images have: Debian's pair, and busybox alone.
pub const USUAL: [Local; 2] = [WAYS[0], WAYS[5]];

const fn way(shell: &'static [&'static str], awk: &'static str) -> Local {
    Local { shell, awk }
}

impl Adapter for Local {
    fn target(&self) -> &'static str {
        super::FIRST.target
    }

    fn engine(&self) -> String {
        format!("{} with the awk of {}", self.shell[0], self.awk)
    }

    fn needs(&self) -> &'static [Engine] {
        &[]
    }

    fn options(&self) -> &'static [&'static str] {
        &["runner=always", "gpu=none"]
    }

    fn at_once(&self) -> bool {
        false
    }

    fn random(&self) -> (Reach, usize) {
        let reach = Reach {
            tasks: 12,
            nested: true,
            allowed_items: true,
        };
        (reach, 100)
    }

    fn run(&self, _: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        let bin = work.join("bin");
        fs::create_dir_all(&bin).map_err(|error| error.to_string())?;
        let found = process::demand(
            process::command("sh").args(["-c", &format!("command -v {}", self.awk)]),
        )?;
        std::os::unix::fs::symlink(found.trim(), bin.join("awk"))
            .map_err(|error| error.to_string())?;
        Ok(jobs
            .iter()
            .enumerate()
            .map(|(number, job)| {
                let folder = work.join(number.to_string());
                let mut trace = self
                    .one(job, &folder, &bin)
                    .unwrap_or_else(|error| Trace::new(&job.name, End::Broke(error)));
                trace.place = folder.display().to_string();
                trace
            })
            .collect())
    }
}

impl Local {
    fn one(&self, job: &Job, folder: &Path, bin: &Path) -> Result<Trace, String> {
        let file = File::read(&job.folder.join("compose.yaml"))?;
        let flow = folder.join("flow");
        fs::create_dir_all(&flow).map_err(|error| error.to_string())?;
        for config in ["task", "values"] {
            let text = file.value["configs"][config]["content"]
                .as_str()
                .unwrap_or_default();
            fs::write(folder.join(config), undoubled(text)).map_err(|error| error.to_string())?;
        }
        let given = given(&file, job)?;
        let mut trace = Trace::new(&job.name, End::Succeeded);
        let commands = |service: &str| self.command(&file, service, &given, folder, bin);
        let ended = services(&file, commands, |service, ended| {
            trace.log.push_str(&ended.stdout);
            trace.log.push_str(&ended.stderr);
            match service {
                "start" if !ended.success => return Err(Stop::Refused),
                "run" if !ended.success => trace.end = End::Failed,
                _ if !ended.success => {
                    return Err(Stop::Broke(format!("{service}:\n{}", ended.tail(20))));
                }
                _ => {}
            }
            Ok(())
        });
        match ended {
            Err(Stop::Broke(error)) => return Err(error),
            Err(Stop::Refused) => {
                trace.end = End::Refused;
                return Ok(trace);
            }
            Ok(()) => {}
        }
        let _ = fs::write(folder.join("log"), &trace.log);
        let id = fs::read_to_string(flow.join("current")).map_err(|error| error.to_string())?;
        for task in file.variable("run", "FLOW_TASKS").split(' ') {
            tell(&flow.join(id.trim()), task, &file.outputs(task), &mut trace);
        }
        Ok(trace)
    }

    fn command(
        &self,
        file: &File,
        service: &str,
        given: &BTreeMap<String, String>,
        folder: &Path,
        bin: &Path,
    ) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = process::command("timeout");
        command.arg("60").args(self.shell).arg(folder.join("task"));
        command.env("FLOW_VOLUME", folder.join("flow"));
        command.env("FLOW_LIBRARY", folder.join("values"));
        let value = &file.value["services"][service];
        for word in value["command"].as_array().into_iter().flatten() {
            command.arg(undoubled(word.as_str().unwrap_or_default()));
        }
        for (name, value) in given.iter().filter(|(name, _)| !name.starts_with('=')) {
            if service != "start"
                && file.value["services"]["start"]["environment"]
                    .get(name)
                    .is_some()
            {
                continue;
            }
            command.env(name, value);
        }
        for (name, value) in value["environment"].as_object().into_iter().flatten() {
            match value {
                Value::Null => {}
                Value::String(text) => {
                    command.env(name, filled(text, given));
                }
                other => {
                    command.env(name, other.to_string());
                }
            }
        }
        let path = given.get("PATH").cloned().unwrap_or(path);
        command.env("PATH", format!("{}:{path}", bin.display()));
        command
    }
}

/// What is given to a run: parameters, secrets and more of the environment.
fn given(file: &File, job: &Job) -> Result<BTreeMap<String, String>, String> {
    let mut given = job.env.clone();
    for (name, value) in &job.parameters {
        let (variable, text) = file.parameter(name, value)?;
        given.insert(variable, text);
    }
    for (name, value) in &job.secrets {
        if let Some(variable) = file.secret(name) {
            given.insert(variable, value.clone());
        }
    }
    if let Some(date) = &job.date {
        given.insert("FLOW_SCHEDULED_AT".to_owned(), date.clone());
    }
    Ok(given)
}

/// What Compose makes of a text: `${NAME-}` filled in, `$$` a dollar.
fn filled(text: &str, given: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else {
            let name = rest
                .strip_prefix("${")
                .and_then(|rest| rest.split_once("-}"));
            let Some((name, after)) = name else {
                break;
            };
            out.push_str(given.get(name).map_or("", String::as_str));
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn undoubled(text: &str) -> String {
    text.replace("$$", "$")
}

/// Why no further service is to begin.
enum Stop {
    /// The parameters of the run were refused.
    Refused,
    Broke(String),
}

/// Runs the services as Compose does: each when those it waits for have ended, or are at work where that is enough.
/// Tells how each ended, until one is an error.
fn services(
    file: &File,
    command: impl Fn(&str) -> Command,
    mut tell: impl FnMut(&str, Ended) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut left: Vec<(&String, Vec<(&String, bool)>)> = file
        .services()
        .map(|(name, service)| {
            let waits = service["depends_on"].as_object().into_iter().flatten();
            let for_its_end = |wait: &Value| wait["condition"] != "service_started";
            (
                name,
                waits
                    .map(|(name, wait)| (name, for_its_end(wait)))
                    .collect(),
            )
        })
        .collect();
    let mut begun = BTreeSet::new();
    let mut ended = BTreeSet::new();
    let (sender, ends) = mpsc::channel();
    thread::scope(|scope| {
        loop {
            while let Some(at) = left.iter().position(|(_, waits)| {
                waits.iter().all(|(name, for_its_end)| {
                    let there = if *for_its_end { &ended } else { &begun };
                    there.contains(name.as_str())
                })
            }) {
                let (name, _) = left.remove(at);
                begun.insert(name.as_str());
                let mut command = command(name);
                let sender = sender.clone();
                scope.spawn(move || sender.send((name, capture(&mut command))));
            }
            if begun.len() == ended.len() {
                break;
            }
            let Ok((name, how)) = ends.recv() else { break };
            ended.insert(name.as_str());
            tell(name, how)?;
        }
        if left.is_empty() {
            Ok(())
        } else {
            Err(Stop::Broke("services wait for each other".to_owned()))
        }
    })
}
