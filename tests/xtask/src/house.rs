//! Where things are.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// What the engines' tests are made of.
pub fn engine_files() -> PathBuf {
    root().join("tests/engines")
}

/// Cargo's output folder.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |path| root().join(path))
}

/// Where installed engines are kept. Safe to delete, costly to fill.
pub fn engines() -> PathBuf {
    target().join("engines")
}

/// A fresh folder for one step's files.
pub fn work(name: &str) -> PathBuf {
    let folder = target().join("engines-work").join(name);
    let _ = fs::remove_dir_all(&folder);
    if let Err(error) = fs::create_dir_all(&folder) {
        panic!("cannot make {}: {error}", folder.display());
    }
    folder
}

/// The names of the examples, in order.
pub fn examples() -> Vec<String> {
    folders_with_flows("examples")
}

/// The names of the folders in this one that hold a `flow.yaml`, in order.
pub fn folders_with_flows(within: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(within))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join("flow.yaml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
