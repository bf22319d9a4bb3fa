//! The comparison as a page.

use super::{Comparison, reason, word};

pub(super) fn write(comparison: &Comparison) -> String {
    let mut out = format!("# {} on each target\n\n", comparison.flow);
    out.push_str(&table(comparison));
    out.push_str(&sizes(comparison));
    for index in 0..comparison.targets.len() {
        out.push_str(&reasons(comparison, index));
    }
    out
}

fn table(comparison: &Comparison) -> String {
    let mut out = String::from("| feature | where |");
    for target in &comparison.targets {
        out.push_str(&format!(" {} |", target.spec));
    }
    out.push_str("\n|---|---|");
    out.push_str(&"---|".repeat(comparison.targets.len()));
    out.push('\n');
    for row in &comparison.features {
        out.push_str(&format!(
            "| {} | {} |",
            cell(&row.feature.title()),
            cell(&row.place)
        ));
        for support in &row.supports {
            out.push_str(&match word(*support) {
                word @ ("lossy" | "no") => format!(" **{word}** |"),
                word => format!(" {word} |"),
            });
        }
        out.push('\n');
    }
    out
}

fn sizes(comparison: &Comparison) -> String {
    let mut out = String::from(
        "\n| target | emitted | a run is | needs | start a run |\n|---|---|---|---|---|\n",
    );
    for target in &comparison.targets {
        let emitted = match &target.emitted {
            Some(emitted) => super::text::emitted(emitted),
            None => "**refused**".to_owned(),
        };
        out.push_str(&format!(
            "| {} | {emitted} | {} | {} | `{}` |\n",
            target.spec,
            target.a_run_is(),
            cell(target.deployment.needs),
            target.deployment.run
        ));
    }
    out
}

fn reasons(comparison: &Comparison, index: usize) -> String {
    let target = &comparison.targets[index];
    let mut out = format!("\n## {}\n\n", target.spec);
    let start = out.len();
    for (severity, message, place) in &target.problems {
        out.push_str(&format!("- {} {place}: {message}\n", severity.as_str()));
    }
    for (row, support) in comparison.reasons(index) {
        out.push_str(&format!(
            "- {} {}: {}: {}\n",
            word(support),
            row.place,
            row.feature.title(),
            reason(support)
        ));
    }
    if out.len() == start {
        out.push_str("All of it natively.\n");
    }
    out
}

/// A text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
