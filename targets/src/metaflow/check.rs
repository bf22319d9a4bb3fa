//! What Metaflow cannot take, found before anything is written. Features as such are the support
//! table's matter.

use flowc_core::checks::large_object;
use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::flow::{Flow, TargetFields, Task};
use flowc_core::source::Span;
use flowc_core::target::Settings as TargetSettings;

use super::fields::{TASK_FIELDS, kind_of};
use super::lower::{Lowering, is_reserved};
use super::settings::{Runner, Settings};
use crate::fields;
use crate::object::KUBERNETES;

/// The most retries that Metaflow takes.
const MOST_RETRIES: u32 = 4;
/// Above this many tasks, a flow is refused before it is taken apart.
const MOST_TASKS: usize = 1000;
/// How many steps one after the other Metaflow's recursive walks bear.
const LONGEST: usize = 1000;
/// How many steps Metaflow's walks over all branches may visit: a fraction of a second, at every step.
const MOST_VISITS: f64 = 20_000.0;

/// The bytes of the template that Metaflow makes for Argo: for each step, and beside them.
const ARGO_STEP: usize = 6_000;
const ARGO_START: usize = 7_000;

/// Whether a flow is small enough to be taken apart.
pub(super) fn is_small_enough(flow: &Flow) -> bool {
    flow.tasks.len() <= MOST_TASKS
}

/// Reports every problem that only this target has. `lowering` is absent when the flow is too large.
pub(super) fn check(
    flow: &Flow,
    target: &TargetSettings,
    lowering: Option<&Lowering<'_>>,
    diagnostics: &mut Diagnostics,
) {
    let settings = Settings::new(target);
    let mut check = Check {
        flow,
        target,
        runner: settings.runner,
        diagnostics,
    };
    check.flow_fields();
    check.parameters(lowering);
    for task in &flow.tasks {
        check.fields(&task.targets);
        check.task(task);
    }
    match lowering {
        Some(lowering) => check.form(lowering),
        None => check.cannot(
            flow.name.span,
            format!(
                "the flow has {} tasks; more than {MOST_TASKS} are too many steps for Metaflow",
                flow.tasks.len()
            ),
            "divide the flow into several",
        ),
    }
}

struct Check<'c> {
    flow: &'c Flow,
    target: &'c TargetSettings,
    runner: Runner,
    diagnostics: &'c mut Diagnostics,
}

impl Check<'_> {
    fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.target = Some(self.target.spec());
        self.diagnostics.push(diagnostic);
    }

    fn cannot(&mut self, span: Span, message: String, help: &str) {
        self.report(Diagnostic::error("unsupported-feature", span, message).help(help));
    }

    /// What Metaflow's form of a graph adds, and what its own checks do not get through.
    fn form(&mut self, lowering: &Lowering<'_>) {
        for wait in &lowering.added {
            let task = self.flow.task(wait.task);
            let upstream = self.flow.task(wait.upstream);
            let message = format!(
                "task `{}` waits longer than it must: Metaflow starts it after the end of `{}`",
                task.path, upstream.path
            );
            self.report(
                Diagnostic::warning("lossy-feature", task.name.span, message)
                    .label(
                        upstream.name.span,
                        "nothing but the form makes it wait for this",
                    )
                    .help("Metaflow has only splits and joins that are properly nested"),
            );
        }
        let steps = lowering.steps_count();
        let bytes = ARGO_START + steps * ARGO_STEP;
        let is_deployed = self.flow.schedule.is_some() && self.runner == Runner::Kubernetes;
        if is_deployed && bytes > KUBERNETES.bytes {
            let mut problem = large_object::beyond(self.flow, bytes, KUBERNETES, self.target);
            let help = format!(
                "a schedule needs `argo-workflows create`, whose template has about {} kB for each of \
                 the {steps} steps, whatever they run; write tasks that differ in one value as one `for_each`, \
                 or cut the flow in two",
                ARGO_STEP / 1000
            );
            problem.help = vec![help];
            self.report(problem);
        }
        let longest = lowering.longest();
        if longest > LONGEST {
            self.cannot(
                self.flow.name.span,
                format!(
                    "{longest} steps follow each other; Metaflow's checks fail above {LONGEST}"
                ),
                "divide the flow into several",
            );
        } else if lowering.visits() > MOST_VISITS {
            self.cannot(
                self.flow.name.span,
                "Metaflow's own check follows every way through the branches one by one, and there \
                 are too many of them: each split that comes after a join multiplies them"
                    .to_owned(),
                "divide the flow where branches have joined, or let fewer tasks run side by side",
            );
        }
    }

    fn parameters(&mut self, lowering: Option<&Lowering<'_>>) {
        let flow = self.flow;
        for parameter in &flow.parameters {
            let name = &parameter.name;
            if is_reserved(&name.value)
                && let Some(lowering) = lowering
            {
                let message = format!(
                    "Metaflow keeps the name `{}`; there the parameter is `{}`",
                    name.value,
                    lowering.parameter(&name.value)
                );
                self.report(Diagnostic::warning("lossy-feature", name.span, message));
            }
            if flow.schedule.is_some() && parameter.default.is_none() {
                let message = format!(
                    "parameter `{}` has no default, so scheduled runs could not start",
                    name.value
                );
                self.cannot(name.span, message, "give it a default");
            }
        }
    }

    fn task(&mut self, task: &Task) {
        if let Some(retries) = task.retries.as_ref().filter(|r| r.value > MOST_RETRIES) {
            self.cannot(
                retries.span,
                format!("Metaflow tries a step again at most {MOST_RETRIES} times"),
                "say 4 retries or fewer",
            );
        }
        if let Some(process) = task.process()
            && process.image.is_none()
            && self.runner == Runner::Kubernetes
        {
            self.cannot(
                task.name.span,
                format!("task `{}` has no image to run in", task.path),
                "say `image` on the task or in `defaults`, or set the option `runner=process`",
            );
        }
        if let Some(limit) = task
            .max_parallel
            .as_ref()
            .filter(|_| task.group().is_some() && task.for_each.is_some())
        {
            let message = format!(
                "the limit holds for the processes in group `{}`, not for its instances",
                task.path
            );
            self.report(Diagnostic::warning("lossy-feature", limit.span, message));
        }
    }

    /// A flow has no field of its own here.
    fn flow_fields(&mut self) {
        let Some(set) = self.flow.targets.targets.get("metaflow") else {
            return;
        };
        for (name, value) in &set.fields {
            let message = format!("target `metaflow` has no field `{name}` here");
            self.report(
                Diagnostic::error("unknown-target-field", value.span, message)
                    .help("its fields belong to tasks"),
            );
        }
    }

    fn fields(&mut self, own: &TargetFields) {
        for problem in fields::problems(own, self.target, TASK_FIELDS, kind_of) {
            self.report(problem);
        }
    }
}
