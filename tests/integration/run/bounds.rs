//! Processes that misbehave: each a failure of its own task, none of the runner.

use std::process::Command;

use super::Place;

#[test]
fn a_process_that_misbehaves_fails_its_task_and_nothing_else() {
    let place = Place::new(
        r#"flow: f
defaults: { timeout: 60s }
tasks:
  big: { run: 'head -c 40000 /dev/zero | tr "\0" a > $FLOW_OUTPUTS/o', outputs: { o: string }, allow_failure: true }
  full: { run: 'echo x > /dev/full', allow_failure: true }
  pipe: { run: 'mkfifo $FLOW_OUTPUTS/o', outputs: { o: string }, allow_failure: true }
  folder: { run: 'mkdir $FLOW_OUTPUTS/o', outputs: { o: string }, allow_failure: true }
  kind: { run: 'echo x > $FLOW_OUTPUTS/a', artifacts: { a: directory }, allow_failure: true }
  missing: { command: [no-such-program], retries: 1, allow_failure: true }
  closed: { command: [/etc/passwd], allow_failure: true }
  nowhere: { command: ['true'], workdir: /no/such, allow_failure: true }
  stubborn: { run: "trap '' TERM; while :; do sleep 0.1; done", timeout: 300ms, retries: 1, allow_failure: true }
  killed: { run: 'kill -9 $$', allow_failure: true }
  silent: { run: 'true', outputs: { o: string }, allow_failure: true }
  typed: { run: 'echo 5.0 > $FLOW_OUTPUTS/o', outputs: { o: integer }, allow_failure: true }
  child: { run: 'sleep 300 & echo left' }
  loud: { run: 'head -c 20000000 /dev/zero | tr "\0" "a\n"' }
  binary: { run: 'head -c 1000 /dev/urandom; exit 1', allow_failure: true }
finally:
  last: { run: 'true' }
"#,
    );
    let run = place.run(&["--jobs", "4"]).ends(0);
    for (task, cause) in [
        ("big", "output `o` has 40000 bytes, more than 32768"),
        ("full", "exit code"),
        ("pipe", "output `o` is no file"),
        ("folder", "output `o` is no file"),
        ("kind", "artifact `a` is no directory"),
        ("missing", "there is no such program"),
        ("closed", "may not be executed"),
        ("nowhere", "is no folder"),
        ("stubborn", "took longer than 300ms (timeout)"),
        ("killed", "ended by SIGKILL"),
        ("silent", "output `o` is missing"),
        ("typed", "`5.0` is not an integer"),
        ("binary", "exit code 1"),
    ] {
        run.is(task, "failed");
        assert!(
            run.cause(task).contains(cause),
            "{task}: {}",
            run.cause(task)
        );
    }
    assert_eq!(run.tasks()["stubborn"]["attempts"], 2);
    assert_eq!(run.tasks()["missing"]["attempts"], 2);
    run.is("child", "succeeded")
        .is("loud", "succeeded")
        .is("last", "succeeded");
    assert!(!run.err.contains('\u{1b}'), "nothing steers the terminal");
}

#[test]
fn a_grandchild_that_left_the_group_and_holds_the_pipe_delays_nothing_for_ever() {
    // With a secret there is a pipe; without, the log is the process's own.
    let place = Place::new(
        "flow: f
tasks:
  a: { env: { T: '${{ secrets.t }}' }, run: 'setsid sleep 20 & echo \"left $T\"' }
  b: { depends_on: [a], run: 'true' }
",
    );
    place.write(".env", "t=hidden");
    place.run(&[]).ends(0).is("b", "succeeded");
    let log = place.flowc(&["logs", "last", "a"]).stdout;
    assert_eq!(String::from_utf8(log).unwrap(), "left ***\n");
}

#[test]
fn a_thousand_instances_and_a_thousand_tasks() {
    let mut text = String::from(
        "flow: f
tasks:
  each: { for_each: '${{ range(1000) }}', run: 'echo $FLOW_ITEM_INDEX > $FLOW_OUTPUTS/n', outputs: { n: integer }, artifacts: { f: file } }
",
    );
    text = text.replace(
        "> $FLOW_OUTPUTS/n'",
        "> $FLOW_OUTPUTS/n; echo > $FLOW_OUTPUTS/f'",
    );
    text.push_str("  join: { env: { F: '${{ tasks.each.artifacts.f }}' }, run: 'ls $F | wc -l > $FLOW_OUTPUTS/n', outputs: { n: string } }\n");
    for task in 0..1000 {
        text.push_str(&format!("  t{task}: {{ command: ['true'] }}\n"));
    }
    let place = Place::new(&text);
    let run = place.run(&[]).ends(0);
    let numbers = run.output("each", "n");
    let wanted: Vec<u32> = (0..1000).collect();
    assert_eq!(numbers, serde_json::json!(wanted));
    assert_eq!(
        run.output("join", "n").as_str().map(str::trim),
        Some("1000")
    );
    run.is("t999", "succeeded");
}

#[test]
fn the_environment_is_the_flows_own_where_it_says_so() {
    let place = Place::new(
        "flow: f
tasks:
  a:
    env: { MINE: flow }
    run: 'echo \"$MINE $THEIRS <$FLOW_STRAY> $FLOW_TASK $FLOW_ATTEMPT $(ls $FLOW_OUTPUTS | wc -l)\" > $FLOW_OUTPUTS/o'
    outputs: { o: string }
",
    );
    let run = place.run_with(&[], |command| {
        command
            .env("MINE", "outside")
            .env("THEIRS", "outside")
            .env("FLOW_STRAY", "outside");
    });
    let run = run.ends(0);
    assert_eq!(run.output("a", "o"), "flow outside <> a 1 0");
}

/// Runs a script in a place whose `.flowc` is a disk of 512 KiB; none where such a disk cannot be made.
fn on_a_small_disk(place: &Place, script: &str) -> Option<std::process::Output> {
    std::fs::create_dir(place.path(".flowc")).unwrap();
    let script = format!("mount -t tmpfs -o size=512k tmpfs .flowc || exit 99\n{script}");
    for ways in [&["--mount"][..], &["--mount", "--map-root-user"]] {
        let mut command = Command::new("unshare");
        command.args(ways).args(["sh", "-c", &script]);
        command
            .current_dir(place.path(""))
            .env("PLACE", place.path(""));
        command.env("FLOWC", env!("CARGO_BIN_EXE_flowc-under-test"));
        match command.output() {
            Ok(output) if output.status.code() == Some(0) => return Some(output),
            _ => {}
        }
    }
    None
}

#[test]
fn a_full_disk_fails_the_task_that_fills_it_and_the_state_is_kept() {
    let place = Place::new(
        r#"flow: f
tasks:
  fill: { run: 'head -c 4000000 /dev/zero > "$FLOW_OUTPUTS/big"', artifacts: { big: file }, allow_failure: true }
  meanwhile: { depends_on: [fill], trigger_rule: all_done, run: 'head -c 200000 /dev/zero > "$FLOW_OUTPUTS/o"', artifacts: { o: file }, allow_failure: true }
  free: { depends_on: [meanwhile], trigger_rule: all_done, command: [sh, -c, 'rm "$PLACE"/.flowc/runs/*/tasks/fill/attempt-1/outputs/big'] }
  after: { depends_on: [free], run: 'echo y > "$FLOW_OUTPUTS/o"', outputs: { o: string } }
"#,
    );
    let script = "\"$FLOWC\" run --events events.jsonl > said 2>&1; echo $? > code
        cp .flowc/runs/*/journal.jsonl journal; exit 0";
    if on_a_small_disk(&place, script).is_none() {
        eprintln!("NOT RUN: this machine lets nobody mount a disk of its own");
        return;
    }
    let run = super::Run {
        code: place.read("code").trim().parse().ok(),
        err: place.read("said"),
        events: super::events(&place.read("events.jsonl")),
    };
    let run = run.ends(0);
    run.is("fill", "failed").is("meanwhile", "failed");
    run.is("free", "succeeded").is("after", "succeeded");
    let full = run.cause("meanwhile");
    assert!(!full.is_empty());
    let journal = place.read("journal");
    let ends: Vec<&str> = journal
        .lines()
        .filter(|line| line.contains("\"record\":\"task\""))
        .collect();
    assert_eq!(ends.len(), 4, "{journal}");
    assert!(journal.contains("\"record\":\"run_ended\""), "{journal}");
}

#[test]
fn a_file_beyond_the_limit_of_the_system_fails_its_task() {
    let place = Place::new(
        "flow: f
tasks:
  big: { run: 'ulimit -f 8; exec head -c 4000000 /dev/zero > $FLOW_OUTPUTS/big', artifacts: { big: file }, allow_failure: true }
  after: { depends_on: [big], trigger_rule: all_done, run: 'true' }
",
    );
    let run = place.run(&[]).ends(0);
    run.is("big", "failed").is("after", "succeeded");
    assert_eq!(run.cause("big"), "ended by SIGXFSZ");
}
