//! Making tasks, and asking flows about them.

use std::sync::Arc;

use super::{ArtifactKind, Body, Flow, Group, Process, Task, TaskId, TriggerRule};
use crate::expr::{Type, Value};
use crate::source::Spanned;

impl Task {
    /// A task of which nothing is asked but its body: no dependencies, the usual rule, one attempt.
    pub fn new(name: Spanned<String>, path: String, parent: Option<TaskId>, body: Body) -> Self {
        let span = name.span;
        Self {
            name,
            path,
            parent,
            finally: false,
            description: None,
            body,
            upstream: Vec::new(),
            trigger_rule: Spanned::new(TriggerRule::AllSuccess, span),
            when: None,
            for_each: None,
            max_parallel: None,
            fail_fast: None,
            allow_failure: None,
            retries: None,
            retry_on: None,
            backoff: None,
            timeout: None,
            outputs: Vec::new(),
            artifacts: Vec::new(),
            resources: Arc::default(),
            services: Vec::new(),
            cache: None,
            pure: None,
            estimate: None,
            concurrency: None,
            priority: None,
            kubernetes: Arc::default(),
            targets: Arc::default(),
        }
    }

    /// How many attempts may follow the first.
    pub fn max_retries(&self) -> u32 {
        self.retries.as_ref().map_or(0, |retries| retries.value)
    }

    /// Whether no further instance, or nothing new in the group, starts after a failure.
    pub fn fails_fast(&self) -> bool {
        self.fail_fast.as_ref().is_some_and(|asked| asked.value)
    }

    /// The group, when it is one.
    pub fn group(&self) -> Option<&Group> {
        match &self.body {
            Body::Group(group) => Some(group),
            _ => None,
        }
    }

    /// The process, when it is one.
    pub fn process(&self) -> Option<&Process> {
        match &self.body {
            Body::Process(process) => Some(process),
            _ => None,
        }
    }

    /// Whether `depends_on` or a reference makes it wait for `task`.
    pub fn waits_for(&self, task: TaskId) -> bool {
        self.upstream.iter().any(|upstream| upstream.task == task)
    }

    /// The type of one of its outputs, as one instance writes it (a list of it for a whole fan-out).
    pub fn output_type(&self, name: &str) -> Option<&Type> {
        match &self.body {
            Body::Group(group) => group
                .outputs
                .iter()
                .find(|export| export.name.value == name)
                .map(|export| &export.value.ty),
            Body::Approve(_) if name == "choice" => Some(&Type::String),
            _ => self
                .outputs
                .iter()
                .find(|output| output.name.value == name)
                .map(|output| &output.ty),
        }
    }

    /// The kind of one of its artifacts, as one instance writes it.
    pub fn artifact_kind(&self, name: &str) -> Option<ArtifactKind> {
        match &self.body {
            Body::Group(group) => group
                .artifacts
                .iter()
                .find(|export| export.name.value == name)
                .map(|export| export.kind),
            _ => self
                .artifacts
                .iter()
                .find(|artifact| artifact.name.value == name)
                .map(|artifact| artifact.kind),
        }
    }

    /// Whether a constant says that it may fail.
    pub fn always_allowed_to_fail(&self) -> bool {
        self.allow_failure
            .as_ref()
            .is_some_and(|expr| expr.as_literal() == Some(&Value::Boolean(true)))
    }
}

impl Flow {
    /// A task by its id.
    pub fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.index()]
    }

    /// Every task with its id, in document order.
    pub fn iter(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.tasks
            .iter()
            .enumerate()
            .map(|(index, task)| (TaskId(index as u32), task))
    }

    /// The tasks beside `id`, itself included: the children of its group, the top level or `finally`.
    pub fn siblings(&self, id: TaskId) -> &[TaskId] {
        match self.task(id).parent {
            Some(parent) => self
                .task(parent)
                .group()
                .map_or(&[][..], |group| &group.children),
            None if self.task(id).finally => &self.finally,
            None => &self.roots,
        }
    }

    /// The groups around a task, innermost first.
    pub fn ancestors(&self, id: TaskId) -> impl Iterator<Item = TaskId> + '_ {
        std::iter::successors(self.task(id).parent, |parent| self.task(*parent).parent)
    }

    /// Whether nothing new starts in the run after a failure.
    pub fn fails_fast(&self) -> bool {
        self.fail_fast.as_ref().is_some_and(|asked| asked.value)
    }

    /// The fan-outs around a task, innermost first; its own is not among them.
    pub fn fan_outs_around(&self, id: TaskId) -> impl Iterator<Item = TaskId> + '_ {
        self.ancestors(id)
            .filter(|group| self.task(*group).for_each.is_some())
    }

    /// The fan-outs whose positions tell an instance of a task apart, in their order: those around it, outermost first,
    /// and its own.
    pub fn fan_outs_of(&self, id: TaskId) -> Vec<TaskId> {
        let own = self.task(id).for_each.as_ref().map(|_| id);
        let mut of: Vec<TaskId> = own.into_iter().chain(self.fan_outs_around(id)).collect();
        of.reverse();
        of
    }

    /// The nearest fan-out around a task, itself included.
    pub fn fan_out_of(&self, id: TaskId) -> Option<TaskId> {
        std::iter::once(id)
            .chain(self.ancestors(id))
            .find(|task| self.task(*task).for_each.is_some())
    }
}
