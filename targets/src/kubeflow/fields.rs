//! Fields that reach the Kubernetes part of a task as they are, each with the keys that it may have there.

use flowc_core::expr::Value;
use flowc_core::flow::TargetFields;
use serde_json::Value as Json;

/// The fields of `targets.kubeflow` of a task, and what each is called in the document.
pub(super) const TASK_FIELDS: &[(&str, &str)] = &[
    ("config_map_as_env", "configMapAsEnv"),
    ("config_map_as_volume", "configMapAsVolume"),
    ("empty_dir_mounts", "emptyDirMounts"),
    ("enabled_shared_memory", "enabledSharedMemory"),
    ("generic_ephemeral_volume", "genericEphemeralVolume"),
    ("pvc_mount", "pvcMount"),
    ("secret_as_volume", "secretAsVolume"),
    ("security_context", "securityContext"),
];

/// What a key holds.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    Texts,
    Flag,
    Whole,
    /// `{secretKey, envVar}` and the like.
    Pairs(&'static str),
}

type Keys = &'static [(&'static str, Holds)];

/// Whether there may be several, and their keys.
fn shape(field: &str) -> (bool, Keys) {
    match field {
        "config_map_as_env" => (
            true,
            &[
                ("configMapName", Holds::Text),
                ("keyToEnv", Holds::Pairs("configMapKey")),
                ("optional", Holds::Flag),
            ],
        ),
        "config_map_as_volume" => (
            true,
            &[
                ("configMapName", Holds::Text),
                ("mountPath", Holds::Text),
                ("optional", Holds::Flag),
            ],
        ),
        "empty_dir_mounts" => (
            true,
            &[
                ("volumeName", Holds::Text),
                ("mountPath", Holds::Text),
                ("medium", Holds::Text),
                ("sizeLimit", Holds::Text),
            ],
        ),
        "enabled_shared_memory" => (false, &[("volumeName", Holds::Text), ("size", Holds::Text)]),
        "generic_ephemeral_volume" => (
            true,
            &[
                ("volumeName", Holds::Text),
                ("mountPath", Holds::Text),
                ("accessModes", Holds::Texts),
                ("size", Holds::Text),
                ("defaultStorageClass", Holds::Flag),
                ("storageClassName", Holds::Text),
            ],
        ),
        "pvc_mount" => (
            true,
            &[
                ("constant", Holds::Text),
                ("mountPath", Holds::Text),
                ("subPath", Holds::Text),
            ],
        ),
        "secret_as_volume" => (
            true,
            &[
                ("secretName", Holds::Text),
                ("mountPath", Holds::Text),
                ("optional", Holds::Flag),
            ],
        ),
        _ => (
            false,
            &[
                ("runAsUser", Holds::Whole),
                ("runAsGroup", Holds::Whole),
                ("runAsNonRoot", Holds::Flag),
            ],
        ),
    }
}

/// What is wrong with the value of a field, if anything.
pub(super) fn problem(field: &str, value: &Value) -> Option<String> {
    let (several, keys) = shape(field);
    let value = serde_json::to_value(value).unwrap_or_default();
    let all = match &value {
        Json::Array(all) if several => all.as_slice(),
        one @ Json::Object(_) => std::slice::from_ref(one),
        _ if several => return Some("must be a mapping or a list of mappings".to_owned()),
        _ => return Some("must be a mapping".to_owned()),
    };
    all.iter().find_map(|one| of_one(one, keys))
}

fn of_one(one: &Json, keys: Keys) -> Option<String> {
    let Some(one) = one.as_object() else {
        return Some("must be a mapping or a list of mappings".to_owned());
    };
    one.iter().find_map(|(key, value)| {
        let Some((_, holds)) = keys.iter().find(|(known, _)| known == key) else {
            let known: Vec<&str> = keys.iter().map(|(known, _)| *known).collect();
            return Some(format!("has no key `{key}`, only {}", known.join(", ")));
        };
        let (fits, phrase) = match holds {
            Holds::Text => (value.is_string(), "a text"),
            Holds::Flag => (value.is_boolean(), "true or false"),
            Holds::Whole => (value.is_u64(), "a whole number"),
            Holds::Texts => (texts(value), "a list of texts"),
            Holds::Pairs(from) => (pairs(value, from), "a list of pairs with `envVar`"),
        };
        (!fits).then(|| format!("must have {phrase} as `{key}`"))
    })
}

fn texts(value: &Json) -> bool {
    value
        .as_array()
        .is_some_and(|all| all.iter().all(Json::is_string))
}

fn pairs(value: &Json, from: &str) -> bool {
    let is_pair = |pair: &Json| {
        pair.as_object().is_some_and(|pair| {
            pair.len() == 2
                && pair.get(from).is_some_and(Json::is_string)
                && pair.get("envVar").is_some_and(Json::is_string)
        })
    };
    value.as_array().is_some_and(|all| all.iter().all(is_pair))
}

/// The fields of a task as the document has them, in the order of the table.
pub(super) fn written(fields: &TargetFields) -> Vec<(&'static str, Json)> {
    let Some(set) = fields.targets.get("kubeflow") else {
        return Vec::new();
    };
    let known = TASK_FIELDS.iter();
    known
        .filter_map(|(field, name)| {
            let value = serde_json::to_value(&set.fields.get(*field)?.value).ok()?;
            let (several, _) = shape(field);
            let value = match value {
                one @ Json::Object(_) if several => Json::Array(vec![one]),
                other => other,
            };
            Some((*name, value))
        })
        .collect()
}
