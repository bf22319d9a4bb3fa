//! The comparison for a terminal.

use flowc_core::feature::Support;

use super::{Comparison, Emitted, reason, word};
use crate::style::{self, paint};

pub(super) fn write(comparison: &Comparison, notes: bool, colour: bool) -> String {
    let mut out = table(comparison, colour);
    for (index, target) in comparison.targets.iter().enumerate() {
        out.push_str(&format!(
            "\n{}  {}\n",
            paint(style::STRONG, &target.spec, colour),
            paint(style::DIM, target.title, colour)
        ));
        out.push_str(&match &target.emitted {
            Some(size) => format!("  emits   {}\n", emitted(size)),
            None => format!("  {}\n", paint(style::ERROR, "refuses this flow", colour)),
        });
        out.push_str(&format!(
            "  a run   {}\n  needs   {}\n  start   {}\n",
            target.a_run_is(),
            target.deployment.needs,
            target.deployment.run
        ));
        for (severity, message, place) in &target.problems {
            let kind = paint(style::ERROR, severity.as_str(), colour);
            out.push_str(&format!("  {kind}  {place}: {message}\n"));
        }
        for (row, support) in comparison.reasons(index) {
            if matches!(support, Support::Emulated { .. }) && !notes {
                continue;
            }
            out.push_str(&format!(
                "  {}  {}: {}: {}\n",
                paint(style::support(support), word(support), colour),
                row.place,
                row.feature.title(),
                reason(support)
            ));
        }
    }
    out
}

/// `1 file, 230 lines, 7.8 kB`.
pub(super) fn emitted(size: &Emitted) -> String {
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let files = match size.objects > size.files {
        true => format!(
            "{} in {}",
            count(size.objects, "object"),
            count(size.files, "file")
        ),
        false => count(size.files, "file"),
    };
    format!(
        "{files}, {}, {:.1} kB",
        count(size.lines, "line"),
        size.bytes as f64 / 1000.0
    )
}

fn table(comparison: &Comparison, colour: bool) -> String {
    let title = comparison
        .features
        .iter()
        .map(|row| row.feature.title().chars().count())
        .max()
        .unwrap_or(0);
    let place = comparison
        .features
        .iter()
        .map(|row| row.place.chars().count())
        .max()
        .unwrap_or(0);
    let widths: Vec<usize> = comparison
        .targets
        .iter()
        .map(|target| target.spec.len().max("emulated".len()))
        .collect();
    let heading = format!("{:title$}  {:place$}", comparison.flow, "");
    let mut out = paint(style::STRONG, &heading, colour);
    for (target, width) in comparison.targets.iter().zip(&widths) {
        let name = format!("{:width$}", target.spec);
        out.push_str(&format!("  {}", paint(style::STRONG, &name, colour)));
    }
    let mut out = out.trim_end().to_owned();
    out.push('\n');
    for row in &comparison.features {
        let where_it_is = format!("{:place$}", row.place);
        let mut line = format!(
            "{:title$}  {}",
            row.feature.title(),
            paint(style::DIM, &where_it_is, colour)
        );
        for (support, width) in row.supports.iter().zip(&widths) {
            let word = format!("{:width$}", word(*support));
            line.push_str(&format!(
                "  {}",
                paint(style::support(*support), &word, colour)
            ));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
