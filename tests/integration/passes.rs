//! What each pass does and what it leaves, flow by flow.

mod proof;

use std::collections::BTreeMap;

use flowc_core::flow::Flow;
use flowc_core::passes::{Fate, Level, Options, Report, optimise, with_joins};

use crate::random::{resolved_with, run};

/// The graph of a flow: what waits for what.
fn edges(flow: &Flow) -> Vec<(String, String)> {
    let upstream = flow.tasks.iter().flat_map(|task| {
        let from = task
            .upstream
            .iter()
            .map(|one| &flow.task(one.task).name.value);
        from.map(|from| (from.clone(), task.name.value.clone()))
    });
    upstream.collect()
}

fn after(text: &str, pass: &str) -> (Flow, Report) {
    let mut options = Options::new(Level::O0);
    options.switch(pass, true).unwrap();
    options.detailed = true;
    let flow = resolved_with(text, BTreeMap::new()).unwrap();
    let optimised = optimise(&flow, &options);
    (optimised.flow.into_owned(), optimised.report)
}

#[test]
fn reduce_keeps_dependencies_that_a_rule_or_a_value_needs() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  a: { run: 'echo 1 > "$FLOW_OUTPUTS/o"', outputs: { o: string } }
  b: { depends_on: [a], run: "true" }
  plain: { depends_on: [a, b], run: "true" }
  reader: { depends_on: [b], env: { O: "${{ tasks.a.outputs.o }}" }, run: "true" }
  any: { depends_on: [a, b], trigger_rule: one_success, run: "true" }
  cleaner: { depends_on: [a, b], trigger_rule: all_done, run: "true" }
  tolerant: { depends_on: [a, b], trigger_rule: none_failed, run: "true" }
  strict_behind_tolerant: { depends_on: [a, tolerant], run: "true" }
"#,
        "reduce",
    );
    let kept = edges(&flow);
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("a", "b"),
            ("b", "plain"),
            ("b", "reader"),
            ("a", "reader"),
            ("a", "any"),
            ("b", "any"),
            ("a", "cleaner"),
            ("b", "cleaner"),
            ("b", "tolerant"),
            // A skip of `a` is nothing to `tolerant`.
            ("a", "strict_behind_tolerant"),
            ("tolerant", "strict_behind_tolerant"),
        ]
    );
    let said: Vec<String> = report
        .changes
        .iter()
        .map(|change| format!("{} {}: {}", change.task, change.did, change.why))
        .collect();
    assert_eq!(
        said,
        [
            "plain no longer waits for `a` itself: it comes after `b`, which comes after that",
            "tolerant no longer waits for `a` itself: it comes after `b`, which comes after that",
        ]
    );
}

fn names(flow: &Flow) -> Vec<&str> {
    flow.tasks
        .iter()
        .map(|task| task.name.value.as_str())
        .collect()
}

#[test]
fn never_removes_what_no_condition_lets_run_and_keeps_what_would_be_missed() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  gone: { when: "${{ 1 > 2 }}", run: "true" }
  behind: { depends_on: [gone], run: "true" }
  tolerant: { depends_on: [gone], trigger_rule: none_failed, run: "true" }
  read: { when: "${{ false }}", run: "true", outputs: { o: string } }
  reader:
    depends_on: [read]
    trigger_rule: all_done
    env: { O: '${{ default(tasks.read.outputs.o, "none") }}' }
    run: "true"
  looked_at: { when: "${{ false }}", run: "true" }
  looks: { depends_on: [looked_at], trigger_rule: all_skipped, run: "true" }
  group: { tasks: { only: { when: "${{ false }}", run: "true" } } }
  empty: { for_each: { as: each, in: [] }, tasks: { inner: { run: "true" } } }
"#,
        "never",
    );
    let left = [
        "tolerant",
        "read",
        "reader",
        "looked_at",
        "looks",
        "group",
        "only",
    ];
    assert_eq!(names(&flow), left);
    let gone: Vec<&str> = report.fates.keys().map(String::as_str).collect();
    assert_eq!(gone, ["gone", "behind", "empty"]);
}

#[test]
fn dead_removes_pure_tasks_that_nobody_needs_and_what_only_they_need() {
    let (flow, _) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  source: { pure: true, run: "true", outputs: { o: string } }
  unused: { pure: true, env: { O: "${{ tasks.source.outputs.o }}" }, run: "true", outputs: { p: string } }
  product: { pure: true, run: "true", artifacts: { report: file } }
  exported: { pure: true, run: "true", outputs: { o: string } }
  waited_for: { pure: true, run: "true" }
  effect: { depends_on: [waited_for], run: "true" }
outputs: { o: "${{ tasks.exported.outputs.o }}" }
"#,
        "dead",
    );
    assert_eq!(
        names(&flow),
        ["product", "exported", "waited_for", "effect"]
    );
    assert_eq!(
        edges(&flow),
        [("waited_for".to_owned(), "effect".to_owned())]
    );
}

#[test]
fn merge_runs_equal_pure_tasks_once_and_those_that_become_equal() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  a: { pure: true, estimate: 1m, run: "make", outputs: { o: string } }
  b: { pure: true, run: "make", outputs: { o: string } }
  of_a: { pure: true, env: { O: "${{ tasks.a.outputs.o }}" }, run: "use", outputs: { p: string } }
  of_b: { pure: true, env: { O: "${{ tasks.b.outputs.o }}" }, run: "use", outputs: { p: string } }
  other: { pure: true, retries: 1, run: "make", outputs: { o: string } }
  impure: { run: "make", outputs: { o: string } }
  all:
    env:
      A: "${{ tasks.of_a.outputs.p }}"
      B: "${{ tasks.of_b.outputs.p }}"
      C: "${{ tasks.other.outputs.o }}"
      D: "${{ tasks.impure.outputs.o }}"
    run: "true"
"#,
        "merge",
    );
    assert_eq!(names(&flow), ["a", "of_a", "other", "impure", "all"]);
    assert_eq!(report.fates["of_b"], Fate::Merged("of_a".to_owned()));
    let all = &flow.tasks[4];
    assert_eq!(all.upstream.len(), 3);
    let env = &all.process().unwrap().env;
    assert_eq!(env[0].value.parts, env[1].value.parts);
}

#[test]
fn fold_fills_in_constant_parameters_of_sub_flows_and_drops_conditions_that_hold() {
    let text = r#"
flow: example
defaults: { image: "busybox:1.36" }
parameters: { day: monday }
tasks:
  part: { flow: part.yaml, with: { day: "${{ parameters.day }}", size: 3 } }
"#;
    let part = r#"
flow: part
defaults: { image: "busybox:1.36" }
parameters: { day: { type: string }, size: { type: integer }, extra: 2 }
tasks:
  inner:
    when: "${{ parameters.size + parameters.extra == 5 }}"
    env: { DAY: "${{ parameters.day }}", TEXT: "of ${{ parameters.size }} parts" }
    run: "true"
"#;
    let files = BTreeMap::from([("part.yaml".to_owned(), part.to_owned())]);
    let flow = resolved_with(text, files).unwrap();
    let mut options = Options::new(Level::O0);
    options.switch("fold", true).unwrap();
    let flow = optimise(&flow, &options).flow.into_owned();
    let inner = &flow.tasks[1];
    assert_eq!(inner.when, None);
    let shown = |at: usize| {
        flowc_core::ir::to_json(&flow).contains(["${{ parameters.day }}", "of 3 parts"][at])
    };
    assert!(shown(0) && shown(1));
}

#[test]
fn fuse_makes_one_task_of_a_chain_and_stops_where_somebody_looks() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  start: { retries: 1, run: "true" }
  a: { depends_on: [start], trigger_rule: none_failed, run: "true" }
  b: { depends_on: [a], run: "true" }
  c: { depends_on: [b], run: "true" }
  d: { depends_on: [c], run: "true" }
  watcher: { depends_on: [c], trigger_rule: one_failed, run: "true" }
  other_image: { depends_on: [d], image: "alpine:3", run: "true" }
"#,
        "fuse",
    );
    assert_eq!(
        names(&flow),
        ["start", "a_to_c", "d", "watcher", "other_image"]
    );
    assert_eq!(
        report.fates["b"],
        Fate::Fused {
            into: "a_to_c".to_owned(),
            position: 1
        }
    );
    let kept = edges(&flow);
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("start", "a_to_c"),
            ("a_to_c", "d"),
            ("a_to_c", "watcher"),
            ("d", "other_image")
        ]
    );
}

#[test]
fn fuse_gives_no_task_the_secret_of_another() {
    let (flow, _) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
secrets: [token]
tasks:
  a: { run: "true" }
  b: { depends_on: [a], env: { TOKEN: "${{ secrets.token }}" }, run: "true" }
  c: { depends_on: [b], env: { KEY: "${{ secrets.token }}" }, run: "true" }
  d: { depends_on: [c], run: "true" }
"#,
        "fuse",
    );
    assert_eq!(names(&flow), ["a", "b_to_c", "d"]);
}

#[test]
fn a_pass_that_is_not_there_is_told_with_the_nearest() {
    let mut options = Options::default();
    let unknown = options.switch("reduc", true).unwrap_err();
    assert!(unknown.help.contains("`reduce`"), "{}", unknown.help);
}

#[test]
fn join_stands_between_many_and_many_and_says_what_all_of_them_say() {
    let mut text = String::from(
        "flow: example\ndefaults: { image: \"busybox:1.36\" }\nparameters: { off: false }\ntasks:\n",
    );
    let names: Vec<String> = (0..20).map(|task| format!("a{task}")).collect();
    for (task, name) in names.iter().enumerate() {
        let need = if task == 3 { 2 } else { 1 };
        let when = if task == 4 {
            "when: \"${{ parameters.off }}\", "
        } else {
            ""
        };
        text.push_str(&format!(
            "  {name}: {{ {when}env: {{ NEED: \"{need}\" }}, run: \"true\", outputs: {{ o: string }} }}\n"
        ));
    }
    for (letter, rule) in [
        ("b", "all_success"),
        ("c", "none_failed"),
        ("d", "all_done"),
    ] {
        for task in 0..20 {
            text.push_str(&format!(
                "  {letter}{task}: {{ depends_on: [{}], trigger_rule: {rule}, env: {{ NEED: \"1\" }}, run: \"true\" }}\n",
                names.join(", ")
            ));
        }
    }
    for allowed in ["a3", "a4"] {
        // With and without the failure, so that every rule has something to say.
        let text = text.replace(&format!("  {allowed}:"), &format!("  x{allowed}:"));
        let text = text.replace(&format!("{allowed}, "), "");
        let flow = resolved_with(&text, BTreeMap::new()).unwrap();
        let mut options = Options::new(Level::O0);
        options.switch("join", true).unwrap();
        let optimised = optimise(&flow, &options);
        let joined = with_joins(&optimised, &options);
        let edges = |flow: &Flow| {
            flow.tasks
                .iter()
                .map(|task| task.upstream.len())
                .sum::<usize>()
        };
        assert_eq!(edges(&flow), 3 * 20 * 19);
        assert_eq!(edges(&joined.flow), 3 * (20 + 19));
        let mut after = run(&joined.flow, 7);
        after.1.retain(|place, _| !place.starts_with("flowc_join"));
        assert_eq!(run(&flow, 3), after);
        let again = with_joins(&joined, &options);
        assert_eq!(again.report.counts["join"], joined.report.counts["join"]);
    }
}
