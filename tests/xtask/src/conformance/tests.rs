//! The comparison itself.

use serde_json::json;

use super::compare::differences;
use super::expect::{self, Rule, Run};
use super::trace::{End, Outcome, Span, State, Trace};
use super::{adapters, page};
use crate::house;

fn run(value: serde_json::Value) -> Run {
    serde_json::from_value(value).expect("a run")
}

fn ran(state: State, attempts: usize) -> Outcome {
    Outcome {
        attempts,
        ..Outcome::of(state)
    }
}

fn at(spans: &[(f64, f64)]) -> Outcome {
    let span = |&(began, ended): &(f64, f64)| Span { began, ended };
    Outcome {
        spans: spans.iter().map(span).collect(),
        ..ran(State::Succeeded, spans.len())
    }
}

#[test]
fn a_run_as_wanted_has_no_differences() {
    let wanted = run(json!({
        "name": "x", "run": "succeeded",
        "tasks": { "a": "succeeded@2", "d": ["succeeded", "skipped"], "n": [["failed@3"], "skipped"] },
        "outputs": { "a.n": 5, "d.o": ["x"] }
    }));
    let mut got = Trace::new("x", End::Succeeded);
    let mut a = ran(State::Succeeded, 2);
    a.outputs.insert("n".to_owned(), json!(5.0));
    got.put("a", &[], a);
    let mut d = ran(State::Succeeded, 1);
    d.outputs.insert("o".to_owned(), json!("x"));
    got.put("d", &[0], d);
    got.put("n", &[0, 0], ran(State::Failed, 3));
    assert_eq!(differences(&wanted, &got, "airflow@3", true), [""; 0]);
}

#[test]
fn each_thing_that_is_not_as_wanted_is_told() {
    let wanted = run(json!({
        "name": "x", "run": "failed", "tasks": { "a": "succeeded", "b": "skipped" },
        "outputs": { "a.n": 6 }, "log": ["hello"]
    }));
    let mut got = Trace::new("x", End::Succeeded);
    let mut a = ran(State::Succeeded, 2);
    a.outputs.insert("n".to_owned(), json!(5));
    got.put("a", &[], a);
    got.put("c", &[], Outcome::default());
    assert_eq!(
        differences(&wanted, &got, "airflow@3", true),
        [
            "the run is succeeded, not failed",
            "a is succeeded@2, not succeeded",
            "there is no task b",
            "there is a task c, which is not expected",
            "output a.n is 5, not 6",
            "the log does not say: hello",
        ]
    );
}

#[test]
fn a_refused_run_starts_nothing() {
    let wanted = run(json!({ "name": "x", "refused": true }));
    assert_eq!(
        differences(&wanted, &Trace::new("x", End::Failed), "airflow@3", true),
        ["the run is failed, not refused"]
    );
    let mut got = Trace::new("x", End::Refused);
    assert_eq!(differences(&wanted, &got, "airflow@3", true), [""; 0]);
    got.put("a", &[], ran(State::Failed, 1));
    assert_eq!(differences(&wanted, &got, "airflow@3", true).len(), 1);
}

#[test]
fn a_fan_out_that_never_started_may_have_one_state_or_many() {
    let wanted = run(json!({
        "name": "x", "run": "failed", "tasks": { "d": "upstream_failed", "e": ["skipped", "skipped"] }
    }));
    let mut got = Trace::new("x", End::Failed);
    got.put("d", &[0], Outcome::of(State::UpstreamFailed));
    got.put("d", &[1], Outcome::of(State::UpstreamFailed));
    got.put("e", &[], Outcome::of(State::Skipped));
    assert_eq!(differences(&wanted, &got, "airflow@3", true), [""; 0]);
    got.put("d", &[2], Outcome::of(State::Skipped));
    assert_eq!(differences(&wanted, &got, "airflow@3", true).len(), 1);
}

#[test]
fn the_line_of_a_group_stands_for_its_tasks() {
    let wanted = run(json!({ "name": "x", "run": "succeeded", "tasks": { "g": "skipped" } }));
    let mut got = Trace::new("x", End::Succeeded);
    got.put("g.a", &[], Outcome::of(State::Skipped));
    got.put("g.b", &[], Outcome::of(State::Skipped));
    assert_eq!(differences(&wanted, &got, "airflow@3", true), [""; 0]);
    got.put("g.b", &[], ran(State::Succeeded, 1));
    assert_eq!(
        differences(&wanted, &got, "airflow@3", true),
        ["g.b is succeeded, not skipped"]
    );
}

#[test]
fn a_group_that_did_not_start_in_some_instances_stands_for_its_tasks_there() {
    let wanted = run(json!({ "name": "x", "run": "failed", "tasks": {
        "g.a": ["succeeded", "upstream_failed"], "g.in.b": ["skipped", "upstream_failed"]
    } }));
    let mut got = Trace::new("x", End::Failed);
    got.put("g", &[1], Outcome::of(State::UpstreamFailed));
    got.put("g.a", &[0], ran(State::Succeeded, 1));
    got.put("g.in", &[0], Outcome::of(State::Skipped));
    assert_eq!(differences(&wanted, &got, "prefect@3", true), [""; 0]);
    got.put("g", &[1], Outcome::of(State::Skipped));
    assert_eq!(
        differences(&wanted, &got, "prefect@3", true),
        [
            "g.a is [succeeded, skipped], not [succeeded, upstream_failed]",
            "g.in.b is [skipped, skipped], not [skipped, upstream_failed]"
        ]
    );
}

#[test]
fn what_a_target_shows_otherwise_holds_for_that_target_only() {
    let wanted = run(json!({
        "name": "x", "run": "failed", "tasks": { "a": "upstream_failed" },
        "shown": { "airflow": { "a": "failed" } }
    }));
    let mut got = Trace::new("x", End::Failed);
    got.put("a", &[], ran(State::Failed, 1));
    assert_eq!(differences(&wanted, &got, "airflow@2.11", true), [""; 0]);
    assert_eq!(differences(&wanted, &got, "run", true).len(), 1);
}

#[test]
fn facts_about_time_are_held_against_the_attempts() {
    let wanted = run(json!({
        "name": "x", "run": "succeeded", "tasks": { "a": "succeeded@2", "b": ["succeeded", "succeeded"] },
        "order": ["a before b", "b[0] beside b[1]", "at most 1 of b", "a waits 2s"]
    }));
    let mut got = Trace::new("x", End::Succeeded);
    got.put("a", &[], at(&[(0.0, 1.0), (2.0, 4.0)]));
    got.put("b", &[0], at(&[(3.0, 5.0)]));
    got.put("b", &[1], at(&[(4.0, 6.0)]));
    assert_eq!(
        differences(&wanted, &got, "run", true),
        [
            "not so: a before b; it is 1.00 s late",
            "not so: at most 1 of b; there were 2",
            "not so: a waits 2s; the waits were [1.00]",
        ]
    );
}

#[test]
fn facts_need_times() {
    let wanted = run(json!({
        "name": "x", "run": "succeeded", "tasks": { "a": "succeeded" }, "order": ["a before a"]
    }));
    let mut got = Trace::new("x", End::Succeeded);
    got.put("a", &[], ran(State::Succeeded, 1));
    assert_eq!(
        differences(&wanted, &got, "run", true),
        ["no times are known of a"]
    );
}

#[test]
fn every_expectation_can_be_read_and_says_what_it_is_about() {
    let page = std::fs::read_to_string(house::root().join("docs/language.md")).expect("the page");
    let mut numbers = Vec::new();
    for case in expect::cases().expect("the cases") {
        let mut names: Vec<&str> = case
            .expectation
            .cases
            .iter()
            .map(|run| &*run.name)
            .collect();
        names.sort_unstable();
        assert!(
            names.windows(2).all(|two| two[0] != two[1]),
            "{}: a name twice",
            case.name
        );
        for rule in &case.expectation.rule {
            match rule {
                Rule::Number(number) => {
                    assert!(
                        page.contains(&format!("\n{number}. ")),
                        "{}: no rule {number}",
                        case.name
                    );
                    numbers.push(*number);
                }
                Rule::Section(name) => {
                    let heading = format!("# {name}\n");
                    let paragraph = format!("**{name}");
                    let known = page.contains(&heading) || page.contains(&paragraph);
                    assert!(known, "{}: the page has no `{name}`", case.name);
                }
            }
        }
        if !case.name.starts_with("examples/") {
            assert!(!case.expectation.rule.is_empty(), "{}: no rule", case.name);
            assert!(
                case.expectation.cannot_run.is_none(),
                "{}: a case must run",
                case.name
            );
            assert!(!case.expectation.cases.is_empty(), "{}: no run", case.name);
        }
    }
    for number in 1..=8 {
        assert!(numbers.contains(&number), "no case is about rule {number}");
    }
}

#[test]
fn the_page_is_of_these_cases_and_targets() {
    let page =
        std::fs::read_to_string(house::root().join("docs/conformance.md")).expect("the page");
    let readme = std::fs::read_to_string(house::root().join("README.md")).expect("the README");
    let cases = expect::cases().expect("the cases");
    let columns = page::read(&page);
    let how = "`cargo xtask conformance --target X --write` writes the column of a target";
    let targets: Vec<&str> = adapters().iter().map(|adapter| adapter.target()).collect();
    for column in &columns {
        let target = column.target();
        assert!(targets.contains(&target), "nothing runs {target}");
    }
    for target in ["run", "airflow@3", "airflow@2.11"] {
        let written = columns.iter().any(|column| column.target() == target);
        assert!(written, "no column of {target}; {how}");
    }
    for case in &cases {
        let row = format!("| {} | {} |", case.name, case.expectation.rules());
        assert!(page.contains(&row), "no row of {}; {how}", case.name);
        for column in &columns {
            let cell = column.cell(&case.name);
            let place = format!("{} on {}", case.name, column.target());
            assert!(!cell.contains("wrong"), "{place} goes wrong");
        }
    }
    let totals = page::totals(&cases, &columns);
    assert!(page.contains(&totals), "the page has other totals; {how}");
    assert!(
        readme.contains(&totals),
        "the README has other totals; {how}"
    );
}
