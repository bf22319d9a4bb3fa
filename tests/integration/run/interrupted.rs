//! Runs that are killed or interrupted, and go on.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Place, signal};

/// Tasks that write down that they run.
fn ledger_flow() -> String {
    let note = "echo \\\"$FLOW_TASK[$FLOW_ITEM_INDEX]@$FLOW_ATTEMPT\\\" >> \\\"$PLACE/ledger\\\"; sleep 0.05";
    format!(
        "flow: f
max_parallel: 3
tasks:
  a: {{ run: \"{note}; echo '[1,2,3,4]' > $FLOW_OUTPUTS/l\", outputs: {{ l: list<integer> }} }}
  flaky: {{ run: \"{note}; [ $FLOW_ATTEMPT = 3 ]\", retries: 2, backoff: {{ delay: 20ms }} }}
  each:
    for_each: ${{{{ tasks.a.outputs.l }}}}
    tasks:
      x: {{ run: \"{note}; echo $FLOW_ITEM_INDEX > $FLOW_OUTPUTS/n; echo f > $FLOW_OUTPUTS/f\", outputs: {{ n: integer }}, artifacts: {{ f: file }} }}
      y: {{ run: \"{note}\", depends_on: [x] }}
    outputs: {{ n: '${{{{ tasks.x.outputs.n }}}}' }}
    artifacts: {{ f: '${{{{ tasks.x.artifacts.f }}}}' }}
  pause: {{ wait: 100ms }}
  allowed: {{ run: \"{note}; exit 1\", allow_failure: true }}
  join:
    depends_on: [pause, flaky]
    env: {{ N: '${{{{ tasks.each.outputs.n }}}}', F: '${{{{ tasks.each.artifacts.f }}}}' }}
    run: \"{note}; echo $N $(ls $F | wc -l) > $FLOW_OUTPUTS/o\"
    outputs: {{ o: string }}
finally:
  report: {{ run: \"{note}\" }}
"
    )
}

/// What the journal says has ended, as the ledger writes it.
fn ended(journal: &str) -> BTreeSet<String> {
    journal
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|record| record["record"] == "ended")
        .map(|record| {
            let index = record["index"].as_array().unwrap().last().cloned();
            let index = index.map(|index| index.to_string()).unwrap_or_default();
            let task = record["task"].as_str().unwrap();
            format!("{task}[{index}]@{}", record["attempt"])
        })
        .collect()
}

#[test]
fn killed_at_any_moment_nothing_that_ended_is_lost_or_runs_again() {
    let place = Place::new(&ledger_flow());
    let mut seed: u64 = 0x2545_F491_4F6C_DD1D;
    let mut kills = 0;
    let mut made = false;
    loop {
        let known = if made {
            ended(&fs::read_to_string(place.run_folder().join("journal.jsonl")).unwrap())
        } else {
            BTreeSet::new()
        };
        let before = place.read("ledger").lines().count();
        let words: &[&str] = match (made, kills < 25) {
            (_, false) => break,
            (true, _) => &["run", "--resume", "last"],
            (false, _) => &["run"],
        };
        let mut child = place.start(words);
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        thread::sleep(Duration::from_millis(20 + seed % 150));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        signal("KILL", child.id());
        child.wait().unwrap();
        kills += 1;
        made = place.path(".flowc/runs").exists()
            && fs::read_dir(place.path(".flowc/runs")).unwrap().any(|run| {
                let journal = run.unwrap().path().join("journal.jsonl");
                fs::metadata(journal).is_ok_and(|journal| journal.len() > 0)
            });
        if !made {
            // It had not even begun; the next one begins anew.
            let _ = fs::remove_dir_all(place.path(".flowc"));
        }
        for line in place.read("ledger").lines().skip(before) {
            assert!(!known.contains(line), "{line} runs again");
        }
    }
    assert!(kills > 0);
    let known = ended(&fs::read_to_string(place.run_folder().join("journal.jsonl")).unwrap());
    let before = place.read("ledger").lines().count();
    let last = place.read("ledger");
    let run = place.run(&["--resume", "last"]);
    if run.code == Some(2) {
        // The last start had come to the end before it could be killed.
        assert!(run.err.contains("has succeeded"), "{}", run.err);
        return;
    }
    let run = run.ends(0);
    for line in place.read("ledger").lines().skip(before) {
        assert!(!known.contains(line), "{line} runs again: {last}");
    }
    run.is("each", "succeeded")
        .is("allowed", "failed")
        .is("report", "succeeded");
    run.is("flaky", "succeeded");
    assert_eq!(run.output("join", "o"), "[0,1,2,3] 4");
    assert_eq!(run.tasks()["flaky"]["attempts"], 3);
}

#[test]
fn a_torn_last_line_is_left_out() {
    let place = Place::new(
        "flow: f\ntasks: { a: { run: 'true' }, b: { run: '[ -e go ]', depends_on: [a] } }\n",
    );
    place.run(&[]).ends(1);
    let journal = place.run_folder().join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, format!("{text}{{\"record\":\"ended\",\"ta")).unwrap();
    place.write("go", "");
    let run = place.run(&["--resume", "last"]).ends(0);
    run.is("b", "succeeded");
    // A damaged line in the middle is another thing.
    fs::write(
        &journal,
        text.replacen("\"record\":\"started\"", "\"record\":\"stsrted\"", 1),
    )
    .unwrap();
    let run = place.run(&["--resume", "last"]).ends(2);
    assert!(run.err.contains("damaged in line"), "{}", run.err);
}

/// Whether a process that was sent a signal is gone, or soon: the system ends it when it comes to that. A zombie
/// that nobody has waited for yet is gone.
fn ends(process: &str) -> bool {
    let stat = format!("/proc/{}/stat", process.trim());
    (0..500).any(|_| {
        let gone = fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        if !gone {
            thread::sleep(Duration::from_millis(20));
        }
        gone
    })
}

#[test]
fn ctrl_c_ends_the_children_and_the_run_goes_on_later() {
    let place = Place::new(
        "flow: f
tasks:
  first: { run: 'echo x >> first' }
  slow:
    depends_on: [first]
    run: |
      [ -e go ] && exit 0
      sleep 300 &
      echo $! > child
      echo $$ > started
      wait
",
    );
    let mut child = place.start(&["run"]);
    place.wait_for("started");
    signal("INT", child.id());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert!(err.contains("interrupted"), "{err}");
    assert!(err.contains("flowc run --resume"), "{err}");
    for file in ["child", "started"] {
        assert!(ends(&place.read(file)), "{file}");
    }
    let runs = place.flowc(&["runs"]).stdout;
    let runs = String::from_utf8(runs).unwrap();
    assert!(runs.contains("interrupted"), "{runs}");
    place.write("go", "");
    let run = place.run(&["--resume", "last"]).ends(0);
    run.is("first", "succeeded").is("slow", "succeeded");
    assert_eq!(run.tasks()["slow"]["attempts"], 1);
    assert_eq!(place.read("first"), "x\n");
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_a_child_that_ignores_the_first() {
    let place = Place::new(
        "flow: f
tasks: { a: { run: \"trap '' TERM; echo > started; while :; do sleep 0.1; done\" } }
",
    );
    let mut child = place.start(&["run"]);
    place.wait_for("started");
    signal("TERM", child.id());
    thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none());
    signal("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn nobody_else_goes_on_with_a_run_meanwhile() {
    let place = Place::new(
        "flow: f\ntasks: { a: { run: 'echo > started; while [ ! -e go ]; do sleep 0.1; done' } }\n",
    );
    let mut child = place.start(&["run"]);
    place.wait_for("started");
    let run = place.run(&["--resume", "last"]).ends(2);
    assert!(run.err.contains("still going"), "{}", run.err);
    place.write("go", "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_a_killed_run_left_running_is_ended_before_it_goes_on() {
    let place = Place::new(
        "flow: f
tasks: { a: { run: '[ -e go ] && exit 0; echo $$ > started; while :; do sleep 0.1; done' } }
",
    );
    let mut child = place.start(&["run"]);
    place.wait_for("started");
    let attempt = place.run_folder().join("tasks/a/attempt-1/pid");
    place.wait_for(attempt.to_str().unwrap());
    signal("KILL", child.id());
    child.wait().unwrap();
    let orphan = place.read("started");
    let stat = format!("/proc/{}/stat", orphan.trim());
    assert!(fs::metadata(&stat).is_ok());
    place.write("go", "");
    place.run(&["--resume", "last"]).ends(0);
    assert!(ends(&orphan));
}

#[test]
fn the_timeout_of_a_run_does_not_begin_anew_when_it_goes_on() {
    let place = Place::new(
        "flow: f
timeout: 1h
tasks:
  a: { run: '[ -e go ] && exit 0; echo > started; sleep 300' }
  b: { depends_on: [a], run: 'true' }
",
    );
    let mut child = place.start(&["run"]);
    place.wait_for("started");
    signal("INT", child.id());
    child.wait().unwrap();
    // As if it had begun two hours ago.
    let journal = place.run_folder().join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut record: Value = serde_json::from_str(first).unwrap();
    let at = record["at"].as_u64().unwrap();
    record["at"] = (at - 2 * 3600 * 1000).into();
    fs::write(&journal, format!("{record}\n{rest}")).unwrap();
    let run = place.run(&["--resume", "last"]).ends(1);
    run.is("a", "upstream_failed").is("b", "upstream_failed");
    assert_eq!(run.cause("a"), "the run's timeout came first");
    // What had ended and is tried again is another try, with its own time.
    place.write("go", "");
    let run = place.run(&["--resume", "last"]).ends(0);
    run.is("a", "succeeded").is("b", "succeeded");
}

#[test]
fn numbers_are_the_same_when_a_run_goes_on() {
    // Each of these is another number when it is read in haste.
    let numbers = [
        "31.245270191439438",
        "121.48791951161945",
        "0.31622776601683794",
    ];
    for number in numbers {
        let place = Place::new(&format!(
            "flow: f
tasks:
  a: {{ run: 'echo {number} > $FLOW_OUTPUTS/n', outputs: {{ n: number }} }}
  b:
    env: {{ N: '${{{{ tasks.a.outputs.n }}}}' }}
    run: '[ -e go ]; echo $N > $FLOW_OUTPUTS/n'
    outputs: {{ n: string }}
"
        ));
        place.run(&[]).ends(1);
        place.write("go", "");
        let run = place.run(&["--resume", "last"]).ends(0);
        assert_eq!(run.output("b", "n"), number);
    }
}
