//! The fewest added waits, by looking at every way to take a small order apart.
//!
//! In the result the whole is either parallel, and then it was before, or a series of a first part
//! and a rest. A cut between these adds no order inside of either, so each can be looked at alone, and
//! only once: the answers for all subsets fit a table.

use std::collections::HashMap;

use super::Order;
use super::set::Set;

/// The first part of a cut with which the fewest waits are added in all.
pub(super) fn first_cut(order: &Order, tasks: &Set) -> Set {
    let members: Vec<usize> = tasks.iter().collect();
    let up = members
        .iter()
        .map(|task| {
            let before = |other: &usize| order.up[*task].has(*other);
            bits(members.iter().map(before))
        })
        .collect();
    let mut table = Table {
        up,
        known: HashMap::new(),
    };
    let all = (1 << members.len()) - 1;
    let (_, cut) = table.best(all);
    let mut first = Set::empty(tasks.size());
    for (at, task) in members.iter().enumerate() {
        if cut & (1 << at) != 0 {
            first.add(*task);
        }
    }
    first
}

fn bits(flags: impl Iterator<Item = bool>) -> u32 {
    flags
        .enumerate()
        .map(|(at, flag)| u32::from(flag) << at)
        .sum()
}

struct Table {
    /// For each task, those before it.
    up: Vec<u32>,
    /// For each set of tasks: the fewest waits, and the first part that gives them.
    known: HashMap<u32, (u32, u32)>,
}

impl Table {
    fn best(&mut self, tasks: u32) -> (u32, u32) {
        if tasks.count_ones() <= 1 {
            return (0, tasks);
        }
        if let Some(known) = self.known.get(&tasks) {
            return *known;
        }
        let found = self.look(tasks);
        self.known.insert(tasks, found);
        found
    }

    fn look(&mut self, tasks: u32) -> (u32, u32) {
        let component = self.component(tasks);
        if component != tasks {
            let waits = self.best(component).0 + self.best(tasks & !component).0;
            return (waits, component);
        }
        let mut best = (u32::MAX, 0);
        let uneven = |first: u32| (2 * first.count_ones()).abs_diff(tasks.count_ones());
        // Every part of the set but itself and nothing, from the largest number down.
        let mut first = (tasks - 1) & tasks;
        while first != 0 {
            if let Some(waits) = self.waits(first, tasks & !first)
                && waits <= best.0
            {
                let all = waits + self.best(first).0 + self.best(tasks & !first).0;
                // Of equals, the one that leaves the parts most alike.
                if (all, uneven(first)) < (best.0, uneven(best.1)) {
                    best = (all, first);
                }
            }
            first = (first - 1) & tasks;
        }
        best
    }

    /// What is added when the first part comes before the rest; nothing when it cannot.
    fn waits(&self, first: u32, rest: u32) -> Option<u32> {
        if self.members(first).any(|task| self.up[task] & rest != 0) {
            return None;
        }
        let missing = self
            .members(rest)
            .map(|task| (first & !self.up[task]).count_ones());
        Some(missing.sum())
    }

    /// The tasks that hang together with the first of these.
    fn component(&self, tasks: u32) -> u32 {
        let mut found = tasks & tasks.wrapping_neg();
        loop {
            let mut more = found;
            for task in self.members(tasks) {
                let own = 1 << task;
                let before = self.up[task] & tasks;
                if found & own != 0 {
                    more |= before;
                } else if found & before != 0 {
                    more |= own;
                }
            }
            if more == found {
                return found;
            }
            found = more;
        }
    }

    fn members(&self, tasks: u32) -> impl Iterator<Item = usize> + use<> {
        (0..self.up.len()).filter(move |task| tasks & (1 << task) != 0)
    }
}
