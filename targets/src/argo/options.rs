//! What `--set` takes, read once.

use flowc_core::flow::Flow;
use flowc_core::target::{OptionSpec, Settings};

use super::model::Kind;

/// The options of the target.
pub(crate) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "kind",
        "kind of object; auto: CronWorkflow with a schedule, else Workflow",
        Some("auto"),
        &["auto", "Workflow", "WorkflowTemplate", "CronWorkflow"],
    ),
    OptionSpec::new("namespace", "namespace of the object", None, &[]),
    OptionSpec::new("service_account", "service account of the pods", None, &[]),
    OptionSpec::new(
        "secret",
        "Kubernetes secret with the flow's secrets as keys; <flow>-secrets when not set",
        None,
        &[],
    ),
    OptionSpec::new(
        "artifacts",
        "where artifacts lie: the default artifact repository, or a volume that all pods share",
        Some("repository"),
        &["repository", "volume"],
    ),
    OptionSpec::new(
        "volume_claim",
        "the claim of that volume; <flow>-artifacts when not set",
        None,
        &[],
    ),
    OptionSpec::new(
        "helper_image",
        "image with sh for the containers that prepare a shared volume",
        Some("busybox:1.36"),
        &[],
    ),
    OptionSpec::new(
        "semaphores",
        "config map with the limits of concurrency groups",
        Some("flowc-semaphores"),
        &[],
    ),
    OptionSpec::new(
        "cache",
        "config map that remembers cached results; <flow>-cache when not set",
        None,
        &[],
    ),
    OptionSpec::new(
        "gpu_resource",
        "resource that stands for a GPU",
        Some("nvidia.com/gpu"),
        &[],
    ),
    OptionSpec::new(
        "gpu_label",
        "node label that tells the kind of GPU",
        Some("nvidia.com/gpu.product"),
        &[],
    ),
];

/// The options with their values.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    kind: String,
    pub(crate) namespace: Option<String>,
    pub(crate) service_account: Option<String>,
    secret: Option<String>,
    volume: bool,
    claim: Option<String>,
    pub(crate) helper_image: String,
    pub(crate) semaphores: String,
    cache: Option<String>,
    pub(crate) gpu_resource: String,
    pub(crate) gpu_label: String,
    pub(crate) version: &'static str,
}

impl Options {
    /// From checked settings.
    pub(crate) fn new(settings: &Settings) -> Self {
        let text = |name| settings.option(name).map(str::to_owned);
        let or = |name, fallback: &str| text(name).unwrap_or_else(|| fallback.to_owned());
        Self {
            kind: or("kind", "auto"),
            namespace: text("namespace"),
            service_account: text("service_account"),
            secret: text("secret"),
            volume: settings.option("artifacts") == Some("volume"),
            claim: text("volume_claim"),
            helper_image: or("helper_image", "busybox:1.36"),
            semaphores: or("semaphores", "flowc-semaphores"),
            cache: text("cache"),
            gpu_resource: or("gpu_resource", "nvidia.com/gpu"),
            gpu_label: or("gpu_label", "nvidia.com/gpu.product"),
            version: settings.version,
        }
    }

    /// The kind of object for a flow.
    pub(crate) fn kind(&self, flow: &Flow) -> Kind {
        match self.kind.as_str() {
            "Workflow" => Kind::Workflow,
            "WorkflowTemplate" => Kind::WorkflowTemplate,
            // Without a schedule there is nothing that a cron workflow could start by.
            _ if flow.schedule.is_some() => Kind::CronWorkflow,
            "CronWorkflow" => Kind::WorkflowTemplate,
            _ => Kind::Workflow,
        }
    }

    /// Whether artifacts lie on a volume.
    pub(crate) fn on_volume(&self) -> bool {
        self.volume
    }

    /// The Kubernetes secret that holds the flow's secrets.
    pub(crate) fn secret(&self, flow: &Flow) -> String {
        self.secret
            .clone()
            .unwrap_or_else(|| format!("{}-secrets", flow.name.value))
    }

    /// The claim of the volume with the artifacts.
    pub(crate) fn claim(&self, flow: &Flow) -> String {
        self.claim
            .clone()
            .unwrap_or_else(|| format!("{}-artifacts", flow.name.value))
    }

    /// The config map that remembers cached results.
    pub(crate) fn cache(&self, flow: &Flow) -> String {
        self.cache
            .clone()
            .unwrap_or_else(|| format!("{}-cache", flow.name.value))
    }

    /// Whether a retry's wait has a longest value.
    pub(crate) fn has_cap(&self) -> bool {
        self.version != "3.6"
    }
}
