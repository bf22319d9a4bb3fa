//! What a task waits for, while it is being found.

use rustc_hash::FxHashSet;

use crate::flow::{Dependency, TaskId};

/// So many are looked through one by one. Nearly every task waits for fewer.
const FEW: usize = 16;

/// The tasks that one waits for, each once, as it is named first.
#[derive(Debug, Default)]
pub(crate) struct Upstream {
    all: Vec<Dependency>,
    /// The tasks of `all`, once they are more than a few.
    known: FxHashSet<TaskId>,
}

impl Upstream {
    /// Adds a dependency, unless the task is there already.
    pub(crate) fn add(&mut self, dependency: Dependency) {
        let is_new = if self.all.len() < FEW {
            self.all.iter().all(|known| known.task != dependency.task)
        } else {
            if self.known.is_empty() {
                self.known.extend(self.all.iter().map(|known| known.task));
            }
            self.known.insert(dependency.task)
        };
        if is_new {
            self.all.push(dependency);
        }
    }

    /// Puts these first. A task that is among them and was there before counts as one of them.
    pub(crate) fn begin_with(&mut self, named: Self) {
        for dependency in std::mem::replace(self, named).all {
            self.add(dependency);
        }
    }

    /// Those that are named, as written; then those that are only referred to, in document order.
    pub(crate) fn sorted(self) -> Vec<Dependency> {
        let mut all = self.all;
        // Sorting keeps the order of equals.
        all.sort_by_key(|dependency| (!dependency.explicit).then_some(dependency.task));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn dependency(task: u32, explicit: bool) -> Dependency {
        Dependency {
            task: TaskId(task),
            span: Span::default(),
            explicit,
        }
    }

    #[test]
    fn a_task_is_there_once_among_few_and_among_many() {
        let mut upstream = Upstream::default();
        for task in (0..100).chain(0..100).chain([7, 200]) {
            upstream.add(dependency(task, true));
        }
        let tasks: Vec<u32> = upstream.sorted().iter().map(|known| known.task.0).collect();
        let expected: Vec<u32> = (0..100).chain([200]).collect();
        assert_eq!(tasks, expected);
    }

    #[test]
    fn those_that_are_named_come_first_as_written_and_the_others_by_the_document() {
        let mut upstream = Upstream::default();
        for task in [9, 3, 5] {
            upstream.add(dependency(task, false));
        }
        let mut named = Upstream::default();
        for task in [8, 5, 1] {
            named.add(dependency(task, true));
        }
        upstream.begin_with(named);
        let tasks: Vec<u32> = upstream.sorted().iter().map(|known| known.task.0).collect();
        assert_eq!(tasks, [8, 5, 1, 3, 9]);
    }
}
