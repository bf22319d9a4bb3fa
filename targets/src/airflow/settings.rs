//! The options of this target, read into types.

use flowc_core::target::{OptionSpec, Settings as TargetSettings};

/// How a process starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// As a pod of its own.
    Kubernetes,
    /// As a container on the worker's Docker daemon.
    Docker,
    /// On the worker itself.
    Process,
}

/// Which Airflow the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Airflow 3, from 3.3.
    V3,
    /// Airflow 2.11.
    V2,
}

/// What `--set` says, with the defaults.
#[derive(Clone, Debug)]
pub(super) struct Settings<'s> {
    pub version: Version,
    pub runner: Runner,
    pub store: &'s str,
    pub namespace: &'s str,
    pub claim: &'s str,
    pub secret: &'s str,
    pub kubernetes_conn_id: &'s str,
    pub docker_url: &'s str,
    pub source: &'s str,
}

pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "runner",
        "how a process starts: as a pod, as a container on the worker, or on the worker itself",
        Some("kubernetes"),
        &["kubernetes", "docker", "process"],
    ),
    OptionSpec::new(
        "store",
        "process, docker: the folder for artifacts, the same on every worker; $FLOW_STORE overrides it",
        Some("/var/lib/flow"),
        &[],
    ),
    OptionSpec::new(
        "namespace",
        "kubernetes: the namespace of the pods",
        Some("default"),
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
        "kubernetes_conn_id",
        "kubernetes: the Airflow connection to the cluster",
        Some("kubernetes_default"),
        &[],
    ),
    OptionSpec::new(
        "docker_url",
        "docker: where the daemon listens",
        Some("unix://var/run/docker.sock"),
        &[],
    ),
];

impl<'s> Settings<'s> {
    pub fn new(settings: &'s TargetSettings) -> Self {
        let option = |name| settings.option(name).unwrap_or_default();
        Self {
            version: version(settings.version),
            runner: match settings.option("runner") {
                Some("process") => Runner::Process,
                Some("docker") => Runner::Docker,
                _ => Runner::Kubernetes,
            },
            store: option("store"),
            namespace: option("namespace"),
            claim: option("claim"),
            secret: option("secret"),
            kubernetes_conn_id: option("kubernetes_conn_id"),
            docker_url: option("docker_url"),
            source: &settings.source,
        }
    }
}

fn version(version: &str) -> Version {
    match version {
        "2.11" => Version::V2,
        _ => Version::V3,
    }
}
