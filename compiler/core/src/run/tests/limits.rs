//! How many at once: of a run, a group, a fan-out, a concurrency group; priority.

use super::simulation::{Simulation, after, fine, flow, run};
use crate::run::{Outcome, State};

fn most(text: &str) -> usize {
    let run = run(text, |_| fine());
    run.ended(State::Succeeded);
    run.most
}

#[test]
fn places_are_limited() {
    let each = "for_each: '${{ range(9) }}', command: [x]";
    assert_eq!(most(&format!("flow: f\ntasks: {{ e: {{ {each} }} }}")), 9);
    assert_eq!(
        most(&format!(
            "flow: f\nmax_parallel: 3\ntasks: {{ e: {{ {each} }} }}"
        )),
        3
    );
    assert_eq!(
        most(&format!(
            "flow: f\ntasks: {{ e: {{ {each}, max_parallel: 4 }} }}"
        )),
        4
    );
    assert_eq!(
        most(&format!(
            "flow: f\nmax_parallel: 5\ntasks: {{ g: {{ max_parallel: 2, tasks: {{ e: {{ {each} }} }} }} }}"
        )),
        2
    );
    assert_eq!(
        most(&format!(
            "flow: f\ntasks: {{ e: {{ {each}, concurrency: {{ group: db, limit: 2 }} }} }}"
        )),
        2
    );
    // Instances of a fanned-out group: three groups at once, of two processes each.
    assert_eq!(
        most(
            "flow: f\ntasks: { g: { for_each: '${{ range(9) }}', max_parallel: 3, tasks: { a: { command: [x] }, b: { command: [x] } } } }"
        ),
        6
    );
}

#[test]
fn the_machine_bears_only_so_many() {
    let simulation = Simulation {
        jobs: Some(2),
        ..Simulation::default()
    };
    let flow = flow(
        "flow: f\nmax_parallel: 8\ntasks: { e: { for_each: '${{ range(9) }}', command: [x] } }",
    );
    assert_eq!(simulation.run(&flow, |_| fine()).most, 2);
}

#[test]
fn a_waiting_retry_holds_no_place() {
    let run = run(
        "flow: f
max_parallel: 1
tasks:
  a: { command: [x], retries: 1, backoff: { delay: 10s }, priority: 1 }
  b: { command: [x] }
",
        |what| match what {
            "a@1" => after(1000, Outcome::exit(1)),
            _ => fine(),
        },
    );
    assert_eq!(run.at("start b@1"), 1.0);
    assert_eq!(run.at("start a@2"), 11.0);
}

#[test]
fn the_higher_priority_starts_first_also_among_those_that_wait() {
    let run = run(
        "flow: f
max_parallel: 1
tasks:
  first: { command: [x], priority: 9 }
  low: { command: [x] }
  middle: { command: [x], priority: 1 }
  high: { command: [x], depends_on: [first], priority: 5 }
",
        |_| fine(),
    );
    let order: Vec<&str> = run
        .log
        .iter()
        .filter_map(|line| line.split_once(" start ").map(|(_, what)| what))
        .collect();
    assert_eq!(order, ["first@1", "high@1", "middle@1", "low@1"]);
}

#[test]
fn a_full_concurrency_group_skips_who_says_so() {
    let run = run(
        "flow: f
tasks:
  a: { command: [x], concurrency: { group: db } }
  b: { command: [x], concurrency: { group: db, on_conflict: skip } }
  c: { command: [x], concurrency: { group: db } }
",
        |_| fine(),
    );
    run.is("a", "succeeded")
        .is("b", "skipped")
        .is("c", "succeeded");
    assert_eq!(run.at("start c@1"), 1.0);
}

#[test]
fn a_task_in_a_group_shares_its_place_in_a_concurrency_group() {
    let run = run(
        "flow: f
tasks:
  g:
    concurrency: { group: db }
    tasks: { a: { command: [x], concurrency: { group: db } } }
",
        |_| fine(),
    );
    run.is("g.a", "succeeded").ended(State::Succeeded);
}

#[test]
fn groups_that_wait_for_each_others_places_fail_instead_of_waiting_for_ever() {
    let run = run(
        "flow: f
tasks:
  g: { concurrency: { group: a }, tasks: { t: { command: [x], concurrency: { group: b } } } }
  h: { concurrency: { group: b }, tasks: { t: { command: [x], concurrency: { group: a } } } }
",
        |_| fine(),
    );
    run.is("g.t", "failed")
        .is("h.t", "failed")
        .ended(State::Failed);
}
