//! Kubeflow Pipelines 2.
//!
//! `lower` turns a flow into the `model`, the components, tasks and executors of a pipeline's
//! specification; `print` writes them as YAML. `facts` decides what has to travel as data, because
//! Kubeflow starts nothing after a failure. What it can carry is data in `support`, what it cannot
//! take is found by `check`.

mod affinity;
mod arg;
mod check;
mod facts;
mod fields;
mod independent;
mod lower;
mod model;
mod name;
mod options;
mod placeholder;
mod print;
mod support;
mod table;
#[cfg(test)]
mod tests;

use crate::object;
use flowc_core::checks::large_object;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::graph::Addition;
use flowc_core::target::{Bundle, Deployment, OptionSpec, Prepared, Settings, Shared, Target};

/// The target.
pub struct Kubeflow;

impl Target for Kubeflow {
    fn name(&self) -> &'static str {
        "kubeflow"
    }

    fn title(&self) -> &'static str {
        "Kubeflow Pipelines"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["2"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    fn support(&self, _settings: &Settings, feature: Feature) -> Support {
        support::support(feature)
    }

    fn deployment(&self, _flow: &Flow, _settings: &Settings) -> Deployment {
        Deployment {
            unit: "pod",
            needs: "Kubernetes with Kubeflow Pipelines 2; the `kfp` command",
            run: "kfp run create --experiment-name NAME --package-file FILE",
        }
    }

    fn helpers(&self, flow: &Flow, settings: &Settings) -> usize {
        lower::lower(flow, settings).pipeline.helper_names().len()
    }

    fn additions(&self, plan: &Flow, settings: &Settings) -> Vec<Addition> {
        let names = lower::lower(plan, settings).pipeline.helper_names();
        let own = names.into_iter();
        own.map(|name| Addition::Task { name, beside: None })
            .collect()
    }

    fn shared(&self, plan: &Flow, settings: &Settings) -> Vec<Shared> {
        let pipeline = lower::lower(plan, settings).pipeline;
        Shared::several("component", pipeline.uses())
    }

    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)] {
        if task { fields::TASK_FIELDS } else { &[] }
    }

    fn check(&self, flow: &Flow, settings: &Settings, diagnostics: &mut Diagnostics) {
        let _ = self.prepare(flow, settings, diagnostics);
    }

    fn emit(&self, plan: &Flow, settings: &Settings) -> Bundle {
        bundle(plan, lower::lower(plan, settings).pipeline).0
    }

    fn prepare<'f>(
        &'f self,
        flow: &'f Flow,
        settings: &'f Settings,
        diagnostics: &mut Diagnostics,
    ) -> Prepared<'f> {
        let Some(pipeline) = check::check(flow, settings, diagnostics) else {
            return Box::new(|| self.emit(flow, settings));
        };
        // Kubeflow keeps the pipeline in a workflow of Argo.
        object::prepared(flow, settings, pipeline, bundle, diagnostics)
    }
}

/// The file, with about the bytes of the object in it.
fn bundle(flow: &Flow, pipeline: model::Pipeline<'_>) -> (Bundle, usize) {
    let (text, indentation) = print::print(pipeline);
    let bytes = large_object::as_json(&text, indentation);
    let name = format!("{}.yaml", flow.name.value);
    (Bundle::single(name, text), bytes)
}
