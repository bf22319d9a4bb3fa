//! The JSON form is read back as the same flow, and the schemas are current.

use std::path::PathBuf;

use super::{flow_schema, ir_schema, to_json};
use crate::flow::Flow;
use crate::resolve::keys::TABLES;
use crate::resolve::tests::examples::EXAMPLES;
use crate::resolve::tests::{resolve_example, resolve_text};

/// A flow without its places, which a JSON text of it has elsewhere.
fn without_spans(flow: &Flow) -> String {
    let text = format!("{flow:#?}");
    let span =
        regex::Regex::new(r"Span \{\s*file: FileId\(\s*\d+,\s*\),\s*start: \d+,\s*end: \d+,\s*\}")
            .unwrap_or_else(|error| panic!("{error}"));
    span.replace_all(&text, "Span").into_owned()
}

fn assert_round_trip(name: &str, flow: &Flow) {
    let json = to_json(flow);
    let again = resolve_text("flow.ir.json", &json);
    let problems = again.problems();
    let again = again
        .flow
        .unwrap_or_else(|| panic!("{name}:\n{}\n{json}", problems.join("\n")));
    assert_eq!(problems, Vec::<String>::new(), "{name}");
    pretty_eq(name, &without_spans(flow), &without_spans(&again));
    assert_eq!(json, to_json(&again), "{name}");
}

fn pretty_eq(name: &str, left: &str, right: &str) {
    for (line, (a, b)) in left.lines().zip(right.lines()).enumerate() {
        assert_eq!(a, b, "{name}, line {line}");
    }
    assert_eq!(left.lines().count(), right.lines().count(), "{name}");
}

#[test]
fn every_example_is_read_back_as_the_same_flow() {
    for (name, text) in EXAMPLES {
        assert_round_trip(name, &resolve_example(text).flow());
    }
}

#[test]
fn every_key_of_the_language_is_read_back() {
    for text in [EVERYTHING, SUB_FLOW_USER, TRICKY] {
        assert_round_trip("everything", &resolve_example(text).flow());
    }
}

#[test]
fn schemas_on_disk_are_current() {
    for (name, schema) in [
        ("flow.schema.json", flow_schema()),
        ("flow-ir.schema.json", ir_schema()),
    ] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../schemas")
            .join(name);
        let current = format!("{schema:#}\n");
        if std::env::var_os("FLOWC_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &current).unwrap_or_else(|error| panic!("{error}"));
        }
        let on_disk = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            on_disk == current,
            "{name} is not what the code would write; run the test with FLOWC_WRITE_SCHEMAS=1"
        );
    }
}

#[test]
fn every_shape_of_the_tables_is_defined() {
    let schema = flow_schema();
    for table in TABLES {
        for key in table.keys {
            let known = schema["definitions"].get(key.shape).is_some()
                || crate::resolve::keys::is_ir_only(key.name);
            assert!(known, "{} in {}", key.shape, table.name);
        }
    }
}

const EVERYTHING: &str = r#"
flow: everything
description: "costs $${{ nothing }} and {{ less }}"
owner: team
tags: [a, b]
labels: { tier: gold, level: 1 }
parameters:
  short: 0.9
  words: [a, "b c"]
  long: { type: integer, default: 3, min: 1, max: 9, description: long }
  kind: { type: string, default: x, enum: [x, y] }
  pattern: { type: string, default: abc, pattern: "[a-c]+" }
  given: { type: number }
  nested: { type: list<list<integer>>, default: [[1], [2, 3]] }
  object: { type: object, default: { a: 1, b: [x] } }
secrets: [token]
schedule: { cron: "0 3 * * *", timezone: Europe/Berlin, start: 2026-01-01, end: 2027-01-01, catchup: true, overlap: replace }
timeout: 6h
max_parallel: 8
fail_fast: true
concurrency: { group: warehouse, limit: 2, on_conflict: skip }
services:
  db:
    image: postgres:17
    command: [postgres, -c, fsync=off]
    env: { PASSWORD: "${{ secrets.token }}", RUN: "${{ run.id }}" }
    ports: [5432]
    ready: { tcp: 5432, interval: 2s, timeout: 1m30s }
defaults:
  image: busybox:1.36
  env: { A: 1, B: two }
  retries: 2
  backoff: { delay: 10s, factor: 1.5, max_delay: 5m }
  timeout: 30m
  resources: { cpu: 1, memory: 1Gi }
  kubernetes: { service_account: runner }
  priority: 3
tasks:
  first:
    description: first
    workdir: /work
    shell: bash
    env: { B: 2, TOKEN: "${{ secrets.token }}", OUT: "${{ outputs.n }}", MIXED: "${{ parameters.short }} of ${{ parameters.long * 2 }}" }
    run: |
      echo '{{ x }} $${{ y }}' > "$FLOW_OUTPUTS/n"
    outputs: { n: integer, list: list, object: { type: object } }
    artifacts: { model: { type: file, path: /opt/model }, folder: directory }
    cache: { key: "v1-${{ parameters.kind }}", ttl: 7d }
    pure: true
    estimate: 5m
    retry_on: { exit_codes: [75, 9] }
    resources: { gpu: { count: "${{ parameters.long }}", kind: nvidia-a100 }, disk: 20Gi, cpu: "${{ parameters.short }}" }
    kubernetes:
      node_selector: { pool: gpu }
      tolerations: [{ key: gpu, operator: Exists }]
      affinity: { nodeAffinity: { x: [1, null] } }
      labels: { a: b }
      annotations: { c: d }
      image_pull_policy: Always
      image_pull_secrets: [pull]
      priority_class: high
    targets: { airflow: { pool: gpu, "x-y": [1, { a: null }] } }
  fan:
    depends_on: first
    trigger_rule: none_failed
    for_each: { as: part, in: "${{ tasks.first.outputs.list }}" }
    when: ${{ part != "x" && index < 10 }}
    max_parallel: 2
    fail_fast: true
    allow_failure: ${{ part == "y" }}
    retries: 0
    command: [echo, "${{ part }}", 5, true, "${{ tasks.first.artifacts.folder }}"]
    artifacts: { piece: file }
    services:
      web:
        image: nginx:1
        ready: { http: { port: 80, path: /health } }
    concurrency: { group: one }
  matrix:
    for_each:
      as: cell
      matrix: { os: [linux, mac], size: [1, 2.5], pick: ["${{ parameters.kind }}"] }
      exclude: [{ os: mac, size: 1 }]
    env: { OS: "${{ cell.os }}" }
    run: "true"
  group:
    depends_on: [first, fan]
    trigger_rule: all_done
    when: ${{ tasks.fan.status == "succeeded" }}
    for_each: [a, "${{ parameters.kind }}"]
    max_parallel: 3
    estimate: 1h
    tasks:
      first:
        env: { ITEM: "${{ item }}", OUTER: "${{ default(tasks.fan.artifacts.piece, \"\") }}" }
        run: "true"
        outputs: { m: number }
        artifacts: { part: directory }
      inner:
        for_each: ${{ range(3) }}
        env: { I: "${{ item + 1 }}" }
        run: "true"
    outputs: { m: "${{ tasks.first.outputs.m }}", constant: 5 }
    artifacts: { part: "${{ tasks.first.artifacts.part }}" }
    services:
      cache: { image: redis:8, ready: { command: [redis-cli, ping] } }
  pause:
    depends_on: [group]
    trigger_rule: all_done
    wait: 90s
  ask:
    depends_on: pause
    approve: { message: ok?, choices: [go, stay], default: stay, timeout: 24h }
  told:
    when: ${{ tasks.ask.outputs.choice == "go" }}
    allow_failure: true
    shell: [ruby, -e]
    run: puts 1
finally:
  report:
    env: { STATUS: "${{ run.status }}", SECONDS: "${{ run.duration }}", LAST: "${{ tasks.told.status }}" }
    run: "true"
outputs: { n: "${{ tasks.first.outputs.n }}" }
artifacts: { parts: "${{ tasks.group.artifacts.part }}" }
targets: { argo: { patch: [{ op: add }] } }
"#;

const SUB_FLOW_USER: &str = r#"
flow: user
defaults: { image: busybox:1.36 }
tasks:
  list: { run: "true", outputs: { n: integer } }
  small:
    for_each: [1, 2]
    flow: square.yaml
    with: { n: "${{ item + tasks.list.outputs.n }}", label: "x-${{ item }}" }
  large: { flow: square.yaml, with: { n: 4 } }
  sum:
    env: { A: "${{ tasks.small.outputs.square }}", B: "${{ tasks.large.outputs.square }}" }
    run: "true"
"#;

const TRICKY: &str = r#"
flow: tricky
parameters: { a: 1, b: 2.0, s: "it's", l: [x, y], o: { type: object, default: {} } }
defaults: { image: busybox:1.36 }
tasks:
  t:
    env:
      A: ${{ -(parameters.a - (3 - 2)) * (parameters.b + 1) / 2.0 }}
      B: '${{ parameters.s == "a\"b\\c\n}}" ? "yes" : parameters.s + "é🚀" }}'
      C: ${{ parameters.l.filter(x, x != "x" && !(x in ["q"])).map(y, y + "!") }}
      D: ${{ parameters.o["odd key"] }} ${{ parameters.o.plain.deep }} ${{ parameters.l[0] }}
      E: ${{ !(parameters.a > 1 || parameters.b < 1e21) }}
      F: "${{ parameters.a > 1 ? (parameters.b > 1 ? 1 : 2) : 3 }}"
      G: "${{ (parameters.a > 1 ? parameters.b > 1 : false) ? 1 : 2 }}"
      H: ${{ parameters.s.contains("x") || size(parameters.l) % 2 == 0 }}
      I: '${{ {"k": parameters.a, "l": [parameters.b]} }}'
      J: $${{ literal }} ${{ parameters.a }} $$${{ x }}
      K: ${{ parameters.a - (parameters.a - 1) - 1 }}
      L: ${{ days("2026-01-01", run.date) }}
      M: ${{ parameters.a * -3 }} ${{ -2.0 + parameters.b }}
    command: [echo]
  u:
    for_each: ["$${{ x }}", "a ${{ parameters.a }} b"]
    command: [echo, "${{ item }}"]
"#;
