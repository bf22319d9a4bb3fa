//! What an engine's adapter must be able to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flowc_tests::random::Reach;
use serde_json::Value;

use super::expect::Case;
use super::trace::Trace;
use crate::engines::Engine;
use crate::flowc::Flowc;

/// An engine that runs flows for real and says how they went.
pub trait Adapter {
    /// The target as on the command line, with its version where there are several: `airflow@2.11`.
    fn target(&self) -> &'static str;

    /// The engine as people call it, with its version, for the table: `Airflow 2.11.2`.
    fn engine(&self) -> String;

    /// What is to be installed for it, for `--without`.
    fn needs(&self) -> &'static [Engine];

    /// What `--set` is given when a flow is compiled for the runs.
    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether tasks can run at once, so that `a beside b` can be asked.
    fn at_once(&self) -> bool;

    /// Why an example that compiles cannot run here, such as images that exist nowhere. A case of
    /// `tests/conformance` for which this has an answer fails.
    fn cannot_run(&self, _case: &Case) -> Option<String> {
        None
    }

    /// Which random flows it can take, and how many of them `cargo xtask test` runs on it.
    fn random(&self) -> (Reach, usize);

    /// Whether what it runs went through the passes.
    fn sees_passes(&self, _flowc: &Flowc) -> bool {
        true
    }

    /// Whether tasks of a group that did not start may be shown as skipped: their own rules are asked
    /// too. The page of the target says so.
    fn asks_rules_of_groups_not_started(&self) -> bool {
        false
    }

    /// Bring a flow into the form that the engine takes: compile it into `folder`. What it returns is
    /// what was said (warnings), the error what the compiler refused it with.
    ///
    /// # Errors
    /// The diagnostics, as `--format concise` prints them.
    fn prepare(&self, flowc: &Flowc, flow: &Path, folder: &Path) -> Result<String, String> {
        let compiled = flowc.compile(flow, self.target(), self.options(), folder)?;
        Ok(compiled.said)
    }

    /// Run all jobs; one trace for each, in any order. A job that goes wrong has a trace that says so; an
    /// error is for an engine that cannot be had at all.
    ///
    /// # Errors
    /// Why nothing could be run.
    fn run(&self, flowc: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String>;
}

/// One run that an adapter is asked for.
#[derive(Clone, Debug)]
pub struct Job {
    /// Unique in its batch and good for a folder: `skip-beats-nothing/default`.
    pub name: String,
    /// The `flow:` of the flow.
    pub flow_name: String,
    /// The flow file, for engines that read it.
    pub flow: PathBuf,
    /// What [`Adapter::prepare`] filled. Several jobs may share it.
    pub folder: PathBuf,
    /// Overrides of parameters.
    pub parameters: serde_json::Map<String, Value>,
    /// More of the environment of the run and its processes.
    pub env: BTreeMap<String, String>,
    /// The values of secrets by name.
    pub secrets: BTreeMap<String, String>,
    /// The logical date, in ISO form.
    pub date: Option<String>,
    /// Seconds after which the run is cut and counts as broken.
    pub timeout: u32,
    /// Whether what its tasks have said is read, where that takes a question of its own.
    pub logs: bool,
}
