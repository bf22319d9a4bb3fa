//! Tables for a terminal.

use flowc_core::feature::Support;
use flowc_core::target::{Settings, Target};

use super::{defaults, table};
use crate::style::{self, paint};

/// All targets, a line each.
pub(super) fn list(targets: &[&dyn Target], colour: bool) -> String {
    let width = |of: &dyn Fn(&dyn Target) -> usize| {
        targets.iter().map(|target| of(*target)).max().unwrap_or(0)
    };
    let names = width(&|target| target.name().len());
    let titles = width(&|target| target.title().len());
    let versions = width(&|target| target.versions().join(", ").len());
    let mut out = String::new();
    for target in targets {
        let name = format!("{:names$}", target.name());
        out.push_str(&format!(
            "{}  {:titles$}  {:versions$}  {}\n",
            paint(style::CODE, &name, colour),
            target.title(),
            target.versions().join(", "),
            paint(style::DIM, &counts(*target), colour),
        ));
    }
    out.push_str("\nThe first version is the default. `flowc targets NAME` shows options, fields and features.\n");
    out
}

/// One target: versions, options, fields, features.
pub(super) fn one(target: &dyn Target, settings: &Settings, colour: bool) -> String {
    let heading = |text: &str| format!("\n{}\n", paint(style::STRONG, text, colour));
    let mut out = format!(
        "{} ({})\nversions: {}\n",
        paint(style::STRONG, target.title(), colour),
        target.name(),
        target.versions().join(", ")
    );
    if !target.options().is_empty() {
        out.push_str(&heading("Options: --set KEY=VALUE"));
        let rows = target.options().iter().map(|option| {
            let mut notes = Vec::new();
            if !option.values.is_empty() {
                notes.push(format!("one of {}", option.values.join(", ")));
            }
            if let Some(default) = option.default {
                notes.push(format!("default {default}"));
            }
            let notes = match notes.is_empty() {
                true => String::new(),
                false => format!(" [{}]", notes.join("; ")),
            };
            (option.name, format!("{}{notes}", option.help))
        });
        out.push_str(&rows_of(rows, colour));
    }
    for (task, whose) in [(false, "flow"), (true, "task")] {
        let fields = target.fields(task);
        if !fields.is_empty() {
            out.push_str(&heading(&format!(
                "Fields of a {whose}: targets: {{ {}: {{ … }} }}",
                target.name()
            )));
            let rows = fields.iter().map(|(name, via)| (*name, (*via).to_owned()));
            out.push_str(&rows_of(rows, colour));
        }
    }
    out.push_str(&heading(&format!("Features on {}", settings.spec())));
    let features = table(target, settings);
    let width = features
        .iter()
        .map(|(feature, _)| feature.title().chars().count())
        .max()
        .unwrap_or(0);
    for (feature, support) in features {
        let kind = format!("{:11}", support.kind());
        out.push_str(&format!(
            "  {}  {:width$}  {}\n",
            paint(style::support(support), &kind, colour),
            feature.title(),
            words(support)
        ));
    }
    out
}

fn rows_of<'a>(rows: impl Iterator<Item = (&'a str, String)>, colour: bool) -> String {
    let rows: Vec<(&str, String)> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter()
        .map(|(name, text)| {
            let name = format!("{name:width$}");
            format!("  {}  {text}\n", paint(style::CODE, &name, colour))
        })
        .collect()
}

fn words(support: Support) -> String {
    match support {
        Support::Native { via } => format!("`{via}`"),
        Support::Emulated { via } => format!("by {via}"),
        Support::Lossy { via, loses } => format!("{via}; lost: {loses}"),
        Support::Unsupported { why } => why.to_owned(),
    }
}

/// `61 native, 20 emulated, 3 lossy, 2 unsupported` of the default version.
fn counts(target: &dyn Target) -> String {
    let Some(settings) = defaults(target, target.versions()[0], &[]) else {
        return String::new();
    };
    let kinds: Vec<&str> = table(target, &settings)
        .into_iter()
        .map(|(_, support)| support.kind())
        .collect();
    ["native", "emulated", "lossy", "unsupported"]
        .into_iter()
        .map(|kind| (kinds.iter().filter(|other| **other == kind).count(), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect::<Vec<_>>()
        .join(", ")
}
