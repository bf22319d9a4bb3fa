//! `docs/conformance.md`: what each case came to on each target, from the runs themselves.

use std::collections::BTreeMap;
use std::fs;

use super::expect::Case;
use crate::house;

/// What came of the cases on one target.
pub struct Column {
    /// The target.
    pub target: String,
    /// The engine with its version.
    pub engine: String,
    /// By case.
    pub cells: BTreeMap<String, Cell>,
}

/// What came of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Runs that went as they must.
    pub right: usize,
    /// Runs with a declared loss.
    pub lost: usize,
    /// Whatever went wrong.
    pub wrong: usize,
    /// The code of the refusal, where one must be, or why nothing runs.
    pub instead: Option<String>,
}

const INTRODUCTION: &str = "\
# Conformance

What each case of `tests/conformance`, and each example, came to on each engine that runs flows. The expected traces are written by hand from [the language](language.md); how \
they are written and compared is in `tests/conformance/README.md`. Written by `cargo xtask conformance --write` from the runs themselves.

- A number: so many runs, each with the states, attempts, outputs and order that the language asks for.
- *code*: the target must refuse the flow with this diagnostic, and does.
- *lossy*: runs that go otherwise because of a loss that the compiler warns of.
- *compiled*: an example that a test machine cannot run, such as one that waits for a person.
- Empty: not run on this engine since the case was written.
";

/// The page with what was run now; what was not stays as it is.
pub fn write(cases: &[Case], new: &[Column]) -> Result<(), String> {
    let path = house::root().join("docs/conformance.md");
    let mut columns = read(&fs::read_to_string(&path).unwrap_or_default());
    for column in new {
        let head = format!("{}<br>{}", column.target, column.engine);
        let at = columns.iter().position(|old| old.target() == column.target);
        let at = at.unwrap_or_else(|| {
            columns.push(Written::default());
            columns.len() - 1
        });
        columns[at].head = head;
        for (case, cell) in &column.cells {
            columns[at].cells.insert(case.clone(), said(cell));
        }
    }
    fs::write(&path, page(cases, &columns)).map_err(|error| error.to_string())?;
    let readme = house::root().join("README.md");
    let text = fs::read_to_string(&readme).map_err(|error| error.to_string())?;
    let quoted = quote(&text, &totals(cases, &columns));
    fs::write(&readme, quoted).map_err(|error| error.to_string())
}

/// A column of the page as it is written.
#[derive(Default)]
pub struct Written {
    head: String,
    cells: BTreeMap<String, String>,
}

impl Written {
    /// The target.
    pub fn target(&self) -> &str {
        self.head.split("<br>").next().unwrap_or_default()
    }

    /// What is said of a case.
    pub fn cell(&self, case: &str) -> &str {
        self.cells.get(case).map_or("", String::as_str)
    }
}

/// The columns of a page.
pub fn read(page: &str) -> Vec<Written> {
    let mut rows = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        });
    let heads = rows.next().unwrap_or_default();
    let mut columns: Vec<Written> = heads
        .into_iter()
        .skip(2)
        .map(|head| Written {
            head,
            cells: BTreeMap::new(),
        })
        .collect();
    for row in rows.skip(1) {
        let mut cells = row.into_iter();
        let case = cells.next().unwrap_or_default();
        for (column, cell) in columns.iter_mut().zip(cells.skip(1)) {
            column.cells.insert(case.clone(), cell);
        }
    }
    columns
}

fn page(cases: &[Case], columns: &[Written]) -> String {
    let mut text = format!("{INTRODUCTION}\n{}\n\n", totals(cases, columns));
    let row = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let heads = columns.iter().map(|column| column.head.as_str());
    text.push_str(&row(["case", "about"].into_iter().chain(heads).collect()));
    text.push_str(&row(vec!["---"; columns.len() + 2]));
    for case in cases {
        let rules = case.expectation.rules();
        let cells = columns.iter().map(|column| column.cell(&case.name));
        text.push_str(&row([&*case.name, &*rules]
            .into_iter()
            .chain(cells)
            .collect()));
    }
    text
}

/// The sentence that the README quotes.
pub fn totals(cases: &[Case], columns: &[Written]) -> String {
    let count = |column: &Written| -> usize {
        let numbers = column
            .cells
            .values()
            .filter_map(|cell| cell.split(',').next());
        numbers
            .filter_map(|number| number.parse::<usize>().ok())
            .sum()
    };
    let each: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "{} on {}",
                count(column),
                column.head.split("<br>").nth(1).unwrap_or_default()
            )
        })
        .collect();
    format!(
        "**{} flows, run as the language says: {}.**",
        cases.len(),
        each.join(", ")
    )
}

/// The README with this sentence in the place of the old one.
fn quote(readme: &str, totals: &str) -> String {
    let lines = readme
        .lines()
        .map(|line| if is_totals(line) { totals } else { line });
    let mut text: String = lines.collect::<Vec<&str>>().join("\n");
    text.push('\n');
    text
}

/// Whether a line is the sentence with the totals.
pub fn is_totals(line: &str) -> bool {
    line.starts_with("**") && line.contains(" flows, run as the language says: ")
}

fn said(cell: &Cell) -> String {
    let mut parts = Vec::new();
    if cell.right > 0 {
        parts.push(cell.right.to_string());
    }
    if cell.lost > 0 {
        parts.push(format!("{} *lossy*", cell.lost));
    }
    if let Some(instead) = &cell.instead {
        parts.push(format!("*{instead}*"));
    }
    if cell.wrong > 0 {
        parts.push(format!("**{} wrong**", cell.wrong));
    }
    parts.join(", ")
}
