//! `compare`: what targets make of a flow, side by side.

use serde_json::Value;

use super::{Place, WRONG};

const FLOW: &str = "\
flow: nightly
schedule: { cron: '0 3 * * *', overlap: skip }
defaults: { image: 'busybox:1.36' }
tasks:
  list:
    run: echo '[\"a\"]' > \"$FLOW_OUTPUTS/names\"
    outputs: { names: list }
  load:
    for_each: ${{ tasks.list.outputs.names }}
    env: { NAME: '${{ item }}' }
    run: echo \"$NAME\"
  both:
    for_each: [x, y]
    env: { NAME: '${{ item }}' }
    run: echo \"$NAME\"
";

#[test]
fn a_loss_is_told_with_its_line_and_its_reason() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place.run("compare --target argo,airflow").fine();
    let line = |start: &str| {
        run.out
            .lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no line starts with {start:?} in\n{}", run.out))
    };
    let words: Vec<&str> = line("skipping a scheduled run")
        .rsplit_once(':')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    assert_eq!(words, ["2", "native", "lossy"]);
    assert!(line("  lossy  flow.yaml:2: skipping").contains("; lost: "));
    assert!(
        run.out
            .contains("  a run   3 pods and 1 for each element of load\n"),
        "{}",
        run.out
    );
}

#[test]
fn programs_read_all_of_it() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place
        .run("compare --target airflow@2.11 --format json")
        .fine();
    let all: Value = serde_json::from_str(&run.out).unwrap();
    let target = &all["targets"][0];
    assert_eq!(target["target"], "airflow@2.11");
    assert_eq!(target["compiles"], true);
    assert_eq!(target["processes"]["fixed"], 3);
    assert_eq!(target["processes"]["per_element"][0]["of"], "load");
    let features = all["features"].as_array().unwrap();
    assert_eq!(features.len(), target["support"].as_array().unwrap().len());
    let schedule = features.iter().find(|row| row["feature"] == "schedule");
    assert_eq!(schedule.unwrap()["first"], "flow.yaml:2");
}

#[test]
fn a_target_that_refuses_the_flow_is_no_failure_and_says_why() {
    let flow = FLOW.replace("overlap: skip", "overlap: replace");
    let place = Place::new(&[("flow.yaml", &flow)]);
    let run = place.run("compare --target airflow").fine();
    assert!(run.out.contains("refuses this flow"), "{}", run.out);
    assert!(run.out.contains("\n  no  flow.yaml:2: "), "{}", run.out);
}

#[test]
fn a_flow_that_is_wrong_is_not_compared() {
    let place = Place::new(&[("flow.yaml", WRONG)]);
    let run = place.run("compare").problems();
    assert_eq!(run.out, "");
    assert!(run.err.contains("error[unknown-task]"), "{}", run.err);
}
