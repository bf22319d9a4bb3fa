//! A level of the flow becomes a DAG.
//!
//! The phase of a DAG comes from its leaves, and a leaf that succeeds hides every failure above it.
//! So, as a level needs it: nothing (no task runs after a failure), all tasks named as targets, or
//! one last task that is omitted after a failure that is not allowed.

use flowc_core::expr::{ExprKind, Ref};
use flowc_core::flow::{Approve, Body as FlowBody, Group, Task, TaskId, TriggerRule};
use flowc_core::values::Duration;

use super::scope::Scope;
use super::text::{prose, whole_seconds};
use super::trigger::{self, Upstream};
use super::{Lowerer, Place};
use crate::argo::expr::Code;
use crate::argo::model::{
    Argument, ArtifactArgument, Body, Dag, DagTask, Depends, Input, Json, Output, OutputArtifact,
    OutputArtifactFrom, OutputFrom, Question, Str, Synchronization, Template, TemplateRef,
};
use crate::argo::{expr, names, patch};

/// The task that refuses parameters, and the one that fails a level.
pub(super) const PARAMETERS: &str = "flowc-parameters";
pub(super) const VERDICT: &str = "flowc-verdict";

/// The template that does nothing.
pub(super) const NOTHING: &str = "flowc-nothing";

/// What a task runs.
#[derive(Debug)]
pub(super) struct Bodied<'f> {
    pub(super) template: TemplateRef<'f>,
    pub(super) arguments: Vec<Argument<'f>>,
    pub(super) artifacts: Vec<ArtifactArgument<'f>>,
}

impl<'f> DagTask<'f> {
    /// A task of which only the name is known.
    pub(super) fn named(name: impl Into<Str<'f>>) -> Self {
        Self {
            name: name.into(),
            comments: Vec::new(),
            note: None,
            depends: None,
            when: None,
            template: TemplateRef::Named(Str::default()),
            items: None,
            arguments: Vec::new(),
            artifacts: Vec::new(),
        }
    }
}

impl<'f> Lowerer<'f> {
    /// The DAG of the top level.
    pub(super) fn entry(&mut self, name: Str<'f>) {
        let flow = self.flow;
        self.scopes.push(Scope::level(None));
        let check = self.parameter_check(false);
        let services = self.service_tasks(0, None, &flow.services, check.as_ref());
        let mut dag = self.level(0, &flow.roots, check, services);
        self.add_states(&mut dag);
        self.scopes.pop();
        let mut template = Template::new(name, Body::Dag(dag));
        template.fail_fast = self.stops_early(None, false);
        self.place(None, 0, template);
    }

    /// A DAG of these siblings. Everything waits for the `check` and for the services.
    pub(super) fn level(
        &mut self,
        depth: usize,
        tasks: &'f [TaskId],
        check: Option<DagTask<'f>>,
        services: Vec<DagTask<'f>>,
    ) -> Dag<'f> {
        // Services wait for the check, so what waits for them need not.
        let first: Vec<Str<'f>> = match services.as_slice() {
            [] => check.iter().map(|check| check.name.clone()).collect(),
            services => services.iter().map(|task| task.name.clone()).collect(),
        };
        let mut after_failure = false;
        let mut dag = Dag::default();
        dag.tasks.reserve_exact(tasks.len() + services.len() + 2);
        dag.tasks.extend(check);
        dag.tasks.extend(services);
        let before = dag.tasks.len();
        for id in tasks {
            let (task, runs_after_failure) = self.task(depth, *id, &first);
            after_failure |= runs_after_failure;
            dag.tasks.push(task);
        }
        let allowed = tasks
            .iter()
            .any(|id| self.flow.task(*id).always_allowed_to_fail());
        let states = depth == 0 && !self.in_finally && self.reads.any_saved();
        if allowed {
            let verdict = self.verdict(tasks, &first);
            dag.tasks.push(verdict);
        } else if after_failure || states {
            // Each task is judged by its own phase, so a last one that succeeds hides no failure.
            // A service is judged by those that wait for it.
            let named = dag.tasks.iter().enumerate();
            let named = named.filter(|(at, task)| *at >= before || task.name == PARAMETERS);
            let names: Vec<&str> = named.map(|(_, task)| task.name.as_ref()).collect();
            dag.target = Some(names.join(" ").into());
        }
        dag
    }

    fn upstream(&self, id: TaskId, checked: bool) -> Upstream<'f> {
        let task = self.flow.task(id);
        Upstream::new(
            &task.name,
            self.may_skip(id),
            checked || !task.upstream.is_empty(),
        )
    }

    /// The task, and whether it can run after a failure. It waits for `first`.
    fn task(&mut self, depth: usize, id: TaskId, first: &[Str<'f>]) -> (DagTask<'f>, bool) {
        let task = self.flow.task(id);
        let checked = !first.is_empty();
        let upstream: Vec<Upstream> = task
            .upstream
            .iter()
            .map(|dependency| self.upstream(dependency.task, checked))
            .collect();
        let rule = trigger::rule(task.trigger_rule.value, upstream);
        let mut lowered = DagTask::named(names::task(&task.name));
        lowered.comments = comments(task);
        lowered.note = note(task);
        let mut parts = rule.depends;
        if checked && (parts.is_empty() || rule.runs_after_failure) {
            // Beside another part, a choice of phases needs its parentheses.
            for part in parts
                .iter_mut()
                .filter(|part| part.contains("||") && !part.starts_with('('))
            {
                *part = format!("({part})").into();
            }
            parts.splice(0..0, first.iter().cloned());
        }
        lowered.depends = (!parts.is_empty()).then_some(Depends { parts });
        let mut conditions: Vec<Code> = rule.guard.into_iter().collect();
        if let Some(when) = &task.when {
            conditions.push(self.value(depth, Place::Dag, when));
        }
        match &task.for_each {
            Some(fan_out) => self.fan_out(depth, id, fan_out, conditions, &mut lowered),
            None => {
                lowered.when = Code::all(conditions).map(|condition| condition.tag().into());
                let bodied = self.body(depth, id, "");
                lowered.template = bodied.template;
                lowered.arguments = bodied.arguments;
                lowered.artifacts = bodied.artifacts;
            }
        }
        (lowered, rule.runs_after_failure)
    }

    /// What one instance of a task runs, with its arguments as seen from `depth`.
    pub(super) fn body(&mut self, depth: usize, id: TaskId, suffix: &str) -> Bodied<'f> {
        let task = self.flow.task(id);
        match &task.body {
            FlowBody::Process(process) if self.has_attempts_apart(id) => {
                self.attempts(depth, id, process, suffix)
            }
            FlowBody::Process(process) => {
                let (template, artifacts) = self.process(depth, id, process);
                Bodied {
                    template,
                    arguments: Vec::new(),
                    artifacts,
                }
            }
            FlowBody::Group(group) => self.group(depth, id, group, suffix),
            FlowBody::Wait(duration) => self.wait(id, duration.value),
            FlowBody::Approve(approve) => self.approve(id, approve),
        }
    }

    fn group(&mut self, depth: usize, id: TaskId, group: &'f Group, suffix: &str) -> Bodied<'f> {
        let task = self.flow.task(id);
        let name = self.template_name(&format!("{}{suffix}", task.path));
        self.scopes.push(Scope::level(Some(id)));
        let services = self.service_tasks(depth + 1, Some(id), &task.services, None);
        let dag = self.level(depth + 1, &group.children, None, services);
        let outputs = self.group_outputs(depth + 1, id, group);
        let mut template = Template::new(name.clone(), Body::Dag(dag));
        template.outputs = outputs;
        template.output_artifacts = self.group_artifacts(id, group);
        if task.for_each.is_none() {
            // Services are counted, too.
            let services = u32::try_from(task.services.len()).unwrap_or(u32::MAX);
            let limit = task.max_parallel.as_ref();
            template.parallelism = limit.map(|limit| limit.value.saturating_add(services));
        }
        template.fail_fast = self.stops_early(Some(id), task.finally);
        let synchronization = self.synchronization(task.concurrency.as_deref());
        template.synchronization = synchronization.map(Box::new);
        template.patch = patch::of(&task.targets).map(|patch| Box::new(Json(patch)));
        self.closed(depth, id, name, template)
    }

    /// What a task runs that has this template, whose scope ends here.
    pub(super) fn closed(
        &mut self,
        depth: usize,
        id: TaskId,
        name: Str<'f>,
        template: Template<'f>,
    ) -> Bodied<'f> {
        let mut holder = DagTask::named("");
        self.close(depth, id, 1, template, &mut holder);
        Bodied {
            template: TemplateRef::Named(name),
            arguments: holder.arguments,
            artifacts: holder.artifacts,
        }
    }

    fn group_outputs(&mut self, depth: usize, id: TaskId, group: &'f Group) -> Vec<Output<'f>> {
        let mut outputs = Vec::new();
        for export in &group.outputs {
            if !self.reads.output(id, &export.name.value) {
                continue;
            }
            let from = match &export.value.kind {
                // A plain reference is passed on as it is.
                ExprKind::Ref(Ref::Output { task, name })
                    if self.flow.task(*task).for_each.is_none()
                        && self.flow.task(*task).parent == Some(id) =>
                {
                    let task = names::task(&self.flow.task(*task).name);
                    let tag = format!("{{{{tasks.{task}.outputs.parameters.{name}}}}}");
                    OutputFrom::Parameter(tag.into())
                }
                _ => {
                    let code = self.value(depth, Place::Export, &export.value);
                    OutputFrom::Expression(expr::text_of(code, &export.value.ty).text.into())
                }
            };
            outputs.push(Output {
                name: export.name.value.as_str().into(),
                from,
                global_name: None,
            });
        }
        outputs
    }

    fn group_artifacts(&mut self, id: TaskId, group: &'f Group) -> Vec<OutputArtifact<'f>> {
        if self.options.on_volume() {
            return Vec::new();
        }
        let flow = self.flow;
        group
            .artifacts
            .iter()
            .filter(|export| self.reads.artifact(id, &export.name.value))
            .filter(|export| {
                super::facts::Source::of(flow, export.task, &export.artifact)
                    .fan_outs
                    .is_empty()
            })
            .map(|export| OutputArtifact {
                name: export.name.value.as_str().into(),
                optional: self.may_skip(export.task),
                from: OutputArtifactFrom::Task(
                    format!(
                        "{{{{tasks.{}.outputs.artifacts.{}}}}}",
                        names::task(&flow.task(export.task).name),
                        export.artifact
                    )
                    .into(),
                ),
            })
            .collect()
    }

    fn wait(&mut self, id: TaskId, duration: Duration) -> Bodied<'f> {
        let name = self.template_name(&self.flow.task(id).path);
        let template = Template::new(
            name.clone(),
            Body::Suspend {
                duration: Some(whole_seconds(duration).to_string().into()),
            },
        );
        self.place(Some(id), 1, template);
        Bodied::named(name)
    }

    fn approve(&mut self, id: TaskId, approve: &'f Approve) -> Bodied<'f> {
        let name = self.template_name(&self.flow.task(id).path);
        let mut template = Template::new(
            name.clone(),
            Body::Suspend {
                duration: approve
                    .timeout
                    .as_ref()
                    .map(|timeout| whole_seconds(timeout.value).to_string().into()),
            },
        );
        let choices: Vec<Str<'f>> = approve
            .choices
            .iter()
            .map(|choice| choice.value.as_str().into())
            .collect();
        let mut input = Input::new("choice", None);
        input.question = Some(Box::new(Question {
            description: prose(&approve.message).into(),
            // The form needs a value to start from; the answer when nobody answers is the output's.
            default: approve
                .default
                .as_ref()
                .map(|default| default.value.as_str().into())
                .or_else(|| choices.first().cloned()),
            choices,
        }));
        template.comments = vec!["Waits for an answer: argo node set <run> --output-parameter choice=<answer>, or the UI.".into()];
        template.inputs = vec![input];
        template.outputs = vec![Output {
            name: "choice".into(),
            from: OutputFrom::Supplied {
                default: approve
                    .default
                    .as_ref()
                    .map(|default| default.value.as_str().into()),
            },
            global_name: None,
        }];
        self.place(Some(id), 1, template);
        Bodied::named(name)
    }

    /// The last task of a level in which failures are allowed.
    fn verdict(&mut self, tasks: &[TaskId], first: &[Str<'f>]) -> DagTask<'f> {
        self.needs_nothing = true;
        let checked = !first.is_empty();
        let mut task = DagTask::named(VERDICT);
        task.comments = vec![
            "The task behind all others, so it decides: after a failure that is not allowed it is"
                .into(),
            "omitted, and this DAG is Failed.".into(),
        ];
        let mut parts = Vec::with_capacity(tasks.len() + first.len());
        parts.extend(first.iter().cloned());
        for id in tasks {
            let upstream = self.upstream(*id, checked);
            if self.flow.task(*id).always_allowed_to_fail() {
                parts.push(format!("({})", trigger::done(&upstream)).into());
                continue;
            }
            let name = &upstream.name;
            let mut words = vec![format!("{name}.Succeeded")];
            if upstream.can_skip {
                words.push(format!("{name}.Skipped"));
            }
            if upstream.can_omit {
                words.push(format!("{name}.Omitted"));
            }
            parts.push(match words.as_slice() {
                [only] => only.clone().into(),
                _ => format!("({})", words.join(" || ")).into(),
            });
        }
        task.depends = Some(Depends { parts });
        task.template = TemplateRef::Named(NOTHING.into());
        task
    }

    /// A lock on a template or a run.
    pub(super) fn synchronization(
        &self,
        concurrency: Option<&flowc_core::flow::Concurrency>,
    ) -> Option<Synchronization<'f>> {
        let concurrency = concurrency?;
        let group = concurrency.group.value.clone();
        Some(if concurrency.limit.value == 1 {
            Synchronization::Mutex(group.replace('_', "-").into())
        } else {
            Synchronization::Semaphore {
                config_map: self.options.semaphores.clone().into(),
                key: group.into(),
            }
        })
    }
}

impl<'f> Bodied<'f> {
    fn named(name: Str<'f>) -> Self {
        Self {
            template: TemplateRef::Named(name),
            arguments: Vec::new(),
            artifacts: Vec::new(),
        }
    }
}

fn comments(task: &Task) -> Vec<Str<'_>> {
    let Some(description) = &task.description else {
        return Vec::new();
    };
    let mut comments = Vec::with_capacity(description.lines().count());
    comments.extend(description.lines().map(|line| Str::from(line.trim_end())));
    comments
}

/// What the condition on other tasks stands for, where its words do not say it.
fn note(task: &Task) -> Option<Str<'static>> {
    let mut words = Vec::new();
    let rule = task.trigger_rule.value;
    let plain = matches!(rule, TriggerRule::AllSuccess | TriggerRule::NoneFailed);
    if !plain && !task.upstream.is_empty() {
        words.push(rule.to_string());
    } else if rule == TriggerRule::NoneFailed && !task.upstream.is_empty() {
        words.push("none_failed: skipped ones let it run".to_owned());
    }
    if task.always_allowed_to_fail() {
        words.push(format!("allow_failure: {VERDICT} accepts any end of it"));
    }
    (!words.is_empty()).then(|| words.join(", ").into())
}
