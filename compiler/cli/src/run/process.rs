//! One attempt: its folder, its process group, its log, how it ended.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use flowc_core::flow::Task;
use flowc_core::run::{FailureKind, Outcome};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::cache::Entry;
use super::docker::Container;
use super::outputs;
use super::secrets::{Masking, Masks};
use crate::failure::reason;

/// How long, after a process has ended, to wait for what others still write into its pipe.
const PIPE_GRACE: Duration = Duration::from_secs(2);

/// What to start.
#[derive(Debug)]
pub struct Spec {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables beside those that are inherited.
    pub env: Vec<(String, String)>,
    /// Variables that are not inherited.
    pub hidden: Vec<String>,
    /// Where it starts.
    pub workdir: PathBuf,
    /// The folder of the attempt.
    pub folder: PathBuf,
    /// `$FLOW_OUTPUTS`.
    pub outputs: PathBuf,
    /// The container that the process is the client of.
    pub container: Option<Container>,
    /// Where its results are kept for later runs.
    pub cache: Option<Entry>,
}

/// Why a process was told to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It took longer than its `timeout`, which is this.
    Timeout(String),
    /// The run's timeout, or the end of the run.
    Cut,
}

/// A process that runs, as others see it.
#[derive(Debug, Default)]
pub struct Handle {
    state: Mutex<Alive>,
}

#[derive(Debug, Default)]
struct Alive {
    /// While it is not reaped; only then does the number mean this process.
    group: Option<Pid>,
    reason: Option<Reason>,
    /// The signal to send as soon as it runs.
    early: Option<Signal>,
}

impl Handle {
    /// Tells the whole process group to end.
    pub fn end(&self, why: Reason, hard: bool) {
        let signal = if hard { Signal::KILL } else { Signal::TERM };
        let mut alive = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        alive.reason.get_or_insert(why);
        match alive.group {
            Some(group) => {
                // It may have ended just now.
                let _ = kill_process_group(group, signal);
            }
            None => alive.early = Some(signal),
        }
    }

    fn reason(&self) -> Option<Reason> {
        let alive = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        alive.reason.clone()
    }

    fn started(&self, group: Option<Pid>) {
        let mut alive = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        alive.group = group;
        if let (Some(group), Some(signal)) = (group, alive.early.take()) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Waits for the process; what is left of its group ends with it, as in a container.
    fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        if let Some(pid) = pid_of(child) {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(error) = waitid(WaitId::Pid(pid), options) {
                if error != rustix::io::Errno::INTR {
                    break;
                }
            }
        }
        let mut alive = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = alive.group.take() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        child.wait()
    }
}

/// Makes one attempt; no outcome when it was told to end before its time.
pub fn attempt(spec: &Spec, task: &Task, masks: &Masks, handle: &Arc<Handle>) -> Option<Outcome> {
    if let Some(kept) = spec
        .cache
        .as_ref()
        .and_then(|entry| known(entry, spec, task))
    {
        return Some(kept);
    }
    let ended = run(spec, masks, handle);
    let code = ended.as_ref().ok().and_then(ExitStatus::code);
    let missing = match (&spec.container, code) {
        // It is gone when its client has ended by itself.
        (Some(container), Some(code)) if handle.reason().is_none() => {
            container.missing(&spec.folder, code)
        }
        (Some(container), _) => {
            container.remove();
            None
        }
        (None, _) => None,
    };
    let outcome = match (handle.reason(), ended) {
        (Some(Reason::Timeout(timeout)), _) => {
            Outcome::failed(format!("took longer than {timeout} (timeout)"))
        }
        (Some(Reason::Cut), _) => return None,
        (None, Err(outcome)) => *outcome,
        (None, Ok(status)) => match (missing, status.code()) {
            (Some(why), _) => Outcome::failed(why),
            (None, Some(0)) => match outputs::collect(task, &spec.outputs) {
                Ok(outputs) => {
                    // What cannot be kept is made again the next time.
                    let _ = spec
                        .cache
                        .as_ref()
                        .map(|entry| entry.keep(task, &spec.outputs));
                    Outcome::Succeeded {
                        outputs,
                        artifacts: Default::default(),
                    }
                }
                Err(cause) => Outcome::Failed {
                    exit: Some(0),
                    kind: FailureKind::Other,
                    cause,
                },
            },
            (None, Some(code)) => {
                let container = spec.container.as_ref();
                match container.and_then(|container| container.explain(code)) {
                    Some(cause) => Outcome::Failed {
                        exit: Some(code),
                        kind: FailureKind::Exit,
                        cause,
                    },
                    None => Outcome::exit(code),
                }
            }
            (None, None) => Outcome::failed(killed(status)),
        },
    };
    Some(match outcome {
        Outcome::Failed { exit, kind, cause } => Outcome::Failed {
            exit,
            kind,
            cause: masks.hide(&cause),
        },
        succeeded => succeeded,
    })
}

/// What an earlier run has kept, as if the process had written it just now.
fn known(entry: &Entry, spec: &Spec, task: &Task) -> Option<Outcome> {
    let mut log = prepare(spec).ok()?;
    if !entry.bring(&spec.outputs).ok()? {
        return None;
    }
    let outputs = outputs::collect_kept(task, &spec.outputs).ok()?;
    // The log only tells people.
    let _ = writeln!(
        log,
        "flowc: the results are those of an earlier run (cache)"
    );
    Some(Outcome::Succeeded {
        outputs,
        artifacts: Default::default(),
    })
}

fn killed(status: ExitStatus) -> String {
    let name = match status.signal() {
        Some(4) => "SIGILL",
        Some(6) => "SIGABRT",
        Some(7) => "SIGBUS",
        Some(8) => "SIGFPE",
        Some(9) => "SIGKILL",
        Some(11) => "SIGSEGV",
        Some(13) => "SIGPIPE",
        Some(15) => "SIGTERM",
        Some(25) => "SIGXFSZ",
        Some(number) => return format!("ended by signal {number}"),
        None => return "ended without an exit code".into(),
    };
    format!("ended by {name}")
}

fn run(spec: &Spec, masks: &Masks, handle: &Arc<Handle>) -> Result<ExitStatus, Box<Outcome>> {
    let log = prepare(spec).map_err(|error| {
        failed(format!(
            "cannot make its folder `{}`: {}",
            spec.folder.display(),
            reason(&error)
        ))
    })?;
    let mut command = Command::new(&spec.argv[0]);
    command
        .args(&spec.argv[1..])
        .current_dir(&spec.workdir)
        .stdin(Stdio::null())
        .process_group(0);
    for name in &spec.hidden {
        command.env_remove(name);
    }
    command.envs(spec.env.iter().map(|(name, value)| (name, value)));
    let pipe = attach(&mut command, log, masks)
        .map_err(|error| failed(format!("cannot write its log: {}", reason(&error))))?;
    let spawned = command.spawn();
    // The ends of the pipe that are ours would keep it open.
    drop(command);
    let mut child = spawned.map_err(|error| cannot_start(spec, &error))?;
    let _ = fs::write(spec.folder.join("pid"), child.id().to_string());
    handle.started(pid_of(&child));
    let status = handle.wait(&mut child);
    if let Some(done) = pipe {
        // Whoever left the group may hold the pipe for ever.
        let _ = done.recv_timeout(PIPE_GRACE);
    }
    let _ = fs::remove_file(spec.folder.join("pid"));
    status.map_err(|error| failed(format!("cannot be waited for: {}", reason(&error))))
}

/// A failure that may be tried again.
fn failed(cause: String) -> Box<Outcome> {
    Box::new(Outcome::failed(cause))
}

fn pid_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Makes the folder of the attempt, empty, and its log.
fn prepare(spec: &Spec) -> io::Result<File> {
    match fs::create_dir(&spec.folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_dir_all(&spec.folder)?;
            fs::create_dir(&spec.folder)?;
        }
        Err(_) => fs::create_dir_all(&spec.folder)?,
    }
    fs::create_dir(&spec.outputs)?;
    if spec.container.is_some() {
        // An image may have a user of its own.
        fs::set_permissions(&spec.outputs, fs::Permissions::from_mode(0o777))?;
    }
    File::create(spec.folder.join("log"))
}

/// Lets the process write into its log: directly, or through a thread that hides secrets.
fn attach(
    command: &mut Command,
    log: File,
    masks: &Masks,
) -> io::Result<Option<mpsc::Receiver<()>>> {
    if masks.is_empty() {
        command.stdout(log.try_clone()?).stderr(log);
        return Ok(None);
    }
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let masks = masks.clone();
    let (done, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        // A log that cannot be written must not stop the process: its text is read and lost.
        let _ = copy_masked(reader, log, &masks);
        let _ = done.send(());
    })?;
    Ok(Some(receiver))
}

fn copy_masked(mut from: impl Read, log: File, masks: &Masks) -> io::Result<()> {
    let mut masking = Masking::new(masks, &log);
    let mut buffer = vec![0; 64 * 1024];
    let mut broken = false;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if !broken {
            broken = masking.write_all(&buffer[..read]).is_err();
        }
    }
    masking.finish()
}

fn cannot_start(spec: &Spec, error: &io::Error) -> Box<Outcome> {
    let program = &spec.argv[0];
    let missing_folder = !spec.workdir.is_dir();
    let (exit, cause) = match error.kind() {
        _ if missing_folder => {
            let folder = spec.workdir.display();
            (None, format!("its `workdir` `{folder}` is no folder"))
        }
        io::ErrorKind::NotFound => (
            Some(127),
            format!("cannot start `{program}`: there is no such program on this machine"),
        ),
        io::ErrorKind::PermissionDenied => (
            Some(126),
            format!("cannot start `{program}`: it may not be executed"),
        ),
        _ => (None, format!("cannot start `{program}`: {}", reason(error))),
    };
    let kind = match exit {
        Some(_) => FailureKind::Exit,
        None => FailureKind::Other,
    };
    Box::new(Outcome::Failed { exit, kind, cause })
}

/// Ends what an attempt left running when flowc itself was killed: the process group that the attempt's
/// folder names, if it still is that attempt of that run.
pub fn end_leftover(folder: &Path, run: &str) {
    let Some(pid) = fs::read_to_string(folder.join("pid"))
        .ok()
        .and_then(|text| text.trim().parse::<i32>().ok())
    else {
        return;
    };
    let wanted = format!("FLOW_RUN_ID={run}");
    let is_it = fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
        environ
            .split(|byte| *byte == 0)
            .any(|variable| variable == wanted.as_bytes())
    });
    if let Some(group) = Pid::from_raw(pid)
        && is_it
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
}
