//! Metaflow: a FlowSpec in Python.

mod check;
mod expr;
mod fields;
mod helpers;
mod lower;
mod model;
mod print;
mod series_parallel;
mod settings;
mod support;

use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::graph::Addition;
use flowc_core::target::{
    Bundle, Deployment, OptionSpec, Settings as TargetSettings, Shared, Target,
};

use crate::python::shared;
use lower::Lowering;
use settings::{Runner, Settings};

/// The target.
pub struct Metaflow;

impl Target for Metaflow {
    fn name(&self) -> &'static str {
        "metaflow"
    }

    fn title(&self) -> &'static str {
        "Metaflow"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["2.19"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        settings::OPTIONS
    }

    fn support(&self, settings: &TargetSettings, feature: Feature) -> Support {
        support::support(feature, Settings::new(settings).runner)
    }

    fn deployment(&self, flow: &Flow, settings: &TargetSettings) -> Deployment {
        match Settings::new(settings).runner {
            Runner::Process => Deployment {
                unit: "process",
                needs: "Python 3.11 or later with Metaflow, on one machine",
                run: "python FILE run",
            },
            Runner::Kubernetes => Deployment {
                unit: "pod",
                needs: "Metaflow with a store in a cloud, a Kubernetes cluster, images with Python; \
                        for schedules Argo Workflows",
                run: match flow.schedule {
                    Some(_) => "python FILE --datastore s3 argo-workflows create",
                    None => "python FILE --datastore s3 run",
                },
            },
        }
    }

    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)] {
        if task { fields::TASK_FIELDS } else { &[] }
    }

    fn check(&self, flow: &Flow, settings: &TargetSettings, diagnostics: &mut Diagnostics) {
        let own = Settings::new(settings);
        let lowering = check::is_small_enough(flow).then(|| Lowering::new(flow, &own));
        check::check(flow, settings, lowering.as_ref(), diagnostics);
    }

    fn additions(&self, plan: &Flow, settings: &TargetSettings) -> Vec<Addition> {
        Lowering::new(plan, &Settings::new(settings)).additions()
    }

    fn shared(&self, plan: &Flow, settings: &TargetSettings) -> Vec<Shared> {
        shared(&self.emit(plan, settings))
    }

    fn emit(&self, plan: &Flow, settings: &TargetSettings) -> Bundle {
        let settings = Settings::new(settings);
        bundle(&Lowering::new(plan, &settings))
    }
}

fn bundle(lowering: &Lowering<'_>) -> Bundle {
    let name = lowering.flow.name.value.replace('-', "_");
    Bundle::single(format!("{name}.py"), helpers::file(lowering))
}
