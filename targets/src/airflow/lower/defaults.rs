//! `default_args`: what most processes of the DAG have in common.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::Lowering;
use super::run::timedelta;
use crate::airflow::settings::Runner;
use crate::python::Code;

/// The arguments that the DAG gives to every task of Airflow.
#[derive(Default)]
pub(super) struct Defaults {
    pub common: Vec<(&'static str, Code)>,
}

/// What takes an argument back.
fn neutral(name: &str) -> Option<Code> {
    match name {
        "retries" => Some(Code::atom("0")),
        "execution_timeout" | "max_retry_delay" => Some(Code::atom("None")),
        "retry_exponential_backoff" => Some(Code::atom("False")),
        "priority_weight" => Some(Code::atom("0")),
        // Every task that reads these says them itself.
        _ => None,
    }
}

impl Defaults {
    /// Those that more than half of the processes share, and at least two.
    pub fn new(lowering: &Lowering<'_>) -> Self {
        type Counts<K, V> = IndexMap<K, V, FxBuildHasher>;
        let mut counts: Counts<&'static str, Counts<Code, usize>> = Counts::default();
        let mut processes = 0;
        for task in lowering
            .flow
            .tasks
            .iter()
            .filter(|task| task.process().is_some())
        {
            processes += 1;
            for (name, code) in lowering.common_arguments(task) {
                *counts.entry(name).or_default().entry(code).or_default() += 1;
            }
        }
        let mut common = Vec::new();
        for (name, values) in counts {
            let most = values.into_iter().rev().max_by_key(|(_, count)| *count);
            let Some((code, count)) = most else { continue };
            // A half of the tasks that retry may be most of those that wait.
            if count > 1 && 2 * count > processes || name == "retries" && processes == 0 {
                common.push((name, code));
            }
        }
        if !common.iter().any(|(name, _)| *name == "retries") {
            common.push(("retries", Code::atom("0")));
        }
        let order = |name: &str| ORDER.iter().position(|known| *known == name);
        common.sort_by_key(|(name, _)| order(name));
        Self { common }
    }

    fn get(&self, name: &str) -> Option<&Code> {
        self.common
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, code)| code)
    }

    /// The arguments of a process that the defaults do not give it.
    pub fn differences(&self, arguments: &[(&'static str, Code)]) -> Vec<(&'static str, Code)> {
        let mut own: Vec<_> = arguments
            .iter()
            .filter(|(name, code)| self.get(name) != Some(code))
            .cloned()
            .collect();
        let retries = arguments
            .iter()
            .any(|(name, code)| *name == "retries" && *code != Code::atom("0"));
        for (name, _) in &self.common {
            let is_given = arguments.iter().any(|(given, _)| given == name);
            let matters = retries || !name.contains("retry");
            if !is_given
                && matters
                && let Some(code) = neutral(name)
            {
                own.push((*name, code));
            }
        }
        let order = |name: &str| ORDER.iter().position(|known| *known == name);
        own.sort_by_key(|(name, _)| order(name));
        own
    }

    /// What a task of Airflow that is no process takes back.
    pub fn neutral(&self) -> Vec<(&'static str, Code)> {
        let mut own = Vec::new();
        for name in ["retries", "execution_timeout"] {
            if let (Some(code), Some(neutral)) = (self.get(name), neutral(name))
                && *code != neutral
            {
                own.push((name, neutral));
            }
        }
        own
    }

    /// The whole dictionary.
    pub fn arguments(&self, lowering: &Lowering<'_>) -> Code {
        let mut fields = Vec::new();
        let mut push = |name: &str, code| fields.push((name.to_owned(), code));
        if let Some(owner) = &lowering.flow.owner {
            push("owner", Code::string(&owner.value));
        }
        for (name, code) in &self.common {
            push(name, code.clone());
        }
        if lowering
            .flow
            .tasks
            .iter()
            .any(|task| task.priority.is_some())
        {
            if self.get("priority_weight").is_none() {
                push("priority_weight", Code::atom("0"));
            }
            push("weight_rule", Code::string("absolute"));
        }
        if let Some(timeout) = &lowering.flow.timeout {
            push("run_timeout", timedelta(timeout.value));
        }
        if lowering
            .flow
            .tasks
            .iter()
            .any(|task| task.process().is_some())
        {
            match lowering.settings.runner {
                Runner::Process => {}
                Runner::Docker => push("docker_url", Code::string(lowering.settings.docker_url)),
                Runner::Kubernetes => {
                    push("namespace", Code::string(lowering.settings.namespace));
                    push(
                        "kubernetes_conn_id",
                        Code::string(lowering.settings.kubernetes_conn_id),
                    );
                }
            }
        }
        Code::Dict(fields)
    }
}

/// The order of the arguments of an attempt.
const ORDER: [&str; 9] = [
    "image",
    "retries",
    "retry_delay",
    "retry_exponential_backoff",
    "max_retry_delay",
    "execution_timeout",
    "startup_timeout_seconds",
    "priority_weight",
    "weight_rule",
];
