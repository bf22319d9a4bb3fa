//! What the flow says about who waits for whom, looked up in constant time.

use std::collections::HashSet;

use crate::expr::Ref;
use crate::flow::{Flow, TaskId};
use crate::reads::{Reader, reads};

/// Tables over the tasks of a flow.
#[derive(Debug)]
pub(super) struct Graph {
    /// Where a task stands among its siblings.
    position: Vec<u32>,
    /// Who waits for a task, and whether it reads something of it.
    downstream: Vec<Vec<(TaskId, bool)>>,
    /// How many of the tasks it waits for it reads something of.
    reading: Vec<u32>,
    fan_outs_around: Vec<u32>,
    /// Artifacts of fan-outs that somebody reads.
    gathered: HashSet<(TaskId, String)>,
}

impl Graph {
    pub(super) fn new(flow: &Flow) -> Self {
        let count = flow.tasks.len();
        let mut graph = Self {
            position: vec![0; count],
            downstream: vec![Vec::new(); count],
            reading: vec![0; count],
            fan_outs_around: vec![0; count],
            gathered: HashSet::new(),
        };
        let groups = flow.tasks.iter().filter_map(|task| task.group());
        let levels = [&flow.roots, &flow.finally]
            .into_iter()
            .chain(groups.map(|group| &group.children));
        for level in levels {
            for (position, task) in level.iter().enumerate() {
                graph.position[task.index()] = position as u32;
            }
        }
        let data = graph.look_at_reads(flow);
        for (id, task) in flow.iter() {
            if let Some(parent) = task.parent {
                let fans = u32::from(flow.task(parent).for_each.is_some());
                graph.fan_outs_around[id.index()] = graph.fan_outs_around[parent.index()] + fans;
            }
            for upstream in &task.upstream {
                let reads = data.contains(&(id, upstream.task));
                graph.downstream[upstream.task.index()].push((id, reads));
                graph.reading[id.index()] += u32::from(reads);
            }
        }
        graph
    }

    /// Pairs of siblings of which the first, or a task in it, reads something of the second.
    fn look_at_reads(&mut self, flow: &Flow) -> HashSet<(TaskId, TaskId)> {
        let mut pairs = HashSet::new();
        for read in reads(flow) {
            let (Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task }) =
                read.reference.as_ref()
            else {
                continue;
            };
            if let Ref::Artifact { task, name } = read.reference.as_ref()
                && flow.task(*task).for_each.is_some()
            {
                self.gathered.insert((*task, name.clone()));
            }
            let (Reader::Task(reader) | Reader::Export(Some(reader))) = read.reader else {
                continue;
            };
            let of = flow.task(*task);
            let beside = std::iter::once(reader)
                .chain(flow.ancestors(reader))
                .find(|around| {
                    let around = flow.task(*around);
                    around.parent == of.parent && around.finally == of.finally
                });
            if let Some(beside) = beside {
                pairs.insert((beside, *task));
            }
        }
        pairs
    }

    /// Where the task stands among its siblings.
    pub(super) fn position(&self, task: TaskId) -> u32 {
        self.position[task.index()]
    }

    /// The siblings that wait for the task, each with whether it reads something of it.
    pub(super) fn downstream(&self, task: TaskId) -> &[(TaskId, bool)] {
        &self.downstream[task.index()]
    }

    /// How many of the tasks it waits for a task reads something of.
    pub(super) fn reading(&self, task: TaskId) -> u32 {
        self.reading[task.index()]
    }

    /// How many fan-outs are around the task, its own not counted.
    pub(super) fn fan_outs_around(&self, task: TaskId) -> usize {
        self.fan_outs_around[task.index()] as usize
    }

    /// Whether somebody reads this artifact of a fan-out.
    pub(super) fn is_gathered(&self, task: TaskId, artifact: &str) -> bool {
        !self.gathered.is_empty() && self.gathered.contains(&(task, artifact.to_owned()))
    }
}
