//! What a run must do: the files `trace.yaml`, written by hand from the language page.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::order::Fact;
use crate::house;

/// A flow and what its runs must do.
pub struct Case {
    /// Its folder's name; `examples/NAME` for an example.
    pub name: String,
    /// The flow file.
    pub flow: PathBuf,
    /// What was written down for it.
    pub expectation: Expectation,
}

/// A file `trace.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The numbered rules and the sections of the language page that it is about.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Runs of the flow.
    #[serde(default)]
    pub cases: Vec<Run>,
    /// Of an example only: why there are no runs.
    pub cannot_run: Option<String>,
    /// Targets that must refuse the flow, with the code that they give.
    #[serde(default)]
    pub refused_by: BTreeMap<String, String>,
    /// Targets that must do otherwise in every run, with the loss that they declare.
    #[serde(default)]
    pub known: BTreeMap<String, String>,
}

/// `3`, the third of the numbered rules, or the name of a section.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// A numbered rule.
    Number(usize),
    /// A section or a paragraph's bold name.
    Section(String),
}

/// One run that must go so.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Tells it from the others of the flow.
    pub name: String,
    /// Overrides.
    #[serde(default)]
    pub parameters: serde_json::Map<String, Value>,
    /// More of the environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The values of secrets.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// The logical date.
    pub date: Option<String>,
    /// The parameters are refused before a task starts.
    #[serde(default)]
    pub refused: bool,
    /// The run's state.
    pub run: Option<String>,
    /// Task to its state, or the states of its instances.
    #[serde(default)]
    pub tasks: BTreeMap<String, Wanted>,
    /// `task.output` to its value.
    #[serde(default)]
    pub outputs: BTreeMap<String, Value>,
    /// What must be true of the times.
    #[serde(default)]
    pub order: Vec<Fact>,
    /// Texts that the log holds.
    #[serde(default)]
    pub log: Vec<String>,
    /// Targets that show some tasks in another state, which their support table says.
    #[serde(default)]
    pub shown: BTreeMap<String, BTreeMap<String, Wanted>>,
    /// As in [`Expectation`], for this run.
    #[serde(default)]
    pub known: BTreeMap<String, String>,
}

/// The state of a task, or of each instance of a fan-out.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    /// `succeeded`, `failed@3`.
    One(String),
    /// The same for each item.
    Many(Vec<Wanted>),
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(state) => formatter.write_str(state),
            Self::Many(instances) => {
                let said: Vec<String> = instances.iter().map(Self::to_string).collect();
                write!(formatter, "[{}]", said.join(", "))
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Section(name) => formatter.write_str(name),
        }
    }
}

impl Expectation {
    /// What it is about, for people.
    pub fn rules(&self) -> String {
        let rules: Vec<String> = self.rule.iter().map(Rule::to_string).collect();
        rules.join(", ")
    }

    /// Read one.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The code with which the target (`airflow@3`) must refuse the flow.
    pub fn refusal(&self, target: &str) -> Option<&str> {
        for_target(&self.refused_by, target).map(String::as_str)
    }

    /// The loss that makes this run go otherwise on the target.
    pub fn loss(&self, run: &Run, target: &str) -> Option<String> {
        for_target(&run.known, target)
            .or_else(|| for_target(&self.known, target))
            .cloned()
    }
}

/// An entry for a target: for this version, or for all that have the name.
pub fn for_target<'a, T>(entries: &'a BTreeMap<String, T>, target: &str) -> Option<&'a T> {
    let name = target.split('@').next().unwrap_or_default();
    entries.get(target).or_else(|| entries.get(name))
}

/// Every case of `tests/conformance`, then every example, in order of name.
///
/// # Errors
/// The first file that cannot be read.
pub fn cases() -> Result<Vec<Case>, String> {
    let root = house::root();
    let mut cases = Vec::new();
    for name in house::folders_with_flows("tests/conformance") {
        let folder = root.join("tests/conformance").join(&name);
        cases.push(Case {
            flow: folder.join("flow.yaml"),
            expectation: Expectation::read(&folder.join("trace.yaml"))?,
            name,
        });
    }
    for name in house::examples() {
        cases.push(Case {
            flow: root.join("examples").join(&name).join("flow.yaml"),
            expectation: Expectation::read(&example(&name))?,
            name: format!("examples/{name}"),
        });
    }
    Ok(cases)
}

/// What an example must do.
pub fn example(name: &str) -> PathBuf {
    house::engine_files()
        .join("traces")
        .join(format!("{name}.yaml"))
}
