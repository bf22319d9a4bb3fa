//! What a container needs of the machine and of Kubernetes.

use flowc_core::expr::Value;
use flowc_core::flow::{Kubernetes, Task};

use super::Lowering;
use super::process::Container;
use crate::kubeflow::affinity;
use crate::kubeflow::fields;
use crate::yaml::{Map, Yaml};

impl<'f> Lowering<'f> {
    /// The fields of `resources`.
    pub(super) fn resources_of(&mut self, container: &mut Container<'f>, task: &'f Task) -> Map {
        let mut out = Map::new();
        let resources = &task.resources;
        if let Some(cpu) = &resources.cpu {
            let amount = self.amount(container, cpu, "cpu");
            out.put("resourceCpuRequest", Yaml::quoted(amount));
        }
        if let Some(memory) = &resources.memory {
            let amount = self.amount(container, memory, "memory");
            out.put("resourceMemoryRequest", Yaml::quoted(amount.clone()));
            out.put("resourceMemoryLimit", Yaml::quoted(amount));
        }
        if let Some(gpu) = &resources.gpu {
            let amount = self.amount(container, &gpu.count, "gpu");
            let accelerator = Map::new()
                .with("resourceType", self.options.gpu_resource)
                .with("resourceCount", Yaml::quoted(amount));
            out.put("accelerator", accelerator);
        }
        out
    }

    /// The task's part of the platform's document.
    pub(super) fn pod(&self, task: &Task, secrets: &[(String, String)]) -> Map {
        let kubernetes = &task.kubernetes;
        let mut out = Map::new();
        let asks_nothing = secrets.is_empty()
            && task.cache.is_none()
            && task.resources.gpu.is_none()
            && task.targets.targets.is_empty()
            && asks_nothing(kubernetes);
        if asks_nothing {
            return out;
        }
        if !secrets.is_empty() {
            let keys = secrets
                .iter()
                .map(|(key, variable)| Map::new().with("secretKey", key).with("envVar", variable));
            let secret = Map::new()
                .with("secretName", self.options.secret(self.flow))
                .with("keyToEnv", Yaml::list(keys));
            out.put("secretAsEnv", Yaml::list([secret]));
        }
        if task.cache.is_some() {
            let id = Map::new()
                .with("name", "FLOW_RUN_ID")
                .with("fieldPath", "metadata.labels['pipeline/runid']");
            out.put("fieldPathAsEnv", Yaml::list([id]));
        }
        let mut labels: Map = kubernetes
            .node_selector
            .iter()
            .map(|(key, value)| (key.clone(), value.value.as_str()))
            .collect();
        if let Some(kind) = task
            .resources
            .gpu
            .as_ref()
            .and_then(|gpu| gpu.kind.as_ref())
        {
            labels.put(self.options.gpu_label.to_owned(), &kind.value);
        }
        if !labels.is_empty() {
            out.put("nodeSelector", Map::new().with("labels", labels));
        }
        let tolerations = kubernetes
            .tolerations
            .iter()
            .map(|one| toleration(&one.value));
        out.put_filled("tolerations", Yaml::list(tolerations));
        let texts = |texts: &indexmap::IndexMap<String, flowc_core::source::Spanned<String>>| {
            texts
                .iter()
                .map(|(key, value)| (key.clone(), Yaml::from(&value.value)))
                .collect::<Map>()
        };
        let mut metadata = Map::new();
        metadata.put_filled("labels", texts(&kubernetes.labels));
        metadata.put_filled("annotations", texts(&kubernetes.annotations));
        out.put_filled("podMetadata", metadata);
        out.put_some(
            "imagePullPolicy",
            kubernetes
                .image_pull_policy
                .as_ref()
                .map(|policy| &policy.value),
        );
        let names = kubernetes
            .image_pull_secrets
            .iter()
            .map(|name| Map::new().with("secretName", &name.value));
        out.put_filled("imagePullSecret", Yaml::list(names));
        // An affinity with other terms has been refused.
        let terms = kubernetes.affinity.as_ref();
        let terms = terms.and_then(|affinity| affinity::terms(&affinity.value).ok());
        let terms = terms.unwrap_or_default();
        out.put_filled(
            "nodeAffinity",
            Yaml::list(terms.nodes.iter().map(Yaml::from)),
        );
        out.put_filled("podAffinity", Yaml::list(terms.pods.iter().map(Yaml::from)));
        for (name, value) in fields::written(&task.targets) {
            out.put(name, Yaml::from(&value));
        }
        out
    }
}

/// Whether nothing is set that is written here.
fn asks_nothing(kubernetes: &Kubernetes) -> bool {
    let Kubernetes {
        service_account: _,
        node_selector,
        tolerations,
        affinity,
        labels,
        annotations,
        image_pull_policy,
        image_pull_secrets,
        priority_class: _,
    } = kubernetes;
    node_selector.is_empty()
        && tolerations.is_empty()
        && affinity.is_none()
        && labels.is_empty()
        && annotations.is_empty()
        && image_pull_policy.is_none()
        && image_pull_secrets.is_empty()
}

fn toleration(value: &Value) -> Yaml {
    let json = serde_json::to_value(value).unwrap_or_default();
    Yaml::from(&json)
}
