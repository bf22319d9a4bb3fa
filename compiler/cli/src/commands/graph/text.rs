//! The graph in a terminal: a task a line, under what it waits for.

use flowc_core::flow::TaskId;
use flowc_core::graph::{Change, Graph};

use super::{about, decides, remarks, sign};
use crate::style::{self, paint};

pub(super) fn write(graph: &Graph, colour: bool) -> String {
    let mut out = paint(style::STRONG, &graph.name, colour);
    if let Some(estimate) = graph.estimate {
        out.push_str(&paint(
            style::DIM,
            &format!(
                "  ≈ {estimate}, up to {} at once; ● is on the critical path",
                graph.width
            ),
            colour,
        ));
    }
    out.push('\n');
    for line in about(graph) {
        out.push_str(&paint(style::DIM, &line, colour));
        out.push('\n');
    }
    let mut upstream = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        upstream[edge.to.index()].push((edge.from, edge.change));
    }
    let writer = Writer {
        graph,
        upstream,
        colour,
    };
    writer.level(&graph.roots, "", &mut out);
    if !graph.finally.is_empty() {
        out.push_str(&paint(style::STRONG, "finally", colour));
        out.push('\n');
        writer.level(&graph.finally, "", &mut out);
    }
    out
}

/// The style of the sign of a change.
fn of(change: Change) -> anstyle::Style {
    match change {
        Change::Gone => style::REMOVED,
        Change::New => style::ADDED,
        Change::Same | Change::Changed => style::WARNING,
    }
}

struct Writer<'g> {
    graph: &'g Graph,
    upstream: Vec<Vec<(TaskId, Change)>>,
    colour: bool,
}

impl Writer<'_> {
    fn level(&self, level: &[TaskId], indent: &str, out: &mut String) {
        for (position, task) in level.iter().enumerate() {
            let last = position + 1 == level.len();
            let (branch, below) = if last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            out.push_str(&paint(
                style::DIM,
                &format!("{indent}{branch}"),
                self.colour,
            ));
            self.line(*task, out);
            let children = &self.graph.node(*task).children;
            self.level(children, &format!("{indent}{below}"), out);
        }
    }

    fn line(&self, task: TaskId, out: &mut String) {
        let node = self.graph.node(task);
        let mark = match (self.graph.estimate, node.critical) {
            (None, _) => "",
            (_, true) => "● ",
            (_, false) => "○ ",
        };
        out.push_str(mark);
        if let Some(sign) = sign(node.change) {
            out.push_str(&paint(of(node.change), &format!("{sign} "), self.colour));
        }
        out.push_str(&paint(style::CODE, &node.name, self.colour));
        for remark in remarks(node) {
            out.push_str(&format!("  {remark}"));
        }
        let upstream = &self.upstream[task.index()];
        if !upstream.is_empty() {
            let name = |(task, change): &(TaskId, Change)| {
                let sign = sign(*change).unwrap_or_default();
                format!("{sign}{}", self.graph.node(*task).name)
            };
            let names: Vec<String> = upstream.iter().take(6).map(name).collect();
            let more = match upstream.len() - names.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let after = format!("  ← {}{more}", names.join(", "));
            out.push_str(&paint(style::DIM, &after, self.colour));
        }
        for decides in decides(node) {
            out.push_str(&paint(style::WARNING, &format!("  {decides}"), self.colour));
        }
        out.push('\n');
    }
}
