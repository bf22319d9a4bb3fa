//! Argo Workflows.
//!
//! `lower` turns a flow into the `model`, Argo's own words; `print` writes them as YAML. What Argo
//! can carry is data in `support`, what it cannot take is found by `check`.

mod check;
mod escape;
mod expr;
mod lower;
mod model;
mod names;
mod options;
mod patch;
mod print;
mod support;

use crate::object;
use flowc_core::checks::large_object;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::target::{Bundle, Deployment, OptionSpec, Prepared, Settings, Shared, Target};
use model::{Body, Manifest, TemplateRef};

/// The target.
pub struct Argo;

impl Target for Argo {
    fn name(&self) -> &'static str {
        "argo"
    }

    fn title(&self) -> &'static str {
        "Argo Workflows"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["4.1", "4.0", "3.7", "3.6"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    fn deployment(&self, flow: &Flow, settings: &Settings) -> Deployment {
        Deployment {
            unit: "pod",
            needs: "Kubernetes with Argo Workflows and an artifact store; the `argo` command",
            run: match options::Options::new(settings).kind(flow) {
                model::Kind::Workflow => "argo submit FILE",
                model::Kind::WorkflowTemplate => {
                    "kubectl apply -f FILE, then argo submit --from workflowtemplate/NAME"
                }
                model::Kind::CronWorkflow => "argo cron create FILE",
            },
        }
    }

    fn support(&self, settings: &Settings, feature: Feature) -> Support {
        support::support(settings, feature)
    }

    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)] {
        if task {
            patch::TASK_FIELDS
        } else {
            patch::FLOW_FIELDS
        }
    }

    fn check(&self, flow: &Flow, settings: &Settings, diagnostics: &mut Diagnostics) {
        let _ = self.prepare(flow, settings, diagnostics);
    }

    fn shared(&self, plan: &Flow, settings: &Settings) -> Vec<Shared> {
        let manifest = lower::lower(plan, settings).manifest;
        Shared::several("template", uses(&manifest))
    }

    fn emit(&self, plan: &Flow, settings: &Settings) -> Bundle {
        bundle(plan, lower::lower(plan, settings).manifest).0
    }

    fn prepare<'f>(
        &'f self,
        flow: &'f Flow,
        settings: &'f Settings,
        diagnostics: &mut Diagnostics,
    ) -> Prepared<'f> {
        let Some(manifest) = check::check(flow, settings, diagnostics) else {
            return Box::new(|| self.emit(flow, settings));
        };
        object::prepared(flow, settings, manifest, bundle, diagnostics)
    }
}

/// Each template with each task that runs it.
fn uses(manifest: &Manifest) -> Vec<(String, String)> {
    let mut uses = Vec::new();
    for template in &manifest.spec.templates {
        let Body::Dag(dag) = &template.body else {
            continue;
        };
        for task in &dag.tasks {
            if let TemplateRef::Named(name) = &task.template {
                uses.push((name.to_string(), task.name.to_string()));
            }
        }
    }
    uses
}

/// The file, with about the bytes of the object in it.
fn bundle(flow: &Flow, manifest: Manifest) -> (Bundle, usize) {
    let (text, indentation) = print::print(manifest);
    let bytes = large_object::as_json(&text, indentation);
    let name = format!("{}.yaml", flow.name.value);
    (Bundle::single(name, text), bytes)
}

#[cfg(test)]
mod tests;
