//! Ten thousand random flows through the reference runner's core, held against the model of the rules
//! in [`flowc_tests::random`].

use std::collections::BTreeMap;

use flowc_core::checks;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow;
use flowc_core::resolve::resolve;
use flowc_core::run::{Action, Call, Event, Facts, Key, Machine, Moment, Outcome};
use flowc_core::source::Sources;
use flowc_tests::random::{Flow, Reach, Shape, flows};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::harness::Files;

/// Everything that the language has for them.
const REACH: Reach = Reach {
    tasks: 30,
    nested: true,
    allowed_items: true,
};

/// In parts, so that they run on several cores; together ten thousand.
const CASES: u32 = 2_500;

#[test]
fn random_flows_end_as_the_rules_say_first_part() {
    hold(1);
}

#[test]
fn random_flows_end_as_the_rules_say_second_part() {
    hold(2);
}

#[test]
fn random_flows_end_as_the_rules_say_third_part() {
    hold(3);
}

#[test]
fn random_flows_end_as_the_rules_say_fourth_part() {
    hold(4);
}

/// What the flows are made of is there: without it the test above would prove nothing.
#[test]
fn random_flows_are_of_every_kind() {
    let texts: Vec<(Flow, String)> = flowc_tests::random::draw(REACH, 7, 300)
        .iter()
        .map(|drawn| (drawn.flow(), drawn.flow().text("random")))
        .collect();
    let with = |part: &str| texts.iter().filter(|(_, text)| text.contains(part)).count();
    for part in [
        "trigger_rule: none_failed_min_one_success",
        "trigger_rule: all_skipped",
        "when: ${{ parameters.off",
        "item > 0",
        "for_each: { as: item, in: [] }",
        "for_each: { as: each",
        "allow_failure: ${{ item == 8 }}",
        "allow_failure: true",
        "retries: 2",
        "finally:",
    ] {
        assert!(with(part) >= 10, "{part}: {}", with(part));
    }
    let ends = |state: &str| {
        let ended = |(flow, _): &&(Flow, String)| flow.expected().run == state;
        texts.iter().filter(ended).count()
    };
    assert!(ends("failed") >= 60 && ends("succeeded") >= 60);
    assert!(texts.iter().any(|(flow, _)| flow.len() > 20));
    assert!(texts.iter().all(|(flow, _)| flow.len() <= 30));
}

fn hold(seed: u8) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&(flows(REACH), any::<u64>()), |(random, order)| {
        let text = random.text("random");
        let flow = resolved(&text).map_err(TestCaseError::fail)?;
        let expected = random.expected();
        let (run, tasks) = run(&flow, order);
        prop_assert_eq!(run, expected.run, "the run of\n{}", text);
        let mut met = 0;
        for (path, shape) in &expected.tasks {
            for (place, wanted) in places(path, shape) {
                let got = found(&tasks, &place, wanted);
                prop_assert_eq!(got, wanted, "{} of\n{}", place, text);
                met += 1;
            }
        }
        prop_assert!(met > 0);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// `t1[0][2]` and its state, for each instance.
fn places<'a>(place: &str, shape: &'a Shape) -> Vec<(String, &'a str)> {
    match shape {
        Shape::One(state) => vec![(place.to_owned(), state.as_str())],
        Shape::Many(instances) => instances
            .iter()
            .enumerate()
            .flat_map(|(position, shape)| places(&format!("{place}[{position}]"), shape))
            .collect(),
    }
}

/// What the runner said of an instance. What never started may have one state or that of each of its
/// instances, and what a condition filters out need not have come to be.
fn found(tasks: &BTreeMap<String, String>, place: &str, wanted: &str) -> String {
    if let Some(got) = tasks.get(place) {
        return got.clone();
    }
    let within = format!("{place}[");
    let mut instances = tasks
        .range(within.clone()..)
        .take_while(|(name, _)| name.starts_with(&within))
        .map(|(_, state)| state.as_str())
        .peekable();
    let never = matches!(wanted, "skipped" | "upstream_failed");
    let filtered = wanted == "skipped" && place.ends_with(']');
    if never && (filtered || instances.peek().is_some()) && instances.all(|got| got == wanted) {
        return wanted.to_owned();
    }
    "absent".to_owned()
}

fn resolved(text: &str) -> Result<flow::Flow, String> {
    resolved_with(text, BTreeMap::new())
}

/// The flow of a text without problems, and of the files that it names.
pub fn resolved_with(text: &str, files: BTreeMap<String, String>) -> Result<flow::Flow, String> {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let file = sources.add("flow.yaml", text);
    let mut files = Files::Given(files);
    let flow = resolve(&mut sources, file, &mut files, &mut diagnostics);
    let flow = flow.ok_or_else(|| format!("no flow from\n{text}"))?;
    checks::check(&flow, &mut diagnostics);
    if diagnostics.has_errors() {
        let said: Vec<&str> = diagnostics.iter().map(|one| one.message.as_str()).collect();
        return Err(format!("{said:?} in\n{text}"));
    }
    Ok(flow)
}

/// Run it; processes end in an order that `order` decides. Each task and instance with its state.
pub fn run(flow: &flow::Flow, order: u64) -> (&'static str, BTreeMap<String, String>) {
    run_with(flow, order, &mut outcome)
}

/// Of an instance, its path and its positions: `t1[0][2]`.
pub fn place(flow: &flow::Flow, key: &Key) -> String {
    let mut place = flow.task(key.task).path.clone();
    for position in &key.index {
        place.push_str(&format!("[{position}]"));
    }
    place
}

/// The same; what comes of a process is for `outcome` to say.
pub fn run_with(
    flow: &flow::Flow,
    mut order: u64,
    outcome: &mut dyn FnMut(&Call) -> Outcome,
) -> (&'static str, BTreeMap<String, String>) {
    let mut machine = Machine::new(flow, &Default::default(), Facts::default()).unwrap();
    let mut now = Moment(0);
    let mut going: Vec<Box<Call>> = Vec::new();
    let mut tasks = BTreeMap::new();
    loop {
        for action in machine.poll(now) {
            match action {
                Action::Start(call) => going.push(call),
                Action::Tell(Event::TaskEnded(ended)) => {
                    let place = place(flow, &ended.key);
                    let state = ended.state.as_str();
                    let said = match ended.attempts {
                        0 | 1 => state.to_owned(),
                        attempts => format!("{state}@{attempts}"),
                    };
                    tasks.insert(place, said);
                }
                Action::Tell(_) => {}
                other => panic!("not asked for: {other:?}"),
            }
        }
        if let Some(state) = machine.state() {
            return (state.as_str(), tasks);
        }
        if going.is_empty() {
            now = machine
                .next_wake()
                .expect("nothing to do and not at its end");
            continue;
        }
        order = order
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let next = (order >> 33) as usize % going.len();
        let call = going.swap_remove(next);
        now = Moment(now.0 + 1);
        machine.attempt_ended(call.attempt, outcome(&call), now);
    }
}

/// What its script does: well from the attempt on that it needs. A process of several tasks does well
/// when each of them does.
pub fn outcome(call: &Call) -> Outcome {
    let needs = call
        .env
        .iter()
        .filter(|(name, _)| name == "NEED" || name.ends_with("_NEED"));
    let needs: Vec<u32> = needs.map(|(_, need)| need.parse().unwrap()).collect();
    assert!(!needs.is_empty());
    if needs.iter().all(|need| call.attempt.number >= *need) {
        Outcome::succeeded()
    } else {
        Outcome::exit(1)
    }
}
