//! Prefect 3: a flow file with a task per task, and the `prefect.yaml` that deploys it.
//!
//! Prefect knows no skipped task and counts a flow that returns as completed, so a task's value
//! tells how it ended: a dictionary of its outputs, `None` when it was skipped, or its error. The
//! tasks after it are given that value and decide by it, and the flow ends in the state that the
//! flow language says.

mod check;
mod deploy;
mod expr;
mod fields;
mod file;
mod lower;
mod model;
mod settings;
mod support;

use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::target::{
    Bundle, Deployment, OptionSpec, Settings as TargetSettings, Shared, Target,
};

use crate::python::shared;
use lower::Lowering;
use settings::{Runner, Settings};

/// The target.
pub struct Prefect;

impl Target for Prefect {
    fn name(&self) -> &'static str {
        "prefect"
    }

    fn title(&self) -> &'static str {
        "Prefect"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["3"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        settings::OPTIONS
    }

    fn deployment(&self, flow: &Flow, settings: &TargetSettings) -> Deployment {
        let (unit, needs) = match Settings::new(settings).runner {
            Runner::Docker => (
                "container",
                "Prefect with prefect-docker; a Docker engine where the flow runs; a folder that all of these machines see",
            ),
            Runner::Kubernetes => (
                "pod",
                "Prefect with prefect-kubernetes; a cluster, whose Jobs and pods the flow may create and read; a read-write-many claim that the flow and the pods have at the same path",
            ),
            Runner::Process => (
                "process beside the flow",
                "Prefect; the programs of the tasks where the flow runs; a folder that all of these machines see",
            ),
        };
        Deployment {
            unit,
            needs,
            run: match &flow.schedule {
                Some(_) => "prefect deploy --all, with a worker on its pool",
                None => "python FILE",
            },
        }
    }

    fn support(&self, settings: &TargetSettings, feature: Feature) -> Support {
        support::support(feature, Settings::new(settings).runner)
    }

    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)] {
        if task {
            fields::TASK_FIELDS
        } else {
            fields::FLOW_FIELDS
        }
    }

    fn check(&self, flow: &Flow, settings: &TargetSettings, diagnostics: &mut Diagnostics) {
        check::check(flow, settings, diagnostics);
    }

    fn shared(&self, plan: &Flow, settings: &TargetSettings) -> Vec<Shared> {
        shared(&self.emit(plan, settings))
    }

    fn emit(&self, plan: &Flow, settings: &TargetSettings) -> Bundle {
        let settings = Settings::new(settings);
        let lowering = Lowering::new(plan, &settings);
        let name = format!("{}.py", plan.name.value.replace('-', "_"));
        let deployment = deploy::file(&lowering, &name);
        let mut bundle = Bundle::single(name, file::file(&lowering));
        bundle
            .files
            .extend(deployment.map(|text| ("prefect.yaml".to_owned(), text.into())));
        bundle
    }
}

#[cfg(test)]
mod tests;
