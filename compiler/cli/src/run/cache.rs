//! Results that are kept for later runs: `.flowc/cache/` in the project, a folder for each key.
//!
//! A folder is named by the hash of its key, and holds when it was made and what the task had written. It appears
//! whole or not at all, and is never changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use flowc_core::flow::Task;
use flowc_core::run::{CacheKey, Moment};
use flowc_core::values::Duration;

use super::outputs::copy;

/// The results of earlier runs.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// The place of one result.
#[derive(Clone, Debug)]
pub struct Entry {
    folder: PathBuf,
    ttl: Option<Duration>,
    now: Moment,
}

impl Cache {
    /// In this folder, which need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The place for a key.
    pub fn entry(&self, key: CacheKey, now: Moment) -> Entry {
        let name = blake3::hash(key.text.as_bytes()).to_hex();
        Entry {
            folder: self.folder.join(name.as_str()),
            ttl: key.ttl,
            now,
        }
    }
}

impl Entry {
    /// Brings what is kept into a folder for outputs; false when nothing is, or it is too old.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn bring(&self, outputs: &Path) -> io::Result<bool> {
        if !self.is_good() {
            return Ok(false);
        }
        for entry in fs::read_dir(self.folder.join("outputs"))? {
            let entry = entry?;
            copy(&entry.path(), &outputs.join(entry.file_name()))?;
        }
        Ok(true)
    }

    fn is_good(&self) -> bool {
        let made = fs::read_to_string(self.folder.join("made")).ok();
        let Some(made) = made.and_then(|text| text.trim().parse().ok()) else {
            return false;
        };
        self.ttl
            .is_none_or(|ttl| Moment(made).after(ttl) > self.now)
    }

    /// Keeps what a task has written. Whoever keeps the same at once is not disturbed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, task: &Task, outputs: &Path) -> io::Result<()> {
        let mut name = self.folder.clone().into_os_string();
        name.push(format!(
            ".{}-{:?}",
            process::id(),
            std::thread::current().id()
        ));
        let fresh = PathBuf::from(name);
        let kept = self.fill(&fresh, task, outputs).and_then(|()| {
            if self.folder.exists() && !self.is_good() {
                fs::remove_dir_all(&self.folder)?;
            }
            match fs::rename(&fresh, &self.folder) {
                Err(_) if self.is_good() => fs::remove_dir_all(&fresh),
                renamed => renamed,
            }
        });
        if kept.is_err() {
            let _ = fs::remove_dir_all(&fresh);
        }
        kept
    }

    fn fill(&self, folder: &Path, task: &Task, outputs: &Path) -> io::Result<()> {
        let kept = folder.join("outputs");
        fs::create_dir_all(&kept)?;
        let names = task.outputs.iter().map(|output| &output.name.value);
        let artifacts = task.artifacts.iter().map(|artifact| &artifact.name.value);
        for name in names.chain(artifacts) {
            copy(&outputs.join(name), &kept.join(name))?;
        }
        fs::write(folder.join("made"), self.now.0.to_string())
    }
}
