//! What an attempt left behind: outputs, artifacts, and folders that show those of a fan-out.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use flowc_core::expr::input::MAX_OUTPUT;
use flowc_core::expr::{Value, read_output};
use flowc_core::flow::{ArtifactKind, Task};
use indexmap::IndexMap;

use crate::failure::reason;

/// Reads the outputs of a task, and looks whether its artifacts are there.
///
/// # Errors
/// The first that is missing or not right, as one line.
pub fn collect(task: &Task, folder: &Path) -> Result<IndexMap<String, Value>, String> {
    for artifact in &task.artifacts {
        let name = &artifact.name.value;
        if let Some(path) = &artifact.path {
            bring(Path::new(&path.value), &folder.join(name))
                .map_err(|why| format!("artifact `{name}` at `{}` {why}", path.value))?;
        }
    }
    collect_kept(task, folder)
}

/// The same, where artifacts with a place of their own have been brought already.
///
/// # Errors
/// The first that is missing or not right, as one line.
pub fn collect_kept(task: &Task, folder: &Path) -> Result<IndexMap<String, Value>, String> {
    let mut values = IndexMap::new();
    for output in &task.outputs {
        let name = &output.name.value;
        let value = read(&folder.join(name))
            .map_err(|why| format!("output `{name}` {why}"))
            .and_then(|bytes| {
                read_output(&bytes, &output.ty).map_err(|why| format!("output `{name}`: {why}"))
            })?;
        values.insert(name.clone(), value);
    }
    for artifact in &task.artifacts {
        let name = &artifact.name.value;
        let place = folder.join(name);
        let right = match artifact.kind {
            ArtifactKind::File => place.is_file(),
            ArtifactKind::Directory => place.is_dir(),
        };
        if !right {
            let what = match artifact.kind {
                ArtifactKind::File => "file",
                ArtifactKind::Directory => "directory",
            };
            return Err(if place.exists() {
                format!("artifact `{name}` is no {what}")
            } else {
                format!(
                    "artifact `{name}` is missing: the task wrote no {what} `$FLOW_OUTPUTS/{name}`"
                )
            });
        }
    }
    Ok(values)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    match fs::metadata(path) {
        // A pipe or a device would never end.
        Ok(found) if !found.is_file() => return Err("is no file".into()),
        Ok(found) if found.len() > MAX_OUTPUT as u64 => {
            return Err(format!("has {} bytes, more than {MAX_OUTPUT}", found.len()));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(format!(
                "is missing: the task wrote no file `$FLOW_OUTPUTS/{name}`"
            ));
        }
        Err(error) => return Err(format!("cannot be read: {}", reason(&error))),
    }
    let file =
        fs::File::open(path).map_err(|error| format!("cannot be read: {}", reason(&error)))?;
    let mut bytes = Vec::new();
    file.take(MAX_OUTPUT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {}", reason(&error)))?;
    Ok(bytes)
}

/// Takes an artifact from the place of its own that the flow gives it.
fn bring(from: &Path, to: &Path) -> Result<(), String> {
    if !from.exists() {
        return Err("is missing".into());
    }
    mirror(from, to, false).map_err(|error| format!("cannot be kept: {}", reason(&error)))
}

/// Makes a folder that shows other files and folders under new names. Files are linked, or copied where
/// they cannot be.
///
/// # Errors
/// When one cannot be shown.
pub fn gather(folder: &Path, entries: &[(u32, String)]) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for (name, from) in entries {
        mirror(Path::new(from), &folder.join(name.to_string()), true)?;
    }
    Ok(())
}

/// Copies a file or a folder with all that is in it.
///
/// # Errors
/// When it cannot be copied.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    mirror(from, to, false)
}

fn mirror(from: &Path, to: &Path, link: bool) -> io::Result<()> {
    let mut open = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        let kind = fs::symlink_metadata(&from)?.file_type();
        if kind.is_symlink() && !(from.is_dir() || from.is_file()) {
            continue;
        }
        if from.is_dir() && !kind.is_symlink() {
            fs::create_dir(&to)?;
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                open.push((entry.path(), to.join(entry.file_name())));
            }
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(from.canonicalize()?, &to)?;
        } else if !(link && fs::hard_link(&from, &to).is_ok()) {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
