//! The pages of `flowc explain`: every code has one, and what its example says is true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flowc_core::checks;

use crate::harness::{Files, check, render, root};

/// The YAML blocks of a section.
fn blocks(page: &str, section: &str) -> Vec<String> {
    let Some((_, rest)) = page.split_once(&format!("# {section}\n")) else {
        return Vec::new();
    };
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in rest.lines() {
        if line.starts_with("```") {
            inside = !inside;
            if inside {
                blocks.push(String::new());
            }
        } else if inside {
            let block = blocks.last_mut().unwrap();
            block.push_str(line);
            block.push('\n');
        } else if line.starts_with("# ") {
            break;
        }
    }
    blocks
}

/// The codes that the blocks of a section give: the first is the flow; a block that starts with the
/// comment `# file: NAME` is a file beside it.
fn codes(blocks: &[String]) -> (BTreeSet<&'static str>, String) {
    let mut files = BTreeMap::new();
    let mut main = None;
    for block in blocks {
        let name = block
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("# file: "));
        match name {
            Some(name) => {
                files.insert(name.to_owned(), block.clone());
            }
            None => main = main.or(Some(block)),
        }
    }
    let main = main.unwrap();
    let stands_for = main.strip_prefix("# LONG stands for ");
    let main = &match stands_for.and_then(|text| text.split_once(" letters\n")) {
        Some((letters, text)) => text.replace("LONG", &"x".repeat(letters.parse().unwrap())),
        None => main.clone(),
    };
    let target = main.lines().find_map(|l| l.strip_prefix("# target: "));
    let checked = check("flow.yaml", main, Files::Given(files), target);
    let codes = checked.diagnostics.iter().map(|d| d.code).collect();
    (codes, render(&checked))
}

#[test]
fn every_example_has_its_problem_and_nothing_worse_and_its_instead_has_not() {
    let mut wrong = Vec::new();
    for check in checks::all() {
        let example = blocks(&check.page, "Example");
        let instead = blocks(&check.page, "Instead");
        if example.is_empty() || instead.is_empty() {
            wrong.push(format!("{}: a section without YAML", check.code));
            continue;
        }
        let (found, shown) = codes(&example);
        if !found.contains(check.code) {
            wrong.push(format!("{}: example gives {found:?}\n{shown}", check.code));
        }
        let (found, shown) = codes(&instead);
        let clean = found.iter().all(|code| *code == "emulated-feature");
        if !clean || found.contains(check.code) {
            wrong.push(format!("{}: instead gives {found:?}\n{shown}", check.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Whether a text has the form of a code: words in lower case joined by `-`.
fn is_code(text: &str) -> bool {
    text.contains('-')
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// The codes that a source text gives to diagnostics: the first argument with the form of a code
/// after each constructor, and every constant with a name that ends in `CODE`.
fn codes_made_in(source: &str) -> Vec<&str> {
    let mut codes = Vec::new();
    let tests = source.find("#[cfg(test)]").unwrap_or(source.len());
    let source = &source[..tests];
    for maker in [
        "Diagnostic::error(",
        "Diagnostic::warning(",
        "Diagnostic::new(",
    ] {
        for (at, _) in source.match_indices(maker) {
            let rest = &source[at + maker.len()..];
            let arguments = &rest[..rest.find(';').unwrap_or(rest.len())];
            codes.extend(arguments.split('"').skip(1).step_by(2).find(|t| is_code(t)));
        }
    }
    for (at, _) in source.match_indices("CODE: &str = \"") {
        let rest = &source[at + "CODE: &str = \"".len()..];
        codes.extend(rest.split('"').next());
    }
    codes
}

#[test]
fn every_code_that_any_crate_makes_has_a_page() {
    let mut files = Vec::new();
    for crate_folder in ["compiler/core/src", "compiler/cli/src", "targets/src"] {
        sources(&root().join(crate_folder), &mut files);
    }
    files.sort();
    let mut made = BTreeSet::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        for code in codes_made_in(&text) {
            made.insert(code.to_owned());
            assert!(
                checks::find(code).is_some(),
                "{} makes `{code}`, which has no page",
                file.strip_prefix(root()).unwrap().display()
            );
        }
    }
    assert!(made.len() > 10, "the scan finds codes at all: {made:?}");
}

#[test]
fn every_page_is_the_doc_comment_of_the_file_with_its_name() {
    for check in checks::all() {
        let file = format!(
            "compiler/core/src/checks/{}.rs",
            check.code.replace('-', "_")
        );
        let source = std::fs::read_to_string(root().join(&file)).unwrap();
        let first = source.lines().next().unwrap();
        assert_eq!(first.trim_start_matches("//! "), check.summary(), "{file}");
    }
}
