//! Step fusion: a chain of tasks becomes one process that runs them one after another, so that the machine
//! starts one container and not many.
//!
//! A chain is fused where nobody but its own tasks can tell: each task but the first waits for the one
//! before it alone (or for earlier ones of the chain too), by the usual rule and without a condition, and
//! nothing outside reads of, or waits for, any but the last. All have the same image, folder, resources
//! and pod fields. None has attempts, a time limit, an allowed failure, services, a fan-out or
//! anything else that an engine would apply to it alone; none is in `finally`, or where `fail_fast`
//! could stop the chain in the middle.
//!
//! Values stay data: scripts and arguments of the tasks are arguments of the new process, and its own
//! script, in [`script`], names nothing but variables, tasks and outputs.

mod chain;
mod names;
mod script;

use std::borrow::Cow;

use super::report::{Fate, Report};
use super::rewrite;
use crate::analysis::Analysis;
use crate::flow::{Artifact, Body, Command, Flow, Output, Process, Task, TaskId};
use crate::source::{Span, Spanned};
use crate::values::Duration;
use chain::Chain;

pub(super) fn run(flow: &mut Cow<'_, Flow>, report: &mut Report) {
    if !flow.tasks.iter().any(|task| task.upstream.len() == 1) {
        return;
    }
    let chains = chain::find(flow, &Analysis::new(flow));
    if chains.is_empty() {
        return;
    }
    let mut stands_in: Vec<TaskId> = flow.iter().map(|(id, _)| id).collect();
    let mut stays = vec![true; flow.tasks.len()];
    for chain in &chains {
        let first = chain.tasks[0];
        let into = path(flow, chain);
        for (position, id) in chain.tasks.iter().enumerate() {
            let fate = Fate::Fused {
                into: into.clone(),
                position,
            };
            report.fates.insert(flow.task(*id).path.clone(), fate);
            stands_in[id.index()] = first;
            stays[id.index()] = *id == first;
        }
        report.change(|| words(flow, chain, &into));
    }
    let flow = flow.to_mut();
    for chain in &chains {
        let task = fused(flow, chain);
        flow.tasks[chain.tasks[0].index()] = task;
    }
    rewrite::keep(flow, &stays, &stands_in);
}

/// The one task that stands for a chain.
fn fused(flow: &Flow, chain: &Chain) -> Task {
    let tasks: Vec<&Task> = chain.tasks.iter().map(|id| flow.task(*id)).collect();
    let first = tasks[0];
    let names: Vec<&str> = tasks.iter().map(|task| task.name.value.as_str()).collect();
    let description = format!("{} in one process", listed(&names));
    let estimates = tasks.iter().map(|task| task.estimate.as_ref());
    let estimate = estimates
        .map(|estimate| estimate.map(|estimate| estimate.value.as_seconds()))
        .sum::<Option<f64>>();
    let span = first.name.span;
    let mut outputs = Vec::new();
    let mut artifacts = Vec::new();
    for (task, step) in tasks.iter().zip(&chain.steps) {
        let outside = |name: &Spanned<String>| {
            let named = names::outside(&step.writes, &name.value);
            Spanned::new(named.unwrap_or_else(|| name.value.clone()), name.span)
        };
        outputs.extend(task.outputs.iter().map(|output| Output {
            name: outside(&output.name),
            ..output.clone()
        }));
        artifacts.extend(task.artifacts.iter().map(|artifact| Artifact {
            name: outside(&artifact.name),
            ..artifact.clone()
        }));
    }
    Task {
        name: Spanned::new(chain.name.clone(), span),
        path: path(flow, chain),
        description: Some(Spanned::new(description, span)),
        body: Body::Process(process(flow, chain)),
        outputs,
        artifacts,
        estimate: estimate.map(|seconds| Spanned::new(Duration::from_seconds(seconds), span)),
        pure: first
            .pure
            .filter(|_| tasks.iter().all(|task| super::dead::is_pure(task))),
        ..first.clone()
    }
}

fn process(flow: &Flow, chain: &Chain) -> Process {
    let first = flow.task(chain.tasks[0]);
    let own = first.process();
    Process {
        image: own.and_then(|process| process.image.clone()),
        workdir: own.and_then(|process| process.workdir.clone()),
        env: chain.env.clone(),
        command: Command::Argv(script::command(flow, chain)),
    }
}

fn path(flow: &Flow, chain: &Chain) -> String {
    match flow.task(chain.tasks[0]).parent {
        Some(parent) => format!("{}.{}", flow.task(parent).path, chain.name),
        None => chain.name.clone(),
    }
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

fn words(flow: &Flow, chain: &Chain, into: &str) -> (String, Span, String, String) {
    let first = flow.task(chain.tasks[0]);
    let names: Vec<&str> = chain
        .tasks
        .iter()
        .map(|id| flow.task(*id).name.value.as_ref())
        .collect();
    (
        into.to_owned(),
        first.name.span,
        format!("runs {} in one process", listed(&names)),
        "they are a chain with the same image and needs, and nothing else looks at those in the \
         middle; an engine shows one state for all, and the log says which failed"
            .to_owned(),
    )
}
