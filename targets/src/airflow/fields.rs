//! Fields that go to Airflow or Kubernetes as they are.

use flowc_core::expr::Value;
use flowc_core::flow::{Kubernetes, TargetFields, Task};
use flowc_core::source::Spanned;
use indexmap::IndexMap;

use super::lower::Lowering;
use crate::fields::FieldKind;
use crate::python::{self, Argument, Arguments, Code};

/// The fields of `targets.airflow` of a flow, and the argument of the DAG each becomes.
pub(super) const DAG_FIELDS: &[(&str, &str)] = &[
    ("doc_md", "doc_md"),
    ("is_paused_upon_creation", "is_paused_upon_creation"),
    ("max_active_runs", "max_active_runs"),
    (
        "max_consecutive_failed_dag_runs",
        "max_consecutive_failed_dag_runs",
    ),
    (
        "render_template_as_native_obj",
        "render_template_as_native_obj",
    ),
];

/// The fields of `targets.airflow` of a task, and the argument of the operator each becomes.
pub(super) const TASK_FIELDS: &[(&str, &str)] = &[
    ("doc_md", "doc_md"),
    ("email", "email"),
    ("email_on_failure", "email_on_failure"),
    ("executor", "executor"),
    ("executor_config", "executor_config"),
    ("map_index_template", "map_index_template"),
    ("max_active_tis_per_dag", "max_active_tis_per_dag"),
    ("owner", "owner"),
    ("pool", "pool"),
    ("pool_slots", "pool_slots"),
    ("priority_weight", "priority_weight"),
    ("queue", "queue"),
    ("run_as_user", "run_as_user"),
    ("task_display_name", "task_display_name"),
    ("weight_rule", "weight_rule"),
];

/// What a field holds, of those above.
pub(super) fn kind_of(field: &str) -> FieldKind {
    match field {
        "is_paused_upon_creation" | "email_on_failure" => FieldKind::Boolean,
        "max_active_runs"
        | "max_consecutive_failed_dag_runs"
        | "max_active_tis_per_dag"
        | "pool_slots" => FieldKind::Count,
        "priority_weight" => FieldKind::Integer,
        "email" => FieldKind::TextOrTexts,
        "executor_config" => FieldKind::Object,
        _ => FieldKind::Text,
    }
}

/// The arguments of the DAG.
pub(super) fn dag<'a>(fields: &'a TargetFields) -> Arguments<'a> {
    python::own_arguments(fields, "airflow", DAG_FIELDS)
}

impl<'a> Lowering<'a> {
    /// The arguments of a task's operator that its target fields ask for.
    pub fn target_arguments(&'a self, task: &'a Task) -> Arguments<'a> {
        python::own_arguments(&task.targets, "airflow", TASK_FIELDS)
    }
}

/// The arguments of the pod.
pub(super) fn kubernetes<'a>(fields: &'a Kubernetes) -> Arguments<'a> {
    let mut arguments = Vec::new();
    if let Some(account) = &fields.service_account {
        arguments.push(("service_account_name", Code::string(&account.value)));
    }
    if !fields.node_selector.is_empty() {
        arguments.push(("node_selector", texts(&fields.node_selector)));
    }
    if !fields.tolerations.is_empty() {
        let tolerations = fields
            .tolerations
            .iter()
            .map(|toleration| model("V1Toleration", &toleration.value));
        arguments.push(("tolerations", Code::List(tolerations.collect())));
    }
    if let Some(affinity) = &fields.affinity {
        arguments.push(("affinity", Code::value(&affinity.value)));
    }
    if !fields.labels.is_empty() {
        arguments.push(("labels", texts(&fields.labels)));
    }
    if !fields.annotations.is_empty() {
        arguments.push(("annotations", texts(&fields.annotations)));
    }
    if let Some(policy) = &fields.image_pull_policy {
        arguments.push(("image_pull_policy", Code::string(&policy.value)));
    }
    if !fields.image_pull_secrets.is_empty() {
        let secrets = fields.image_pull_secrets.iter().map(|secret| {
            Code::call(
                "k8s.V1LocalObjectReference",
                [("name", Code::string(&secret.value))],
            )
        });
        arguments.push(("image_pull_secrets", Code::List(secrets.collect())));
    }
    if let Some(class) = &fields.priority_class {
        arguments.push(("priority_class_name", Code::string(&class.value)));
    }
    arguments
}

fn texts(texts: &IndexMap<String, Spanned<String>>) -> Code<'_> {
    Code::dict((texts.iter()).map(|(key, text)| (key, Code::string(&text.value))))
}

/// An object of the Kubernetes client; its arguments are the fields in snake case.
fn model<'a>(name: &str, value: &'a Value) -> Code<'a> {
    let Value::Object(fields) = value else {
        return Code::value(value);
    };
    let known = [
        ("effect", "effect"),
        ("key", "key"),
        ("operator", "operator"),
        ("tolerationSeconds", "toleration_seconds"),
        ("value", "value"),
    ];
    let arguments = fields.iter().filter_map(|(field, value)| {
        let (_, argument) = known.iter().find(|(name, _)| name == field)?;
        Some(Argument::named(argument, Code::value(value)))
    });
    Code::Call(format!("k8s.{name}").into(), arguments.collect())
}
