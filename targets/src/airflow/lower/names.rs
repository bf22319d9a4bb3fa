//! The variables of the emitted file.

use flowc_core::flow::{Flow, Task, TaskId};
use rustc_hash::FxHashMap;

use super::shape::Shape;
use crate::airflow::helpers;
use crate::python::{Identifier, Scope};

/// Every variable of the flow's part of the file.
pub(super) struct Variables {
    tasks: Vec<Identifier>,
    helpers: FxHashMap<(TaskId, &'static str), Identifier>,
    result: Identifier,
}

impl Variables {
    pub fn new(flow: &Flow, shapes: &[Shape]) -> Self {
        let mut scope = Scope::default().beside(helpers::module_names());
        let mut tasks = Vec::with_capacity(flow.tasks.len());
        for (_, task) in flow.iter() {
            let name = scope.take_free(&task.name.value);
            tasks.push(name.unwrap_or_else(|| scope.take(&[&task.path.replace('.', "_")])));
        }
        let mut helpers = FxHashMap::default();
        for (id, task) in flow.iter() {
            for what in shapes[id.index()].helpers(task) {
                let path = format!("_flowc_{}_{what}", task.path.replace('.', "_"));
                helpers.insert((id, what), scope.take(&[&helper(task, what), &path]));
            }
        }
        let result = scope.take(&["_flowc_result"]);
        Self {
            tasks,
            helpers,
            result,
        }
    }

    pub fn task(&self, id: TaskId) -> &Identifier {
        &self.tasks[id.index()]
    }

    /// The variable of the task that decides the state of the run.
    pub fn result(&self) -> &Identifier {
        &self.result
    }

    /// The variable of a task that flowc adds; `what` is one of those its shape names.
    pub fn helper(&self, id: TaskId, what: &'static str) -> &Identifier {
        match self.helpers.get(&(id, what)) {
            Some(name) => name,
            None => self.task(id),
        }
    }
}

/// The name of a task that flowc adds beside one of the flow.
pub(super) fn helper(task: &Task, what: &str) -> String {
    format!("_flowc_{}_{what}", task.name.value)
}
