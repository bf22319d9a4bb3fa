//! A task: its decorator and its function.

use flowc_core::flow::{Backoff, Body, Task, TaskId};

use super::{Frame, Lowering};
use crate::prefect::expr::Expressions;
use crate::prefect::fields;
use crate::prefect::model::{Function, Statement};
use crate::python::{Argument, Arguments, Code};

impl<'a> Lowering<'a> {
    /// The functions of a task, those of the tasks in it first.
    pub(super) fn task(&self, id: TaskId, write: &mut dyn FnMut(&Function<'_>)) {
        let task = self.flow.task(id);
        if let Some(group) = task.group() {
            for child in &group.children {
                self.task(*child, write);
            }
        }
        match &task.for_each {
            Some(fan_out) => {
                write(&self.work_function(id, true));
                write(&self.fan_out(id, fan_out));
            }
            None => write(&self.work_function(id, false)),
        }
    }

    /// The function that does the task's work.
    fn work_function(&'a self, id: TaskId, is_instance: bool) -> Function<'a> {
        let task = self.flow.task(id);
        let needs = if is_instance {
            self.needs.inner(id)
        } else {
            self.needs.outer(id)
        };
        let children = task.group().map_or(&[][..], |group| &group.children);
        let mut frame = self.frame(needs, children);
        let mut body = Vec::new();
        if is_instance {
            if self.is_stopped_instance(id) {
                body.push(Statement::Guard(Code::atom("stopped()")));
            }
        } else {
            self.start(id, &frame, &mut body);
        }
        let parameters = frame.parameters();
        self.work(id, &mut frame, &mut body);
        let name = if is_instance {
            self.instance(id)
        } else {
            self.function(id)
        };
        Function {
            decorator: self.decorator(id, &frame, name.as_str(), is_instance, true),
            name: name.as_str(),
            parameters,
            doc: if is_instance { None } else { doc(task) },
            body,
        }
    }

    fn is_stopped_instance(&self, id: TaskId) -> bool {
        self.flow.task(id).fails_fast() || self.may_be_stopped(id)
    }

    /// The trigger rule and the condition.
    pub(super) fn start(&'a self, id: TaskId, frame: &Frame<'a>, body: &mut Vec<Statement<'a>>) {
        if let Some(guard) = self.start_guard(id, frame) {
            body.push(Statement::Guard(guard));
        }
        if let Some(when) = &self.flow.task(id).when {
            let skip = Statement::Return(Code::atom("skipped()"));
            let negated = Expressions::new(self, frame, Some(id)).negated(when);
            body.push(Statement::If(negated, vec![skip]));
        }
    }

    fn work(&'a self, id: TaskId, frame: &mut Frame<'a>, body: &mut Vec<Statement<'a>>) {
        match &self.flow.task(id).body {
            Body::Process(process) => {
                let call = self.process(id, process, frame);
                self.in_concurrency_group(id, call, body);
            }
            Body::Group(group) => {
                let group = self.group(id, group, frame);
                body.extend(group);
            }
            Body::Wait(duration) => {
                let seconds = seconds(duration.value.as_seconds());
                body.push(Statement::Return(Code::call1("pass_time", seconds)));
            }
            Body::Approve(approve) => body.push(Statement::Return(self.approve(approve))),
        }
    }

    /// `@task` or `@task(…)`
    pub(super) fn decorator(
        &'a self,
        id: TaskId,
        frame: &Frame<'a>,
        function: &str,
        is_instance: bool,
        works: bool,
    ) -> Code<'a> {
        let task = self.flow.task(id);
        let mut arguments = Vec::new();
        if function != task.path {
            arguments.push(("name", Code::string(&task.path)));
        }
        if let Some(name) = self.run_name(id, frame, is_instance) {
            arguments.push(("task_run_name", Code::string(name)));
        }
        if let Some(description) = task.description.as_ref().filter(|_| doc(task).is_none()) {
            arguments.push(("description", Code::string(&description.value)));
        }
        if works {
            retries(task, &mut arguments);
        }
        if self.stops_others(id, is_instance) {
            arguments.push(("on_failure", Code::List(vec![Code::atom("stop")])));
        }
        arguments.extend(fields::task_arguments(task));
        if arguments.is_empty() {
            Code::atom("task")
        } else {
            Code::call("task", arguments)
        }
    }

    /// Whether its failure keeps others from starting.
    fn stops_others(&self, id: TaskId, is_instance: bool) -> bool {
        let task = self.flow.task(id);
        let in_own = is_instance && task.fails_fast();
        let run = self.flow.fails_fast() && !task.finally;
        let around = self
            .flow
            .ancestors(id)
            .any(|group| self.flow.task(group).fails_fast());
        (in_own || run || around) && !task.always_allowed_to_fail()
    }

    /// The name of a run of the task under a fan-out: `group[0].task[1]`.
    fn run_name(&'a self, id: TaskId, frame: &Frame<'a>, is_instance: bool) -> Option<String> {
        self.flow.fan_out_of(id).filter(|fan_out| {
            is_instance || *fan_out != id || self.flow.task(id).parent.is_some()
        })?;
        let mut levels: Vec<_> = self.flow.ancestors(id).collect();
        levels.reverse();
        levels.push(id);
        let mut name = String::new();
        let mut is_numbered = false;
        for level in levels {
            let task = self.flow.task(level);
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&task.name.value);
            if task.for_each.is_some() && (level != id || is_instance) {
                is_numbered = true;
                name.push_str(&format!("[{{{}}}]", frame.name(super::Var::Index(level))));
            }
        }
        is_numbered.then_some(name)
    }
}

/// The description, where it is one line.
pub(super) fn doc(task: &Task) -> Option<&str> {
    let text = &task.description.as_ref()?.value;
    is_line(text).then_some(text.as_str())
}

/// Whether a text can be a docstring of one line and stay as it is.
pub(super) fn is_line(text: &str) -> bool {
    let is_no_start = |c: char| c == '"' || c.is_whitespace();
    let is_no_end = |c: char| matches!(c, '"' | '\\') || c.is_whitespace();
    (1..=100).contains(&text.len())
        && !text.starts_with(is_no_start)
        && !text.ends_with(is_no_end)
        && !text.contains('\n')
}

/// A length of time, without a fraction where it has none.
pub(super) fn seconds<'a>(seconds: f64) -> Code<'a> {
    if seconds.fract() == 0.0 && seconds.abs() < 1e15 {
        return Code::name((seconds as i64).to_string());
    }
    Code::name(seconds.to_string())
}

fn retries<'a>(task: &'a Task, arguments: &mut Arguments<'a>) {
    let retries = task.retries.as_ref().map_or(0, |retries| retries.value);
    if retries == 0 {
        return;
    }
    arguments.push(("retries", Code::atom(retries.to_string())));
    if let Some(backoff) = &task.backoff {
        arguments.push(("retry_delay_seconds", delays(backoff, retries)));
    }
    let condition = match &task.retry_on {
        Some(codes) => {
            let codes = codes.value.iter().map(|code| Code::atom(code.to_string()));
            Code::Call("retry_on".into(), codes.map(Argument::positional).collect())
        }
        None => Code::atom("retryable"),
    };
    arguments.push(("retry_condition_fn", condition));
}

/// The waits before the attempts after the first, as Prefect takes them.
fn delays<'a>(backoff: &'a Backoff, retries: u32) -> Code<'a> {
    let waits: Vec<f64> = (1..=retries.min(MOST_DELAYS))
        .map(|n| backoff.wait(n).as_seconds())
        .collect();
    let doubles = backoff.factor.value == 2.0;
    let is_pure = (1..=retries.min(MOST_DELAYS)).all(|n| {
        backoff.max_delay.as_ref().is_none_or(|max| {
            backoff.delay.as_seconds() * 2f64.powi(n as i32 - 1) <= max.as_seconds()
        })
    });
    match waits.as_slice() {
        [first, rest @ ..] if rest.iter().all(|wait| wait == first) => seconds(*first),
        [first, ..] if doubles && is_pure && retries > 2 && retries <= MOST_DELAYS => {
            Code::call("exponential_backoff", [("backoff_factor", seconds(*first))])
        }
        _ => {
            // The last one holds for all that follow.
            let mut waits = waits.clone();
            while waits.len() > 1 && waits[waits.len() - 1] == waits[waits.len() - 2] {
                waits.pop();
            }
            Code::List(waits.into_iter().map(seconds).collect())
        }
    }
}

/// Prefect takes no longer list.
pub(in crate::prefect) const MOST_DELAYS: u32 = 50;
