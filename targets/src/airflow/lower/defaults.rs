//! `default_args`: what most processes of the DAG have in common.

use std::borrow::Cow;

use flowc_core::values::Duration;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::Lowering;
use super::run::timedelta;
use crate::airflow::settings::Runner;
use crate::python::{Arguments, Code};

/// The value of an argument that many processes may have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Setting<'a> {
    Image(Cow<'a, str>),
    Number(i64),
    Time(Duration),
    /// Any other, as it is written.
    Source(Cow<'a, str>),
}

pub(super) type Settings<'a> = Vec<(&'static str, Setting<'a>)>;

impl<'a> Setting<'a> {
    fn code(self, lowering: &Lowering<'_>) -> Code<'a> {
        match self {
            Self::Image(text) if lowering.facts.templates.image => {
                Code::call1("literal", Code::string(text))
            }
            Self::Image(text) => Code::string(text),
            Self::Number(number) => Code::name(number.to_string()),
            Self::Time(duration) => timedelta(duration),
            Self::Source(text) => Code::atom(text),
        }
    }

    fn into_owned(self) -> Setting<'static> {
        match self {
            Self::Image(text) => Setting::Image(text.into_owned().into()),
            Self::Number(number) => Setting::Number(number),
            Self::Time(duration) => Setting::Time(duration),
            Self::Source(text) => Setting::Source(text.into_owned().into()),
        }
    }
}

/// The arguments that the DAG gives to every task of Airflow.
#[derive(Default)]
pub(super) struct Defaults {
    common: Settings<'static>,
}

/// What takes an argument back.
fn neutral(name: &str) -> Option<Setting<'static>> {
    match name {
        "retries" | "priority_weight" => Some(Setting::Number(0)),
        "execution_timeout" | "max_retry_delay" => Some(Setting::Source("None".into())),
        "retry_exponential_backoff" => Some(Setting::Source("False".into())),
        // Every task that reads these says them itself.
        _ => None,
    }
}

impl Defaults {
    /// Those that more than half of the processes share, and at least two.
    pub fn new(lowering: &Lowering<'_>) -> Self {
        type Counts<K, V> = IndexMap<K, V, FxBuildHasher>;
        // Many processes have all of them in common.
        let mut alike: Counts<Settings<'_>, usize> = Counts::default();
        let tasks = lowering.flow.tasks.iter();
        for task in tasks.filter(|task| task.process().is_some()) {
            *alike.entry(lowering.common_settings(task)).or_default() += 1;
        }
        let processes: usize = alike.values().sum();
        let mut counts: Counts<&'static str, Counts<Setting<'_>, usize>> = Counts::default();
        for (settings, times) in alike {
            for (name, setting) in settings {
                *counts.entry(name).or_default().entry(setting).or_default() += times;
            }
        }
        let mut common = Vec::new();
        for (name, values) in counts {
            let most = values.into_iter().rev().max_by_key(|(_, count)| *count);
            let Some((setting, count)) = most else {
                continue;
            };
            // A half of the tasks that retry may be most of those that wait.
            if count > 1 && 2 * count > processes || name == "retries" && processes == 0 {
                common.push((name, setting.into_owned()));
            }
        }
        if !common.iter().any(|(name, _)| *name == "retries") {
            common.push(("retries", Setting::Number(0)));
        }
        let order = |name: &str| ORDER.iter().position(|known| *known == name);
        common.sort_by_key(|(name, _)| order(name));
        Self { common }
    }

    fn get(&self, name: &str) -> Option<&Setting<'static>> {
        let found = self.common.iter().find(|(known, _)| *known == name);
        found.map(|(_, setting)| setting)
    }

    /// The arguments of a process that the defaults do not give it.
    pub fn differences<'a>(
        &self,
        settings: Settings<'a>,
        lowering: &Lowering<'_>,
    ) -> Arguments<'a> {
        if settings == self.common {
            return Vec::new();
        }
        let is_given = |wanted: &str| settings.iter().any(|(name, _)| *name == wanted);
        let retries = settings
            .iter()
            .any(|(name, setting)| *name == "retries" && *setting != Setting::Number(0));
        let taken_back: Settings<'_> = self
            .common
            .iter()
            .filter(|(name, _)| !is_given(name) && (retries || !name.contains("retry")))
            .filter_map(|(name, _)| Some((*name, neutral(name)?)))
            .collect();
        let own = settings
            .into_iter()
            .filter(|(name, setting)| self.get(name) != Some(setting));
        let mut own: Settings<'_> = own.chain(taken_back).collect();
        let order = |name: &str| ORDER.iter().position(|known| *known == name);
        own.sort_by_key(|(name, _)| order(name));
        let own = own.into_iter();
        own.map(|(name, setting)| (name, setting.code(lowering)))
            .collect()
    }

    /// What a task of Airflow that is no process takes back.
    pub fn neutral(&self, lowering: &Lowering<'_>) -> Arguments<'static> {
        let own = ["retries", "execution_timeout"].into_iter();
        own.filter_map(|name| {
            let neutral = neutral(name)?;
            let differs = *self.get(name)? != neutral;
            differs.then(|| (name, neutral.code(lowering)))
        })
        .collect()
    }

    /// The whole dictionary.
    pub fn arguments<'a>(&self, lowering: &'a Lowering<'a>) -> Code<'a> {
        let mut fields = Vec::new();
        let mut push = |name: &'static str, code| fields.push((name, code));
        if let Some(owner) = &lowering.flow.owner {
            push("owner", Code::string(&owner.value));
        }
        for (name, setting) in &self.common {
            push(name, setting.clone().code(lowering));
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
        Code::dict(fields)
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
