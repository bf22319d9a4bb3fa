//! Pod templates.

use super::strings;
use crate::argo::model::{Ask, Container, EnvValue, Mount, Pod, Probe, Retry, Text};
use crate::argo::patch;
use crate::yaml::{Map, Yaml};

/// The fields that say how the pod runs, before its inputs.
pub(super) fn before_inputs(map: &mut Map, pod: &Pod) {
    let mut metadata = Map::new();
    metadata.put_filled("labels", strings(&pod.labels));
    metadata.put_filled("annotations", strings(&pod.annotations));
    map.put_filled("metadata", metadata);
    map.put_some("activeDeadlineSeconds", pod.deadline);
    if let Some(again) = &pod.retry {
        map.put("retryStrategy", retry(again));
    }
    if let Some(memoize) = &pod.memoize {
        let cache = Map::new().with(
            "configMap",
            Map::new().with("name", memoize.config_map.clone()),
        );
        let key = format!("{}{}", memoize.prefix, text(&memoize.key));
        map.put(
            "memoize",
            Map::new()
                .with("key", key)
                .with("maxAge", memoize.max_age.clone())
                .with("cache", cache),
        );
    }
    map.put_some("serviceAccountName", pod.service_account.clone());
    map.put_some("priorityClassName", pod.priority_class.clone());
    map.put_filled("nodeSelector", strings(&pod.node_selector));
    map.put_filled(
        "tolerations",
        Yaml::list(pod.tolerations.iter().map(|value| patch::yaml(&value.0))),
    );
    if let Some(affinity) = &pod.affinity {
        map.put("affinity", patch::yaml(&affinity.0));
    }
    if !pod.host_names.is_empty() {
        let aliases = Map::new()
            .with("ip", "127.0.0.1")
            .with("hostnames", Yaml::flow_list(pod.host_names.iter().cloned()));
        map.put("hostAliases", Yaml::list([aliases]));
    }
    if let Some(fields) = &pod.pod_spec_patch {
        map.put("podSpecPatch", text(fields));
    }
}

/// The containers.
pub(super) fn body(map: &mut Map, pod: &Pod) {
    if !pod.init_containers.is_empty() {
        let containers = pod.init_containers.iter().map(container);
        map.put("initContainers", Yaml::list(containers));
    }
    map.put("container", container(&pod.main));
    if !pod.sidecars.is_empty() {
        map.put("sidecars", Yaml::list(pod.sidecars.iter().map(container)));
    }
}

fn retry(retry: &Retry) -> Map {
    let mut map = Map::new();
    map.put("limit", Yaml::quoted(retry.limit.to_string()));
    map.put("retryPolicy", "Always");
    map.put_some("expression", retry.expression.clone());
    if let Some(backoff) = &retry.backoff {
        let mut wait = Map::new();
        wait.put("duration", backoff.duration.clone());
        wait.put_some(
            "factor",
            backoff
                .factor
                .map(|factor| Yaml::quoted(factor.to_string())),
        );
        wait.put_some("cap", backoff.cap.clone());
        map.put("backoff", wait);
    }
    map
}

fn container(container: &Container) -> Map {
    let mut map = Map::new();
    map.put_some("name", container.name.clone());
    map.put_some("image", container.image.as_ref().map(text));
    map.put_some("imagePullPolicy", container.pull_policy.clone());
    let serves = container.name.is_some() && container.probe.is_some();
    if serves {
        map.put(
            "restartPolicy",
            Yaml::from("Always").comment("runs beside the process, which waits for the probe"),
        );
    }
    if !container.command.is_empty() {
        map.put(
            "command",
            Yaml::flow_list(container.command.iter().map(text)),
        );
    }
    if !container.args.is_empty() {
        map.put("args", Yaml::list(container.args.iter().map(text)));
    }
    map.put_some("workingDir", container.workdir.clone());
    map.put_filled("env", Yaml::list(container.env.iter().map(env)));
    let ports = container
        .ports
        .iter()
        .map(|port| Map::new().with("containerPort", *port));
    map.put_filled("ports", Yaml::list(ports));
    if let Some(ready) = &container.probe {
        map.put("startupProbe", probe(ready));
    }
    let mut resources = Map::new();
    resources.put_filled("requests", strings(&container.requests));
    resources.put_filled("limits", strings(&container.limits));
    map.put_filled("resources", resources);
    map.put_filled(
        "volumeMounts",
        Yaml::list(container.mounts.iter().map(mount)),
    );
    map
}

fn env(variable: &crate::argo::model::Env) -> Map {
    let mut map = Map::new();
    map.put("name", variable.name.clone());
    match &variable.value {
        EnvValue::Text(value) => {
            map.put("value", text(value));
        }
        EnvValue::Secret { name, key } => {
            let reference = Map::new()
                .with("name", name.clone())
                .with("key", key.clone());
            map.put("valueFrom", Map::new().with("secretKeyRef", reference));
        }
    }
    map
}

fn mount(mount: &Mount) -> Map {
    let mut map = Map::new();
    map.put("name", mount.volume);
    map.put("mountPath", mount.path.clone());
    map.put_some("subPath", mount.sub_path.as_ref().map(text));
    if mount.read_only {
        map.put("readOnly", true);
    }
    map
}

fn probe(probe: &Probe) -> Map {
    let mut map = Map::new();
    match &probe.ask {
        Ask::Http { port, path } => {
            map.put(
                "httpGet",
                Map::new().with("path", path.clone()).with("port", *port),
            );
        }
        Ask::Tcp { port } => {
            map.put("tcpSocket", Map::new().with("port", *port));
        }
        Ask::Command(command) => {
            let command = Yaml::flow_list(command.iter().cloned());
            map.put("exec", Map::new().with("command", command));
        }
    }
    map.put("periodSeconds", probe.period);
    map.put("failureThreshold", probe.failures);
    map
}

/// The text; slots were filled when the templates were finished.
fn text(text: &Text) -> String {
    match text {
        Text::Fixed(text) => text.clone(),
        Text::Slot(_) => String::new(),
    }
}
