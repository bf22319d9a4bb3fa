//! Large runs take time that grows with their size, not with its square.

use super::simulation::{Simulation, flow, run};
use crate::run::{Outcome, State};

fn at_once(_: &str) -> super::simulation::Does {
    super::simulation::after(0, Outcome::succeeded())
}

#[test]
fn ten_thousand_tasks_in_a_chain() {
    let mut text = String::from("flow: f\ntasks:\n  t0: { command: [x] }\n");
    for task in 1..10_000 {
        text.push_str(&format!(
            "  t{task}: {{ command: [x], depends_on: [t{}] }}\n",
            task - 1
        ));
    }
    let run = run(&text, at_once);
    run.is("t9999", "succeeded").ended(State::Succeeded);
}

#[test]
fn a_chain_that_is_skipped_or_failed_to_its_end() {
    let mut text = String::from(
        "flow: f\nparameters: { no: false }\ntasks:\n  t0: { command: [x], when: '${{ parameters.no }}' }\n",
    );
    for task in 1..10_000 {
        text.push_str(&format!(
            "  t{task}: {{ command: [x], depends_on: [t{}] }}\n",
            task - 1
        ));
    }
    run(&text, at_once).is("t9999", "skipped");
}

#[test]
fn a_fan_out_over_a_thousand_inside_of_ten() {
    let text = "flow: f
max_parallel: 7
tasks:
  rows:
    for_each: ${{ range(10) }}
    max_parallel: 3
    tasks:
      cells: { for_each: '${{ range(1000) }}', max_parallel: 5, command: [x] }
      after: { command: [x], depends_on: [cells] }
";
    let run = Simulation::default().run(&flow(text), at_once);
    run.is("rows.cells[9,999]", "succeeded")
        .ended(State::Succeeded);
    assert_eq!(run.most, 7);
}
