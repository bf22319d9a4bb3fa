//! `flowc inspect`

mod document;
mod plan;

use flowc_core::diagnostic::Diagnostics;
use flowc_core::passes::{optimise, with_joins};
use serde::Serialize;

use super::{Manner, Outcome, Stream, show};
use crate::args::{Inspect, Stage};
use crate::console::Console;
use crate::failure::Failure;
use crate::passes;
use crate::pipeline;
use crate::project::Input;
use crate::request::requests;

pub(super) fn run(args: &Inspect, console: Console) -> Result<Outcome, Failure> {
    let mut input = Input::read(&args.file)?;
    let mut diagnostics = Diagnostics::default();
    let text = match input.unusable.take() {
        Some(diagnostic) => {
            diagnostics.push(diagnostic);
            None
        }
        None => match args.stage {
            Stage::Document => document_stage(&input, &mut diagnostics),
            Stage::Flow => flow_stage(&mut input, &mut diagnostics)?,
            Stage::Optimised => optimised_stage(args, &mut input, &mut diagnostics, console)?,
            Stage::Plan => plan_stage(args, &mut input, &mut diagnostics, console)?,
        },
    };
    diagnostics.finish(&input.sources);
    let manner = Manner {
        format: args.format,
        notes: false,
        stream: Stream::Err,
    };
    if let Some(text) = text {
        console.print(&text)?;
    }
    show(vec![input.report(diagnostics)], manner, console)
}

fn document_stage(input: &Input, diagnostics: &mut Diagnostics) -> Option<String> {
    let text = input.sources.file(input.file).shared_text();
    let node = flowc_core::document::parse(input.file, &text, diagnostics)?;
    Some(json(&document::View::new(&node)))
}

fn flow_stage(input: &mut Input, diagnostics: &mut Diagnostics) -> Result<Option<String>, Failure> {
    let flow = flowc_core::resolve::resolve(
        &mut input.sources,
        input.file,
        &mut input.loader,
        diagnostics,
    );
    Ok(flow.map(|flow| flowc_core::ir::to_json(&flow)))
}

fn optimised_stage(
    args: &Inspect,
    input: &mut Input,
    diagnostics: &mut Diagnostics,
    console: Console,
) -> Result<Option<String>, Failure> {
    let options = passes::options(&args.passes)?;
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &[],
        &options,
        flowc_core::loss::OnLoss::Warn,
    )?;
    let text = match &checked.flow {
        Some(flow) if !checked.diagnostics.has_errors() => {
            let optimised = optimise(flow, &options);
            if options.detailed {
                console.tell(&passes::explained(
                    &optimised.report,
                    &options,
                    &input.sources,
                ));
            }
            Some(flowc_core::ir::to_json(&optimised.flow))
        }
        _ => None,
    };
    diagnostics.extend(checked.diagnostics);
    Ok(text)
}

fn plan_stage(
    args: &Inspect,
    input: &mut Input,
    diagnostics: &mut Diagnostics,
    console: Console,
) -> Result<Option<String>, Failure> {
    if args.targets.target.is_empty() {
        return Err(Failure::new("a plan is made for a target").help("add `--target NAME`"));
    }
    let requests = requests(&args.targets.target, &args.targets.set, input.source())?;
    let mut options = passes::options(&args.passes)?;
    let explain = std::mem::replace(&mut options.detailed, true);
    let checked = pipeline::check(
        &mut input.sources,
        input.file,
        &mut input.loader,
        &[],
        &requests,
        &options,
        flowc_core::loss::OnLoss::Warn,
    )?;
    let text = match &checked.flow {
        Some(flow) if !checked.diagnostics.has_errors() => {
            let optimised = optimise(flow, &options);
            if explain {
                console.tell(&passes::explained(
                    &optimised.report,
                    &options,
                    &input.sources,
                ));
            }
            let plans: Vec<_> = requests
                .iter()
                .map(|request| {
                    let joined;
                    let optimised = match request.target.has_free_tasks() {
                        true => {
                            joined = with_joins(&optimised, &options);
                            &joined
                        }
                        false => &optimised,
                    };
                    plan::View::new(flow, optimised, request, &input.sources)
                })
                .collect();
            Some(json(&plans))
        }
        _ => None,
    };
    diagnostics.extend(checked.diagnostics);
    Ok(text)
}

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
