//! Where a step runs: its decorators.

use flowc_core::expr::{Expr, Ref, Template, Value};
use flowc_core::flow::{Amount, Command, Process, Resources, Task};

use super::Lowering;
use super::body::whole_minutes;
use crate::metaflow::fields;
use crate::metaflow::settings::Runner;
use crate::python::{Argument, Arguments, Code, merged};

impl<'a> Lowering<'a> {
    /// The decorators of the step of a process.
    pub(super) fn decorators(&'a self, task: &'a Task) -> Vec<Code<'a>> {
        let mut decorators = Vec::new();
        if let Some(retries) = task.retries.as_ref().filter(|retries| retries.value > 0) {
            let minutes = whole_minutes(task).unwrap_or(0);
            decorators.push(Code::call(
                "retry",
                [
                    ("times", Code::atom(retries.value.to_string())),
                    ("minutes_between_retries", Code::atom(minutes.to_string())),
                ],
            ));
        }
        let Some(process) = task.process() else {
            return decorators;
        };
        let secrets = reads_secrets(process);
        if let Some(source) = self.settings.secrets_source.filter(|_| secrets) {
            let sources = Code::List(vec![Code::string(source)]);
            decorators.push(Code::call("secrets", [("sources", sources)]));
        }
        let amounts = amounts(&task.resources);
        match self.settings.runner {
            Runner::Process if amounts.is_empty() => {}
            Runner::Process => decorators.push(Code::call("resources", amounts)),
            Runner::Kubernetes => {
                decorators.push(self.pod(task, process, amounts, secrets));
            }
        }
        decorators
    }

    fn pod(
        &'a self,
        task: &'a Task,
        process: &'a Process,
        amounts: Arguments<'a>,
        secrets: bool,
    ) -> Code<'a> {
        let mut arguments = Vec::new();
        if let Some(image) = process.image.as_deref().and_then(Template::as_literal) {
            arguments.push(("image", Code::string(image)));
        }
        arguments.extend(amounts);
        if secrets && self.settings.secrets_source.is_none() {
            let secret = Code::string(self.settings.secret);
            arguments.push(("secrets", Code::List(vec![secret])));
        }
        if self.uses_store(task) {
            let claim = vec![(self.settings.claim.to_owned(), Code::string("/flow"))];
            arguments.push(("persistent_volume_claims", Code::dict(claim)));
        }
        arguments.extend(fields::kubernetes(&task.kubernetes));
        let arguments = merged(arguments, fields::written(&task.targets))
            .into_iter()
            .map(|(name, code)| Argument::named(name, code));
        Code::Call("kubernetes".into(), arguments.collect())
    }

    /// Whether the process writes or reads artifacts.
    fn uses_store(&self, task: &Task) -> bool {
        let mut found = !task.artifacts.is_empty();
        if let Some(process) = task.process() {
            each_expr(process, &mut |expr| {
                expr.refs(&mut |reference, _, _| {
                    found |= matches!(reference, Ref::Artifact { .. });
                });
            });
        }
        found
    }
}

fn reads_secrets(process: &Process) -> bool {
    let mut found = false;
    each_expr(process, &mut |expr| {
        expr.refs(&mut |reference, _, _| found |= matches!(reference, Ref::Secret { .. }));
    });
    found
}

fn each_expr(process: &Process, visit: &mut dyn FnMut(&Expr)) {
    let words: &[Template] = match &process.command {
        Command::Argv(words) => words,
        Command::Script { .. } => &[],
    };
    let env = process.env.iter().map(|variable| &variable.value);
    words
        .iter()
        .chain(env)
        .flat_map(Template::exprs)
        .for_each(visit);
}

/// Cores, and megabytes of memory and disk, as Metaflow counts them.
fn amounts<'a>(resources: &'a Resources) -> Arguments<'a> {
    let mut amounts = Vec::new();
    if let Some(Amount::Known(cpu)) = &resources.cpu {
        let cpu = cpu.value.as_number();
        let value = if cpu.fract() == 0.0 {
            Value::Integer(cpu as i64)
        } else {
            Value::Number(cpu)
        };
        amounts.push(("cpu", Code::owned(value)));
    }
    let mut whole = |name, amount: Option<&'a Amount>, unit: u64| {
        if let Some(Amount::Known(amount)) = amount {
            let count = amount.value.whole_up().div_ceil(unit);
            amounts.push((name, Code::atom(count.to_string())));
        }
    };
    const MEGABYTE: u64 = 1_000_000;
    whole("memory", resources.memory.as_ref(), MEGABYTE);
    whole("disk", resources.disk.as_ref(), MEGABYTE);
    whole("gpu", resources.gpu.as_ref().map(|gpu| &gpu.count), 1);
    amounts
}
