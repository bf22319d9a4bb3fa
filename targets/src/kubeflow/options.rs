//! What `--set` takes, read once.

use flowc_core::flow::Flow;
use flowc_core::target::{OptionSpec, Settings};

/// The options of the target.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "helper_image",
        "image with python3 and sh for what Kubeflow cannot work out itself",
        Some("python:3.12-slim"),
        &[],
    ),
    OptionSpec::new(
        "image",
        "image of tasks that name none",
        Some("busybox:1.36"),
        &[],
    ),
    OptionSpec::new(
        "secret",
        "Kubernetes secret with the flow's secrets as keys; <flow>-secrets when not set",
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
pub(super) struct Options<'s> {
    pub helper_image: &'s str,
    pub image: &'s str,
    secret: Option<&'s str>,
    pub gpu_resource: &'s str,
    pub gpu_label: &'s str,
    pub source: &'s str,
}

impl<'s> Options<'s> {
    /// From checked settings.
    pub fn new(settings: &'s Settings) -> Self {
        let or = |name, fallback| settings.option(name).unwrap_or(fallback);
        Self {
            helper_image: or("helper_image", "python:3.12-slim"),
            image: or("image", "busybox:1.36"),
            secret: settings.option("secret"),
            gpu_resource: or("gpu_resource", "nvidia.com/gpu"),
            gpu_label: or("gpu_label", "nvidia.com/gpu.product"),
            source: &settings.source,
        }
    }

    /// The Kubernetes secret that holds the flow's secrets.
    pub fn secret(&self, flow: &Flow) -> String {
        self.secret
            .map_or_else(|| format!("{}-secrets", flow.name.value), str::to_owned)
    }
}
