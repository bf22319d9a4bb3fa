//! A strict JSON Schema from Argo's own resource definitions.
//!
//! Kubernetes prunes unknown fields in silence; for emitted files an unknown field is a mistake, so
//! here every object with known properties is closed.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The schemas of the kinds that flowc writes.
pub struct Schemas {
    kinds: Vec<(&'static str, Validator)>,
}

const KINDS: [(&str, &str); 3] = [
    ("Workflow", "argoproj.io_workflows.yaml"),
    ("CronWorkflow", "argoproj.io_cronworkflows.yaml"),
    ("WorkflowTemplate", "argoproj.io_workflowtemplates.yaml"),
];

impl Schemas {
    /// From the folder of Argo's module.
    ///
    /// # Errors
    /// When a definition is not there or not as expected.
    pub fn read(module: &Path) -> Result<Self, String> {
        let folder = module.join("manifests/base/crds/full");
        let mut kinds = Vec::new();
        for (kind, file) in KINDS {
            let path = folder.join(file);
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let definition: Value =
                serde_yaml::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
            let mut schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
            if schema["properties"]["spec"]["properties"].is_null() {
                return Err(format!("{file} has no full schema"));
            }
            strict(&mut schema);
            schema["properties"]["metadata"] = json!({ "type": "object" });
            schema["properties"]["kind"] = json!({ "const": kind });
            schema["properties"]["apiVersion"] = json!({ "const": "argoproj.io/v1alpha1" });
            let validator = jsonschema::draft202012::new(&schema)
                .map_err(|error| format!("{file}: {error}"))?;
            kinds.push((kind, validator));
        }
        Ok(Self { kinds })
    }

    /// What is wrong with an object.
    pub fn problems(&self, object: &Value) -> Vec<String> {
        let kind = object["kind"].as_str().unwrap_or_default();
        let Some((_, validator)) = self.kinds.iter().find(|(known, _)| *known == kind) else {
            return vec![format!("unknown kind `{kind}`")];
        };
        validator
            .iter_errors(object)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }
}

/// Turn a structural schema of Kubernetes into JSON Schema, with every object closed.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let either = map.remove("x-kubernetes-int-or-string") == Some(Value::Bool(true));
            let open = map.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
            map.retain(|key, _| !key.starts_with("x-kubernetes-"));
            if either {
                map.remove("type");
                map.insert(
                    "anyOf".to_owned(),
                    json!([{ "type": "integer" }, { "type": "string" }]),
                );
            }
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                close(properties);
                if !open && !map.contains_key("additionalProperties") {
                    map.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
            }
            for key in ["items", "additionalProperties", "not"] {
                if let Some(inner) = map.get_mut(key) {
                    strict(inner);
                }
            }
            for key in ["allOf", "anyOf", "oneOf"] {
                if let Some(Value::Array(inner)) = map.get_mut(key) {
                    inner.iter_mut().for_each(loosen);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(strict),
        _ => {}
    }
}

fn close(properties: &mut Map<String, Value>) {
    properties.values_mut().for_each(strict);
}

/// A branch beside an object's own properties may not close it.
fn loosen(branch: &mut Value) {
    if let Value::Object(map) = branch {
        map.retain(|key, _| !key.starts_with("x-kubernetes-"));
    }
}

#[cfg(test)]
mod tests {
    use super::strict;
    use serde_json::json;

    #[test]
    fn objects_are_closed_unless_they_keep_unknown_fields() {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "limit": { "x-kubernetes-int-or-string": true },
                "open": { "type": "object", "properties": {}, "x-kubernetes-preserve-unknown-fields": true },
                "labels": { "type": "object", "additionalProperties": { "type": "string" } }
            }
        });
        strict(&mut schema);
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(
            schema["properties"]["open"],
            json!({ "type": "object", "properties": {} })
        );
        assert_eq!(
            schema["properties"]["labels"]["additionalProperties"],
            json!({ "type": "string" })
        );
        assert!(schema["properties"]["limit"]["anyOf"].is_array());
    }
}
