//! The tables of `docs/expressions.md`, row by row.

use super::super::eval::eval;
use super::*;

const PAGE: &str = include_str!("../../../../../docs/expressions.md");

/// The rows of every table with this header.
fn rows(header: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if line != header {
            continue;
        }
        lines.next();
        rows.extend(
            lines
                .by_ref()
                .take_while(|line| line.starts_with('|'))
                .map(cells),
        );
    }
    rows
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim_start_matches("| ").trim_end_matches(" |");
    let cells = row.split(" | ").map(|cell| {
        let code = cell
            .strip_prefix('`')
            .and_then(|cell| cell.strip_suffix('`'));
        // In a sentence, backticks belong to the words.
        let plain = code.filter(|code| !code.contains('`')).unwrap_or(cell);
        plain.replace("\\|", "|").replace("&lt;", "<")
    });
    cells.collect()
}

#[test]
fn examples_have_the_values_that_the_page_says() {
    let rows = rows("| Expression | Type | Value |");
    assert!(rows.len() > 50, "only {} examples were found", rows.len());
    for row in rows {
        let [text, ty, json] = row.as_slice() else {
            panic!("{row:?} has not three cells");
        };
        let expr = expr(text);
        assert_eq!(expr.ty.to_string(), *ty, "{text}");
        let value = eval(&expr, &World::new()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(value.json(), *json, "{text}");
    }
}

#[test]
fn values_have_the_text_that_the_page_says() {
    let rows = rows("| Value | Text |");
    assert_eq!(rows.len(), 7);
    for row in rows {
        let value = eval(&expr(&row[0]), &World::new()).expect("a value");
        assert_eq!(value.text(), row[1], "{}", row[0]);
    }
}

#[test]
fn refusals_are_worded_as_the_page_says() {
    let rows = rows("| Expression | Why |");
    assert_eq!(rows.len(), 12);
    for row in rows {
        let problems = checked(&row[0]).expect_err("it is refused");
        let messages: Vec<&str> = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(messages, [row[1].as_str()], "{}", row[0]);
    }
}

#[test]
fn the_page_names_every_function_and_macro() {
    for signature in super::super::functions::SIGNATURES {
        assert!(PAGE.contains(signature.usage), "{}", signature.usage);
    }
    for kind in super::super::Macro::ALL {
        assert!(
            PAGE.contains(&format!(".{}(", kind.name())),
            "{}",
            kind.name()
        );
    }
}
