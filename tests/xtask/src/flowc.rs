//! The compiler that is tested, as a user runs it.

use std::fs;
use std::path::{Path, PathBuf};

use flowc_core::passes::Level;
use serde_json::Value;

use crate::{cargo, house, process};

/// The built binary.
pub struct Flowc {
    program: PathBuf,
    level: Level,
}

/// A flow compiled for a target.
pub struct Compiled {
    /// The written files with this ending, in order.
    pub files: Vec<PathBuf>,
    /// Warnings and notes, a line each.
    pub said: String,
}

impl Flowc {
    /// Build it, as a development build.
    pub fn build() -> Result<Self, String> {
        let program = cargo::build("flowc", false)?;
        let level = Level::default();
        Ok(Self { program, level })
    }

    /// The same at a level of the passes.
    #[must_use]
    pub fn at(&self, level: Level) -> Self {
        let program = self.program.clone();
        Self { program, level }
    }

    /// The level of the passes that flows are compiled at.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Compile a flow into a folder.
    ///
    /// # Errors
    /// What the compiler said when it refused.
    pub fn compile(
        &self,
        flow: &Path,
        target: &str,
        set: &[&str],
        folder: &Path,
    ) -> Result<Compiled, String> {
        let mut command = process::command(&self.program);
        command.arg("compile").arg(flow).args(["--target", target]);
        command.arg(self.level.as_str());
        for option in set {
            command.args(["--set", option]);
        }
        command.args(["--format", "concise", "--out"]).arg(folder);
        let ended = process::capture(command.current_dir(house::root()));
        if ended.success {
            Ok(Compiled {
                files: files(folder),
                said: ended.stderr,
            })
        } else {
            Err(ended.tail(20))
        }
    }

    /// The versions of a target, newest first, from `flowc targets`.
    pub fn versions(&self, target: &str) -> Result<Vec<String>, String> {
        let said =
            process::demand(process::command(&self.program).args(["targets", "--format", "json"]))?;
        let targets: Value = serde_json::from_str(&said).map_err(|error| error.to_string())?;
        let list = targets.as_array().or_else(|| targets["targets"].as_array());
        let found = list
            .into_iter()
            .flatten()
            .find(|entry| entry["name"] == target)
            .ok_or_else(|| format!("`flowc targets` knows no `{target}`"))?;
        Ok(found["versions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|version| version.as_str().map(str::to_owned))
            .collect())
    }
}

/// The `flow:` of a flow file.
pub fn flow_name(flow: &Path) -> Result<String, String> {
    let text = fs::read_to_string(flow).map_err(|error| format!("{}: {error}", flow.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("flow:"));
    let name = line.ok_or_else(|| format!("{} has no `flow:`", flow.display()))?;
    Ok(name.split('#').next().unwrap_or_default().trim().to_owned())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|end| end == "py" || end == "yaml")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
