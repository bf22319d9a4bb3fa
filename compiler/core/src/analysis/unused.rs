//! Tasks without effect.

use super::Analysis;
use crate::expr::Ref;
use crate::flow::{Flow, Task, TaskId};
use crate::reads::{Read, Reader};

impl Analysis {
    /// Tasks that nobody would miss, in document order: each is pure, and only others of them read
    /// something of it or wait for it. One that writes files and ends the flow is none of them, for these
    /// may be what the flow is for; neither is the last task of its group, or of the flow.
    pub fn unused(&self, flow: &Flow, reads: &[Read<'_>]) -> Vec<TaskId> {
        if !flow.tasks.iter().any(is_pure) {
            return Vec::new();
        }
        let mut readers: Vec<Vec<Reader>> = vec![Vec::new(); flow.tasks.len()];
        for read in reads {
            if let Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task } =
                read.reference.as_ref()
            {
                readers[task.index()].push(read.reader);
            }
        }
        let mut beside = vec![0; flow.tasks.len()];
        for parent in flow.tasks.iter().filter_map(|task| task.parent) {
            beside[parent.index()] += 1;
        }
        let mut roots = flow.roots.len();
        // There may be none.
        let mut finally = flow.finally.len() + 1;
        let mut unused = vec![false; flow.tasks.len()];
        // What waits for a task, or reads it, comes before it here.
        for id in self.order.iter().rev() {
            let task = flow.task(*id);
            let unread = readers[id.index()].iter().all(|reader| match reader {
                Reader::Task(task) | Reader::Export(Some(task)) => unused[task.index()],
                Reader::Export(None) | Reader::Run => false,
            });
            let unwaited = || {
                self.downstream(*id)
                    .iter()
                    .all(|other| unused[other.index()])
            };
            if !is_pure(task) || !unread || !unwaited() || self.is_product(flow, *id) {
                continue;
            }
            // A level without tasks cannot be said.
            let left = match task.parent {
                Some(parent) => &mut beside[parent.index()],
                None if task.finally => &mut finally,
                None => &mut roots,
            };
            if *left > 1 {
                *left -= 1;
                unused[id.index()] = true;
            }
        }
        let ids = flow.iter().map(|(id, _)| id);
        ids.filter(|id| unused[id.index()]).collect()
    }

    /// Whether it writes files and nothing comes after it, at any level.
    fn is_product(&self, flow: &Flow, id: TaskId) -> bool {
        !flow.task(id).artifacts.is_empty()
            && std::iter::once(id)
                .chain(flow.ancestors(id))
                .all(|around| self.downstream(around).is_empty())
    }
}

fn is_pure(task: &Task) -> bool {
    task.pure.as_ref().is_some_and(|pure| pure.value)
}
