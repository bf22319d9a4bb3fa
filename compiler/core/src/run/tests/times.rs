//! Retries, backoff, waits, questions, the run's timeout.

use super::simulation::{Simulation, after, fails, fine, flow, run};
use crate::run::{FailureKind, Outcome, State};

#[test]
fn attempts_follow_one_another_after_their_backoff() {
    let text = "flow: f
tasks:
  a: { command: [x], retries: 3, backoff: { delay: 2s, factor: 3, max_delay: 5s }, env: { O: '${{ outputs.o }}' }, outputs: { o: string } }
";
    let run = run(text, |what| match what {
        "a@4" => super::simulation::writes(&[("o", crate::expr::Value::String("x".into()))]),
        _ => fails(),
    });
    run.is("a", "succeeded@4").ended(State::Succeeded);
    assert_eq!(run.at("start a@2"), 3.0);
    assert_eq!(run.at("start a@3"), 9.0);
    assert_eq!(run.at("start a@4"), 15.0);
    assert_eq!(run.env("a", "FLOW_ATTEMPT"), "4");
    assert_eq!(run.env("a", "O"), "/run/tasks/a/attempt-4/outputs/o");
    assert_eq!(
        run.env("a", "FLOW_OUTPUTS"),
        "/run/tasks/a/attempt-4/outputs"
    );
}

#[test]
fn after_the_last_retry_the_task_has_failed() {
    let run = run(
        "flow: f\ntasks: { a: { command: [x], retries: 2 } }",
        |_| fails(),
    );
    run.is("a", "failed@3").ended(State::Failed);
}

#[test]
fn only_the_named_exit_codes_are_tried_again() {
    let text = "flow: f
tasks:
  a: { command: [x], retries: 5, retry_on: { exit_codes: [75] }, allow_failure: true }
  b: { command: [x], retries: 5, retry_on: { exit_codes: [75] }, allow_failure: true }
  c: { command: [x], retries: 1, allow_failure: true }
";
    let run = run(text, |what| match what {
        "a@1" => after(1000, Outcome::exit(75)),
        "a@2" => fails(),
        "b@1" => after(1000, Outcome::failed("took too long")),
        "c@1" => after(
            1000,
            Outcome::Failed {
                exit: None,
                kind: FailureKind::Final,
                cause: "never".into(),
            },
        ),
        _ => fine(),
    });
    run.is("a", "failed@2")
        .is("b", "failed@1")
        .is("c", "failed@1");
}

#[test]
fn a_wait_lets_time_pass() {
    let run = run(
        "flow: f\ntasks: { w: { wait: 90s }, a: { command: [x], depends_on: [w] } }",
        |_| fine(),
    );
    run.is("w", "succeeded@1");
    assert_eq!(run.at("start a@1"), 90.0);
}

const ASK: &str = "flow: f
tasks:
  ask: { approve: { message: Go?, timeout: 60s } }
  soft: { approve: { message: Go?, choices: [now, later], default: later, timeout: 60s } }
  a: { command: ['${{ tasks.ask.outputs.choice }}', '${{ tasks.soft.outputs.choice }}'] }
";

#[test]
fn a_question_is_answered_by_a_person_or_by_time() {
    let flow = flow(ASK);
    let yes = Simulation {
        answers: &|question| (question.choices == ["yes", "no"]).then(|| (5000, "yes".into())),
        ..Simulation::default()
    };
    let run = yes.run(&flow, |_| fine());
    run.ended(State::Succeeded);
    assert_eq!(run.calls["a"].argv, ["yes", "later"]);
    let nobody = Simulation::default().run(&flow, |_| fine());
    nobody
        .is("ask", "failed")
        .is("soft", "succeeded")
        .is("a", "upstream_failed");
}

#[test]
fn at_the_runs_timeout_what_runs_is_cut_and_nothing_starts_but_finally() {
    let run = run(
        "flow: f
timeout: 10s
tasks:
  slow: { command: [x], retries: 3 }
  next: { command: [x], depends_on: [slow], trigger_rule: all_done }
  resting: { command: [x], retries: 3, backoff: { delay: 1h } }
  wait: { wait: 1h }
  ask: { approve: { message: Go? } }
  quick: { command: [x] }
  g: { tasks: { a: { command: [x] }, w: { wait: 1h }, b: { command: [x], depends_on: [w] } } }
finally: { report: { env: { S: '${{ run.status }}' }, command: [x] } }
",
        |what| match what {
            "slow@1" => after(3_600_000, Outcome::succeeded()),
            "resting@1" => fails(),
            _ => fine(),
        },
    );
    run.is("slow", "failed@1")
        .is("next", "upstream_failed")
        .is("resting", "failed@1");
    run.is("wait", "failed")
        .is("ask", "failed")
        .is("quick", "succeeded");
    run.is("g.a", "succeeded")
        .is("g.w", "failed")
        .is("g.b", "upstream_failed");
    run.is("g", "failed")
        .is("report", "succeeded")
        .ended(State::Failed);
    assert_eq!(run.env("report", "S"), "failed");
    assert_eq!(run.at("start report@1"), 10.0);
}
