//! Any order of tasks as series and parallel parts, by adding as few waits as possible.
//!
//! An order is series-parallel when it can be taken apart, again and again, into parts that have
//! nothing to do with each other (parallel) or parts of which all of one come before all of the next
//! (series). An order that cannot is one with an "N" in it: `a` before `c`, `b` before `c` and `d`. Then
//! a cut has to be made: a first part of which all is put before the rest, although some of it need
//! not be. The waits that this adds are what is kept small: up to [`EXACT`] tasks that hang together
//! in such a way no answer has fewer; above that each single cut is the cheapest of those tried.
//!
//! Pure: knows numbers, no flow.

mod exact;
mod set;
#[cfg(test)]
mod tests;

use set::Set;

/// Up to this many tasks in an indivisible part, the fewest waits are found by looking at all.
pub(super) const EXACT: usize = 12;

/// How tasks follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// One task.
    Task(usize),
    /// One after the other; at least two, none of them a series.
    Series(Vec<Part>),
    /// Side by side; at least two, none of them parallel.
    Parallel(Vec<Part>),
}

/// A wait that the order did not ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wait {
    /// The task that waits longer than it must.
    pub task: usize,
    /// The task whose end it now waits for.
    pub upstream: usize,
}

/// An order, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decomposition {
    /// The parts; a parallel or series of nothing when there are no tasks.
    pub part: Part,
    /// Every added wait, also those that follow from others, in order.
    pub added: Vec<Wait>,
}

impl Decomposition {
    /// The added waits from which the others follow: of each task, those for the last of the tasks
    /// that it now waits for.
    pub fn essential(&self, upstream: &[Vec<usize>]) -> Vec<Wait> {
        if self.added.is_empty() {
            return Vec::new();
        }
        let order = Order::new(upstream);
        let mut essential = Vec::new();
        for of_task in self.added.chunk_by(|a, b| a.task == b.task) {
            let mut awaited = Set::empty(upstream.len());
            for wait in of_task {
                awaited.add(wait.upstream);
            }
            let last = |wait: &&Wait| !order.down[wait.upstream].meets(&awaited);
            essential.extend(of_task.iter().filter(last).copied());
        }
        essential
    }
}

/// Takes an order apart. `upstream` lists, for each task, those that it waits for; without cycles.
pub(super) fn decompose(upstream: &[Vec<usize>]) -> Decomposition {
    let order = Order::new(upstream);
    let mut work = Work {
        order: &order,
        added: Vec::new(),
    };
    let all = Set::full(upstream.len());
    let part = work.part(&all);
    let mut added = work.added;
    added.sort();
    Decomposition { part, added }
}

/// The transitive closure.
struct Order {
    /// For each task, all that come before it.
    up: Vec<Set>,
    /// For each task, all that come after it.
    down: Vec<Set>,
}

impl Order {
    fn new(upstream: &[Vec<usize>]) -> Self {
        let n = upstream.len();
        let sorted = topological(upstream);
        let mut up = vec![Set::empty(n); n];
        for task in &sorted {
            let mut own = Set::empty(n);
            for before in &upstream[*task] {
                own.add(*before);
                own.add_all(&up[*before]);
            }
            up[*task] = own;
        }
        let mut down = vec![Set::empty(n); n];
        for task in sorted.into_iter().rev() {
            // All that comes after the task is known here.
            let own = down[task].clone();
            for before in &upstream[task] {
                down[*before].add(task);
                down[*before].add_all(&own);
            }
        }
        Self { up, down }
    }
}

/// All tasks, upstream before downstream.
fn topological(upstream: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = upstream.iter().map(Vec::len).collect();
    let mut downstream = vec![Vec::new(); upstream.len()];
    for (task, before) in upstream.iter().enumerate() {
        for before in before {
            downstream[*before].push(task);
        }
    }
    let mut sorted: Vec<usize> = (0..upstream.len())
        .filter(|task| open[*task] == 0)
        .collect();
    let mut at = 0;
    while at < sorted.len() {
        for next in &downstream[sorted[at]] {
            open[*next] -= 1;
            if open[*next] == 0 {
                sorted.push(*next);
            }
        }
        at += 1;
    }
    sorted
}

struct Work<'o> {
    order: &'o Order,
    added: Vec<Wait>,
}

impl Work<'_> {
    fn part(&mut self, tasks: &Set) -> Part {
        if let Some(only) = tasks.only() {
            return Part::Task(only);
        }
        let components = self.components(tasks);
        if components.len() != 1 {
            return Part::Parallel(components.iter().map(|part| self.part(part)).collect());
        }
        let mut parts = Vec::new();
        for piece in self.pieces(tasks) {
            if piece.only().is_some() || self.components(&piece).len() > 1 {
                parts.push(self.part(&piece));
            } else {
                for piece in self.cut(&piece) {
                    match self.part(&piece) {
                        Part::Series(inner) => parts.extend(inner),
                        part => parts.push(part),
                    }
                }
            }
        }
        Part::Series(parts)
    }

    /// The parts that have nothing to do with each other, by their first tasks.
    fn components(&self, tasks: &Set) -> Vec<Set> {
        let mut left = tasks.clone();
        let mut components = Vec::new();
        while let Some(first) = left.first() {
            let mut component = Set::empty(tasks.size());
            let mut open = vec![first];
            component.add(first);
            while let Some(task) = open.pop() {
                for sets in [&self.order.up, &self.order.down] {
                    for other in sets[task].common(&left).without(&component).iter() {
                        component.add(other);
                        open.push(other);
                    }
                }
            }
            left = left.without(&component);
            components.push(component);
        }
        components
    }

    /// The longest row of parts of which each comes as a whole before the next already.
    fn pieces(&self, tasks: &Set) -> Vec<Set> {
        let n = tasks.count();
        let mut sorted: Vec<(usize, usize)> = tasks
            .iter()
            .map(|task| (self.order.up[task].count_common(tasks), task))
            .collect();
        sorted.sort_unstable();
        // Pairs of a task seen and a task to come that are in order already.
        let mut ordered = 0;
        let mut pieces = Vec::new();
        let mut piece = Set::empty(tasks.size());
        for (i, (before, task)) in sorted.into_iter().enumerate() {
            piece.add(task);
            ordered += self.order.down[task].count_common(tasks);
            ordered -= before;
            let seen = i + 1;
            if ordered == seen * (n - seen) {
                pieces.push(std::mem::replace(&mut piece, Set::empty(tasks.size())));
            }
        }
        pieces
    }

    /// Cuts a part that nothing divides, and notes the waits that this adds.
    fn cut(&mut self, tasks: &Set) -> [Set; 2] {
        let first = if tasks.count() <= EXACT {
            exact::first_cut(self.order, tasks)
        } else {
            self.cheapest(tasks)
        };
        let rest = tasks.without(&first);
        for task in rest.iter() {
            for upstream in first.without(&self.order.up[task]).iter() {
                self.added.push(Wait { task, upstream });
            }
        }
        [first, rest]
    }

    /// The cheapest of these first parts: what is up to a depth, what comes before a task (with it or
    /// without), what does not come after a task (with it or without).
    fn cheapest(&self, tasks: &Set) -> Set {
        let cut = Cut::new(self.order, tasks);
        let mut best: Option<(usize, usize, First)> = None;
        let mut consider = |first: First, size: usize, ordered: isize| {
            let n = cut.sorted.len();
            if size == 0 || size == n {
                return;
            }
            let added = (size * (n - size)).saturating_add_signed(-ordered);
            // Of equals, the one that leaves the parts most alike: less is left to cut.
            let uneven = (2 * size).abs_diff(n);
            if best
                .as_ref()
                .is_none_or(|(a, u, _)| (added, uneven) < (*a, *u))
            {
                best = Some((added, uneven, first));
            }
        };
        let (mut size, mut ordered) = (0, 0);
        for (depth, level) in cut.levels().into_iter().enumerate() {
            size += level.len();
            ordered += level.iter().map(|task| cut.gain[*task]).sum::<isize>();
            consider(First::UpTo(depth), size, ordered);
        }
        for task in tasks.iter() {
            let own = cut.gain[task];
            let (size, ordered) = cut.of(&self.order.up[task]);
            consider(First::Before(task), size, ordered);
            consider(First::With(task), size + 1, ordered + own);
            let (after, ordered) = cut.of(&self.order.down[task]);
            let size = cut.sorted.len() - after;
            // All gains together are nothing.
            consider(First::NotAfter(task), size, -ordered);
            consider(First::Without(task), size - 1, -ordered - own);
        }
        // Every part that hangs together has a task with another before it.
        best.map_or_else(|| tasks.clone(), |(_, _, first)| cut.set(first))
    }
}

/// A first part that a cut could make.
#[derive(Clone, Copy)]
enum First {
    /// What is up to this depth.
    UpTo(usize),
    /// What comes before this task.
    Before(usize),
    /// The same, and the task.
    With(usize),
    /// What does not come after this task.
    NotAfter(usize),
    /// The same, without the task.
    Without(usize),
}

/// A set of tasks that is to be cut.
struct Cut<'c> {
    order: &'c Order,
    tasks: &'c Set,
    /// The tasks, each behind all that come before it.
    sorted: Vec<usize>,
    /// How many of the set come after each task, less how many come before it. Of a first part, which holds all
    /// that comes before what it holds, the sum is the number of pairs that it and the rest have in order already.
    gain: Vec<isize>,
    /// How many tasks of the set follow one another before each.
    depth: Vec<usize>,
}

impl<'c> Cut<'c> {
    fn new(order: &'c Order, tasks: &'c Set) -> Self {
        let mut before = vec![0; tasks.size()];
        let mut gain = vec![0; tasks.size()];
        for task in tasks.iter() {
            before[task] = order.up[task].count_common(tasks);
            gain[task] = order.down[task].count_common(tasks) as isize - before[task] as isize;
        }
        let mut sorted: Vec<usize> = tasks.iter().collect();
        sorted.sort_by_key(|task| before[*task]);
        let mut depth = vec![0; tasks.size()];
        for task in &sorted {
            let before = order.up[*task].iter_common(tasks);
            depth[*task] = before.map(|task| depth[task] + 1).max().unwrap_or(0);
        }
        Self {
            order,
            tasks,
            sorted,
            gain,
            depth,
        }
    }

    /// The tasks of each depth.
    fn levels(&self) -> Vec<Vec<usize>> {
        let deepest = self.sorted.iter().map(|task| self.depth[*task]).max();
        let mut levels = vec![Vec::new(); deepest.map_or(0, |deepest| deepest + 1)];
        for task in &self.sorted {
            levels[self.depth[*task]].push(*task);
        }
        levels
    }

    /// How many tasks of the set are among these, and the sum of their gains.
    fn of(&self, others: &Set) -> (usize, isize) {
        let gains = others.iter_common(self.tasks).map(|task| self.gain[task]);
        gains.fold((0, 0), |(count, sum), gain| (count + 1, sum + gain))
    }

    fn set(&self, first: First) -> Set {
        let (up, down) = (&self.order.up, &self.order.down);
        match first {
            First::UpTo(depth) => {
                let mut set = Set::empty(self.tasks.size());
                let upper = self
                    .sorted
                    .iter()
                    .filter(|task| self.depth[**task] <= depth);
                upper.for_each(|task| set.add(*task));
                set
            }
            First::Before(task) => up[task].common(self.tasks),
            First::With(task) => {
                let mut set = up[task].common(self.tasks);
                set.add(task);
                set
            }
            First::NotAfter(task) => self.tasks.without(&down[task]),
            First::Without(task) => {
                let mut after = down[task].clone();
                after.add(task);
                self.tasks.without(&after)
            }
        }
    }
}
