//! libyaml, the YAML library of C, from the source archive of a Python package that carries it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{at, cached, python};
use crate::house;
use crate::process::{self, demand};

/// The parts of the library that reading and writing events take.
const PARTS: [&str; 6] = [
    "api.c",
    "reader.c",
    "scanner.c",
    "parser.c",
    "writer.c",
    "emitter.c",
];

/// A program that copies a YAML file event by event: `copy FROM TO`.
pub fn ready() -> Result<PathBuf, String> {
    let lock = house::engine_files().join("libyaml.lock");
    let copy = house::engine_files().join("libyaml/copy.c");
    let folder = cached("libyaml", &[lock.clone(), copy.clone()], |folder| {
        let python = python::pip()?;
        demand(
            process::command(&python)
                .args(["-m", "pip", "download", "--quiet"])
                .args(["--disable-pip-version-check", "--no-deps"])
                .args(["--no-binary", ":all:", "--require-hashes"])
                .arg("--dest")
                .arg(folder)
                .arg("--requirement")
                .arg(&lock),
        )?;
        let archive = one(folder, |name| name.ends_with(".tar.gz"))?;
        demand(
            process::command(&python)
                .args(["-m", "tarfile", "--extract"])
                .args([&archive, folder]),
        )?;
        let source = one(folder, |name| {
            name.starts_with("ruamel") && !name.contains("tar")
        })?;
        demand(
            process::command("cc")
                .args(["-O2", "-I", ".", "-o"])
                .arg(folder.join("copy"))
                .arg(&copy)
                .args(PARTS)
                .current_dir(source),
        )?;
        Ok(())
    })?;
    Ok(folder.join("copy"))
}

/// The entry of the folder whose name is like that.
fn one(folder: &Path, like: impl Fn(&str) -> bool) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    entries
        .flatten()
        .find(|entry| entry.file_name().to_str().is_some_and(&like))
        .map(|entry| entry.path())
        .ok_or_else(|| format!("{}: not as expected", folder.display()))
}
