//! Tables for programs.

use flowc_core::target::Target;
use indexmap::IndexMap;
use serde::Serialize;

use super::{defaults, table};
use crate::support::SupportView;

pub(super) fn write(targets: &[&dyn Target]) -> String {
    let list: Vec<TargetView> = targets
        .iter()
        .map(|target| TargetView::new(*target))
        .collect();
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct TargetView {
    name: &'static str,
    title: &'static str,
    /// The default first.
    versions: &'static [&'static str],
    options: Vec<OptionView>,
    flow_fields: IndexMap<&'static str, &'static str>,
    task_fields: IndexMap<&'static str, &'static str>,
    /// Version, then feature.
    support: IndexMap<&'static str, IndexMap<&'static str, SupportView>>,
}

#[derive(Serialize)]
struct OptionView {
    name: &'static str,
    help: &'static str,
    default: Option<&'static str>,
    values: &'static [&'static str],
}

impl TargetView {
    fn new(target: &dyn Target) -> Self {
        Self {
            name: target.name(),
            title: target.title(),
            versions: target.versions(),
            options: target
                .options()
                .iter()
                .map(|option| OptionView {
                    name: option.name,
                    help: option.help,
                    default: option.default,
                    values: option.values,
                })
                .collect(),
            flow_fields: target.fields(false).iter().copied().collect(),
            task_fields: target.fields(true).iter().copied().collect(),
            support: target
                .versions()
                .iter()
                .filter_map(|version| {
                    let settings = defaults(target, version, &[])?;
                    let features = table(target, &settings)
                        .into_iter()
                        .map(|(feature, support)| (feature.id(), support.into()))
                        .collect();
                    Some((*version, features))
                })
                .collect(),
        }
    }
}
