//! One folder per orchestrator. A target imports the core and the shared rooms `python`, `yaml` and `fields`,
//! never another target.

use flowc_core::target::Target;

pub mod airflow;
pub mod argo;
pub mod compose;
mod fields;
pub mod kubeflow;
pub mod metaflow;
pub mod prefect;
pub mod python;
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
