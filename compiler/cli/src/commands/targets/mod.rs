//! `flowc targets`

mod json;
pub mod markdown;
pub(crate) mod overview;
mod text;

use flowc_core::feature::{Feature, Support};
use flowc_core::target::{Settings, Target, settings};
use flowc_targets::TARGETS;

use super::Outcome;
use crate::args::{TableFormat, Targets};
use crate::console::Console;
use crate::failure::Failure;
use crate::request::find;

pub(super) fn run(args: &Targets, console: Console) -> Result<Outcome, Failure> {
    let colour = console.colour_out;
    let text = match &args.name {
        None => match args.format {
            TableFormat::Text => text::list(TARGETS, colour),
            TableFormat::Json => json::write(TARGETS),
            TableFormat::Markdown => markdown::write(TARGETS),
        },
        Some(spec) => {
            let (name, version) = match spec.split_once('@') {
                Some((name, version)) => (name, Some(version)),
                None => (spec.as_str(), None),
            };
            let target = find(name)?;
            let settings = settings(target, version, &[], "").map_err(|error| Failure {
                message: error.message,
                help: error.help.into_iter().collect(),
            })?;
            match args.format {
                TableFormat::Text => text::one(target, &settings, colour),
                TableFormat::Json => json::write(&[target]),
                TableFormat::Markdown => markdown::write(&[target]),
            }
        }
    };
    console.print(&text)?;
    Ok(Outcome::Fine)
}

/// The settings of a target's version with no option set.
fn defaults(target: &dyn Target, version: &str, set: &[(String, String)]) -> Option<Settings> {
    settings(target, Some(version), set, "").ok()
}

/// Every feature with its support.
fn table(target: &dyn Target, settings: &Settings) -> Vec<(Feature, Support)> {
    Feature::all()
        .into_iter()
        .map(|feature| (feature, target.support(settings, feature)))
        .collect()
}
