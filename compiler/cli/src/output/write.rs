//! Bringing changes to the disk, all of them or none.
//!
//! A new folder is built beside its place and renamed there. In a folder that exists, the new files
//! are first written completely into a temporary folder and then renamed one by one; when one cannot
//! be, those before it are put back. Before the first rename the manifest learns the new digests too,
//! so that flowc knows its own files even after it was killed in the middle.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flowc_core::text::Text;
use tempfile::TempDir;

use super::changes::Changes;
use super::manifest::{MANIFEST, Manifest};
use crate::failure::Failure;

/// Keeps other runs of flowc away from a folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: Option<File>,
}

/// Waits until no other run of flowc plans or writes changes of this folder. Without it, of two runs
/// that add a flow each, the second could write a manifest that does not know the first one's files.
///
/// # Errors
/// When the folder around it cannot be made.
pub fn lock(folder: &Path) -> Result<FolderLock, Failure> {
    let parent = parent(folder);
    fs::create_dir_all(parent).map_err(|error| Failure::io("make the folder", parent, &error))?;
    // Where folders cannot be opened or locked, runs are as alone as they were.
    let file = File::open(parent).ok();
    if let Some(file) = &file {
        let _ = file.lock();
    }
    Ok(FolderLock { _file: file })
}

/// Makes the folder what the changes say.
///
/// # Errors
/// What could not be written. The folder's files are then as they were.
pub fn apply(folder: &Path, changes: &Changes) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    if folder.exists() {
        update(folder, changes)
    } else {
        create(folder, changes)
    }
}

/// A folder that was not there.
fn create(folder: &Path, changes: &Changes) -> Result<(), Failure> {
    let parent: &Path = parent(folder);
    fs::create_dir_all(parent).map_err(|error| Failure::io("make the folder", parent, &error))?;
    let staging = staging_in(parent).map_err(|error| Failure::io("write to", parent, &error))?;
    let failed = |error: io::Error| Failure::io("write", folder, &error);
    write_all(staging.path(), &changes.write, &changes.after).map_err(failed)?;
    // From here on there is nothing temporary to remove.
    let path = staging.keep();
    let renamed = fs::rename(&path, folder).and_then(|()| sync_folder(parent));
    if renamed.is_err() {
        let _ = fs::remove_dir_all(&path);
    }
    renamed.map_err(failed)
}

/// A folder that other people's files may be in, or that is open, or mounted: it stays, its files change.
fn update(folder: &Path, changes: &Changes) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::io("write", folder, &error);
    let staging = staging_for(folder).map_err(failed)?;
    let new = staging.path().join("new");
    let old = staging.path().join("old");
    let between = transition(changes);
    write_all(&new, &changes.write, &between).map_err(failed)?;
    let last = staging.path().join("last");
    write_all(&last, &BTreeMap::new(), &changes.after).map_err(failed)?;

    let mut done = Undo {
        folder,
        old: &old,
        steps: Vec::new(),
    };
    if let Err(failure) = done.run(changes, &new, &last) {
        done.undo();
        return Err(failure.help("nothing was changed"));
    }
    for path in &changes.remove {
        remove_empty_folders(folder, path);
    }
    Ok(())
}

/// The manifest that holds while files are being replaced.
pub(super) fn transition(changes: &Changes) -> Manifest {
    let mut manifest = changes.before.clone();
    for entry in &changes.after.flows {
        let known = manifest
            .flows
            .iter_mut()
            .find(|other| other.source == entry.source && other.target == entry.target);
        match known {
            Some(known) => known.replacing.extend(entry.files.clone()),
            None => {
                let mut entry = entry.clone();
                entry.replacing = std::mem::take(&mut entry.files);
                manifest.flows.push(entry);
            }
        }
    }
    manifest
}

/// What was done to a folder, so that it can be undone.
struct Undo<'a> {
    folder: &'a Path,
    old: &'a Path,
    steps: Vec<Step>,
}

struct Step {
    path: PathBuf,
    /// Where the file that was there is kept; absent when there was none.
    kept: Option<PathBuf>,
    /// Folders that were made for it, outermost first.
    made: Vec<PathBuf>,
}

impl Undo<'_> {
    fn run(&mut self, changes: &Changes, new: &Path, last: &Path) -> Result<(), Failure> {
        self.replace(new, MANIFEST)?;
        for path in changes.write.keys() {
            self.replace(new, path)?;
        }
        for path in &changes.remove {
            self.remove(path)?;
        }
        self.replace(last, MANIFEST)?;
        sync_folder(self.folder).map_err(|error| Failure::io("write", self.folder, &error))
    }

    fn replace(&mut self, from: &Path, path: &str) -> Result<(), Failure> {
        let target = self.folder.join(path);
        let failed = |error: io::Error| Failure::io("write", &target, &error);
        let made = make_folders(self.folder, &target).map_err(failed)?;
        let kept = self.keep(&target).map_err(failed)?;
        self.steps.push(Step {
            path: target.clone(),
            kept,
            made,
        });
        fs::rename(from.join(path), &target).map_err(failed)
    }

    fn remove(&mut self, path: &str) -> Result<(), Failure> {
        let target = self.folder.join(path);
        let failed = |error: io::Error| Failure::io("remove", &target, &error);
        let kept = self.keep(&target).map_err(failed)?;
        self.steps.push(Step {
            path: target.clone(),
            kept,
            made: Vec::new(),
        });
        fs::remove_file(&target).map_err(failed)
    }

    /// A second name, or a copy, of the file that is there now.
    fn keep(&self, target: &Path) -> io::Result<Option<PathBuf>> {
        if fs::symlink_metadata(target).is_err() {
            return Ok(None);
        }
        fs::create_dir_all(self.old)?;
        let kept = self.old.join(self.steps.len().to_string());
        if fs::hard_link(target, &kept).is_err() {
            fs::copy(target, &kept)?;
        }
        Ok(Some(kept))
    }

    /// Puts back what was there. What cannot be put back cannot be helped.
    fn undo(&mut self) {
        for step in self.steps.drain(..).rev() {
            match step.kept {
                Some(kept) => {
                    let _ = fs::rename(kept, &step.path);
                }
                None => {
                    let _ = fs::remove_file(&step.path);
                }
            }
            for folder in step.made.iter().rev() {
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

/// Makes the folders between `folder` and `target`; those that were missing, outermost first.
fn make_folders(folder: &Path, target: &Path) -> io::Result<Vec<PathBuf>> {
    let mut missing: Vec<PathBuf> = target
        .ancestors()
        .skip(1)
        .take_while(|ancestor| *ancestor != folder && !ancestor.exists())
        .map(PathBuf::from)
        .collect();
    missing.reverse();
    for folder in &missing {
        fs::create_dir(folder)?;
    }
    Ok(missing)
}

/// Writes the files, and the manifest beside them.
fn write_all(folder: &Path, files: &BTreeMap<&str, &Text>, manifest: &Manifest) -> io::Result<()> {
    let manifest = Text::from(manifest.text());
    for (path, text) in files.iter().chain([(&MANIFEST, &&manifest)]) {
        let full = folder.join(path);
        fs::create_dir_all(parent(&full))?;
        let mut file = File::create(&full)?;
        for piece in text.pieces() {
            file.write_all(piece.as_bytes())?;
        }
        file.sync_all()?;
    }
    Ok(())
}

/// A temporary folder from which files can be renamed into `folder`: beside it, so that nobody who
/// watches it sees half a file; inside it when beside it is elsewhere (a mount) or not writable.
fn staging_for(folder: &Path) -> io::Result<TempDir> {
    match staging_in(parent(folder)) {
        Ok(staging) if same_device(staging.path(), folder) => Ok(staging),
        _ => staging_in(folder),
    }
}

fn staging_in(folder: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".flowc-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new folder: what the umask leaves of this.
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(folder)
}

#[cfg(unix)]
fn same_device(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => a.dev() == b.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_device(_: &Path, _: &Path) -> bool {
    true
}

/// Makes renames in a folder last through a loss of power, where the system can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Removes the folders of a removed file that hold nothing now, but not the output folder itself.
fn remove_empty_folders(folder: &Path, path: &str) {
    for ancestor in folder.join(path).ancestors().skip(1) {
        if ancestor == folder || fs::remove_dir(ancestor).is_err() {
            break;
        }
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
