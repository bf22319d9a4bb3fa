//! What has to happen in a folder so that it holds what is wanted, and what stands in the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use flowc_core::text::Text;

use super::manifest::{Entry, MANIFEST, Manifest, digest, is_absent, is_inside};
use super::{PIPE, Wanted};
use crate::failure::Failure;

/// What has to happen in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes<'w> {
    /// Files to write, new ones and others, with their content.
    pub write: BTreeMap<&'w str, &'w Text>,
    /// Files to remove: flowc wrote them, and nothing asks for them now.
    pub remove: BTreeSet<String>,
    /// Files that nothing asks for but that somebody changed since flowc wrote them; they stay.
    pub left: BTreeSet<String>,
    /// The manifest before.
    pub before: Manifest,
    /// The manifest after.
    pub after: Manifest,
}

impl Changes<'_> {
    /// Whether the folder is as it should be.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty() && self.before == self.after
    }
}

/// Why a file cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// flowc did not write what is there.
    Foreign(String),
    /// It was changed since flowc wrote it.
    Changed(String),
    /// Another flow, which still exists, has it.
    OfFlow {
        /// The file.
        path: String,
        /// The other flow.
        flow: String,
    },
    /// Two flows of this run want it.
    Twice(String),
    /// It is one of the flow files themselves. `--force` does not help.
    Source(String),
    /// A folder, or something else that is not a file, is there. `--force` does not help.
    NotAFile(String),
}

/// What is at a path of the folder.
enum Found {
    Nothing,
    File(Vec<u8>),
    Other,
}

/// Compares a folder with what it should hold. With `force`, other people's files are not spared.
///
/// # Errors
/// Everything that stands in the way, or one file that cannot be read.
pub fn plan<'w>(
    folder: &Path,
    wanted: &'w [Wanted],
    force: bool,
) -> Result<Changes<'w>, PlanError> {
    let before = Manifest::read(folder)?;
    let mut planner = Planner {
        folder,
        wanted,
        force,
        before: &before,
        claimed: BTreeSet::new(),
        conflicts: Vec::new(),
        changes: Changes::default(),
    };
    for want in wanted {
        for (path, text) in &want.files {
            planner.claim(want, path, text)?;
        }
    }
    if !planner.conflicts.is_empty() {
        return Err(PlanError::Conflicts(planner.conflicts));
    }
    let mut after: Vec<Entry> = wanted.iter().map(Wanted::entry).collect();
    for entry in &before.flows {
        let rest = planner.rest(entry)?;
        keep(&mut after, rest);
    }
    let mut changes = planner.changes;
    after.sort();
    changes.after.flows = after;
    changes.before = before;
    Ok(changes)
}

struct Planner<'a, 'w> {
    folder: &'a Path,
    wanted: &'w [Wanted],
    force: bool,
    before: &'a Manifest,
    /// The paths that are wanted.
    claimed: BTreeSet<&'w str>,
    conflicts: Vec<Conflict>,
    changes: Changes<'w>,
}

impl<'w> Planner<'_, 'w> {
    /// Sees to it that a file gets its content, or notes what is in the way.
    fn claim(&mut self, want: &Wanted, path: &'w str, text: &'w Text) -> Result<(), Failure> {
        debug_assert!(is_inside(path), "{path}");
        let path_text = || path.to_owned();
        if !self.claimed.insert(path) {
            self.conflicts.push(Conflict::Twice(path_text()));
            return Ok(());
        }
        if self.wanted.iter().any(|want| want.source == path) {
            self.conflicts.push(Conflict::Source(path_text()));
            return Ok(());
        }
        let content = match look(self.folder, path)? {
            Found::Nothing => None,
            Found::File(content) => Some(content),
            Found::Other => {
                self.conflicts.push(Conflict::NotAFile(path_text()));
                return Ok(());
            }
        };
        match self.conflict(want, path, text, content.as_deref()) {
            Some(conflict) => self.conflicts.push(conflict),
            None if content.as_deref().is_some_and(|content| text.is(content)) => {}
            None => {
                self.changes.write.insert(path, text);
            }
        }
        Ok(())
    }

    /// Whose the file at a path is, when that is not for this flow to overwrite.
    fn conflict(
        &self,
        want: &Wanted,
        path: &str,
        text: &Text,
        content: Option<&[u8]>,
    ) -> Option<Conflict> {
        let content = content.filter(|_| !self.force)?;
        let Some(owner) = self.before.owner(path) else {
            return (!text.is(content)).then(|| Conflict::Foreign(path.to_owned()));
        };
        if !want.is(owner) && !self.gives_up(owner) {
            return Some(Conflict::OfFlow {
                path: path.to_owned(),
                flow: owner.source.clone(),
            });
        }
        let changed = !text.is(content) && !owner.wrote(path, content);
        changed.then(|| Conflict::Changed(path.to_owned()))
    }

    /// Whether an entry's old files are no longer its own: its flow is gone, or compiled anew.
    fn gives_up(&self, entry: &Entry) -> bool {
        is_gone(self.folder, &entry.source) || self.wanted.iter().any(|want| want.is(entry))
    }

    /// What stays of an entry; its files that nothing asks for now are to be removed.
    fn rest(&mut self, entry: &Entry) -> Result<Entry, Failure> {
        let gives_up = self.gives_up(entry);
        let mut rest = entry.clone();
        for path in entry.paths() {
            let stays = if self.claimed.contains(path.as_str()) {
                false
            } else if gives_up {
                self.stays(entry, path)?
            } else {
                true
            };
            if !stays {
                rest.files.remove(path);
                rest.replacing.remove(path);
            }
        }
        Ok(rest)
    }

    /// Whether a file that nothing asks for must stay, because somebody changed it.
    fn stays(&mut self, entry: &Entry, path: &str) -> Result<bool, Failure> {
        match look(self.folder, path)? {
            Found::Nothing => Ok(false),
            Found::File(content) if self.force || entry.wrote(path, &content) => {
                self.changes.remove.insert(path.to_owned());
                Ok(false)
            }
            Found::File(_) | Found::Other => {
                self.changes.left.insert(path.to_owned());
                Ok(true)
            }
        }
    }
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Files that must not be touched.
    Conflicts(Vec<Conflict>),
    /// A file that cannot be read.
    Failure(Failure),
}

impl From<Failure> for PlanError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Wanted {
    fn is(&self, entry: &Entry) -> bool {
        self.source == entry.source && self.target == entry.target
    }

    fn entry(&self) -> Entry {
        Entry {
            source: self.source.clone(),
            target: self.target.clone(),
            files: self
                .files
                .iter()
                .map(|(path, text)| (path.clone(), digest(text.pieces().map(str::as_bytes))))
                .collect(),
            replacing: BTreeMap::new(),
        }
    }
}

/// Adds what remains of an entry, to the flow's new entry where there is one.
fn keep(entries: &mut Vec<Entry>, entry: Entry) {
    if entry.paths().next().is_none() {
        return;
    }
    let same = entries
        .iter_mut()
        .find(|other| other.source == entry.source && other.target == entry.target);
    match same {
        Some(same) => {
            same.files.extend(entry.files);
            same.replacing.extend(entry.replacing);
        }
        None => entries.push(entry),
    }
}

/// Whether the flow file of an entry no longer exists. What came from a pipe is never gone.
fn is_gone(folder: &Path, source: &str) -> bool {
    !source.starts_with(PIPE)
        && fs::symlink_metadata(folder.join(source)).is_err_and(|error| is_absent(&error))
}

fn look(folder: &Path, path: &str) -> Result<Found, Failure> {
    debug_assert_ne!(path, MANIFEST);
    let full = folder.join(path);
    match fs::symlink_metadata(&full) {
        Err(error) if is_absent(&error) => Ok(Found::Nothing),
        Err(error) => Err(Failure::io("read", &full, &error)),
        Ok(metadata) if metadata.is_file() => fs::read(&full)
            .map(Found::File)
            .map_err(|error| Failure::io("read", &full, &error)),
        Ok(_) => Ok(Found::Other),
    }
}
