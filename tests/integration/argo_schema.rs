//! What is written for Argo 4 has the shape that Argo 4.1.2 says its objects have.

use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::Feature;
use flowc_core::flow::Flow;
use flowc_core::loss::{OnLoss, losses, report};
use flowc_core::target::settings;
use serde_json::{Value as Json, json};

use crate::harness::{Files, check, root};

/// Options under which each flow is written.
const SETS: [&[(&str, &str)]; 3] = [
    &[],
    &[("kind", "WorkflowTemplate")],
    &[("artifacts", "volume"), ("kind", "Workflow")],
];

/// The schema for one kind of object.
fn schema(kind: &str) -> Json {
    let path = root().join("schemas/argo/argo-4.1.2.schema.json");
    let mut schema: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let whole = schema.as_object_mut().unwrap();
    // The same as the choice between all kinds, with messages about this one.
    whole.remove("oneOf");
    whole.insert("$ref".to_owned(), json!(format!("#/$defs/{kind}")));
    schema
}

fn problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for document in text.split("\n---\n") {
        let object: Json = serde_yaml::from_str(document).unwrap();
        let kind = object["kind"].as_str().unwrap();
        let validator = jsonschema::validator_for(&schema(kind)).unwrap();
        let found = validator
            .iter_errors(&object)
            .map(|error| format!("{}: {error}", error.instance_path()));
        problems.extend(found);
    }
    problems
}

/// The files for Argo 4.1, or nothing where the flow is refused.
fn emitted(flow: &Flow, set: &[(&str, &str)]) -> Option<Vec<String>> {
    let argo = flowc_targets::find("argo").unwrap();
    let set: Vec<_> = set
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let settings = settings(argo, Some("4.1"), &set, "flow.yaml").unwrap();
    let mut diagnostics = Diagnostics::default();
    let losses = losses(flow, argo, &settings);
    report(&losses, &settings, OnLoss::Allow, &mut diagnostics);
    argo.check(flow, &settings, &mut diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    let bundle = argo.emit(&argo.plan(flow, &settings), &settings);
    Some(bundle.files.into_values().map(String::from).collect())
}

/// Name, text and surroundings of every example and of the fixture of every feature.
fn flows() -> Vec<(String, String, Files)> {
    let mut flows = Vec::new();
    let mut names: Vec<_> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("flow.yaml").is_file())
        .collect();
    names.sort();
    for folder in names {
        let text = std::fs::read_to_string(folder.join("flow.yaml")).unwrap();
        flows.push((folder.display().to_string(), text, Files::In(folder)));
    }
    let folder = root().join("tests/features");
    for feature in Feature::all() {
        let name = format!("{}.yaml", feature.id());
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        flows.push((name, text, Files::In(folder.clone())));
    }
    flows
}

#[test]
fn everything_written_for_argo_4_has_the_shape_of_its_objects() {
    let mut wrong = Vec::new();
    let mut written = 0;
    for (name, text, files) in flows() {
        let flow = check("flow.yaml", &text, files, None).flow.unwrap();
        for set in SETS {
            for text in emitted(&flow, set).into_iter().flatten() {
                written += 1;
                for problem in problems(&text) {
                    wrong.push(format!("{name} with {set:?}: {problem}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(written > 250, "only {written} files were written");
}

#[test]
fn a_field_that_argo_does_not_know_is_seen() {
    let good = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {}\nspec:\n  entrypoint: main\n  templates:\n  - name: main\n    container:\n      image: busybox\n";
    assert_eq!(problems(good), Vec::<String>::new());
    for (from, to) in [
        ("image:", "imag:"),
        ("entrypoint: main", "entrypoint: [main]"),
        (
            "name: main",
            "name: main\n    retryStrategy: {retryPolicy: Often}",
        ),
        ("spec:", "sepc:"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(!problems(&bad).is_empty(), "{bad}");
    }
}
