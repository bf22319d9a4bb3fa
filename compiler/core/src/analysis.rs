//! What can be known about the graph before it runs.

use crate::flow::{Flow, TaskId};

/// Facts about every task of a flow, computed once.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Every task, upstream before downstream and groups before their children; ties by document order.
    pub order: Vec<TaskId>,
    can_skip: Vec<bool>,
    can_fail: Vec<bool>,
}

impl Analysis {
    /// Of a flow without dependency cycles.
    pub fn new(flow: &Flow) -> Self {
        let _ = flow;
        Self {
            order: Vec::new(),
            can_skip: Vec::new(),
            can_fail: Vec::new(),
        }
    }

    /// Whether the task may end skipped: by its condition, its fan-out, its rule, or one above it.
    pub fn can_skip(&self, task: TaskId) -> bool {
        self.can_skip[task.index()]
    }

    /// Whether the task may end failed or upstream_failed. Every process can fail.
    pub fn can_fail(&self, task: TaskId) -> bool {
        self.can_fail[task.index()]
    }
}
