//! What the runs of a project share: places in concurrency groups, and results that are kept.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::Duration;

use super::{Place, signal};

/// Starts a flow file of the place.
fn start(place: &Place, file: &str) -> Child {
    place.start(&["run", file])
}

/// A task that is in the group until a file `go` is there.
const HOLDER: &str = "flow: f
tasks:
  a: { concurrency: { group: db }, run: 'echo > started; while [ ! -e go ]; do sleep 0.05; done; echo > ended' }
";

#[test]
fn a_task_waits_for_the_place_that_another_run_has() {
    let place = Place::new(HOLDER);
    place.write(
        "second.yaml",
        "flow: g
tasks:
  free: { run: 'echo > second' }
  b: { concurrency: { group: db }, depends_on: [free], run: '[ -e ended ]' }
",
    );
    let mut first = start(&place, "flow.yaml");
    place.wait_for("started");
    let mut second = start(&place, "second.yaml");
    place.wait_for("second");
    thread::sleep(Duration::from_millis(300));
    assert!(second.try_wait().unwrap().is_none());
    place.write("go", "");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(second.wait().unwrap().code(), Some(0));
}

#[test]
fn a_task_that_says_so_is_skipped_while_another_run_has_the_place() {
    let place = Place::new(HOLDER);
    place.write(
        "second.yaml",
        "flow: g
tasks:
  b: { concurrency: { group: db, on_conflict: skip }, run: 'true' }
  two: { concurrency: { group: db, limit: 2 }, run: 'true' }
  other: { concurrency: { group: disk, on_conflict: skip }, run: 'true' }
",
    );
    let mut first = start(&place, "flow.yaml");
    place.wait_for("started");
    let run = place.run(&["second.yaml"]).ends(0);
    run.is("b", "skipped")
        .is("two", "succeeded")
        .is("other", "succeeded");
    assert_eq!(run.cause("b"), "its concurrency group was full");
    // Whoever is killed has no place any more.
    signal("KILL", first.id());
    first.wait().unwrap();
    let run = place.run(&["second.yaml"]).ends(0);
    run.is("b", "succeeded");
    place.write("go", "");
}

#[test]
fn who_waits_for_a_place_of_another_run_can_be_interrupted_and_go_on() {
    let place = Place::new(HOLDER);
    place.write(
        "second.yaml",
        "flow: g
tasks:
  free: { run: 'echo > second' }
  b: { concurrency: { group: db }, depends_on: [free], run: 'true' }
",
    );
    let mut first = start(&place, "flow.yaml");
    place.wait_for("started");
    let mut second = start(&place, "second.yaml");
    place.wait_for("second");
    thread::sleep(Duration::from_millis(200));
    signal("INT", second.id());
    assert_eq!(second.wait().unwrap().code(), Some(1));
    place.write("go", "");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    place
        .run(&["--resume", "last"])
        .ends(0)
        .is("b", "succeeded");
}

#[test]
fn a_whole_run_waits_for_its_place_or_is_skipped() {
    let flow = |name: &str, conflict: &str, run: &str| {
        format!(
            "flow: {name}\nconcurrency: {{ group: nightly, on_conflict: {conflict} }}\ntasks: {{ t: {{ run: '{run}' }} }}\n"
        )
    };
    let hold = "echo > started; while [ ! -e go ]; do sleep 0.05; done; echo > ended";
    let place = Place::new(&flow("a", "wait", hold));
    place.write("second.yaml", &flow("b", "wait", "[ -e ended ]"));
    place.write("third.yaml", &flow("c", "skip", "true"));
    let mut first = start(&place, "flow.yaml");
    place.wait_for("started");
    let mut second = start(&place, "second.yaml");
    let third = place.run(&["third.yaml"]).ends(0);
    assert!(
        third
            .err
            .contains("its concurrency group `nightly` is full"),
        "{}",
        third.err
    );
    assert!(third.events.is_empty());
    assert!(second.try_wait().unwrap().is_none());
    place.write("go", "");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(second.wait().unwrap().code(), Some(0));
    let third = place.run(&["third.yaml"]).ends(0);
    third.is("t", "succeeded");
}

/// A task whose result is kept, and which counts how often it runs.
fn cached(script: &str, ttl: &str) -> String {
    format!(
        "flow: f
parameters: {{ p: one }}
tasks:
  a:
    cache: {{ key: 'k-${{{{ parameters.p }}}}'{ttl} }}
    env: {{ P: '${{{{ parameters.p }}}}' }}
    run: |
      echo x >> count
      {script}
    outputs: {{ n: string }}
    artifacts: {{ f: file, d: directory }}
  b:
    env: {{ N: '${{{{ tasks.a.outputs.n }}}}', F: '${{{{ tasks.a.artifacts.f }}}}', D: '${{{{ tasks.a.artifacts.d }}}}' }}
    run: 'echo \"$N $(cat $F) $(cat $D/x)\" > $FLOW_OUTPUTS/said'
    outputs: {{ said: string }}
"
    )
}

const WRITES: &str = "echo n-$P > $FLOW_OUTPUTS/n; echo f-$P > $FLOW_OUTPUTS/f; mkdir $FLOW_OUTPUTS/d; echo d-$P > $FLOW_OUTPUTS/d/x";

#[test]
fn equal_keys_have_equal_results_and_the_task_runs_once() {
    let place = Place::new(&cached(WRITES, ", ttl: 1h"));
    let count = || place.read("count").lines().count();
    for _ in 0..2 {
        let run = place.run(&[]).ends(0);
        assert_eq!(run.output("a", "n"), "n-one");
        assert_eq!(run.output("b", "said"), "n-one f-one d-one");
        assert_eq!(count(), 1);
    }
    let log = place.flowc(&["logs", "last", "a"]).stdout;
    assert!(
        String::from_utf8(log)
            .unwrap()
            .contains("earlier run (cache)")
    );
    let run = place.run(&["--param", "p=two"]).ends(0);
    assert_eq!(run.output("b", "said"), "n-two f-two d-two");
    assert_eq!(count(), 2);
    place.run(&["--no-cache"]).ends(0);
    assert_eq!(count(), 3);
    place.write("flow.yaml", &cached(&format!("{WRITES}; :"), ", ttl: 1h"));
    place.run(&[]).ends(0);
    assert_eq!(count(), 4, "a task that is written otherwise is another");
}

#[test]
fn what_is_too_old_or_failed_is_made_again() {
    let place = Place::new(&cached(WRITES, ", ttl: 1ms"));
    let count = || place.read("count").lines().count();
    for runs in 1..3 {
        place.run(&[]).ends(0);
        assert_eq!(count(), runs);
    }
    place.write("flow.yaml", &cached(&format!("{WRITES}; [ -e go ]"), ""));
    place.run(&[]).ends(1).is("a", "failed");
    place.run(&[]).ends(1);
    assert_eq!(count(), 4);
    place.write("go", "");
    place.run(&[]).ends(0);
    place.run(&[]).ends(0);
    assert_eq!(count(), 5);
    // A folder that is not whole is none.
    for entry in fs::read_dir(place.path(".flowc/cache")).unwrap() {
        fs::remove_file(entry.unwrap().path().join("made")).unwrap();
    }
    place.run(&[]).ends(0);
    assert_eq!(count(), 6);
}
