//! Two graphs as one: a flow before and after the passes, with what is gone, what is new and what runs
//! inside of what; and what a target adds.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Change, Edge, Graph, Node, NodeKind};
use crate::flow::TaskId;
use crate::passes::{Fate, Report};

/// What a run on a target has that the flow it is given does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addition {
    /// A task of the target's own, such as one that lists the elements of a fan-out.
    Task {
        /// What the target calls it.
        name: String,
        /// The task that it belongs to; the run itself without one.
        beside: Option<TaskId>,
    },
    /// A task waits for a sibling although the flow does not ask for it.
    Wait {
        /// The task.
        task: TaskId,
        /// What it waits for.
        upstream: TaskId,
    },
}

/// How large a graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Tasks that run a program.
    pub processes: usize,
    /// What waits for what.
    pub edges: usize,
}

impl Graph {
    /// The same with what a target adds.
    pub fn with(mut self, additions: Vec<Addition>) -> Self {
        for addition in additions {
            match addition {
                Addition::Task { name, beside: None } => self.additions.push(name),
                Addition::Task {
                    name,
                    beside: Some(task),
                } => self.nodes[task.index()].notes.push(format!("with {name}")),
                Addition::Wait { task, upstream } => self.edges.push(Edge {
                    from: upstream,
                    to: task,
                    critical: false,
                    change: Change::New,
                }),
            }
        }
        self
    }

    /// This graph, that of a flow as written, and `after`, what passes made of it, as one. Tasks that
    /// are run by one process stand inside of it.
    pub fn until(self, after: Graph, report: &Report) -> Graph {
        let sizes = (self.sizes_alone(), after.sizes_alone());
        let mut both = Both::new(self, after, report);
        both.nodes();
        both.edges();
        let mut graph = both.into_graph();
        graph.sizes = Some(sizes);
        graph.in_order();
        graph
    }

    fn sizes_alone(&self) -> Sizes {
        let processes = self.nodes.iter();
        Sizes {
            processes: processes
                .filter(|node| node.kind == NodeKind::Process)
                .count(),
            edges: self.edges.len(),
        }
    }

    /// Puts every level in an order of its arrows, those that are gone included as far as they go the
    /// same way as the others; the rest of them is dropped.
    fn in_order(&mut self) {
        let count = self.nodes.len();
        // A process stands where the first task that it runs would.
        let number = |node: &Node| node.children.iter().chain([&node.id]).min().copied();
        let numbers: Vec<Option<TaskId>> = self.nodes.iter().map(number).collect();
        let mut place = order(&numbers, &self.edges, |_| true);
        if place.len() < count {
            place = order(&numbers, &self.edges, |edge| edge.change != Change::Gone);
        }
        let mut at = vec![0; count];
        for (position, id) in place.iter().enumerate() {
            at[*id] = position;
        }
        self.edges
            .retain(|edge| at[edge.from.index()] < at[edge.to.index()]);
        let by_place = |level: &mut Vec<TaskId>| level.sort_by_key(|id| at[id.index()]);
        by_place(&mut self.roots);
        by_place(&mut self.finally);
        for node in &mut self.nodes {
            // Those of one process stand as it runs them.
            if node.kind != NodeKind::Process {
                by_place(&mut node.children);
            }
        }
    }
}

/// Tasks such that every edge that counts goes forward, by `numbers` where edges leave it open; not all of
/// them when such edges form a cycle.
fn order(numbers: &[Option<TaskId>], edges: &[Edge], counts: impl Fn(&Edge) -> bool) -> Vec<usize> {
    let count = numbers.len();
    let mut open = vec![0_usize; count];
    let mut behind = vec![Vec::new(); count];
    for edge in edges.iter().filter(|edge| counts(edge)) {
        open[edge.to.index()] += 1;
        behind[edge.from.index()].push(edge.to.index());
    }
    let first = (0..count).filter(|id| open[*id] == 0);
    let mut ready: BTreeSet<_> = first.map(|id| (numbers[id], id)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some((_, id)) = ready.pop_first() {
        order.push(id);
        for next in &behind[id] {
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.insert((numbers[*next], *next));
            }
        }
    }
    order
}

/// Two graphs on their way to one.
struct Both<'r> {
    before: Graph,
    after: Graph,
    report: &'r Report,
    /// Where the tasks of `after` stand in the one graph.
    placed: Vec<TaskId>,
    /// For each task of the one graph, the process that runs it, where that is not its own.
    inside: Vec<Option<TaskId>>,
}

impl<'r> Both<'r> {
    fn new(before: Graph, after: Graph, report: &'r Report) -> Self {
        let known: HashMap<&str, TaskId> = before
            .nodes
            .iter()
            .map(|node| (node.path.as_str(), node.id))
            .collect();
        let mut next = before.nodes.len() as u32;
        let placed = after
            .nodes
            .iter()
            .map(|node| {
                known.get(node.path.as_str()).copied().unwrap_or_else(|| {
                    next += 1;
                    TaskId(next - 1)
                })
            })
            .collect();
        Self {
            inside: vec![None; next as usize],
            before,
            after,
            report,
            placed,
        }
    }

    fn nodes(&mut self) {
        let mut stays = vec![false; self.before.nodes.len()];
        for node in std::mem::take(&mut self.after.nodes) {
            let id = self.placed[node.id.index()];
            let parent = node.parent.map(|parent| self.placed[parent.index()]);
            let node = Node { id, parent, ..node };
            match self.before.nodes.get_mut(id.index()) {
                Some(old) => {
                    stays[id.index()] = true;
                    let children = std::mem::take(&mut old.children);
                    *old = changed(old, Node { children, ..node });
                }
                None => self.add(node),
            }
        }
        self.fates(&stays);
    }

    /// A task that passes made.
    fn add(&mut self, node: Node) {
        let id = node.id;
        let level = match node.parent {
            Some(parent) => &mut self.before.nodes[parent.index()].children,
            None if self
                .after
                .finally
                .iter()
                .any(|task| self.placed[task.index()] == id) =>
            {
                &mut self.before.finally
            }
            None => &mut self.before.roots,
        };
        level.push(id);
        self.before.nodes.push(Node {
            change: Change::New,
            children: Vec::new(),
            ..node
        });
    }

    /// Says of every task that does not stay what became of it, and puts it where it runs.
    fn fates(&mut self, stays: &[bool]) {
        let processes: HashMap<String, TaskId> = self.before.nodes[stays.len()..]
            .iter()
            .map(|node| (node.path.clone(), node.id))
            .collect();
        let mut moved = Vec::new();
        for (place, node) in self.before.nodes[..stays.len()].iter_mut().enumerate() {
            if stays[place] {
                continue;
            }
            match self.report.fates.get(&node.path) {
                Some(Fate::Fused { into, position }) => {
                    if let Some(process) = processes.get(into) {
                        moved.push((*process, *position, node.id));
                        continue;
                    }
                }
                Some(Fate::NeverRuns) => node.notes.push("never runs".to_owned()),
                Some(Fate::Unused) => node.notes.push("nobody reads it".to_owned()),
                Some(Fate::Merged(other)) => node.notes.push(format!("the same as {other}")),
                None => {}
            }
            node.change = Change::Gone;
            node.critical = false;
        }
        moved.sort_unstable();
        for (process, _, task) in moved {
            let parent = self.before.nodes[task.index()].parent;
            let level = match parent {
                Some(parent) => &mut self.before.nodes[parent.index()].children,
                None if self.before.finally.contains(&task) => &mut self.before.finally,
                None => &mut self.before.roots,
            };
            level.retain(|other| *other != task);
            let is_critical = self.before.nodes[process.index()].critical;
            let node = &mut self.before.nodes[task.index()];
            node.parent = Some(process);
            node.critical = is_critical;
            // They are said of the process.
            node.condition = None;
            node.rule = None;
            self.inside[task.index()] = Some(process);
            let process = &mut self.before.nodes[process.index()];
            if process.children.is_empty() {
                process.notes.push("one process".to_owned());
            }
            process.children.push(task);
        }
    }

    fn edges(&mut self) {
        let placed = |task: TaskId| self.placed[task.index()];
        let mut edges: Vec<Edge> = self
            .after
            .edges
            .iter()
            .map(|edge| Edge {
                from: placed(edge.from),
                to: placed(edge.to),
                ..*edge
            })
            .collect();
        let mut known: HashSet<(TaskId, TaskId)> = edges.iter().map(ends).collect();
        let outside = |task: TaskId| self.inside[task.index()].unwrap_or(task);
        let mut old: HashSet<(TaskId, TaskId)> = HashSet::new();
        for edge in &self.before.edges {
            let (from, to) = (outside(edge.from), outside(edge.to));
            if from == to {
                // Inside of one process, it is still what comes first.
                let critical = self.before.nodes[from.index()].critical;
                edges.push(Edge { critical, ..*edge });
                continue;
            }
            old.insert((from, to));
            if known.insert((from, to)) {
                edges.push(Edge {
                    from,
                    to,
                    critical: false,
                    change: Change::Gone,
                });
            }
        }
        for edge in &mut edges {
            let inside = self.inside[edge.to.index()].is_some();
            if edge.change == Change::Same && !inside && !old.contains(&ends(edge)) {
                edge.change = Change::New;
            }
        }
        edges.sort_by_key(|edge| edge.to);
        self.before.edges = edges;
    }

    fn into_graph(self) -> Graph {
        Graph {
            estimate: self.after.estimate,
            width: self.after.width,
            additions: self.after.additions,
            ..self.before
        }
    }
}

fn ends(edge: &Edge) -> (TaskId, TaskId) {
    (edge.from, edge.to)
}

/// A task as it is after the passes, with what was decided otherwise before.
fn changed(old: &Node, new: Node) -> Node {
    let mut node = new;
    if old.condition != node.condition {
        let before = old.condition.as_deref();
        node.notes.push(match (before, &node.condition) {
            (Some(condition), None) => format!("no longer when {condition}"),
            (Some(condition), _) => format!("not when {condition}"),
            (None, _) => "when is new".to_owned(),
        });
        node.change = Change::Changed;
    }
    // Of a task that waits for nothing now, no rule is drawn.
    if old.rule != node.rule && node.waits {
        let before = old.rule.unwrap_or_default();
        node.notes.push(format!("no longer {}", before.as_str()));
        node.change = Change::Changed;
    }
    if old.repeat != node.repeat || old.kind != node.kind {
        node.change = Change::Changed;
    }
    node
}
