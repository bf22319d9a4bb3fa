//! The comparison for programs.

use serde::Serialize;

use super::{Comparison, Emitted};
use crate::support::SupportView;

pub(super) fn write(comparison: &Comparison) -> String {
    let view = View {
        flowc_comparison: 1,
        flow: &comparison.flow,
        features: comparison
            .features
            .iter()
            .map(|row| FeatureView {
                feature: row.feature.id(),
                title: row.feature.title(),
                first: &row.place,
                times: row.times,
            })
            .collect(),
        targets: (0..comparison.targets.len())
            .map(|target| TargetView::new(comparison, target))
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&view).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct View<'c> {
    /// The version of this format.
    flowc_comparison: u32,
    flow: &'c str,
    features: Vec<FeatureView<'c>>,
    targets: Vec<TargetView<'c>>,
}

#[derive(Serialize)]
struct FeatureView<'c> {
    feature: &'static str,
    title: String,
    first: &'c str,
    times: usize,
}

#[derive(Serialize)]
struct TargetView<'c> {
    target: &'c str,
    title: &'static str,
    compiles: bool,
    support: Vec<FeatureSupport>,
    problems: Vec<Problem<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emitted: Option<EmittedView>,
    processes: ProcessesView<'c>,
    needs: &'static str,
    run: &'static str,
}

#[derive(Serialize)]
struct FeatureSupport {
    feature: &'static str,
    #[serde(flatten)]
    support: SupportView,
}

#[derive(Serialize)]
struct Problem<'c> {
    severity: &'static str,
    message: &'c str,
    place: &'c str,
}

#[derive(Serialize)]
struct EmittedView {
    files: usize,
    objects: usize,
    lines: usize,
    bytes: usize,
}

#[derive(Serialize)]
struct ProcessesView<'c> {
    unit: &'static str,
    fixed: usize,
    /// Of the target's own.
    own: usize,
    per_element: Vec<PerElement<'c>>,
}

#[derive(Serialize)]
struct PerElement<'c> {
    of: &'c str,
    count: usize,
}

impl<'c> TargetView<'c> {
    fn new(comparison: &'c Comparison, index: usize) -> Self {
        let target = &comparison.targets[index];
        Self {
            target: &target.spec,
            title: target.title,
            compiles: target.emitted.is_some(),
            support: comparison
                .features
                .iter()
                .map(|row| FeatureSupport {
                    feature: row.feature.id(),
                    support: row.supports[index].into(),
                })
                .collect(),
            problems: target
                .problems
                .iter()
                .map(|(severity, message, place)| Problem {
                    severity: severity.as_str(),
                    message,
                    place,
                })
                .collect(),
            emitted: target.emitted.as_ref().map(EmittedView::from),
            processes: ProcessesView {
                unit: target.deployment.unit,
                fixed: target.processes.fixed,
                own: target.helpers,
                per_element: target
                    .processes
                    .per_element
                    .iter()
                    .map(|(count, of)| PerElement { of, count: *count })
                    .collect(),
            },
            needs: target.deployment.needs,
            run: target.deployment.run,
        }
    }
}

impl From<&Emitted> for EmittedView {
    fn from(emitted: &Emitted) -> Self {
        let Emitted {
            files,
            objects,
            lines,
            bytes,
        } = *emitted;
        Self {
            files,
            objects,
            lines,
            bytes,
        }
    }
}
