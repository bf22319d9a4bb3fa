//! The target's options.

use flowc_core::target::{OptionSpec, Settings as TargetSettings};

/// How a process starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// In the step, on the machine that runs it.
    Process,
    /// In the step, which is a pod.
    Kubernetes,
}

/// The settings of a compilation.
#[derive(Clone, Debug)]
pub(super) struct Settings<'s> {
    pub runner: Runner,
    pub store: &'s str,
    pub claim: &'s str,
    pub secret: &'s str,
    pub secrets_source: Option<&'s str>,
    pub source: &'s str,
}

/// What `--set` takes.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "runner",
        "where a step runs: as a pod of its own, or as a process of the machine that runs the flow",
        Some("kubernetes"),
        &["kubernetes", "process"],
    ),
    OptionSpec::new(
        "store",
        "process: the folder for artifacts, the same for all steps; $FLOW_STORE overrides it",
        Some(".flow-store"),
        &[],
    ),
    OptionSpec::new(
        "claim",
        "kubernetes: the volume claim (read-write-many) for artifacts",
        Some("flow-store"),
        &[],
    ),
    OptionSpec::new(
        "secret",
        "kubernetes: the secret that holds the flow's secrets as keys",
        Some("flow-secrets"),
        &[],
    ),
    OptionSpec::new(
        "secrets_source",
        "where @secrets reads the flow's secrets, such as aws-secrets-manager.flow; without it \
               they are in the environment of the step",
        None,
        &[],
    ),
];

impl<'s> Settings<'s> {
    pub fn new(settings: &'s TargetSettings) -> Self {
        let option = |name| settings.option(name).unwrap_or_default();
        Self {
            runner: match settings.option("runner") {
                Some("process") => Runner::Process,
                _ => Runner::Kubernetes,
            },
            store: option("store"),
            claim: option("claim"),
            secret: option("secret"),
            secrets_source: settings.option("secrets_source"),
            source: &settings.source,
        }
    }
}
