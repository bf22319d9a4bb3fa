//! Fields that go to Prefect as they are.

use flowc_core::flow::{TargetFields, Task};

use crate::fields::FieldKind;
use crate::python::{Arguments, Code};

/// The fields of `targets.prefect` of a flow, and the key of the deployment each becomes.
pub(super) const FLOW_FIELDS: &[(&str, &str)] = &[
    ("version", "version"),
    ("work_pool", "work_pool"),
    ("work_queue", "work_queue_name"),
];

/// The fields of `targets.prefect` of a task, and the argument of `@task` each becomes.
pub(super) const TASK_FIELDS: &[(&str, &str)] = &[
    ("retry_jitter_factor", "retry_jitter_factor"),
    ("tags", "tags"),
    ("version", "version"),
];

/// What a field holds, of those above.
pub(super) fn kind_of(field: &str) -> FieldKind {
    match field {
        "retry_jitter_factor" => FieldKind::Number,
        "tags" => FieldKind::Texts,
        _ => FieldKind::Text,
    }
}

/// A field of a flow that is a text.
pub(super) fn text<'f>(fields: &'f TargetFields, name: &str) -> Option<&'f str> {
    let set = fields.targets.get("prefect")?;
    set.fields.get(name)?.value.as_str()
}

/// The arguments of `@task` that the task's fields give.
pub(super) fn task_arguments<'a>(task: &'a Task) -> Arguments<'a> {
    let Some(set) = task.targets.targets.get("prefect") else {
        return Vec::new();
    };
    TASK_FIELDS
        .iter()
        .filter_map(|(name, argument)| {
            Some((*argument, Code::value(&set.fields.get(*name)?.value)))
        })
        .collect()
}
