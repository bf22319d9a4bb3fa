//! The whole road from a text to files, without reading or writing any: what the commands do between
//! their input and their output, and what benchmarks measure.

use flowc_core::checks;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow::Flow;
use flowc_core::loss::{self, Loss, OnLoss};
use flowc_core::passes::{self, Optimised, Options, Report};
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
    /// What the passes did, when there was no error before them, and a target to do it for.
    pub passes: Option<Report>,
}

/// Resolves and checks a flow of `sources`, for itself and, after the passes, for every requested target.
/// `overrides` are new defaults for its parameters.
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
    options: &Options,
    on_loss: OnLoss,
) -> Result<Checked, Failure> {
    let mut diagnostics = Diagnostics::default();
    let flow = read(sources, file, loader, overrides, &mut diagnostics)?;
    let optimised = optimise(&flow, requests, options, &diagnostics);
    let joined = joined(&optimised, requests, options);
    let flows = (&flow, &optimised, &joined);
    let (losses, _) = prepare(flows, requests, on_loss, &mut diagnostics, |_| {});
    diagnostics.finish(sources);
    Ok(Checked {
        diagnostics,
        losses,
        passes: joined
            .map(|joined| joined.report)
            .or(optimised.map(|optimised| optimised.report)),
        flow,
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
        flowc_targets::check_target_names(flow, diagnostics);
    }
    Ok(flow)
}

/// What the passes make of a flow that is right in itself. Of one that is wrong, what a target thinks
/// would only repeat it.
fn optimise<'f>(
    flow: &'f Option<Flow>,
    requests: &[Request],
    options: &Options,
    diagnostics: &Diagnostics,
) -> Option<Optimised<'f>> {
    let wanted = !requests.is_empty() && !diagnostics.has_errors();
    let flow = flow.as_ref().filter(|_| wanted)?;
    Some(passes::optimise(flow, options))
}

/// The same for targets on which a task that does nothing costs nothing, if any is asked for.
fn joined<'f>(
    optimised: &'f Option<Optimised<'_>>,
    requests: &[Request],
    options: &Options,
) -> Option<Optimised<'f>> {
    let wanted = requests
        .iter()
        .any(|request| request.target.has_free_tasks());
    let optimised = optimised.as_ref().filter(|_| wanted)?;
    Some(passes::with_joins(optimised, options))
}

/// Checks a flow for every request, and gives for each what its target does not have natively, and what
/// `then` makes of what makes its files, when there is no error so far. That is done before the next
/// request is looked at: the models of several targets would need several times the memory.
fn prepare<'f, T>(
    (flow, optimised, joined): (
        &Option<Flow>,
        &'f Option<Optimised<'_>>,
        &'f Option<Optimised<'_>>,
    ),
    requests: &'f [Request],
    on_loss: OnLoss,
    diagnostics: &mut Diagnostics,
    then: impl Fn(Prepared<'f>) -> T,
) -> (Vec<Vec<Loss>>, Vec<Option<T>>) {
    let (Some(flow), Some(optimised)) = (flow, optimised) else {
        return Default::default();
    };
    let targets = requests.iter();
    let targets: Vec<_> = targets
        .map(|request| (request.target, &request.settings))
        .collect();
    let losses = loss::losses_of_each(flow, &targets);
    let made = requests.iter().zip(&losses).map(|(request, losses)| {
        let for_target = match joined {
            Some(joined) if request.target.has_free_tasks() => joined,
            _ => optimised,
        };
        let prepared = prepare_for(losses, &for_target.flow, request, on_loss, diagnostics);
        (!diagnostics.has_errors()).then(|| then(prepared))
    });
    let made = made.collect();
    (losses, made)
}

/// What one target thinks of a flow that is right in itself: its problems, those about the features that it
/// does not have natively included; and what makes its files, of the flow after the passes, when there is
/// no error.
pub fn prepare_for<'f>(
    losses: &[Loss],
    optimised: &'f Flow,
    request: &'f Request,
    on_loss: OnLoss,
    diagnostics: &mut Diagnostics,
) -> Prepared<'f> {
    let mut own = Diagnostics::default();
    loss::report(losses, &request.settings, on_loss, &mut own);
    let prepared = request
        .target
        .prepare(optimised, &request.settings, &mut own);
    for diagnostic in own.iter_mut() {
        diagnostic
            .target
            .get_or_insert_with(|| request.settings.spec());
    }
    diagnostics.extend(own);
    prepared
}

/// The flow as a target will say it: after the passes, those for this target included, and rewritten. With it,
/// what the passes did.
pub fn plan(flow: &Flow, request: &Request, options: &Options) -> (Flow, Report) {
    let Request { target, settings } = request;
    let mut optimised = passes::optimise(flow, options);
    let joined;
    if target.has_free_tasks() {
        joined = passes::with_joins(&optimised, options);
        let plan = target.plan(&joined.flow, settings).into_owned();
        return (plan, joined.report);
    }
    let report = std::mem::take(&mut optimised.report);
    (target.plan(&optimised.flow, settings).into_owned(), report)
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
    options: &Options,
    on_loss: OnLoss,
) -> Result<(Checked, Vec<Bundle>), Failure> {
    let mut diagnostics = Diagnostics::default();
    let flow = read(sources, file, loader, overrides, &mut diagnostics)?;
    let optimised = optimise(&flow, requests, options, &diagnostics);
    let joined = joined(&optimised, requests, options);
    let flows = (&flow, &optimised, &joined);
    let (losses, emitted) = prepare(flows, requests, on_loss, &mut diagnostics, |emit| emit());
    diagnostics.finish(sources);
    let emitted = emitted.into_iter().flatten();
    let emitted = emitted.filter(|_| !diagnostics.has_errors()).collect();
    let checked = Checked {
        diagnostics,
        losses,
        passes: joined
            .map(|joined| joined.report)
            .or(optimised.map(|optimised| optimised.report)),
        flow,
    };
    Ok((checked, emitted))
}

#[cfg(test)]
mod tests;
