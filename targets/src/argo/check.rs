//! What Argo cannot take, found before anything is written.

use std::collections::HashMap;

use flowc_core::analysis::Analysis;
use flowc_core::checks::{name_clash, target_limit};
use flowc_core::diagnostic::{Diagnostic, Diagnostics, Severity};
use flowc_core::expr::{Part, Template, Value};
use flowc_core::flow::{Body, FanOut, Flow, Group, Overlap, Service, TargetFields, Task, TaskId};
use flowc_core::source::{Span, Spanned};
use flowc_core::target::Settings;

use super::escape::has_tag;
use super::lower::facts;
use super::model::{Kind, Manifest};
use super::options::Options;
use super::{lower, names, patch};
use crate::fields;

/// The longest name of a cron workflow: its runs' names add a moment to it.
const MAX_CRON_NAME: usize = 52;

/// The most parts of an expression that Argo reads, with room for what stands around a list.
const MAX_PARTS: usize = 9_900;

/// Reports every problem that only this target has. Whether an expression can be said is seen by
/// lowering the flow, and what came of that is given back; nothing when it was not worth it.
pub(crate) fn check<'f>(
    flow: &'f Flow,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Option<Manifest<'f>> {
    let mut check = Check {
        flow,
        settings,
        diagnostics,
    };
    check.names();
    check.flow();
    for task in &flow.tasks {
        check.task(task);
    }
    check.fields(&flow.targets, patch::FLOW_FIELDS);
    (!check.diagnostics.has_errors()).then(|| check.expressions())
}

struct Check<'f, 'c> {
    flow: &'f Flow,
    settings: &'c Settings,
    diagnostics: &'c mut Diagnostics,
}

impl<'f> Check<'f, '_> {
    fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.target = Some(self.settings.spec());
        self.diagnostics.push(diagnostic);
    }

    fn loses(&mut self, span: Span, message: String) {
        self.report(Diagnostic::warning("lossy-feature", span, message));
    }

    fn cannot(&mut self, span: Span, message: String, help: &str) {
        self.report(Diagnostic::error("unsupported-feature", span, message).help(help));
    }

    fn names(&mut self) {
        let flow = self.flow;
        let names = flow
            .tasks
            .iter()
            .map(|task| (task.path.as_str(), task.name.span));
        name_clash::check_names(
            names,
            "task",
            names::dashed,
            self.settings,
            self.diagnostics,
        );
        let kind = Options::new(self.settings).kind(flow);
        if kind == Kind::CronWorkflow && flow.name.value.len() > MAX_CRON_NAME {
            self.diagnostics.push(target_limit::beyond(
                &format!("the name `{}`", flow.name.value),
                &format!("at most {MAX_CRON_NAME} characters for a cron workflow"),
                flow.name.span,
                self.settings,
            ));
        }
    }

    fn flow(&mut self) {
        let flow = self.flow;
        for parameter in &flow.parameters {
            let values = parameter
                .default
                .iter()
                .map(|value| (&value.value, value.span));
            let choices = parameter
                .choices
                .iter()
                .flat_map(|choices| choices.value.iter().map(|value| (value, choices.span)));
            for (value, span) in values.chain(choices) {
                if is_replaced(&value.text()) {
                    self.tag(span, &format!("parameter `{}`", parameter.name.value));
                }
            }
        }
        for (key, value) in &flow.labels {
            self.label(key, value);
        }
        if let Some(schedule) = &flow.schedule
            && schedule.overlap.value == Overlap::Replace
            && !flow.finally.is_empty()
        {
            self.loses(
                schedule.overlap.span,
                "`overlap: replace` ends the run before without running its `finally` tasks"
                    .to_owned(),
            );
        }
        let beside = !flow.services.is_empty();
        self.fail_fast(flow.fail_fast.as_ref(), &flow.roots, beside);
        if !beside {
            self.states_of_fail_fast();
        }
        self.services(&flow.services);
        self.services_beside();
    }

    fn services(&mut self, services: &[Service]) {
        for service in services {
            if service.name.value.contains('_') {
                self.diagnostics.push(target_limit::beyond(
                    &format!("the service name `{}`", service.name.value),
                    "a host name holds no `_`",
                    service.name.span,
                    self.settings,
                ));
            }
            if has_tag(&service.image) {
                self.tag(service.image.span, "an image");
            }
        }
    }

    /// What does not go together with a service that is a pod beside the tasks.
    fn services_beside(&mut self) {
        let flow = self.flow;
        let groups = || flow.tasks.iter().filter(|task| task.group().is_some());
        if let Some(service) = flow.services.first() {
            self.fail_fast_beside(flow.fail_fast.as_ref());
            if flow.finally.iter().any(|id| has_process(flow, *id)) {
                self.loses(
                    service.name.span,
                    "the services of a run end before its `finally` tasks start".to_owned(),
                );
            }
        }
        let served = |task: &Task| !task.services.is_empty() && !task.finally;
        if let Some(fail_fast) = flow.fail_fast.as_ref().filter(|fail_fast| fail_fast.value)
            && flow.services.is_empty()
            && groups().any(served)
        {
            self.loses(
                fail_fast.span,
                "`fail_fast` sees a failure in a group with services when the group has ended"
                    .to_owned(),
            );
        }
        for group in groups().filter(|group| !group.services.is_empty()) {
            if group.for_each.is_none() {
                self.fail_fast_beside(group.fail_fast.as_ref());
            }
            if flow.max_parallel.is_some() {
                self.cannot(
                    group.services[0].name.span,
                    "a service of a group would take a place of the run's `max_parallel` from its tasks"
                        .to_owned(),
                    "give the service to the flow, or the limit to the group",
                );
            }
        }
    }

    fn fail_fast_beside(&mut self, fail_fast: Option<&Spanned<bool>>) {
        if let Some(fail_fast) = fail_fast.filter(|fail_fast| fail_fast.value) {
            self.loses(
                fail_fast.span,
                "`fail_fast` has no effect beside services: Argo would wait for their end, and they \
                 for its"
                    .to_owned(),
            );
        }
    }

    fn task(&mut self, task: &Task) {
        if let Some(fan_out) = &task.for_each {
            self.list(fan_out);
        }
        for (key, value) in &task.kubernetes.labels {
            self.label(key, value);
        }
        self.services(&task.services);
        match &task.body {
            Body::Process(process) => {
                if let Some(image) = &process.image {
                    self.no_tag(image, "an image");
                }
                if let Some(workdir) = &process.workdir
                    && has_tag(workdir)
                {
                    self.tag(workdir.span, "a working directory");
                }
                if task.for_each.is_some() && task.max_retries() > 0 {
                    self.fail_fast_of_instances(task);
                }
            }
            Body::Group(group) => {
                let children: Vec<&Task> = group
                    .children
                    .iter()
                    .map(|id| self.flow.task(*id))
                    .collect();
                match &task.for_each {
                    Some(_) => self.fail_fast_of_instances(task),
                    None => {
                        let beside = !task.services.is_empty();
                        self.fail_fast(task.fail_fast.as_ref(), &group.children, beside);
                    }
                }
                self.group(group);
                let nested = children
                    .iter()
                    .any(|child| child.group().is_some() || child.for_each.is_some());
                if let (Some(limit), true, None) = (&task.max_parallel, nested, &task.for_each) {
                    self.loses(
                        limit.span,
                        "`max_parallel` of a group counts a group or a limited fan-out inside it as one"
                            .to_owned(),
                    );
                }
            }
            Body::Approve(approve) => {
                let texts = approve.choices.iter().chain(&approve.default);
                for text in texts {
                    if has_tag(text) {
                        self.tag(text.span, "an answer");
                    }
                }
            }
            Body::Wait(_) => {}
        }
        self.fields(&task.targets, patch::TASK_FIELDS);
    }

    /// A value of `with`, or one that a group exports, is written as an expression.
    fn group(&mut self, group: &Group) {
        let bindings = group
            .sub_flow
            .iter()
            .flat_map(|sub_flow| &sub_flow.bindings);
        let exports = group.outputs.iter().map(|export| &export.value);
        for value in bindings.map(|binding| &binding.value).chain(exports) {
            let mut all = 0;
            value.walk(&mut |expr| all += expr.as_literal().map_or(0, parts));
            if all > MAX_PARTS {
                self.diagnostics.push(target_limit::beyond(
                    "this value",
                    "an expression of 10,000 parts, where each pair of braces in a text is two more",
                    value.span,
                    self.settings,
                ));
            }
        }
    }

    /// The elements of a literal list stand in an expression.
    fn list(&mut self, fan_out: &FanOut) {
        let Some(items) = fan_out.literal_items() else {
            return;
        };
        let parts: usize = items.iter().map(parts).sum();
        if parts > MAX_PARTS {
            self.diagnostics.push(target_limit::beyond(
                &format!("the list of {} elements", items.len()),
                "an expression of 10,000 parts, where each pair of braces in a text is two more",
                fan_out.list.span,
                self.settings,
            ));
        }
    }

    /// Of a template with `failFast`, Argo counts a failure that is allowed, too, and waits for the
    /// pods that stand in it directly: not for those of a DAG in it.
    fn fail_fast(&mut self, fail_fast: Option<&Spanned<bool>>, level: &[TaskId], services: bool) {
        let Some(fail_fast) = fail_fast.filter(|fail_fast| fail_fast.value) else {
            return;
        };
        if services {
            return;
        }
        let tasks = || level.iter().map(|id| self.flow.task(*id));
        let allowed = level.len() > 1 && tasks().any(Task::always_allowed_to_fail);
        let side_by_side = |task: &Task| task.for_each.is_some() && !facts::is_wrapped(task);
        let deep = tasks().any(|task| is_deep(task) && side_by_side(task))
            || tasks().any(is_deep) && !self.is_chain(level);
        if allowed {
            self.loses(
                fail_fast.span,
                "`fail_fast` counts a failure that `allow_failure` allows".to_owned(),
            );
        }
        if deep {
            self.loses(
                fail_fast.span,
                "`fail_fast` does not wait for the end of a group, a limited fan-out or a task with \
                 `retries` that runs when another task fails"
                    .to_owned(),
            );
        }
    }

    fn fail_fast_of_instances(&mut self, task: &Task) {
        if let Some(fail_fast) = task.fail_fast.as_ref().filter(|fail_fast| fail_fast.value) {
            self.loses(
                fail_fast.span,
                "`fail_fast` does not wait for the end of the instances that run when another one \
                 fails: they are groups, or have `retries`"
                    .to_owned(),
            );
        }
    }

    /// What `finally` reads is written down by a last task, which does not start after a failure.
    fn states_of_fail_fast(&mut self) {
        if let Some(fail_fast) = self
            .flow
            .fail_fast
            .as_ref()
            .filter(|fail_fast| fail_fast.value)
            && lower::facts::Reads::new(self.flow).any_saved()
        {
            self.loses(
                fail_fast.span,
                "after a failure `fail_fast` leaves `finally` without the states and outputs of \
                 tasks: all read as failed"
                    .to_owned(),
            );
        }
    }

    /// Whether no two of these siblings can run at once.
    fn is_chain(&self, level: &[TaskId]) -> bool {
        let flow = self.flow;
        let mut longest: HashMap<TaskId, usize> = HashMap::new();
        for id in Analysis::new(flow).sorted(flow, level) {
            let upstream = flow.task(id).upstream.iter();
            let before = upstream.filter_map(|dependency| longest.get(&dependency.task));
            let length = before.max().copied().unwrap_or_default() + 1;
            longest.insert(id, length);
        }
        longest.into_values().max() == Some(level.len())
    }

    fn no_tag(&mut self, template: &Template, what: &str) {
        let tag = template
            .parts
            .iter()
            .any(|part| matches!(part, Part::Text(text) if has_tag(text)));
        if tag {
            self.tag(template.span, what);
        }
    }

    fn tag(&mut self, span: Span, what: &str) {
        self.cannot(
            span,
            format!("`{{{{` in {what} would be read as a tag of Argo"),
            "only `env`, `command` and `run` can hold such text",
        );
    }

    fn label(&mut self, key: &str, value: &Spanned<String>) {
        let text = value.value.as_str();
        let fits = text.len() <= 63
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            && !text.starts_with(['-', '_', '.'])
            && !text.ends_with(['-', '_', '.']);
        if !fits {
            self.diagnostics.push(target_limit::beyond(
                &format!("the value of the label `{key}`"),
                "at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
                value.span,
                self.settings,
            ));
        }
    }

    fn fields(&mut self, own: &TargetFields, known: &[(&str, &str)]) {
        for problem in fields::problems(own, self.settings, known, patch::kind_of) {
            self.report(problem);
        }
    }

    fn expressions(&mut self) -> Manifest<'f> {
        let lowered = lower::lower(self.flow, self.settings);
        for (span, message) in lowered.problems {
            self.report(
                Diagnostic::new(Severity::Error, "unsupported-feature", span, message)
                    .help("compute the value in a task and read it as an output"),
            );
        }
        lowered.manifest
    }
}

fn has_process(flow: &Flow, id: TaskId) -> bool {
    let task = flow.task(id);
    let inside = task.group().map(|group| &group.children);
    task.process().is_some()
        || inside
            .into_iter()
            .flatten()
            .any(|id| has_process(flow, *id))
}

/// Whether the pods of a task stand in a DAG below its own level.
fn is_deep(task: &Task) -> bool {
    let process = task.process().is_some();
    task.group().is_some() || process && (task.max_retries() > 0 || facts::is_wrapped(task))
}

/// How many parts a value has when it is written in an expression, in which no two equal braces
/// stand side by side.
fn parts(value: &Value) -> usize {
    let pieces = |text: &str| {
        let pairs = text.as_bytes().windows(2);
        1 + 2 * pairs
            .filter(|pair| matches!(pair, [b'{', b'{'] | [b'}', b'}']))
            .count()
    };
    match value {
        Value::String(text) => pieces(text),
        Value::List(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| 1 + pieces(name) + parts(value);
            1 + fields.iter().map(field).sum::<usize>()
        }
        _ => 1,
    }
}

/// Whether Argo would change the text of a parameter: a tag that it knows, one that is computed, or
/// one without an end. Other tags it leaves as they are.
fn is_replaced(text: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "=",
        "workflow.",
        "inputs.",
        "outputs.",
        "tasks.",
        "steps.",
        "item",
        "pod.",
        "node.",
        "retries",
        "lastRetry.",
        "cronworkflow.",
    ];
    text.split("{{")
        .skip(1)
        .any(|rest| match rest.split_once("}}") {
            Some((tag, _)) => {
                let tag = tag.trim_start();
                KNOWN.iter().any(|known| tag.starts_with(known))
            }
            None => true,
        })
}
