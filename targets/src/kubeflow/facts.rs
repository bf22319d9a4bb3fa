//! What has to be handed on as data.
//!
//! Kubeflow starts a task when all it waits for has succeeded, and nothing after a failure. Where that
//! is what the flow means, tasks stay as plain as that. A *soft* task turns its failure into a state
//! that others can read; a *stateful* one may end otherwise than `succeeded` while others go on.

use flowc_core::analysis::Analysis;
use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template, Type, Value};
use flowc_core::flow::{Amount, Binding, Body, Command, Flow, Process, Task, TaskId, TriggerRule};
use flowc_core::reads::{Reader, reads};

use super::independent;

/// How `finally` is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finally {
    /// There is none.
    None,
    /// One task that reads at most how the run ended: Kubeflow's own exit task.
    Exit(TaskId),
    /// Tasks that read how others ended, after a flow whose failures are states.
    Tasks,
}

/// One answer per task.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub finally: Finally,
    soft: Vec<bool>,
    gated: Vec<bool>,
    read: Vec<bool>,
    told: Vec<bool>,
}

impl Facts {
    /// Of a checked flow.
    pub fn new(flow: &Flow, analysis: &Analysis) -> Self {
        let count = flow.tasks.len();
        let mut facts = Self {
            finally: finally(flow),
            soft: vec![false; count],
            gated: vec![false; count],
            read: vec![false; count],
            told: vec![false; count],
        };
        for read in reads(flow) {
            let (Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task }) =
                read.reference.as_ref()
            else {
                continue;
            };
            if read.reader != Reader::Task(*task) {
                facts.read[task.index()] = true;
            }
        }
        if facts.finally == Finally::Tasks {
            flow.roots.iter().for_each(|root| facts.soften(flow, *root));
        }
        let mut looked_at = vec![false; count];
        let fails_fast = flow.fails_fast();
        facts.level(flow, analysis, &flow.roots, fails_fast, &mut looked_at);
        facts.level(flow, analysis, &flow.finally, false, &mut looked_at);
        for (_, task) in flow.iter() {
            if let Some(group) = task.group() {
                let fails_fast = task.fails_fast();
                let children = &group.children;
                facts.level(flow, analysis, children, fails_fast, &mut looked_at);
                if task.for_each.is_some() {
                    let children = &group.children;
                    children.iter().for_each(|child| facts.soften(flow, *child));
                }
            }
        }
        for id in &analysis.order {
            let task = flow.task(*id);
            let rule = task.trigger_rule.value;
            let by_state = rule != TriggerRule::AllDone
                && task.upstream.iter().any(|up| facts.is_stateful(up.task));
            let may_be_empty = task.for_each.as_ref().is_some_and(|for_each| {
                for_each.filter.is_some()
                    || for_each
                        .literal_items()
                        .is_none_or(|items| items.is_empty())
            });
            let may_be_refused = constrained(task).next().is_some();
            facts.gated[id.index()] =
                task.when.is_some() || may_be_empty || may_be_refused || by_state;
        }
        let always = facts.finally == Finally::Tasks;
        facts.tell(flow, analysis, &flow.roots, always);
        facts.tell(flow, analysis, &flow.finally, always);
        for (id, task) in flow.iter() {
            if let Some(group) = task.group() {
                let told = facts.told[id.index()] || task.for_each.is_some();
                facts.tell(flow, analysis, &group.children, told);
            }
        }
        facts
    }

    /// Whether its failure is a state instead of an end.
    pub fn is_soft(&self, task: TaskId) -> bool {
        self.soft[task.index()]
    }

    /// Whether something decides if it runs at all.
    pub fn is_gated(&self, task: TaskId) -> bool {
        self.gated[task.index()]
    }

    /// Whether it may end otherwise than succeeded while the flow goes on.
    pub fn is_stateful(&self, task: TaskId) -> bool {
        self.is_soft(task) || self.is_gated(task)
    }

    /// Whether an output, artifact or status of it is read by another.
    pub fn is_read(&self, task: TaskId) -> bool {
        self.read[task.index()]
    }

    /// Whether its state is an output.
    pub fn is_told(&self, task: TaskId) -> bool {
        self.told[task.index()]
    }

    /// Whether its failure, which is a state, has to fail what it is in.
    pub fn counts(&self, flow: &Flow, task: TaskId) -> bool {
        self.is_soft(task) && !flow.task(task).always_allowed_to_fail()
    }

    /// Where a last task judges the level, it waits for all of it, so all have to have a state.
    fn tell(&mut self, flow: &Flow, analysis: &Analysis, level: &[TaskId], is_judged: bool) {
        let is_judged = is_judged || level.iter().any(|id| self.counts(flow, *id));
        for id in level {
            let is_wanted = is_judged || self.is_read(*id) || !analysis.downstream(*id).is_empty();
            self.told[id.index()] = self.is_stateful(*id) && is_wanted;
        }
    }

    fn level(
        &mut self,
        flow: &Flow,
        analysis: &Analysis,
        level: &[TaskId],
        fails_fast: bool,
        looked_at: &mut [bool],
    ) {
        for id in level {
            let task = flow.task(*id);
            let retried = task.max_retries() > 0;
            if task
                .allow_failure
                .as_ref()
                .is_some_and(|e| e.as_literal() != Some(&Value::Boolean(false)))
                || (retried && task.retry_on.is_some())
            {
                self.soften(flow, *id);
            }
            if looks_at_failures(task.trigger_rule.value) {
                let mut before = upstream_of(task);
                while let Some(upstream) = before.pop() {
                    // What is before one that was met was met with it.
                    if !std::mem::replace(&mut looked_at[upstream.index()], true) {
                        self.soften(flow, upstream);
                        before.extend(upstream_of(flow.task(upstream)));
                    }
                }
            }
        }
        if !fails_fast {
            self.independent(flow, analysis, level);
        }
    }

    /// After a failure, what does not wait for it still runs: neither a dependency between two tasks
    /// that have nothing to do with a third, nor one within what a task becomes, must be cut by it.
    fn independent(&mut self, flow: &Flow, analysis: &Analysis, level: &[TaskId]) {
        for id in independent::beside(flow, analysis, level, may_be_several) {
            self.soften(flow, id);
        }
    }

    fn soften(&mut self, flow: &Flow, task: TaskId) {
        let mut stack = vec![task];
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut self.soft[id.index()], true)
                && let Some(group) = flow.task(id).group()
            {
                stack.extend(&group.children);
            }
        }
    }
}

fn upstream_of(task: &Task) -> Vec<TaskId> {
    task.upstream.iter().map(|upstream| upstream.task).collect()
}

/// Whether the flow has to run to know that the parameter takes the value.
pub(super) fn is_constrained(binding: &Binding) -> bool {
    let parameter = &binding.parameter;
    let takes_all = parameter.min.is_none()
        && parameter.max.is_none()
        && parameter.choices.is_none()
        && parameter.pattern.is_none()
        && binding.value.ty != Type::Any;
    !takes_all && binding.value.as_literal().is_none()
}

/// What a sub-flow is given that it may refuse.
pub(super) fn constrained(task: &Task) -> impl Iterator<Item = &Binding> {
    let sub_flow = task.group().and_then(|group| group.sub_flow.as_ref());
    let bindings = sub_flow.into_iter().flat_map(|sub_flow| &sub_flow.bindings);
    bindings.filter(|binding| is_constrained(binding))
}

/// Whether Kubeflow may get several tasks for this one, of which one waits for another.
pub(super) fn may_be_several(task: &Task) -> bool {
    let is_given = |expr: &Expr| {
        super::lower::is_exact(&expr.ty)
            && matches!(
                &expr.kind,
                ExprKind::Ref(
                    Ref::Parameter { scope: None, .. }
                        | Ref::RunId
                        | Ref::Secret { .. }
                        | Ref::Item { .. }
                        | Ref::Index { .. }
                        | Ref::Output { .. }
                        | Ref::Artifact { .. }
                        | Ref::OwnOutput { .. }
                        | Ref::OwnArtifact { .. }
                )
            )
    };
    let is_literal = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(_));
    let is_plain = |template: &Template| {
        template.as_literal().is_some()
            || template.as_expr().is_some_and(is_literal)
            || template.parts.iter().all(|part| match part {
                Part::Text(text) => !text.contains(['$', '{']),
                Part::Expr(expr) => is_given(expr),
            })
    };
    let resources = &task.resources;
    let mut amounts = [&resources.cpu, &resources.memory, &resources.disk]
        .into_iter()
        .flatten()
        .chain(resources.gpu.iter().map(|gpu| &gpu.count));
    task.group().is_some()
        || task.for_each.is_some()
        || task.when.is_some()
        || amounts.any(|amount| matches!(amount, Amount::Computed(_)))
        || !task.cache.iter().all(|cache| is_plain(&cache.key))
        || task.process().is_some_and(|process| {
            let words = match &process.command {
                Command::Argv(words) => words.iter().all(is_plain),
                Command::Script { .. } => true,
            };
            !words
                || !process.image.as_deref().is_none_or(is_plain)
                || !process.env.iter().all(|variable| is_plain(&variable.value))
        })
}

/// Whether the rule lets a task run after a failure, or skips it where Kubeflow would say nothing.
fn looks_at_failures(rule: TriggerRule) -> bool {
    match rule {
        TriggerRule::AllSuccess
        | TriggerRule::NoneFailed
        | TriggerRule::NoneFailedMinOneSuccess => false,
        TriggerRule::OneSuccess
        | TriggerRule::AllDone
        | TriggerRule::AllFailed
        | TriggerRule::OneFailed
        | TriggerRule::AllSkipped
        | TriggerRule::NoneSkipped => true,
    }
}

fn finally(flow: &Flow) -> Finally {
    match flow.finally.as_slice() {
        [] => Finally::None,
        [one] if is_plain_exit(flow.task(*one)) => Finally::Exit(*one),
        _ => Finally::Tasks,
    }
}

/// Whether a task needs nothing that an exit task cannot have.
fn is_plain_exit(task: &Task) -> bool {
    let Body::Process(Process {
        image,
        workdir: _,
        env,
        command,
    }) = &task.body
    else {
        return false;
    };
    let plain = |template: &Template| {
        template.exprs().all(|expr| {
            matches!(
                &expr.kind,
                ExprKind::Literal(_)
                    | ExprKind::Ref(
                        Ref::Parameter { scope: None, .. }
                            | Ref::RunId
                            | Ref::Secret { .. }
                            | Ref::OwnOutput { .. }
                            | Ref::OwnArtifact { .. }
                    )
            ) && super::lower::is_exact(&expr.ty)
        })
    };
    let is_status = |template: &Template| {
        matches!(template.parts.as_slice(), [Part::Expr(expr)]
            if expr.kind == ExprKind::Ref(Ref::RunStatus))
    };
    let words = match command {
        Command::Argv(words) => words.iter().all(plain),
        Command::Script { .. } => true,
    };
    words
        && image
            .as_ref()
            .is_none_or(|image| image.as_literal().is_some())
        && env.iter().all(|e| plain(&e.value) || is_status(&e.value))
        && task.when.is_none()
        && task.for_each.is_none()
        && task.allow_failure.is_none()
        && task.retry_on.is_none()
        && task.resources == Default::default()
        && task.cache.is_none()
}
