//! Chains that are one process: what each task sees, what it hands on, and how its failure is told.

use super::{Place, Run};

/// Runs what `-O2` makes of the flow.
fn fused(place: &Place, words: &[&str]) -> Run {
    let inspect = ["inspect", "--stage", "optimised", "-O0", "--pass", "fuse"];
    let made = place.flowc(&inspect);
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    place.write("flow.ir.json", std::str::from_utf8(&made.stdout).unwrap());
    let mut all = vec!["flow.ir.json"];
    all.extend(words);
    place.run(&all)
}

const CHAIN: &str = r#"flow: f
parameters: { word: "a 'b' \"c\" $d" }
tasks:
  make:
    env: { WORD: "${{ parameters.word }}", ONLY: here, OUT: "${{ artifacts.data }}" }
    run: |
      ls -A "$FLOW_OUTPUTS" >> "$PLACE/ledger"
      echo "$FLOW_TASK ${FLOW_OUTPUTS##*/} $ONLY" >> "$PLACE/ledger"
      printf '%s\n\n' "$WORD" > "$FLOW_OUTPUTS/said"
      echo data > "$OUT"
    outputs: { said: string }
    artifacts: { data: file }
  change:
    env: { DATA: "${{ tasks.make.artifacts.data }}", SAID: "${{ tasks.make.outputs.said }}", WORD: other }
    shell: bash
    run: |
      ls -A "$FLOW_OUTPUTS" >> "$PLACE/ledger"
      echo "$FLOW_TASK ${ONLY-unset} $WORD $FLOW_ATTEMPT" >> "$PLACE/ledger"
      mkdir "$FLOW_OUTPUTS/folder"
      cat "$DATA" > "$FLOW_OUTPUTS/folder/copy"
      printf '[%s]' "$SAID" >> "$PLACE/ledger"
    artifacts: { folder: directory }
  show:
    command: [sh, -c, 'cat "$0/copy"; echo "$1"; echo 5 > "$FLOW_OUTPUTS/n"', "${{ tasks.change.artifacts.folder }}", "*"]
    outputs: { n: integer }
  after:
    env: { N: "${{ tasks.show.outputs.n }}" }
    timeout: 1m
    run: echo "$N" >> "$PLACE/ledger"
"#;

#[test]
fn a_chain_hands_on_texts_and_files_and_gives_each_task_its_own_variables() {
    let place = Place::new(CHAIN);
    let run = fused(&place, &[]).ends(0);
    run.is("make_to_show", "succeeded").is("after", "succeeded");
    assert_eq!(
        place.read("ledger"),
        "make .make here\nchange unset other 1\n[a 'b' \"c\" $d\n]5\n"
    );
    assert_eq!(run.output("make_to_show", "n"), 5);
    assert_eq!(run.output("make_to_show", "said"), "a 'b' \"c\" $d\n");
    let log = place.flowc(&["logs", "last", "make_to_show"]);
    let log = String::from_utf8(log.stdout).unwrap();
    for line in [
        "flowc: task make starts",
        "flowc: task show starts",
        "data",
        "*",
    ] {
        assert!(
            log.lines().any(|said| said.ends_with(line)),
            "{line} in\n{log}"
        );
    }
}

#[test]
fn a_failure_names_its_task_keeps_its_code_and_stops_the_chain() {
    let place = Place::new(
        r#"flow: f
tasks:
  one: { run: 'echo one >> "$PLACE/ledger"' }
  two: { depends_on: [one], run: "exit 7" }
  three: { depends_on: [two], run: 'echo three >> "$PLACE/ledger"' }
"#,
    );
    let run = fused(&place, &[]).ends(1);
    run.is("one_to_three", "failed");
    assert_eq!(place.read("ledger"), "one\n");
    let ended = run
        .events
        .iter()
        .find(|event| event["event"] == "attempt_ended")
        .unwrap();
    assert!(ended.to_string().contains('7'), "{ended}");
    let log = place.flowc(&["logs", "last", "one_to_three"]);
    let log = String::from_utf8(log.stdout).unwrap();
    assert!(
        log.contains("flowc: task two failed with exit code 7"),
        "{log}"
    );
}

#[test]
fn a_task_that_does_not_write_what_it_declares_stops_the_chain() {
    for (wrong, says) in [
        ("true", "task one did not write text"),
        (
            r#"head -c 40000 /dev/zero | tr "\\0" a > "$FLOW_OUTPUTS/text""#,
            "at most 32 KiB",
        ),
        (r#"printf "a\\0b" > "$FLOW_OUTPUTS/text""#, "wrote no text"),
    ] {
        let place = Place::new(&format!(
            r#"flow: f
tasks:
  one: {{ run: '{wrong}', outputs: {{ text: string }} }}
  two: {{ env: {{ TEXT: "${{{{ tasks.one.outputs.text }}}}" }}, run: 'echo two >> "$PLACE/ledger"' }}
"#
        ));
        fused(&place, &[]).ends(1).is("one_to_two", "failed");
        assert_eq!(place.read("ledger"), "");
        let log = place.flowc(&["logs", "last", "one_to_two"]);
        let log = String::from_utf8(log.stdout).unwrap();
        assert!(log.contains(says), "{says} in\n{log}");
    }
}

#[test]
fn tasks_that_write_the_same_names_do_not_meet() {
    let place = Place::new(
        r#"flow: f
tasks:
  one: { run: 'echo 1 > "$FLOW_OUTPUTS/o"', outputs: { o: string } }
  two:
    env: { O: "${{ tasks.one.outputs.o }}", TO: "${{ outputs.o }}" }
    run: 'echo "$((O + 1))" > "$TO"; echo two > "$FLOW_OUTPUTS/f"'
    outputs: { o: string }
    artifacts: { f: file }
  three:
    env: { O: "${{ tasks.two.outputs.o }}", F: "${{ tasks.two.artifacts.f }}" }
    run: '[ "$(cat "$F")" = two ]; echo "$((O + 1))" > "$FLOW_OUTPUTS/o"; echo three > "$FLOW_OUTPUTS/f"'
    outputs: { o: string }
    artifacts: { f: file }
  after:
    env: { O: "${{ tasks.three.outputs.o }}", F: "${{ tasks.three.artifacts.f }}" }
    retries: 1
    run: 'echo "$O $(cat "$F")" > "$PLACE/ledger"'
"#,
    );
    let run = fused(&place, &[]).ends(0);
    run.is("one_to_three", "succeeded");
    assert_eq!(place.read("ledger"), "3 three\n");
    assert_eq!(run.output("one_to_three", "two_o"), "2");
}
