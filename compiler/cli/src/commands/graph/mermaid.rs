//! Mermaid, as GitHub and many wikis draw it.

use flowc_core::flow::TaskId;
use flowc_core::graph::{Change, Graph, Node, NodeKind};

use super::{about, decides, remarks};

pub(super) fn write(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for root in &graph.roots {
        node(graph, *root, 1, &mut out);
    }
    if !graph.finally.is_empty() {
        out.push_str("  subgraph flowc_finally [finally]\n");
        for task in &graph.finally {
            node(graph, *task, 2, &mut out);
        }
        out.push_str("  end\n");
    }
    let about = about(graph);
    if !about.is_empty() {
        out.push_str(&format!("  about[/{}/]\n", quoted(&about.join("\n"))));
    }
    let mut critical = Vec::new();
    for (position, edge) in graph.edges.iter().enumerate() {
        let label = decides(graph.node(edge.to)).join(", ");
        let line = match edge.change {
            Change::Gone => "-.->",
            Change::Same | Change::Changed | Change::New => "-->",
        };
        let arrow = match label.is_empty() {
            true => line.to_owned(),
            false => format!("{line}|{}|", quoted(&label)),
        };
        out.push_str(&format!("  {} {arrow} {}\n", id(edge.from), id(edge.to)));
        if edge.critical {
            critical.push(position.to_string());
        }
    }
    let on_path: Vec<String> = graph
        .nodes
        .iter()
        .filter(|node| node.critical)
        .map(|node| id(node.id))
        .collect();
    if !on_path.is_empty() {
        out.push_str("  classDef critical stroke:#d9480f,stroke-width:3px\n");
        out.push_str(&format!("  class {} critical\n", on_path.join(",")));
    }
    if !critical.is_empty() {
        out.push_str(&format!(
            "  linkStyle {} stroke:#d9480f,stroke-width:3px\n",
            critical.join(",")
        ));
    }
    changes(graph, &mut out);
    out
}

/// How what is gone or new is drawn.
fn changes(graph: &Graph, out: &mut String) {
    let styles = [
        (Change::Gone, "gone", "stroke-dasharray:4 4,opacity:0.55"),
        (Change::New, "new", "stroke:#1a7f37,stroke-width:3px"),
    ];
    for (change, class, style) in styles {
        let nodes = graph.nodes.iter().filter(|node| node.change == change);
        let nodes: Vec<String> = nodes.map(|node| id(node.id)).collect();
        if !nodes.is_empty() {
            out.push_str(&format!("  classDef {class} {style}\n"));
            out.push_str(&format!("  class {} {class}\n", nodes.join(",")));
        }
        let edges = graph.edges.iter().enumerate();
        let edges = edges.filter(|(_, edge)| edge.change == change);
        let edges: Vec<String> = edges.map(|(position, _)| position.to_string()).collect();
        if !edges.is_empty() {
            out.push_str(&format!("  linkStyle {} {style}\n", edges.join(",")));
        }
    }
}

fn node(graph: &Graph, task: TaskId, depth: usize, out: &mut String) {
    let node = graph.node(task);
    let indent = "  ".repeat(depth);
    let mut lines = vec![named(node)];
    lines.extend(remarks(node));
    if !node.waits {
        lines.extend(decides(node));
    }
    let label = quoted(&lines.join("\n"));
    if node.children.is_empty() {
        let (open, close) = match (node.kind, &node.repeat) {
            (NodeKind::Approve, _) => ("{{", "}}"),
            (NodeKind::Wait, _) => ("([", "])"),
            (_, Some(_)) => ("[[", "]]"),
            _ => ("[", "]"),
        };
        out.push_str(&format!("{indent}{}{open}{label}{close}\n", id(task)));
        return;
    }
    out.push_str(&format!("{indent}subgraph {} [{label}]\n", id(task)));
    for child in &node.children {
        self::node(graph, *child, depth + 1, out);
    }
    out.push_str(&format!("{indent}end\n"));
}

/// The name of a task with what became of it; a sign before it would be a list of Markdown.
fn named(node: &Node) -> String {
    match node.change.as_str() {
        Some(change) => format!("{} ({change})", node.name),
        None => node.name.clone(),
    }
}

/// Names of tasks may be words of Mermaid, so its ids are ours.
fn id(task: TaskId) -> String {
    format!("t{}", task.index())
}

/// A text as Mermaid shows it unchanged.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => out.push_str("<br/>"),
            '"' | '#' | '&' | '<' | '>' | '`' | '|' | '\\' => {
                out.push_str(&format!("#{};", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
