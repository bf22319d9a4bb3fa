//! What Kubeflow cannot take, found before anything is written.

use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::expr::Value;
use flowc_core::flow::{Flow, TargetFields, Task};
use flowc_core::source::Span;
use flowc_core::suggest::did_you_mean;
use flowc_core::target::Settings;

use super::affinity;
use super::facts::constrained;
use super::fields::{TASK_FIELDS, problem};
use super::lower;
use super::model::Pipeline;

/// Reports every problem that only this target has; the pipeline that it looked at, when it got so far.
pub(super) fn check<'f>(
    flow: &'f Flow,
    settings: &'f Settings,
    diagnostics: &mut Diagnostics,
) -> Option<Pipeline<'f>> {
    let mut check = Check {
        settings,
        diagnostics,
    };
    check.parameters(flow);
    if let (Some(timeout), false) = (&flow.timeout, flow.finally.is_empty()) {
        let message = "the run's timeout ends a run of Kubeflow as a whole, `finally` included";
        let mut diagnostic = Diagnostic::warning("lossy-feature", timeout.span, message);
        diagnostic.target = Some(settings.spec());
        check.diagnostics.push(diagnostic);
    }
    check.fields(&flow.targets, &[]);
    for task in &flow.tasks {
        check.task(task);
        check.affinity(task);
        check.fields(&task.targets, TASK_FIELDS);
    }
    if check.diagnostics.has_errors() {
        return None;
    }
    let lowered = lower::lower(flow, settings);
    for (span, message) in lowered.problems {
        let help = "compute the value in a task and read it as an output";
        check.cannot(span, message, help);
    }
    Some(lowered.pipeline)
}

struct Check<'c> {
    settings: &'c Settings,
    diagnostics: &'c mut Diagnostics,
}

impl Check<'_> {
    fn cannot(&mut self, span: Span, message: String, help: &str) {
        let mut diagnostic = Diagnostic::error("unsupported-feature", span, message).help(help);
        diagnostic.target = Some(self.settings.spec());
        self.diagnostics.push(diagnostic);
    }

    /// Values of parameters travel as values, in which Kubeflow replaces its placeholders.
    fn parameters(&mut self, flow: &Flow) {
        for parameter in &flow.parameters {
            let default = parameter
                .default
                .iter()
                .map(|value| (&value.value, value.span));
            let choices = parameter
                .choices
                .iter()
                .flat_map(|choices| choices.value.iter().map(|value| (value, choices.span)));
            for (value, span) in default.chain(choices) {
                if value.text().contains("{{$") {
                    self.placeholder(span, &format!("parameter `{}`", parameter.name.value));
                }
            }
        }
    }

    fn task(&mut self, task: &Task) {
        if let Some(items) = task.for_each.as_ref().and_then(|each| each.literal_items()) {
            let all = Value::List(items.to_vec()).json();
            if all.contains("{{$")
                && let Some(for_each) = &task.for_each
            {
                self.placeholder(for_each.span, "an element of a fan-out");
            }
        }
        self.given(task);
        if let Some(allowed) = &task.allow_failure
            && allowed.as_literal().is_none()
            && task.for_each.is_none()
        {
            self.cannot(
                allowed.span,
                "whether a failure is allowed has to be known before the run for Kubeflow".into(),
                "write `true` or `false`",
            );
        }
    }

    /// A fan-out knows its elements before it starts, but a value only in its instances, where a
    /// refusal is too late to fail the sub-flow instead of a task in it.
    fn given(&mut self, task: &Task) {
        if task.for_each.is_none() {
            return;
        }
        for binding in constrained(task) {
            self.cannot(
                binding.value.span,
                format!(
                    "Kubeflow cannot refuse a value of `{}` for a single element",
                    binding.parameter.name.value
                ),
                "take the limits away, or use the sub-flow inside a group with `for_each`",
            );
        }
    }

    fn placeholder(&mut self, span: Span, what: &str) {
        self.cannot(
            span,
            format!("`{{{{$` in {what} would be read as a placeholder of Kubeflow"),
            "only `env`, `command` and `run` can hold such text",
        );
    }

    /// Terms that Kubeflow's document has no place for.
    fn affinity(&mut self, task: &Task) {
        if let Some(affinity) = &task.kubernetes.affinity
            && let Err(message) = affinity::terms(&affinity.value)
        {
            let help = "say it otherwise, or leave it to the cluster";
            self.cannot(affinity.span, message, help);
        }
    }

    fn fields(&mut self, fields: &TargetFields, known: &[(&str, &str)]) {
        let Some(set) = fields.targets.get("kubeflow") else {
            return;
        };
        for (name, value) in &set.fields {
            let names = known.iter().map(|(field, _)| *field);
            let (code, message, help) = if !names.clone().any(|field| field == name) {
                let all: Vec<&str> = names.clone().collect();
                let help = match all.as_slice() {
                    [] => "only tasks have fields of this target".to_owned(),
                    all => did_you_mean(name, names)
                        .unwrap_or_else(|| format!("known fields: {}", all.join(", "))),
                };
                let message = format!("target `kubeflow` has no field `{name}` here");
                ("unknown-target-field", message, Some(help))
            } else if let Some(problem) = problem(name, &value.value) {
                let message = format!("`{name}` of target `kubeflow` {problem}");
                ("type-mismatch", message, None)
            } else {
                continue;
            };
            let mut diagnostic = Diagnostic::error(code, value.span, message);
            if let Some(help) = help {
                diagnostic = diagnostic.help(help);
            }
            diagnostic.target = Some(self.settings.spec());
            self.diagnostics.push(diagnostic);
        }
    }
}
