//! The options of this target, read into types.

use flowc_core::target::{OptionSpec, Settings as TargetSettings};

/// How a process starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// As a container on the machine of the flow.
    Docker,
    /// As a Job of Kubernetes.
    Kubernetes,
    /// Beside the flow, on the same machine.
    Process,
}

/// Where secrets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Secret blocks.
    Blocks,
    /// Variables of the environment in which the flow runs.
    Environment,
}

/// What `--set` says, with the defaults.
#[derive(Clone, Debug)]
pub(super) struct Settings<'s> {
    pub runner: Runner,
    pub secrets: Secrets,
    pub store: &'s str,
    pub work_pool: &'s str,
    pub namespace: &'s str,
    pub claim: &'s str,
    pub source: &'s str,
}

pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "runner",
        "how a process starts: as a container of the Docker daemon where the flow runs, as a Job of Kubernetes, or beside the flow",
        Some("docker"),
        &["docker", "kubernetes", "process"],
    ),
    OptionSpec::new(
        "store",
        "the folder for artifacts, the same on every machine that runs the flow; $FLOW_STORE overrides it",
        Some(".flow-store"),
        &[],
    ),
    OptionSpec::new(
        "secrets",
        "where secrets come from: Secret blocks, or variables of the flow's environment",
        Some("blocks"),
        &["blocks", "environment"],
    ),
    OptionSpec::new(
        "work_pool",
        "the work pool of the deployment",
        Some("default"),
        &[],
    ),
    OptionSpec::new(
        "namespace",
        "kubernetes: the namespace of the Jobs",
        Some("default"),
        &[],
    ),
    OptionSpec::new(
        "claim",
        "kubernetes: the volume claim (read-write-many) of the store, which the flow has at the same path",
        Some("flow-store"),
        &[],
    ),
];

impl<'s> Settings<'s> {
    pub fn new(settings: &'s TargetSettings) -> Self {
        let option = |name| settings.option(name).unwrap_or_default();
        Self {
            runner: match settings.option("runner") {
                Some("process") => Runner::Process,
                Some("kubernetes") => Runner::Kubernetes,
                _ => Runner::Docker,
            },
            secrets: match settings.option("secrets") {
                Some("environment") => Secrets::Environment,
                _ => Secrets::Blocks,
            },
            store: option("store"),
            work_pool: option("work_pool"),
            namespace: option("namespace"),
            claim: option("claim"),
            source: &settings.source,
        }
    }
}
