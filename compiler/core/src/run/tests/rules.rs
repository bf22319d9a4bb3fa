//! Trigger rules, conditions, allowed failures, the run's state, `finally`.

use super::simulation::{after, fails, fine, run, writes};
use crate::expr::Value;
use crate::flow::TriggerRule;
use crate::run::{Outcome, State};

const NAMES: [&str; 3] = ["s", "b", "k"];

#[test]
fn every_rule_over_every_mixture_of_upstream_states() {
    for rule in TriggerRule::ALL {
        for bits in 1..8_u8 {
            let upstream: Vec<&str> = (0..3)
                .filter(|bit| bits & (1 << bit) != 0)
                .map(|bit| NAMES[bit])
                .collect();
            let text = format!(
                "flow: rules
parameters: {{ no: false }}
tasks:
  s: {{ command: [x] }}
  b: {{ command: [x], allow_failure: true }}
  k: {{ command: [x], when: '${{{{ parameters.no }}}}' }}
  t: {{ command: [x], depends_on: [{}], trigger_rule: {rule} }}
",
                upstream.join(", ")
            );
            // In every order of arrival.
            for slow in ["s@1", "b@1"] {
                let run = run(&text, |what| {
                    let takes = if what == slow { 5000 } else { 1000 };
                    match what {
                        "b@1" => after(takes, Outcome::exit(1)),
                        _ => after(takes, Outcome::succeeded()),
                    }
                });
                let has = |bit: u8| bits & bit != 0;
                let wanted = match rule.decide(has(1), has(2), has(4)) {
                    crate::flow::Decision::Run => "succeeded",
                    crate::flow::Decision::Skip => "skipped",
                    crate::flow::Decision::UpstreamFailed => "upstream_failed",
                };
                run.is("s", "succeeded")
                    .is("b", "failed")
                    .is("k", "skipped");
                run.is("t", wanted).ended(State::Succeeded);
            }
        }
    }
}

#[test]
fn a_rule_speaks_as_soon_as_nothing_can_change_it() {
    let run = run(
        "flow: f
tasks:
  quick: { command: [x] }
  slow: { command: [x] }
  one: { command: [x], depends_on: [quick, slow], trigger_rule: one_success }
  all: { command: [x], depends_on: [quick, slow] }
  none: { command: [x], depends_on: [quick, slow], trigger_rule: all_failed }
  after: { command: [x], depends_on: [none], trigger_rule: all_skipped }
  done: { command: [x], depends_on: [quick, slow], trigger_rule: all_done }
",
        |what| match what {
            "slow@1" => after(9000, Outcome::succeeded()),
            _ => fine(),
        },
    );
    assert_eq!(run.at("start one@1"), 1.0);
    assert_eq!(run.at("start after@1"), 1.0);
    assert_eq!(run.at("start all@1"), 9.0);
    assert_eq!(run.at("start done@1"), 9.0);
}

#[test]
fn what_a_task_reads_is_final_before_it_starts() {
    let run = run(
        "flow: f
tasks:
  quick: { command: [x] }
  slow: { command: [x], outputs: { o: string } }
  one:
    depends_on: [quick]
    trigger_rule: one_success
    env: { O: \"${{ default(tasks.slow.outputs.o, 'none') }}\" }
    command: [x]
",
        |what| match what {
            "slow@1" => after(
                9000,
                Outcome::Succeeded {
                    outputs: [("o".to_owned(), Value::String("late".into()))].into(),
                    artifacts: Default::default(),
                },
            ),
            _ => fine(),
        },
    );
    assert_eq!(run.env("one", "O"), "late");
}

#[test]
fn an_error_in_a_condition_fails_the_task_without_a_try() {
    let run = run(
        "flow: f
tasks:
  a: { command: [x], outputs: { n: integer } }
  b: { command: [x], when: '${{ 1 / tasks.a.outputs.n == 1 }}', retries: 3 }
",
        |_| writes(&[("n", Value::Integer(0))]),
    );
    run.is("b", "failed@0").ended(State::Failed);
    assert!(run.causes["b"].contains("`when`"), "{:?}", run.causes);
}

#[test]
fn an_error_in_a_field_fails_the_task_without_a_retry() {
    let run = run(
        "flow: f
tasks:
  a: { command: [x], outputs: { n: integer } }
  b: { command: [x], env: { N: '${{ 1 / tasks.a.outputs.n }}' }, retries: 3 }
",
        |_| writes(&[("n", Value::Integer(0))]),
    );
    run.is("b", "failed@0").ended(State::Failed);
}

#[test]
fn an_allowed_failure_is_failed_for_its_readers_and_fails_nothing() {
    let run = run(
        "flow: f
tasks:
  a: { command: [x], allow_failure: true }
  b: { command: [x], depends_on: [a] }
  c: { command: [x], depends_on: [b], trigger_rule: one_failed }
",
        |what| match what {
            "a@1" => fails(),
            _ => fine(),
        },
    );
    run.is("a", "failed")
        .is("b", "upstream_failed")
        .is("c", "succeeded");
    run.ended(State::Succeeded);
}

#[test]
fn a_cleanup_that_succeeds_hides_no_failure() {
    let run = run(
        "flow: f
tasks:
  a: { command: [x] }
  clean: { command: [x], depends_on: [a], trigger_rule: all_done }
finally:
  report: { env: { S: '${{ run.status }}', A: '${{ tasks.a.status }}', D: '${{ run.duration }}' }, command: [x] }
",
        |what| match what {
            "a@1" => fails(),
            _ => fine(),
        },
    );
    run.is("clean", "succeeded").is("report", "succeeded");
    run.ended(State::Failed);
    assert_eq!(run.env("report", "S"), "failed");
    assert_eq!(run.env("report", "A"), "failed");
    assert_eq!(run.env("report", "D"), "2");
    assert_eq!(run.at("start report@1"), 2.0);
}

#[test]
fn a_failure_in_finally_fails_the_run() {
    let text = "flow: f
tasks: { a: { command: [x] } }
finally:
  report: { command: [x] }
  after: { command: [x], depends_on: [report] }
";
    let run = run(text, |what| match what {
        "report@1" => fails(),
        _ => fine(),
    });
    run.is("after", "upstream_failed").ended(State::Failed);
}
