//! Fields that go to Prefect as they are.

use flowc_core::expr::{Type, Value};
use flowc_core::flow::{TargetFields, Task};

use crate::python::Code;

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

/// What is wrong with the value of a field, if anything.
pub(super) fn must_be(name: &str, value: &Value) -> Option<&'static str> {
    let is_text = |value: &Value| value.ty() == Type::String;
    match name {
        "retry_jitter_factor" => match value {
            Value::Integer(number) if *number >= 0 => None,
            Value::Number(number) if *number >= 0.0 => None,
            _ => Some("a number of at least 0"),
        },
        "tags" => match value {
            Value::List(list) if list.iter().all(is_text) => None,
            _ => Some("a list of texts"),
        },
        _ => (!is_text(value)).then_some("a text"),
    }
}

/// A field of a flow that is a text.
pub(super) fn text<'f>(fields: &'f TargetFields, name: &str) -> Option<&'f str> {
    let set = fields.targets.get("prefect")?;
    set.fields.get(name)?.value.as_str()
}

/// The arguments of `@task` that the task's fields give.
pub(super) fn task_arguments(task: &Task) -> Vec<(&'static str, Code)> {
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
