//! Graphviz.

use flowc_core::flow::TaskId;
use flowc_core::graph::{Change, Graph, NodeKind};

use super::{about, decides, named, remarks};

pub(super) fn write(graph: &Graph) -> String {
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR\n  compound=true\n  node [shape=box, style=rounded, fontname=monospace]\n  edge [fontname=monospace, fontsize=10]\n",
        quoted(&graph.name)
    );
    let about = about(graph);
    if !about.is_empty() {
        out.push_str(&format!(
            "  label={}\n  labelloc=t\n  fontname=monospace\n",
            quoted(&about.join("\n"))
        ));
    }
    for root in &graph.roots {
        node(graph, *root, 1, &mut out);
    }
    if !graph.finally.is_empty() {
        out.push_str("  subgraph cluster_finally {\n    label=finally\n    style=dashed\n");
        for task in &graph.finally {
            node(graph, *task, 2, &mut out);
        }
        out.push_str("  }\n");
    }
    for edge in &graph.edges {
        let mut attributes = Vec::new();
        let label = decides(graph.node(edge.to)).join("\n");
        if !label.is_empty() {
            attributes.push(format!("label={}", quoted(&label)));
        }
        // An arrow ends at the border of a group, but must name a task in it.
        for (end, name) in [(edge.from, "ltail"), (edge.to, "lhead")] {
            if !graph.node(end).children.is_empty() {
                attributes.push(format!("{name}=cluster_{}", end.index()));
            }
        }
        if edge.critical {
            attributes.push("color=\"#d9480f\", penwidth=2".to_owned());
        }
        attributes.extend(drawn(edge.change).map(str::to_owned));
        let attributes = match attributes.is_empty() {
            true => String::new(),
            false => format!(" [{}]", attributes.join(", ")),
        };
        out.push_str(&format!(
            "  {} -> {}{attributes}\n",
            id(graph, edge.from, true),
            id(graph, edge.to, false)
        ));
    }
    out.push_str("}\n");
    out
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
    let colour = match node.critical {
        true => ", color=\"#d9480f\", penwidth=2".to_owned(),
        false => drawn(node.change).map_or_else(String::new, |drawn| format!(", {drawn}")),
    };
    if node.children.is_empty() {
        let shape = match (node.kind, &node.repeat) {
            (NodeKind::Approve, _) => ", shape=hexagon",
            (NodeKind::Wait, _) => ", shape=ellipse",
            (_, Some(_)) => ", peripheries=2",
            _ => "",
        };
        out.push_str(&format!(
            "{indent}{} [label={label}{shape}{colour}]\n",
            id(graph, task, true)
        ));
        return;
    }
    out.push_str(&format!(
        "{indent}subgraph cluster_{} {{\n{indent}  label={label}\n",
        task.index()
    ));
    if node.repeat.is_some() {
        out.push_str(&format!("{indent}  peripheries=2\n"));
    }
    if node.critical {
        out.push_str(&format!("{indent}  color=\"#d9480f\"\n"));
    } else if let Some(drawn) = drawn(node.change) {
        out.push_str(&format!("{indent}  {}\n", drawn.replace(", ", "\n")));
    }
    for child in &node.children {
        self::node(graph, *child, depth + 1, out);
    }
    out.push_str(&format!("{indent}}}\n"));
}

/// How what is gone or new is drawn.
fn drawn(change: Change) -> Option<&'static str> {
    match change {
        Change::Same | Change::Changed => None,
        Change::Gone => Some("style=dashed, color=\"#a0a0a0\", fontcolor=\"#808080\""),
        Change::New => Some("color=\"#1a7f37\", penwidth=2"),
    }
}

/// The name of a task, or for a group that of its first or last task.
fn id(graph: &Graph, mut task: TaskId, last: bool) -> String {
    loop {
        let children = &graph.node(task).children;
        let next = if last {
            children.last()
        } else {
            children.first()
        };
        match next {
            Some(child) => task = *child,
            None => return quoted(&graph.node(task).path),
        }
    }
}

fn quoted(text: &str) -> String {
    let text = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{text}\"")
}
