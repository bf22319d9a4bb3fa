//! One folder per orchestrator. A target imports the core and the shared rooms `python`, `yaml`, `fields` and
//! `object`, never another target.

use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::flow::Flow;
use flowc_core::suggest::did_you_mean;
use flowc_core::target::Target;

pub mod airflow;
pub mod argo;
pub mod compose;
mod fields;
pub mod kubeflow;
pub mod metaflow;
mod object;
pub mod prefect;
pub mod python;
#[cfg(test)]
mod testing;
pub mod yaml;

/// Every target, in the order of tables.
pub const TARGETS: &[&dyn Target] = &[
    &argo::Argo,
    &airflow::Airflow,
    &compose::Compose,
    &metaflow::Metaflow,
    &kubeflow::Kubeflow,
    &prefect::Prefect,
];

/// The target with this name.
pub fn find(name: &str) -> Option<&'static dyn Target> {
    TARGETS.iter().copied().find(|target| target.name() == name)
}

/// Reports fields for targets that there are not: nobody would look at them.
pub fn check_target_names(flow: &Flow, diagnostics: &mut Diagnostics) {
    let names = || TARGETS.iter().map(|target| target.name());
    let fields = std::iter::once(&flow.targets).chain(flow.tasks.iter().map(|task| &*task.targets));
    let unknown = fields
        .flat_map(|fields| &fields.targets)
        .filter(|(name, _)| find(name).is_none());
    for (name, set) in unknown {
        let known = || format!("known targets: {}", names().collect::<Vec<_>>().join(", "));
        let help = did_you_mean(name, names()).unwrap_or_else(known);
        let message = format!("there is no target `{name}`");
        diagnostics.push(Diagnostic::error("unknown-key", set.span, message).help(help));
    }
}
