//! A plan as JSON: the flow as one target will say it, and what that target makes of its features.

use flowc_core::feature::Feature;
use flowc_core::flow::Flow;
use flowc_core::passes::{Optimised, Report};
use flowc_core::source::Sources;
use flowc_core::target::Shared;
use flowc_core::uses::uses;
use indexmap::IndexMap;
use serde::Serialize;

use crate::pipeline::Request;
use crate::support::SupportView;

/// A plan, ready to be written.
#[derive(Serialize)]
pub(super) struct View {
    target: String,
    options: IndexMap<&'static str, String>,
    features: Vec<FeatureView>,
    passes: Vec<PassView>,
    /// What is written once for several uses.
    shared: Vec<SharedView>,
    plan: serde_json::Value,
}

#[derive(Serialize)]
struct FeatureView {
    feature: &'static str,
    title: String,
    #[serde(flatten)]
    support: SupportView,
    /// Every place that asks for it.
    places: Vec<String>,
}

/// Something that the target writes once.
#[derive(Serialize)]
struct SharedView {
    kind: &'static str,
    name: String,
    times: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
}

impl From<Shared> for SharedView {
    fn from(shared: Shared) -> Self {
        let Shared {
            kind,
            name,
            times,
            users,
        } = shared;
        Self {
            kind,
            name,
            times,
            users,
        }
    }
}

/// A pass that ran, and what it did.
#[derive(Serialize)]
struct PassView {
    pass: &'static str,
    changes: Vec<ChangeView>,
}

#[derive(Serialize)]
struct ChangeView {
    task: String,
    place: String,
    did: String,
    why: String,
}

impl View {
    pub(super) fn new(
        flow: &Flow,
        optimised: &Optimised<'_>,
        request: &Request,
        sources: &Sources,
    ) -> Self {
        let settings = &request.settings;
        let plan = request.target.plan(&optimised.flow, settings);
        Self {
            target: settings.spec(),
            options: settings
                .options
                .iter()
                .map(|(name, value)| (*name, value.clone()))
                .collect(),
            features: places(flow, sources)
                .into_iter()
                .map(|(feature, places)| FeatureView {
                    feature: feature.id(),
                    title: feature.title(),
                    support: request.target.support(settings, feature).into(),
                    places,
                })
                .collect(),
            passes: passes(&optimised.report, sources),
            shared: {
                let shared = request.target.shared(&plan, settings).into_iter();
                shared.map(SharedView::from).collect()
            },
            plan: serde_json::from_str(&flowc_core::ir::to_json(&plan)).unwrap_or_default(),
        }
    }
}

fn passes(report: &Report, sources: &Sources) -> Vec<PassView> {
    report
        .counts
        .keys()
        .map(|pass| PassView {
            pass,
            changes: report
                .of(pass)
                .map(|change| ChangeView {
                    task: change.task.clone(),
                    place: sources.place(change.span),
                    did: change.did.clone(),
                    why: change.why.clone(),
                })
                .collect(),
        })
        .collect()
}

/// The used features in the order of their first use.
fn places(flow: &Flow, sources: &Sources) -> IndexMap<Feature, Vec<String>> {
    let mut places: IndexMap<Feature, Vec<String>> = IndexMap::new();
    for used in uses(flow) {
        let place = sources.place(used.span);
        let known = places.entry(used.feature).or_default();
        if !known.contains(&place) {
            known.push(place);
        }
    }
    places
}
