//! What a process is started with.

use super::environment::{Place, text};
use super::machine::Machine;
use super::node::InstanceId;
use super::{AttemptId, CacheKey, Call, ServiceCall, ServicesId};
use crate::expr::eval::{Environment, eval};
use crate::expr::{Template, Value};
use crate::flow::{Amount, Body, Command, Process, Service, Task};
use crate::values::Quantity;

/// The longest argument, variable or script, in bytes.
const MAX_TEXT: usize = 120 * 1024;

impl Machine<'_> {
    /// Everything that an attempt is started with; an error is a failure without retry.
    pub(super) fn call(&self, id: InstanceId, number: u32) -> Result<Call, String> {
        let key = self.key(id);
        let task = self.flow.task(key.task);
        let Body::Process(process) = &task.body else {
            return Err("it is no process".into());
        };
        let place = self.place(id, number);
        let outputs = self.facts.layout.outputs(&task.path, &key.index, number);
        let mut env = variables(process, &place)?;
        env.push(("FLOW_OUTPUTS".into(), outputs.clone()));
        env.push(("FLOW_RUN_ID".into(), self.facts.id.clone()));
        env.push(("FLOW_TASK".into(), task.path.clone()));
        env.push(("FLOW_ATTEMPT".into(), number.to_string()));
        if let Some(position) = key.index.last() {
            env.push(("FLOW_ITEM_INDEX".into(), position.to_string()));
        }
        let image = process.image.as_ref().map(|image| text(image, &place));
        let image = image
            .transpose()
            .map_err(|cause| format!("`image`: {cause}"))?;
        let resources = &task.resources;
        let gpu = resources.gpu.as_ref().map(|gpu| &gpu.count);
        Ok(Call {
            attempt: AttemptId {
                instance: id,
                number,
            },
            argv: words(process, &place)?,
            env,
            image,
            workdir: process.workdir.as_ref().map(|folder| folder.value.clone()),
            timeout: task.timeout.as_ref().map(|timeout| timeout.value),
            outputs,
            cpu: amount(resources.cpu.as_ref(), "cpu", &place)?,
            memory: amount(resources.memory.as_ref(), "memory", &place)?,
            gpu: amount(gpu, "gpu", &place)?,
            services: self.services_around(id),
            cache: self.cache_key(task, process, &place)?,
            key,
        })
    }

    /// What makes the results of two attempts equal: the flow says by its key which values do, but a task that is
    /// written otherwise is another.
    fn cache_key(
        &self,
        task: &Task,
        process: &Process,
        place: &Place<'_, '_>,
    ) -> Result<Option<CacheKey>, String> {
        let Some(cache) = &task.cache else {
            return Ok(None);
        };
        let key = text(&cache.key, place).map_err(|cause| format!("`cache.key`: {cause}"))?;
        let image = process.image.as_ref().map(|image| text(image, place));
        let mut lines = vec![
            self.flow.name.value.clone(),
            task.path.to_string(),
            image.and_then(Result::ok).unwrap_or_default(),
        ];
        match &process.command {
            Command::Argv(words) => lines.extend(words.iter().map(|word| word.display(self.flow))),
            Command::Script { shell, text } => {
                lines.extend(shell.iter().cloned());
                lines.push(text.value.clone());
            }
        }
        for variable in &process.env {
            let name = &variable.name.value;
            lines.push(format!("{name}={}", variable.value.display(self.flow)));
        }
        let outputs = task.outputs.iter();
        lines.extend(outputs.map(|output| format!("{}: {}", output.name.value, output.ty)));
        let artifacts = task.artifacts.iter();
        lines.extend(artifacts.map(|artifact| format!("{}/", artifact.name.value)));
        lines.push(key);
        // Each with its length, so that no two lists of lines are one text.
        let text = lines.iter().map(|line| format!("{} {line}\n", line.len()));
        Ok(Some(CacheKey {
            text: text.collect(),
            ttl: cache.ttl.as_ref().map(|ttl| ttl.value),
        }))
    }

    /// The services that an instance can reach: the run's, those of the groups around, its own.
    pub(super) fn services_around(&self, id: InstanceId) -> Vec<ServicesId> {
        let mut found = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            let instance = &self.instances[id as usize];
            if instance.serviced {
                found.push(ServicesId(Some(id)));
            }
            let node = &self.nodes[instance.node as usize];
            at = self.scopes[node.scope as usize].owner;
        }
        if !self.flow.services.is_empty() {
            found.push(ServicesId(None));
        }
        found.reverse();
        found
    }

    pub(super) fn services_of_run(&self) -> Result<Vec<ServiceCall>, String> {
        service_calls(&self.flow.services, &self.place_of_run())
    }

    pub(super) fn services_of(&self, id: InstanceId) -> Result<Vec<ServiceCall>, String> {
        let task: &Task = self.flow.task(self.key(id).task);
        service_calls(&task.services, &self.place(id, 0))
    }
}

fn service_calls(
    services: &[Service],
    place: &dyn Environment,
) -> Result<Vec<ServiceCall>, String> {
    services
        .iter()
        .map(|service| {
            let name = &service.name.value;
            let env = service.env.iter().map(|variable| {
                let value = text(&variable.value, place).map_err(|cause| {
                    format!("`env.{}` of service `{name}`: {cause}", variable.name.value)
                })?;
                Ok((variable.name.value.clone(), value))
            });
            Ok(ServiceCall {
                name: name.clone(),
                image: service.image.value.clone(),
                command: service
                    .command
                    .as_ref()
                    .map(|words| words.iter().map(|word| word.value.clone()).collect()),
                env: env.collect::<Result<_, String>>()?,
                ports: service.ports.iter().map(|port| port.value).collect(),
                ready: service.ready.clone(),
            })
        })
        .collect()
}

fn variables(process: &Process, place: &Place<'_, '_>) -> Result<Vec<(String, String)>, String> {
    process
        .env
        .iter()
        .map(|variable| {
            let name = &variable.name.value;
            let value = bounded(&variable.value, place)
                .map_err(|cause| format!("`env.{name}`: {cause}"))?;
            Ok((name.clone(), value))
        })
        .collect()
}

fn words(process: &Process, place: &Place<'_, '_>) -> Result<Vec<String>, String> {
    match &process.command {
        Command::Argv(words) => words
            .iter()
            .enumerate()
            .map(|(at, word)| {
                bounded(word, place).map_err(|cause| format!("`command[{at}]`: {cause}"))
            })
            .collect(),
        Command::Script { shell, text } => {
            let mut words = shell.to_vec();
            words.push(text.value.clone());
            Ok(words)
        }
    }
}

fn bounded(template: &Template, place: &Place<'_, '_>) -> Result<String, String> {
    let text = text(template, place)?;
    if text.len() > MAX_TEXT {
        return Err(format!(
            "the text has {} bytes, more than 120 KiB",
            text.len()
        ));
    }
    if text.contains('\0') {
        return Err("the text holds the character NUL".into());
    }
    Ok(text)
}

fn amount(
    amount: Option<&Amount>,
    name: &str,
    place: &Place<'_, '_>,
) -> Result<Option<f64>, String> {
    let value = match amount {
        None => return Ok(None),
        Some(Amount::Known(quantity)) => return Ok(Some(quantity.value.as_number())),
        Some(Amount::Computed(expr)) => eval(expr, place),
    };
    let wrong = |cause: String| format!("`resources.{name}`: {cause}");
    match value.map_err(|error| wrong(error.message))? {
        Value::Integer(number) if number >= 0 => Ok(Some(number as f64)),
        Value::Number(number) if number >= 0.0 => Ok(Some(number)),
        Value::String(text) => Quantity::parse(&text)
            .map(|quantity| Some(quantity.as_number()))
            .map_err(|invalid| wrong(invalid.message)),
        other => Err(wrong(format!("{} is no amount", other.json()))),
    }
}
