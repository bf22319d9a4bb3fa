//! Fields of the pod that go to `@kubernetes` as they are.

use flowc_core::flow::{Kubernetes, TargetFields};
use flowc_core::source::Spanned;
use indexmap::IndexMap;

use crate::fields::FieldKind;
use crate::python::{self, Arguments, Code};

/// The fields of `targets.metaflow` of a task, and the argument of `@kubernetes` each becomes.
pub(super) const TASK_FIELDS: &[(&str, &str)] = &[
    ("compute_pool", "compute_pool"),
    ("extended_resources", "extended_resources"),
    ("gpu_vendor", "gpu_vendor"),
    ("namespace", "namespace"),
    ("qos", "qos"),
    ("security_context", "security_context"),
    ("shared_memory", "shared_memory"),
    ("tmpfs_size", "tmpfs_size"),
    ("use_tmpfs", "use_tmpfs"),
];

/// What a field holds, of those above.
pub(super) fn kind_of(field: &str) -> FieldKind {
    match field {
        "use_tmpfs" => FieldKind::Boolean,
        "shared_memory" | "tmpfs_size" => FieldKind::Count,
        "extended_resources" | "security_context" => FieldKind::Object,
        _ => FieldKind::Text,
    }
}

/// The arguments that the fields of a task ask for.
pub(super) fn written<'a>(fields: &'a TargetFields) -> Arguments<'a> {
    python::own_arguments(fields, "metaflow", TASK_FIELDS)
}

/// The arguments for the neutral fields of the pod.
pub(super) fn kubernetes<'a>(fields: &'a Kubernetes) -> Arguments<'a> {
    let mut arguments = Vec::new();
    if let Some(account) = &fields.service_account {
        arguments.push(("service_account", Code::string(&account.value)));
    }
    if !fields.node_selector.is_empty() {
        arguments.push(("node_selector", texts(&fields.node_selector)));
    }
    if !fields.tolerations.is_empty() {
        let tolerations = fields.tolerations.iter();
        let tolerations = tolerations.map(|toleration| Code::value(&toleration.value));
        arguments.push(("tolerations", Code::List(tolerations.collect())));
    }
    for (name, labels) in [
        ("labels", &fields.labels),
        ("annotations", &fields.annotations),
    ] {
        if !labels.is_empty() {
            arguments.push((name, texts(labels)));
        }
    }
    if let Some(policy) = &fields.image_pull_policy {
        arguments.push(("image_pull_policy", Code::string(&policy.value)));
    }
    if !fields.image_pull_secrets.is_empty() {
        let secrets = fields.image_pull_secrets.iter();
        let secrets = secrets.map(|secret| Code::string(&secret.value));
        arguments.push(("image_pull_secrets", Code::List(secrets.collect())));
    }
    arguments
}

fn texts(texts: &IndexMap<String, Spanned<String>>) -> Code<'_> {
    Code::dict((texts.iter()).map(|(key, text)| (key, Code::string(&text.value))))
}
