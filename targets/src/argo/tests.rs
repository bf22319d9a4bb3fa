//! Flows in, Argo files out.

use flowc_core::diagnostic::Diagnostics;
use flowc_core::target::{Settings, Target};

use super::Argo;
use crate::testing::{self, flow};

fn set(version: &str, options: &[(&str, &str)]) -> Settings {
    testing::set(&Argo, Some(version), options)
}

fn problems(text: &str, settings: &Settings) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    Argo.check(&flow(text), settings, &mut diagnostics);
    diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect()
}

fn emitted_with(text: &str, settings: &Settings) -> String {
    let flow = flow(text);
    let mut diagnostics = Diagnostics::default();
    Argo.check(&flow, settings, &mut diagnostics);
    let found: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(!diagnostics.has_errors(), "{found:?}");
    let bundle = Argo.emit(&flow, settings);
    bundle.files.into_values().collect()
}

fn emitted(text: &str) -> String {
    emitted_with(text, &set("4.1", &[]))
}

/// The emitted file with the flow above it.
fn shown(text: &str) -> String {
    format!("{text}\n---- argo@4.1 ----\n{}", emitted(text))
}

#[test]
fn a_list_that_argo_could_not_evaluate_is_beyond_a_limit() {
    let list = |text: &str| {
        let flow = format!(
            "flow: x\ndefaults: {{ image: busybox }}\ntasks:\n  a:\n    for_each: [\"{text}\", b]\n    env: {{ V: \"${{{{ item }}}}\" }}\n    run: echo\n"
        );
        problems(&flow, &set("4.1", &[]))
    };
    assert_eq!(list(&"{x}".repeat(20_000)), [""; 0]);
    assert_eq!(list(&"{{x".repeat(4_000)), [""; 0]);
    let found = list(&"{{x".repeat(5_000));
    assert!(
        found.len() == 1 && found[0].starts_with("target-limit"),
        "{found:?}"
    );
}

#[test]
fn tasks_that_differ_only_in_values_share_a_template() {
    insta::assert_snapshot!(shown(
        r#"
flow: two-models
defaults: { image: "fit:1", retries: 1, backoff: { delay: 10s, factor: 2, max_delay: 1m } }
tasks:
  split:
    run: ./split
    outputs: { rows: integer }
    artifacts: { train: file, check: file }
  fit_small:
    env: { DEPTH: "3", ROWS: "${{ tasks.split.outputs.rows }}", DATA: "${{ tasks.split.artifacts.train }}" }
    run: ./fit "$DATA" "$DEPTH"
  fit_large:
    env: { DEPTH: "9", ROWS: "1000", DATA: "${{ tasks.split.artifacts.check }}" }
    run: ./fit "$DATA" "$DEPTH"
"#
    ));
}

#[test]
fn a_limited_fan_out_over_a_group_passes_outer_values_inwards() {
    insta::assert_snapshot!(shown(
        r#"
flow: shards
parameters: { region: { type: string, default: eu } }
defaults: { image: "busybox:1.36" }
tasks:
  list:
    run: ./list
    outputs: { shards: list }
    artifacts: { raw: directory }
  shard:
    for_each: { as: name, in: "${{ tasks.list.outputs.shards }}" }
    max_parallel: 2
    when: ${{ name != "skip" }}
    tasks:
      load:
        env: { NAME: "${{ name }}", RAW: "${{ tasks.list.artifacts.raw }}", REGION: "${{ parameters.region }}" }
        run: ./load
        outputs: { rows: integer }
        artifacts: { table: file }
      split:
        for_each: ${{ range(tasks.load.outputs.rows) }}
        env: { PART: "${{ name }}-${{ item }}", TABLE: "${{ tasks.load.artifacts.table }}" }
        run: ./split
    outputs: { rows: "${{ tasks.load.outputs.rows }}" }
    artifacts: { tables: "${{ tasks.load.artifacts.table }}" }
  sum:
    env: { ROWS: "${{ tasks.shard.outputs.rows }}", TABLES: "${{ tasks.shard.artifacts.tables }}" }
    run: ./sum
"#
    ));
}

#[test]
fn a_failure_is_seen_through_cleanups_and_allowed_failures() {
    let cleanup = emitted(
        r#"
flow: cleanup
defaults: { image: "busybox:1.36" }
tasks:
  work: { run: ./work }
  clean: { depends_on: [work], trigger_rule: all_done, run: ./clean }
"#,
    );
    assert!(cleanup.contains("target: work clean"), "{cleanup}");
    let allowed = emitted(
        r#"
flow: allowed
defaults: { image: "busybox:1.36" }
tasks:
  work: { run: ./work }
  probe: { allow_failure: true, run: ./probe }
"#,
    );
    assert!(
        allowed.contains(
            "depends: work.Succeeded && (probe.Succeeded || probe.Failed || probe.Errored)"
        ),
        "{allowed}"
    );
    let plain = emitted(
        r#"
flow: plain
defaults: { image: "busybox:1.36" }
tasks:
  work: { run: ./work }
  next: { depends_on: [work], run: ./next }
"#,
    );
    assert!(
        !plain.contains("target:") && !plain.contains("flowc-verdict"),
        "{plain}"
    );
}

#[test]
fn refused_parameters_start_nothing_not_even_what_runs_after_failures() {
    insta::assert_snapshot!(shown(
        r#"
flow: refused
parameters:
  n: { type: integer, default: 3, min: 1 }
  mode: { type: string, default: fast, enum: [fast, slow] }
defaults: { image: "busybox:1.36" }
tasks:
  work: { env: { N: "${{ parameters.n }}", MODE: "${{ parameters.mode }}" }, run: ./work }
  clean: { depends_on: [work], trigger_rule: all_done, run: ./clean }
finally:
  report: { env: { STATUS: "${{ run.status }}", WORK: "${{ tasks.work.status }}" }, run: ./report }
"#
    ));
}

#[test]
fn a_schedule_makes_a_cron_workflow() {
    insta::assert_snapshot!(shown(
        r#"
flow: nightly
description: Every night.
owner: data
tags: [a, b]
labels: { team: data }
schedule: { cron: "0 3 * * *", timezone: Europe/Berlin, start: 2026-01-01, end: 2026-12-31, overlap: skip }
timeout: 6h
max_parallel: 4
concurrency: { group: warehouse, limit: 2 }
defaults: { image: "busybox:1.36" }
tasks:
  load:
    env: { DAY: "${{ run.date }}", TOKEN: "${{ secrets.token }}", URL: "https://x:${{ secrets.token }}@y" }
    run: ./load
    kubernetes: { service_account: loader, node_selector: { pool: big }, image_pull_secrets: [registry] }
    resources: { cpu: 2, memory: 4Gi, gpu: { count: 1, kind: a100 } }
    services: { db: { image: "postgres:17", ready: { tcp: 5432 } }, web: { image: "nginx:1" } }
"#
    ));
}

#[test]
fn a_longest_wait_needs_version_3_7() {
    let text = r#"
flow: waits
defaults: { image: "busybox:1.36", retries: 5, backoff: { delay: 10s, factor: 2, max_delay: 1m } }
tasks: { work: { run: ./work } }
"#;
    assert!(emitted_with(text, &set("3.7", &[])).contains("cap: 1m"));
    assert!(!emitted_with(text, &set("3.6", &[])).contains("cap:"));
}

#[test]
fn text_with_tags_is_refused_only_where_no_process_reads_it() {
    let settings = set("4.1", &[]);
    let text = r#"
flow: tags
parameters: { a: "{{workflow.name}}", b: "{{ b }}" }
defaults: { image: "busybox:{{x}}" }
tasks:
  work: { env: { A: "${{ parameters.a }}", B: "${{ parameters.b }} {{ x }}" }, run: "echo {{ x }}" }
"#;
    let found = problems(&text.replace(":{{x}}", ":1"), &settings);
    assert_eq!(
        found,
        ["unsupported-feature: `{{` in parameter `a` would be read as a tag of Argo"]
    );
}

#[test]
fn unknown_target_fields_and_long_names_are_reported() {
    let text = r#"
flow: a-name-that-is-longer-than-the-fifty-two-characters-of-it
schedule: { cron: "0 3 * * *" }
labels: { team: "two words" }
targets: { argo: { patc: {} } }
defaults: { image: "busybox:1.36" }
tasks:
  work: { run: ./work, targets: { argo: { patch: { metrics: {} } } } }
"#;
    let mut codes: Vec<String> = problems(text, &set("4.1", &[]))
        .into_iter()
        .map(|problem| problem.split(':').next().unwrap_or_default().to_owned())
        .collect();
    codes.sort();
    assert_eq!(
        codes,
        ["target-limit", "target-limit", "unknown-target-field"]
    );
}

#[test]
fn a_patch_reaches_the_spec_and_the_template() {
    let text = emitted(
        r#"
flow: patched
targets: { argo: { patch: { podGC: { strategy: OnPodCompletion } }, priority: 7 } }
defaults: { image: "busybox:1.36" }
tasks:
  work:
    run: ./work
    targets: { argo: { patch: { container: { env: [{ name: EXTRA, value: "1" }] } }, scheduler: mine } }
"#,
    );
    for line in [
        "strategy: OnPodCompletion",
        "priority: 7",
        "- name: EXTRA",
        "schedulerName: mine",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

/// Tags in the emitted file open and close in pairs, and none stands in a literal of the user.
#[test]
fn hostile_text_leaves_no_tag_behind() {
    let text = emitted(
        r#"
flow: hostile
defaults: { image: "busybox:1.36" }
tasks:
  say:
    env: { A: '{{workflow.name}} {{=1}} {{', B: '$$(HOME) ${{ run.id }}{{' }
    run: echo '{{ x }}' "${#A}" $$
"#,
    );
    let tags: Vec<&str> = text
        .match_indices("{{")
        .filter_map(|(at, _)| text[at..].lines().next())
        .collect();
    assert!(
        tags.iter().all(|tag| tag.starts_with("{{workflow.uid}}")),
        "{tags:?}"
    );
    assert!(text.contains("name: FLOWC_BRACE"), "{text}");
}

#[test]
fn three_thousand_tasks_in_a_chain_need_no_deep_stack() {
    let mut text = String::from("flow: chain\ndefaults: { image: \"busybox:1.36\" }\ntasks:\n");
    for number in 0..3000 {
        text.push_str(&format!("  t{number}:\n    run: echo {number}\n"));
        if number > 0 {
            text.push_str(&format!("    depends_on: [t{}]\n", number - 1));
        }
    }
    let text = emitted(&text);
    assert!(text.contains("depends: t2998"));
}

#[test]
fn every_native_feature_names_something() {
    let settings = set("4.1", &[]);
    for feature in flowc_core::feature::Feature::all() {
        if let flowc_core::feature::Support::Native { via } = Argo.support(&settings, feature) {
            assert!(!via.is_empty(), "{}", feature.id());
        }
    }
}

/// The same forms were run by hand through the template code of Argo 4.0.2, and gave the value of the
/// language.
#[test]
fn expressions_in_the_words_of_argo() {
    let expressions = [
        "parameters.n + 1",
        "parameters.n / 2",
        "-parameters.n / 2",
        "parameters.n % 3",
        "parameters.x * 2.0",
        "parameters.x",
        "parameters.l",
        "parameters.l[1]",
        "size(parameters.l)",
        "parameters.o.k",
        "parameters.o",
        "parameters.o.n.m",
        "parameters.l.map(z, z + '!')",
        "parameters.l.exists(z, z == 'a') ? 'y' : 'n'",
        "parameters.s.startsWith('it') && parameters.s.contains('{{')",
        "parameters.s",
        "'<' + parameters.s + '}}{{'",
        "string(parameters.x) + 'z'",
        "int('12') + parameters.n",
        "parameters.n in [1, 5]",
        "'k' in parameters.o",
        "days('2026-02-27', parameters.s)",
        "range(parameters.n)",
        "parameters.l + ['d']",
        "!parameters.b",
        "parameters.o == {'n': 1}",
        "{'a': parameters.n, 'b': {'c': parameters.s}}",
        "parameters.s.matches('^it.s')",
        "parameters.n > 3 || parameters.n / parameters.n > 1",
        "(parameters.n - 2) * (parameters.n + 1) - (3 - (parameters.n - 1))",
        "parameters.l.filter(z, z != 'a').map(z, size(z))",
        "parameters.e",
        "parameters.x > 1.0 ? parameters.s : 'n'",
    ];
    let mut text = String::from(
        "flow: expressions\nparameters:\n  n: 5\n  x: 1.5\n  l: { type: list<string> }\n  \
         o: { type: object }\n  s: { type: string }\n  b: true\n  \
         e: { type: string, enum: [a, b] }\ntasks:\n  a:\n    image: busybox:1.36\n    run: ./a\n    env:\n",
    );
    for (at, expression) in expressions.iter().enumerate() {
        let quoted = expression.replace('"', "\\\"");
        text.push_str(&format!("      V{at}: \"${{{{ {quoted} }}}}\"\n"));
    }
    let file: serde_json::Value = match serde_yaml::from_str(&emitted(&text)) {
        Ok(file) => file,
        Err(error) => panic!("{error}"),
    };
    let templates = file["spec"]["templates"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let template = templates.iter().find(|template| template["name"] == "a");
    let env = template.map(|template| &template["container"]["env"]);
    let lines: Vec<String> = expressions
        .iter()
        .enumerate()
        .map(|(at, expression)| {
            let value = env
                .and_then(|env| env.as_array())
                .and_then(|env| env.iter().find(|entry| entry["name"] == format!("V{at}")))
                .and_then(|entry| entry["value"].as_str())
                .unwrap_or("missing");
            format!("{expression}\n    {value}")
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn artifacts_lie_on_a_volume_where_asked() {
    let text = r#"
flow: volume
defaults: { image: "busybox:1.36", retries: 1 }
tasks:
  make: { run: ./make, outputs: { n: integer }, artifacts: { raw: file } }
  part:
    for_each: ${{ range(tasks.make.outputs.n) }}
    env: { RAW: "${{ tasks.make.artifacts.raw }}" }
    run: ./part
    artifacts: { table: file }
  join:
    env: { TABLES: "${{ tasks.part.artifacts.table }}" }
    run: ./join
"#;
    insta::assert_snapshot!(emitted_with(text, &set("4.1", &[("artifacts", "volume")])));
}

#[test]
fn what_the_language_of_argo_cannot_say_is_reported_where_it_stands() {
    let text = r#"
flow: macros
defaults: { image: "busybox:1.36" }
tasks:
  list: { run: ./list, outputs: { a: list, b: list } }
  nested:
    env: { X: "${{ tasks.list.outputs.a.map(x, tasks.list.outputs.b.exists(y, y == x)) }}" }
    run: ./nested
"#;
    assert_eq!(
        problems(text, &set("4.1", &[])),
        ["unsupported-feature: a list macro cannot read `x`, the variable of a macro around it"]
    );
}

#[test]
fn a_failed_attempt_does_not_count_for_fail_fast() {
    let text = emitted(
        "flow: x\nfail_fast: true\ndefaults: { image: busybox }\ntasks:\n  a: { retries: 2, run: echo > $FLOW_OUTPUTS/n, outputs: { n: integer } }\n  b: { env: { N: \"${{ tasks.a.outputs.n }}\" }, run: echo }\n",
    );
    // The attempts stand below a template that does not fail fast, and what they put out comes through.
    let apart = "    - name: a\n      dag:\n        failFast: false\n        tasks:\n          - name: attempt\n            template: a-attempt\n";
    assert!(text.contains(apart), "{text}");
    assert!(
        text.contains("parameter: \"{{tasks.attempt.outputs.parameters.n}}\""),
        "{text}"
    );
    assert!(
        text.contains("    - name: a-attempt\n      retryStrategy:\n"),
        "{text}"
    );
    // Without attempts, or without `failFast`, nothing stands between.
    assert_eq!(text.matches("name: attempt\n").count(), 1, "{text}");
    let patient =
        emitted("flow: x\ndefaults: { image: busybox }\ntasks:\n  a: { retries: 2, run: echo }\n");
    assert!(!patient.contains("attempt\n"), "{patient}");
}

#[test]
fn a_group_fails_fast_when_its_failure_ends_the_run() {
    let flow = |allow: &str| {
        format!(
            "flow: x\nfail_fast: true\ndefaults: {{ image: busybox }}\ntasks:\n  g:\n    {allow}\n    tasks: {{ a: {{ run: echo }} }}\n"
        )
    };
    let fast = "    - name: g\n      failFast: true\n";
    assert!(emitted(&flow("description: a group")).contains(fast));
    assert!(!emitted(&flow("allow_failure: true")).contains(fast));
}

#[test]
fn fail_fast_tells_what_it_does_not_wait_for() {
    let told = |flow: &str| {
        let settings = set("4.1", &[]);
        let found = problems(&format!("flow: x\n{flow}"), &settings);
        let about = found.iter().filter(|text| text.contains("`fail_fast`"));
        about
            .map(|text| text.split(": ").nth(1).unwrap_or_default()[..30].to_owned())
            .collect::<Vec<_>>()
    };
    let waits = ["`fail_fast` does not wait for "];
    let head = "fail_fast: true\ndefaults: { image: busybox }\ntasks:\n";
    let plain = "  a: { run: echo }\n  b: { run: echo }\n";
    assert_eq!(told(&format!("{head}{plain}")), [""; 0]);
    let retried = "  a: { retries: 1, run: echo }\n  b: { run: echo }\n";
    assert_eq!(told(&format!("{head}{retried}")), waits);
    let chain = "  a: { retries: 1, run: echo }\n  b: { depends_on: [a], run: echo }\n";
    assert_eq!(told(&format!("{head}{chain}")), [""; 0]);
    let instances = "defaults: { image: busybox }\ntasks:\n  a: { for_each: [1, 2], fail_fast: true, retries: 1, run: echo }\n";
    assert_eq!(told(instances), waits);
    let served = "  g: { services: { db: { image: postgres } }, tasks: { a: { run: echo } } }\n";
    assert_eq!(
        told(&format!("{head}{served}")),
        ["`fail_fast` sees a failure in "]
    );
    let states = "finally:\n  z: { env: { A: \"${{ tasks.a.status }}\" }, run: echo }\n";
    assert_eq!(
        told(&format!("{head}{plain}{states}")),
        ["after a failure `fail_fast` le"]
    );
}

#[test]
fn services_of_the_run_and_of_a_group_are_daemons_that_pods_know_by_name() {
    insta::assert_snapshot!(shown(
        "flow: x
defaults: { image: busybox }
max_parallel: 2
services:
  db: { image: postgres, env: { PASSWORD: \"${{ secrets.pw }}\" }, ready: { tcp: 5432 } }
  queue: { image: redis }
tasks:
  a: { run: ls }
  g:
    depends_on: [a]
    tasks:
      b: { run: ls b }
      c: { trigger_rule: all_done, depends_on: [b], run: ls c, services: { queue: { image: nats } } }
"
    ));
    let group = emitted(
        "flow: x\ndefaults: { image: busybox }\ntasks:\n  g:\n    max_parallel: 1\n    fail_fast: true\n    services: { db: { image: postgres } }\n    tasks: { a: { run: ls, allow_failure: true }, b: { run: ls } }\n",
    );
    assert!(
        group.contains("    - name: g\n      parallelism: 2\n"),
        "{group}"
    );
    assert!(
        group.contains("flowc-service-db\n              && (a.Succeeded"),
        "{group}"
    );
    assert!(!group.contains("failFast: true"), "{group}");
}

#[test]
fn services_that_would_take_the_places_of_tasks_are_refused() {
    let found = problems(
        "flow: x\nmax_parallel: 2\ndefaults: { image: busybox }\ntasks:\n  g:\n    services: { my_db: { image: postgres } }\n    tasks: { a: { run: ls } }\n",
        &set("4.1", &[]),
    );
    assert_eq!(
        found
            .iter()
            .map(|text| text.split(':').next().unwrap_or_default())
            .collect::<Vec<_>>(),
        ["unsupported-feature", "target-limit"]
    );
}
