//! What has to happen in a folder so that it holds what is wanted, and what stands in the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::manifest::{Entry, MANIFEST, Manifest, digest, is_absent, is_inside};
use super::{PIPE, Wanted};
use crate::failure::Failure;

/// What has to happen in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files to write, new ones and others, with their content.
    pub write: BTreeMap<String, String>,
    /// Files to remove: flowc wrote them, and nothing asks for them now.
    pub remove: BTreeSet<String>,
    /// Files that nothing asks for but that somebody changed since flowc wrote them; they stay.
    pub left: BTreeSet<String>,
    /// The manifest before and after.
    pub before: Manifest,
    /// The manifest after.
    pub after: Manifest,
}

impl Changes {
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
pub fn plan(folder: &Path, wanted: &[Wanted], force: bool) -> Result<Changes, PlanError> {
    let before = Manifest::read(folder)?;
    let mut conflicts = Vec::new();
    let mut changes = Changes {
        before: before.clone(),
        ..Changes::default()
    };
    let mut claimed: BTreeMap<&str, &Wanted> = BTreeMap::new();
    for want in wanted {
        for (path, text) in &want.files {
            debug_assert!(is_inside(path), "{path}");
            if claimed.insert(path, want).is_some() {
                conflicts.push(Conflict::Twice(path.clone()));
                continue;
            }
            let entry = before.entry(&want.source, &want.target);
            let owner = before.owner(path);
            match look(folder, path)? {
                Found::Nothing => {
                    changes.write.insert(path.clone(), text.clone());
                }
                Found::Other => conflicts.push(Conflict::NotAFile(path.clone())),
                Found::File(content) => {
                    let other = owner.filter(|owner| {
                        Some(*owner) != entry
                            && !is_gone(folder, &owner.source)
                            && !wanted.iter().any(|want| want.is(owner))
                    });
                    let ours = owner.is_some_and(|owner| owner.wrote(path, &content));
                    if let (Some(other), false) = (other, force) {
                        conflicts.push(Conflict::OfFlow {
                            path: path.clone(),
                            flow: other.source.clone(),
                        });
                    } else if content == text.as_bytes() {
                        // Nothing to do, whoever wrote it.
                    } else if ours || force {
                        changes.write.insert(path.clone(), text.clone());
                    } else if owner.is_some() {
                        conflicts.push(Conflict::Changed(path.clone()));
                    } else {
                        conflicts.push(Conflict::Foreign(path.clone()));
                    }
                }
            }
        }
    }
    if !conflicts.is_empty() {
        return Err(PlanError::Conflicts(conflicts));
    }
    changes.after = Manifest::default();
    for want in wanted {
        changes.after.flows.push(want.entry());
    }
    for entry in &before.flows {
        let gone = is_gone(folder, &entry.source);
        let replaced = wanted.iter().any(|want| want.is(entry));
        let mut kept = entry.clone();
        for path in entry.paths() {
            let path = path.as_str();
            let stays = if claimed.contains_key(path) {
                false
            } else if !gone && !replaced {
                true
            } else {
                match look(folder, path)? {
                    Found::Nothing => false,
                    Found::File(content) if force || entry.wrote(path, &content) => {
                        changes.remove.insert(path.to_owned());
                        false
                    }
                    Found::File(_) | Found::Other => {
                        changes.left.insert(path.to_owned());
                        true
                    }
                }
            };
            if !stays {
                kept.files.remove(path);
                kept.replacing.remove(path);
            }
        }
        keep(&mut changes.after, kept);
    }
    changes.after.flows.sort();
    Ok(changes)
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
                .map(|(path, text)| (path.clone(), digest(text.as_bytes())))
                .collect(),
            replacing: BTreeMap::new(),
        }
    }
}

/// Adds what remains of an entry, to the flow's new entry where there is one.
fn keep(manifest: &mut Manifest, entry: Entry) {
    if entry.paths().next().is_none() {
        return;
    }
    let same = manifest
        .flows
        .iter_mut()
        .find(|other| other.source == entry.source && other.target == entry.target);
    match same {
        Some(same) => {
            same.files.extend(entry.files);
            same.replacing.extend(entry.replacing);
        }
        None => manifest.flows.push(entry),
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
