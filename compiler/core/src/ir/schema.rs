//! The JSON Schemas: of the language, for editors, made from the tables that the decoder reads by;
//! and of the IR, made from the types that write it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::document::FlowDocument;
use crate::flow::TriggerRule;
use crate::resolve::keys::{self, BODIES, FLOW, TABLES, TASK, Table};

/// The language, as draft-07: what editors read.
pub fn flow_schema() -> Json {
    let mut definitions = Map::new();
    for table in TABLES {
        if table.name != FLOW.name && !keys::is_ir_only(table.name) {
            definitions.insert(table.name.to_owned(), table_schema(table));
        }
    }
    for (name, schema) in leaves() {
        definitions.insert(name.to_owned(), schema);
    }
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "flow",
        "description": "A flow that flowc compiles.",
    });
    merge(&mut schema, table_schema(&FLOW));
    schema["definitions"] = Json::Object(definitions);
    schema
}

/// The IR, as 2020-12.
pub fn ir_schema() -> Json {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<FlowDocument>().to_value();
    tidy(&mut schema);
    schema
}

fn table_schema(table: &Table) -> Json {
    let written = || table.keys.iter().filter(|key| !keys::is_ir_only(key.name));
    let properties: Map<String, Json> = written()
        .map(|key| {
            // Draft-07 ignores what stands beside `$ref`.
            let schema = json!({ "description": key.doc, "allOf": [reference(key.shape)] });
            (key.name.to_owned(), schema)
        })
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<&str> = written()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if table.name == TASK.name {
        let bodies: Vec<Json> = BODIES
            .iter()
            .filter(|(key, _)| !keys::is_ir_only(key))
            .map(|(key, _)| json!({ "required": [key] }))
            .collect();
        schema["oneOf"] = json!(bodies);
    }
    schema
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/definitions/{name}") })
}

fn list_of(name: &str) -> Json {
    json!({ "type": "array", "items": reference(name) })
}

/// A mapping from names of the language.
fn named(name: &str) -> Json {
    json!({
        "type": "object",
        "patternProperties": { NAME: reference(name) },
        "additionalProperties": false,
    })
}

fn one_of_words(words: &[&str]) -> Json {
    json!({ "enum": words })
}

const NAME: &str = "^[a-z][a-z0-9_]{0,62}$";
const EXPRESSION: &str = "\\$\\{\\{[^}]";

/// The definitions that are not tables.
fn leaves() -> Vec<(&'static str, Json)> {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let expression = json!({ "type": "string", "pattern": EXPRESSION });
    let any_of = |all: &[Json]| json!({ "anyOf": all });
    let list = json!({ "type": "array" });
    let object = json!({ "type": "object" });
    let rules = TriggerRule::ALL.map(TriggerRule::as_str);
    vec![
        ("any", json!({})),
        ("text", scalar.clone()),
        ("template", scalar.clone()),
        ("script", scalar.clone()),
        ("expression", expression),
        ("name", json!({ "type": "string", "pattern": NAME })),
        (
            "flow_name",
            json!({ "type": "string", "pattern": "^[a-z][a-z0-9-]{0,62}$" }),
        ),
        ("names", list_of("name")),
        (
            "one_or_more_names",
            any_of(&[reference("name"), list_of("name")]),
        ),
        ("texts", list_of("text")),
        (
            "text_map",
            json!({ "type": "object", "additionalProperties": reference("text") }),
        ),
        ("boolean", json!({ "type": "boolean" })),
        ("integer", json!({ "type": "integer" })),
        ("count", json!({ "type": "integer", "minimum": 0 })),
        ("positive", json!({ "type": "integer", "minimum": 1 })),
        ("number", json!({ "type": "number" })),
        (
            "factor",
            json!({ "type": "number", "minimum": 1, "maximum": 1000 }),
        ),
        (
            "port",
            json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        ),
        ("ports", list_of("port")),
        (
            "exit_codes",
            json!({
                "type": "array",
                "items": { "type": "integer", "minimum": 1, "maximum": 255 },
                "minItems": 1,
            }),
        ),
        (
            "duration",
            json!({ "type": "string", "examples": ["30s", "5m", "1h30m", "2d"] }),
        ),
        (
            "quantity",
            json!({ "type": ["string", "number"], "examples": ["500m", "16Gi", 4] }),
        ),
        (
            "gpu",
            any_of(&[reference("quantity"), reference("gpu_mapping")]),
        ),
        (
            "condition",
            any_of(&[reference("boolean"), reference("expression")]),
        ),
        ("list", list.clone()),
        ("object", object.clone()),
        (
            "list_value",
            any_of(&[list.clone(), reference("expression")]),
        ),
        (
            "for_each",
            any_of(&[
                reference("expression"),
                list.clone(),
                reference("for_each_mapping"),
            ]),
        ),
        (
            "matrix",
            json!({ "type": "object", "additionalProperties": list }),
        ),
        (
            "command",
            json!({ "type": "array", "items": reference("template"), "minItems": 1 }),
        ),
        (
            "shell",
            any_of(&[
                one_of_words(&["sh", "bash", "python", "node"]),
                list_of("text"),
            ]),
        ),
        (
            "env",
            json!({
                "type": "object",
                "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
                "additionalProperties": reference("template"),
            }),
        ),
        ("values", json!({ "type": "object" })),
        (
            "type",
            json!({
                "type": "string",
                "pattern": "^(list<)*(string|integer|number|boolean|list|object)>*$",
                "examples": ["string", "integer", "number", "boolean", "list<string>", "object"],
            }),
        ),
        ("parameters", named("parameter_or_default")),
        (
            "parameter_or_default",
            any_of(&[
                json!({ "type": ["string", "number", "boolean", "array"] }),
                reference("parameter"),
            ]),
        ),
        ("exports", named("any")),
        ("artifact_exports", named("expression")),
        ("outputs", named("any")),
        ("artifact_kind", one_of_words(&["file", "directory"])),
        ("artifacts", named("artifact_or_kind")),
        (
            "artifact_or_kind",
            any_of(&[
                reference("artifact_kind"),
                reference("artifact"),
                reference("expression"),
            ]),
        ),
        ("services", named("service")),
        (
            "tasks",
            json!({
                "type": "object",
                "patternProperties": { NAME: reference("task") },
                "additionalProperties": false,
                "minProperties": 1,
            }),
        ),
        (
            "targets",
            json!({ "type": "object", "additionalProperties": object }),
        ),
        ("trigger_rule", one_of_words(&rules)),
        ("overlap", one_of_words(&["allow", "skip", "replace"])),
        ("on_conflict", one_of_words(&["wait", "skip"])),
        (
            "image_pull_policy",
            one_of_words(&["Always", "IfNotPresent", "Never"]),
        ),
    ]
}

fn merge(into: &mut Json, from: Json) {
    if let (Json::Object(into), Json::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// Absent is not `null` in a file: drops the `null` alternatives and defaults of optional fields.
fn tidy(schema: &mut Json) {
    match schema {
        Json::Object(fields) => {
            if fields.get("default") == Some(&Json::Null) {
                fields.shift_remove("default");
            }
            if let Some(Json::Array(types)) = fields.get_mut("type") {
                types.retain(|ty| ty != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Json::Array(all)) = fields.get_mut("anyOf") {
                all.retain(|alternative| alternative != &json!({ "type": "null" }));
                if let [only] = all.as_slice() {
                    let only = only.clone();
                    fields.shift_remove("anyOf");
                    if let Json::Object(only) = only {
                        fields.extend(only);
                    }
                }
            }
            fields.values_mut().for_each(tidy);
        }
        Json::Array(values) => values.iter_mut().for_each(tidy),
        _ => {}
    }
}
