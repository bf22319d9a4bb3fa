//! `flowc graph`

mod dot;
mod json;
mod mermaid;
mod scene;
mod svg;
mod text;
mod times;

use flowc_core::graph::{Graph, Node, Repeat};
use flowc_core::loss::OnLoss;
use flowc_core::passes::{Options, optimise};

use super::{Manner, Outcome, Stream, show};
use crate::args::{self, GraphFormat};
use crate::console::Console;
use crate::failure::Failure;
use crate::format::Format;
use crate::pipeline;
use crate::project::Input;
use crate::request::requests;

pub(super) fn run(args: &args::Graph, console: Console) -> Result<Outcome, Failure> {
    let mut input = Input::read(&args.file)?;
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
        &Options::default(),
        OnLoss::Allow,
    )?;
    match &checked.flow {
        Some(flow) if !checked.diagnostics.has_errors() => {
            let flow = &match &args.times {
                Some(run) => times::of_run(flow, run, args.state.as_deref())?,
                None => flow.clone(),
            };
            let graph = match requests.first() {
                Some(request) => {
                    let optimised = optimise(flow, &Options::default());
                    Graph::new(&request.target.plan(&optimised.flow, &request.settings))
                }
                None => Graph::new(flow),
            };
            console.print(&write(&graph, args.format, console.colour_out))?;
            Ok(Outcome::Fine)
        }
        _ => show(vec![input.report(checked.diagnostics)], manner, console),
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
    remarks
}
