//! `check`: several files and folders, targets, strictness.

use super::{FLOW, Place, WRONG};

#[test]
fn a_folder_stands_for_the_flows_in_it() {
    let place = Place::new(&[
        ("flows/a.yaml", FLOW),
        ("flows/deep/b.yml", WRONG),
        ("flows/values.yaml", "not: a flow\n"),
        ("flows/.hidden/c.yaml", WRONG),
    ]);
    let run = place.run("check flows --format concise").problems();
    assert_eq!(
        run.err.lines().next(),
        Some("flows/deep/b.yml:4:59: error[unknown-task]: there is no task `prepre` here")
    );
    assert!(run.err.ends_with("1 error\n"), "{}", run.err);
    let run = place.run("check flows/.hidden flows/a.yaml").problems();
    assert!(run.err.contains("flows/.hidden/c.yaml"), "{}", run.err);
    place.write("empty/readme.md", "");
    let run = place.run("check empty").refused();
    assert!(
        run.err.contains("there is no flow in the folder"),
        "{}",
        run.err
    );
}

#[test]
fn a_fine_flow_says_nothing() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place.run("check").fine();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
}

#[test]
fn notes_are_counted_and_shown_when_asked_for() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place.run("check --target all").fine();
    assert!(run.err.contains("(--notes shows them)"), "{}", run.err);
    assert!(!run.err.contains("note[emulated-feature]"), "{}", run.err);
    let run = place.run("check --target all --notes").fine();
    assert!(run.err.contains("note[emulated-feature]"), "{}", run.err);
}

#[test]
fn a_loss_is_as_bad_as_on_loss_says() {
    // No target can promise all of these.
    let flow = "\
flow: demanding
tasks:
  a:
    image: busybox:1.36
    run: echo
    pure: true
    estimate: 5m
    priority: 3
    cache: { key: a, ttl: 1h }
    retry_on: { exit_codes: [3] }
    retries: 2
    backoff: { delay: 1s, factor: 1.5 }
";
    let place = Place::new(&[("flow.yaml", flow)]);
    let warned = place.run("check --target all --format concise");
    let lossy = warned.err.matches("warning[lossy-feature]").count();
    assert!(lossy > 0, "{}", warned.err);
    let strict = place
        .run("check --target all --format concise --on-loss error")
        .problems();
    assert_eq!(strict.err.matches("error[lossy-feature]").count(), lossy);
    let lax = place.run("check --target all --format concise --on-loss allow --notes");
    assert_eq!(lax.err.matches("note[lossy-feature]").count(), lossy);
}

#[test]
fn standard_input_can_be_checked() {
    let place = Place::new(&[]);
    let run = place.run_with("check - --format concise", WRONG).problems();
    assert!(run.err.starts_with("<stdin>:4:"), "{}", run.err);
}

#[test]
fn many_flows_are_reported_in_the_order_of_their_names() {
    let files: Vec<(String, String)> = (0..200)
        .map(|number| {
            let text = WRONG.replace("prepre", &format!("missing_{number:03}"));
            (format!("flows/{number:03}.yaml"), text)
        })
        .collect();
    let place = Place::new(&[]);
    for (path, text) in &files {
        place.write(path, text);
    }
    let run = place.run("check flows --format concise").problems();
    let found: Vec<&str> = run
        .err
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(path, _)| path)
        .collect();
    let wanted: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_the_passes_would_do_is_told_for_each_flow() {
    let place = Place::new(&[
        (
            "flows/chain.yaml",
            "flow: chain\ndefaults: { image: 'busybox:1.36' }\ntasks:\n  a: { run: ./a }\n  \
             b: { depends_on: [a], run: ./b }\n  c: { depends_on: [a, b], run: ./c }\n",
        ),
        ("flows/wrong.yaml", WRONG),
    ]);
    insta::with_settings!({ snapshot_path => "../../../snapshots/cli", prepend_module_to_snapshot => false }, {
        let run = place.run("check flows/chain.yaml --explain-opt").fine();
        assert_eq!(run.out, "");
        insta::assert_snapshot!("check-explain-opt", run.err);
        let run = place.run("check flows -t argo -O2 --explain-opt --format concise").problems();
        insta::assert_snapshot!("check-explain-opt-of-a-folder", run.err);
    });
}
