//! Parameters, references, secrets, services.

use indexmap::IndexMap;

use super::simulation::{Simulation, fine, flow, list, run};
use crate::expr::Value;
use crate::run::{Facts, Machine, RefusedParameter};

#[test]
fn refused_parameters_are_all_named_and_nothing_starts() {
    let flow = flow(
        "flow: f
parameters: { n: { type: integer, max: 3 }, word: hello, must: { type: string } }
tasks: { a: { command: ['${{ parameters.n }}', '${{ parameters.word }}', '${{ parameters.must }}'] } }
finally: { f: { command: [x] } }
",
    );
    let given: IndexMap<String, Value> = [
        ("n".to_owned(), Value::Integer(4)),
        ("wrod".to_owned(), Value::Null),
    ]
    .into();
    let refused = Machine::new(&flow, &given, Facts::default())
        .map(|_| ())
        .expect_err("refused");
    let names: Vec<&str> = refused
        .iter()
        .map(|RefusedParameter { parameter, .. }| parameter.as_str())
        .collect();
    assert_eq!(names, ["wrod", "n", "must"]);
}

#[test]
fn a_parameter_of_a_run_beats_the_default() {
    let flow = flow(
        "flow: f
parameters: { n: 1.0, all: { type: list<string>, default: [a] } }
tasks: { a: { for_each: '${{ parameters.all }}', command: ['${{ parameters.n }}', '${{ item }}'] } }
",
    );
    let simulation = Simulation {
        parameters: [
            ("n".to_owned(), Value::Integer(2)),
            ("all".to_owned(), list(r#"["p", "q"]"#)),
        ]
        .into(),
        ..Simulation::default()
    };
    let run = simulation.run(&flow, |_| fine());
    assert_eq!(run.calls["a[1]"].argv, ["2", "q"]);
}

#[test]
fn facts_and_secrets_reach_the_environment() {
    let run = run(
        "flow: f
tasks:
  a:
    env: { ID: '${{ run.id }}', D: '${{ run.date }}', AT: '${{ run.scheduled_at }}', T: 'x ${{ secrets.token }}' }
    run: echo
",
        |_| fine(),
    );
    assert_eq!(run.env("a", "ID"), "run-1");
    assert_eq!(run.env("a", "D"), "2026-01-31");
    assert_eq!(run.env("a", "AT"), "2026-01-31T03:00:00Z");
    assert_eq!(run.env("a", "T"), "x s3cret");
    assert_eq!(run.env("a", "FLOW_RUN_ID"), "run-1");
    assert_eq!(run.calls["a"].argv, ["sh", "-e", "-c", "echo"]);
}

#[test]
fn services_start_before_and_stop_after_what_they_are_for() {
    let run = run(
        "flow: f
services: { cache: { image: 'redis:7' } }
tasks:
  g:
    services: { db: { image: 'postgres:16' } }
    tasks: { a: { command: [x] } }
",
        |_| fine(),
    );
    let log: Vec<&str> = run.log.iter().map(String::as_str).collect();
    assert_eq!(
        log,
        [
            "0 services start",
            "0 services start",
            "0 start g.a@1",
            "1 end g.a@1",
            "1 services stop",
            "1 services stop"
        ]
    );
    assert_eq!(run.calls["g.a"].services.len(), 2);
}
