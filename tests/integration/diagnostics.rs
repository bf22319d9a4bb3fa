//! Every problem that flowc can find has fixtures in `tests/diagnostics/<code>/`. The first comment
//! lines of one say what it produces, in order, and it may produce nothing else:
//!
//! ```yaml
//! # expect: unknown-task "prepre"
//! # target: argo@3.7
//! ```
//!
//! The quoted text is what is underlined. With a target, what it emulates is not counted.

use std::path::Path;

use flowc_core::checks;

use crate::harness::{Checked, Files, check, files_in, render, root, underlined, visible};

#[derive(Debug, PartialEq, Eq)]
struct Expected {
    code: String,
    underlined: Option<String>,
}

struct Fixture {
    name: String,
    text: String,
    expected: Vec<Expected>,
    checked: Checked,
}

fn directive<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    text.lines()
        .map_while(|line| line.trim_start_matches('\u{feff}').strip_prefix("# "))
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
        .map(str::trim_end)
        .collect()
}

fn expected(text: &str) -> Vec<Expected> {
    directive(text, "expect")
        .into_iter()
        .map(|line| match line.split_once(' ') {
            None => Expected {
                code: line.to_owned(),
                underlined: None,
            },
            Some((code, quoted)) => Expected {
                code: code.to_owned(),
                underlined: Some(quoted.trim_matches('"').to_owned()),
            },
        })
        .collect()
}

fn fixture(path: &Path) -> Fixture {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let files = Files::In(path.parent().unwrap().to_owned());
    let target = directive(&text, "target").first().copied();
    Fixture {
        expected: expected(&text),
        checked: check(&name, &text, files, target),
        name,
        text,
    }
}

fn fixtures(code: &str) -> Vec<Fixture> {
    files_in(&root().join("tests/diagnostics").join(code), "yaml")
        .iter()
        .map(|path| fixture(path))
        .collect()
}

/// Says what differs, or nothing.
fn difference(fixture: &Fixture) -> Option<String> {
    let wants_notes = fixture
        .expected
        .iter()
        .any(|expected| expected.code == "emulated-feature");
    let found: Vec<Expected> = fixture
        .checked
        .diagnostics
        .iter()
        .filter(|diagnostic| wants_notes || diagnostic.code != "emulated-feature")
        .map(|diagnostic| Expected {
            code: diagnostic.code.to_owned(),
            underlined: Some(underlined(&fixture.checked.sources, diagnostic)),
        })
        .collect();
    let equal = found.len() == fixture.expected.len()
        && found.iter().zip(&fixture.expected).all(|(found, wanted)| {
            found.code == wanted.code
                && (wanted.underlined.is_none() || wanted.underlined == found.underlined)
        });
    (!equal).then(|| {
        format!(
            "{}\n  wanted {:?}\n  found  {:?}\n{}",
            fixture.name,
            fixture.expected,
            found,
            render(&fixture.checked)
        )
    })
}

#[test]
#[ignore = "some fixtures are still to be written"]
fn every_code_has_fixtures_that_produce_what_they_say_and_nothing_else() {
    let mut wrong = Vec::new();
    for check in checks::all() {
        let fixtures = fixtures(check.code);
        let named = |fixture: &Fixture| fixture.expected.iter().any(|e| e.code == check.code);
        if !fixtures.iter().any(named) {
            wrong.push(format!("{}: no fixture expects it", check.code));
        }
        wrong.extend(
            fixtures
                .iter()
                .filter_map(difference)
                .map(|difference| format!("{}/{difference}", check.code)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_fixtures_is_named_after_a_code() {
    for entry in std::fs::read_dir(root().join("tests/diagnostics")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(checks::find(&name).is_some(), "{name} is no code");
    }
}

#[test]
fn fixtures_are_shown_in_full() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots/diagnostics"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for check in checks::all() {
        let mut shown = String::new();
        for fixture in fixtures(check.code) {
            shown.push_str(&format!("//// {}\n", fixture.name));
            for line in fixture.text.lines().take(200) {
                let kept = !line.starts_with("# expect: ");
                if kept {
                    shown.push_str(&visible(line));
                    shown.push('\n');
                }
            }
            shown.push_str("////\n");
            shown.push_str(&render(&fixture.checked));
            shown.push('\n');
        }
        insta::assert_snapshot!(check.code, shown);
    }
}
