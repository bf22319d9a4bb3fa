//! A flow as people look at it: tasks, what they wait for, and what decides whether they run.
//!
//! This is a view for drawing. What a run does is said by [`crate::flow`] and [`crate::analysis`].

mod changes;
mod critical;
pub mod layout;
mod width;

use crate::analysis::Analysis;
use crate::expr::Value;
use crate::flow::{Body, Flow, Task, TaskId, TriggerRule};
use crate::values::Duration;
pub use changes::{Addition, Sizes};

/// A flow, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The name of the flow.
    pub name: String,
    /// Every task at every level; the position is that of its [`TaskId`].
    pub nodes: Vec<Node>,
    /// What waits for what, always within one level, in document order of the waiting task.
    pub edges: Vec<Edge>,
    /// The top level, upstream before downstream.
    pub roots: Vec<TaskId>,
    /// The top level of what runs after all others.
    pub finally: Vec<TaskId>,
    /// The expected duration of the run, when any task has an estimate: the length of the critical
    /// path, without limits on how much runs at once.
    pub estimate: Option<Duration>,
    /// How many tasks could run at once, without limits on that.
    pub width: usize,
    /// The numbers before and after, when this shows both.
    pub sizes: Option<(Sizes, Sizes)>,
    /// What a target runs of its own, beside the tasks.
    pub additions: Vec<String>,
}

/// What became of something between the flow as written and the flow as it will run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    #[default]
    Same,
    /// It is decided otherwise whether it runs.
    Changed,
    /// It is there before only.
    Gone,
    /// It is there after only.
    New,
}

impl Change {
    /// The word for it, when there is a change.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Same => None,
            Self::Changed => Some("changed"),
            Self::Gone => Some("gone"),
            Self::New => Some("new"),
        }
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Which.
    pub id: TaskId,
    /// Its name among its siblings.
    pub name: String,
    /// Names from the top level down.
    pub path: String,
    /// What it is.
    pub kind: NodeKind,
    /// The group it is in.
    pub parent: Option<TaskId>,
    /// What is in it, upstream before downstream.
    pub children: Vec<TaskId>,
    /// Whether it waits for another task.
    pub waits: bool,
    /// How often it runs, when that is not once.
    pub repeat: Option<Repeat>,
    /// The condition that its instances, or the task itself, depend on.
    pub condition: Option<String>,
    /// Its rule, when it is not the usual one.
    pub rule: Option<TriggerRule>,
    /// Whether it may fail without failing the run.
    pub may_fail: bool,
    /// How long it should take: as written, or of what is in it.
    pub estimate: Option<Duration>,
    /// Whether it lies on the critical path: delaying it delays the run.
    pub critical: bool,
    /// What became of it.
    pub change: Change,
    /// What is said of that, and what a target runs of its own for it.
    pub notes: Vec<String>,
}

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Runs a program.
    Process,
    /// Runs tasks of its own.
    Group,
    /// Runs a flow of another file.
    SubFlow,
    /// Lets time pass.
    Wait,
    /// Asks a person.
    Approve,
}

impl NodeKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Group => "group",
            Self::SubFlow => "sub-flow",
            Self::Wait => "wait",
            Self::Approve => "approve",
        }
    }
}

/// How often a task runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// This often.
    Times(usize),
    /// Once for each element of a list that is known when the flow runs.
    Each(String),
}

/// One task waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What is waited for.
    pub from: TaskId,
    /// What waits.
    pub to: TaskId,
    /// Whether it lies on the critical path.
    pub critical: bool,
    /// What became of it.
    pub change: Change,
}

impl Graph {
    /// Of a flow without dependency cycles.
    pub fn new(flow: &Flow) -> Self {
        let analysis = Analysis::new(flow);
        let critical = critical::path(flow, &analysis);
        let nodes = flow
            .iter()
            .map(|(id, task)| Node {
                children: match task.group() {
                    Some(group) => analysis.sorted(flow, &group.children),
                    None => Vec::new(),
                },
                estimate: critical.duration(id),
                critical: critical.holds(id),
                ..node(flow, id, task)
            })
            .collect();
        let edges = flow
            .iter()
            .flat_map(|(to, task)| {
                task.upstream
                    .iter()
                    .map(move |upstream| (upstream.task, to))
            })
            .map(|(from, to)| Edge {
                from,
                to,
                critical: critical.joins(from, to),
                change: Change::Same,
            })
            .collect();
        Self {
            name: flow.name.value.clone(),
            nodes,
            edges,
            roots: analysis.sorted(flow, &flow.roots),
            finally: analysis.sorted(flow, &flow.finally),
            estimate: critical.total(),
            width: width::width(flow, &analysis),
            sizes: None,
            additions: Vec::new(),
        }
    }

    /// A task.
    pub fn node(&self, id: TaskId) -> &Node {
        &self.nodes[id.index()]
    }
}

fn node(flow: &Flow, id: TaskId, task: &Task) -> Node {
    let filter = task.for_each.as_ref().and_then(|each| each.filter.as_ref());
    let conditions: Vec<String> = task
        .when
        .as_deref()
        .into_iter()
        .chain(filter)
        .map(|condition| condition.display(flow))
        .collect();
    Node {
        id,
        name: task.name.value.clone(),
        path: task.path.clone(),
        kind: match &task.body {
            Body::Process(_) => NodeKind::Process,
            Body::Group(group) if group.sub_flow.is_some() => NodeKind::SubFlow,
            Body::Group(_) => NodeKind::Group,
            Body::Wait(_) => NodeKind::Wait,
            Body::Approve(_) => NodeKind::Approve,
        },
        parent: task.parent,
        children: Vec::new(),
        waits: !task.upstream.is_empty(),
        repeat: task
            .for_each
            .as_ref()
            .map(|each| match each.literal_items() {
                Some(items) => Repeat::Times(items.len()),
                None => Repeat::Each(each.list.display(flow)),
            }),
        condition: (!conditions.is_empty()).then(|| conditions.join(" && ")),
        rule: (task.trigger_rule.value != TriggerRule::AllSuccess && !task.upstream.is_empty())
            .then_some(task.trigger_rule.value),
        may_fail: task
            .allow_failure
            .as_ref()
            .is_some_and(|allowed| allowed.as_literal() != Some(&Value::Boolean(false))),
        estimate: None,
        critical: false,
        change: Change::Same,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
