//! Instances: filters, empty lists, failures, allowed failures, nesting, fan-in.

use super::simulation::{after, fails, fine, list, run, writes};
use crate::expr::Value;
use crate::run::{Outcome, State};

#[test]
fn a_filter_leaves_elements_out_and_keeps_positions() {
    let run = run(
        "flow: f
tasks:
  each:
    for_each: [a, b, c]
    when: ${{ item != 'b' }}
    env: { ITEM: '${{ item }}', AT: '${{ index }}' }
    command: [x]
    outputs: { o: string }
    artifacts: { copy: file }
  join: { command: ['${{ tasks.each.outputs.o }}', '${{ tasks.each.artifacts.copy }}'] }
",
        |what| writes(&[("o", Value::String(what.into()))]),
    );
    run.is("each[0]", "succeeded@1")
        .is("each[1]", "skipped@0")
        .is("each[2]", "succeeded@1")
        .is("each", "succeeded@0");
    assert_eq!(run.env("each[2]", "ITEM"), "c");
    assert_eq!(run.env("each[2]", "AT"), "2");
    assert_eq!(run.env("each[2]", "FLOW_ITEM_INDEX"), "2");
    assert_eq!(run.outputs["each.o"], r#"["each[0]@1","each[2]@1"]"#);
    let folder = "/run/tasks/each/fan-in/copy";
    assert_eq!(
        run.calls["join"].argv,
        [r#"["each[0]@1","each[2]@1"]"#, folder]
    );
    assert_eq!(
        run.gathered[folder],
        [
            (0, "/run/tasks/each/0/attempt-1/outputs/copy".to_owned()),
            (2, "/run/tasks/each/2/attempt-1/outputs/copy".to_owned())
        ]
    );
}

#[test]
fn a_list_without_elements_skips_and_reads_as_empty() {
    let run = run(
        "flow: f
tasks:
  make: { command: [x], outputs: { l: list } }
  each: { for_each: '${{ tasks.make.outputs.l }}', command: [x], outputs: { o: string }, artifacts: { a: file } }
  join:
    trigger_rule: none_failed
    command: ['${{ tasks.each.outputs.o }}', '${{ default(tasks.each.outputs.o, [\"none\"]) }}', '${{ tasks.each.artifacts.a }}']
",
        |what| match what {
            "make@1" => writes(&[("l", list("[]"))]),
            _ => fine(),
        },
    );
    run.is("each", "skipped").is("join", "succeeded");
    let folder = "/run/tasks/each/fan-in/a";
    assert_eq!(run.calls["join"].argv, ["[]", r#"["none"]"#, folder]);
    assert_eq!(run.gathered[folder], []);
}

#[test]
fn a_filter_that_leaves_nothing_skips() {
    let run = run(
        "flow: f
tasks:
  each: { for_each: [a, b], when: '${{ index > 5 }}', command: [x] }
  after: { command: [x], depends_on: [each] }
",
        |_| fine(),
    );
    run.is("each[0]", "skipped").is("each[1]", "skipped");
    run.is("each", "skipped")
        .is("after", "skipped")
        .ended(State::Succeeded);
}

#[test]
fn instances_do_not_stop_one_another() {
    let run = run(
        "flow: f
tasks:
  each: { for_each: [a, b, c], command: [x], max_parallel: 1 }
  after: { command: [x], depends_on: [each] }
",
        |what| match what {
            "each[0]@1" => fails(),
            _ => fine(),
        },
    );
    run.is("each[0]", "failed").is("each[2]", "succeeded");
    run.is("each", "failed")
        .is("after", "upstream_failed")
        .ended(State::Failed);
}

#[test]
fn a_fan_out_with_fail_fast_starts_no_further_instance() {
    let run = run(
        "flow: f
tasks:
  each: { for_each: [a, b, c, d], command: [x], max_parallel: 2, fail_fast: true }
",
        |what| match what {
            "each[0]@1" => fails(),
            _ => after(5000, Outcome::succeeded()),
        },
    );
    run.is("each[0]", "failed").is("each[1]", "succeeded");
    run.is("each[2]", "upstream_failed@0")
        .is("each[3]", "upstream_failed@0");
    run.is("each", "failed").ended(State::Failed);
}

#[test]
fn failures_that_are_allowed_leave_the_outputs_of_the_others() {
    let text = "flow: f
tasks:
  each:
    for_each: [a, b, c]
    command: [x]
    outputs: { o: string }
    allow_failure: ${{ item == 'b' }}
  after: { command: ['${{ tasks.each.outputs.o }}'] }
";
    let does = |bad: &'static str| {
        move |what: &str| match what {
            _ if what == bad => fails(),
            _ => writes(&[("o", Value::String(what.into()))]),
        }
    };
    let allowed = run(text, does("each[1]@1"));
    allowed
        .is("each[1]", "failed")
        .is("each", "succeeded")
        .ended(State::Succeeded);
    assert_eq!(
        allowed.calls["after"].argv,
        [r#"["each[0]@1","each[2]@1"]"#]
    );
    let other = run(text, does("each[2]@1"));
    other
        .is("each", "failed")
        .is("after", "upstream_failed")
        .ended(State::Failed);
}

#[test]
fn when_all_failed_and_were_allowed_to_the_fan_out_succeeds() {
    let run = run(
        "flow: f
tasks:
  each: { for_each: [a, b], command: [x], outputs: { o: string }, allow_failure: true }
  after: { command: ['${{ tasks.each.outputs.o }}'] }
",
        |what| {
            if what.starts_with("each") {
                fails()
            } else {
                fine()
            }
        },
    );
    run.is("each", "succeeded")
        .is("after", "succeeded")
        .ended(State::Succeeded);
    assert_eq!(run.calls["after"].argv, ["[]"]);
}

#[test]
fn fan_outs_inside_of_fan_outs_have_positions_of_both() {
    let run = run(
        "flow: f
tasks:
  outer:
    for_each: { as: row, in: [[1, 2], [3]] }
    tasks:
      inner:
        for_each: ${{ row }}
        env: { V: '${{ item * 10 + size(row) }}' }
        command: [x]
        outputs: { o: integer }
        artifacts: { a: file }
      sum: { command: ['${{ tasks.inner.outputs.o }}'] }
    outputs: { all: '${{ tasks.inner.outputs.o }}' }
    artifacts: { files: '${{ tasks.inner.artifacts.a }}' }
  join: { command: ['${{ tasks.outer.outputs.all }}', '${{ tasks.outer.artifacts.files }}'] }
",
        |what| writes(&[("o", Value::Integer(what.len() as i64))]),
    );
    run.is("outer.inner[0,1]", "succeeded@1")
        .is("outer.inner[1,0]", "succeeded@1");
    run.is("outer.inner[0]", "succeeded@0")
        .is("outer.inner[1]", "succeeded@0");
    run.is("outer[0]", "succeeded").is("outer", "succeeded");
    assert_eq!(run.env("outer.inner[0,1]", "V"), "22");
    assert_eq!(run.outputs["outer.all"], "[[18,18],[18]]");
    assert_eq!(
        run.gathered["/run/tasks/outer/fan-in/files"],
        [
            (0, "/run/tasks/outer.inner/0/fan-in/a".to_owned()),
            (1, "/run/tasks/outer.inner/1/fan-in/a".to_owned())
        ]
    );
    assert_eq!(run.calls["join"].argv[1], "/run/tasks/outer/fan-in/files");
}

#[test]
fn an_error_in_the_list_fails_the_task() {
    let run = run(
        "flow: f
tasks:
  make: { command: [x], outputs: { o: object } }
  each: { for_each: '${{ tasks.make.outputs.o.items }}', command: [x] }
  soft: { for_each: '${{ tasks.make.outputs.o.items }}', command: [x], allow_failure: true }
",
        |_| {
            writes(&[(
                "o",
                crate::expr::read_output(b"{\"a\": 1}", &crate::expr::Type::Object)
                    .expect("an object"),
            )])
        },
    );
    run.is("each", "failed@0")
        .is("soft", "failed@0")
        .ended(State::Failed);
}
