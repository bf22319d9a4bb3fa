//! What Airflow cannot take, found before anything is written. Features as such are the support
//! table's matter.

use std::borrow::Cow;

use flowc_core::checks::target_limit;
use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::expr::{Expr, ExprKind, Ref, Template};
use flowc_core::flow::{Amount, Flow, Process, Service, TargetFields, Task, TaskId};
use flowc_core::source::Span;
use flowc_core::target::Settings as TargetSettings;
use rustc_hash::{FxHashMap, FxHashSet};

use super::expr::Expressions;
use super::fields::{DAG_FIELDS, TASK_FIELDS, kind_of};
use super::lower::{Facts, Lowering, whole_secret};
use super::settings::{Runner, Settings, Version};
use super::{limits, unroll};
use crate::fields;
use crate::python::Code;

/// Reports every problem that only this target has, and gives the plan with what was found out about it.
pub(super) fn check<'f>(
    flow: &'f Flow,
    target: &TargetSettings,
    diagnostics: &mut Diagnostics,
) -> (Cow<'f, Flow>, Facts) {
    let settings = Settings::new(target);
    let plan = unroll::Plan::new(flow);
    let written_out = unroll::unrolled(flow);
    let original = flow;
    let flow = written_out.as_ref();
    let facts = Facts::new(flow, settings.version);
    let mut check = Check {
        flow,
        target,
        settings: &settings,
        told: FxHashSet::default(),
        diagnostics,
    };
    check.nested(original, plan);
    check.fields(&flow.targets, DAG_FIELDS);
    check.schedule();
    check.instance_names();
    check.group_names();
    let lowering = Lowering::new(flow, &settings, &facts);
    check.sizes(&lowering);
    for (id, task) in flow.iter() {
        check.fields(&task.targets, TASK_FIELDS);
        check.task(id, task, &lowering);
    }
    (written_out, facts)
}

struct Check<'c> {
    flow: &'c Flow,
    target: &'c TargetSettings,
    settings: &'c Settings<'c>,
    /// What was said already: of the tasks that one fan-out has become, the first speaks for all.
    told: FxHashSet<(&'static str, Span)>,
    diagnostics: &'c mut Diagnostics,
}

impl Check<'_> {
    fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.target = Some(self.target.spec());
        if self.told.insert((diagnostic.code, diagnostic.primary.span)) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn cannot(&mut self, span: Span, message: String, help: &str) {
        self.report(Diagnostic::error("unsupported-feature", span, message).help(help));
    }

    fn loses(&mut self, span: Span, message: String) {
        self.report(Diagnostic::warning("lossy-feature", span, message));
    }

    /// Fan-outs inside fan-outs: what cannot be written out, and what is lost where it is.
    fn nested(&mut self, flow: &Flow, plan: unroll::Plan) {
        for (span, message) in plan.refused {
            let help = "write one of the lists out, or make one list of both";
            self.cannot(span, message, help);
        }
        let written_out = flow.iter().filter(|(id, _)| plan.written_out[id.index()]);
        for (_, task) in written_out {
            if let Some(limit) = &task.max_parallel {
                let message = format!(
                    "the limit is lost: each element of fan-out `{}` becomes a task of its own",
                    task.path
                );
                self.loses(limit.span, message);
            }
        }
    }

    /// Airflow refuses a DAG with a schedule whose parameters have no values.
    fn schedule(&mut self) {
        if self.flow.schedule.is_none() {
            return;
        }
        for parameter in self
            .flow
            .parameters
            .iter()
            .filter(|parameter| parameter.default.is_none())
        {
            let message = format!(
                "parameter `{}` has no default, so scheduled runs could not start",
                parameter.name.value
            );
            self.cannot(parameter.name.span, message, "give it a default");
        }
    }

    /// How large the DAG is.
    fn sizes(&mut self, lowering: &Lowering<'_>) {
        let flow = self.flow;
        let own = lowering.additions().len();
        let mapped = flow.iter().filter(|(id, _)| lowering.shape(*id).items);
        let mapped = mapped.filter_map(|(_, task)| {
            let fan_out = task.for_each.as_ref()?;
            Some((fan_out.list.span, fan_out.literal_items()?))
        });
        for problem in limits::problems(flow, flow.tasks.len() + own, mapped, self.target) {
            self.report(problem);
        }
    }

    /// Airflow 3 names the state of an instance `task_0`, which may be another task's name.
    fn instance_names(&mut self) {
        let is_fan_out = |task: &Task| task.for_each.is_some();
        if self.settings.version == Version::V2 || !self.flow.tasks.iter().any(is_fan_out) {
            return;
        }
        let paths: FxHashMap<&str, TaskId> = self
            .flow
            .iter()
            .map(|(id, task)| (task.path.as_str(), id))
            .collect();
        let mut clashes = Vec::new();
        for task in &self.flow.tasks {
            let Some((start, index)) = task.path.rsplit_once('_') else {
                continue;
            };
            let is_index = !index.is_empty() && index.bytes().all(|c| c.is_ascii_digit());
            let Some(&other) = paths.get(start).filter(|_| is_index) else {
                continue;
            };
            if self.flow.fan_out_of(other).is_some() {
                let span = self.flow.task(other).name.span;
                clashes.push((task.name.span, span, task.path.clone(), start.to_owned()));
            }
        }
        for (span, other, name, fan_out) in clashes {
            let message =
                format!("task `{name}` has the name that Airflow gives an instance of `{fan_out}`");
            self.report(
                Diagnostic::error("name-clash", span, message)
                    .label(other, "its instances are numbered")
                    .help("rename one of the two"),
            );
        }
    }

    /// Airflow 2 compares the bare name of a group in a group with the groups of the top level before it.
    fn group_names(&mut self) {
        if self.settings.version == Version::V3 {
            return;
        }
        let mut above: FxHashMap<&str, Span> = FxHashMap::default();
        let mut clashes = Vec::new();
        for task in self.flow.tasks.iter().filter(|task| task.group().is_some()) {
            if task.parent.is_none() {
                above.insert(&task.name.value, task.name.span);
            } else if let Some(other) = above.get(task.name.value.as_str()) {
                clashes.push((task.name.span, *other, task.path.clone()));
            }
        }
        for (span, other, path) in clashes {
            let message = format!("group `{path}` has the name of a group of the top level");
            self.report(
                Diagnostic::error("name-clash", span, message)
                    .label(other, "Airflow 2 takes them for the same")
                    .help("rename one of the two, or use Airflow 3"),
            );
        }
    }

    fn task(&mut self, id: TaskId, task: &Task, lowering: &Lowering<'_>) {
        if let Some(process) = task.process() {
            self.process(id, task, process, lowering);
        }
        let is_group = task.group().is_some();
        if let Some(allowed) = task
            .allow_failure
            .as_ref()
            .filter(|_| is_group && task.for_each.is_some())
            && allowed.as_literal().is_none()
        {
            self.cannot(
                allowed.span,
                format!(
                    "whether an instance of group `{}` may fail cannot depend on its item",
                    task.path
                ),
                "say `allow_failure` on the tasks in the group",
            );
        }
        if let Some(allowed) = &task.allow_failure
            && task.for_each.is_none()
            && allowed.as_literal().is_none()
        {
            let message = format!(
                "whether task `{}` may fail cannot depend on the item of a fan-out around it",
                task.path
            );
            self.cannot(allowed.span, message, "say `true` or `false`");
        }
        if let Some(limit) = task
            .max_parallel
            .as_ref()
            .filter(|_| is_group && task.for_each.is_some())
        {
            self.loses(
                limit.span,
                format!(
                    "the limit holds for each task in group `{}`, not for the group as a whole",
                    task.path
                ),
            );
        }
        if let Some(backoff) = task
            .backoff
            .as_ref()
            .filter(|_| self.settings.version == Version::V2)
        {
            let factor = backoff.factor.value;
            if factor != 1.0 && factor != 2.0 && factor.fract() == 0.0 {
                self.loses(
                    backoff.factor.span,
                    format!(
                        "Airflow 2 doubles the waits before retries; the factor {factor} is lost"
                    ),
                );
            }
        }
    }

    fn process(&mut self, id: TaskId, task: &Task, process: &Process, lowering: &Lowering<'_>) {
        let in_container = self.settings.runner != Runner::Process;
        match &process.image {
            None if in_container => self.cannot(
                task.name.span,
                format!("task `{}` has no image to run in", task.path),
                "say `image` on the task or in `defaults`, or set the option `runner=process`",
            ),
            Some(image) if in_container && image.as_literal().is_none() => {
                let code = Expressions::new(lowering, Some(id)).field(image);
                self.computed_field(&code, image.span, "image");
            }
            _ => {}
        }
        if self.settings.runner == Runner::Kubernetes {
            for service in &task.services {
                self.service(service);
            }
            for variable in &process.env {
                self.pod_secret(&variable.name.value, &variable.value);
            }
            for amount in amounts(task) {
                let code = Expressions::new(lowering, Some(id)).value(amount);
                self.computed_field(&code, amount.span, "resources");
            }
        }
    }

    /// These are templates of Airflow's own operators, which compute nothing else.
    fn computed_field(&mut self, code: &Code<'_>, span: Span, field: &str) {
        if matches!(code, Code::Call(function, _) if function == "Computed") {
            self.cannot(
                span,
                format!("`{field}` can be a plain reference here, not an expression"),
                "compute the value in a task and refer to its output",
            );
        }
    }

    /// A service's container is written down with the pod, before anything is computed.
    fn service(&mut self, service: &Service) {
        if service.name.value.contains('_') {
            self.report(target_limit::beyond(
                &format!("the service name `{}`", service.name.value),
                "a host name holds no `_`",
                service.name.span,
                self.target,
            ));
        }
        for variable in &service.env {
            if variable.value.as_literal().is_none() && whole_secret(&variable.value).is_none() {
                self.cannot(
                    variable.value.span,
                    format!(
                        "the variable `{}` of a service can be a text or a secret, not an expression",
                        variable.name.value
                    ),
                    "write the value out, or give it to the process that uses the service",
                );
            }
        }
    }

    /// A pod takes a secret as the whole value of a variable.
    fn pod_secret(&mut self, variable: &str, value: &Template) {
        if whole_secret(value).is_some() {
            return;
        }
        let mut found = None;
        for expr in value.exprs() {
            expr.refs(&mut |reference, span, _| {
                if matches!(reference, Ref::Secret { .. }) {
                    found = found.or(Some(span));
                }
            });
        }
        if let Some(span) = found {
            self.cannot(
                span,
                format!("the pod's variable `{variable}` can be a secret, but not hold one"),
                "give the secret a variable of its own, and put the two together in the process",
            );
        }
    }

    fn fields(&mut self, own: &TargetFields, known: &[(&str, &str)]) {
        for problem in fields::problems(own, self.target, known, kind_of) {
            self.report(problem);
        }
    }
}

/// The amounts of a task that are computed when the flow runs.
fn amounts(task: &Task) -> Vec<&Expr> {
    let resources = &task.resources;
    let gpu = resources.gpu.as_ref().map(|gpu| &gpu.count);
    let all = [&resources.cpu, &resources.memory, &resources.disk];
    let all = all.into_iter().flatten().chain(gpu);
    all.filter_map(|amount| match amount {
        Amount::Computed(expr) if !matches!(expr.kind, ExprKind::Literal(_)) => Some(expr),
        _ => None,
    })
    .collect()
}
