//! Attempts under `failFast`.
//!
//! Argo counts every attempt directly below a template with `failFast`, so a failed one would stop
//! the template although the task is tried again. Where a task has retries, its attempts stand in a
//! DAG of their own: that one fails when no attempt is left.

use flowc_core::flow::{Process, Task, TaskId};

use super::Lowerer;
use super::dag::Bodied;
use super::facts::Source;
use super::scope::Scope;
use crate::argo::model::{
    Body, Dag, DagTask, Output, OutputArtifact, OutputArtifactFrom, OutputFrom, Template,
};
use crate::argo::names;

/// How the only task in the DAG of a task's attempts is called.
const ATTEMPT: &str = "attempt";

impl<'f> Lowerer<'f> {
    /// Whether the attempts of a process stand in a DAG of their own.
    pub(super) fn has_attempts_apart(&self, id: TaskId) -> bool {
        let task = self.flow.task(id);
        if task.process().is_none() || task.max_retries() == 0 {
            return false;
        }
        if self.is_wrapped(id) && task.fails_fast() {
            return true;
        }
        !self.is_wrapped(id) && self.stops_early(task.parent, task.finally)
    }

    /// Whether the DAG of a level starts nothing new after a failure: by its own `fail_fast`, or
    /// because a failure in it fails one around it that does not.
    pub(super) fn stops_early(&self, level: Option<TaskId>, finally: bool) -> bool {
        // A service is a pod that runs until its level has ended, and a level that has failed would
        // wait for it.
        let Some(group) = level else {
            let asked = !finally && self.flow.fails_fast();
            return asked && self.flow.services.is_empty();
        };
        let group = self.flow.task(group);
        if !group.services.is_empty() {
            return false;
        }
        group.fails_fast()
            || group.allow_failure.is_none() && self.stops_early(group.parent, group.finally)
    }

    /// The DAG of the attempts.
    pub(super) fn attempts(
        &mut self,
        depth: usize,
        id: TaskId,
        process: &'f Process,
        suffix: &str,
    ) -> Bodied<'f> {
        let task = self.flow.task(id);
        let name = self.template_name(&format!("{}{suffix}", task.path));
        self.scopes.push(Scope::wrapper());
        let (template, artifacts) = self.process(depth + 1, id, process);
        let mut attempt = DagTask::named(ATTEMPT);
        attempt.template = template;
        attempt.artifacts = artifacts;
        let mut around = Template::new(
            name.clone(),
            Body::Dag(Dag {
                target: None,
                tasks: vec![attempt],
            }),
        );
        around.comments = vec![
            format!(
                "The attempts of {}: only the last one counts for failFast.",
                names::task(&task.name)
            )
            .into(),
        ];
        around.outputs = self.outputs_of_attempts(id, task);
        around.output_artifacts = self.artifacts_of_attempts(id, task);
        self.closed(depth, id, name, around)
    }

    fn outputs_of_attempts(&self, id: TaskId, task: &'f Task) -> Vec<Output<'f>> {
        let names = task.outputs.iter().map(|output| output.name.value.as_str());
        names
            .filter(|name| self.reads.output(id, name))
            .map(|name| Output {
                name: name.into(),
                from: OutputFrom::Parameter(
                    format!("{{{{tasks.{ATTEMPT}.outputs.parameters.{name}}}}}").into(),
                ),
                global_name: None,
            })
            .collect()
    }

    fn artifacts_of_attempts(&self, id: TaskId, task: &'f Task) -> Vec<OutputArtifact<'f>> {
        if self.options.on_volume() {
            return Vec::new();
        }
        let names = task
            .artifacts
            .iter()
            .map(|artifact| artifact.name.value.as_str());
        names
            .filter(|name| self.reads.artifact(id, name))
            .filter(|name| Source::of(self.flow, id, name).fan_outs.is_empty())
            .map(|name| OutputArtifact {
                name: name.into(),
                optional: false,
                from: OutputArtifactFrom::Task(
                    format!("{{{{tasks.{ATTEMPT}.outputs.artifacts.{name}}}}}").into(),
                ),
            })
            .collect()
    }
}
