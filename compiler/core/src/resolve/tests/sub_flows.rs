//! Flows in several files.

use super::{found, resolve_files};

const SQUARE: &str = "flow: square\nparameters: { n: { type: integer, max: 9 }, label: x }\ntasks: { a: { run: x, env: { N: '${{ parameters.n }}' }, outputs: { m: integer } } }\noutputs: { m: '${{ tasks.a.outputs.m }}' }\n";

#[track_caller]
fn assert_files(text: &str, others: &[(&str, &str)], expected: &[&str]) {
    let outcome = resolve_files("flows/flow.yaml", text, others);
    assert_eq!(found(&outcome), expected, "{:#?}", outcome.problems());
}

#[test]
fn files_are_found_beside_the_file_that_names_them() {
    let outer = "flow: outer\ntasks: { s: { flow: ../lib/./square.yaml, with: { n: 2 } } }\n";
    assert_files(outer, &[("lib/square.yaml", SQUARE)], &[]);
    assert_files(outer, &[], &["missing-file ../lib/./square.yaml"]);
    let outside = "flow: outer\ntasks: { s: { flow: ../../x.yaml }, r: { flow: /etc/passwd } }\n";
    assert_files(
        outside,
        &[],
        &[
            "include-outside-project ../../x.yaml",
            "include-outside-project /etc/passwd",
        ],
    );
}

#[test]
fn what_with_gives_is_checked() {
    let with = |with: &str| {
        format!("flow: outer\ntasks: {{ s: {{ flow: square.yaml, with: {with} }} }}\n")
    };
    let files = [("flows/square.yaml", SQUARE)];
    assert_files(&with("{ n: 10 }"), &files, &["refused-value 10"]);
    assert_files(&with("{ n: two }"), &files, &["type-mismatch two"]);
    assert_files(&with("{ m: 1 }"), &files, &["unknown-parameter m"]);
    assert_files(
        &with("{ label: y }"),
        &files,
        &["missing-parameter s", "ambiguous-scalar y"],
    );
    assert_files(
        &with("{ n: '${{ run.id }}' }"),
        &files,
        &["type-mismatch run.id"],
    );
    assert_files(&with("[1]"), &files, &["type-mismatch [1]"]);
}

#[test]
fn files_are_closed() {
    let outer = "flow: outer\nparameters: { p: 1 }\ntasks:\n  a: { run: x }\n  s: { for_each: [1], flow: sub.yaml }\n";
    let sub = "flow: sub\ntasks:\n  b: { run: x, env: { A: '${{ parameters.p }}', B: '${{ tasks.a.status }}', C: '${{ item }}' } }\n";
    assert_files(
        outer,
        &[("flows/sub.yaml", sub)],
        &[
            "unknown-parameter p",
            "unknown-task a",
            "misplaced-reference item",
        ],
    );
}

#[test]
fn recursion_shows_the_files_on_its_way() {
    let outer = "flow: outer\ntasks: { s: { flow: a.yaml } }\n";
    let a = "flow: a\ntasks: { s: { flow: b.yaml } }\n";
    let b = "flow: b\ntasks: { s: { flow: a.yaml } }\n";
    let outcome = resolve_files("flow.yaml", outer, &[("a.yaml", a), ("b.yaml", b)]);
    assert_eq!(
        outcome.problems(),
        [
            "error[recursive-sub-flow] `a.yaml`: a sub-flow uses itself: `a.yaml` -> `b.yaml` -> `a.yaml`"
        ]
    );
    let own = "flow: own\ntasks: { s: { flow: flow.yaml } }\n";
    let outcome = resolve_files("flow.yaml", own, &[]);
    assert_eq!(found(&outcome), ["recursive-sub-flow flow.yaml"]);
}

#[test]
fn uses_that_multiply_end() {
    let level = |next: &str| {
        let tasks: Vec<String> = (0..10)
            .map(|i| format!("t{i}: {{ flow: {next} }}"))
            .collect();
        format!("flow: f\ntasks: {{ {} }}\n", tasks.join(", "))
    };
    let files: Vec<(String, String)> = (1..9)
        .map(|i| (format!("{i}.yaml"), level(&format!("{}.yaml", i + 1))))
        .chain([(
            "9.yaml".to_owned(),
            "flow: f\ntasks: { t: { run: x } }\n".to_owned(),
        )])
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let outcome = resolve_files("flow.yaml", &level("1.yaml"), &files);
    let codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code).collect();
    assert!(codes.contains(&"too-large"), "{codes:?}");
    assert!(codes.len() < 100, "{}", codes.len());
}

#[test]
fn keys_of_a_run_are_told_in_a_sub_flow() {
    let outer = "flow: outer\ntasks: { s: { flow: sub.yaml, for_each: [1] } }\n";
    let sub = "flow: sub\nschedule: { cron: '0 3 * * *' }\ntimeout: 1h\nmax_parallel: 2\ntasks: { b: { run: x } }\nfinally: { c: { run: x } }\n";
    assert_files(
        outer,
        &[("flows/sub.yaml", sub)],
        &[
            "ignored-key schedule",
            "inapplicable-key timeout",
            "inapplicable-key max_parallel",
            "inapplicable-key finally",
        ],
    );
}

#[test]
fn limits_and_services_of_a_file_are_those_of_the_group() {
    let outer = "flow: outer\ntasks: { s: { flow: sub.yaml } }\n";
    let sub = "flow: sub\nmax_parallel: 2\nfail_fast: true\nconcurrency: { group: g }\nservices: { db: { image: postgres:17 } }\ndefaults: { image: busybox:1.36 }\ntasks: { b: { run: x } }\n";
    let flow = resolve_files("flow.yaml", outer, &[("sub.yaml", sub)]).flow();
    let group = &flow.tasks[0];
    assert_eq!(
        group.max_parallel.as_ref().map(|limit| limit.value),
        Some(2)
    );
    assert!(group.fail_fast.is_some() && group.concurrency.is_some());
    assert_eq!(group.services.len(), 1);
    assert_eq!(flow.tasks[1].path, "s.b");
    let process = flow.tasks[1].process();
    assert!(process.is_some_and(|process| process.image.is_some()));
}
