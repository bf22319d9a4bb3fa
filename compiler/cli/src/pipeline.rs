//! The whole road from a text to files, without reading or writing any: what the commands do between
//! their input and their output, and what benchmarks measure.

use flowc_core::checks;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow::Flow;
use flowc_core::loss::{self, Loss, OnLoss};
use flowc_core::resolve::{Loader, resolve};
use flowc_core::source::{FileId, Sources};
use flowc_core::target::{Bundle, Settings, Target};

use crate::failure::Failure;
use crate::parameters;

/// A target with its settings.
#[derive(Clone)]
pub struct Request {
    /// The target.
    pub target: &'static dyn Target,
    /// Its version and options.
    pub settings: Settings,
}

/// What became of a flow before anything was emitted.
#[derive(Debug, Default)]
pub struct Checked {
    /// The problems, sorted.
    pub diagnostics: Diagnostics,
    /// The flow, when it could be resolved.
    pub flow: Option<Flow>,
    /// For each request, the features that its target does not have natively.
    pub losses: Vec<Vec<Loss>>,
}

/// Resolves and checks a flow of `sources`, for itself and for every requested target. `overrides` are
/// new defaults for its parameters.
///
/// # Errors
/// An override that the flow has no parameter for, or that is not of its type. Problems of the flow
/// are in the result.
pub fn check(
    sources: &mut Sources,
    file: FileId,
    loader: &mut dyn Loader,
    overrides: &[(String, String)],
    requests: &[Request],
    on_loss: OnLoss,
) -> Result<Checked, Failure> {
    let mut diagnostics = Diagnostics::default();
    let mut flow = resolve(sources, file, loader, &mut diagnostics);
    let mut losses = Vec::new();
    if let Some(flow) = &mut flow {
        parameters::set_defaults(flow, overrides)?;
        checks::check(flow, &mut diagnostics);
        // What a target thinks of a flow that is wrong in itself would only repeat it.
        if !diagnostics.has_errors() {
            for request in requests {
                losses.push(check_for(flow, request, on_loss, &mut diagnostics));
            }
        }
    }
    diagnostics.finish(sources);
    Ok(Checked {
        diagnostics,
        flow,
        losses,
    })
}

/// What one target thinks of a flow that is right in itself: its problems, and the features that it
/// does not have natively.
pub fn check_for(
    flow: &Flow,
    request: &Request,
    on_loss: OnLoss,
    diagnostics: &mut Diagnostics,
) -> Vec<Loss> {
    let losses = loss::losses(flow, request.target, &request.settings);
    let mut own = Diagnostics::default();
    loss::report(&losses, &request.settings, on_loss, &mut own);
    request.target.check(flow, &request.settings, &mut own);
    for diagnostic in own.iter_mut() {
        diagnostic
            .target
            .get_or_insert_with(|| request.settings.spec());
    }
    diagnostics.extend(own);
    losses
}

/// The files of a flow that was checked, without errors, for this request.
pub fn emit(flow: &Flow, request: &Request) -> Bundle {
    let plan = request.target.plan(flow, &request.settings);
    request.target.emit(&plan, &request.settings)
}

/// From a text to the bundles of all requests; no bundles when there is an error.
///
/// # Errors
/// As [`check`].
pub fn compile(
    sources: &mut Sources,
    file: FileId,
    loader: &mut dyn Loader,
    overrides: &[(String, String)],
    requests: &[Request],
    on_loss: OnLoss,
) -> Result<(Checked, Vec<Bundle>), Failure> {
    let checked = check(sources, file, loader, overrides, requests, on_loss)?;
    let bundles = match &checked.flow {
        Some(flow) if !checked.diagnostics.has_errors() => {
            requests.iter().map(|request| emit(flow, request)).collect()
        }
        _ => Vec::new(),
    };
    Ok((checked, bundles))
}

#[cfg(test)]
mod tests;
