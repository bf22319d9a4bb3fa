//! Airflow: a DAG file in Python.

mod check;
mod expr;
mod fields;
mod helpers;
mod limits;
mod lower;
mod model;
mod print;
mod settings;
mod support;
mod unroll;

use std::borrow::Cow;

use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::graph::Addition;
use flowc_core::target::{
    Bundle, Deployment, OptionSpec, Prepared, Settings as TargetSettings, Shared, Target,
};

use crate::python::shared;
use lower::{Facts, Lowering};
use settings::Settings;

/// The target.
pub struct Airflow;

impl Target for Airflow {
    fn name(&self) -> &'static str {
        "airflow"
    }

    fn title(&self) -> &'static str {
        "Airflow"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["3", "2.11"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        settings::OPTIONS
    }

    fn deployment(&self, flow: &Flow, settings: &TargetSettings) -> Deployment {
        let (unit, needs) = match settings.option("runner") {
            Some("process") => (
                "worker process",
                "Airflow; the programs of the tasks on its workers; a folder that all workers see",
            ),
            Some("docker") => (
                "container",
                "Airflow with its Docker provider; a Docker engine; a volume that all containers see",
            ),
            _ => (
                "pod",
                "Airflow with its Kubernetes provider; a cluster; a volume claim that all pods see",
            ),
        };
        Deployment {
            unit,
            needs,
            run: match &flow.schedule {
                Some(_) => "cp FILE $AIRFLOW_HOME/dags/, then airflow dags unpause",
                None => "cp FILE $AIRFLOW_HOME/dags/, then airflow dags trigger",
            },
        }
    }

    fn support(&self, settings: &TargetSettings, feature: Feature) -> Support {
        let settings = Settings::new(settings);
        support::support(feature, settings.version, settings.runner)
    }

    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)] {
        if task {
            fields::TASK_FIELDS
        } else {
            fields::DAG_FIELDS
        }
    }

    /// An `EmptyOperator` is no process, and no work for a worker.
    fn has_free_tasks(&self) -> bool {
        true
    }

    fn check(&self, flow: &Flow, settings: &TargetSettings, diagnostics: &mut Diagnostics) {
        let _ = check::check(flow, settings, diagnostics);
    }

    fn plan<'f>(&self, flow: &'f Flow, _: &TargetSettings) -> Cow<'f, Flow> {
        unroll::unrolled(flow)
    }

    fn additions(&self, plan: &Flow, settings: &TargetSettings) -> Vec<Addition> {
        let settings = Settings::new(settings);
        let facts = Facts::new(plan, settings.version);
        Lowering::new(plan, &settings, &facts).additions()
    }

    fn shared(&self, plan: &Flow, settings: &TargetSettings) -> Vec<Shared> {
        shared(&self.emit(plan, settings))
    }

    fn emit(&self, plan: &Flow, settings: &TargetSettings) -> Bundle {
        let settings = Settings::new(settings);
        bundle(plan, &settings, &Facts::new(plan, settings.version))
    }

    fn prepare<'f>(
        &'f self,
        flow: &'f Flow,
        settings: &'f TargetSettings,
        diagnostics: &mut Diagnostics,
    ) -> Prepared<'f> {
        let (plan, facts) = check::check(flow, settings, diagnostics);
        Box::new(move || bundle(&plan, &Settings::new(settings), &facts))
    }
}

fn bundle(plan: &Flow, settings: &Settings<'_>, facts: &Facts) -> Bundle {
    let lowering = Lowering::new(plan, settings, facts);
    let name = plan.name.value.replace('-', "_");
    Bundle::single(format!("{name}.py"), helpers::file(&lowering))
}

#[cfg(test)]
mod tests;
