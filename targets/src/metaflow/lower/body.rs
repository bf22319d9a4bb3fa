//! What stands in a step.

use std::borrow::Cow;

use flowc_core::flow::{Body, Command, FanOut, Flow, Group, Process, Task, TaskId, TriggerRule};
use flowc_core::values::Duration;

use super::nest::Mark;
use super::{Action, Lowering};
use crate::metaflow::expr::Expressions;
use crate::metaflow::model::Statement;
use crate::metaflow::settings::Runner;
use crate::python::{Argument, Arguments, Code};

impl<'a> Lowering<'a> {
    pub(super) fn action(&'a self, action: Action) -> Vec<Statement<'a>> {
        match action {
            Action::Begin => self.begin(),
            Action::Merge => vec![call("merge", ["self", "inputs"])],
            Action::Gather(id) => vec![self.gather(id)],
            Action::Items(id) => self.items(id),
            Action::Mark(Mark::Start(id)) => self.group_start(id),
            Action::Mark(Mark::End(id)) => self.group_end(id),
            Action::Run(id) => self.run(id),
            Action::Finish => vec![call("finish", ["self"])],
        }
    }

    fn run(&'a self, id: TaskId) -> Vec<Statement<'a>> {
        let task = self.flow.task(id);
        let mut arguments = Vec::new();
        self.attempts(task, &mut arguments);
        if self.flow.timeout.is_some() && !task.finally {
            arguments.push(("until", Code::atom("RUN_TIMEOUT")));
        }
        let around = self.flow.fan_outs_of(id);
        if !around.is_empty() {
            let around = around
                .iter()
                .map(|id| Code::string(&self.flow.task(*id).path));
            arguments.push(("within", Code::List(around.collect())));
        }
        let mut body = Vec::new();
        if task.for_each.is_some() {
            body.push(Statement::Line(Code::atom("task.instance()")));
        } else {
            self.decide(id, "task", &mut body);
        }
        self.may_fail(id, "task", &mut body);
        if task.for_each.is_none()
            && let Some(when) = &task.when
        {
            body.push(self.when(id, "task", when));
        }
        body.push(match &task.body {
            Body::Process(process) => self.process(id, task, process),
            Body::Wait(duration) => line("task.wait", [seconds(duration.value)]),
            // Groups are taken apart, and approvals are refused.
            Body::Group(_) | Body::Approve(_) => Statement::Line(Code::atom("pass")),
        });
        vec![with(task, arguments, "task", body)]
    }

    /// `retries` and the waits before them, as far as `@retry` does not say it.
    fn attempts(&'a self, task: &'a Task, arguments: &mut Arguments<'a>) {
        let Some(retries) = task.retries.as_ref().filter(|retries| retries.value > 0) else {
            return;
        };
        arguments.push(("retries", Code::atom(retries.value.to_string())));
        if whole_minutes(task).is_none() {
            let Some(backoff) = &task.backoff else {
                return;
            };
            let waits = (1..=retries.value).map(|n| seconds(backoff.wait(n)));
            arguments.push(("waits", Code::List(waits.collect())));
        }
    }

    /// The state of the group around the task, and its trigger rule.
    fn decide(&'a self, id: TaskId, name: &str, body: &mut Vec<Statement<'a>>) {
        let task = self.flow.task(id);
        if let Some(parent) = task.parent {
            let group = Code::string(&self.flow.task(parent).path);
            body.push(line(format!("{name}.inside"), [group]));
        }
        if task.upstream.is_empty() {
            return;
        }
        let upstream = task.upstream.iter().map(|upstream| {
            Argument::positional(Code::string(&self.flow.task(upstream.task).path))
        });
        let mut arguments: Vec<_> = upstream.collect();
        if task.trigger_rule.value != TriggerRule::AllSuccess {
            let rule = Code::string(task.trigger_rule.value.as_str());
            arguments.push(Argument::named("rule", rule));
        }
        body.push(Statement::Line(Code::Call(
            format!("{name}.after").into(),
            arguments,
        )));
    }

    fn when(&'a self, id: TaskId, name: &str, when: &'a flowc_core::expr::Expr) -> Statement<'a> {
        line(
            format!("{name}.when"),
            [Expressions::new(self, id).condition(when)],
        )
    }

    /// Whether the failure matters, where that is not the same in every run.
    fn may_fail(&'a self, id: TaskId, name: &str, body: &mut Vec<Statement<'a>>) {
        let task = self.flow.task(id);
        let Some(allowed) = &task.allow_failure else {
            return;
        };
        if task.for_each.is_none() && allowed.as_literal().is_some() {
            return;
        }
        let value = Expressions::new(self, id).condition(allowed);
        body.push(Statement::Assign(format!("{name}.may_fail"), value));
    }

    /// `with Task(…) as task:` that decides on a fan-out and makes its list.
    fn items(&'a self, id: TaskId) -> Vec<Statement<'a>> {
        let task = self.flow.task(id);
        let mut body = Vec::new();
        self.decide(id, "task", &mut body);
        if let Some(when) = &task.when {
            body.push(self.when(id, "task", when));
        }
        if let Some(FanOut { list, filter, .. }) = task.for_each.as_deref() {
            let mut arguments = vec![Expressions::new(self, id).value(list)];
            if let Some(filter) = filter {
                let condition = Expressions::new(self, id)
                    .over_elements(id)
                    .condition(filter);
                arguments.push(Code::Lambda("index, item".into(), Box::new(condition)));
            }
            body.push(line("task.each", arguments));
        }
        vec![with(task, running(), "task", body)]
    }

    /// The list that `self.next` splits by.
    pub(super) fn list(&'a self, fan_out: TaskId) -> Statement<'a> {
        let list = &self.names.lists[&fan_out];
        Statement::Assign(format!("self.{list}"), Code::atom("task.list"))
    }

    fn group_start(&'a self, id: TaskId) -> Vec<Statement<'a>> {
        let task = self.flow.task(id);
        let mut body = Vec::new();
        if task.for_each.is_some() {
            body.push(Statement::Line(Code::atom("group.instance()")));
        } else {
            self.decide(id, "group", &mut body);
            if let Some(when) = &task.when {
                body.push(self.when(id, "group", when));
            }
        }
        let bindings = task
            .group()
            .and_then(|group| group.sub_flow.as_ref())
            .map(|sub_flow| sub_flow.bindings.as_slice())
            .unwrap_or_default();
        let values: Vec<_> = bindings
            .iter()
            .filter(|binding| binding.value.as_literal().is_none())
            .map(|binding| {
                let value = Expressions::new(self, id).value(&binding.value);
                let value = super::run::constrained(&binding.parameter, value);
                let value = Code::Lambda(String::new(), Box::new(value));
                (binding.parameter.name.value.clone(), value)
            })
            .collect();
        if !values.is_empty() {
            body.push(line("group.bind", [Code::dict(values)]));
        }
        if body.is_empty() {
            body.push(Statement::Line(Code::atom("pass")));
        }
        vec![with(task, running(), "group", body)]
    }

    fn group_end(&'a self, id: TaskId) -> Vec<Statement<'a>> {
        let task = self.flow.task(id);
        let mut body = Vec::new();
        self.may_fail(id, "group", &mut body);
        body.push(Statement::Line(Code::atom("group.ends()")));
        if let Some(Group { outputs, .. }) = task.group().filter(|group| !group.outputs.is_empty())
        {
            let outputs = outputs.iter().map(|export| {
                let value = Expressions::new(self, id).value(&export.value);
                (&export.name.value, value)
            });
            body.push(line("group.give", [Code::dict(outputs)]));
        }
        vec![with(task, Vec::new(), "group", body)]
    }

    /// `gather(self, inputs, "task", …)`
    fn gather(&'a self, id: TaskId) -> Statement<'a> {
        let task = self.flow.task(id);
        let outputs: Vec<Code<'a>> = match task.group() {
            Some(group) => group
                .outputs
                .iter()
                .map(|export| Code::string(&export.name.value))
                .collect(),
            None => task
                .outputs
                .iter()
                .map(|output| Code::string(&output.name.value))
                .collect(),
        };
        let mut arguments: Vec<_> = [Code::atom("self"), Code::atom("inputs")]
            .into_iter()
            .chain([Code::string(&task.path)])
            .map(Argument::positional)
            .collect();
        if !outputs.is_empty() {
            arguments.push(Argument::named("outputs", Code::List(outputs)));
        }
        Statement::Line(Code::Call("gather".into(), arguments))
    }

    fn process(&'a self, id: TaskId, task: &'a Task, process: &'a Process) -> Statement<'a> {
        let expressions = Expressions::new(self, id);
        let command = match &process.command {
            Command::Argv(words) => {
                Code::List(words.iter().map(|word| expressions.field(word)).collect())
            }
            Command::Script { shell, text } if shell[..] == ["sh", "-e", "-c"] => {
                Code::call1("sh", Code::text(&text.value))
            }
            Command::Script { shell, text } => {
                let words = shell.iter().map(Code::string);
                Code::List(words.chain([Code::text(&text.value)]).collect())
            }
        };
        let mut arguments = vec![Argument::positional(command)];
        let mut add = |name, code| arguments.push(Argument::named(name, code));
        if !process.env.is_empty() {
            let env = process.env.iter().map(|variable| {
                (
                    variable.name.value.clone(),
                    expressions.field(&variable.value),
                )
            });
            add("env", Code::dict(env));
        }
        if let Some(workdir) = &process.workdir {
            add("workdir", Code::string(&workdir.value));
        }
        if let Some(timeout) = &task.timeout {
            add("timeout", seconds(timeout.value));
        }
        if let Some(codes) = task.retry_on.as_ref().filter(|_| task.retries.is_some()) {
            let codes = codes.value.iter().map(|code| Code::atom(code.to_string()));
            add("retry_on", Code::List(codes.collect()));
        }
        let limits = self.limits(id);
        if !limits.is_empty() && self.settings.runner == Runner::Process {
            add("at_most", Code::dict(limits));
        }
        if !task.outputs.is_empty() {
            let outputs = task.outputs.iter().map(|output| {
                let kind = Code::string(output.ty.to_string());
                (output.name.value.clone(), kind)
            });
            add("outputs", Code::dict(outputs));
        }
        if !task.artifacts.is_empty() {
            let artifacts = task.artifacts.iter().map(|artifact| {
                let kind = match artifact.kind {
                    flowc_core::flow::ArtifactKind::File => "file",
                    flowc_core::flow::ArtifactKind::Directory => "directory",
                };
                (artifact.name.value.clone(), Code::string(kind))
            });
            add("artifacts", Code::dict(artifacts));
        }
        let paths: Vec<_> = task
            .artifacts
            .iter()
            .filter_map(|artifact| {
                let path = artifact.path.as_ref()?;
                Some((artifact.name.value.clone(), Code::string(&path.value)))
            })
            .collect();
        if !paths.is_empty() {
            add("paths", Code::dict(paths));
        }
        Statement::Line(Code::Call("task.run".into(), arguments))
    }

    /// The fan-outs and groups around the process that limit how many of theirs run at once.
    fn limits(&self, id: TaskId) -> Vec<(String, Code<'a>)> {
        let mut around: Vec<_> = std::iter::once(id).chain(self.flow.ancestors(id)).collect();
        around.reverse();
        let limit = |id: TaskId| {
            let task = self.flow.task(id);
            let limit = task.max_parallel.as_ref()?;
            Some((task.path.clone(), Code::atom(limit.value.to_string())))
        };
        around.into_iter().filter_map(limit).collect()
    }
}

/// The constant wait before every retry in minutes, when `@retry` can wait so.
pub(super) fn whole_minutes(task: &Task) -> Option<u64> {
    let retries = task.retries.as_ref()?.value;
    let Some(backoff) = &task.backoff else {
        return Some(0);
    };
    let first = backoff.wait(1);
    let constant = (2..=retries).all(|n| backoff.wait(n) == first);
    let seconds = first.whole_seconds().filter(|_| constant)?;
    seconds.is_multiple_of(60).then_some(seconds / 60)
}

/// Whether the state of a task can matter to the run although it failed: not when it is always allowed.
pub(in crate::metaflow) fn always_allowed(flow: &Flow) -> Vec<&str> {
    flow.tasks
        .iter()
        .filter(|task| task.for_each.is_none() && task.always_allowed_to_fail())
        .map(|task| task.path.as_str())
        .collect()
}

/// A time in seconds.
pub(in crate::metaflow) fn seconds<'a>(duration: Duration) -> Code<'a> {
    match duration.whole_seconds() {
        Some(seconds) => Code::atom(seconds.to_string()),
        None => Code::atom(duration.as_seconds().to_string()),
    }
}

fn running<'a>() -> Arguments<'a> {
    vec![("state", Code::string("running"))]
}

/// `with Task(self, "path", …) as name:`
fn with<'a>(
    task: &'a Task,
    arguments: Arguments<'a>,
    name: &'static str,
    body: Vec<Statement<'a>>,
) -> Statement<'a> {
    let first = [Code::atom("self"), Code::string(&task.path)];
    let named = arguments
        .into_iter()
        .map(|(name, code)| Argument::named(name, code));
    let arguments = first.into_iter().map(Argument::positional).chain(named);
    let call = Code::Call("Task".into(), arguments.collect());
    Statement::With(call, name, body)
}

fn line<'a>(
    function: impl Into<Cow<'a, str>>,
    arguments: impl IntoIterator<Item = Code<'a>>,
) -> Statement<'a> {
    let arguments = arguments.into_iter().map(Argument::positional).collect();
    Statement::Line(Code::Call(function.into(), arguments))
}

pub(super) fn call<const N: usize>(
    function: &'static str,
    names: [&'static str; N],
) -> Statement<'static> {
    line(function, names.map(Code::atom))
}
