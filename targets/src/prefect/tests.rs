//! Flows in, Prefect files out.

use flowc_core::diagnostic::Diagnostics;
use flowc_core::target::{Settings, Target};

use super::Prefect;
use crate::testing::{self, flow};

fn set(options: &[(&str, &str)]) -> Settings {
    testing::set(&Prefect, Some("3"), options)
}

/// What the target has against a flow.
fn problems(text: &str, options: &[(&str, &str)]) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    Prefect.check(&flow(text), &set(options), &mut diagnostics);
    diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect()
}

/// The file with this ending.
fn file(text: &str, options: &[(&str, &str)], ending: &str) -> Option<String> {
    let files = Prefect.emit(&flow(text), &set(options)).files;
    let found = files.into_iter().find(|(name, _)| name.ends_with(ending));
    found.map(|(_, text)| text.into())
}

fn python(text: &str) -> String {
    file(text, &[("runner", "process")], ".py").unwrap_or_default()
}

/// The part of a file from a line that begins so to the next empty line.
fn part(file: &str, start: &str) -> String {
    let lines = file.lines().skip_while(|line| !line.starts_with(start));
    let part: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    part.join("\n")
}

#[test]
fn a_file_holds_only_the_helpers_that_its_flow_uses() {
    let plain = python("flow: a\ntasks: { t: { run: 'true' } }\n");
    for absent in [
        "def gather",
        "def retryable",
        "ContextVar",
        "def text",
        "prefect_docker",
    ] {
        assert!(!plain.contains(absent), "{absent} in\n{plain}");
    }
    let docker = file(
        "flow: a\ndefaults: { image: x }\ntasks: { t: { run: 'true' } }\n",
        &[],
        ".py",
    );
    assert!(docker.is_some_and(|text| text.contains("from prefect_docker.host import DockerHost")));
}

#[test]
fn a_task_asks_its_rule_of_exactly_the_tasks_before_it() {
    let text = "flow: a\ntasks:\n  one: { run: 'true' }\n  two: { run: 'true' }\n  \
                three: { depends_on: [one, two], trigger_rule: one_failed, run: 'true' }\n";
    let three = part(&python(text), "def three");
    assert!(
        three.starts_with(
            "def three(one, two):\n    if ended := unless_one_failed(one, two):\n        return ended\n"
        ),
        "{three}"
    );
}

#[test]
fn delays_are_written_out_unless_they_only_double() {
    let retry = |backoff: &str, retries: u32| {
        let text = format!(
            "flow: a\ntasks: {{ t: {{ run: 'true', retries: {retries}, backoff: {backoff} }} }}\n"
        );
        let file = python(&text);
        let line = file
            .lines()
            .find(|line| line.contains("retry_delay_seconds"));
        let (_, delay) = line
            .and_then(|line| line.split_once("retry_delay_seconds="))
            .unwrap_or_default();
        delay
            .split(", retry_condition_fn")
            .next()
            .unwrap_or_default()
            .trim_end_matches(',')
            .to_owned()
    };
    assert_eq!(retry("{ delay: 30s }", 4), "30");
    assert_eq!(
        retry("{ delay: 10s, factor: 2 }", 4),
        "exponential_backoff(backoff_factor=10)"
    );
    assert_eq!(retry("{ delay: 1s, factor: 3 }", 3), "[1, 3, 9]");
    assert_eq!(
        retry("{ delay: 10s, factor: 2, max_delay: 15s }", 4),
        "[10, 15]"
    );
}

#[test]
fn a_question_has_its_choices_its_default_and_its_time() {
    let text = "flow: a\ntasks: { ask: { approve: { message: 'Go \"on\"?', choices: [go, stay], \
                default: stay, timeout: 1h } } }\n";
    let ask = part(&python(text), "def ask()");
    for wanted in [
        "'Go \"on\"?'",
        "Literal[\"go\", \"stay\"]",
        "default=\"stay\"",
        "timeout=3600",
    ] {
        assert!(ask.contains(wanted), "{wanted} in\n{ask}");
    }
    assert!(python(text).contains("pause_flow_run("));
}

#[test]
fn a_pod_has_what_the_task_says_of_it_and_nothing_else() {
    let text = "flow: a\ndefaults: { image: x }\ntasks:\n  t:\n    run: 'true'\n    \
                resources: { cpu: 500m, memory: 1Gi, gpu: { count: 1, kind: a100 }, disk: 2Gi }\n    \
                kubernetes:\n      service_account: me\n      priority_class: high\n      \
                affinity: { podAffinity: {} }\n      image_pull_secrets: [key]\n      \
                annotations: { a: b }\n  plain: { run: 'true' }\n";
    let file = file(text, &[("runner", "kubernetes")], ".py").unwrap_or_default();
    let task = part(&file, "def t");
    let flat: String = task.split_whitespace().collect();
    for wanted in [
        "\"requests\":{\"cpu\":\"500m\",\"memory\":\"1Gi\",\"ephemeral-storage\":\"2Gi\"",
        "\"limits\":{\"memory\":\"1Gi\",\"nvidia.com/gpu\":\"1\"}",
        "\"serviceAccountName\":\"me\"",
        "\"nodeSelector\":{\"nvidia.com/gpu.product\":\"a100\"}",
        "\"affinity\":{\"podAffinity\":{}}",
        "\"imagePullSecrets\":[{\"name\":\"key\"}]",
        "\"priorityClassName\":\"high\"",
        "\"metadata\":{\"annotations\":{\"a\":\"b\"}}",
    ] {
        assert!(flat.contains(wanted), "{wanted} in\n{task}");
    }
    assert!(!part(&file, "def plain").contains("pod="));
    assert!(file.contains("from prefect_kubernetes.jobs import KubernetesJob"));
}

#[test]
fn a_deployment_is_written_where_there_is_something_to_deploy() {
    let yaml = |text: &str| file(text, &[("runner", "process")], "prefect.yaml");
    assert_eq!(yaml("flow: a\ntasks: { t: { run: 'true' } }\n"), None);
    let deployed = yaml(
        "flow: a\ntags: [x]\nschedule: { cron: '0 6 * * *', timezone: Asia/Tokyo, overlap: skip }\n\
         tasks: { t: { run: 'true' } }\n",
    );
    let deployed = deployed.unwrap_or_default();
    for wanted in [
        "timezone: Asia/Tokyo",
        "collision_strategy: CANCEL_NEW",
        "- x",
        "entrypoint: a.py:a",
    ] {
        assert!(deployed.contains(wanted), "{wanted} in\n{deployed}");
    }
}

#[test]
fn names_of_tasks_never_hide_what_the_file_calls() {
    let text = "flow: process\ntasks:\n  task: { run: 'true' }\n  flow: { run: 'true' }\n  \
                value: { depends_on: [task, flow], run: 'true' }\n  asked: { run: 'true' }\n";
    let file = python(text);
    for wanted in [
        "def task_task(",
        "def flow_task(",
        "def value_task(",
        "def process_flow(",
    ] {
        assert!(file.contains(wanted), "{wanted} in\n{file}");
    }
}

#[test]
fn a_container_needs_an_image() {
    let text = "flow: a\ntasks: { t: { run: 'true' } }\n";
    for runner in ["docker", "kubernetes"] {
        assert_eq!(
            problems(text, &[("runner", runner)]),
            ["unsupported-feature: task `t` has no image to run in"]
        );
    }
    assert!(problems(text, &[("runner", "process")]).is_empty());
}

#[test]
fn parameters_that_prefect_keeps_are_renamed_with_a_warning() {
    let text = "flow: a\nparameters: { wait_for: 1 }\n\
                tasks: { t: { env: { W: '${{ parameters.wait_for }}' }, run: 'true' } }\n";
    let found = problems(text, &[("runner", "process")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("lossy-feature: parameter `wait_for` is called `wait_for_`"));
    assert!(python(text).contains("wait_for_: Integer = 1"));
}

#[test]
fn fields_of_the_target_are_checked_and_reach_the_decorator() {
    let with = |fields: &str| {
        format!("flow: a\ntasks: {{ t: {{ run: 'true', targets: {{ prefect: {fields} }} }} }}\n")
    };
    let found = problems(&with("{ tag: [x] }"), &[("runner", "process")]);
    assert_eq!(
        found,
        ["unknown-target-field: target `prefect` has no field `tag` here"]
    );
    let found = problems(&with("{ tags: x }"), &[("runner", "process")]);
    assert_eq!(
        found,
        ["type-mismatch: `tags` of target `prefect` must be a list of texts"]
    );
    assert!(python(&with("{ tags: [x] }")).contains("@task(tags=[\"x\"])"));
}
