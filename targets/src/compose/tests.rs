//! Flows in, Compose files out.

use flowc_core::diagnostic::Diagnostics;
use flowc_core::target::{Settings, Target};

use super::{Compose, regex, runner};
use crate::testing::{self, flow};

fn set(options: &[(&str, &str)]) -> Settings {
    testing::set(&Compose, None, options)
}

fn problems(text: &str, options: &[(&str, &str)]) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    Compose.check(&flow(text), &set(options), &mut diagnostics);
    diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect()
}

fn emitted(text: &str, options: &[(&str, &str)]) -> String {
    let bundle = Compose.emit(&flow(text), &set(options));
    bundle.files.into_values().collect()
}

/// A flow of one task with this `env` value, after a task with every type of output.
fn lowered(expression: &str) -> String {
    let text = format!(
        "flow: x\nparameters: {{ n: 3, list: [a, b], flag: true }}\ntasks:\n  a:\n    image: busybox:1.36\n    run: exit 0\n    \
         outputs: {{ score: number, name: string, items: list<integer>, detail: object }}\n  b:\n    image: busybox:1.36\n    \
         env: {{ V: '${{{{ {expression} }}}}' }}\n    run: exit 0\n"
    );
    let emitted = emitted(&text, &[]);
    let line = emitted
        .lines()
        .find_map(|line| line.trim().strip_prefix("FLOW_ENV: "));
    line.unwrap_or_default().trim_matches('\'').to_owned()
}

#[test]
fn expressions_call_functions_over_values_and_hold_no_value_of_a_run() {
    for (expression, code) in [
        ("parameters.n", "V = parameter(\"n\")"),
        (
            "tasks.a.outputs.score * 2",
            "V = shown(real(number(output(\"a\", \"score\")) * 2))",
        ),
        (
            "parameters.n + 1",
            "V = shown(plus(number(parameter(\"n\")), 1))",
        ),
        (
            "parameters.flag ? \"x\" : tasks.a.outputs.name",
            "V = (parameter(\"flag\") == \"true\") ? \"x\" : output(\"a\", \"name\")",
        ),
        (
            "tasks.a.outputs.detail.unit",
            "V = plain(member(output(\"a\", \"detail\"), \"unit\"))",
        ),
        (
            "tasks.a.outputs.items[1]",
            "V = shown(numeric(at_index(output(\"a\", \"items\"), shown(1))))",
        ),
        (
            "\"a\" in parameters.list",
            "V = truth(among(quote(\"a\"), parameter(\"list\")))",
        ),
        (
            "size(parameters.list)",
            "V = shown(size(parameter(\"list\")))",
        ),
    ] {
        assert_eq!(lowered(expression), code, "{expression}");
    }
}

#[test]
fn every_part_of_the_runner_begins_and_ends() {
    for text in runner::TEXTS {
        let begun = runner::all_parts(text).len();
        let ended = text.lines().filter(|line| *line == "#}").count();
        assert_eq!(begun, ended);
    }
}

#[test]
fn a_dollar_is_doubled_wherever_a_text_stands() {
    let text = emitted(
        "flow: x\ntasks:\n  a:\n    image: busybox:1.36\n    workdir: /$x\n    env: { V: '$$ ${HOME}' }\n    run: echo \"$V\"\n",
        &[],
    );
    for line in ["working_dir: /$$x", "V: \"$$$$ $${HOME}\"", "echo \"$$V\""] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn commands_alone_need_no_runner() {
    let plain = "flow: x\ntasks:\n  a: { image: scratch-like, command: [/a, --fast] }\n  \
                 b: { image: scratch-like, command: [/b], depends_on: [a] }\n";
    let text = emitted(plain, &[]);
    assert!(!text.contains("flowc's task runner"), "{text}");
    assert!(
        text.contains("    entrypoint: [/a]\n    command: [--fast]\n"),
        "{text}"
    );
    assert!(emitted(plain, &[("runner", "always")]).contains("flowc's task runner"));
}

#[test]
fn only_the_parts_that_a_flow_needs_are_written() {
    let text = emitted(
        "flow: x\ntasks:\n  a: { image: busybox:1.36, run: exit 0 }\n",
        &[],
    );
    for part in [
        "FLOW_BACKOFF:-",
        "fan_out()",
        "take()",
        "values.awk\n",
        "none_failed)",
    ] {
        assert!(!text.contains(part), "{part}");
    }
}

#[test]
fn services_of_groups_stand_around_their_tasks_under_names_that_no_task_has() {
    let text = emitted(
        "flow: x\ndefaults: { image: busybox:1.36 }\ntasks:\n  run:\n    tasks:\n      end: { run: exit 0 }\n  start: { run: exit 0, depends_on: [run] }\n",
        &[],
    );
    for name in [
        "\n  run--task:",
        "\n  run-end:",
        "\n  run--end:",
        "\n  start--task:",
        "\n  start:",
        "\n  run:",
    ] {
        assert!(text.contains(name), "{name}\n{text}");
    }
}

#[test]
fn an_image_without_a_shell_is_refused_unless_one_is_copied() {
    let text = "flow: x\ntasks:\n  a: { image: gcr.io/distroless/static, run: exit 0 }\n";
    assert_eq!(
        problems(text, &[]),
        [
            "unsupported-feature: the image `gcr.io/distroless/static` has no shell to run the task with"
        ]
    );
    assert_eq!(problems(text, &[("shell", "copied")]), [""; 0]);
    assert!(
        emitted(text, &[("shell", "copied")])
            .contains("entrypoint: [/flow/busybox, sh, /flowc/task]")
    );
}

#[test]
fn patterns_are_written_in_bytes() {
    for (pattern, bytes) in [
        (r"^v\d+\.\d+$", &br"^v[0-9]+\.[0-9]+$"[..]),
        ("a{2,3}", b"aaa?"),
        ("a{1,3}", b"a(a(a)?)?"),
        ("[]^-]", br"[]^-]"),
        ("(a|)b", b"(a)?b"),
        ("é", b"\xc3\xa9"),
        ("[é-ë]", b"(\xc3[\xa9-\xab])"),
        (r"a\\b", br"a\\b"),
    ] {
        assert_eq!(regex::awk(pattern).as_deref(), Ok(bytes), "{pattern}");
    }
    assert!(regex::awk(r"\bx").is_err());
}

#[test]
fn what_awk_cannot_say_is_an_error_at_the_expression() {
    let found = problems(
        "flow: x\nparameters: { name: y }\ntasks:\n  a:\n    image: busybox:1.36\n    when: ${{ parameters.name.matches(r\"\\bx\") }}\n    run: exit 0\n",
        &[],
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("unsupported-feature: awk has no such pattern"),
        "{found:?}"
    );
}
