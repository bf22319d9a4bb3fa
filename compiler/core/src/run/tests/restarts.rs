//! Runs that know results already: after a kill at any moment, and for a part of the flow.

use super::simulation::{Simulation, fails, fine, flow, writes};
use crate::expr::Value;
use crate::flow::{Flow, TaskId};
use crate::run::{History, Selection, State};

const TEXT: &str = "flow: f
fail_fast: true
tasks:
  make: { command: [x], outputs: { l: list<integer> } }
  flaky: { command: [x], retries: 2 }
  each:
    for_each: ${{ tasks.make.outputs.l }}
    when: ${{ item != 2 }}
    tasks:
      a: { command: [x], outputs: { o: integer } }
      b: { command: ['${{ tasks.a.outputs.o }}'] }
    outputs: { o: '${{ tasks.a.outputs.o }}' }
  join: { command: ['${{ tasks.each.outputs.o }}'] }
finally: { report: { env: { J: '${{ tasks.join.status }}' }, command: [x] } }
";

fn does(what: &str) -> super::simulation::Does {
    match what {
        "make@1" => writes(&[("l", super::simulation::list("[1, 2, 3]"))]),
        "flaky@1" => fails(),
        _ if what.starts_with("each.a") => writes(&[("o", Value::Integer(7))]),
        _ => fine(),
    }
}

#[test]
fn whatever_part_is_known_the_end_is_the_same_and_nothing_runs_twice() {
    let flow = flow(TEXT);
    let whole = Simulation::default().run(&flow, does);
    whole.ended(State::Succeeded);
    let mut ends: Vec<(crate::run::Key, crate::run::Attempted)> = whole
        .history
        .attempts
        .iter()
        .flat_map(|(key, list)| list.iter().map(move |one| (key.clone(), one.clone())))
        .collect();
    ends.sort_by_key(|(key, one)| (one.ended, key.clone(), one.number));
    for known in 0..=ends.len() {
        let mut history = History::default();
        for (key, one) in &ends[..known] {
            history
                .attempts
                .entry(key.clone())
                .or_default()
                .push(one.clone());
        }
        let simulation = Simulation {
            history,
            ..Simulation::default()
        };
        let again = simulation.run(&flow, does);
        assert_eq!(again.tasks, whole.tasks, "{known}");
        assert_eq!(again.outputs, whole.outputs, "{known}");
        let starts = again
            .log
            .iter()
            .filter(|line| line.contains(" start "))
            .count();
        assert_eq!(starts, ends.len() - known, "{known}: {:#?}", again.log);
    }
}

#[test]
fn fail_fast_does_not_lose_what_had_ended() {
    let flow = flow(
        "flow: f
fail_fast: true
tasks:
  bad: { command: [x] }
  good: { command: [x] }
  next: { command: [x], depends_on: [good] }
  last: { command: [x], depends_on: [next] }
",
    );
    let whole = Simulation::default().run(&flow, |what| match what {
        "bad@1" => super::simulation::after(2500, crate::run::Outcome::exit(1)),
        _ => fine(),
    });
    whole.is("next", "succeeded").is("last", "succeeded");
    let mut history = whole.history.clone();
    history.ended.clear();
    history
        .attempts
        .retain(|key, _| flow.task(key.task).path != "last");
    let simulation = Simulation {
        history,
        ..Simulation::default()
    };
    let again = simulation.run(&flow, |what| panic!("{what} runs again"));
    again
        .is("next", "succeeded")
        .is("last", "upstream_failed")
        .is("bad", "failed");
}

fn id(flow: &Flow, path: &str) -> TaskId {
    flow.iter()
        .find(|(_, task)| task.path == path)
        .expect("a task")
        .0
}

#[test]
fn a_run_from_a_task_takes_what_is_before_it_from_another() {
    let flow = flow(TEXT);
    let whole = Simulation::default().run(&flow, does);
    let selection = Selection::from(&flow, id(&flow, "each.b"));
    let mut history = whole.history.clone();
    assert_eq!(selection.missing(&flow, &history), []);
    assert_eq!(
        selection.missing(&flow, &History::default()),
        [id(&flow, "make"), id(&flow, "each.a")]
    );
    history.attempts.retain(|key, _| !selection.runs(key.task));
    let simulation = Simulation {
        history,
        selection,
        ..Simulation::default()
    };
    let again = simulation.run(&flow, does);
    assert_eq!(again.tasks, whole.tasks);
    let starts: Vec<&str> = again
        .log
        .iter()
        .filter_map(|line| line.split_once(" start ").map(|(_, what)| what))
        .collect();
    assert_eq!(starts, ["each.b[0]@1", "each.b[2]@1", "join@1", "report@1"]);
}

#[test]
fn only_one_task_runs_when_only_it_is_asked_for() {
    let flow = flow(TEXT);
    let whole = Simulation::default().run(&flow, does);
    let selection = Selection::only(&flow, id(&flow, "join"));
    let mut history = whole.history.clone();
    history.attempts.retain(|key, _| !selection.runs(key.task));
    let simulation = Simulation {
        history,
        selection,
        ..Simulation::default()
    };
    let again = simulation.run(&flow, does);
    let starts = again.log.iter().filter(|line| line.contains(" start "));
    assert_eq!(starts.collect::<Vec<_>>(), ["0 start join@1"]);
    assert_eq!(again.calls["join"].argv, ["[7,7]"]);
}

#[test]
fn attempts_that_no_longer_count_keep_their_numbers() {
    let flow = flow("flow: f\ntasks: { a: { command: [x], retries: 1 } }");
    let key = crate::run::Key {
        task: id(&flow, "a"),
        index: Vec::new(),
    };
    let simulation = Simulation {
        history: History {
            taken: [(key, 2)].into(),
            ..History::default()
        },
        ..Simulation::default()
    };
    let run = simulation.run(&flow, |what| if what == "a@3" { fails() } else { fine() });
    run.is("a", "succeeded@4");
}
