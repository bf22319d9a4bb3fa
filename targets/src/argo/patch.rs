//! `targets.argo`: fields of Argo's own, merged over what we write.

use flowc_core::expr::Value;
use flowc_core::flow::TargetFields;
use indexmap::IndexMap;

use crate::fields::FieldKind;
use crate::yaml::{Map, Yaml};

/// The fields of a flow, each with what it becomes.
pub(crate) const FLOW_FIELDS: &[(&str, &str)] = &[
    ("patch", "merged over the spec of the workflow"),
    ("archive_logs", "spec.archiveLogs"),
    ("artifact_repository_ref", "spec.artifactRepositoryRef"),
    ("pod_gc", "spec.podGC"),
    ("priority", "spec.priority"),
    ("pod_metadata", "spec.podMetadata"),
    ("pod_priority_class", "spec.podPriorityClassName"),
    ("image_pull_secrets", "spec.imagePullSecrets"),
    ("security_context", "spec.securityContext"),
    ("ttl_strategy", "spec.ttlStrategy"),
    ("volumes", "added to spec.volumes"),
];

/// The fields of a task, each with what it becomes.
pub(crate) const TASK_FIELDS: &[(&str, &str)] = &[
    ("patch", "merged over the template of the task"),
    ("pod_spec_patch", "podSpecPatch of the template"),
    ("security_context", "securityContext of the template"),
    ("scheduler", "schedulerName of the template"),
    ("metrics", "metrics of the template"),
    ("volumes", "volumes of the template"),
    (
        "volume_mounts",
        "added to the volumeMounts of the container",
    ),
    ("env_from", "envFrom of the container"),
];

/// What a field holds, of those above.
pub(crate) fn kind_of(field: &str) -> FieldKind {
    match field {
        "archive_logs" => FieldKind::Boolean,
        "priority" => FieldKind::Integer,
        "pod_priority_class" | "pod_spec_patch" | "scheduler" => FieldKind::Text,
        "image_pull_secrets" | "volumes" | "volume_mounts" | "env_from" => FieldKind::Objects,
        _ => FieldKind::Object,
    }
}

/// What the fields of a flow or task for this target come to: one value to be merged.
pub(crate) fn of(fields: &TargetFields) -> Option<Value> {
    let set = fields.targets.get("argo")?;
    let mut merged = Value::object(IndexMap::new());
    for (name, value) in &set.fields {
        let value = value.value.clone();
        let path: &[&str] = match name.as_str() {
            "patch" => &[],
            "archive_logs" => &["archiveLogs"],
            "artifact_repository_ref" => &["artifactRepositoryRef"],
            "pod_gc" => &["podGC"],
            "priority" => &["priority"],
            "pod_metadata" => &["podMetadata"],
            "pod_priority_class" => &["podPriorityClassName"],
            "image_pull_secrets" => &["imagePullSecrets"],
            "security_context" => &["securityContext"],
            "ttl_strategy" => &["ttlStrategy"],
            "volumes" => &["volumes"],
            "pod_spec_patch" => &["podSpecPatch"],
            "scheduler" => &["schedulerName"],
            "metrics" => &["metrics"],
            "volume_mounts" => &["container", "volumeMounts"],
            "env_from" => &["container", "envFrom"],
            // Unknown fields were reported.
            _ => continue,
        };
        let nested = path.iter().rev().fold(value, |inner, key| {
            Value::object(IndexMap::from([((*key).to_owned(), inner)]))
        });
        merge_values(&mut merged, nested);
    }
    Some(merged)
}

fn merge_values(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in *from {
                match into.get_mut(&key) {
                    Some(known) => merge_values(known, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (into, from) => *into = from,
    }
}

/// Merges a value over a map: objects field by field; lists whose elements have names by name,
/// other lists at the end; everything else is replaced. `null` takes a field away.
pub(crate) fn merge(map: &mut Map, value: &Value) {
    let Value::Object(fields) = value else {
        return;
    };
    for (key, value) in fields.iter() {
        if matches!(value, Value::Null) {
            map.remove(key);
            continue;
        }
        match map.get_mut(key) {
            Some(known) => merge_one(known, value),
            None => {
                map.put(key.clone(), yaml(value));
            }
        }
    }
}

fn merge_one(known: &mut Yaml, value: &Value) {
    match value {
        Value::Object(_) => {
            if let Some(map) = known.as_map_mut() {
                merge(map, value);
                return;
            }
        }
        Value::List(items) => {
            if let Some(list) = known.as_list_mut() {
                for item in items {
                    merge_item(list, item);
                }
                return;
            }
        }
        _ => {}
    }
    *known = yaml(value);
}

fn merge_item(list: &mut Vec<Yaml>, item: &Value) {
    let name = match item {
        Value::Object(fields) => fields.get("name").and_then(Value::as_str),
        _ => None,
    };
    let same = |known: &&mut Yaml| {
        name.is_some()
            && known
                .as_map()
                .and_then(|map| map.get("name"))
                .and_then(Yaml::as_str)
                == name
    };
    match list.iter_mut().find(same) {
        Some(known) => merge_one(known, item),
        None => list.push(yaml(item)),
    }
}

/// A value as YAML.
pub(crate) fn yaml(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::NULL,
        Value::Boolean(value) => Yaml::from(*value),
        Value::Integer(value) => Yaml::from(*value),
        Value::Number(value) => Yaml::from(*value),
        Value::String(text) => Yaml::from(text.clone()),
        Value::List(items) => {
            let short = items
                .iter()
                .all(|item| !matches!(item, Value::List(_) | Value::Object(_)));
            let items = items.iter().map(yaml);
            if short {
                Yaml::flow_list(items)
            } else {
                Yaml::list(items)
            }
        }
        Value::Object(fields) => {
            let mut map = Map::new();
            for (key, value) in fields.iter() {
                map.put(key.clone(), yaml(value));
            }
            Yaml::from(map)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_patch_goes_into_the_depth_and_finds_list_elements_by_name() {
        let Some(mut map) = yaml(&value(
            r#"{"a": {"b": 1, "c": 2}, "env": [{"name": "X", "value": "1"}], "gone": 1}"#,
        ))
        .as_map()
        .cloned() else {
            panic!("no map")
        };
        merge(
            &mut map,
            &value(
                r#"{"a": {"c": 3}, "env": [{"name": "X", "value": "2"}, {"name": "Y"}], "gone": null}"#,
            ),
        );
        let expected = yaml(&value(
            r#"{"a": {"b": 1, "c": 3}, "env": [{"name": "X", "value": "2"}, {"name": "Y"}]}"#,
        ));
        assert_eq!(Some(&map), expected.as_map());
    }
}
