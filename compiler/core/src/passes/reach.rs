//! Which edges of a graph without cycles follow from others, without a matrix of all pairs.
//!
//! Places are numbered so that edges lead from lower to higher ones. An edge between neighbouring levels
//! cannot follow from others; the ends of the rest are looked at 512 at a time: one sweep backwards
//! tells for every place between the lowest start and the highest end which of the 512 it reaches.

/// Ends that are looked at in one sweep.
const BLOCK: usize = 512;
const WORDS: usize = BLOCK / 64;

/// How many rows may be joined in all; edges beyond that are taken to be needed.
const WORK: usize = 400_000_000;

/// A graph whose edges lead from lower places to higher ones.
pub(super) struct Dag {
    /// Where the edges from a place begin in `to`; those of the next place follow.
    starts: Vec<u32>,
    to: Vec<u32>,
    levels: Vec<u32>,
}

/// An edge that follows from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Redundant {
    pub(super) from: u32,
    pub(super) to: u32,
    /// A place on another way from `from` to `to`, right behind `from`.
    pub(super) via: u32,
}

impl Dag {
    /// Of edges in any order, each once, each from a lower to a higher place.
    pub(super) fn new(count: usize, edges: &[(u32, u32)]) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for (from, _) in edges {
            starts[*from as usize + 1] += 1;
        }
        for place in 0..count {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut to = vec![0; edges.len()];
        for (from, other) in edges {
            let at = &mut next[*from as usize];
            to[*at as usize] = *other;
            *at += 1;
        }
        let mut dag = Self {
            starts,
            to,
            levels: vec![0; count],
        };
        for from in 0..count {
            for at in dag.starts[from]..dag.starts[from + 1] {
                let other = dag.to[at as usize] as usize;
                dag.levels[other] = dag.levels[other].max(dag.levels[from] + 1);
            }
        }
        dag
    }

    fn from(&self, place: u32) -> &[u32] {
        let place = place as usize;
        &self.to[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// The edges that follow from others, among those that `wanted` holds for. The rest of the graph
    /// leads wherever all of it does.
    pub(super) fn redundant(&self, wanted: impl Fn(u32) -> bool) -> Vec<Redundant> {
        let mut candidates: Vec<(u32, u32)> = Vec::new();
        for from in 0..self.levels.len() as u32 {
            let level = self.levels[from as usize];
            let far = self.from(from).iter();
            let far = far.filter(|to| self.levels[**to as usize] > level + 1 && wanted(**to));
            candidates.extend(far.map(|to| (*to, from)));
        }
        candidates.sort_unstable();
        let mut rows: Vec<[u64; WORDS]> = Vec::new();
        let mut found = Vec::new();
        let mut work = 0;
        let mut rest = candidates.as_slice();
        while let Some((first, _)) = rest.first() {
            let block = rest.partition_point(|(to, _)| (*to - first) < BLOCK as u32);
            let (edges, behind) = rest.split_at(block);
            rest = behind;
            let low = edges.iter().map(|(_, from)| *from).min().unwrap_or(*first);
            let high = edges[block - 1].0;
            work += (self.starts[high as usize + 1] - self.starts[low as usize]) as usize;
            if work > WORK {
                break;
            }
            self.sweep(&mut rows, *first, low, high);
            for (to, from) in edges {
                let bit = (to - first) as usize;
                let reaches = |via: u32| {
                    via < *to && rows[(via - low) as usize][bit / 64] & (1 << (bit % 64)) != 0
                };
                let via = self.from(*from).iter().find(|via| reaches(**via));
                found.extend(via.map(|via| Redundant {
                    from: *from,
                    to: *to,
                    via: *via,
                }));
            }
        }
        found
    }

    /// Which of the places from `first` on each of those from `low` to `high` leads to.
    fn sweep(&self, rows: &mut Vec<[u64; WORDS]>, first: u32, low: u32, high: u32) {
        rows.clear();
        rows.resize((high - low + 1) as usize, [0; WORDS]);
        for place in (low..high).rev() {
            let mut row = [0; WORDS];
            for to in self.from(place).iter().filter(|to| **to <= high) {
                let other = &rows[(to - low) as usize];
                for (word, other) in row.iter_mut().zip(other) {
                    *word |= other;
                }
                if *to >= first {
                    let bit = (to - first) as usize;
                    row[bit / 64] |= 1 << (bit % 64);
                }
            }
            rows[(place - low) as usize] = row;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redundant(count: usize, edges: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let found = Dag::new(count, edges).redundant(|_| true);
        found.iter().map(|edge| (edge.from, edge.to)).collect()
    }

    #[test]
    fn an_edge_beside_a_longer_way_is_redundant() {
        let edges = [(0, 1), (1, 2), (0, 2), (2, 3), (0, 3)];
        assert_eq!(redundant(4, &edges), [(0, 2), (0, 3)]);
    }

    #[test]
    fn an_edge_that_skips_a_level_without_another_way_is_needed() {
        let edges = [(0, 1), (1, 3), (2, 3), (0, 2), (2, 4), (3, 5), (2, 5)];
        assert_eq!(redundant(6, &edges), [(2, 5)]);
    }

    /// Against the plain definition, on graphs that span several blocks.
    #[test]
    fn it_agrees_with_asking_for_each_edge_whether_there_is_another_way() {
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..4 {
            let count = 1_300_u64;
            let mut edges = Vec::new();
            for to in 1..count {
                for _ in 0..random(4) {
                    let most = if random(5) == 0 { 900 } else { 9 };
                    let near = 1 + random(to.min(most));
                    edges.push(((to - near) as u32, to as u32));
                }
            }
            edges.sort_unstable();
            edges.dedup();
            let dag = Dag::new(count as usize, &edges);
            let other_way = |from: u32, to: u32| {
                let mut stack: Vec<u32> = dag
                    .from(from)
                    .iter()
                    .copied()
                    .filter(|v| *v != to)
                    .collect();
                let mut seen = vec![false; count as usize];
                while let Some(place) = stack.pop() {
                    if place == to {
                        return true;
                    }
                    if place < to && !std::mem::replace(&mut seen[place as usize], true) {
                        stack.extend(dag.from(place));
                    }
                }
                false
            };
            let mut wanted: Vec<(u32, u32)> = edges
                .iter()
                .copied()
                .filter(|(from, to)| other_way(*from, *to))
                .collect();
            wanted.sort_unstable_by_key(|(from, to)| (*to, *from));
            assert!(wanted.len() > 100);
            assert_eq!(redundant(count as usize, &edges), wanted);
        }
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_with_shortcuts_is_done_without_a_matrix() {
        let count = 100_000_u32;
        let chain = (1..count).map(|to| (to - 1, to));
        let shortcuts = (10..count).map(|to| (to - 10, to));
        let edges: Vec<(u32, u32)> = chain.chain(shortcuts).collect();
        assert_eq!(redundant(count as usize, &edges).len(), count as usize - 10);
    }
}
