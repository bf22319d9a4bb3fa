//! From a flow to Compose's own words.
//!
//! A process becomes a service, a group one service before and one after its tasks. `start` is before all others and
//! `run` after them. What a task needs to know stands in `FLOW_…` variables of its service.

mod clock;
mod group;
mod plain;
mod process;
mod services;
mod start;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use flowc_core::analysis::Analysis;
use flowc_core::expr::{Expr, Type, Value};
use flowc_core::flow::{Body, Flow, Task, TaskId, TriggerRule};
use flowc_core::source::Span;
use flowc_core::target::Settings;

use super::expr::{Awk, bare, conform, literal};
use super::model::{
    Common, Condition, Environment, Project, Runner, Service, Text, Variable, Wait,
};
use super::options::Options;
use super::runner::Parts;
use super::{names, patch};

/// What was lowered, and what could not be.
#[derive(Debug)]
pub(super) struct Lowered<'f> {
    /// The file.
    pub(super) project: Project<'f>,
    /// Parts of expressions that have no form here.
    pub(super) problems: Vec<(Span, String)>,
}

/// Takes the services in their order.
pub(super) type Sink<'s> = dyn FnMut(&Service<'_>) + 's;

/// Lowers a whole flow. Each service but the first, which is known last, goes to `services` as soon as it is made,
/// and is given back: all of them would take more room than the flow.
pub(super) fn lower<'f>(
    flow: &'f Flow,
    settings: &Settings,
    services: &mut Sink<'_>,
) -> Lowered<'f> {
    let options = Options::new(settings);
    if !options.always_runner && plain::fits(flow) {
        return Lowered {
            project: plain::lower(flow, settings, &options, services),
            problems: Vec::new(),
        };
    }
    let mut lowerer = Lowerer {
        flow,
        options,
        analysis: Analysis::new(flow),
        parts: Parts::default(),
        needs_values: false,
        shared_image: String::new(),
        problems: Vec::new(),
    };
    let project = lowerer.project(settings, services);
    Lowered {
        project,
        problems: lowerer.problems,
    }
}

struct Lowerer<'f> {
    flow: &'f Flow,
    options: Options,
    analysis: Analysis,
    parts: Parts,
    /// Whether anything is evaluated.
    needs_values: bool,
    shared_image: String,
    problems: Vec<(Span, String)>,
}

impl<'f> Lowerer<'f> {
    fn project(&mut self, settings: &Settings, services: &mut Sink<'_>) -> Project<'f> {
        let flow = self.flow;
        self.shared_image = self.most_common_image();
        for id in self.analysis.order.clone() {
            if flow.task(id).parent.is_none() {
                self.task(id, services);
            }
        }
        // `start` is last to be known and first to stand there: what it prepares follows from the others.
        let start = self.start(services);
        services(&self.run());
        let labels = flow
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.value.as_str()));
        Project {
            header: text::header(flow, settings),
            name: self
                .options
                .project
                .clone()
                .unwrap_or_else(|| flow.name.value.clone()),
            shared: Common {
                image: self.shared_image.clone(),
                network_mode: self.options.network.clone(),
                labels: labels.collect(),
            },
            runner: Some(Runner {
                task: self.parts.task(),
                values: if self.needs_values {
                    self.parts.values()
                } else {
                    String::new()
                },
                copied: self.options.copied_shell,
            }),
            start: Some(start),
            patch: patch::of(&flow.targets),
        }
    }

    /// The image that most processes have; the first of them where several have as many.
    fn most_common_image(&self) -> String {
        let mut counts: BTreeMap<&str, (usize, std::cmp::Reverse<usize>)> = BTreeMap::new();
        for (index, task) in self.flow.tasks.iter().enumerate() {
            let image = task.process().and_then(|process| process.image.as_ref());
            if let Some(image) = image.and_then(|image| image.as_literal()) {
                let entry = counts.entry(image).or_insert((0, std::cmp::Reverse(index)));
                entry.0 += 1;
            }
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.map_or_else(
            || self.options.helper_image.clone(),
            |(image, _)| image.to_owned(),
        )
    }

    /// The image of a service, when it is not the shared one.
    fn own_image(&self, image: &'f str) -> Option<Cow<'f, str>> {
        (image != self.shared_image).then_some(image.into())
    }

    /// The same of a service that runs nothing of the flow's.
    fn helper_image(&self) -> Option<Cow<'f, str>> {
        let image = &self.options.helper_image;
        (*image != self.shared_image).then(|| image.clone().into())
    }

    /// A service of flowc's own.
    fn helper(
        &self,
        name: impl Into<Cow<'f, str>>,
        comment: impl Into<Cow<'f, str>>,
    ) -> Service<'f> {
        Service {
            name: name.into(),
            comment: Some(comment.into()),
            shares: true,
            image: self.helper_image(),
            entrypoint: self
                .options
                .copied_shell
                .then(|| vec!["sh".into(), "/flowc/task".into()]),
            ..Service::default()
        }
    }

    /// The last service, whose exit code is the run's.
    fn run(&mut self) -> Service<'f> {
        let flow = self.flow;
        let mut run = self.helper(
            "run",
            "The whole run: says how each task ended, and fails when the run did.",
        );
        let last = if flow.finally.is_empty() {
            &flow.roots
        } else {
            &flow.finally
        };
        run.depends_on = self.leaves(last);
        let processes = flow.tasks.iter().filter(|task| task.group().is_none());
        let all = joined(processes.map(|task| task.path.as_str()), " ");
        run.environment.text("FLOW_TASKS", all);
        run.command = vec!["report".into()];
        let top = flow.roots.iter().chain(&flow.finally);
        run.command
            .extend(top.map(|id| Cow::from(&flow.task(*id).path)));
        run
    }

    /// The paths of tasks, with a space between them.
    fn paths(&self, tasks: impl IntoIterator<Item = TaskId>) -> Cow<'f, str> {
        let flow = self.flow;
        let paths = tasks.into_iter().map(|id| flow.task(id).path.as_str());
        joined(paths, " ")
    }

    fn leaves(&self, level: &[TaskId]) -> Vec<Wait<'f>> {
        let leaves = self.analysis.leaves(level);
        leaves
            .into_iter()
            .map(|id| (self.done(id), Condition::Done))
            .collect()
    }

    /// The service that has ended when a task is final.
    fn done(&self, id: TaskId) -> Cow<'f, str> {
        let task = self.flow.task(id);
        if task.group().is_some() {
            names::end(&task.path).into()
        } else {
            names::service(&task.path)
        }
    }

    fn task(&mut self, id: TaskId, services: &mut Sink<'_>) {
        match &self.flow.task(id).body {
            Body::Group(group) => self.group(id, group, services),
            _ => self.process(id, services),
        }
    }

    /// What a service waits for to begin with: its upstream tasks, or what comes before its level.
    fn before(&self, id: TaskId) -> Vec<Wait<'f>> {
        let task = self.flow.task(id);
        if let Some(parent) = task.parent.filter(|_| self.is_looped(id)) {
            // It waits by itself, in each instance.
            let parent = names::service(&self.flow.task(parent).path);
            return vec![(parent, Condition::Started)];
        }
        if !task.upstream.is_empty() {
            let upstream = task.upstream.iter();
            return upstream
                .map(|upstream| (self.done(upstream.task), Condition::Done))
                .collect();
        }
        match task.parent {
            Some(parent) => vec![(
                names::service(&self.flow.task(parent).path),
                Condition::Done,
            )],
            None if task.finally => self.leaves(&self.flow.roots),
            None => vec![("start".into(), Condition::Done)],
        }
    }

    /// Where the task stands: its group, and the fan-out around it whose instances it is run for.
    fn surroundings(&mut self, id: TaskId, variables: &mut Environment<'f>) {
        let flow = self.flow;
        let task = flow.task(id);
        if let Some(parent) = task.parent {
            variables.text("FLOW_GROUP", &flow.task(parent).path);
            if let Some(fan_out) = flow.fan_out_of(parent) {
                self.parts.need("scope");
                variables.text("FLOW_SCOPE", &flow.task(fan_out).path);
                if self.is_looped(id) {
                    self.parts.need("loop");
                    variables.own("FLOW_LANES", Variable::Number(self.lanes(parent)));
                }
            }
        }
    }

    /// Whether some fan-out over a group around it limits how many of its instances go on at once: then the services
    /// of the group are there at the same time, and wait for each other instance by instance.
    fn is_looped(&self, id: TaskId) -> bool {
        self.flow.ancestors(id).any(|group| self.is_loop(group))
    }

    /// Whether it is a fan-out over a group that limits how many of its instances go on at once.
    fn is_loop(&self, id: TaskId) -> bool {
        let task = self.flow.task(id);
        task.group().is_some() && task.for_each.is_some() && task.max_parallel.is_some()
    }

    /// How many instances of what is in the group are looked at at once: as many as the fan-outs around allow.
    fn lanes(&self, group: TaskId) -> u64 {
        const UNLIMITED: u64 = 16;
        let fan_outs = self.flow.fan_outs_of(group).into_iter();
        fan_outs
            .map(|fan_out| {
                self.flow
                    .task(fan_out)
                    .max_parallel
                    .as_ref()
                    .map_or(UNLIMITED, |limit| limit.value.into())
            })
            .product()
    }

    /// What processes and groups have in common: when and how often.
    fn common(&mut self, id: TaskId, task: &'f Task, awk: &mut Awk) -> Environment<'f> {
        let flow = self.flow;
        // Most tasks have no more.
        let mut variables = Environment(Vec::with_capacity(8));
        variables.text("FLOW_TASK", &task.path);
        self.surroundings(id, &mut variables);
        if !task.upstream.is_empty() {
            let after = task.upstream.iter().map(|up| up.task);
            variables.text("FLOW_AFTER", self.paths(after));
            let rule = task.trigger_rule.value;
            if rule != TriggerRule::AllSuccess {
                self.parts.need(rule.as_str());
                variables.text("FLOW_RULE", rule.as_str());
            }
        }
        if let Some(when) = &task.when {
            self.parts.need("when");
            variables.text("FLOW_WHEN", bare(awk.condition(when)));
        }
        if let Some(for_each) = &task.for_each {
            let list = match for_each.list.as_literal() {
                Some(list) => list.json(),
                None => awk.list(&for_each.list),
            };
            self.needs_values = true;
            self.parts.need(if task.group().is_some() {
                "group_fan_out"
            } else {
                "process_fan_out"
            });
            variables.text("FLOW_FOR_EACH", list);
            if let Some(filter) = &for_each.filter {
                self.parts.need("filter");
                variables.text("FLOW_FILTER", bare(awk.condition(filter)));
            }
            if self.is_loop(id) {
                self.parts.need("loop");
            }
            if let Some(limit) = &task.max_parallel {
                variables.own("FLOW_MAX_PARALLEL", Variable::Number(limit.value.into()));
            }
        }
        if let Some(allowed) = task
            .allow_failure
            .as_ref()
            .filter(|allowed| !is_false(allowed))
        {
            self.parts.need("allow");
            variables.text("FLOW_ALLOW_FAILURE", bare(awk.condition(allowed)));
        }
        self.fail_fast(id, &mut variables);
        if task.finally {
            self.parts.need("finally");
            variables.text("FLOW_FINALLY", self.paths(flow.roots.iter().copied()));
        }
        variables
    }

    /// Of which fan-outs and groups a failure keeps the task from starting, and of which its failure keeps others.
    fn fail_fast(&mut self, id: TaskId, variables: &mut Environment<'f>) {
        let flow = self.flow;
        let mut minded = Vec::new();
        let mut stopped = Vec::new();
        // Whether a failure of the task is certain to be one of what is around it here.
        let mut counts = true;
        for (step, place) in std::iter::once(id).chain(flow.ancestors(id)).enumerate() {
            let task = flow.task(place);
            let is_own = step == 0;
            let name = || scoped(flow, place);
            let stops_instances =
                task.for_each.is_some() && (task.group().is_none() || self.is_loop(place));
            let is_fast = task.fails_fast();
            let is_allowed = task.allow_failure.is_some();
            if is_fast && is_own && stops_instances {
                minded.push(name());
                stopped.push(name());
            } else if is_fast && !is_own && task.for_each.is_none() {
                minded.push(name());
                stopped.extend(counts.then(name));
            } else if is_fast && !is_own && stops_instances {
                // An instance that has started goes on. Whether one may fail is known where it ends.
                stopped.extend((counts && !is_allowed).then(name));
            }
            counts &= is_own || !is_allowed;
        }
        if flow.fails_fast() && !flow.task(id).finally {
            minded.push("run".into());
            stopped.extend(counts.then(|| "run".to_owned()));
        }
        if minded.is_empty() && stopped.is_empty() {
            return;
        }
        self.parts.need("fail_fast");
        if !minded.is_empty() {
            variables.text("FLOW_FAIL_FAST", minded.join(" "));
        }
        if stopped != minded {
            variables.text("FLOW_STOPS", stopped.join(" "));
        }
    }

    /// The functions and secrets of a service's expressions, and what they need of the library.
    fn finish_awk(&mut self, awk: Awk, variables: &mut Environment<'f>) {
        if let Some(functions) = awk.functions() {
            variables.text("FLOW_FUNCTIONS", functions);
        }
        for secret in &awk.secrets {
            let given = names::secret(self.flow, secret);
            let name = format!("FLOW_SECRET_{}", secret.to_ascii_uppercase());
            let filled = Text::Filled(format!("${{{given}-}}").into());
            variables.other(name, Variable::Text(filled));
        }
        const WORDS: [&str; 11] = [
            "FLOW_WHEN",
            "FLOW_FOR_EACH",
            "FLOW_FILTER",
            "FLOW_ALLOW_FAILURE",
            "FLOW_ENV",
            "FLOW_WITH",
            "FLOW_EXPORTS",
            "FLOW_OUTPUT_TYPES",
            "FLOW_FUNCTIONS",
            "FLOW_ARGUMENTS",
            "FLOW_PARAMETERS",
        ];
        self.needs_values = self.needs_values
            || variables
                .0
                .iter()
                .any(|(name, _)| WORDS.contains(&name.as_ref()));
        for part in &awk.parts {
            self.parts.need(part);
        }
        self.problems.extend(awk.problems);
    }
}

/// A name for something of a group that each of its instances has for itself: with the number of fan-outs around.
fn scoped(flow: &Flow, group: TaskId) -> String {
    let name = &flow.task(group).path;
    match flow.fan_outs_around(group).count() {
        0 => name.to_owned(),
        depth => format!("{name}@{depth}"),
    }
}

/// Texts with something between them. One alone, as there mostly is, is not copied.
fn joined<'f>(texts: impl IntoIterator<Item = &'f str>, between: &str) -> Cow<'f, str> {
    let mut texts = texts.into_iter();
    let first = texts.next().unwrap_or_default();
    let Some(second) = texts.next() else {
        return first.into();
    };
    let mut all = [first, between, second].concat();
    for text in texts {
        all.push_str(between);
        all.push_str(text);
    }
    all.into()
}

/// Adds a line that gives a name the value of an expression.
fn bind(lines: &mut String, name: &str, code: &str) {
    lines.reserve(name.len() + code.len() + 4);
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(name);
    lines.push_str(" = ");
    lines.push_str(code);
}

/// The names of outputs with their types.
fn typed<'o>(outputs: impl IntoIterator<Item = (&'o str, &'o Type)>) -> String {
    let mut all = String::with_capacity(64);
    for (name, ty) in outputs {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(name);
        all.push('=');
        let _ = write!(all, "{ty}");
    }
    all
}

fn plain_text<'f>(text: impl Into<Cow<'f, str>>) -> Variable<'f> {
    Variable::Text(Text::Plain(text.into()))
}

fn is_false(expr: &Expr) -> bool {
    expr.as_literal() == Some(&Value::Boolean(false))
}

fn conformed(expr: &Expr, ty: &Type) -> Expr {
    match expr.as_literal() {
        Some(value) => Expr::literal(conform(value, ty), expr.span),
        None => expr.clone(),
    }
}
