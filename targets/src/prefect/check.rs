//! What Prefect cannot take, found before anything is written. Features as such are the support
//! table's matter.

use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::flow::{Flow, TargetFields, Task};
use flowc_core::source::Span;
use flowc_core::target::Settings as TargetSettings;

use super::fields::{FLOW_FIELDS, TASK_FIELDS, kind_of};
use super::lower::parameter_name;
use super::settings::{Runner, Settings};
use crate::fields;

/// Reports every problem that only this target has.
pub(super) fn check(flow: &Flow, target: &TargetSettings, diagnostics: &mut Diagnostics) {
    let mut check = Check {
        flow,
        target,
        diagnostics,
    };
    check.fields(&flow.targets, FLOW_FIELDS);
    check.parameters();
    check.schedule();
    for task in &flow.tasks {
        check.fields(&task.targets, TASK_FIELDS);
        check.task(task);
    }
}

struct Check<'c> {
    flow: &'c Flow,
    target: &'c TargetSettings,
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

    /// A parameter of the flow is one of a Python function, under the same name where it can be.
    fn parameters(&mut self) {
        let flow = self.flow;
        for parameter in &flow.parameters {
            let name = &parameter.name.value;
            let own = parameter_name(name);
            if own == *name {
                continue;
            }
            let message = format!(
                "parameter `{name}` is called `{own}` in Prefect, as `{name}` has a meaning of its own there"
            );
            self.report(Diagnostic::warning(
                "lossy-feature",
                parameter.name.span,
                message,
            ));
            if flow.parameters.iter().any(|other| other.name.value == own) {
                let message = format!("there is a parameter `{own}` beside `{name}`");
                self.report(
                    Diagnostic::error("name-clash", parameter.name.span, message)
                        .help("rename one of the two"),
                );
            }
        }
    }

    /// A scheduled run has only the defaults.
    fn schedule(&mut self) {
        let flow = self.flow;
        if flow.schedule.is_none() {
            return;
        }
        for parameter in flow.parameters.iter().filter(|p| p.default.is_none()) {
            let message = format!(
                "parameter `{}` has no default, so scheduled runs could not start",
                parameter.name.value
            );
            self.cannot(parameter.name.span, message, "give it a default");
        }
    }

    fn task(&mut self, task: &Task) {
        let is_bare = task
            .process()
            .is_some_and(|process| process.image.is_none());
        if is_bare && Settings::new(self.target).runner != Runner::Process {
            self.cannot(
                task.name.span,
                format!("task `{}` has no image to run in", task.path),
                "say `image` on the task or in `defaults`, or set the option `runner=process`",
            );
        }
        let by_item = task
            .allow_failure
            .as_ref()
            .filter(|allowed| allowed.as_literal().is_none());
        if let Some(allowed) = by_item.filter(|_| self.is_under_fail_fast(task)) {
            let message = format!(
                "whether an instance of `{}` may fail cannot depend on its item under `fail_fast`",
                task.path
            );
            self.cannot(
                allowed.span,
                message,
                "leave out `fail_fast`, or allow all or no failures",
            );
        }
        if let Some(allowed) = task
            .allow_failure
            .as_ref()
            .filter(|_| task.group().is_some() && task.always_allowed_to_fail())
            .filter(|_| self.is_under_fail_fast(task))
        {
            let message = format!(
                "a failure in group `{}` cannot be allowed under `fail_fast`",
                task.path
            );
            self.cannot(
                allowed.span,
                message,
                "leave out `fail_fast`, or allow the failures of the tasks in the group",
            );
        }
    }

    fn is_under_fail_fast(&self, task: &Task) -> bool {
        let groups = std::iter::successors(Some(task), |task| {
            task.parent.map(|parent| self.flow.task(parent))
        });
        self.flow.fails_fast() || groups.into_iter().any(|task| task.fails_fast())
    }

    fn fields(&mut self, own: &TargetFields, known: &[(&str, &str)]) {
        for problem in fields::problems(own, self.target, known, kind_of) {
            self.report(problem);
        }
    }
}
