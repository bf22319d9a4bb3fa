//! What a run is told and what it tells: parameters, text, secrets, events, questions.

use std::fs;

use serde_json::json;

use super::{Place, files};

#[test]
fn events_have_their_form() {
    let place = Place::new(
        "flow: f
tasks:
  make: { run: 'echo 3 > $FLOW_OUTPUTS/n', outputs: { n: integer } }
  each: { for_each: [a, b], when: \"${{ item == 'b' }}\", command: ['true'], depends_on: [make] }
  bad: { run: exit 3, retries: 1, allow_failure: true, depends_on: [each] }
",
    );
    let run = place.run(&["--jobs", "1"]).ends(0);
    let mut events = run.events.clone();
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        let time = event.remove("time").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        if event["event"] == "run_started" {
            assert!(event.remove("run").unwrap().is_string());
        }
    }
    let started = |task: &str, index: &[u32], attempt: u32| json!({"event": "attempt_started", "task": task, "index": index, "attempt": attempt});
    let fine = |task: &str, index: &[u32]| json!({"event": "attempt_ended", "task": task, "index": index, "attempt": 1, "state": "succeeded", "exit": 0});
    let failed = |attempt: u32| json!({"event": "attempt_ended", "task": "bad", "index": [], "attempt": attempt, "state": "failed", "exit": 3, "cause": "exit code 3"});
    let wanted = [
        json!({"event": "run_started", "flow": "f"}),
        started("make", &[], 1),
        fine("make", &[]),
        json!({"event": "task_ended", "task": "make", "index": [], "state": "succeeded", "attempts": 1, "outputs": {"n": 3}}),
        json!({"event": "task_ended", "task": "each", "index": [0], "state": "skipped", "attempts": 0, "outputs": {}}),
        started("each", &[1], 1),
        fine("each", &[1]),
        json!({"event": "task_ended", "task": "each", "index": [1], "state": "succeeded", "attempts": 1, "outputs": {}}),
        json!({"event": "task_ended", "task": "each", "index": [], "state": "succeeded", "attempts": 0, "outputs": {}, "instances": 2}),
        started("bad", &[], 1),
        failed(1),
        started("bad", &[], 2),
        failed(2),
        json!({"event": "task_ended", "task": "bad", "index": [], "state": "failed", "attempts": 2, "outputs": {}, "allowed": true, "cause": "exit code 3"}),
        json!({"event": "run_ended", "state": "succeeded"}),
    ];
    assert_eq!(events, wanted);
}

#[test]
fn refused_parameters_end_the_run_before_any_task() {
    let place = Place::new(
        "flow: f
parameters: { n: { type: integer, min: 1 }, word: { type: string, pattern: '[a-z]+' } }
tasks: { a: { command: [touch, ran], env: { N: '${{ parameters.n }}', W: '${{ parameters.word }}' } } }
finally: { b: { command: [touch, ran] } }
",
    );
    for (words, problems) in [
        (
            &["--param", "n=0", "--param", "word=A"][..],
            &["`0` is less than `1`", "does not match"][..],
        ),
        (
            &["--param", "n=1.5", "--param", "word=a"],
            &["not an integer"],
        ),
        (&["--param", "n=1"], &["`word` must be given"]),
        (
            &["--param", "n=1", "--param", "word=a", "--param", "x=1"],
            &["no parameter `x`"],
        ),
    ] {
        let run = place.run(words).ends(1);
        assert_eq!(run.events.len(), 1, "{:?}", run.events);
        assert_eq!(run.events[0]["event"], "run_refused");
        let said = run.events[0]["problems"].to_string();
        for problem in problems {
            assert!(said.contains(problem), "{said}");
            assert!(run.err.contains(problem), "{}", run.err);
        }
        assert!(!place.path("ran").exists());
    }
    place.run(&["--param", "n=1", "--param", "word=a"]).ends(0);
    assert!(place.path("ran").exists());
}

const HOSTILE: &[&str] = &[
    "{{ x }} {% y %} ${{ z }} $(touch pwned) `touch pwned` $HOME $$",
    "'\"\\ \t é \u{1F600} \u{202e}",
    "-n -e --help; rm -rf / && echo | cat > x",
    "line one\nline two\n\n",
    "",
];

#[test]
fn text_reaches_the_process_byte_for_byte() {
    for text in HOSTILE {
        let literal = serde_json::to_string(&text.replace("${{", "$${{")).unwrap();
        let script = format!("cat > \"$FLOW_OUTPUTS/o\" <<'END'\n{text}\nEND\n");
        let script = serde_json::to_string(&script.replace("${{", "$${{")).unwrap();
        let place = Place::new(&format!(
            "flow: f
parameters: {{ p: {{ type: string, default: {literal} }} }}
tasks:
  env: {{ env: {{ P: '${{{{ parameters.p }}}}', L: {literal} }}, run: '[ \"$P\" = \"$L\" ] && printf \"%s\\n\" \"$P\" > $FLOW_OUTPUTS/o', outputs: {{ o: string }} }}
  command: {{ command: [sh, -c, 'printf \"%s\\n\" \"$1\" > $FLOW_OUTPUTS/o', x, '${{{{ parameters.p }}}}'], outputs: {{ o: string }} }}
  script: {{ run: {script}, outputs: {{ o: string }} }}
"
        ));
        let run = place.run(&[]).ends(0);
        for task in ["env", "command", "script"] {
            assert_eq!(run.output(task, "o"), json!(text), "{task}");
        }
        assert!(!place.path("pwned").exists());
    }
}

const SECRET: &str = "flow: f
tasks:
  a:
    env: { T: '${{ secrets.token }}' }
    run: |
      echo \"it is $T, in pieces:\"
      printf %.5s \"$T\"; sleep 0.1; printf '%s\\n' \"${T#?????}\"
      echo \"$T\" > $FLOW_OUTPUTS/o
    outputs: { o: integer }
    allow_failure: true
  b: { run: 'echo \"inherited: <$token$TOKEN>\"' }
";

#[test]
fn secrets_are_masked_in_logs_and_causes_and_are_nowhere_else() {
    let place = Place::new(SECRET);
    place.write(".env", "# the token\ntoken='s3cr3t-v4lue'\n");
    let run = place.run_with(&[], |command| {
        command.env("TOKEN", "0ther-v4lue");
    });
    let run = run.ends(0);
    run.is("a", "failed");
    assert!(!run.err.contains("v4lue"), "{}", run.err);
    assert!(run.cause("a").contains("***"), "{}", run.cause("a"));
    let log = place.flowc(&["logs", "last", "a"]).stdout;
    assert_eq!(
        String::from_utf8(log).unwrap(),
        "it is ***, in pieces:\n***\n"
    );
    let log = place.flowc(&["logs", "last", "b"]).stdout;
    assert_eq!(String::from_utf8(log).unwrap(), "inherited: <>\n");
    for file in files(&place.path(".flowc")) {
        // What the task itself writes into its outputs is its own.
        if !file.ends_with("outputs/o") {
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            assert!(!text.contains("v4lue"), "{}", file.display());
        }
    }
}

#[test]
fn a_secret_without_a_value_is_said_before_anything_runs() {
    let place = Place::new(SECRET);
    let run = place.run(&[]).ends(2);
    assert!(
        run.err.contains("secret `token` has no value"),
        "{}",
        run.err
    );
    place.write("other.env", "token=\"x y\"\n");
    place.run(&["--env-file", "other.env"]).ends(0);
    place.write("other.env", "token\n");
    let run = place.run(&["--env-file", "other.env"]).ends(2);
    assert!(run.err.contains("line 1"), "{}", run.err);
}

#[test]
fn a_question_without_a_terminal_fails_with_a_hint_unless_it_is_answered() {
    let place = Place::new(
        "flow: f
tasks:
  ask: { approve: { message: Go? } }
  soft: { approve: { message: Go?, choices: [now, later], default: later, timeout: 100ms } }
  go: { when: \"${{ tasks.ask.outputs.choice == 'yes' }}\", run: 'true' }
",
    );
    let run = place.run(&[]).ends(1);
    run.is("ask", "failed")
        .is("soft", "succeeded")
        .is("go", "upstream_failed");
    assert!(
        run.cause("ask").contains("--approve"),
        "{}",
        run.cause("ask")
    );
    assert_eq!(run.output("soft", "choice"), json!("later"));
    let run = place.run(&["--approve"]).ends(0);
    run.is("go", "succeeded");
    assert_eq!(run.output("soft", "choice"), json!("now"));
    let run = place.run(&["--approve=no"]).ends(1);
    run.is("ask", "succeeded")
        .is("go", "skipped")
        .is("soft", "failed");
}

#[test]
fn services_need_the_docker_runner() {
    let place = Place::new(
        "flow: f
tasks: { a: { run: 'true', services: { db: { image: 'postgres:16' } } } }
",
    );
    let run = place.run(&[]).ends(1);
    assert!(run.err.contains("unsupported-feature"), "{}", run.err);
    assert!(run.err.contains("--runner docker"), "{}", run.err);
    assert!(!place.path(".flowc").exists());
}
