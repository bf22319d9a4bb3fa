//! The graph for programs.

use flowc_core::flow::TaskId;
use flowc_core::graph::{Graph, Repeat, Sizes};
use serde::Serialize;

#[derive(Serialize)]
struct View<'g> {
    /// The version of this format.
    flowc_graph: u32,
    flow: &'g str,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate_seconds: Option<f64>,
    at_once: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<SizesView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<SizesView>,
    /// What a target runs of its own.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    also_run: &'g [String],
    tasks: Vec<TaskView<'g>>,
    edges: Vec<EdgeView<'g>>,
}

#[derive(Serialize)]
struct SizesView {
    processes: usize,
    dependencies: usize,
}

impl From<Sizes> for SizesView {
    fn from(sizes: Sizes) -> Self {
        Self {
            processes: sizes.processes,
            dependencies: sizes.edges,
        }
    }
}

#[derive(Serialize)]
struct TaskView<'g> {
    task: &'g str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'g str>,
    #[serde(skip_serializing_if = "is_false")]
    finally: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_each: Option<&'g str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'g str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger_rule: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    may_fail: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate_seconds: Option<f64>,
    #[serde(skip_serializing_if = "is_false")]
    critical: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'g [String],
}

#[derive(Serialize)]
struct EdgeView<'g> {
    from: &'g str,
    to: &'g str,
    #[serde(skip_serializing_if = "is_false")]
    critical: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}

pub(super) fn write(graph: &Graph) -> String {
    let path = |id: TaskId| graph.node(id).path.as_str();
    let in_finally = |mut id: TaskId| {
        while let Some(parent) = graph.node(id).parent {
            id = parent;
        }
        graph.finally.contains(&id)
    };
    let view = View {
        flowc_graph: 1,
        flow: &graph.name,
        estimate_seconds: graph.estimate.map(|estimate| estimate.as_seconds()),
        at_once: graph.width,
        before: graph.sizes.map(|(before, _)| before.into()),
        after: graph.sizes.map(|(_, after)| after.into()),
        also_run: &graph.additions,
        tasks: graph
            .nodes
            .iter()
            .map(|node| TaskView {
                task: &node.path,
                kind: node.kind.as_str(),
                group: node.parent.map(path),
                finally: in_finally(node.id),
                times: match node.repeat {
                    Some(Repeat::Times(times)) => Some(times),
                    _ => None,
                },
                for_each: match &node.repeat {
                    Some(Repeat::Each(list)) => Some(list),
                    _ => None,
                },
                when: node.condition.as_deref(),
                trigger_rule: node.rule.map(|rule| rule.as_str()),
                may_fail: node.may_fail,
                estimate_seconds: node.estimate.map(|estimate| estimate.as_seconds()),
                critical: node.critical,
                change: node.change.as_str(),
                notes: &node.notes,
            })
            .collect(),
        edges: graph
            .edges
            .iter()
            .map(|edge| EdgeView {
                from: path(edge.from),
                to: path(edge.to),
                critical: edge.critical,
                change: edge.change.as_str(),
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&view).unwrap_or_default();
    text.push('\n');
    text
}
