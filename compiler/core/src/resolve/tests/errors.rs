//! Each problem, by its code and the text it underlines.

use super::{assert_found, assert_task, found, resolve_text};

#[test]
fn unknown_keys_are_told_once_and_nothing_follows_from_them() {
    assert_task("{ comand: [x] }", &["unknown-key comand"]);
    assert_task("{ run: x, foo: 1 }", &["unknown-key foo"]);
    assert_task(
        "{ run: x, retries: 1, backoff: { dely: 1s } }",
        &["unknown-key dely"],
    );
    assert_found("flow: f\ntsks: { t: { run: x } }\n", &["unknown-key tsks"]);
    assert_task("{ sub_flow: { x: 1 } }", &["unknown-key sub_flow"]);
    assert_found("flowc_ir: 2\nflow: f\n", &["unknown-ir-version 2"]);
}

#[test]
fn a_suggested_key_is_also_a_fix() {
    let outcome = resolve_text("flow.yaml", "flow: f\ntasks: { t: { rum: x } }\n");
    let fix = outcome.diagnostics.iter().find_map(|d| d.fix.clone());
    assert_eq!(fix.map(|fix| fix.replacement), Some("run".to_owned()));
}

#[test]
fn a_task_does_exactly_one_thing() {
    assert_task("{ image: x }", &["body-count t"]);
    assert_task("{ run: x, command: [z] }", &["body-count command"]);
    assert_task("{ wait: 1m, tasks: {}, image: x }", &["body-count tasks"]);
    assert_task("{ tasks: {} }", &["type-mismatch {}"]);
}

#[test]
fn keys_that_do_not_go_with_the_body_are_told() {
    assert_task("{ wait: 1m, image: x }", &["inapplicable-key image"]);
    assert_task(
        "{ approve: { message: ok? }, retries: 1, for_each: [1] }",
        &["inapplicable-key retries", "inapplicable-key for_each"],
    );
    assert_task(
        "{ tasks: { a: { run: x } }, timeout: 1m, image: x }",
        &["inapplicable-key timeout", "inapplicable-key image"],
    );
    assert_task("{ command: [x], shell: sh }", &["inapplicable-key shell"]);
    assert_task(
        "{ run: x, max_parallel: 2, fail_fast: true }",
        &[
            "inapplicable-key max_parallel",
            "inapplicable-key fail_fast",
        ],
    );
    assert_task(
        "{ run: x, backoff: { delay: 1s } }",
        &["inapplicable-key backoff"],
    );
    assert_task(
        "{ run: x, retries: 0, retry_on: { exit_codes: [3] } }",
        &["inapplicable-key retry_on"],
    );
    assert_task("{ run: x, with: { p: 1 } }", &["inapplicable-key with"]);
}

#[test]
fn wrong_kinds_name_what_is_wanted() {
    assert_task("[1]", &["type-mismatch [1]"]);
    assert_task("{ command: make }", &["type-mismatch make"]);
    assert_task("{ command: [] }", &["type-mismatch []"]);
    assert_task("{ run: }", &["type-mismatch"]);
    assert_task("{ run: x, retries: many }", &["type-mismatch many"]);
    assert_task("{ run: x, pure: 1 }", &["type-mismatch 1"]);
    assert_task("{ run: x, env: [A] }", &["type-mismatch [A]"]);
    assert_task("{ run: x, env: { A: [1] } }", &["type-mismatch [1]"]);
    assert_task("{ run: x, env: { A: } }", &["type-mismatch"]);
    assert_task("{ run: x, outputs: [a] }", &["type-mismatch [a]"]);
    assert_task("{ run: x, when: maybe }", &["type-mismatch maybe"]);
    assert_task(
        "{ run: x, when: \"${{ parameters.p }}\" }",
        &["type-mismatch parameters.p"],
    );
    assert_task(
        "{ run: x, when: \"a ${{ true }}\" }",
        &["type-mismatch \"a ${{ true }}\""],
    );
    assert_task("{ run: x, for_each: 3 }", &["type-mismatch 3"]);
    assert_task(
        "{ run: x, for_each: \"${{ parameters.p }}\" }",
        &["type-mismatch parameters.p"],
    );
    let outcome = resolve_text(
        "flow.yaml",
        "flow: f\ntasks: { t: { run: x, retries: a } }\n",
    );
    let message = outcome.problems();
    assert_eq!(
        message,
        ["error[type-mismatch] `a`: `retries` must be an integer, not text"]
    );
}

#[test]
fn numbers_have_bounds() {
    assert_task("{ run: x, retries: -1 }", &["out-of-range -1"]);
    assert_task(
        "{ tasks: { a: { run: x } }, max_parallel: 0 }",
        &["out-of-range 0"],
    );
    assert_task(
        "{ run: x, retries: 1, retry_on: { exit_codes: [0, 3, 256] } }",
        &["out-of-range 0", "out-of-range 256"],
    );
    assert_task(
        "{ run: x, retries: 1, backoff: { delay: 1m, factor: 0.5, max_delay: 1s } }",
        &["out-of-range 0.5"],
    );
    assert_task(
        "{ run: x, retries: 1, backoff: { delay: 1m, max_delay: 1s } }",
        &["out-of-range 1s"],
    );
    assert_task(
        "{ run: x, services: { db: { image: a, ports: [0, 70000] } } }",
        &["out-of-range 0", "out-of-range 70000"],
    );
    assert_task(
        "{ run: x, resources: { gpu: 1.5 } }",
        &["type-mismatch 1.5"],
    );
    assert_task(
        "{ run: x, env: { A: 9007199254740993 } }",
        &["out-of-range 9007199254740993"],
    );
}

#[test]
fn words_are_among_those_known() {
    assert_task(
        "{ run: x, trigger_rule: al_done }",
        &["unknown-value al_done"],
    );
    assert_task("{ run: x, shell: fish }", &["unknown-value fish"]);
    assert_task("{ run: x, outputs: { a: text } }", &["unknown-value text"]);
    assert_task(
        "{ run: x, artifacts: { a: folder } }",
        &["unknown-value folder"],
    );
    assert_task(
        "{ approve: { message: ok?, default: maybe } }",
        &["unknown-value maybe"],
    );
    assert_task(
        "{ run: x, kubernetes: { image_pull_policy: always } }",
        &["unknown-value always"],
    );
}

#[test]
fn values_with_a_language_of_their_own_are_read() {
    assert_task("{ run: x, timeout: 10 }", &["invalid-duration 10"]);
    assert_task("{ wait: soon }", &["invalid-duration soon"]);
    assert_task("{ run: x, image: \"a b\" }", &["invalid-image"]);
}

#[test]
fn names_follow_the_rules() {
    assert_found(
        "flow: My Flow\ntasks: { Bad: { run: x }, flowc_x: { run: x } }\n",
        &["invalid-name M", "invalid-name B", "invalid-name flowc"],
    );
    assert_task("{ run: x, env: { FLOW_X: a } }", &["invalid-name FLOW_X"]);
    assert_task("{ run: x, env: { A-B: a } }", &["invalid-name -"]);
    assert_task(
        "{ run: x, for_each: { as: tasks, in: [1] } }",
        &["invalid-name tasks"],
    );
    assert_task("{ run: x, outputs: { A: string } }", &["invalid-name A"]);
}

#[test]
fn names_that_share_a_space_differ() {
    assert_task(
        "{ run: x, outputs: { a: string }, artifacts: { a: file } }",
        &["duplicate-name a"],
    );
    assert_found(
        "flow: f\ntasks: { t: { run: x } }\nfinally: { t: { run: x } }\n",
        &["duplicate-name t"],
    );
}

#[test]
fn unknown_names_underline_the_wrong_word_only() {
    let env = |expression: &str| format!("{{ run: x, env: {{ A: '${{{{ {expression} }}}}' }} }}");
    for (expression, expected) in [
        ("parameters.q", "unknown-parameter q"),
        ("tasks.othr.outputs.n", "unknown-task othr"),
        ("tasks.other.outputs.m", "unknown-output m"),
        ("tasks.other.outputs.file", "unknown-output file"),
        ("tasks.other.artifacts.fil", "unknown-artifact fil"),
        ("tasks.other.result", "unknown-name result"),
        ("tasks.other", "unknown-name other"),
        ("tasks", "unknown-name tasks"),
        ("parameter.p", "unknown-name parameter"),
        ("words", "unknown-name words"),
        ("run.ids", "unknown-name ids"),
        ("outputs.x", "unknown-output x"),
        ("item", "misplaced-reference item"),
        ("index + 1", "misplaced-reference index"),
        ("run.status", "misplaced-reference run.status"),
        (
            "tasks.other.status",
            "misplaced-reference tasks.other.status",
        ),
        ("secrets.Bad", "invalid-name Bad"),
    ] {
        assert_task(&env(expression), &[expected]);
    }
}

#[test]
fn names_stand_only_where_they_mean_something() {
    assert_task(
        "{ run: x, when: \"${{ secrets.s == 'a' }}\" }",
        &["secret-outside-env secrets.s"],
    );
    assert_task(
        "{ command: [x, \"${{ secrets.s }}\"] }",
        &["secret-outside-env secrets.s"],
    );
    assert_task(
        "{ run: x, when: \"${{ tasks.other.artifacts.file == 'a' }}\" }",
        &["misplaced-reference tasks.other.artifacts.file"],
    );
    assert_task(
        "{ run: x, image: \"${{ outputs.a }}\", outputs: { a: string } }",
        &["misplaced-reference outputs"],
    );
    assert_task(
        "{ run: x, services: { db: { image: a, env: { A: \"${{ tasks.other.outputs.n }}\" } } } }",
        &["misplaced-reference tasks.other.outputs.n"],
    );
    assert_found(
        "flow: f\nsecrets: [token]\ntasks: { t: { run: x, env: { A: '${{ secrets.tokn }}' } } }\n",
        &["unknown-secret tokn"],
    );
    assert_task(
        "{ run: x, description: 'a ${{ 1 }}' }",
        &["misplaced-expression ${{ 1 }}"],
    );
    assert_task(
        "{ run: x, timeout: '${{ 1 }}' }",
        &["misplaced-expression ${{ 1 }}"],
    );
}

#[test]
fn depends_on_names_siblings() {
    assert_task("{ run: x, depends_on: othr }", &["unknown-task othr"]);
    assert_task(
        "{ run: x, depends_on: [other, nope] }",
        &["unknown-task nope"],
    );
    assert_found(
        "flow: f\ntasks:\n  a: { run: x }\n  g:\n    tasks: { b: { run: x, depends_on: [a] } }\n",
        &["unknown-task a"],
    );
    assert_found(
        "flow: f\ntasks:\n  a: { run: x, env: { A: '${{ tasks.b.outputs.o }}' } }\n  g:\n    tasks: { b: { run: x } }\n",
        &["unknown-task b"],
    );
    assert_found(
        "flow: f\ntasks: { a: { run: x, depends_on: [end] } }\nfinally: { end: { run: x } }\n",
        &["unknown-task end"],
    );
}

#[test]
fn expressions_never_stand_in_scripts() {
    let text = "flow: f\nparameters: { größe: x, p: 1 }\ntasks:\n  t:\n    run: |\n      echo \"ä ${{ parameters.p }}!\"\n";
    let outcome = resolve_text("flow.yaml", text);
    assert_eq!(
        found(&outcome),
        ["invalid-name ö", "expression-in-script ${{ parameters.p }}"]
    );
    let problem = outcome.diagnostics.iter().last().cloned();
    let problem = problem.unwrap_or_else(|| panic!("a problem"));
    assert!(
        problem.help[0].contains("P: \"${{ parameters.p }}\""),
        "{:?}",
        problem.help
    );
    let fix = problem.fix.unwrap_or_else(|| panic!("a fix"));
    let mut mended = text.to_owned();
    mended.replace_range(fix.span.range(), &fix.replacement);
    assert!(
        mended.contains(
            "    env: { P: \"${{ parameters.p }}\" }\n    run: |\n      echo \"ä $P!\"\n"
        )
    );
    assert_eq!(
        found(&resolve_text("flow.yaml", &mended)),
        ["invalid-name ö"]
    );
}

#[test]
fn a_script_with_several_expressions_tells_each() {
    assert_task(
        "{ run: 'echo ${{ parameters.p }} ${{ item }} $${{ x }}' }",
        &[
            "expression-in-script ${{ parameters.p }}",
            "expression-in-script ${{ item }}",
        ],
    );
}

#[test]
fn parameters_are_typed_and_constrained() {
    assert_found(
        "flow: f\nparameters:\n  a: { default: 5, max: 3 }\n  b: { type: string, default: 5 }\n  c: { min: 1 }\n  d: { type: string, min: 1 }\n  e: [1, a]\n  f: { type: string, pattern: '[' }\n  g: { type: integer, enum: [1, x] }\n  h: { type: number, min: 3, max: 1 }\n  i:\n  j: { default: 'z', enum: [x, 'y'] }\ntasks: { t: { run: x } }\n",
        &[
            "refused-value 5",
            "type-mismatch 5",
            "missing-key c",
            "inapplicable-key min",
            "type-mismatch [1, a]",
            "invalid-pattern [",
            "type-mismatch x",
            "out-of-range 1",
            "type-mismatch",
            "refused-value 'z'",
        ],
    );
}

#[test]
fn a_wrong_declaration_is_not_told_again_by_its_readers() {
    assert_found(
        "flow: f\nparameters: { a: }\ntasks:\n  b: { run: x, outputs: [o] }\n  c: { foo: x }\n  t: { run: x, env: { A: '${{ parameters.a }} ${{ tasks.b.outputs.o }} ${{ tasks.c.outputs.m }}' } }\n",
        &[
            "type-mismatch",
            "type-mismatch [o]",
            "body-count c",
            "unknown-key foo",
        ],
    );
}

#[test]
fn problems_in_defaults_are_told_once() {
    assert_found(
        "flow: f\ndefaults: { retries: x, env: { A: '${{ parameters.q }}' }, image: 'A b' }\ntasks: { a: { run: x }, b: { run: x } }\n",
        &["type-mismatch x", "unknown-parameter q", "invalid-image"],
    );
}

#[test]
fn schedules_are_read() {
    assert_found(
        "flow: f\nschedule: daily\ntasks: { t: { run: x } }\n",
        &["type-mismatch daily"],
    );
    assert_found(
        "flow: f\nschedule: { cron: '0 3 * * *', catchup: true, timezone: Europe/Berln, overlap: never }\ntasks: { t: { run: x } }\n",
        &[
            "missing-key true",
            "invalid-timezone Europe/Berln",
            "unknown-value never",
        ],
    );
    assert_found(
        "flow: f\nschedule: { cron: '0 3 * * *', start: 2026-02-01, end: 2026-01-01 }\ntasks: { t: { run: x } }\n",
        &["out-of-range 2026-01-01"],
    );
    assert_found(
        "flow: f\nschedule: { cron: '0 3 * *' }\ntasks: { t: { run: x } }\n",
        &["invalid-cron 0 3 * *"],
    );
}

#[test]
fn texts_have_bounds() {
    let long = "x".repeat(120 * 1024 + 1);
    assert_task(
        &format!("{{ run: x, env: {{ A: {long} }} }}"),
        &["text-too-long"],
    );
    assert_task("{ run: x, env: { A: \"a\\0b\" } }", &["nul-in-text \\0"]);
    assert_task("{ run: \"a\\0b\" }", &["nul-in-text \\0"]);
    assert_task("{ run: x, env: { V: 3.10 } }", &["rewritten-number 3.10"]);
}

#[test]
fn fan_outs_have_one_form() {
    assert_task("{ run: x, for_each: { as: a } }", &["missing-key as"]);
    assert_task(
        "{ run: x, for_each: { in: [1], matrix: { a: [1] } } }",
        &["inapplicable-key matrix"],
    );
    assert_task(
        "{ run: x, for_each: { matrix: { os: [a], size: big }, exclude: [{ so: a }] } }",
        &["type-mismatch big"],
    );
    assert_task(
        "{ run: x, for_each: { matrix: { os: [a] }, exclude: [{ so: a }] } }",
        &["unknown-key so"],
    );
    assert_task(
        "{ run: x, for_each: { matrix: {} } }",
        &["type-mismatch {}"],
    );
    let axis = format!("[{}]", ["1"; 400].join(", "));
    assert_task(
        &format!("{{ run: x, for_each: {{ matrix: {{ a: {axis}, b: {axis} }} }} }}"),
        &[format!("too-large a: {axis}, b").as_str()],
    );
}

#[test]
fn exports_are_expressions_over_the_inside() {
    assert_found(
        "flow: f\ntasks:\n  a: { run: x, artifacts: { m: file } }\n  g:\n    tasks: { b: { run: x } }\n    outputs: { n: '${{ tasks.b.outputs.n }}' }\n    artifacts: { m: '${{ tasks.a.artifacts.m }}', k: file }\n",
        &[
            "unknown-output n",
            "misplaced-reference tasks.a.artifacts.m",
            "type-mismatch file",
        ],
    );
}

#[test]
fn empty_and_foreign_documents_do_not_panic() {
    for text in [
        "",
        "\u{feff}",
        "- a\n",
        "null",
        "flow: f",
        "tasks: {}",
        "{",
        "flow: [x]\ntasks: 3",
    ] {
        let outcome = resolve_text("flow.yaml", text);
        assert!(outcome.flow.is_none(), "{text:?}");
        assert!(outcome.diagnostics.has_errors(), "{text:?}");
    }
}
