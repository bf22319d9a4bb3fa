//! The formats of problems, as other programs read them.

use serde_json::{Value, json};

use super::{Place, WRONG};

fn place() -> Place {
    Place::new(&[("flow ä.yaml", WRONG)])
}

fn run(place: &Place, format: &str) -> String {
    let output = place
        .command()
        .args(["check", "flow ä.yaml", "--format", format])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn json_lines_hold_offsets_positions_and_fixes() {
    let text = run(&place(), "json");
    let line: Value = serde_json::from_str(text.trim_end()).expect("one object");
    let start = WRONG.find("prepre]").expect("there");
    assert_eq!(line["code"], "unknown-task");
    assert_eq!(line["path"], "flow ä.yaml");
    assert_eq!(
        line["start"],
        json!({"offset": start, "line": 4, "column": 59})
    );
    assert_eq!(line["end"]["offset"], start + "prepre".len());
    assert!(line["help"].as_array().is_some_and(|help| !help.is_empty()));
}

/// What is wrong with a log by the schema of SARIF itself.
fn sarif_errors(log: &Value) -> Vec<String> {
    const SCHEMA: &str = include_str!("../../../schemas/sarif/sarif-2.1.0.schema.json");
    // A bracket of its own, which stands for itself in older regular expressions only.
    let schema = SCHEMA.replace(r"-[a-zA-Z]{2}]?$", r"-[a-zA-Z]{2}\\]?$");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    validator
        .iter_errors(log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let text = run(&place(), "sarif");
    let log: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(sarif_errors(&log), Vec::<String>::new());
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let index = result["ruleIndex"].as_u64().expect("a number") as usize;
    assert_eq!(
        run["tool"]["driver"]["rules"][index]["id"],
        result["ruleId"]
    );
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "flow%20%C3%A4.yaml"
    );
}

#[test]
fn sarif_of_every_diagnostic_is_valid_by_its_schema() {
    let output = Place::new(&[])
        .command()
        .arg("check")
        .arg(crate::harness::root().join("tests/diagnostics"))
        .args(["--target", "all", "--format", "sarif"])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array();
    assert!(rules.is_some_and(|rules| rules.len() > 30), "{rules:?}");
    assert_eq!(sarif_errors(&log), Vec::<String>::new());
}

#[test]
fn github_commands_are_one_line_each() {
    let text = run(&place(), "github");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with(
            "::error file=flow ä.yaml,line=4,endLine=4,col=59,endColumn=65,title=unknown-task::"
        ),
        "{text}"
    );
}

#[test]
fn programs_get_an_answer_for_a_fine_flow_too() {
    let place = Place::new(&[("flow.yaml", super::FLOW)]);
    assert_eq!(place.run("check --format json").fine().out, "");
    let log: Value =
        serde_json::from_str(&place.run("check --format sarif").fine().out).expect("JSON");
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn colour_is_used_when_asked_for_and_not_without_a_terminal() {
    let place = Place::new(&[("flow.yaml", WRONG)]);
    let plain = place.run("check").problems().err;
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let coloured = place.run("check --color always").problems().err;
    assert!(coloured.contains("\u{1b}["), "{coloured:?}");
}
