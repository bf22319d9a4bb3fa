//! Topological order and dependency cycles, level by level. Nothing here recurses, so a chain may be
//! as long as it likes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::flow::{Body, Flow, TaskId};

/// The tasks of every level in topological order.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    roots: Vec<TaskId>,
    finally: Vec<TaskId>,
    /// By the id of the group.
    children: Vec<Vec<TaskId>>,
}

impl Levels {
    pub(super) fn new(flow: &Flow) -> Self {
        Self {
            roots: sort(flow, &flow.roots),
            finally: sort(flow, &flow.finally),
            children: flow
                .tasks
                .iter()
                .map(|task| match &task.body {
                    Body::Group(group) => sort(flow, &group.children),
                    Body::Process(_) | Body::Wait(_) | Body::Approve(_) => Vec::new(),
                })
                .collect(),
        }
    }

    /// The level that `task` stands in.
    pub(super) fn of(&self, flow: &Flow, task: TaskId) -> &[TaskId] {
        let task = flow.task(task);
        match task.parent {
            Some(parent) => self.children(parent),
            None if task.finally => &self.finally,
            None => &self.roots,
        }
    }

    pub(super) fn roots(&self) -> &[TaskId] {
        &self.roots
    }

    pub(super) fn finally(&self) -> &[TaskId] {
        &self.finally
    }

    pub(super) fn children(&self, group: TaskId) -> &[TaskId] {
        &self.children[group.index()]
    }

    /// All levels in one list, every group followed by what is in it.
    pub(super) fn flattened(&self, flow: &Flow) -> Vec<TaskId> {
        let mut order = Vec::with_capacity(flow.tasks.len());
        let mut stack: Vec<TaskId> = self.finally.iter().rev().copied().collect();
        stack.extend(self.roots.iter().rev());
        while let Some(task) = stack.pop() {
            order.push(task);
            stack.extend(self.children(task).iter().rev());
        }
        order
    }
}

/// A level in topological order, ties by document order; tasks on or behind a cycle come last.
fn sort(flow: &Flow, level: &[TaskId]) -> Vec<TaskId> {
    if is_sorted(flow, level) {
        return level.to_vec();
    }
    let places = Places::new(level);
    let upstream = Edges::new(level.iter().map(|task| {
        let upstream = flow.task(*task).upstream.iter();
        upstream.filter_map(|dependency| places.of(dependency.task))
    }));
    let (mut order, waiting) = upstream.sort(|place| level[place]);
    order.extend(
        level
            .iter()
            .enumerate()
            .filter(|(place, _)| waiting[*place] > 0)
            .map(|(_, task)| *task),
    );
    order
}

/// Whether each task of a level waits for none but earlier ones, as in most flows: the order of the
/// document is a topological one then, and there is no cycle.
fn is_sorted(flow: &Flow, level: &[TaskId]) -> bool {
    let waits_for_earlier = |task: &TaskId| {
        let mut upstream = flow.task(*task).upstream.iter();
        upstream.all(|dependency| dependency.task < *task)
    };
    level.is_sorted() && level.iter().all(waits_for_earlier)
}

/// The edges of a graph by the place they start from, in two lists however many places there are.
struct Edges {
    /// Where the edges of a place begin in `to`; those of the next place follow.
    starts: Vec<usize>,
    to: Vec<usize>,
}

impl Edges {
    fn new<I: Iterator<Item = usize>>(places: impl Iterator<Item = I>) -> Self {
        let mut edges = Self {
            starts: vec![0],
            to: Vec::new(),
        };
        for place in places {
            edges.to.extend(place);
            edges.starts.push(edges.to.len());
        }
        edges
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, place: usize) -> &[usize] {
        &self.to[self.starts[place]..self.starts[place + 1]]
    }

    /// The same edges from their other ends, those of a place in ascending order.
    fn reversed(&self) -> Self {
        let mut starts = vec![0; self.len() + 1];
        for to in &self.to {
            starts[to + 1] += 1;
        }
        for place in 0..self.len() {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut to = vec![0; self.to.len()];
        for from in 0..self.len() {
            for other in self.of(from) {
                to[next[*other]] = from;
                next[*other] += 1;
            }
        }
        Self { starts, to }
    }

    /// The places so that each comes after those its edges lead to, ties by key; and how many edges
    /// of each place are left, which is none unless it is on or behind a cycle.
    fn sort<K: Ord>(&self, key: impl Fn(usize) -> K) -> (Vec<K>, Vec<usize>) {
        let back = self.reversed();
        let mut waiting: Vec<usize> = (0..self.len()).map(|place| self.of(place).len()).collect();
        let mut ready: BinaryHeap<Reverse<(K, usize)>> = (0..self.len())
            .filter(|place| waiting[*place] == 0)
            .map(|place| Reverse((key(place), place)))
            .collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse((task, place))) = ready.pop() {
            order.push(task);
            for next in back.of(place) {
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    ready.push(Reverse((key(*next), *next)));
                }
            }
        }
        (order, waiting)
    }
}

/// Where the tasks of a level stand in it.
struct Places {
    sorted: Vec<(TaskId, usize)>,
}

impl Places {
    fn new(level: &[TaskId]) -> Self {
        let mut sorted: Vec<(TaskId, usize)> = level
            .iter()
            .enumerate()
            .map(|(place, task)| (*task, place))
            .collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    fn of(&self, task: TaskId) -> Option<usize> {
        self.sorted
            .binary_search_by_key(&task, |(task, _)| *task)
            .ok()
            .map(|at| self.sorted[at].1)
    }
}

/// A shortest dependency cycle of every knot of tasks that wait for one another: each task waits for
/// the next, the last for the first. A cycle starts with its first task in document order; the
/// cycles come in that order too.
pub fn cycles(flow: &Flow) -> Vec<Vec<TaskId>> {
    let groups = flow.tasks.iter().filter_map(|task| task.group());
    let levels = [&flow.roots, &flow.finally]
        .into_iter()
        .chain(groups.map(|group| &group.children));
    let mut cycles: Vec<Vec<TaskId>> = levels.flat_map(|level| level_cycles(flow, level)).collect();
    cycles.sort();
    cycles
}

fn level_cycles(flow: &Flow, level: &[TaskId]) -> Vec<Vec<TaskId>> {
    if is_sorted(flow, level) {
        return Vec::new();
    }
    let places = Places::new(level);
    let upstream = Edges::new(level.iter().map(|task| {
        let upstream = flow.task(*task).upstream.iter();
        upstream.filter_map(|dependency| places.of(dependency.task))
    }));
    let (order, _) = upstream.sort(|place| place);
    if order.len() == level.len() {
        return Vec::new();
    }
    components(&upstream)
        .into_iter()
        .filter_map(|component| shortest_cycle(&upstream, &component))
        .map(|cycle| from_first(cycle.into_iter().map(|place| level[place]).collect()))
        .collect()
}

fn from_first(mut cycle: Vec<TaskId>) -> Vec<TaskId> {
    let first = cycle.iter().enumerate().min_by_key(|(_, task)| **task);
    let at = first.map_or(0, |(at, _)| at);
    cycle.rotate_left(at);
    cycle
}

/// Strongly connected components (Kosaraju): two walks with a stack of their own.
fn components(upstream: &Edges) -> Vec<Vec<usize>> {
    let downstream = upstream.reversed();
    let finished = finishing_order(upstream);
    let mut taken = vec![false; upstream.len()];
    let mut components = Vec::new();
    for start in finished.into_iter().rev() {
        if taken[start] {
            continue;
        }
        taken[start] = true;
        let mut component = vec![start];
        let mut next = 0;
        while next < component.len() {
            for other in downstream.of(component[next]) {
                if !taken[*other] {
                    taken[*other] = true;
                    component.push(*other);
                }
            }
            next += 1;
        }
        component.sort_unstable();
        components.push(component);
    }
    components
}

fn finishing_order(edges: &Edges) -> Vec<usize> {
    let mut seen = vec![false; edges.len()];
    let mut finished = Vec::with_capacity(edges.len());
    for start in 0..edges.len() {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut stack = vec![(start, 0)];
        while let Some((task, next)) = stack.last_mut() {
            match edges.of(*task).get(*next) {
                Some(other) => {
                    *next += 1;
                    if !seen[*other] {
                        seen[*other] = true;
                        stack.push((*other, 0));
                    }
                }
                None => {
                    finished.push(*task);
                    stack.pop();
                }
            }
        }
    }
    finished
}

/// How many edges the search for a short cycle looks at before it takes the best one so far.
const SEARCH_BUDGET: usize = 4_000_000;

/// A shortest cycle inside a component, if the component has any; the first found of equal length.
fn shortest_cycle(upstream: &Edges, component: &[usize]) -> Option<Vec<usize>> {
    if let [only] = component {
        // Nearly every component is one task, and nearly none of these waits for itself.
        return upstream.of(*only).contains(only).then(|| vec![*only]);
    }
    let inside = |task: &usize| component.binary_search(task).is_ok();
    let mut best: Option<Vec<usize>> = None;
    let mut budget = SEARCH_BUDGET;
    let mut before: Vec<Option<usize>> = vec![None; upstream.len()];
    for start in component {
        let mut queue = vec![*start];
        let mut next = 0;
        let mut found = None;
        'search: while next < queue.len() {
            let task = queue[next];
            next += 1;
            for other in upstream.of(task).iter().filter(|task| inside(task)) {
                budget = budget.saturating_sub(1);
                if other == start {
                    found = Some(task);
                    break 'search;
                }
                if before[*other].is_none() {
                    before[*other] = Some(task);
                    queue.push(*other);
                }
            }
        }
        if let Some(last) = found {
            let mut cycle = vec![last];
            let mut task = last;
            while let Some(earlier) = before[task].filter(|_| task != *start) {
                cycle.push(earlier);
                task = earlier;
            }
            cycle.reverse();
            if best.as_ref().is_none_or(|best| cycle.len() < best.len()) {
                best = Some(cycle);
            }
        }
        for task in queue {
            before[task] = None;
        }
        let shortest_possible = best.as_ref().is_some_and(|best| best.len() == 1);
        if shortest_possible || (budget == 0 && best.is_some()) {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(lists: Vec<Vec<usize>>) -> Edges {
        Edges::new(lists.into_iter().map(Vec::into_iter))
    }

    #[test]
    fn a_component_gives_its_shortest_cycle_in_the_direction_of_waiting() {
        // 0 waits for 1, 1 for 2, 2 for 0; 2 and 3 wait for each other; 4 waits for all of it.
        let upstream = edges(vec![vec![1], vec![2], vec![0, 3], vec![2], vec![0]]);
        let cycles: Vec<_> = components(&upstream)
            .iter()
            .filter_map(|component| shortest_cycle(&upstream, component))
            .collect();
        assert_eq!(cycles, [vec![2, 3]]);
    }

    #[test]
    fn a_task_that_waits_for_itself_is_a_cycle_of_one() {
        assert_eq!(shortest_cycle(&edges(vec![vec![0]]), &[0]), Some(vec![0]));
        assert_eq!(shortest_cycle(&edges(vec![vec![]]), &[0]), None);
    }

    #[test]
    fn a_ring_of_a_hundred_thousand_is_found_without_a_deep_stack() {
        let n = 100_000;
        let upstream = edges((0..n).map(|i| vec![(i + 1) % n]).collect());
        let components = components(&upstream);
        assert_eq!(components.len(), 1);
        let cycle = shortest_cycle(&upstream, &components[0]);
        assert_eq!(cycle.map(|cycle| cycle.len()), Some(n));
    }
}
