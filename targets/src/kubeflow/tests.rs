//! Flows in, what is said and written out.

use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow::Flow;
use flowc_core::target::{Settings, Target};
use serde_json::Value;

use super::Kubeflow;
use crate::testing::{self, flow_with};

const PART: &str = "\
flow: part
defaults: { image: a }
parameters: { size: { type: integer, max: 10 } }
tasks:
  use: { env: { SIZE: \"${{ parameters.size }}\" }, run: \"true\" }
";

fn flow(text: &str) -> Flow {
    flow_with(text, Some(PART))
}

fn set() -> Settings {
    testing::set(&Kubeflow, None, &[])
}

fn whole(rest: &str) -> String {
    format!("flow: whole\ndefaults: {{ image: a }}\n{rest}")
}

/// What the target says of a flow of these tasks.
fn problems(tasks: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let flow = flow(&whole(&format!("tasks:\n{tasks}")));
    Kubeflow.check(&flow, &set(), &mut diagnostics);
    diagnostics
        .iter()
        .map(|found| format!("{}: {}", found.code, found.message))
        .collect()
}

/// The documents of the file, read back.
fn documents(rest: &str) -> Vec<Value> {
    let bundle = Kubeflow.emit(&flow(&whole(rest)), &set());
    let text: String = bundle.files.into_values().collect();
    let read = text.split("\n---\n").map(serde_yaml::from_str::<Value>);
    match read.collect() {
        Ok(documents) => documents,
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// A task of the outermost DAG.
fn task(rest: &str, name: &str) -> Value {
    let mut documents = documents(rest);
    documents[0]["root"]["dag"]["tasks"][name].take()
}

/// What the Kubernetes part says of the only task that has one.
fn pod(fields: &str) -> Value {
    let documents = documents(&format!("tasks:\n  t: {{ run: 'true', {fields} }}\n"));
    let all = &documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"];
    let pods = all.as_object().map(|all| all.values().cloned());
    pods.into_iter().flatten().next().unwrap_or_default()
}

#[test]
fn a_limited_value_for_each_element_of_a_sub_flow_is_refused() {
    let found = problems(
        "  part: { for_each: { as: each, in: [1, 11] }, flow: part.yaml, with: { size: \"${{ each }}\" } }\n",
    );
    let refusal = "Kubeflow cannot refuse a value of `size` for a single element";
    assert_eq!(found, [format!("unsupported-feature: {refusal}")]);
}

#[test]
fn a_limited_value_for_a_sub_flow_inside_a_fan_out_is_taken() {
    let found = problems(
        "  group:\n    for_each: { as: each, in: [1, 11] }\n    tasks:\n      part: { flow: part.yaml, with: { size: \"${{ each }}\" } }\n",
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn retries_have_the_policy_that_the_backoff_asks_for() {
    let policy = |fields: &str| {
        let rest = format!("tasks:\n  t: {{ run: 'true', {fields} }}\n");
        task(&rest, "t")["retryPolicy"].take()
    };
    assert_eq!(policy("retries: 0"), Value::Null);
    let found = policy("retries: 3, backoff: { delay: 10s, factor: 2, max_delay: 1m }");
    assert_eq!(found["maxRetryCount"], 3);
    assert_eq!(found["backoffDuration"], "10s");
    assert_eq!(found["backoffFactor"], 2.0);
    assert_eq!(found["backoffMaxDuration"], "60s");
    // Without a word about it Kubeflow would cut waits at an hour.
    let found = policy("retries: 2, backoff: { delay: 2h, factor: 2 }");
    assert_eq!(found["backoffMaxDuration"], "14400s");
}

#[test]
fn results_are_used_again_only_where_the_flow_asks() {
    let cached = |fields: &str| {
        let rest = format!("tasks:\n  t: {{ run: 'true'{fields} }}\n");
        task(&rest, "t")["cachingOptions"]["enableCache"].take()
    };
    assert_ne!(cached(""), Value::Bool(true));
    assert_eq!(cached(", cache: { key: a }"), Value::Bool(true));
}

#[test]
fn a_fan_out_has_its_limit() {
    let each = |fields: &str| {
        let rest = format!("tasks:\n  t: {{ run: 'true', for_each: [1, 2, 3]{fields} }}\n");
        let documents = documents(&rest);
        let text = documents[0].to_string();
        text.contains("\"parallelismLimit\":2")
    };
    assert!(each(", max_parallel: 2"));
    assert!(!each(""));
}

#[test]
fn a_task_that_reads_how_the_run_ended_is_an_exit_task() {
    let rest = "tasks:\n  t: { run: 'true' }\nfinally:\n  \
                tell: { env: { S: '${{ run.status }}' }, run: 'true' }\n";
    let tell = task(rest, "tell");
    assert_eq!(
        tell["triggerPolicy"]["strategy"],
        "ALL_UPSTREAM_TASKS_COMPLETED"
    );
}

#[test]
fn node_affinity_becomes_terms_with_weights_for_wishes() {
    let found = pod("kubernetes: { affinity: { nodeAffinity: { \
         requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: \
         [{ key: zone, operator: In, values: [a, b] }] }] }, \
         preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: { matchFields: \
         [{ key: metadata.name, operator: Exists }] } }] } } }");
    let wanted = serde_json::json!([
        { "matchExpressions": [{ "key": "zone", "operator": "In", "values": ["a", "b"] }] },
        { "matchFields": [{ "key": "metadata.name", "operator": "Exists" }], "weight": 5 },
    ]);
    assert_eq!(found["nodeAffinity"], wanted);
}

#[test]
fn affinity_to_pods_becomes_terms_and_those_to_keep_away_from_say_so() {
    let found = pod("kubernetes: { affinity: { \
         podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zone, \
         labelSelector: { matchLabels: { app: cache } } }] }, \
         podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, podAffinityTerm: { \
         topologyKey: host, namespaces: [other], labelSelector: { matchExpressions: [{ key: app, operator: Exists }] } \
         } }] } } }");
    let wanted = serde_json::json!([
        { "topologyKey": "zone", "matchPodLabels": { "app": "cache" } },
        {
            "topologyKey": "host",
            "namespaces": ["other"],
            "matchPodExpressions": [{ "key": "app", "operator": "Exists" }],
            "weight": 7,
            "anti": true,
        },
    ]);
    assert_eq!(found["podAffinity"], wanted);
}

#[test]
fn an_affinity_that_kubeflow_has_no_word_for_is_refused() {
    let say = |affinity: &str| {
        problems(&format!(
            "  t: {{ run: 'true', kubernetes: {{ affinity: {affinity} }} }}\n"
        ))
    };
    assert_eq!(
        say("{ podAfinity: {} }"),
        ["unsupported-feature: Kubeflow knows no `podAfinity` in an affinity"]
    );
    assert_eq!(
        say(
            "{ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zone, namespaceSelector: {} }] } }"
        ),
        ["unsupported-feature: Kubeflow has no word for the pods of all namespaces"]
    );
    assert_eq!(
        say("{ nodeAffinity: { required: {} } }"),
        ["unsupported-feature: Kubeflow knows no `required` in an affinity"]
    );
    assert_eq!(
        say(
            "{ nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] } }"
        ),
        ["unsupported-feature: the weight of a preference must be from 1 to 100"]
    );
}

#[test]
fn fields_of_the_target_reach_the_kubernetes_part() {
    let found = pod(
        "targets: { kubeflow: { security_context: { runAsUser: 1000 }, \
                     pvc_mount: { constant: data, mountPath: /data } } }",
    );
    assert_eq!(found["securityContext"]["runAsUser"], 1000);
    assert_eq!(found["pvcMount"][0]["mountPath"], "/data");
}

#[test]
fn fields_of_the_target_are_checked() {
    let say = |fields: &str| {
        problems(&format!(
            "  t: {{ run: 'true', targets: {{ kubeflow: {fields} }} }}\n"
        ))
    };
    assert_eq!(
        say("{ pvc_mounts: {} }"),
        ["unknown-target-field: target `kubeflow` has no field `pvc_mounts` here"]
    );
    assert_eq!(
        say("{ security_context: { runAsUser: root } }"),
        [
            "type-mismatch: `security_context` of target `kubeflow` must have a whole number as `runAsUser`"
        ]
    );
    assert_eq!(
        say("{ enabled_shared_memory: [] }"),
        ["type-mismatch: `enabled_shared_memory` of target `kubeflow` must be a mapping"]
    );
}

#[test]
fn a_runner_looks_at_the_states_before_it_unless_that_would_hold_a_gpu() {
    let behind = |fields: &str| {
        let rest = format!(
            "tasks:\n  a: {{ run: 'true' }}\n  b: {{ run: 'true', depends_on: [a] {fields} }}\n  \
             c: {{ run: 'true' }}\n  d: {{ run: 'true', depends_on: [c] }}\n"
        );
        let documents = documents(&rest);
        let pipeline = &documents[0];
        let name = pipeline["root"]["dag"]["tasks"]["b"]["componentRef"]["name"].as_str();
        let component = &pipeline["components"][name.unwrap_or_default()];
        let label = component["executorLabel"].as_str().map(str::to_owned)?;
        Some(pipeline["deploymentSpec"]["executors"][&label]["container"]["args"].to_string())
    };
    let args = behind("").unwrap_or_default();
    assert!(
        args.contains("--after={{$.inputs.parameters['a_state']}}"),
        "{args}"
    );
    assert!(behind(", when: '${{ run.id != \"\" }}'").is_none());
    assert!(behind(", resources: { gpu: 1 }").is_none());
    let unread = behind(", trigger_rule: all_done").unwrap_or_default();
    assert!(!unread.contains("--after="), "{unread}");
}
