//! Which tasks of a flow a run is about.

use std::collections::HashSet;

use super::{History, Key};
use crate::flow::{Flow, TaskId};

/// Which tasks run. The others end as the history says, or skipped when it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// By task; everything when absent.
    runs: Option<Vec<bool>>,
    /// Groups around tasks that run.
    around: HashSet<TaskId>,
    /// Of the others, those whose results are asked for; all when absent.
    known: Option<HashSet<TaskId>>,
}

impl Selection {
    /// Every task.
    pub fn everything() -> Self {
        Self::default()
    }

    /// One task, with what is in it, and nothing else. Of the others only the results of those before it
    /// are asked for.
    pub fn only(flow: &Flow, task: TaskId) -> Self {
        let analysis = crate::analysis::Analysis::new(flow);
        let mut open: Vec<TaskId> = std::iter::once(task)
            .chain(flow.ancestors(task))
            .flat_map(|around| analysis.all_upstream(flow, around))
            .collect();
        if flow.task(task).finally {
            open.extend(&flow.roots);
        }
        let mut known = HashSet::new();
        while let Some(next) = open.pop() {
            known.insert(next);
            if let Some(group) = flow.task(next).group() {
                open.extend(&group.children);
            }
        }
        Self {
            known: Some(known),
            ..Self::of(flow, [task])
        }
    }

    /// A task and all that come after it: those that wait for it, for them, or for a group around it,
    /// and `finally`.
    pub fn from(flow: &Flow, task: TaskId) -> Self {
        let analysis = crate::analysis::Analysis::new(flow);
        let mut runs = vec![task];
        for around in std::iter::once(task).chain(flow.ancestors(task)) {
            runs.extend(analysis.all_downstream(around));
        }
        if !flow.task(task).finally {
            runs.extend(&flow.finally);
        }
        Self::of(flow, runs)
    }

    fn of(flow: &Flow, tasks: impl IntoIterator<Item = TaskId>) -> Self {
        let mut runs = vec![false; flow.tasks.len()];
        let mut around = HashSet::new();
        for task in tasks {
            runs[task.index()] = true;
            around.extend(flow.ancestors(task));
        }
        // Parents stand before their children.
        for (id, task) in flow.iter() {
            if task.parent.is_some_and(|parent| runs[parent.index()]) {
                runs[id.index()] = true;
            }
        }
        Self {
            runs: Some(runs),
            around,
            known: None,
        }
    }

    /// Whether the task runs.
    pub fn runs(&self, task: TaskId) -> bool {
        self.runs.as_ref().is_none_or(|runs| runs[task.index()])
    }

    /// Whether the result of a task that does not run is asked for.
    pub fn asks_for(&self, task: TaskId) -> bool {
        !self.runs(task)
            && self
                .known
                .as_ref()
                .is_none_or(|known| known.contains(&task))
    }

    /// Whether it, or a task in it, runs.
    pub fn touches(&self, task: TaskId) -> bool {
        self.runs(task) || self.around.contains(&task)
    }

    /// The tasks that the selected ones wait for and of which neither the selection nor the history
    /// knows what they end as, in document order.
    pub fn missing(&self, flow: &Flow, history: &History) -> Vec<TaskId> {
        if self.runs.is_none() {
            return Vec::new();
        }
        let known: HashSet<TaskId> = history.ended.keys().map(|Key { task, .. }| *task).collect();
        let mut missing: Vec<TaskId> = flow
            .iter()
            .filter(|(id, _)| self.touches(*id))
            .flat_map(|(_, task)| &task.upstream)
            .map(|upstream| upstream.task)
            .filter(|task| !self.touches(*task) && !known.contains(task))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }
}
