//! What a process's container needs: of Docker's daemon, or of a pod of Kubernetes.

use flowc_core::flow::{Amount, Gpu, Kubernetes, Resources, Task};
use flowc_core::source::Spanned;
use indexmap::IndexMap;

use super::Lowering;
use crate::prefect::settings::Runner;
use crate::python::Code;

type Fields<'a> = Vec<(&'a str, Code<'a>)>;

impl<'a> Lowering<'a> {
    /// The argument that holds the fields of a container; none where there are no containers.
    pub fn container_argument(&self) -> Option<&'static str> {
        match self.settings.runner {
            Runner::Docker => Some("resources"),
            Runner::Kubernetes => Some("pod"),
            Runner::Process => None,
        }
    }

    /// The fields of a task's container, in the words of its engine.
    pub fn container_fields<'t>(&self, task: &'t Task) -> Fields<'t> {
        match self.settings.runner {
            Runner::Docker => docker(&task.resources),
            Runner::Kubernetes => pod(task),
            Runner::Process => Vec::new(),
        }
    }
}

/// Docker takes limits only.
fn docker(resources: &Resources) -> Fields<'_> {
    let mut found = Vec::new();
    if let Some(Amount::Known(cpu)) = &resources.cpu {
        let nanos = cpu.value.nanos().to_string();
        found.push(("nano_cpus", Code::atom(nanos)));
    }
    if let Some(Amount::Known(memory)) = &resources.memory {
        let bytes = memory.value.whole_up().to_string();
        found.push(("mem_limit", Code::atom(bytes)));
    }
    if let Some(Gpu {
        count: Amount::Known(count),
        kind: _,
    }) = &resources.gpu
    {
        let count = Code::atom(count.value.whole_up().to_string());
        let request = Code::call(
            "DeviceRequest",
            [
                ("count", count),
                ("capabilities", Code::atom("[[\"gpu\"]]")),
            ],
        );
        found.push(("device_requests", Code::List(vec![request])));
    }
    found
}

/// The parts of a pod's template that the task says something about.
fn pod(task: &Task) -> Fields<'_> {
    let fields = &task.kubernetes;
    let mut metadata = Fields::new();
    put_texts(&mut metadata, "labels", &fields.labels, None);
    put_texts(&mut metadata, "annotations", &fields.annotations, None);
    let mut container = Fields::new();
    put(&mut container, "resources", pod_resources(&task.resources));
    if let Some(policy) = &fields.image_pull_policy {
        container.push(("imagePullPolicy", Code::string(&policy.value)));
    }
    let mut pod = Fields::new();
    put(&mut pod, "metadata", metadata);
    put(&mut pod, "container", container);
    put(&mut pod, "spec", spec(fields, &task.resources));
    pod
}

fn spec<'a>(fields: &'a Kubernetes, resources: &'a Resources) -> Fields<'a> {
    let mut spec = Fields::new();
    if let Some(account) = &fields.service_account {
        spec.push(("serviceAccountName", Code::string(&account.value)));
    }
    let kind = resources.gpu.as_ref().and_then(|gpu| gpu.kind.as_ref());
    let kind = kind.map(|kind| ("nvidia.com/gpu.product", kind));
    put_texts(&mut spec, "nodeSelector", &fields.node_selector, kind);
    if !fields.tolerations.is_empty() {
        let all = fields.tolerations.iter();
        let all = all.map(|one| Code::value(&one.value)).collect();
        spec.push(("tolerations", Code::List(all)));
    }
    if let Some(affinity) = &fields.affinity {
        spec.push(("affinity", Code::value(&affinity.value)));
    }
    if !fields.image_pull_secrets.is_empty() {
        let names = fields.image_pull_secrets.iter();
        let names = names.map(|name| Code::dict(vec![("name", Code::string(&name.value))]));
        spec.push(("imagePullSecrets", Code::List(names.collect())));
    }
    if let Some(class) = &fields.priority_class {
        spec.push(("priorityClassName", Code::string(&class.value)));
    }
    spec
}

fn pod_resources(resources: &Resources) -> Fields<'_> {
    let mut requests = Fields::new();
    let mut limits = Fields::new();
    let gpu = resources.gpu.as_ref().map(|gpu| &gpu.count);
    let all = [
        ("cpu", resources.cpu.as_ref(), true, false),
        ("memory", resources.memory.as_ref(), true, true),
        ("ephemeral-storage", resources.disk.as_ref(), true, false),
        ("nvidia.com/gpu", gpu, false, true),
    ];
    for (name, amount, is_requested, is_limited) in all {
        if let Some(Amount::Known(amount)) = amount {
            let amount = Code::string(amount.value.as_str());
            if is_requested {
                requests.push((name, amount.clone()));
            }
            if is_limited {
                limits.push((name, amount));
            }
        }
    }
    let mut both = Fields::new();
    put(&mut both, "requests", requests);
    put(&mut both, "limits", limits);
    both
}

/// A mapping, unless it is empty.
fn put<'a>(fields: &mut Fields<'a>, name: &'a str, inner: Fields<'a>) {
    if !inner.is_empty() {
        fields.push((name, Code::dict(inner)));
    }
}

fn put_texts<'a>(
    fields: &mut Fields<'a>,
    name: &'a str,
    texts: &'a IndexMap<String, Spanned<String>>,
    more: Option<(&'a str, &'a Spanned<String>)>,
) {
    let texts = texts.iter().map(|(key, text)| (key.as_str(), text));
    let texts = texts.chain(more);
    let texts = texts.map(|(key, text)| (key, Code::string(&text.value)));
    put(fields, name, texts.collect());
}
