//! Problems that only Airflow has.
use super::settings::Settings;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow::Flow;
pub(super) fn check(_flow: &Flow, _settings: &Settings<'_>, _diagnostics: &mut Diagnostics) {}
