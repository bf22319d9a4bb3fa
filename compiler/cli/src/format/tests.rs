use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::source::{FileId, Sources, Span};

use super::Format;
use crate::report::Report;

/// Compares with a file in the repository's `snapshots/cli`.
fn assert_snapshot(name: &str, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn span_of(sources: &Sources, file: FileId, text: &str) -> Span {
    let at = sources.file(file).text().find(text).expect("in the text");
    Span::new(file, at..at + text.len())
}

fn report(sources: Sources, list: Vec<Diagnostic>) -> Report {
    let mut diagnostics = Diagnostics::default();
    for diagnostic in list {
        diagnostics.push(diagnostic);
    }
    diagnostics.finish(&sources);
    Report {
        sources,
        diagnostics: diagnostics.into_iter().collect(),
        ..Report::default()
    }
}

/// A slip of the hand, a clash between two files, and something lost on one target.
fn typical() -> Report {
    let mut sources = Sources::default();
    let flow = sources.add(
        "flow.yaml",
        "flow: demo\n\ntasks:\n  prepare:\n    run: true\n\n\n  train:\n    depends_on: [prepre]\n    run: true\n",
    );
    let other = sources.add("shared/load data.yaml", "flow: load\ntimeout: 5m\n");
    let unknown = Diagnostic::error(
        "unknown-task",
        span_of(&sources, flow, "prepre"),
        "task `train` depends on `prepre`, which does not exist",
    )
    .says("no task with this name")
    .label(
        span_of(&sources, flow, "prepare"),
        "a task with a similar name",
    )
    .help("did you mean `prepare`?")
    .fix(span_of(&sources, flow, "prepre"), "prepare");
    let clash = Diagnostic::warning(
        "name-clash",
        span_of(&sources, flow, "demo"),
        "100% of `demo`, a: b\nand more",
    )
    .label(span_of(&sources, other, "load"), "the other one");
    let mut lost = Diagnostic::warning(
        "lossy-feature",
        span_of(&sources, other, "5m"),
        "the timeout is lost",
    );
    lost.target = Some("argo@3.7".into());
    report(sources, vec![unknown, clash, lost])
}

#[test]
fn full_shows_lines_labels_other_files_and_help() {
    assert_snapshot("format-full", Format::Full.write(&[typical()], false));
}

#[test]
fn concise_is_one_line_per_problem() {
    insta::assert_snapshot!(Format::Concise.write(&[typical()], false), @r"
    flow.yaml:1:7: warning[name-clash]: 100% of `demo`, a: b and more
    flow.yaml:9:18: error[unknown-task]: task `train` depends on `prepre`, which does not exist
    shared/load data.yaml:2:10: warning[lossy-feature]: the timeout is lost (argo@3.7)
    ");
}

#[test]
fn json_is_one_object_per_line() {
    let text = Format::Json.write(&[typical()], false);
    for line in text.lines() {
        let _: serde_json::Value = serde_json::from_str(line).expect("an object");
    }
    assert_snapshot("format-json", text);
}

#[test]
fn sarif_holds_rules_places_and_fixes() {
    let text = Format::Sarif.write(&[typical()], false);
    let mut log: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array_mut()
        .expect("a list");
    for rule in rules {
        let code = rule["id"].as_str().expect("a code");
        let page = flowc_core::checks::find(code).map(|check| check.page);
        assert_eq!(rule["help"]["markdown"].as_str(), page.as_deref());
        // The pages have tests of their own.
        rule.as_object_mut()
            .expect("an object")
            .retain(|key, _| key == "id");
    }
    assert_snapshot(
        "format-sarif",
        serde_json::to_string_pretty(&log).expect("JSON"),
    );
}

#[test]
fn github_escapes_what_would_end_a_command() {
    insta::assert_snapshot!(Format::Github.write(&[typical()], false), @r"
    ::warning file=flow.yaml,line=1,endLine=1,col=7,endColumn=11,title=name-clash::100%25 of `demo`, a: b%0Aand more
    ::error file=flow.yaml,line=9,endLine=9,col=18,endColumn=24,title=unknown-task::task `train` depends on `prepre`, which does not exist%0Ahelp: did you mean `prepare`?
    ::warning file=shared/load data.yaml,line=2,endLine=2,col=10,endColumn=12,title=lossy-feature::the timeout is lost (argo@3.7)
    ");
}

fn full_of(text: &str, wrong: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text);
    let diagnostic = Diagnostic::error("x", span_of(&sources, file, wrong), "wrong").says("here");
    Format::Full.write(&[report(sources, vec![diagnostic])], false)
}

#[test]
fn carets_stand_under_wide_characters_after_tabs_and_before_carriage_returns() {
    let shown = full_of("a: 1\r\n\tnäme: \"日本\" # €\r\nb: 2\r\n", "日本");
    insta::assert_snapshot!(shown, @r#"
    error[x]: wrong
     --> flow.yaml:2:9
      |
    2 |     näme: "日本" # €
      |            ^^^^ here
    "#);
}

#[test]
fn a_place_at_the_end_of_the_file_is_shown() {
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", "flow: a\n");
    let diagnostic = Diagnostic::error("x", Span::new(file, 8..8), "`tasks` is missing");
    let shown = Format::Full.write(&[report(sources, vec![diagnostic])], false);
    insta::assert_snapshot!(shown, @r"
    error[x]: `tasks` is missing
     --> flow.yaml:2:1
      |
    2 |
      | ^
    ");
}

#[test]
fn a_block_is_pointed_at_and_not_embraced() {
    let shown = full_of("a:\n  b: 1\n  c: 2\n  d: 3\n", "b: 1\n  c: 2\n  d: 3\n");
    insta::assert_snapshot!(shown, @r"
    error[x]: wrong
     --> flow.yaml:2:3
      |
    2 |   b: 1
      |   ^^^^ here
    ");
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = format!(
        r#"{{"a": "{}", "wrong": 1, "b": "{}"}}"#,
        "ä".repeat(50_000),
        "y".repeat(50_000)
    );
    insta::assert_snapshot!(full_of(&text, "wrong").replace("::: \n", ":::\n"), @r#"
    error[x]: wrong
     --> flow.yaml:1:50012
      |
     :::
    1 | ääääääääääääääääääääääääääää", "wrong": 1, "b": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
      |                                 ^^^^^ here
    "#);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", "a: \u{1b}[31mred\u{7}\n");
    let diagnostic = Diagnostic::error("x", Span::new(file, 3..9), "\u{1b}[2J is wrong");
    let report = report(sources, vec![diagnostic]);
    for format in [Format::Full, Format::Concise, Format::Json, Format::Sarif] {
        let shown = format.write(std::slice::from_ref(&report), false);
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }
}
