//! `flowc compare`

mod json;
mod markdown;
mod processes;
mod text;

use flowc_core::diagnostic::{Diagnostics, Severity};
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::loss::{self, OnLoss};
use flowc_core::passes::{Options, optimise, with_joins};
use flowc_core::source::{Sources, Span};
use flowc_core::target::{Bundle, Deployment};
use flowc_core::uses::uses;

use super::{Manner, Outcome, Stream, show};
use crate::args::{Compare, TableFormat};
use crate::console::Console;
use crate::failure::Failure;
use crate::format::Format;
use crate::passes;
use crate::pipeline::{self, Request};
use crate::project::Input;
use crate::request::{ALL, requests};
use processes::Processes;

pub(super) fn run(args: &Compare, console: Console) -> Result<Outcome, Failure> {
    let mut input = Input::read(&args.file)?;
    let mut specs = args.targets.target.clone();
    if specs.is_empty() {
        specs.push(ALL.to_owned());
    }
    let options = passes::chosen(&args.passes)?;
    let requests = requests(&specs, &args.targets.set, input.source())?;
    let manner = Manner {
        format: Format::default(),
        notes: false,
        stream: Stream::Err,
    };
    if let Some(diagnostic) = input.unusable.take() {
        return show(vec![input.report([diagnostic])], manner, console);
    }
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &[],
        &options,
        OnLoss::Allow,
    )?;
    match &checked.flow {
        Some(flow) if !checked.diagnostics.has_errors() => {
            let comparison = Comparison::new(flow, &requests, &options, &input.sources);
            console.print(&match args.format {
                TableFormat::Text => text::write(&comparison, args.notes, console.colour_out),
                TableFormat::Json => json::write(&comparison),
                TableFormat::Markdown => markdown::write(&comparison),
            })?;
            Ok(Outcome::Fine)
        }
        _ => show(vec![input.report(checked.diagnostics)], manner, console),
    }
}

/// A flow on several targets.
pub struct Comparison {
    /// The name of the flow.
    flow: String,
    /// The targets, in the order asked for.
    targets: Vec<Compared>,
    /// The features that the flow uses, in the order of the support tables.
    features: Vec<Row>,
}

/// A flow on one target.
struct Compared {
    /// `argo@4.1`.
    spec: String,
    /// `Argo Workflows`.
    title: &'static str,
    /// What it emits, unless it refuses the flow.
    emitted: Option<Emitted>,
    /// What the target refuses besides features, or warns of: message and place.
    problems: Vec<(Severity, String, String)>,
    /// What a run is made of.
    processes: Processes,
    /// Processes of the target's own, at least.
    helpers: usize,
    /// What it takes to run it.
    deployment: Deployment,
}

/// The size of what is emitted.
struct Emitted {
    files: usize,
    /// Documents in YAML files, one for any other file.
    objects: usize,
    lines: usize,
    bytes: usize,
}

/// A feature and what becomes of it.
struct Row {
    feature: Feature,
    /// Where the flow asks for it first.
    place: String,
    /// How often it asks.
    times: usize,
    /// One per target.
    supports: Vec<Support>,
}

impl Comparison {
    /// Of a flow without errors.
    pub fn new(flow: &Flow, requests: &[Request], options: &Options, sources: &Sources) -> Self {
        let optimised = optimise(flow, options);
        let joined = with_joins(&optimised, options);
        let of = |request: &Request| match request.target.has_free_tasks() {
            true => &joined.flow,
            false => &optimised.flow,
        };
        Self {
            flow: flow.name.value.clone(),
            targets: requests
                .iter()
                .map(|request| Compared::new(flow, of(request), request, sources))
                .collect(),
            features: rows(flow, requests, sources),
        }
    }

    /// As a page, as snapshots show it.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }
}

impl Compared {
    fn new(flow: &Flow, optimised: &Flow, request: &Request, sources: &Sources) -> Self {
        let mut diagnostics = Diagnostics::default();
        let losses = loss::losses(flow, request.target, &request.settings);
        let emit =
            pipeline::prepare_for(&losses, optimised, request, OnLoss::Warn, &mut diagnostics);
        diagnostics.finish(sources);
        let refused = diagnostics.has_errors();
        Self {
            spec: request.settings.spec(),
            title: request.target.title(),
            emitted: (!refused).then(|| Emitted::new(&emit())),
            problems: diagnostics
                .iter()
                .filter(|problem| {
                    problem.severity != Severity::Note
                        && !["lossy-feature", "unsupported-feature"].contains(&problem.code)
                })
                .map(|problem| {
                    let place = problem.labels.first().map(|label| label.span);
                    let place = place.map_or_else(String::new, |span| line(sources, span));
                    (problem.severity, problem.message.clone(), place)
                })
                .collect(),
            processes: Processes::new(optimised),
            helpers: match refused {
                true => 0,
                false => request.target.helpers(optimised, &request.settings),
            },
            deployment: request.target.deployment(flow, &request.settings),
        }
    }
}

impl Compared {
    /// `6 pods`, `6 pods, and 3 of the target's own`.
    fn a_run_is(&self) -> String {
        let said = self.processes.said(self.deployment.unit).to_string();
        match self.helpers {
            0 => said,
            count => format!("{said}, and {count} of the target's own"),
        }
    }
}

impl Emitted {
    fn new(bundle: &Bundle) -> Self {
        let files: Vec<(&String, String)> = bundle
            .files
            .iter()
            .map(|(path, text)| (path, text.to_string()))
            .collect();
        let objects = |(path, text): &(&String, String)| {
            let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
            match is_yaml {
                true => 1 + text.lines().filter(|line| *line == "---").count(),
                false => 1,
            }
        };
        Self {
            files: files.len(),
            objects: files.iter().map(objects).sum(),
            lines: files.iter().map(|(_, text)| text.lines().count()).sum(),
            bytes: files.iter().map(|(_, text)| text.len()).sum(),
        }
    }
}

fn rows(flow: &Flow, requests: &[Request], sources: &Sources) -> Vec<Row> {
    let uses = uses(flow);
    Feature::all()
        .into_iter()
        .filter_map(|feature| {
            let mut places: Vec<Span> = uses
                .iter()
                .filter(|used| used.feature == feature)
                .map(|used| used.span)
                .collect();
            places.dedup();
            Some(Row {
                feature,
                place: line(sources, *places.first()?),
                times: places.len(),
                supports: requests
                    .iter()
                    .map(|request| request.target.support(&request.settings, feature))
                    .collect(),
            })
        })
        .collect()
}

/// `flow.yaml:10`.
fn line(sources: &Sources, span: Span) -> String {
    let file = sources.file(span.file);
    let name = file.path().rsplit('/').next().unwrap_or_default();
    format!("{name}:{}", file.line_column(span.start as usize).0)
}

/// The word of a table.
fn word(support: Support) -> &'static str {
    match support {
        Support::Unsupported { .. } => "no",
        other => other.kind(),
    }
}

/// What becomes of it, and what of it is lost.
fn reason(support: Support) -> String {
    match support {
        Support::Native { via } | Support::Emulated { via } => via.to_owned(),
        Support::Lossy { via, loses } => format!("{via}; lost: {loses}"),
        Support::Unsupported { why } => why.to_owned(),
    }
}

impl Comparison {
    /// The features that a target does not have natively: the row and its answer.
    fn reasons(&self, target: usize) -> impl Iterator<Item = (&Row, Support)> {
        self.features.iter().filter_map(move |row| {
            let support = *row.supports.get(target)?;
            (!matches!(support, Support::Native { .. })).then_some((row, support))
        })
    }
}
