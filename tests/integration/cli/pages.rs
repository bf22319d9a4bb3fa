//! What the program says about itself: help, `explain`, `targets`, `schema`, `inspect`, `init`, and the
//! generated pages of `docs/`.

use std::fs;
use std::path::Path;

use flowc_core::checks;
use flowc_targets::TARGETS;
use serde_json::Value;

use super::{FLOW, Place, WRONG};

#[test]
fn every_problem_can_be_explained() {
    let place = Place::new(&[]);
    let list = place.run("explain").fine().out;
    for check in checks::all() {
        assert!(list.contains(check.code), "{}", check.code);
        let page = place.run(&format!("explain {}", check.code)).fine().out;
        assert!(page.starts_with(&format!("{}\n", check.code)), "{page}");
        assert!(page.contains("# Instead"), "{page}");
    }
    let shown = place.run("explain error[unknown-task]").fine().out;
    assert_eq!(shown, place.run("explain unknown-task").fine().out);
    let run = place.run("explain unknown-tsak").refused();
    assert!(
        run.err.contains("did you mean `unknown-task`?"),
        "{}",
        run.err
    );
}

#[test]
fn targets_are_listed_and_shown() {
    let place = Place::new(&[]);
    let list = place.run("targets").fine().out;
    let views: Value =
        serde_json::from_str(&place.run("targets --format json").fine().out).expect("JSON");
    for (target, view) in TARGETS.iter().zip(views.as_array().expect("a list")) {
        assert!(list.contains(target.title()), "{list}");
        assert_eq!(view["name"], target.name());
        for version in target.versions() {
            let one = place
                .run(&format!("targets {}@{version}", target.name()))
                .fine()
                .out;
            assert!(
                one.contains(&format!("Features on {}@{version}", target.name())),
                "{one}"
            );
            assert!(
                view["support"][version]["schedule"]["support"].is_string(),
                "{view}"
            );
        }
        for option in target.options() {
            let one = place.run(&format!("targets {}", target.name())).fine().out;
            assert!(one.contains(option.name), "{one}");
        }
    }
    let run = place.run("targets argoo").refused();
    assert!(run.err.contains("did you mean `argo`?"), "{}", run.err);
}

#[test]
fn schemas_are_json() {
    let place = Place::new(&[]);
    for of in ["", "flow", "ir"] {
        let schema: Value =
            serde_json::from_str(&place.run(&format!("schema {of}")).fine().out).expect("JSON");
        assert!(schema["$schema"].is_string());
    }
}

#[test]
fn every_stage_can_be_printed_and_the_ir_compiles_to_the_same_files() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let document: Value =
        serde_json::from_str(&place.run("inspect --stage document").fine().out).expect("JSON");
    assert_eq!(document["kind"], "mapping");
    assert_eq!(document["entries"][0]["key"], "flow");
    assert_eq!(
        document["entries"][0]["value"]["span"],
        serde_json::json!([6, 10])
    );

    let ir = place.run("inspect --stage flow").fine().out;
    place.write("flow.ir.json", &ir);
    let again = place.run("inspect flow.ir.json --stage flow").fine().out;
    assert_eq!(again, ir);
    for target in TARGETS {
        let compile = |file: &str| {
            let run = place.run(&format!("compile {file} --target {}", target.name()));
            run.fine().out.replace(file, "FILE")
        };
        assert_eq!(compile("flow.ir.json"), compile("flow.yaml"));
    }

    let plans: Value =
        serde_json::from_str(&place.run("inspect --stage plan --target all").fine().out)
            .expect("JSON");
    let plans = plans.as_array().expect("a list");
    assert_eq!(plans.len(), TARGETS.len());
    for plan in plans {
        let features = plan["features"].as_array().expect("a list");
        assert!(
            features
                .iter()
                .any(|feature| feature["feature"] == "parameters"),
            "{plan}"
        );
        assert_eq!(plan["plan"]["flow"], "demo");
    }
    let run = place.run("inspect --stage plan").refused();
    assert!(run.err.contains("--target"), "{}", run.err);
}

#[test]
fn a_broken_flow_can_be_inspected_as_far_as_it_goes() {
    let place = Place::new(&[("flow.yaml", WRONG)]);
    place.run("inspect --stage document").fine();
    let run = place.run("inspect --stage flow").problems();
    assert!(run.err.contains("unknown-task"), "{}", run.err);
}

#[test]
fn a_new_flow_compiles_for_every_target_and_overwrites_nothing() {
    let place = Place::new(&[]);
    let run = place.run("init my-flow").fine();
    assert!(
        run.out.contains("flowc compile my-flow/flow.yaml"),
        "{}",
        run.out
    );
    assert_eq!(place.files("my-flow"), ["README.md", "flow.yaml"]);
    // Elsewhere a container's image or `finally` may cost something.
    let check = place
        .run("check my-flow --target argo --target airflow --on-loss error")
        .fine();
    assert!(!check.err.contains("warning"), "{}", check.err);
    place
        .run("compile my-flow/flow.yaml --target all --out out")
        .fine();
    place.write("my-flow/flow.yaml", "mine");
    place.run("init my-flow").refused();
    assert_eq!(place.read("my-flow/flow.yaml"), "mine");
    place.write("other/README.md", "mine");
    place.run("init other").refused();
    assert_eq!(place.files("other"), ["README.md"]);
}

#[test]
fn completions_exist_for_every_shell() {
    let place = Place::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&format!("completions {shell}")).fine().out;
        assert!(script.contains("loss-report"), "{shell}");
    }
    place.run("completions tcsh").refused();
}

#[test]
fn help_and_version_go_to_standard_output() {
    let place = Place::new(&[]);
    for command in [
        "",
        "compile",
        "run",
        "runs",
        "logs",
        "check",
        "explain",
        "inspect",
        "schema",
        "targets",
        "init",
        "completions",
    ] {
        let run = place.run(&format!("{command} --help")).fine();
        assert!(run.out.contains("Usage: flowc"), "{}", run.out);
        assert_eq!(run.err, "");
    }
    let version = place.run("--version").fine().out;
    assert_eq!(version, format!("flowc {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn docs_cli_is_current() {
    assert_current("docs/cli.md", &flowc_cli::docs::cli_markdown());
}

#[test]
fn docs_support_is_current() {
    assert_current("docs/support.md", &flowc_cli::docs::support_markdown());
}

#[test]
fn docs_readme_has_the_table_of_targets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let now = fs::read_to_string(path).unwrap_or_default();
    assert!(now.contains("<!-- targets"), "the README has no table");
    assert_current("README.md", &flowc_cli::docs::readme(&now));
}

/// Compares a generated page with the file; with `UPDATE_DOCS=1` writes it instead.
fn assert_current(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).expect("written");
    }
    let now = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        now == text,
        "{page} is not current; write it with UPDATE_DOCS=1 cargo test -p flowc-tests docs_"
    );
}
