//! The docker runner: every attempt in a container of its image, by the `docker` command.
//!
//! All that is made for a run carries the label `LABEL` with the folder of the run, so that what is left of a run
//! that was killed can be found and removed. `services` starts the containers beside.

mod services;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use flowc_core::run::{Call, Layout, ServicesId};

use super::process::Spec;
use super::store::Store;
use crate::failure::{Failure, reason};
use services::Group;

/// What says whose a container or a network is.
const LABEL: &str = "flowc.run";

/// Where `docker run` writes the id of the container, once there is one.
const CONTAINER: &str = "container";

/// Variables that the `docker` command itself, or what it is made of, reads: their values go on its command line.
fn is_dockers_own(name: &str) -> bool {
    let starts = ["DOCKER_", "BUILDKIT_", "LD_", "GO", "OTEL_", "SSL_", "SSH_"];
    starts.iter().any(|start| name.starts_with(start))
        || matches!(
            name.to_ascii_uppercase().as_str(),
            "HTTP_PROXY" | "HTTPS_PROXY" | "NO_PROXY" | "ALL_PROXY" | "REQUEST_METHOD"
        )
        || matches!(
            name,
            "PATH" | "HOME" | "TMPDIR" | "XDG_RUNTIME_DIR" | "XDG_CONFIG_HOME"
        )
}

/// The docker runner of one run.
#[derive(Debug)]
pub struct Docker {
    /// What the names of its containers begin with; no other run on this machine has it.
    stem: String,
    label: String,
    root: String,
    groups: Mutex<HashMap<ServicesId, Group>>,
    /// Services that are being started; once the run is over none is.
    starting: Mutex<()>,
    over: AtomicBool,
}

impl Docker {
    /// For a run, whose id and folder are these.
    ///
    /// # Errors
    /// When docker cannot mount the folder under its own name.
    pub fn new(run: &str, layout: &Layout) -> Result<Self, Failure> {
        let root = layout.root.clone();
        if root.contains(':') {
            let failure = Failure::new(format!("docker cannot mount the folder `{root}`"));
            return Err(failure.help("a path with a colon cannot be mounted; use `--state DIR`"));
        }
        Ok(Self {
            stem: format!("flowc-{run}-{:08x}", mark(&root, process::id())),
            label: format!("{LABEL}={root}"),
            root,
            groups: Mutex::default(),
            starting: Mutex::default(),
            over: AtomicBool::new(false),
        })
    }

    /// What to start for an attempt.
    pub fn spec(&self, call: Call, folder: PathBuf, outputs: PathBuf) -> Spec {
        let place = folder.strip_prefix(&self.root).unwrap_or(&folder);
        let name = self.name(&place.to_string_lossy().replacen("tasks/", "", 1));
        let mut argv: Vec<String> = ["docker", "run", "--rm", "--init", "--name", &name]
            .map(str::to_owned)
            .to_vec();
        argv.extend(["--label".into(), self.label.clone()]);
        let id = folder.join(CONTAINER).to_string_lossy().into_owned();
        argv.extend(["--cidfile".into(), id]);
        let root = &self.root;
        argv.extend(["--volume".into(), format!("{root}:{root}")]);
        if let Some(network) = self.network(&call.services) {
            argv.extend(["--network".into(), network]);
        }
        if let Some(cpu) = call.cpu {
            argv.extend(["--cpus".into(), format!("{cpu}")]);
        }
        if let Some(memory) = call.memory {
            argv.extend(["--memory".into(), format!("{}", memory.ceil() as u64)]);
        }
        if let Some(gpu) = call.gpu.filter(|gpu| *gpu > 0.0) {
            argv.extend(["--gpus".into(), format!("{}", gpu.ceil() as u64)]);
        }
        if let Some(workdir) = &call.workdir {
            argv.extend(["--workdir".into(), workdir.clone()]);
        }
        let mut env = Vec::new();
        for (name, value) in call.env {
            argv.push("--env".into());
            if is_dockers_own(&name) {
                argv.push(format!("{name}={value}"));
            } else {
                argv.push(name.clone());
                env.push((name, value));
            }
        }
        let mut words = call.argv.into_iter();
        // Docker takes an empty program for none, and the first argument for the program.
        let program = words.next().filter(|program| !program.is_empty());
        argv.extend([
            "--entrypoint".into(),
            program.unwrap_or_else(|| " ".to_owned()),
        ]);
        argv.push("--".into());
        let image = call.image.unwrap_or_default();
        argv.push(image.clone());
        argv.extend(words);
        Spec {
            argv,
            env,
            hidden: Vec::new(),
            workdir: PathBuf::from("/"),
            folder,
            outputs,
            container: Some(Container {
                name,
                image,
                memory: call.memory,
            }),
            cache: None,
        }
    }

    /// A name that nothing else has, for a text of letters, digits, dots, dashes, underscores and slashes.
    fn name(&self, what: &str) -> String {
        let what = what.trim_matches('/').replace('/', "-");
        format!("{}-{what}", self.stem)
    }

    /// Removes all that carries the run's label.
    pub fn clear(&self) {
        clear(&self.label);
    }

    /// Removes what runs of this project have left that were killed, and that nobody goes on with.
    pub fn clear_killed(store: &Store) {
        let filter = format!("label={LABEL}");
        let label = format!("{{{{.Label \"{LABEL}\"}}}}");
        let rest = ["--filter", &filter, "--format", &label];
        let containers = docker(&[&["ps", "--all"], &rest[..]].concat(), &[]);
        let networks = docker(&[&["network", "ls"], &rest[..]].concat(), &[]);
        let said = [containers, networks].map(Result::unwrap_or_default);
        let roots: BTreeSet<&str> = said.iter().flat_map(|said| said.lines()).collect();
        for root in roots {
            let id = Path::new(root).file_name().and_then(|id| id.to_str());
            let id = id.filter(|id| store.path(id) == Path::new(root));
            // A run that goes on cannot be opened, and meanwhile nobody can go on with this one.
            if let Some(_held) = id.and_then(|id| store.open(id).ok()) {
                clear(&format!("{LABEL}={root}"));
            }
        }
    }
}

fn clear(label: &str) {
    let filter = format!("label={label}");
    let ids = docker(&["ps", "--all", "--quiet", "--filter", &filter], &[]).unwrap_or_default();
    if !ids.is_empty() {
        let mut words = vec!["rm", "--force", "--volumes"];
        words.extend(ids.lines());
        let _ = docker(&words, &[]);
    }
    let ids = docker(&["network", "ls", "--quiet", "--filter", &filter], &[]);
    for id in ids.unwrap_or_default().lines() {
        let _ = docker(&["network", "rm", id], &[]);
    }
}

/// The container of one attempt.
#[derive(Debug)]
pub struct Container {
    name: String,
    image: String,
    memory: Option<f64>,
}

impl Container {
    /// Removes it, whatever it does.
    pub fn remove(&self) {
        let _ = docker(&["rm", "--force", "--volumes", &self.name], &[]);
    }

    /// What an exit code probably means.
    pub fn explain(&self, code: i32) -> Option<String> {
        let memory = self.memory.filter(|_| code == KILLED)?;
        let most = (memory / 1024.0 / 1024.0).round();
        Some(format!(
            "exit code {code}: killed, probably beyond its {most} MiB of memory"
        ))
    }

    /// Why there is none, when `docker run` ended without one: its image is missing, or the engine refused it.
    pub fn missing(&self, folder: &Path, code: i32) -> Option<String> {
        if code != DOCKER_FAILED
            || fs::metadata(folder.join(CONTAINER)).is_ok_and(|id| id.len() > 0)
        {
            return None;
        }
        if self.image.is_empty() {
            return Some("the flow names no image for it, and a container needs one".to_owned());
        }
        let log = fs::read(folder.join("log")).unwrap_or_default();
        Some(format!(
            "there is no container of `{}`: {}",
            self.image,
            why(&log)
        ))
    }
}

/// The exit code of a process that was ended by SIGKILL, as the kernel does when memory is short.
const KILLED: i32 = 137;

/// The exit code of `docker run` when the failure is not that of the process.
const DOCKER_FAILED: i32 = 125;

fn docker(words: &[&str], env: &[(String, String)]) -> Result<String, String> {
    let output = Command::new("docker")
        .args(words)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `docker`: {}", reason(&error)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(why(&output.stderr))
    }
}

/// The line in which the `docker` command says what went wrong.
fn why(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let lines = || {
        let lines = said.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with("Run 'docker"))
    };
    let named = lines().rfind(|line| line.contains("Error") || line.starts_with("docker: "));
    let line = named.or(lines().next_back()).unwrap_or("no reason given");
    line.trim_start_matches("docker: ")
        .trim_start_matches("Error response from daemon: ")
        .to_owned()
}

/// A number for a folder and who is at work in it, for names.
fn mark(folder: &str, process: u32) -> u32 {
    let process = process.to_le_bytes();
    folder
        .bytes()
        .chain(process)
        .fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
}

/// Looks whether an engine answers.
///
/// # Errors
/// Why none does.
pub fn find_engine() -> Result<(), Failure> {
    docker(&["version", "--format", "{{.Server.Version}}"], &[]).map_or_else(
        |why| {
            let failure = Failure::new(format!("no container engine answers: {why}"));
            Err(failure.help("start one, or run it with `--runner process`"))
        },
        |_| Ok(()),
    )
}
