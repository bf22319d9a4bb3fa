//! Short and long forms, scopes, and what becomes of them.

use super::resolve_text;
use crate::expr::{ExprKind, Ref, Type, Value};
use crate::flow::{Command, Flow, Task};

fn flow(text: &str) -> Flow {
    resolve_text("flow.yaml", text).flow()
}

fn task<'f>(flow: &'f Flow, path: &str) -> &'f Task {
    flow.tasks
        .iter()
        .find(|task| task.path == path)
        .unwrap_or_else(|| panic!("no task {path}"))
}

fn upstream(flow: &Flow, path: &str) -> Vec<(String, bool)> {
    task(flow, path)
        .upstream
        .iter()
        .map(|upstream| (flow.task(upstream.task).path.clone(), upstream.explicit))
        .collect()
}

#[test]
fn parameter_types_come_from_their_defaults() {
    let flow = flow(
        "flow: f\nparameters: { a: 1, b: 1.5, c: x, d: true, e: [1, 2.5], f: [], g: [[a]] }\ntasks: { t: { run: x } }\n",
    );
    let types: Vec<String> = flow
        .parameters
        .iter()
        .map(|parameter| parameter.ty.to_string())
        .collect();
    assert_eq!(
        types,
        [
            "integer",
            "number",
            "string",
            "boolean",
            "list<number>",
            "list<string>",
            "list<list<string>>"
        ]
    );
}

#[test]
fn defaults_apply_to_processes_key_by_key() {
    let flow = flow(
        "flow: f\ndefaults: { image: a, retries: 2, backoff: { delay: 1s }, env: { A: 1, B: 2 }, resources: { cpu: 1, memory: 1Gi } }\ntasks:\n  g: { tasks: { t: { run: x, env: { B: 3, C: 4 }, resources: { cpu: 2 } } } }\n  u: { run: x, retries: 0 }\n",
    );
    let inner = task(&flow, "g.t");
    let process = inner.process().unwrap_or_else(|| panic!("a process"));
    let env: Vec<(&str, Option<&str>)> = process
        .env
        .iter()
        .map(|variable| (variable.name.value.as_str(), variable.value.as_literal()))
        .collect();
    assert_eq!(env, [("A", Some("1")), ("B", Some("3")), ("C", Some("4"))]);
    assert_eq!(inner.retries.as_ref().map(|retries| retries.value), Some(2));
    assert!(inner.resources.cpu.is_some() && inner.resources.memory.is_some());
    assert!(task(&flow, "g").retries.is_none());
    assert!(task(&flow, "u").retries.is_none() && task(&flow, "u").backoff.is_none());
}

#[test]
fn shells_are_words_or_argument_vectors() {
    for (written, argv) in [
        ("", vec!["sh", "-e", "-c"]),
        ("shell: bash, ", vec!["bash", "-e", "-c"]),
        ("shell: python, ", vec!["python", "-c"]),
        ("shell: [ruby, -e], ", vec!["ruby", "-e"]),
    ] {
        let flow = flow(&format!("flow: f\ntasks: {{ t: {{ {written}run: x }} }}\n"));
        match &flow.tasks[0]
            .process()
            .map(|process| process.command.clone())
        {
            Some(Command::Script { shell, .. }) => assert_eq!(shell[..], argv),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn references_make_the_sibling_that_holds_them_wait() {
    let flow = flow(
        "flow: f\ntasks:\n  a: { run: x, outputs: { n: integer } }\n  b: { run: x }\n  g:\n    depends_on: b\n    tasks:\n      h:\n        tasks:\n          c: { run: x, env: { N: '${{ tasks.a.outputs.n }}' } }\n      d: { run: x, env: { N: '${{ tasks.a.outputs.n }}' } }\n  e: { run: x, depends_on: [g, b], env: { N: '${{ tasks.a.outputs.n }}' } }\n",
    );
    let name = |name: &str, explicit| (name.to_owned(), explicit);
    assert_eq!(upstream(&flow, "g"), [name("b", true), name("a", false)]);
    assert_eq!(upstream(&flow, "g.h"), []);
    assert_eq!(upstream(&flow, "g.h.c"), []);
    assert_eq!(
        upstream(&flow, "e"),
        [name("g", true), name("b", true), name("a", false)]
    );
}

#[test]
fn inner_names_hide_outer_ones() {
    let flow = flow(
        "flow: f\ntasks:\n  a: { run: x, outputs: { n: integer } }\n  g:\n    tasks:\n      a: { run: x, outputs: { n: string } }\n      b: { run: x, env: { N: '${{ tasks.a.outputs.n }}' } }\n",
    );
    assert_eq!(upstream(&flow, "g"), []);
    assert_eq!(upstream(&flow, "g.b"), [("g.a".to_owned(), false)]);
}

#[test]
fn conditions_on_the_element_become_filters() {
    let flow = flow(
        "flow: f\nparameters: { p: true }\ntasks:\n  a: { run: x, for_each: [1], when: '${{ item > 0 }}' }\n  b: { run: x, for_each: [1], when: '${{ parameters.p }}' }\n  c: { run: x, for_each: { as: n, in: [1] }, when: '${{ n == 1 && parameters.p }}' }\n",
    );
    let filtered = |path: &str| {
        let task = task(&flow, path);
        let filter = task
            .for_each
            .as_ref()
            .and_then(|fan_out| fan_out.filter.as_ref());
        (filter.is_some(), task.when.is_some())
    };
    assert_eq!(filtered("a"), (true, false));
    assert_eq!(filtered("b"), (false, true));
    assert_eq!(filtered("c"), (true, false));
}

#[test]
fn outputs_of_a_fan_out_are_lists_from_outside() {
    let flow = flow(
        "flow: f\ntasks:\n  a: { run: x, for_each: [1], outputs: { n: integer } }\n  g:\n    for_each: { as: outer, in: [a] }\n    tasks:\n      b: { run: x, for_each: '${{ range(2) }}', env: { O: '${{ outer }}', I: '${{ item }}' }, outputs: { m: string } }\n    outputs: { m: '${{ tasks.b.outputs.m }}' }\noutputs: { n: '${{ tasks.a.outputs.n }}', m: '${{ tasks.g.outputs.m }}' }\n",
    );
    let types: Vec<String> = flow
        .outputs
        .iter()
        .map(|export| export.value.ty.to_string())
        .collect();
    assert_eq!(types, ["list<integer>", "list<list<string>>"]);
    let process = task(&flow, "g.b")
        .process()
        .unwrap_or_else(|| panic!("a process"));
    let fan_out = |index: usize| match process.env[index].value.as_expr().map(|expr| &expr.kind) {
        Some(ExprKind::Ref(Ref::Item { fan_out })) => flow.task(*fan_out).path.as_str(),
        other => panic!("{other:?}"),
    };
    assert_eq!((fan_out(0), fan_out(1)), ("g", "g.b"));
}

#[test]
fn matrices_are_every_combination_but_those_excluded() {
    let flow = flow(
        "flow: f\ntasks: { t: { run: x, for_each: { matrix: { os: [a, b], n: [1, 2] }, exclude: [{ os: b, n: 1 }] } } }\n",
    );
    let items = flow.tasks[0]
        .for_each
        .as_ref()
        .and_then(|fan_out| fan_out.literal_items());
    let text: Vec<String> = items.unwrap_or_default().iter().map(Value::text).collect();
    assert_eq!(
        text,
        [
            r#"{"os":"a","n":1}"#,
            r#"{"os":"a","n":2}"#,
            r#"{"os":"b","n":2}"#
        ]
    );
}

#[test]
fn status_is_read_where_a_failure_does_not_keep_from_running() {
    let flow = flow(
        "flow: f\ntasks:\n  a: { run: x }\n  b: { run: x, trigger_rule: all_done, env: { S: '${{ tasks.a.status }}' } }\n  g:\n    trigger_rule: one_failed\n    tasks: { c: { run: x, when: \"${{ tasks.a.status == 'failed' }}\" } }\nfinally:\n  d: { run: x, env: { S: '${{ tasks.g.status }} ${{ run.status }}' } }\n  e: { run: x, env: { S: '${{ tasks.d.status }}' } }\n",
    );
    assert_eq!(upstream(&flow, "b"), [("a".to_owned(), false)]);
    assert_eq!(upstream(&flow, "g"), [("a".to_owned(), false)]);
    assert_eq!(upstream(&flow, "d"), []);
    assert_eq!(upstream(&flow, "e"), [("d".to_owned(), false)]);
}

#[test]
fn exports_may_read_one_another_in_any_order() {
    let flow = flow(
        "flow: f\ntasks:\n  g1:\n    tasks: { a: { run: x } }\n    outputs: { o: '${{ tasks.g2.outputs.o }}' }\n  g2:\n    tasks: { b: { run: x, for_each: '${{ tasks.g3.outputs.l }}', env: { I: '${{ item }}' } } }\n    outputs: { o: '${{ tasks.g3.outputs.l[0] + 1 }}' }\n  g3:\n    tasks: { c: { run: x, outputs: { l: list<integer> } } }\n    outputs: { l: '${{ tasks.c.outputs.l }}' }\noutputs: { o: '${{ tasks.g1.outputs.o }}' }\n",
    );
    assert_eq!(flow.outputs[0].value.ty, Type::Integer);
    assert_eq!(upstream(&flow, "g1"), [("g2".to_owned(), false)]);
}

#[test]
fn a_circle_of_exports_still_gives_a_flow_to_look_at() {
    let flow = flow(
        "flow: f\ntasks:\n  g1:\n    tasks: { a: { run: x } }\n    outputs: { o: '${{ tasks.g2.outputs.o }}' }\n  g2:\n    tasks: { a: { run: x } }\n    outputs: { o: '${{ tasks.g1.outputs.o }}' }\n",
    );
    assert_eq!(upstream(&flow, "g1"), [("g2".to_owned(), false)]);
    assert_eq!(upstream(&flow, "g2"), [("g1".to_owned(), false)]);
}

#[test]
fn aliases_and_merge_keys_are_read_as_what_they_stand_for() {
    let flow = flow(
        "flow: f\ntasks:\n  a: &a { run: x, env: &env { A: 1 }, outputs: { n: integer } }\n  b: { <<: *a, run: y, env: *env }\n  c: *a\n",
    );
    assert_eq!(flow.tasks.len(), 3);
    assert!(flow.tasks.iter().all(|task| task.outputs.len() == 1 && task.process().is_some_and(|p| p.env.len() == 1)));
}

#[test]
fn ten_thousand_tasks_in_a_chain_resolve_quickly() {
    let mut text = String::from(
        "flow: f\ndefaults: { image: busybox:1.36, retries: 2, timeout: 30m }\ntasks:\n",
    );
    for i in 0..10_000 {
        text.push_str(&format!(
            "  t{i}:\n    run: echo \"$N\" > \"$FLOW_OUTPUTS/n\"\n    outputs: {{ n: integer }}\n"
        ));
        if i > 0 {
            text.push_str(&format!(
                "    env: {{ N: \"${{{{ tasks.t{}.outputs.n }}}}\" }}\n",
                i - 1
            ));
        }
    }
    let start = std::time::Instant::now();
    let flow = flow(&text);
    assert_eq!(flow.tasks.len(), 10_000);
    // Generous: a build without optimisation on a busy machine. Quadratic work would take minutes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    println!("{:?}", start.elapsed());
}

#[test]
fn ten_thousand_groups_that_read_one_another_do_not_overflow_the_stack() {
    let mut text = String::from("flow: f\ntasks:\n");
    for i in (0..10_000).rev() {
        let value = if i == 0 {
            "1".to_owned()
        } else {
            format!("${{{{ tasks.g{}.outputs.o }}}}", i - 1)
        };
        text.push_str(&format!(
            "  g{i}:\n    tasks: {{ t: {{ run: x }} }}\n    outputs: {{ o: \"{value}\" }}\n"
        ));
    }
    assert_eq!(flow(&text).tasks.len(), 20_000);
}

#[test]
fn a_task_that_reads_itself_waits_for_itself() {
    for text in [
        "flow: f\ntasks: { a: { run: x, env: { N: '${{ tasks.a.outputs.n }}' }, outputs: { n: integer } } }\n",
        "flow: f\ntasks:\n  g:\n    tasks: { a: { run: x, env: { N: '${{ tasks.g.outputs.n }}' } } }\n    outputs: { n: 1 }\n",
        "flow: f\ntasks: { a: { run: x, depends_on: a } }\n",
    ] {
        let flow = flow(text);
        let mut diagnostics = crate::diagnostic::Diagnostics::default();
        crate::checks::check(&flow, &mut diagnostics);
        let codes: Vec<&str> = diagnostics.iter().map(|d| d.code).collect();
        assert!(codes.contains(&"dependency-cycle"), "{text}{codes:?}");
    }
}

#[test]
fn an_artifact_exported_through_groups_keeps_its_kind() {
    let flow = flow(
        "flow: f\ntasks:\n  g:\n    tasks:\n      h:\n        tasks: { a: { run: x, artifacts: { d: directory, f: file } }, b: { run: x, for_each: [1], artifacts: { f: file } } }\n        artifacts: { d: '${{ tasks[\"a\"].artifacts.d }}', f: '${{tasks.a.artifacts.f}}', p: '${{ tasks.b.artifacts.f }}' }\n    artifacts: { d: '${{ tasks.h.artifacts.d }}', f: '${{ tasks.h.artifacts.f }}', p: '${{ tasks.h.artifacts.p }}' }\n",
    );
    let group = task(&flow, "g")
        .group()
        .unwrap_or_else(|| panic!("a group"));
    let kinds: Vec<bool> = group
        .artifacts
        .iter()
        .map(|export| export.kind == crate::flow::ArtifactKind::Directory)
        .collect();
    assert_eq!(kinds, [true, false, true]);
}
