//! The folder of runs: `.flowc/runs/<id>/` in the project.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use flowc_core::flow::Flow;

use super::journal::{Past, Record, read};
use crate::failure::Failure;
use crate::project::{current_folder, root_around};

/// All runs of a project.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// The folder of one run, which nobody else goes on with meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    /// The folder.
    pub path: PathBuf,
    /// Its id.
    pub id: String,
    /// Held as long as the run goes on; given back when the process ends, however it ends.
    _lock: File,
}

impl Store {
    /// The runs of the project around the current folder, or those in `folder`.
    ///
    /// # Errors
    /// When there is no current folder.
    pub fn new(folder: Option<&Path>) -> Result<Self, Failure> {
        let current = current_folder()?;
        let folder = match folder {
            Some(folder) => current.join(folder),
            None => root_around(&current).join(".flowc"),
        };
        Ok(Self {
            folder: folder.join("runs"),
        })
    }

    /// A folder beside those of the runs, for what they share.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.with_file_name(name)
    }

    /// A folder for a new run.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self, now: jiff::Timestamp) -> Result<RunFolder, Failure> {
        let failed = |error: io::Error| Failure::io("make", &self.folder, &error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        if let Some(state) = self.folder.parent() {
            // Runs are nobody's source.
            let ignore = state.join(".gitignore");
            if !ignore.exists() {
                let _ = fs::write(ignore, "*\n");
            }
        }
        let stem = now.strftime("%Y%m%d-%H%M%S").to_string();
        let mut number = 1;
        loop {
            let id = match number {
                1 => stem.clone(),
                _ => format!("{stem}-{number}"),
            };
            let path = self.folder.join(&id);
            match fs::create_dir(&path) {
                Ok(()) => return RunFolder::lock(path, id),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// The folder of a run that was there before, to go on with it.
    ///
    /// # Errors
    /// When there is no such run, or somebody else is at it.
    pub fn open(&self, id: &str) -> Result<RunFolder, Failure> {
        let id = self.find(id)?;
        RunFolder::lock(self.folder.join(&id), id)
    }

    /// The whole id of a run: `last` is the newest one.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, id: &str) -> Result<String, Failure> {
        let ids = self.ids()?;
        let found = match id {
            "last" => ids.last(),
            _ => ids.iter().find(|known| *known == id),
        };
        found.cloned().ok_or_else(|| {
            let failure = Failure::new(format!("there is no run `{id}`"));
            if ids.is_empty() {
                failure.help("nothing has been run here yet")
            } else {
                failure.help("`flowc runs` lists them")
            }
        })
    }

    /// The ids of all runs, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, Failure> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::io("read", &self.folder, &error)),
        };
        let mut runs: Vec<(String, u64)> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|id| self.folder.join(id).join("journal.jsonl").is_file())
            .map(|id| {
                let (stem, number) = match id.match_indices('-').nth(1) {
                    Some((at, _)) => (id[..at].to_owned(), id[at + 1..].parse().unwrap_or(0)),
                    None => (id.clone(), 0),
                };
                (format!("{stem}\0{id}"), number)
            })
            .collect();
        runs.sort_by(|(a, m), (b, n)| {
            let stem = |text: &str| text.split('\0').next().unwrap_or_default().to_owned();
            (stem(a), m).cmp(&(stem(b), n))
        });
        Ok(runs
            .into_iter()
            .filter_map(|(both, _)| both.split_once('\0').map(|(_, id)| id.to_owned()))
            .collect())
    }

    /// The folder of a run.
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Whether somebody is at a run.
    pub fn is_going(&self, id: &str) -> bool {
        File::open(self.folder.join(id).join("lock"))
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// The records of a run.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn records(&self, id: &str) -> Result<Vec<Record>, Failure> {
        read(&self.folder.join(id).join("journal.jsonl"))
    }

    /// What is known of a run, in the words of a flow.
    ///
    /// # Errors
    /// When its records cannot be read.
    pub fn past(&self, id: &str, flow: &Flow) -> Result<Past, Failure> {
        Ok(Past::new(self.records(id)?, flow))
    }
}

impl RunFolder {
    fn lock(path: PathBuf, id: String) -> Result<Self, Failure> {
        let lock_path = path.join("lock");
        let failed = |error: io::Error| Failure::io("lock", &lock_path, &error);
        let lock = File::create(&lock_path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path,
                id,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::new(format!("run `{id}` is still going"))
                    .help("wait for its end, or stop it with Ctrl-C where it runs"))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Where its records are.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    /// The flow as it was when the run was made.
    pub fn flow(&self) -> PathBuf {
        self.path.join("flow.ir.json")
    }
}
