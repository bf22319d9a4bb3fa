//! The state of a run on disk: a file that is only ever added to, one JSON record a line.
//!
//! What is said of an attempt stands there before the attempt starts and after it has ended, before
//! anything that depends on it starts. So whatever the moment at which flowc dies, no attempt that
//! ended is made again and none is forgotten. A last line that is torn is left out.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use flowc_core::expr::Value;
use flowc_core::flow::{Flow, TaskId};
use flowc_core::run::{Attempted, FailureKind, History, Key, Moment, Outcome, State};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// How often, at most, the file is forced to the disk; only a machine that loses power can lose more.
const SYNC_EVERY: Duration = Duration::from_millis(200);

/// A line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// What the run is; the first line.
    Run(Box<RunRecord>),
    /// Somebody goes on with it.
    Resumed {
        /// Whether it had ended, and what failed is tried again.
        again: bool,
        /// When.
        at: u64,
    },
    /// An attempt is about to start.
    Started {
        /// The path of the task.
        task: String,
        /// The positions of the elements around.
        index: Vec<u32>,
        /// From 1.
        attempt: u32,
        /// When.
        at: u64,
    },
    /// An attempt has ended.
    Ended {
        /// The path of the task.
        task: String,
        /// The positions of the elements around.
        index: Vec<u32>,
        /// From 1.
        attempt: u32,
        /// When.
        at: u64,
        /// How.
        #[serde(flatten)]
        how: How,
    },
    /// A task, an instance or a fan-out as a whole is final.
    Task {
        /// The path of the task.
        task: String,
        /// The positions of the elements around.
        index: Vec<u32>,
        /// In the words of the language.
        state: String,
        /// When.
        at: u64,
    },
    /// The run has ended.
    RunEnded {
        /// In the words of the language.
        state: String,
        /// When.
        at: u64,
    },
}

/// What a run is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub id: String,
    /// The name of the flow.
    pub flow: String,
    /// The folder of the flow file, where processes start.
    pub folder: String,
    /// The parameters that were given or taken from another run.
    pub parameters: IndexMap<String, Value>,
    /// `run.date`.
    pub date: String,
    /// `run.scheduled_at`.
    pub scheduled_at: String,
    /// `process` or `docker`.
    pub runner: String,
    /// `--only`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
    /// `--from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// When it was made.
    pub at: u64,
}

/// How an attempt ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum How {
    /// Well.
    Succeeded {
        /// Its outputs.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        outputs: IndexMap<String, Value>,
        /// Artifacts that lie in another run's folder.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        artifacts: IndexMap<String, String>,
    },
    /// Not well.
    Failed {
        /// The exit code.
        exit: Option<i32>,
        /// Whether it was the last attempt whatever `retries` says.
        kind: Kind,
        /// One line for people.
        cause: String,
    },
}

/// [`FailureKind`] on disk.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It exited with another code than 0.
    Exit,
    /// Any other failure.
    Other,
    /// Never tried again.
    Final,
}

impl From<&Outcome> for How {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { outputs, artifacts } => Self::Succeeded {
                outputs: outputs.clone(),
                artifacts: artifacts.clone(),
            },
            Outcome::Failed { exit, kind, cause } => Self::Failed {
                exit: *exit,
                kind: match kind {
                    FailureKind::Exit => Kind::Exit,
                    FailureKind::Other => Kind::Other,
                    FailureKind::Final => Kind::Final,
                },
                cause: cause.clone(),
            },
        }
    }
}

impl From<How> for Outcome {
    fn from(how: How) -> Self {
        match how {
            How::Succeeded { outputs, artifacts } => Self::Succeeded { outputs, artifacts },
            How::Failed { exit, kind, cause } => Self::Failed {
                exit,
                kind: match kind {
                    Kind::Exit => FailureKind::Exit,
                    Kind::Other => FailureKind::Other,
                    Kind::Final => FailureKind::Final,
                },
                cause,
            },
        }
    }
}

/// The file, open for adding.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// Bytes that are whole lines on disk.
    good: u64,
    /// Lines that could not be written yet.
    pending: Vec<u8>,
    synced: Instant,
    dirty: bool,
    /// Why lines cannot be written, told once.
    trouble: Option<String>,
}

impl Journal {
    /// Opens the file, made when it is not there, and cuts off a torn last line.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::io("write", path, &error);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let good = whole_lines(&bytes).len() as u64;
        file.set_len(good).map_err(failed)?;
        file.seek(SeekFrom::Start(good)).map_err(failed)?;
        Ok(Self {
            file,
            good,
            pending: Vec::new(),
            synced: Instant::now(),
            dirty: false,
            trouble: None,
        })
    }

    /// Adds a record; [`Journal::flush`] writes it.
    pub fn add(&mut self, record: &Record) {
        if serde_json::to_writer(&mut self.pending, record).is_ok() {
            self.pending.push(b'\n');
        }
    }

    /// Writes what was added. What cannot be written, because the disk is full, is kept and tried again
    /// the next time; the answer is what to tell about that, once.
    pub fn flush(&mut self) -> Option<String> {
        if !self.pending.is_empty() {
            match self.file.write_all(&self.pending) {
                Ok(()) => {
                    self.good += self.pending.len() as u64;
                    self.pending.clear();
                    self.dirty = true;
                    self.trouble = None;
                }
                Err(error) => {
                    // No half line may stay before the next one.
                    let _ = self.file.set_len(self.good);
                    let _ = self.file.seek(SeekFrom::Start(self.good));
                    let first = self.trouble.is_none();
                    let text = crate::failure::reason(&error);
                    self.trouble = Some(text.clone());
                    return first.then_some(text);
                }
            }
        }
        if self.dirty && self.synced.elapsed() >= SYNC_EVERY {
            self.sync();
        }
        None
    }

    /// Forces what is written to the disk.
    pub fn sync(&mut self) {
        let _ = self.file.sync_data();
        self.synced = Instant::now();
        self.dirty = false;
    }
}

fn whole_lines(bytes: &[u8]) -> &[u8] {
    match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => &bytes[..=end],
        None => &[],
    }
}

/// Reads the records of a run.
///
/// # Errors
/// When the file cannot be read, or a line other than a torn last one is no record.
pub fn read(path: &Path) -> Result<Vec<Record>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    let lines = whole_lines(&bytes).split(|byte| *byte == b'\n');
    let mut records = Vec::new();
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let record = serde_json::from_slice(line).map_err(|error| {
            let path = crate::report::slashes(path);
            Failure::new(format!(
                "`{path}` is damaged in line {}: {error}",
                number + 1
            ))
            .help("the run cannot be gone on with; start a new one")
        })?;
        records.push(record);
    }
    Ok(records)
}

/// What the records of a run say.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// What the run is.
    pub run: Option<RunRecord>,
    /// How it ended, if it has.
    pub state: Option<State>,
    /// When something last happened.
    pub last: u64,
    /// What is known of its tasks.
    pub history: History,
    /// Attempts that had started and not ended: task path, positions, number.
    pub open: Vec<(String, Vec<u32>, u32)>,
}

impl Past {
    /// From records; tasks that the flow does not have are left out.
    pub fn new(records: Vec<Record>, flow: &Flow) -> Self {
        let ids: HashMap<&str, TaskId> = flow
            .iter()
            .map(|(id, task)| (task.path.as_str(), id))
            .collect();
        let key = |task: &str, index: Vec<u32>| {
            let task = *ids.get(task)?;
            Some(Key { task, index })
        };
        let mut past = Self::default();
        let mut open: IndexMap<(String, Vec<u32>), (u32, u64)> = IndexMap::new();
        for record in records {
            match record {
                Record::Run(run) => {
                    past.last = run.at;
                    past.history.began = Some(Moment(run.at));
                    past.run = Some(*run);
                }
                Record::Resumed { again, at } => {
                    past.last = at;
                    past.state = None;
                    if again {
                        past.history.try_again(flow);
                        past.history.began = Some(Moment(at));
                        open.clear();
                    }
                }
                Record::Started {
                    task,
                    index,
                    attempt,
                    at,
                } => {
                    past.last = at;
                    // A wait that was begun before goes on from there.
                    let begun = open.entry((task, index)).or_insert((attempt, at));
                    if begun.0 != attempt {
                        *begun = (attempt, at);
                    }
                }
                Record::Ended {
                    task,
                    index,
                    attempt,
                    at,
                    how,
                } => {
                    past.last = at;
                    open.shift_remove(&(task.clone(), index.clone()));
                    if let Some(key) = key(&task, index) {
                        let attempts = past.history.attempts.entry(key).or_default();
                        attempts.retain(|known| known.number < attempt);
                        attempts.push(Attempted {
                            number: attempt,
                            outcome: how.into(),
                            ended: Moment(at),
                        });
                    }
                }
                Record::Task {
                    task,
                    index,
                    state,
                    at,
                } => {
                    past.last = at;
                    if let (Some(key), Some(state)) = (key(&task, index), State::from_word(&state))
                    {
                        past.history.ended.insert(key, state);
                    }
                }
                Record::RunEnded { state, at } => {
                    past.last = at;
                    past.state = State::from_word(&state);
                }
            }
        }
        for ((task, index), (attempt, at)) in open {
            if let Some(key) = key(&task, index.clone()) {
                past.history.begun.insert(key, Moment(at));
            }
            past.open.push((task, index, attempt));
        }
        past
    }
}
