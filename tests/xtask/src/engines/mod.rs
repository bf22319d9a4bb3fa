//! The engines: what they are, and how they come to this machine.
//!
//! Each is installed below `target/engines`, in a folder named after the digest of what it is made
//! of, so that a second run finds it and a changed lock makes a new one. A folder counts only once
//! its mark is written: an install that was cut short starts again.

pub mod docker;
mod go;
mod libyaml;
mod npm;
mod python;

pub use go::module;
pub use python::python;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::house;
use crate::report::{Checks, say};

/// Something foreign that the tests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Engine {
    /// Ruff and PyYAML.
    Tools,
    /// Airflow 3.
    Airflow3,
    /// Airflow 2.
    Airflow2,
    /// Metaflow.
    Metaflow,
    /// Prefect 3.
    Prefect,
    /// Pyright.
    Pyright,
    /// Kubeflow Pipelines' SDK with its local runner.
    Kubeflow,
    /// Argo's own code, version 3.6.
    #[value(name = "argo-3.6")]
    Argo36,
    /// Argo's own code, version 3.7.
    #[value(name = "argo-3.7")]
    Argo37,
    /// Argo's own code, version 4.0.
    #[value(name = "argo-4.0")]
    Argo40,
    /// Argo's own code, version 4.1.
    #[value(name = "argo-4.1")]
    Argo41,
    /// Go's YAML readers.
    YamlGo,
    /// JavaScript's YAML reader.
    YamlNpm,
    /// Docker Compose 2.
    Compose2,
    /// Docker Compose 5.
    Compose5,
    /// A Docker engine.
    Docker,
}

impl Engine {
    /// All, in the order they run.
    pub const ALL: [Self; 16] = [
        Self::Tools,
        Self::Airflow3,
        Self::Airflow2,
        Self::Metaflow,
        Self::Prefect,
        Self::Pyright,
        Self::Kubeflow,
        Self::Argo36,
        Self::Argo37,
        Self::Argo40,
        Self::Argo41,
        Self::YamlGo,
        Self::YamlNpm,
        Self::Compose2,
        Self::Compose5,
        Self::Docker,
    ];

    /// The word on the command line and of the folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Airflow3 => "airflow3",
            Self::Airflow2 => "airflow2",
            Self::Metaflow => "metaflow",
            Self::Prefect => "prefect",
            Self::Pyright => "pyright",
            Self::Kubeflow => "kubeflow",
            Self::Argo36 => "argo-3.6",
            Self::Argo37 => "argo-3.7",
            Self::Argo40 => "argo-4.0",
            Self::Argo41 => "argo-4.1",
            Self::YamlGo => "yaml-go",
            Self::YamlNpm => "yaml-npm",
            Self::Compose2 => "compose2",
            Self::Compose5 => "compose5",
            Self::Docker => "docker",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tools => "ruff and PyYAML",
            Self::Airflow3 => "Airflow 3.3.2",
            Self::Airflow2 => "Airflow 2.11.2",
            Self::Metaflow => "Metaflow 2.19.39",
            Self::Prefect => "Prefect 3.8.8",
            Self::Pyright => "pyright",
            Self::Kubeflow => "kfp 2.17.0",
            Self::Argo36 => "Argo 3.6.18",
            Self::Argo37 => "Argo 3.7.18",
            Self::Argo40 => "Argo 4.0.7",
            Self::Argo41 => "Argo 4.1.4",
            Self::YamlGo => "sigs.k8s.io/yaml and yaml.v3",
            Self::YamlNpm => "npm yaml",
            Self::Compose2 => "Docker Compose 2.40.3",
            Self::Compose5 => "Docker Compose 5.6.1",
            Self::Docker => "a Docker engine",
        }
    }
}

/// What fetches and builds an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageManager {
    /// Python's packages.
    Uv,
    /// Go's modules.
    Go,
    /// JavaScript's packages.
    Npm,
    /// Debian's packages.
    Apt,
}

impl Engine {
    /// What fetches and builds it.
    pub fn comes_from(self) -> PackageManager {
        match self {
            Self::Tools
            | Self::Airflow3
            | Self::Airflow2
            | Self::Metaflow
            | Self::Prefect
            | Self::Kubeflow
            | Self::Compose2
            | Self::Compose5 => PackageManager::Uv,
            Self::Argo36 | Self::Argo37 | Self::Argo40 | Self::Argo41 | Self::YamlGo => {
                PackageManager::Go
            }
            Self::Pyright | Self::YamlNpm => PackageManager::Npm,
            Self::Docker => PackageManager::Apt,
        }
    }

    /// The folders of the program of ours that it is, where it is one.
    fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Argo36 => &["argo/common", "argo/3", "argo/3.6"],
            Self::Argo37 => &["argo/common", "argo/3", "argo/3.7"],
            Self::Argo40 => &["argo/common", "argo/4", "argo/4.0"],
            Self::Argo41 => &["argo/common", "argo/4", "argo/4.1"],
            Self::YamlGo => &["yaml-go"],
            _ => &[],
        }
    }
}

/// The folder of an engine, installed first where it is not there yet.
///
/// # Errors
/// Why it cannot be had, and what to install or leave out.
pub fn ready(engine: Engine) -> Result<PathBuf, String> {
    let installed = match engine.comes_from() {
        PackageManager::Uv => python::ready(engine.name()),
        PackageManager::Go => go::ready(engine.name(), engine.sources()),
        PackageManager::Npm => npm::ready(engine.name()),
        PackageManager::Apt => docker::ready(),
    };
    installed.map_err(|error| {
        format!(
            "{error}\n{} cannot be had here; `--without {}` leaves it out",
            engine.title(),
            engine.name()
        )
    })
}

/// The folder of the Python packages of `tests/engines/NAME.lock` that is no engine of the tests, or of an engine.
///
/// # Errors
/// Why it cannot be had.
pub fn peer(name: &str) -> Result<PathBuf, String> {
    python::ready(name)
}

/// A program that copies a YAML file by the C library; not an engine of the tests.
///
/// # Errors
/// Why it cannot be had.
pub fn yaml_copier() -> Result<PathBuf, String> {
    libyaml::ready()
}

/// Install an engine as a check of its own.
pub fn install(engine: Engine, checks: &mut Checks) -> Option<PathBuf> {
    match ready(engine) {
        Ok(folder) => {
            checks.pass();
            Some(folder)
        }
        Err(error) => {
            checks.fail(&format!("install {}", engine.name()), &error);
            None
        }
    }
}

/// A folder for `name`, filled by `fill` unless one from the same ingredients is there.
fn cached(
    name: &str,
    ingredients: &[PathBuf],
    fill: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let folder = house::engines().join(format!("{name}-{}", digest(ingredients)?));
    let mark = folder.join(".complete");
    if !mark.exists() {
        say(&format!("   installing into {}", folder.display()));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        }
        fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        fill(&folder)?;
        fs::write(&mark, "").map_err(|error| at(&mark, &error))?;
    }
    Ok(folder)
}

/// A short digest of the files; of every file in it for a folder.
fn digest(ingredients: &[PathBuf]) -> Result<String, String> {
    let mut hasher = blake3::Hasher::new();
    for file in files(ingredients)? {
        let name = file.file_name().unwrap_or_default();
        hasher.update(name.as_encoded_bytes());
        hasher.update(&fs::read(&file).map_err(|error| at(&file, &error))?);
    }
    Ok(hasher.finalize().to_hex()[..12].to_owned())
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(|error| at(path, &error))?;
            all.extend(
                entries
                    .flatten()
                    .map(|entry| entry.path())
                    .filter(|path| path.is_file()),
            );
        } else {
            all.push(path.clone());
        }
    }
    all.sort();
    Ok(all)
}

fn copy(paths: &[PathBuf], folder: &Path) -> Result<(), String> {
    for file in files(paths)? {
        let name = file.file_name().unwrap_or_default();
        fs::copy(&file, folder.join(name)).map_err(|error| at(&file, &error))?;
    }
    Ok(())
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
