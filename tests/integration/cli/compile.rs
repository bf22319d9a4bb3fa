//! `compile` to standard output: what goes where, parameters, options, input.

use std::process::{Command, Stdio};

use super::{FLOW, Place, WRONG, program};

#[test]
fn one_file_for_one_target_goes_to_standard_output_alone() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let argo = place.run("compile flow.yaml --target argo").fine();
    assert!(argo.out.contains("kind: Workflow"), "{}", argo.out);
    let airflow = place.run("compile flow.yaml --target airflow").fine();
    assert!(airflow.out.contains("import"), "{}", airflow.out);
    assert_eq!(place.files(""), ["flow.yaml"]);
}

#[test]
fn flow_yaml_in_the_current_folder_is_the_default() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let named = place.run("compile flow.yaml --target argo").fine();
    assert_eq!(place.run("compile -t argo").fine().out, named.out);
}

#[test]
fn an_error_means_no_output_and_exit_code_1() {
    let place = Place::new(&[("flow.yaml", WRONG)]);
    let run = place.run("compile flow.yaml --target argo").problems();
    assert_eq!(run.out, "");
    assert!(run.err.contains("error[unknown-task]"), "{}", run.err);
    assert!(run.err.contains(" --> flow.yaml:4:"), "{}", run.err);
    assert!(run.err.ends_with("1 error\n"), "{}", run.err);
}

#[test]
fn wrong_usage_and_unreadable_files_are_exit_code_2() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    for (line, says) in [
        ("compile flow.yaml", "--target"),
        ("compile flow.yaml --target argo --nonsense", "--nonsense"),
        (
            "compile nowhere.yaml --target argo",
            "cannot read `nowhere.yaml`",
        ),
        ("compile . --target argo", "it is a folder"),
        ("compile flow.yaml --target argoo", "did you mean `argo`?"),
        ("compile flow.yaml --target argo@0.1", "no version `0.1`"),
        (
            "compile flow.yaml --target argo --set nonsense=1",
            "no option `nonsense`",
        ),
        (
            "compile flow.yaml --target argo --set airflow.runner=docker",
            "not asked for",
        ),
        ("compile flow.yaml --target argo --set runner", "KEY=VALUE"),
        ("compile flow.yaml --target argo,airflow", "--out DIR"),
        ("compile flow.yaml flow.yaml --target argo", "--out DIR"),
        ("compile flow.yaml --target argo --check", "--out"),
        (
            "compile flow.yaml --target argo --loss-report nowhere/x.json",
            "cannot write",
        ),
        ("frobnicate", "frobnicate"),
        ("", "Usage"),
    ] {
        let run = place.run(line).refused();
        assert!(run.err.contains(says), "{line}: {}", run.err);
        assert_eq!(run.out, "", "{line}");
    }
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place.run_with("compile - --target argo", FLOW).fine();
    assert!(run.out.contains("kind: Workflow"), "{}", run.out);
    let run = place.run_with("compile - --target argo", WRONG).problems();
    assert!(run.err.contains(" --> <stdin>:4:"), "{}", run.err);
}

#[test]
fn output_does_not_depend_on_the_current_folder() {
    let place = Place::new(&[("flowc.yaml", ""), ("flows/a/flow.yaml", FLOW)]);
    let here = place
        .run("compile flows/a/flow.yaml --target airflow")
        .fine();
    let there = place
        .command()
        .current_dir(place.path("flows/a"))
        .args(["compile", "flow.yaml", "--target", "airflow"])
        .output()
        .expect("the program runs");
    assert_eq!(here.out, String::from_utf8_lossy(&there.stdout));
    assert!(here.out.contains("flows/a/flow.yaml"), "{}", here.out);
    let machine_path = place.path("").to_string_lossy().into_owned();
    assert!(!here.out.contains(&machine_path), "{}", here.out);
}

#[test]
fn a_parameter_gets_a_new_default_of_its_type() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place
        .run("compile --target argo --param sample=0.125 --param tone=loud --param names=[\"x\",\"y\"]")
        .fine();
    assert!(run.out.contains("0.125"), "{}", run.out);
    assert!(run.out.contains("loud"), "{}", run.out);
    assert!(!run.out.contains("calm\n"), "{}", run.out);
    for (param, says) in [
        ("sample=much", "is of type number"),
        ("sample=2", "it is at most 1"),
        ("tone=shrill", "it is one of calm, loud"),
        ("code=ab12", "it matches"),
        ("names=[1]", "is of type list<string>"),
        ("sampel=1", "did you mean `sample`?"),
    ] {
        let run = place
            .run(&format!("compile --target argo --param {param}"))
            .refused();
        assert!(run.err.contains(says), "{param}: {}", run.err);
    }
}

#[test]
fn options_reach_the_targets_that_have_them() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place.run("compile --target argo --set namespace=ml").fine();
    assert!(run.out.contains("namespace: ml"), "{}", run.out);
    let run = place
        .run("compile --target argo --target airflow --set argo.namespace=ml --out out")
        .fine();
    assert_eq!(run.out, "");
}

#[test]
fn a_file_that_is_not_utf8_is_a_problem_of_the_flow() {
    let place = Place::new(&[]);
    place.write("flow.yaml", b"flow: a\ndescription: caf\xe9\n");
    let run = place.run("compile --target argo").problems();
    assert!(run.err.contains("the file is not UTF-8"), "{}", run.err);
    assert!(run.err.contains(" --> flow.yaml:2:17"), "{}", run.err);
}

#[test]
fn losses_are_written_for_programs() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place
        .run("compile --target argo,airflow@2.11 --out out --loss-report losses.json")
        .fine();
    let report: serde_json::Value = serde_json::from_str(&place.read("losses.json")).expect("JSON");
    assert_eq!(report["flowc_loss_report"], 1);
    assert_eq!(report["flows"][0]["flow"], "demo");
    let targets = report["flows"][0]["targets"].as_array().expect("a list");
    assert_eq!(targets.len(), 2);
    for target in targets {
        for loss in target["losses"].as_array().expect("a list") {
            assert_ne!(loss["support"], "native");
            assert!(loss["line"].as_u64().is_some(), "{loss}");
        }
    }
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let mut child = Command::new(program())
        .current_dir(place.path(""))
        .args(["compile", "--target", "argo"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked") && !err.contains("error"), "{err}");
}

#[test]
fn sub_flows_come_from_inside_the_project_only() {
    let inner = "flow: inner\ntasks: { a: { image: 'busybox:1.36', run: echo } }\n";
    let outer = |path: &str| format!("flow: outer\ntasks:\n  sub: {{ flow: {path} }}\n");
    let outside = Place::new(&[("secret.yaml", inner)]);
    let place = Place::new(&[
        ("flowc.yaml", ""),
        ("shared/inner.yaml", inner),
        ("flows/good.yaml", &outer("../shared/inner.yaml")),
        ("flows/link.yaml", &outer("link-out.yaml")),
        ("flows/up.yaml", &outer("../../secret.yaml")),
        ("flows/none.yaml", &outer("missing.yaml")),
    ]);
    place.run("check flows/good.yaml").fine();
    let run = place.run("check flows/up.yaml").problems();
    assert!(run.err.contains("include-outside-project"), "{}", run.err);
    let run = place.run("check flows/none.yaml").problems();
    assert!(run.err.contains("no such file"), "{}", run.err);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(
            outside.path("secret.yaml"),
            place.path("flows/link-out.yaml"),
        )
        .expect("linked");
        let run = place.run("check flows/link.yaml").problems();
        assert!(run.err.contains("leads out of the project"), "{}", run.err);
    }
}

#[test]
fn a_problem_in_a_sub_flow_is_shown_at_its_path_from_here() {
    let inner = "flow: inner\ntasks: { a: { image: 'busybox:1.36', run: echo, retires: 1 } }\n";
    let place = Place::new(&[
        ("flowc.yaml", ""),
        ("shared/inner.yaml", inner),
        (
            "flows/a/flow.yaml",
            "flow: outer\ntasks:\n  sub: { flow: ../../shared/inner.yaml }\n",
        ),
    ]);
    let output = place
        .command()
        .current_dir(place.path("flows"))
        .args(["check", "a/flow.yaml", "--format", "concise"])
        .output()
        .expect("the program runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.starts_with("../shared/inner.yaml:2:"), "{err}");
}
