//! One problem, one name, one file: `unknown-task` is `unknown_task.rs`, whose doc comment is the
//! page of `flowc explain unknown-task` and whose functions make, or find, the problem.
//!
//! A new check is its file, its `mod` line (which rustfmt needs to see) and its line in [`PAGES`].

use crate::diagnostic::Diagnostics;
use crate::flow::Flow;

pub mod emulated_feature;
pub mod lossy_feature;
pub mod unsupported_feature;

/// Code and source file of every check, in the order of their names.
const PAGES: &[(&str, &str)] = &[
    ("emulated-feature", include_str!("emulated_feature.rs")),
    ("lossy-feature", include_str!("lossy_feature.rs")),
    (
        "unsupported-feature",
        include_str!("unsupported_feature.rs"),
    ),
];

/// A problem that flowc can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its stable name.
    pub code: &'static str,
    /// The text of `flowc explain`, in Markdown.
    pub page: String,
}

impl Check {
    /// The first line of its page: the problem in one sentence.
    pub fn summary(&self) -> &str {
        self.page.lines().next().unwrap_or_default()
    }
}

/// Every check, in the order of their names.
pub fn all() -> Vec<Check> {
    PAGES
        .iter()
        .map(|(code, source)| Check {
            code,
            page: page(source),
        })
        .collect()
}

/// The check of this name.
pub fn find(code: &str) -> Option<Check> {
    all().into_iter().find(|check| check.code == code)
}

/// Looks at the graph as a whole. The flow must have come from `resolve` without errors.
pub fn check(flow: &Flow, diagnostics: &mut Diagnostics) {
    let _ = (flow, diagnostics);
}

/// The inner doc comment of a source file.
fn page(source: &str) -> String {
    let mut page = String::new();
    for line in source.lines() {
        let Some(text) = line.strip_prefix("//!") else {
            break;
        };
        page.push_str(text.strip_prefix(' ').unwrap_or(text));
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_name_their_files() {
        let codes: Vec<&str> = PAGES.iter().map(|(code, _)| *code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }

    #[test]
    fn every_page_has_a_summary_and_the_four_sections_in_order() {
        for check in all() {
            let headings: Vec<&str> = check
                .page
                .lines()
                .filter(|line| line.starts_with("# "))
                .collect();
            assert_eq!(
                headings,
                [
                    "# What it means",
                    "# Why it matters",
                    "# Example",
                    "# Instead"
                ],
                "{}",
                check.code
            );
            assert!(!check.summary().is_empty(), "{}", check.code);
            assert!(!check.summary().starts_with('#'), "{}", check.code);
        }
    }

    #[test]
    fn find_knows_every_code_and_no_other() {
        for check in all() {
            assert_eq!(find(check.code), Some(check));
        }
        assert_eq!(find("no-such-code"), None);
    }
}
