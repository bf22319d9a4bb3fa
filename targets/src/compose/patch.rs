//! `targets.compose`: fields of Compose's own, merged over what we write.

use flowc_core::expr::Value;
use flowc_core::flow::TargetFields;

use crate::yaml::{Map, Yaml};

/// The fields of a flow, each with what it becomes.
pub(super) const FLOW_FIELDS: &[(&str, &str)] = &[("patch", "merged over the file")];

/// The fields of a task, each with what it becomes.
pub(super) const TASK_FIELDS: &[(&str, &str)] = &[("patch", "merged over the service of the task")];

/// What the fields of a flow or task for this target come to.
pub(super) fn of(fields: &TargetFields) -> Option<&Value> {
    let set = fields.targets.get("compose")?;
    set.fields.get("patch").map(|value| &value.value)
}

/// Merges a value over a map: mappings entry by entry, lists at the end, everything else is replaced; `null` takes an
/// entry away. Its texts are Compose's own: a `$` in them is not doubled.
pub(super) fn merge(map: &mut Map, value: &Value) {
    let Value::Object(fields) = value else {
        return;
    };
    for (key, value) in fields.iter() {
        match (map.get_mut(key), value) {
            (_, Value::Null) => {
                map.remove(key);
            }
            (Some(known), Value::Object(_)) if known.as_map().is_some() => {
                if let Some(known) = known.as_map_mut() {
                    merge(known, value);
                }
            }
            (Some(known), Value::List(items)) if known.as_list().is_some() => {
                if let Some(known) = known.as_list_mut() {
                    known.extend(items.iter().map(yaml));
                }
            }
            _ => {
                map.put(key.clone(), yaml(value));
            }
        }
    }
}

fn yaml(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::NULL,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Number(value) => (*value).into(),
        Value::String(text) => text.as_str().into(),
        Value::List(items) => Yaml::list(items.iter().map(yaml)),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone(), yaml(value)));
            fields.collect::<Map>().into()
        }
    }
}
