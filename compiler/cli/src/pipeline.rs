//! The whole road from a text to files, without reading or writing any: what the commands do between
//! their input and their output, and what benchmarks measure.

use flowc_core::checks;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow::Flow;
use flowc_core::loss::{self, Loss, OnLoss};
use flowc_core::resolve::{Loader, resolve};
use flowc_core::source::{FileId, Sources};
use flowc_core::target::{Bundle, Prepared, Settings, Target};

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
    let flow = read(sources, file, loader, overrides, &mut diagnostics)?;
    let (losses, _) = prepare(&flow, requests, on_loss, &mut diagnostics);
    diagnostics.finish(sources);
    Ok(Checked {
        diagnostics,
        flow,
        losses,
    })
}

/// The flow of a text, checked for itself.
fn read(
    sources: &mut Sources,
    file: FileId,
    loader: &mut dyn Loader,
    overrides: &[(String, String)],
    diagnostics: &mut Diagnostics,
) -> Result<Option<Flow>, Failure> {
    let mut flow = resolve(sources, file, loader, diagnostics);
    if let Some(flow) = &mut flow {
        parameters::set_defaults(flow, overrides)?;
        checks::check(flow, diagnostics);
    }
    Ok(flow)
}

/// Checks a flow for every request, and gives for each what its target does not have natively, and
/// what makes its files.
fn prepare<'f>(
    flow: &'f Option<Flow>,
    requests: &'f [Request],
    on_loss: OnLoss,
    diagnostics: &mut Diagnostics,
) -> (Vec<Vec<Loss>>, Vec<Prepared<'f>>) {
    match flow {
        Some(flow) if !diagnostics.has_errors() => requests
            .iter()
            .map(|request| prepare_for(flow, request, on_loss, diagnostics))
            .unzip(),
        // What a target thinks of a flow that is wrong in itself would only repeat it.
        _ => Default::default(),
    }
}

/// What one target thinks of a flow that is right in itself: its problems, and the features that it
/// does not have natively; and what makes its files when there is no error.
pub fn prepare_for<'f>(
    flow: &'f Flow,
    request: &'f Request,
    on_loss: OnLoss,
    diagnostics: &mut Diagnostics,
) -> (Vec<Loss>, Prepared<'f>) {
    let losses = loss::losses(flow, request.target, &request.settings);
    let mut own = Diagnostics::default();
    loss::report(&losses, &request.settings, on_loss, &mut own);
    let prepared = request.target.prepare(flow, &request.settings, &mut own);
    for diagnostic in own.iter_mut() {
        diagnostic
            .target
            .get_or_insert_with(|| request.settings.spec());
    }
    diagnostics.extend(own);
    (losses, prepared)
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
    let mut diagnostics = Diagnostics::default();
    let flow = read(sources, file, loader, overrides, &mut diagnostics)?;
    let (losses, prepared) = prepare(&flow, requests, on_loss, &mut diagnostics);
    diagnostics.finish(sources);
    let emitted = prepared
        .into_iter()
        .filter(|_| !diagnostics.has_errors())
        .map(|emit| emit())
        .collect();
    let checked = Checked {
        diagnostics,
        flow,
        losses,
    };
    Ok((checked, emitted))
}

#[cfg(test)]
mod tests;
