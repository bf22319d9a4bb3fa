//! Parts of a flow: what failed again, one task, a task and what follows; what would run.

use super::Place;

const FLOW: &str = "flow: f
parameters: { word: hello }
tasks:
  make: { run: 'echo made >> ledger; echo data > $FLOW_OUTPUTS/f; echo 7 > $FLOW_OUTPUTS/n', outputs: { n: integer }, artifacts: { f: file } }
  use:
    env: { F: '${{ tasks.make.artifacts.f }}', N: '${{ tasks.make.outputs.n }}', W: '${{ parameters.word }}' }
    run: |
      echo used >> ledger
      [ ! -e broken ]
      echo \"$N $(cat \"$F\") $W\" > $FLOW_OUTPUTS/o
    outputs: { o: string }
  clean: { depends_on: [use], trigger_rule: all_done, run: 'echo cleaned >> ledger' }
finally: { report: { run: 'echo reported >> ledger' } }
";

#[test]
fn a_failed_run_tries_again_what_failed_and_what_comes_after() {
    let place = Place::new(FLOW);
    place.write("broken", "");
    place
        .run(&["--param", "word=there"])
        .ends(1)
        .is("use", "failed");
    std::fs::remove_file(place.path("broken")).unwrap();
    std::fs::remove_file(place.path("ledger")).unwrap();
    let run = place.run(&["--resume", "last"]).ends(0);
    assert_eq!(place.read("ledger"), "used\ncleaned\nreported\n");
    assert_eq!(run.output("use", "o"), "7 data there");
    assert_eq!(run.tasks()["use"]["attempts"], 2);
    assert_eq!(run.tasks()["make"]["restored"], true);
    let run = place.run(&["--resume", "last"]).ends(2);
    assert!(run.err.contains("has succeeded"), "{}", run.err);
}

#[test]
fn a_task_and_what_follows_take_the_rest_from_the_last_run() {
    let place = Place::new(FLOW);
    let run = place.run(&["--from", "use"]).ends(2);
    assert!(run.err.contains("no earlier run says"), "{}", run.err);
    place.run(&["--param", "word=first"]).ends(0);
    place.write("ledger", "");
    let run = place.run(&["--from", "use"]).ends(0);
    assert_eq!(place.read("ledger"), "used\ncleaned\nreported\n");
    assert_eq!(run.output("use", "o"), "7 data first");
    place.write("ledger", "");
    // From a run that took it over itself.
    let run = place
        .run(&["--only", "use", "--param", "word=second"])
        .ends(0);
    assert_eq!(place.read("ledger"), "used\n");
    assert_eq!(run.output("use", "o"), "7 data second");
    run.is("clean", "skipped").is("report", "skipped");
    let run = place.run(&["--only", "us"]).ends(2);
    assert!(run.err.contains("did you mean `use`"), "{}", run.err);
}

#[test]
fn a_dry_run_shows_and_runs_nothing() {
    let place = Place::new(FLOW);
    let output = place.flowc(&["run", "--dry-run", "--param", "word=x"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        "parameter word = \"x\"
make: sh: echo made >> ledger; echo data > $FLOW_OUTPUTS/f; echo 7 > $FLOW_OUTPUTS/n
use: sh: echo used >> ledger …
    after make
clean: sh: echo cleaned >> ledger
    after use (all_done)
report: sh: echo reported >> ledger
"
    );
    assert!(!place.path("ledger").exists());
    assert!(!place.path(".flowc").exists());
}

#[test]
fn logs_are_kept_per_attempt_and_runs_are_listed() {
    let place = Place::new(
        "flow: f
tasks:
  a: { for_each: [x, y], retries: 1, run: 'echo \"$FLOW_ITEM_INDEX $FLOW_ATTEMPT\"; [ \"$FLOW_ATTEMPT\" = 2 ]' }
",
    );
    place.run(&[]).ends(0);
    let show = |words: &[&str]| {
        let mut all = vec!["logs", "last"];
        all.extend(words);
        String::from_utf8(place.flowc(&all).stdout).unwrap()
    };
    assert_eq!(show(&["a[1]", "--attempt", "2"]), "1 2\n");
    assert_eq!(
        show(&["a"]),
        "==> a[0] attempt 1\n0 1\n==> a[0] attempt 2\n0 2\n==> a[1] attempt 1\n1 1\n==> a[1] attempt 2\n1 2\n"
    );
    let missing = place.flowc(&["logs", "last", "b"]);
    assert_eq!(missing.status.code(), Some(2));
    let runs = String::from_utf8(place.flowc(&["runs"]).stdout).unwrap();
    assert!(runs.contains("succeeded  f "), "{runs}");
}

#[test]
fn a_graph_takes_the_times_of_a_run_for_estimates() {
    let place = Place::new(
        "flow: f
tasks:
  quick: { run: 'true' }
  slow: { run: sleep 1 }
  after: { depends_on: [quick, slow], run: 'true', estimate: 3h }
",
    );
    place.run(&[]).ends(0);
    let drawn = place.flowc(&["graph", "flow.yaml", "--times", "last", "--format", "json"]);
    let drawn: serde_json::Value = serde_json::from_slice(&drawn.stdout).unwrap();
    let critical = |task: usize| drawn["tasks"][task]["critical"] == true;
    assert!(!critical(0) && critical(1) && critical(2), "{drawn}");
    let seconds = drawn["estimate_seconds"].as_f64().unwrap();
    assert!((1.0..3600.0).contains(&seconds), "{drawn}");
    assert_eq!(drawn["at_once"], 2);
    let other = Place::new("flow: g\ntasks: { a: { run: 'true' } }\n");
    let state = place.path(".flowc");
    let state = state.to_str().unwrap();
    let refused = other.flowc(&["graph", "flow.yaml", "--times", "last", "--state", state]);
    assert_eq!(refused.status.code(), Some(2));
}
