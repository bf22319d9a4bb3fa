//! The published JSON Schemas take what the compiler takes.

use flowc_core::ir;
use serde_json::Value as Json;

use crate::harness::{Files, check, root};

/// Name and text of every example flow.
fn examples() -> Vec<(String, String)> {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("flow.yaml").is_file())
        .collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(folder.join("flow.yaml")).unwrap();
            (name, text)
        })
        .collect()
}

#[track_caller]
fn assert_valid(schema: &Json, document: &Json, name: &str) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
}

fn is_valid(schema: &Json, text: &str) -> bool {
    let document: Json = serde_yaml::from_str(text).unwrap();
    jsonschema::validator_for(schema)
        .unwrap()
        .is_valid(&document)
}

#[test]
fn every_example_meets_the_schema_for_editors() {
    let schema = ir::flow_schema();
    jsonschema::meta::validate(&schema).unwrap();
    for (name, text) in examples() {
        let document: Json = serde_yaml::from_str(&text).unwrap();
        assert_valid(&schema, &document, &name);
    }
}

#[test]
fn every_example_as_json_meets_the_schema_of_the_ir() {
    let schema = ir::ir_schema();
    jsonschema::meta::validate(&schema).unwrap();
    for (name, text) in examples() {
        let files = Files::In(root().join("examples").join(&name));
        let checked = check("flow.yaml", &text, files, None);
        let json = ir::to_json(&checked.flow.unwrap());
        assert_valid(&schema, &serde_json::from_str(&json).unwrap(), &name);
    }
}

#[test]
fn the_schema_for_editors_refuses_slips() {
    let schema = ir::flow_schema();
    for (text, valid) in [
        ("{ flow: f, tasks: { t: { run: x } } }", true),
        ("{ flow: f, tasks: { t: { run: x, retires: 2 } } }", false),
        ("{ flow: f, tasks: { t: { run: x, command: [y] } } }", false),
        ("{ flow: f, tasks: { t: { image: x } } }", false),
        ("{ flow: f, tasks: { T: { run: x } } }", false),
        ("{ flow: f }", false),
        (
            "{ flow: f, tasks: { t: { run: x, trigger_rule: alldone } } }",
            false,
        ),
        (
            "{ flow: f, tasks: { t: { run: x, for_each: { matrix: { a: [1] } } } } }",
            true,
        ),
        ("{ flow: f, tasks: { t: { run: x, when: maybe } } }", false),
        (
            "{ flow: f, parameters: { a: [x], b: 1, c: { type: list<string> } }, tasks: { t: { run: x } } }",
            true,
        ),
        (
            "{ flow: f, tasks: { t: { run: x, resources: { gpu: 1 } } } }",
            true,
        ),
        (
            "{ flow: f, tasks: { t: { run: x, resources: { gpu: { count: 1, kind: a } } } } }",
            true,
        ),
    ] {
        assert_eq!(is_valid(&schema, text), valid, "{text}");
    }
}
