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
                underlined: quoted
                    .strip_prefix('"')
                    .and_then(|quoted| quoted.strip_suffix('"'))
                    .map(str::to_owned),
            },
        })
        .collect()
}

fn fixture(path: &Path) -> Fixture {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    compile(name, text, path.parent().unwrap())
}

fn compile(name: String, text: String, folder: &Path) -> Fixture {
    let files = Files::In(folder.to_owned());
    let target = directive(&text, "target").first().copied();
    Fixture {
        expected: expected(&text),
        checked: check(&name, &text, files, target),
        name,
        text,
    }
}

fn fixtures(code: &str) -> Vec<Fixture> {
    let folder = root().join("tests/diagnostics").join(code);
    let files = files_in(&folder, "yaml");
    let generated = generated(code).into_iter();
    let generated = generated.map(|(name, text)| compile(name.to_owned(), text, &folder));
    let written = files.iter().map(|path| fixture(path));
    written.chain(generated).collect()
}

/// Fixtures that are too large to be written out.
fn generated(code: &str) -> Vec<(&'static str, String)> {
    let head = format!("# expect: {code}\nflow: generated\ndefaults: {{ image: alpine:3.22 }}\n");
    let letters = "x".repeat(130_000);
    let groups: String = (0..100)
        .map(|level| format!("{0}tasks:\n{0}  g:\n", "    ".repeat(level)))
        .collect();
    let lists = format!("labels: {}{}\n", "[".repeat(1000), "]".repeat(1000));
    match code {
        "text-too-long" => vec![
            (
                "long-variable",
                format!("{head}tasks:\n  a:\n    env: {{ A: {letters} }}\n    run: ./a\n"),
            ),
            (
                "long-script",
                format!("{head}tasks:\n  a:\n    run: ./a {letters}\n"),
            ),
        ],
        "large-object" => vec![
            (
                "steps-that-metaflow-deploys",
                format!(
                    "# target: metaflow@2.19\n# expect: {code} \"generated\"\n# expect: lossy-feature \"alpine:3.22\"\nflow: generated\nschedule: {{ cron: \"0 3 * * *\" }}\ndefaults: {{ image: alpine:3.22 }}\ntasks: {{ {} }}\n",
                    (0..270)
                        .map(|task| format!("t{task}: {{ run: ./a }}, "))
                        .collect::<String>(),
                ),
            ),
            (
                "one-text-in-seventeen-tasks",
                format!(
                    "# target: argo\n# expect: {code} \"generated\"\nflow: generated\ntasks:\n{}defaults: {{ image: alpine:3.22, env: {{ A: {} }} }}\n",
                    (0..17)
                        .map(|task| format!("  t{task}: {{ run: ./a {task} }}\n"))
                        .collect::<String>(),
                    "x".repeat(100_000)
                ),
            ),
        ],
        "target-limit" => {
            let list = vec!["1"; 1025].join(", ");
            vec![(
                "list-that-a-task-hands-on",
                format!(
                    "# target: airflow@3\n# expect: {code} \"[{list}]\"\nflow: generated\ndefaults: {{ image: alpine:3.22 }}\ntasks:\n  t:\n    for_each: [{list}]\n    allow_failure: ${{{{ item == 1 }}}}\n    run: ./a\n"
                ),
            )]
        }
        "too-large" => vec![
            (
                "hundred-groups",
                format!("{head}{groups}{}    run: ./a\n", "    ".repeat(99)),
            ),
            (
                "thousand-lists",
                format!("{head}{lists}tasks:\n  a:\n    run: ./a\n"),
            ),
        ],
        _ => Vec::new(),
    }
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
fn what_expands_without_end_is_refused_in_no_time() {
    for fixture in ["billion-laughs.yaml", "deep-expression.yaml"] {
        let path = root().join("tests/diagnostics/too-large").join(fixture);
        let text = std::fs::read_to_string(&path).unwrap();
        let start = std::time::Instant::now();
        compile(fixture.to_owned(), text, path.parent().unwrap());
        let taken = start.elapsed();
        assert!(taken.as_millis() < 500, "{fixture}: {taken:?}");
    }
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
                    shown.extend(visible(line).chars().take(200));
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
