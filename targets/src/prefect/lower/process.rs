//! A process: the call that runs it as one attempt.

use flowc_core::flow::{Approve, ArtifactKind, Command, Process, TaskId};

use super::task::seconds;
use super::{Frame, Lowering, Var};
use crate::prefect::expr::Expressions;
use crate::prefect::model::Statement;
use crate::python::{Argument, Code};

/// More arguments than most calls of a process have.
const USUAL_ARGUMENTS: usize = 8;

impl<'a> Lowering<'a> {
    /// `process(command, env, …)`
    pub(super) fn process(
        &'a self,
        id: TaskId,
        process: &'a Process,
        frame: &Frame<'a>,
    ) -> Code<'a> {
        let task = self.flow.task(id);
        let expressions = Expressions::new(self, frame, Some(id));
        let mut arguments = Vec::with_capacity(USUAL_ARGUMENTS);
        let command = command(&process.command, &expressions);
        arguments.push(Argument::positional(command));
        if !process.env.is_empty() {
            let env = process.env.iter().map(|variable| {
                let value = expressions.template(&variable.value);
                (&variable.name.value, value)
            });
            arguments.push(Argument::named("env", Code::dict(env)));
        }
        if let Some(argument) = self.container_argument() {
            if let Some(image) = &process.image {
                arguments.push(Argument::named("image", expressions.template(image)));
            }
            let fields = self.container_fields(task);
            if !fields.is_empty() {
                arguments.push(Argument::named(argument, Code::dict(fields)));
            }
        }
        if let Some(timeout) = &task.timeout {
            arguments.push(Argument::named(
                "timeout",
                seconds(timeout.value.as_seconds()),
            ));
        }
        if let Some(workdir) = &process.workdir {
            arguments.push(Argument::named("workdir", Code::string(&workdir.value)));
        }
        if !task.outputs.is_empty() {
            let outputs = task.outputs.iter().map(|output| {
                let ty = Code::string(output.ty.name());
                (&output.name.value, ty)
            });
            arguments.push(Argument::named("outputs", Code::dict(outputs)));
        }
        if !task.artifacts.is_empty() {
            let artifacts = task.artifacts.iter().map(|artifact| {
                let kind = match artifact.kind {
                    ArtifactKind::File => "file",
                    ArtifactKind::Directory => "directory",
                };
                (&artifact.name.value, Code::string(kind))
            });
            arguments.push(Argument::named("artifacts", Code::dict(artifacts)));
        }
        let paths: Vec<_> = task
            .artifacts
            .iter()
            .filter_map(|artifact| {
                let path = Code::string(&artifact.path.as_ref()?.value);
                Some((&artifact.name.value, path))
            })
            .collect();
        if !paths.is_empty() {
            arguments.push(Argument::named("paths", Code::dict(paths)));
        }
        if let Some(fan_out) = self.flow.fan_out_of(id) {
            let index = Code::atom(frame.name(Var::Index(fan_out)));
            arguments.push(Argument::named("index", index));
        }
        Code::Call("process".into(), arguments)
    }

    /// The process, when there is a place for it in its concurrency group.
    pub(super) fn in_concurrency_group(
        &'a self,
        id: TaskId,
        call: Code<'a>,
        body: &mut Vec<Statement<'a>>,
    ) {
        let work = Statement::Return(call);
        match &self.flow.task(id).concurrency {
            None => body.push(work),
            Some(group) => {
                let place = Code::Call(
                    "concurrency".into(),
                    vec![
                        Argument::positional(Code::string(&group.group.value)),
                        Argument::named("strict", Code::atom("True")),
                    ],
                );
                body.push(Statement::With(vec![place], None, vec![work]));
            }
        }
    }

    /// The call that asks a person.
    pub(super) fn approve(&'a self, approve: &'a Approve) -> Code<'a> {
        let choices = approve.choices.iter().map(|c| Code::string(&c.value));
        let mut arguments = vec![
            Argument::positional(Code::string(&approve.message.value)),
            Argument::positional(Code::Subscript("Literal", choices.collect())),
        ];
        if let Some(default) = &approve.default {
            arguments.push(Argument::named("default", Code::string(&default.value)));
        }
        if let Some(timeout) = &approve.timeout {
            let timeout = seconds(timeout.value.as_seconds());
            arguments.push(Argument::named("timeout", timeout));
        }
        Code::Call("asked".into(), arguments)
    }
}

fn command<'a>(command: &'a Command, expressions: &Expressions<'_, 'a>) -> Code<'a> {
    match command {
        Command::Argv(words) => Code::List(
            words
                .iter()
                .map(|word| expressions.template(word))
                .collect(),
        ),
        Command::Script { shell, text } if shell[..] == ["sh", "-e", "-c"] => {
            Code::call1("sh", Code::text(&text.value))
        }
        Command::Script { shell, text } => {
            let mut words: Vec<_> = shell.iter().map(Code::string).collect();
            words.push(Code::text(&text.value));
            Code::List(words)
        }
    }
}
