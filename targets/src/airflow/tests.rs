use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::target::{Settings, Target};

use super::Airflow;
use crate::testing::{self, flow};

fn set(version: &str, runner: &str) -> Settings {
    testing::set(&Airflow, Some(version), &[("runner", runner)])
}

fn emit(yaml: &str, version: &str, runner: &str) -> String {
    let bundle = Airflow.emit(&flow(yaml), &set(version, runner));
    bundle.files.into_values().next().unwrap().into()
}

/// The part of the file that is the flow, in Airflow 3 on the worker.
fn lowered(yaml: &str) -> String {
    let text = emit(yaml, "3", "process");
    let at = text.find("# --- The flow").unwrap();
    text[at..].to_owned()
}

/// The codes of the target's own problems.
fn problems(yaml: &str, version: &str, runner: &str) -> Vec<(&'static str, String)> {
    let mut diagnostics = Diagnostics::default();
    Airflow.check(&flow(yaml), &set(version, runner), &mut diagnostics);
    diagnostics
        .into_iter()
        .map(|found| (found.code, found.message))
        .collect()
}

const ALL_WORDS: &str = r#"
flow: everything
description: 'Says "much" of what can be said.'
owner: me
parameters:
  n: { type: integer, default: 3, min: 1, pattern: null }
  s: { type: string, default: abc, pattern: "[a-c]+" }
schedule: { cron: "0 3 * * *", timezone: Europe/Berlin, start: 2026-01-31, catchup: true, overlap: skip }
timeout: 1h
max_parallel: 4
fail_fast: true
defaults: { image: "busybox:1", retries: 1, backoff: { delay: 1s, factor: 2 } }
tasks:
  a:
    env: { S: "${{ secrets.token }}", N: "${{ parameters.n + 1 }}" }
    run: |
      echo "one"
      echo "two"
    retry_on: { exit_codes: [75] }
    outputs: { list: list<integer>, score: number }
    artifacts: { f: file }
  b:
    for_each: ${{ tasks.a.outputs.list }}
    when: ${{ item > 1 }}
    allow_failure: ${{ item == 2 }}
    fail_fast: true
    command: [cp, "${{ tasks.a.artifacts.f }}", "${{ artifacts.g }}"]
    workdir: /tmp
    artifacts: { g: file }
  c:
    env: { G: "${{ default(tasks.b.artifacts.g, '') }}" }
    trigger_rule: all_done
    run: ls "$G"
  g:
    for_each: [x, y]
    tasks:
      d: { env: { I: "${{ item }}" }, run: echo "$I" }
      e: { depends_on: [d], run: "true" }
    outputs: { z: "${{ index }}" }
  w: { wait: 1m, depends_on: [g] }
finally:
  r: { env: { S: "${{ run.status }}" }, run: "true" }
"#;

#[test]
fn every_template_can_be_filled() {
    let yaml = ALL_WORDS.replace(", pattern: null", "");
    for version in ["3", "2.11"] {
        for runner in ["kubernetes", "docker", "process"] {
            let text = emit(&yaml, version, runner);
            assert!(!text.contains("# flowc:"), "{version} {runner}:\n{text}");
            assert!(
                text.lines().all(|line| line.trim_end() == line),
                "{version} {runner}"
            );
        }
    }
}

#[test]
fn helpers_are_only_those_that_are_used() {
    let text = emit("flow: a\ntasks: { t: { run: 'true' } }\n", "3", "process");
    for absent in [
        "FlowItems",
        "run_status",
        "parse_output",
        "MAY_FAIL",
        "secret(",
        "Computed",
    ] {
        assert!(!text.contains(absent), "{absent} in:\n{text}");
    }
    assert!(text.contains("class FlowTask(BaseOperator):"));
}

#[test]
fn a_skip_cannot_come_before_a_failure() {
    let text = lowered(
        "flow: a\ntasks:\n  k: { when: '${{ size(run.id) == 0 }}', run: 'true' }\n  b: { run: 'false' }\n  \
         c: { depends_on: [k, b], run: 'true' }\n",
    );
    assert!(
        text.contains("trigger_rule=\"none_failed\",\n        pre_execute=unless_skipped,"),
        "{text}"
    );
    assert!(text.contains("    [k, b] >> c\n"), "{text}");
}

#[test]
fn a_cleanup_leaf_does_not_decide_the_run() {
    let text = lowered(
        "flow: a\ntasks:\n  b: { run: 'false' }\n  c: { depends_on: [b], trigger_rule: all_done, run: 'true' }\n",
    );
    assert!(
        text.contains("FlowResult(task_id=\"_flowc_result\", trigger_rule=\"all_done\")"),
        "{text}"
    );
    assert!(text.contains("    [b, c] >> _flowc_result\n"), "{text}");
}

#[test]
fn values_that_jinja_would_change_are_computed_in_python() {
    let text = lowered(
        "flow: a\nparameters: { p: x }\ntasks:\n  t:\n    env:\n      A: '{{ ${{ parameters.p }}'\n      \
         B: 'a-${{ parameters.p }}'\n      C: '{{ x }}.sh'\n    run: 'true'\n",
    );
    assert!(
        text.contains("\"A\": Computed(lambda params: \"{{ \" + params[\"p\"])"),
        "{text}"
    );
    assert!(text.contains("\"B\": \"a-{{ params.p }}\""), "{text}");
    assert!(text.contains("\"C\": literal(\"{{ x }}.sh\")"), "{text}");
}

#[test]
fn operators_that_differ_in_python_become_helpers() {
    let text = lowered(
        "flow: a\nparameters: { n: 7, o: { type: object, default: {} } }\ntasks:\n  t:\n    env:\n      \
         A: '${{ parameters.n / 2 }}'\n      B: '${{ parameters.o.x == 1 }}'\n      \
         C: '${{ parameters.n == 1 || parameters.n > 3 && parameters.n != 5 }}'\n    run: 'true'\n",
    );
    assert!(text.contains("divide(params[\"n\"], 2)"), "{text}");
    assert!(text.contains("equal(params[\"o\"][\"x\"], 1)"), "{text}");
    assert!(
        text.contains("params[\"n\"] == 1 or params[\"n\"] > 3 and params[\"n\"] != 5"),
        "{text}"
    );
}

#[test]
fn names_do_not_hide_those_of_the_file() {
    let text = lowered(
        "flow: a\ntasks:\n  text: { run: 'true' }\n  max: { run: 'true' }\n  import: { run: 'true' }\n",
    );
    for name in [
        "text_ = FlowTask(task_id=\"text\"",
        "max_ = FlowTask(",
        "import_ = FlowTask(",
    ] {
        assert!(text.contains(name), "{name} in:\n{text}");
    }
}

#[test]
fn unknown_target_fields_are_reported_with_the_nearest() {
    let yaml = "flow: a\ntasks: { t: { run: 'true', targets: { airflow: { pol: gpu, pool_slots: x } } } }\n";
    let found = problems(yaml, "3", "process");
    let codes: Vec<_> = found.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["unknown-target-field", "type-mismatch"]);
}

#[test]
fn containers_need_images() {
    let yaml = "flow: a\ntasks: { t: { run: 'true' } }\n";
    assert_eq!(problems(yaml, "3", "process"), []);
    assert_eq!(problems(yaml, "3", "kubernetes").len(), 1);
}

#[test]
fn a_secret_inside_of_a_text_cannot_reach_a_pod() {
    let yaml = "flow: a\ndefaults: { image: a }\ntasks: { t: { env: { U: 'x:${{ secrets.s }}' }, run: 'true' } }\n";
    assert_eq!(
        problems(yaml, "3", "kubernetes")[0].0,
        "unsupported-feature"
    );
    assert_eq!(problems(yaml, "3", "docker"), []);
}

#[test]
fn every_feature_has_an_answer_that_says_something() {
    for version in ["3", "2.11"] {
        for runner in ["kubernetes", "docker", "process"] {
            for feature in Feature::all() {
                let (via, more) = match Airflow.support(&set(version, runner), feature) {
                    Support::Native { via } | Support::Emulated { via } => (via, "-"),
                    Support::Lossy { via, loses } => (via, loses),
                    Support::Unsupported { why } => ("-", why),
                };
                assert!(!via.is_empty() && !more.is_empty(), "{}", feature.id());
            }
        }
    }
}

#[test]
fn a_condition_that_can_fail_is_asked_of_all_elements_first() {
    let with = |condition: &str| {
        let each = format!("for_each: [1, 2], when: \"${{{{ {condition} }}}}\"");
        lowered(&format!(
            "flow: f\nparameters: {{ n: 1 }}\ntasks:\n  a: {{ {each}, env: {{ I: \"${{{{ item }}}}\" }}, run: echo }}\n"
        ))
    };
    let sure = with("item % 2 == 0 && item > parameters.n");
    assert!(!sure.contains("FlowItems"), "{sure}");
    let unsure = with("item % parameters.n == 0");
    assert!(
        unsure.contains("condition=lambda item, params:"),
        "{unsure}"
    );
}

const NESTED: &str = "
flow: f
parameters: { rows: [1, 2] }
tasks:
  row:
    for_each: { as: r, in: OUTER }
    tasks:
      cell: { for_each: { as: c, in: INNER }, env: { C: '${{ c }}', R: '${{ r }}' }, run: echo }
";

fn nested(outer: &str, inner: &str) -> String {
    NESTED.replace("OUTER", outer).replace("INNER", inner)
}

fn written_out(outer: &str, inner: &str) -> String {
    let settings = set("3", "process");
    let nested = flow(&nested(outer, inner));
    let plan = Airflow.plan(&nested, &settings);
    let text: String = Airflow.emit(&plan, &settings).files.into_values().collect();
    let at = text.find("# --- The flow").unwrap();
    text[at..].to_owned()
}

#[test]
fn of_two_fan_outs_one_inside_the_other_the_known_one_is_written_out() {
    let inside = written_out("'${{ parameters.rows }}'", "[x, y]");
    assert!(inside.contains("@task_group(group_id=\"row\")"), "{inside}");
    assert!(inside.contains("task_id=\"item_1\""), "{inside}");
    let told = "\"FLOW_TASK\": literal(\"row.cell\")";
    assert!(inside.contains(told), "{inside}");
    let outside = written_out("[x, z]", "'${{ range(parameters.rows[0]) }}'");
    let group = "TaskGroup(group_id=\"item_1\")";
    assert!(outside.contains(group), "{outside}");
    assert_eq!(outside.matches("FlowTask.partial").count(), 2);
    let both = written_out("[x, z]", "[1, 2]");
    assert!(both.contains("@task_group"), "{both}");
}

#[test]
fn two_fan_outs_of_unknown_lists_and_lists_too_long_are_refused() {
    let rows = "'${{ parameters.rows }}'";
    let found = problems(&nested(rows, "'${{ range(r) }}'"), "3", "process");
    let said = |part: &str| {
        let unsupported = |(code, message): &(&str, String)| {
            *code == "unsupported-feature" && message.contains(part)
        };
        found.len() == 1 && unsupported(&found[0])
    };
    assert!(said("`row.cell` is inside of fan-out `row`"), "{found:?}");
    let long = format!("[{}]", vec!["1"; 201].join(", "));
    let found = problems(&nested(rows, &long), "3", "process");
    assert!(found[0].1.contains("201 tasks"), "{found:?}");
}

#[test]
fn rules_that_airflow_decides_for_all_instances_at_once_are_asked_by_a_task_of_each() {
    let yaml = "
flow: f
tasks:
  row:
    for_each: [1, 2]
    tasks:
      a: { run: echo }
      b: { depends_on: [a], trigger_rule: one_failed, run: echo }
      c: { depends_on: [a], trigger_rule: none_failed_min_one_success, run: echo }
";
    let [three, two] = ["3", "2.11"].map(|version| emit(yaml, version, "process"));
    assert!(two.contains("pre_execute=when_one_failed"), "{two}");
    assert!(!three.contains("when_one_failed"), "{three}");
    let joined = "pre_execute=when_none_failed_min_one_success";
    assert!(two.contains(joined) && three.contains(joined), "{three}");
}
