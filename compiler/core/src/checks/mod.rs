//! One problem, one name, one file: `unknown-task` is `unknown_task.rs`, whose doc comment is the
//! page of `flowc explain unknown-task` and whose functions make, or find, the problem.
//!
//! A new check is its file, its `mod` line (which rustfmt needs to see) and its line in `PAGES`.

use crate::analysis::{Analysis, States};
use crate::diagnostic::Diagnostics;
use crate::flow::{Flow, TaskId};
use crate::reads::{Read, reads_and_exprs};

mod ambiguous_scalar;
pub mod body_count;
mod constant_status;
mod dependency_cycle;
mod duplicate_key;
pub mod duplicate_name;
mod emulated_feature;
pub mod expression_in_script;
pub mod ignored_key;
pub mod inapplicable_key;
pub mod include_outside_project;
mod invalid_cron;
mod invalid_date;
mod invalid_duration;
mod invalid_expression;
mod invalid_image;
pub mod invalid_name;
pub mod invalid_path;
pub mod invalid_pattern;
mod invalid_quantity;
mod invalid_timezone;
mod invalid_yaml;
pub mod large_object;
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
mod unknown_anchor;
pub mod unknown_artifact;
mod unknown_function;
pub mod unknown_ir_version;
pub mod unknown_key;
pub mod unknown_name;
pub mod unknown_output;
pub mod unknown_parameter;
pub mod unknown_secret;
mod unknown_status;
mod unknown_tag;
pub mod unknown_target_field;
pub mod unknown_task;
pub mod unknown_value;
mod unreachable_task;
mod unsupported_feature;
mod unused_artifact;
mod unused_output;
mod unused_parameter;
mod unused_secret;
mod unused_task;

/// Code and source file of every check, in the order of their names.
const PAGES: &[(&str, &str)] = &[
    ("ambiguous-scalar", include_str!("ambiguous_scalar.rs")),
    ("body-count", include_str!("body_count.rs")),
    ("constant-status", include_str!("constant_status.rs")),
    ("dependency-cycle", include_str!("dependency_cycle.rs")),
    ("duplicate-key", include_str!("duplicate_key.rs")),
    ("duplicate-name", include_str!("duplicate_name.rs")),
    ("emulated-feature", include_str!("emulated_feature.rs")),
    (
        "expression-in-script",
        include_str!("expression_in_script.rs"),
    ),
    ("ignored-key", include_str!("ignored_key.rs")),
    ("inapplicable-key", include_str!("inapplicable_key.rs")),
    (
        "include-outside-project",
        include_str!("include_outside_project.rs"),
    ),
    ("invalid-cron", include_str!("invalid_cron.rs")),
    ("invalid-date", include_str!("invalid_date.rs")),
    ("invalid-duration", include_str!("invalid_duration.rs")),
    ("invalid-expression", include_str!("invalid_expression.rs")),
    ("invalid-image", include_str!("invalid_image.rs")),
    ("invalid-name", include_str!("invalid_name.rs")),
    ("invalid-path", include_str!("invalid_path.rs")),
    ("invalid-pattern", include_str!("invalid_pattern.rs")),
    ("invalid-quantity", include_str!("invalid_quantity.rs")),
    ("invalid-timezone", include_str!("invalid_timezone.rs")),
    ("invalid-yaml", include_str!("invalid_yaml.rs")),
    ("large-object", include_str!("large_object.rs")),
    ("lossy-feature", include_str!("lossy_feature.rs")),
    (
        "maybe-missing-output",
        include_str!("maybe_missing_output.rs"),
    ),
    (
        "misplaced-expression",
        include_str!("misplaced_expression.rs"),
    ),
    (
        "misplaced-reference",
        include_str!("misplaced_reference.rs"),
    ),
    ("missing-file", include_str!("missing_file.rs")),
    ("missing-key", include_str!("missing_key.rs")),
    ("missing-parameter", include_str!("missing_parameter.rs")),
    ("name-clash", include_str!("name_clash.rs")),
    ("nul-in-text", include_str!("nul_in_text.rs")),
    ("out-of-range", include_str!("out_of_range.rs")),
    ("recursive-sub-flow", include_str!("recursive_sub_flow.rs")),
    ("refused-value", include_str!("refused_value.rs")),
    ("rewritten-number", include_str!("rewritten_number.rs")),
    ("secret-outside-env", include_str!("secret_outside_env.rs")),
    ("target-limit", include_str!("target_limit.rs")),
    ("text-too-long", include_str!("text_too_long.rs")),
    ("too-large", include_str!("too_large.rs")),
    ("type-mismatch", include_str!("type_mismatch.rs")),
    ("unknown-anchor", include_str!("unknown_anchor.rs")),
    ("unknown-artifact", include_str!("unknown_artifact.rs")),
    ("unknown-function", include_str!("unknown_function.rs")),
    ("unknown-ir-version", include_str!("unknown_ir_version.rs")),
    ("unknown-key", include_str!("unknown_key.rs")),
    ("unknown-name", include_str!("unknown_name.rs")),
    ("unknown-output", include_str!("unknown_output.rs")),
    ("unknown-parameter", include_str!("unknown_parameter.rs")),
    ("unknown-secret", include_str!("unknown_secret.rs")),
    ("unknown-status", include_str!("unknown_status.rs")),
    ("unknown-tag", include_str!("unknown_tag.rs")),
    (
        "unknown-target-field",
        include_str!("unknown_target_field.rs"),
    ),
    ("unknown-task", include_str!("unknown_task.rs")),
    ("unknown-value", include_str!("unknown_value.rs")),
    ("unreachable-task", include_str!("unreachable_task.rs")),
    (
        "unsupported-feature",
        include_str!("unsupported_feature.rs"),
    ),
    ("unused-artifact", include_str!("unused_artifact.rs")),
    ("unused-output", include_str!("unused_output.rs")),
    ("unused-parameter", include_str!("unused_parameter.rs")),
    ("unused-secret", include_str!("unused_secret.rs")),
    ("unused-task", include_str!("unused_task.rs")),
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
    let (reads, exprs) = reads_and_exprs(flow);
    let graph = Graph {
        flow,
        analysis: Analysis::new(flow),
        reads,
    };
    // In a circle nothing ever runs, so what a run may come to is not worth asking.
    if !dependency_cycle::check(&graph, diagnostics) {
        unreachable_task::check(&graph, diagnostics);
        maybe_missing_output::check(&graph, diagnostics);
        constant_status::check(&graph, diagnostics);
        unused_task::check(&graph, diagnostics);
    }
    unknown_status::check(&exprs, diagnostics);
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
            let prose = check.page.split("```").step_by(2);
            let headings: Vec<&str> = prose
                .flat_map(str::lines)
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
