//! `flowc graph`

mod dot;
mod json;
mod mermaid;
mod scene;
mod svg;
mod text;
mod times;

use flowc_core::flow::Flow;
use flowc_core::graph::{Change, Graph, Node, Repeat, Sizes};
use flowc_core::loss::OnLoss;
use flowc_core::passes::{Options, Report, optimise};

use super::{Manner, Outcome, Stream, show};
use crate::args::{self, GraphFormat};
use crate::console::Console;
use crate::failure::Failure;
use crate::format::Format;
use crate::passes;
use crate::pipeline::{self, Request};
use crate::project::Input;
use crate::request::requests;

pub(super) fn run(args: &args::Graph, console: Console) -> Result<Outcome, Failure> {
    let mut input = Input::read(&args.file)?;
    let options = passes::options(&args.passes)?;
    let requests = requests(&args.targets.target, &args.targets.set, input.source())?;
    if requests.len() > 1 {
        return Err(Failure::new("a graph is drawn for one target at a time"));
    }
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
        &requests,
        &options,
        OnLoss::Allow,
    )?;
    match &checked.flow {
        Some(flow) if !checked.diagnostics.has_errors() => {
            let flow = &match &args.times {
                Some(run) => times::of_run(flow, run, args.state.as_deref())?,
                None => flow.clone(),
            };
            let (graph, report) = drawn(args, flow, requests.first(), &options);
            if options.detailed {
                console.tell(&passes::explained(&report, &options, &input.sources));
                console.tell(&passes::shapes(flow, &requests, &options));
            }
            console.print(&write(&graph, args.format, console.colour_out))?;
            Ok(Outcome::Fine)
        }
        _ => show(vec![input.report(checked.diagnostics)], manner, console),
    }
}

/// The graph that is asked for, and what passes did. A flow that is looked at for itself is drawn as it is
/// written, unless the command line says something of passes.
fn drawn(
    args: &args::Graph,
    flow: &Flow,
    request: Option<&Request>,
    options: &Options,
) -> (Graph, Report) {
    let is_optimised = request.is_some() || args.before_after || args.passes.choice.is_said();
    if !is_optimised {
        return (Graph::new(flow), Report::default());
    }
    let (after, report) = match request {
        None => {
            let optimised = optimise(flow, options);
            (Graph::new(&optimised.flow), optimised.report)
        }
        Some(request) => {
            let (plan, report) = pipeline::plan(flow, request, options);
            let additions = request.target.additions(&plan, &request.settings);
            (Graph::new(&plan).with(additions), report)
        }
    };
    match args.before_after {
        true => (Graph::new(flow).until(after, &report), report),
        false => (after, report),
    }
}

/// A graph in a format.
pub fn write(graph: &Graph, format: GraphFormat, colour: bool) -> String {
    match format {
        GraphFormat::Text => text::write(graph, colour),
        GraphFormat::Mermaid => mermaid::write(graph),
        GraphFormat::Dot => dot::write(graph),
        GraphFormat::Svg => svg::write(graph),
        GraphFormat::Json => json::write(graph),
    }
}

/// The most characters of an expression that a drawing shows.
const MAX_TEXT: usize = 44;

/// A text, cut where a drawing has no room for it.
fn short(text: &str) -> String {
    let text = text.replace(['\n', '\r', '\t'], " ");
    if text.chars().count() <= MAX_TEXT {
        return text;
    }
    let mut cut: String = text.chars().take(MAX_TEXT - 1).collect();
    cut.push('…');
    cut
}

/// What decides whether a task runs: its rule and its condition.
fn decides(node: &Node) -> Vec<String> {
    let rule = node.rule.map(|rule| rule.as_str().to_owned());
    let condition = node
        .condition
        .as_ref()
        .map(|condition| format!("when {}", short(condition)));
    rule.into_iter().chain(condition).collect()
}

/// What else there is to say about a task.
fn remarks(node: &Node) -> Vec<String> {
    let mut remarks = Vec::new();
    match &node.repeat {
        Some(Repeat::Times(times)) => remarks.push(format!("× {times}")),
        Some(Repeat::Each(list)) => remarks.push(format!("for each of {}", short(list))),
        None => {}
    }
    match node.kind {
        flowc_core::graph::NodeKind::Process | flowc_core::graph::NodeKind::Group => {}
        kind => remarks.push(kind.as_str().to_owned()),
    }
    if node.may_fail {
        remarks.push("may fail".to_owned());
    }
    if let Some(estimate) = node.estimate {
        remarks.push(format!("≈ {estimate}"));
    }
    remarks.extend(node.notes.iter().map(|note| short(note)));
    remarks
}

/// The sign of a change, as differences of texts have it.
fn sign(change: Change) -> Option<&'static str> {
    match change {
        Change::Same => None,
        Change::Changed => Some("~"),
        Change::Gone => Some("-"),
        Change::New => Some("+"),
    }
}

/// The name of a task, with the sign of what became of it.
fn named(node: &Node) -> String {
    match sign(node.change) {
        Some(sign) => format!("{sign} {}", node.name),
        None => node.name.clone(),
    }
}

/// What there is to say of the graph as a whole: how large it was and is, and what a target adds.
fn about(graph: &Graph) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((before, after)) = graph.sizes {
        let of = |one: &str, many: &str, number: fn(Sizes) -> usize| {
            let (before, after) = (number(before), number(after));
            let what = if before == 1 { one } else { many };
            if before == after {
                format!("{before} {what}")
            } else {
                format!("{before} {what} → {after}")
            }
        };
        let processes = of("process", "processes", |sizes| sizes.processes);
        let edges = of("dependency", "dependencies", |sizes| sizes.edges);
        lines.push(format!("{processes}, {edges}"));
    }
    if graph.sizes.is_none() && graph.edges.iter().any(|edge| edge.change == Change::New) {
        lines.push("+ or green: a wait that only the target asks for".to_owned());
    }
    if !graph.additions.is_empty() {
        let more = graph.additions.len().saturating_sub(MOST_NAMES);
        let named = graph.additions.iter().take(MOST_NAMES);
        let named: Vec<&str> = named.map(String::as_str).collect();
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        lines.push(format!("also run: {}{more}", named.join(", ")));
    }
    lines
}

/// The most tasks of a target's own that a drawing names.
const MOST_NAMES: usize = 6;
