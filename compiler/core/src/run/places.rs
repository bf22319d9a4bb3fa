//! Limited places: of the run, of groups, of fan-outs, of concurrency groups.
//!
//! Whoever wants several takes them one by one, the innermost first, and keeps what it has while it
//! waits for the next. So everybody waits in one queue at a time, and a place that becomes free moves
//! one of them on.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Which limit.
pub(super) type LimitId = u32;

/// A place that is wanted: of which limit, and how many may have one at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub(super) limit: LimitId,
    pub(super) most: u32,
    /// Whether to be skipped when there is none.
    pub(super) or_skip: bool,
    /// Whether it is kept while a retry waits.
    pub(super) kept: bool,
    /// Whether other runs share the limit, so that the caller has to be asked too.
    pub(super) shared: bool,
}

/// Somebody who wants to start.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) priority: i32,
    pub(super) since: u64,
    pub(super) instance: u32,
    pub(super) wants: Vec<Want>,
    /// How many of them it has.
    pub(super) has: usize,
}

impl Ord for Waiting {
    /// The highest priority first, then who came first.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.priority, std::cmp::Reverse(self.since))
            .cmp(&(other.priority, std::cmp::Reverse(other.since)))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting {}

#[derive(Debug, Default)]
struct Limit {
    used: u32,
    queue: BinaryHeap<Waiting>,
}

/// All limits, and who is ready to ask for a place.
#[derive(Debug, Default)]
pub(super) struct Places {
    limits: Vec<Limit>,
    ready: BinaryHeap<Waiting>,
    freed: Vec<LimitId>,
    since: u64,
}

/// What became of somebody who asked.
#[derive(Debug)]
pub(super) enum Asked {
    /// It has all it wants.
    Start(Waiting),
    /// It has its place among the tasks of this run, and needs one among those of other runs.
    Enter(Waiting),
    /// A group that is full makes it skip; it holds what it has.
    Skip(Waiting),
    /// Nobody can start.
    Nobody,
}

impl Places {
    /// A new limit.
    pub(super) fn limit(&mut self) -> LimitId {
        self.limits.push(Limit::default());
        self.limits.len() as LimitId - 1
    }

    /// Somebody wants to start.
    pub(super) fn ask(&mut self, instance: u32, priority: i32, wants: Vec<Want>) {
        self.since += 1;
        self.ready.push(Waiting {
            priority,
            since: self.since,
            instance,
            wants,
            has: 0,
        });
    }

    /// Somebody asks again, for what it has not yet.
    pub(super) fn ask_on(&mut self, waiting: Waiting) {
        self.ready.push(waiting);
    }

    /// Somebody leaves.
    pub(super) fn release(&mut self, limit: LimitId) {
        let used = &mut self.limits[limit as usize].used;
        *used = used.saturating_sub(1);
        self.freed.push(limit);
    }

    /// Gives back what somebody has, and lets another ask for what it wanted next.
    pub(super) fn give_up(&mut self, waiting: &Waiting) {
        for want in &waiting.wants[..waiting.has] {
            self.release(want.limit);
        }
        if let Some(next) = waiting.wants.get(waiting.has) {
            self.freed.push(next.limit);
        }
    }

    /// The next who can start. `gone` says who no longer wants to: those are given back too.
    pub(super) fn next(&mut self) -> Asked {
        loop {
            self.wake();
            let Some(mut waiting) = self.ready.pop() else {
                return Asked::Nobody;
            };
            loop {
                let Some(want) = waiting.wants.get(waiting.has).copied() else {
                    return Asked::Start(waiting);
                };
                let limit = &mut self.limits[want.limit as usize];
                if limit.used < want.most {
                    limit.used += 1;
                    waiting.has += 1;
                    if want.shared {
                        return Asked::Enter(waiting);
                    }
                } else if want.or_skip {
                    return Asked::Skip(waiting);
                } else {
                    limit.queue.push(waiting);
                    break;
                }
            }
        }
    }

    /// For every place that became free, lets the first in its queue ask again.
    fn wake(&mut self) {
        while let Some(limit) = self.freed.pop() {
            if let Some(waiting) = self.limits[limit as usize].queue.pop() {
                self.ready.push(waiting);
            }
        }
    }

    /// Everybody who waits for a place, taken out of all queues.
    pub(super) fn drain(&mut self) -> Vec<Waiting> {
        let mut all = Vec::new();
        for limit in &mut self.limits {
            all.extend(limit.queue.drain());
        }
        all.sort();
        all
    }
}
