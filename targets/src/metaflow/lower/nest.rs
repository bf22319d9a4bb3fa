//! The tasks of a flow as parts inside of each other, the only form that Metaflow has.

use std::collections::HashMap;

use flowc_core::flow::{Flow, TaskId};

use crate::metaflow::series_parallel::{Part, Wait, decompose};

/// One of the parts that follow each other.
#[derive(Clone, Debug)]
pub(in crate::metaflow) enum Node {
    /// A process or a wait.
    Task(TaskId),
    /// Something that costs no step of its own.
    Mark(Mark),
    /// Side by side.
    Parallel(Vec<Vec<Node>>),
    /// Once for each element of the fan-out.
    ForEach(TaskId, Vec<Node>),
}

/// The start or end of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metaflow) enum Mark {
    Start(TaskId),
    End(TaskId),
}

/// A task that waits for another although the flow does not ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metaflow) struct AddedWait {
    pub task: TaskId,
    pub upstream: TaskId,
}

/// The whole flow, `finally` behind all others.
pub(super) fn nest(flow: &Flow) -> (Vec<Node>, Vec<AddedWait>) {
    let mut nest = Nest {
        flow,
        added: Vec::new(),
    };
    let mut nodes = nest.level(&flow.roots);
    nodes.extend(nest.level(&flow.finally));
    (nodes, nest.added)
}

struct Nest<'f> {
    flow: &'f Flow,
    added: Vec<AddedWait>,
}

impl Nest<'_> {
    /// The tasks beside each other in a group, or at the top.
    fn level(&mut self, tasks: &[TaskId]) -> Vec<Node> {
        let place: HashMap<TaskId, usize> =
            tasks.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let upstream: Vec<Vec<usize>> = tasks
            .iter()
            .map(|id| {
                let upstream = self.flow.task(*id).upstream.iter();
                upstream
                    .filter_map(|other| place.get(&other.task).copied())
                    .collect()
            })
            .collect();
        let parts = decompose(&upstream);
        let named = |wait: Wait| AddedWait {
            task: tasks[wait.task],
            upstream: tasks[wait.upstream],
        };
        self.added
            .extend(parts.essential(&upstream).into_iter().map(named));
        self.series(&parts.part, tasks)
    }

    fn series(&mut self, part: &Part, tasks: &[TaskId]) -> Vec<Node> {
        match part {
            Part::Task(at) => self.task(tasks[*at]),
            Part::Series(parts) => parts
                .iter()
                .flat_map(|part| self.series(part, tasks))
                .collect(),
            Part::Parallel(parts) if parts.is_empty() => Vec::new(),
            Part::Parallel(parts) => {
                let branches = parts.iter().map(|part| self.series(part, tasks));
                vec![Node::Parallel(branches.collect())]
            }
        }
    }

    fn task(&mut self, id: TaskId) -> Vec<Node> {
        let task = self.flow.task(id);
        let body = match task.group() {
            None => vec![Node::Task(id)],
            Some(group) => {
                let mut body = vec![Node::Mark(Mark::Start(id))];
                body.extend(self.level(&group.children));
                body.push(Node::Mark(Mark::End(id)));
                body
            }
        };
        match task.for_each {
            Some(_) => vec![Node::ForEach(id, body)],
            None => body,
        }
    }
}
