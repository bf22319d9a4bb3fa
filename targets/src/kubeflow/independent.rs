//! What goes on beside a task, without having to do with it.
//!
//! Two tasks are related when one waits for the other, however far. To look at all pairs would take
//! very long in a flow of ten thousand tasks, so most answers come from less: tasks that all others are
//! related to cut a level into blocks, and tasks with the same rank, the length of the longest way to
//! them, are never related.

use std::ops::Range;

use flowc_core::analysis::Analysis;
use flowc_core::flow::{Flow, Task, TaskId};
use rustc_hash::FxHashMap;

/// The tasks of a level beside which another one waits for another, none of them related to the task;
/// or beside which one stands that `is_several`, of which a part may wait for a part.
pub(super) fn beside(
    flow: &Flow,
    analysis: &Analysis,
    level: &[TaskId],
    is_several: impl Fn(&Task) -> bool,
) -> Vec<TaskId> {
    let order = analysis.sorted(flow, level);
    let mut graph = Graph::new(flow, &order);
    let several: Vec<bool> = order.iter().map(|id| is_several(flow.task(*id))).collect();
    let mut found = Vec::new();
    for block in graph.blocks() {
        let of_block = Block::new(&graph, &several, block.clone());
        if of_block.is_calm() {
            continue;
        }
        let cut = block.filter(|place| of_block.goes_on_beside(&mut graph, *place));
        found.extend(cut.map(|place| order[place]));
    }
    found
}

/// A level by the places of its tasks in topological order.
struct Graph {
    upstream: Vec<Vec<usize>>,
    downstream: Vec<Vec<usize>>,
    /// The length of the longest way to each task.
    rank: Vec<usize>,
    /// For which task each was last found to be related.
    related_to: Vec<Option<usize>>,
}

impl Graph {
    fn new(flow: &Flow, order: &[TaskId]) -> Self {
        let places: FxHashMap<TaskId, usize> =
            order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut graph = Self {
            upstream: Vec::with_capacity(order.len()),
            downstream: vec![Vec::new(); order.len()],
            rank: Vec::with_capacity(order.len()),
            related_to: vec![None; order.len()],
        };
        for (place, id) in order.iter().enumerate() {
            let dependencies = flow.task(*id).upstream.iter();
            let upstream: Vec<usize> = dependencies
                .filter_map(|dependency| places.get(&dependency.task).copied())
                .collect();
            for before in &upstream {
                graph.downstream[*before].push(place);
            }
            let ranks = upstream.iter().map(|before| graph.rank[*before] + 1);
            graph.rank.push(ranks.max().unwrap_or(0));
            graph.upstream.push(upstream);
        }
        graph
    }

    /// What lies between tasks that all others are related to. No task of a block is unrelated to one
    /// of another block.
    fn blocks(&self) -> Vec<Range<usize>> {
        let count = self.upstream.len();
        // All before a task lead to it when it is the only one so far that nothing so far waits for;
        // the same backwards.
        let all_lead_here = alone(0..count, &self.upstream);
        let leads_to_all = alone((0..count).rev(), &self.downstream);
        let mut blocks = Vec::new();
        let mut start = 0;
        for place in 0..count {
            if all_lead_here[place] && leads_to_all[place] {
                blocks.push(start..place);
                start = place + 1;
            }
        }
        blocks.push(start..count);
        blocks.retain(|block| !block.is_empty());
        blocks
    }

    /// Marks everything in the block that is related to a task, and the task itself.
    fn mark_related(&mut self, block: &Range<usize>, task: usize) {
        for edges in [&self.upstream, &self.downstream] {
            let mut stack = vec![task];
            while let Some(place) = stack.pop() {
                for next in edges[place].iter().filter(|next| block.contains(next)) {
                    if self.related_to[*next] != Some(task) {
                        self.related_to[*next] = Some(task);
                        stack.push(*next);
                    }
                }
            }
        }
        self.related_to[task] = Some(task);
    }
}

/// For each task whether it is the only one open when the walk has come to it: a task is open until
/// the walk comes to one that has it in `before`.
fn alone(walk: impl Iterator<Item = usize>, before: &[Vec<usize>]) -> Vec<bool> {
    let mut is_open = vec![false; before.len()];
    let mut alone = vec![false; before.len()];
    let mut open = 0;
    for place in walk {
        for other in &before[place] {
            open -= usize::from(std::mem::replace(&mut is_open[*other], false));
        }
        is_open[place] = true;
        open += 1;
        alone[place] = open == 1;
    }
    alone
}

/// What may go on in a block.
struct Block {
    places: Range<usize>,
    /// Each task with one that it waits for.
    edges: Vec<(usize, usize)>,
    /// Those of them that go up by one rank, by the rank that they go up to.
    steps: FxHashMap<usize, Vec<(usize, usize)>>,
    /// The tasks that may be several.
    several: Vec<usize>,
}

impl Block {
    fn new(graph: &Graph, several: &[bool], places: Range<usize>) -> Self {
        let edges: Vec<(usize, usize)> = places
            .clone()
            .flat_map(|to| graph.upstream[to].iter().map(move |from| (*from, to)))
            .filter(|(from, _)| places.contains(from))
            .collect();
        let mut steps: FxHashMap<usize, Vec<(usize, usize)>> = FxHashMap::default();
        for (from, to) in &edges {
            if graph.rank[*from] + 1 == graph.rank[*to] {
                let same_rank = steps.entry(graph.rank[*to]).or_default();
                same_rank.push((*from, *to));
            }
        }
        let several = places.clone().filter(|place| several[*place]).collect();
        Self {
            places,
            edges,
            steps,
            several,
        }
    }

    /// Whether nothing goes on beside any of its tasks.
    fn is_calm(&self) -> bool {
        self.edges.is_empty() && self.several.is_empty()
    }

    fn goes_on_beside(&self, graph: &mut Graph, task: usize) -> bool {
        if self.is_seen_by_rank(graph, task) {
            return true;
        }
        graph.mark_related(&self.places, task);
        let beside = |place: &usize| graph.related_to[*place] != Some(task);
        self.several.iter().any(beside)
            || self
                .edges
                .iter()
                .any(|(from, to)| beside(from) && beside(to))
    }

    /// Whether the ranks alone show it: a task of the same rank is not related, one that is a rank lower
    /// only when the task waits for it directly, and one that is a rank higher only when that waits for
    /// the task directly.
    fn is_seen_by_rank(&self, graph: &Graph, task: usize) -> bool {
        let steps_to = |rank: usize| self.steps.get(&rank).into_iter().flatten();
        let rank = graph.rank[task];
        let upstream = &graph.upstream[task];
        let mut to_others = steps_to(rank).filter(|(_, to)| *to != task);
        let mut from_others = steps_to(rank + 1).filter(|(from, _)| *from != task);
        to_others.any(|(from, _)| !upstream.contains(from))
            || from_others.any(|(_, to)| !graph.upstream[*to].contains(&task))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write;

    use super::*;
    use crate::testing::flow_with;

    /// By the definition: what is related is followed from every task.
    fn by_definition(flow: &Flow, analysis: &Analysis) -> BTreeSet<TaskId> {
        let is_cut = |id: &TaskId| {
            let mut related: BTreeSet<TaskId> = analysis.all_downstream(*id).into_iter().collect();
            related.extend(analysis.all_upstream(flow, *id));
            related.insert(*id);
            flow.roots.iter().any(|other| {
                let task = flow.task(*other);
                let waits_beside = |up: TaskId| !related.contains(&up) && !related.contains(other);
                task.upstream.iter().any(|up| waits_beside(up.task))
                    || (is_several(task) && !related.contains(other))
            })
        };
        flow.roots.iter().copied().filter(is_cut).collect()
    }

    fn is_several(task: &Task) -> bool {
        task.when.is_some()
    }

    /// A flow of so many tasks that wait for some of those before, drawn from the seed.
    fn drawn(seed: u64) -> Flow {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let count = 1 + draw(12);
        let (reach, sparse) = (1 + draw(6), 1 + draw(4));
        let mut text = String::from("flow: drawn\ndefaults: { image: a }\ntasks:\n");
        for task in 0..count {
            let before = (task.saturating_sub(reach)..task).filter(|_| draw(sparse) == 0);
            let before: Vec<String> = before.map(|task| format!("t{task}")).collect();
            let when = if draw(12) == 0 {
                "when: \"${{ run.id == 'a' }}\", "
            } else {
                ""
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "  t{task}: {{ depends_on: [{}], {when}run: \"true\" }}",
                before.join(", ")
            );
        }
        flow_with(&text, None)
    }

    #[test]
    fn what_goes_on_beside_a_task_is_what_the_definition_says() {
        let mut seen = [0, 0];
        for seed in 1..2_000 {
            let flow = drawn(seed);
            let analysis = Analysis::new(&flow);
            let found = beside(&flow, &analysis, &flow.roots, is_several);
            let found: BTreeSet<TaskId> = found.into_iter().collect();
            assert_eq!(found, by_definition(&flow, &analysis), "seed {seed}");
            seen[0] += found.len();
            seen[1] += flow.roots.len() - found.len();
        }
        assert!(seen.iter().all(|count| *count > 1_000), "{seen:?}");
    }
}
