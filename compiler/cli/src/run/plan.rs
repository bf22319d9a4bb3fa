//! `--dry-run`: what would run, in order, as far as that is known before.

use std::fmt::Write;

use flowc_core::analysis::Analysis;
use flowc_core::expr::Value;
use flowc_core::flow::{Body, Command, Flow, Task, TriggerRule};
use flowc_core::run::Selection;
use flowc_core::source::Sources;
use indexmap::IndexMap;

use super::view::plain;

/// One line per task, upstream before downstream, groups before what is in them.
pub fn plan(
    flow: &Flow,
    sources: &Sources,
    parameters: &IndexMap<String, Value>,
    selection: &Selection,
) -> String {
    let mut out = String::new();
    for (name, value) in parameters {
        let _ = writeln!(out, "parameter {name} = {}", value.json());
    }
    let analysis = Analysis::new(flow);
    for id in &analysis.order {
        let task = flow.task(*id);
        let depth = flow.ancestors(*id).count();
        let indent = "  ".repeat(depth);
        let mark = if selection.touches(*id) {
            ""
        } else {
            " (not asked for)"
        };
        let _ = write!(out, "{indent}{}{mark}: {}", task.name.value, body(task));
        for fact in facts(flow, task, sources) {
            let _ = write!(out, "\n{indent}    {fact}");
        }
        out.push('\n');
    }
    out
}

fn body(task: &Task) -> String {
    match &task.body {
        Body::Process(process) => match &process.command {
            Command::Script { shell, text } => {
                let first = text.value.lines().next().unwrap_or_default();
                let more = if text.value.trim_end().contains('\n') {
                    " …"
                } else {
                    ""
                };
                format!("{}: {}{more}", shell[0], plain(first))
            }
            Command::Argv(words) => {
                let words = words.iter().map(|word| match word.as_literal() {
                    Some(text) => plain(text),
                    None => "${{…}}".into(),
                });
                words.collect::<Vec<_>>().join(" ")
            }
        },
        Body::Group(group) => match &group.sub_flow {
            Some(sub_flow) => format!("sub-flow {}", sub_flow.path.value),
            None => "group".into(),
        },
        Body::Wait(duration) => format!("wait {}", duration.value),
        Body::Approve(approve) => format!("approve: {}", plain(&approve.message.value)),
    }
}

fn facts(flow: &Flow, task: &Task, sources: &Sources) -> Vec<String> {
    let mut facts = Vec::new();
    let upstream: Vec<&str> = task
        .upstream
        .iter()
        .map(|upstream| flow.task(upstream.task).name.as_str())
        .collect();
    if !upstream.is_empty() {
        let rule = task.trigger_rule.value;
        let rule = match rule {
            TriggerRule::AllSuccess => String::new(),
            rule => format!(" ({rule})"),
        };
        facts.push(format!("after {}{rule}", upstream.join(", ")));
    }
    let source = |span| plain(sources.slice(span).trim());
    if let Some(when) = &task.when {
        facts.push(format!("when {}", source(when.span)));
    }
    if let Some(fan_out) = &task.for_each {
        facts.push(match fan_out.literal_items() {
            Some(items) => format!("for each of {} elements", items.len()),
            None => format!("for each of {}", source(fan_out.list.span)),
        });
        if let Some(filter) = &fan_out.filter {
            facts.push(format!("when {}", source(filter.span)));
        }
    }
    if let Some(retries) = task.retries.as_ref().filter(|retries| retries.value > 0) {
        facts.push(format!("up to {} retries", retries.value));
    }
    facts
}
