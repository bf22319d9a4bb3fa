//! One problem, one name, one file: `unknown-task` is `unknown_task.rs`, whose doc comment is the
//! page of `flowc explain unknown-task` and whose functions make, or find, the problem.
//!
//! A new check is its file, its `mod` line (which rustfmt needs to see) and its line in [`PAGES`].

use crate::analysis::{Analysis, States};
use crate::diagnostic::Diagnostics;
use crate::flow::{Flow, TaskId};
use crate::reads::{Read, reads};

pub mod body_count;
mod constant_status;
mod dependency_cycle;
pub mod duplicate_name;
mod emulated_feature;
pub mod expression_in_script;
pub mod ignored_key;
pub mod inapplicable_key;
pub mod include_outside_project;
pub mod invalid_name;
pub mod invalid_path;
pub mod invalid_pattern;
mod lossy_feature;
mod maybe_missing_output;
pub mod misplaced_expression;
pub mod misplaced_reference;
pub mod missing_file;
pub mod missing_key;
pub mod missing_parameter;
pub mod name_clash;
pub mod nul_in_text;
pub mod out_of_range;
pub mod recursive_sub_flow;
pub mod refused_value;
pub mod rewritten_number;
pub mod secret_outside_env;
pub mod target_limit;
pub mod text_too_long;
pub mod too_large;
pub mod type_mismatch;
pub mod unknown_artifact;
pub mod unknown_ir_version;
pub mod unknown_key;
pub mod unknown_name;
pub mod unknown_output;
pub mod unknown_parameter;
pub mod unknown_secret;
pub mod unknown_task;
pub mod unknown_value;
mod unreachable_task;
mod unsupported_feature;
mod unused_artifact;
mod unused_output;
mod unused_parameter;
mod unused_secret;

/// Code and source file of every check, in the order of their names.
const PAGES: &[(&str, &str)] = &[
    ("constant-status", include_str!("constant_status.rs")),
    ("dependency-cycle", include_str!("dependency_cycle.rs")),
    ("emulated-feature", include_str!("emulated_feature.rs")),
    ("lossy-feature", include_str!("lossy_feature.rs")),
    (
        "maybe-missing-output",
        include_str!("maybe_missing_output.rs"),
    ),
    ("name-clash", include_str!("name_clash.rs")),
    ("target-limit", include_str!("target_limit.rs")),
    ("unreachable-task", include_str!("unreachable_task.rs")),
    (
        "unsupported-feature",
        include_str!("unsupported_feature.rs"),
    ),
    ("unused-artifact", include_str!("unused_artifact.rs")),
    ("unused-output", include_str!("unused_output.rs")),
    ("unused-parameter", include_str!("unused_parameter.rs")),
    ("unused-secret", include_str!("unused_secret.rs")),
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
    let graph = Graph {
        flow,
        analysis: Analysis::new(flow),
        reads: reads(flow),
    };
    // In a circle nothing ever runs, so what a run may come to is not worth asking.
    if !dependency_cycle::check(flow, diagnostics) {
        unreachable_task::check(&graph, diagnostics);
        maybe_missing_output::check(&graph, diagnostics);
        constant_status::check(&graph, diagnostics);
    }
    unused_parameter::check(&graph, diagnostics);
    unused_secret::check(&graph, diagnostics);
    unused_output::check(&graph, diagnostics);
    unused_artifact::check(&graph, diagnostics);
}

/// What the graph-wide checks look at.
struct Graph<'f> {
    flow: &'f Flow,
    analysis: Analysis,
    reads: Vec<Read<'f>>,
}

impl Graph<'_> {
    /// The task whose trigger rule stands between a read and `task`: the reader itself or a group
    /// around it. None when they have no level in common, as `finally` and the tasks before it.
    fn sibling_reader(&self, read: &Read<'_>, task: TaskId) -> Option<TaskId> {
        let reader = read.reader.task()?;
        let level = |id: TaskId| (self.flow.task(id).parent, self.flow.task(id).finally);
        std::iter::once(reader)
            .chain(self.flow.ancestors(reader))
            .find(|id| level(*id) == level(task))
    }

    /// The states that `task` may have ended in when a read happens.
    fn states_at(&self, read: &Read<'_>, task: TaskId) -> States {
        match self.sibling_reader(read, task) {
            Some(reader) => {
                self.analysis
                    .states_when_run(self.flow, reader, task, &read.not_succeeded)
            }
            None => self.analysis.states(task),
        }
    }

    /// Whether nothing comes after the task, so that what it writes can only be meant for people.
    fn ends_the_flow(&self, task: TaskId) -> bool {
        std::iter::once(task)
            .chain(self.flow.ancestors(task))
            .all(|id| self.analysis.downstream(id).is_empty())
    }
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
