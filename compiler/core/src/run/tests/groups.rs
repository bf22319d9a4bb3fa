//! Groups and sub-flows: states, scopes, exports, what an ended group says of what is in it.

use super::simulation::{Simulation, fails, fine, flow_with, run, writes};
use crate::expr::Value;
use crate::run::State;

#[test]
fn a_group_fails_when_a_task_in_it_does() {
    let run = run(
        "flow: f
tasks:
  g:
    tasks:
      a: { command: [x] }
      b: { command: [x], depends_on: [a], trigger_rule: all_done }
  after: { command: [x], depends_on: [g] }
",
        |what| if what == "g.a@1" { fails() } else { fine() },
    );
    run.is("g.b", "succeeded")
        .is("g", "failed")
        .is("after", "upstream_failed");
    run.ended(State::Failed);
}

#[test]
fn a_group_whose_tasks_were_all_skipped_succeeds() {
    let run = run(
        "flow: f
parameters: { no: false }
tasks:
  g: { tasks: { a: { command: [x], when: '${{ parameters.no }}' } } }
  after: { command: [x], depends_on: [g] }
",
        |_| fine(),
    );
    run.is("g.a", "skipped")
        .is("g", "succeeded")
        .is("after", "succeeded");
}

#[test]
fn what_is_in_a_group_that_did_not_run_ends_as_the_group() {
    let run = run(
        "flow: f
parameters: { no: false }
tasks:
  g: { when: '${{ parameters.no }}', tasks: { a: { command: [x] }, h: { tasks: { b: { for_each: [1], command: [x] } } } } }
  bad: { command: [x], allow_failure: true }
  k: { depends_on: [bad], tasks: { a: { command: [x] } } }
  each: { for_each: [1, 2], when: '${{ item == 2 }}', tasks: { a: { command: [x] } } }
",
        |what| if what == "bad@1" { fails() } else { fine() },
    );
    run.is("g", "skipped")
        .is("g.a", "skipped")
        .is("g.h.b", "skipped");
    run.is("k", "upstream_failed").is("k.a", "upstream_failed");
    run.is("each[0]", "skipped")
        .is("each.a[0]", "skipped")
        .is("each.a[1]", "succeeded");
    run.ended(State::Succeeded);
}

#[test]
fn a_failed_group_that_was_allowed_to_fails_no_run() {
    let run = run(
        "flow: f
tasks:
  g: { allow_failure: true, tasks: { a: { command: [x] } } }
  after: { command: [x], depends_on: [g], trigger_rule: all_failed }
",
        |what| if what == "g.a@1" { fails() } else { fine() },
    );
    run.is("g", "failed")
        .is("after", "succeeded")
        .ended(State::Succeeded);
}

#[test]
fn names_are_looked_up_outwards_and_exports_inwards() {
    let run = run(
        "flow: f
tasks:
  a: { command: [x], outputs: { o: string } }
  g:
    for_each: { as: who, in: [p, q] }
    tasks:
      b:
        env: { A: '${{ tasks.a.outputs.o }}', W: '${{ who }}' }
        command: [x]
        outputs: { o: string }
      h:
        tasks:
          c: { command: ['${{ tasks.b.outputs.o }}', '${{ who }}'] }
    outputs: { b: '${{ tasks.b.outputs.o + who }}' }
  join: { command: ['${{ tasks.g.outputs.b }}'] }
",
        |what| writes(&[("o", Value::String(what.into()))]),
    );
    assert_eq!(run.env("g.b[1]", "A"), "a@1");
    assert_eq!(run.calls["g.h.c[1]"].argv, ["g.b[1]@1", "q"]);
    assert_eq!(run.calls["join"].argv, [r#"["g.b[0]@1p","g.b[1]@1q"]"#]);
    assert_eq!(run.env("g.b[1]", "FLOW_TASK"), "g.b");
}

#[test]
fn an_export_that_has_no_value_fails_the_group() {
    let run = run(
        "flow: f
tasks:
  g:
    tasks: { a: { command: [x], outputs: { n: integer } } }
    outputs: { q: '${{ 1 / tasks.a.outputs.n }}' }
",
        |_| writes(&[("n", Value::Integer(0))]),
    );
    run.is("g.a", "succeeded")
        .is("g", "failed")
        .ended(State::Failed);
    assert!(
        run.causes["g"].starts_with("output `q`"),
        "{:?}",
        run.causes
    );
}

#[test]
fn a_sub_flow_sees_what_it_is_given_and_refuses_what_does_not_fit() {
    let sub = "flow: sub
parameters: { n: { type: integer, max: 5 }, word: hello }
tasks:
  a: { command: ['${{ parameters.n }}', '${{ parameters.word }}'] }
";
    let text = "flow: f
tasks:
  make: { command: [x], outputs: { n: integer } }
  use: { flow: sub.yaml, with: { n: '${{ tasks.make.outputs.n }}' } }
";
    let flow = flow_with(text, &[("sub.yaml", sub)]);
    for (n, state) in [(5, State::Succeeded), (6, State::Failed)] {
        let run = Simulation::default().run(&flow, |what| match what {
            "make@1" => writes(&[("n", Value::Integer(n))]),
            _ => fine(),
        });
        run.ended(state);
        if state == State::Succeeded {
            assert_eq!(run.calls["use.a"].argv, ["5", "hello"]);
        } else {
            run.is("use", "failed").is("use.a", "upstream_failed");
            assert!(run.causes["use"].contains("more than"), "{:?}", run.causes);
        }
    }
}

#[test]
fn a_group_with_fail_fast_starts_nothing_new_in_it() {
    let run = run(
        "flow: f
max_parallel: 1
tasks:
  g:
    fail_fast: true
    tasks:
      a: { command: [x] }
      b: { command: [x] }
      c: { command: [x], depends_on: [b], trigger_rule: all_done }
  other: { command: [x] }
",
        |what| if what == "g.a@1" { fails() } else { fine() },
    );
    run.is("g.b", "upstream_failed")
        .is("g.c", "upstream_failed")
        .is("g", "failed");
    run.is("other", "succeeded").ended(State::Failed);
}

#[test]
fn a_flow_with_fail_fast_starts_nothing_new_but_finally() {
    let run = run(
        "flow: f
fail_fast: true
tasks:
  bad: { command: [x] }
  slow: { command: [x], retries: 1 }
  next: { command: [x], depends_on: [slow] }
  g: { tasks: { one: { command: [x] }, two: { command: [x], depends_on: [one] } } }
finally: { report: { command: [x] } }
",
        |what| match what {
            "bad@1" => fails(),
            "slow@1" => super::simulation::after(5000, crate::run::Outcome::exit(1)),
            "g.one@1" => super::simulation::after(5000, crate::run::Outcome::succeeded()),
            _ => fine(),
        },
    );
    run.is("slow", "succeeded@2").is("next", "upstream_failed");
    run.is("g.two", "upstream_failed")
        .is("g", "upstream_failed");
    run.is("report", "succeeded").ended(State::Failed);
}

#[test]
fn an_allowed_failure_does_not_count_for_fail_fast() {
    let run = run(
        "flow: f
fail_fast: true
tasks:
  bad: { command: [x], allow_failure: true }
  next: { command: [x], depends_on: [bad], trigger_rule: all_done }
",
        |what| if what == "bad@1" { fails() } else { fine() },
    );
    run.is("next", "succeeded").ended(State::Succeeded);
}
