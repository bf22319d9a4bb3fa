//! A process becomes a pod template, shared by all tasks that differ only in values.

use flowc_core::expr::{Ref, Value};
use flowc_core::flow::{Backoff, Command, Kubernetes, Process, Task, TaskId};
use flowc_core::source::Spanned;

use indexmap::IndexMap;

use super::text::{go_duration, secret_variable, whole_seconds};
use super::{Lowerer, OUTPUTS, Place};
use crate::argo::escape;
use crate::argo::expr::Code;
use crate::argo::model::{
    self, ArtifactArgument, Body, Container, Env, EnvValue, Json, Memoize, Output, OutputFrom, Own,
    Placement, Pod, Retry, SecretKey, SlotValue, Str, Template, TemplateRef, Text,
};
use crate::argo::names::joined;
use crate::argo::patch;

/// Names with their values, in order.
pub(super) type Pairs<'f> = Vec<(Str<'f>, Str<'f>)>;

/// The slots of a pod template with what one task puts into them.
#[derive(Default)]
pub(super) struct Slots<'f> {
    pub(super) names: Vec<Str<'f>>,
    pub(super) values: Vec<SlotValue<'f>>,
}

impl<'f> Slots<'f> {
    /// None, with room for so many.
    fn with_room(slots: usize) -> Self {
        Self {
            names: Vec::with_capacity(slots),
            values: Vec::with_capacity(slots),
        }
    }

    /// A slot of its own for a value.
    pub(super) fn add(&mut self, wanted: impl Into<Str<'f>>, value: SlotValue<'f>) -> Text<'f> {
        let mut name = wanted.into();
        if self.names.contains(&name) {
            let numbered = (2..).map(|number: u32| Str::from(format!("{name}_{number}")));
            let free = numbered.into_iter().find(|name| !self.names.contains(name));
            name = free.unwrap_or_default();
        }
        self.names.push(name);
        self.values.push(value);
        Text::Slot(self.values.len() - 1)
    }

    /// The value in the template itself where it can stand there, else a slot.
    pub(super) fn fixed_or_slot(
        &mut self,
        name: impl Into<Str<'f>>,
        value: SlotValue<'f>,
    ) -> Text<'f> {
        match value {
            SlotValue::Here(text) => Text::Fixed(text),
            passed @ SlotValue::Passed(_) => self.add(name, passed),
        }
    }
}

impl<'f> Lowerer<'f> {
    /// The template that runs the process of a task, and the artifacts that the task hands to it.
    pub(super) fn process(
        &mut self,
        depth: usize,
        id: TaskId,
        process: &'f Process,
    ) -> (TemplateRef<'f>, Vec<ArtifactArgument<'f>>) {
        let task = self.flow.task(id);
        self.current = Some(id);
        self.artifact_reads.clear();
        // For its name and its variables, at least.
        let mut slots = Slots::with_room(1 + process.env.len());
        let mut pod = self.pod(depth, id, process, &mut slots);
        let reads = std::mem::take(&mut self.artifact_reads);
        self.mount_artifacts(depth, id, &reads, &mut pod, &mut slots);
        self.current = None;
        let brace = pod_needs_brace(&pod)
            || slots
                .values
                .iter()
                .any(|value| escape::needs_brace(value.text()));
        let (input_artifacts, arguments) = self.artifact_inputs(depth, &reads);
        let mut template = Template::new(Str::default(), Body::Pod(Box::new(pod)));
        template.input_artifacts = input_artifacts;
        template.outputs = outputs(task);
        template.output_artifacts = self.output_artifacts(id, task);
        let synchronization = self.synchronization(task.concurrency.as_deref());
        template.synchronization = synchronization.map(Box::new);
        template.patch = patch::of(&task.targets).map(|patch| Box::new(Json(patch)));
        (self.leaves.share(id, template, slots, brace), arguments)
    }

    fn pod(
        &mut self,
        depth: usize,
        id: TaskId,
        process: &'f Process,
        slots: &mut Slots<'f>,
    ) -> Pod<'f> {
        let task = self.flow.task(id);
        let own = own(task, slots);
        let mut env = self.index_env(depth, id, slots);
        self.outer_index_slots(depth, id, slots);
        let mut secrets = Vec::new();
        let defined = |name: &str| {
            name.starts_with("FLOW") || process.env.iter().any(|variable| *variable.name == name)
        };
        let user = self.user_env(depth, process, &defined, &mut secrets, slots);
        let (command, args) = self.command(depth, process, &defined, &mut secrets, slots);
        for name in secrets {
            env.push(Env {
                name: secret_variable(name).into(),
                value: self.secret_value(name),
            });
        }
        env.extend(user);
        self.slot = "image".into();
        let image = process.image.as_ref().map(|image| {
            let value = self.field_text(depth, image);
            slots.fixed_or_slot("image", value)
        });
        let (requests, limits) = self.known_resources(&task.resources);
        let kubernetes = &task.kubernetes;
        let main = Container {
            beside: None,
            image,
            pull_policy: kubernetes
                .image_pull_policy
                .as_ref()
                .map(|s| s.value.as_str().into()),
            workdir: process
                .workdir
                .as_ref()
                .map(|workdir| workdir.value.as_str().into()),
            command,
            args,
            own: Some(own),
            env,
            requests,
            limits,
            mounts: Vec::new(),
        };
        let mut pod = Pod {
            deadline: task
                .timeout
                .as_ref()
                .map(|timeout| whole_seconds(timeout.value)),
            retry: self.retry(task).map(Box::new),
            memoize: self.memoize(depth, task, slots).map(Box::new),
            placement: self.placement(task).map(Box::new),
            main,
            rest: None,
        };
        if let Some(patch) = self.pod_spec_patch(depth, task, slots) {
            pod.rest_mut().pod_spec_patch = Some(patch);
        }
        self.add_services(depth, id, task, &mut pod, slots);
        pod
    }

    /// What its `kubernetes` key and the kind of its GPU say.
    fn placement(&self, task: &'f Task) -> Option<Placement<'f>> {
        let kubernetes = &task.kubernetes;
        if task.resources.gpu.is_none() && **kubernetes == Kubernetes::default() {
            return None;
        }
        let text = |text: &'f Option<Spanned<String>>| {
            text.as_ref().map(|text| Str::from(text.value.as_str()))
        };
        let json = |value: &Spanned<Value>| Json(value.value.clone());
        let mut placement = Placement {
            labels: pairs(&kubernetes.labels),
            annotations: pairs(&kubernetes.annotations),
            service_account: text(&kubernetes.service_account),
            priority_class: text(&kubernetes.priority_class),
            node_selector: pairs(&kubernetes.node_selector),
            tolerations: kubernetes.tolerations.iter().map(json).collect(),
            affinity: kubernetes.affinity.as_ref().map(json),
        };
        let gpu = task.resources.gpu.as_ref();
        if let Some(kind) = gpu.and_then(|gpu| gpu.kind.as_ref()) {
            let label = self.options.gpu_label.clone();
            put(&mut placement.node_selector, label, kind.value.as_str());
        }
        (placement != Placement::default()).then_some(placement)
    }

    /// The variable that every process of a fan-out has.
    fn index_env(&mut self, depth: usize, id: TaskId, slots: &mut Slots<'f>) -> Vec<Env<'f>> {
        let Some(fan_out) = self.flow.fan_out_of(id) else {
            return Vec::new();
        };
        let index = SlotValue::Passed(self.index_tag(depth, fan_out).into());
        vec![Env {
            name: "FLOW_ITEM_INDEX".into(),
            value: EnvValue::Text(slots.add("index", index)),
        }]
    }

    fn user_env(
        &mut self,
        depth: usize,
        process: &'f Process,
        defined: &dyn Fn(&str) -> bool,
        secrets: &mut Vec<&'f str>,
        slots: &mut Slots<'f>,
    ) -> Vec<Env<'f>> {
        let mut env = Vec::with_capacity(process.env.len());
        for variable in &process.env {
            let whole = variable.value.as_expr().map(|expr| &expr.kind);
            let value = match whole {
                Some(flowc_core::expr::ExprKind::Ref(Ref::Secret { name })) => {
                    self.secret_value(name)
                }
                _ => {
                    self.slot = lowercase(&variable.name);
                    let value = self.process_text(depth, &variable.value, defined, secrets);
                    EnvValue::Text(slots.add(std::mem::take(&mut self.slot), value))
                }
            };
            env.push(Env {
                name: variable.name.value.as_str().into(),
                value,
            });
        }
        env
    }

    pub(super) fn secret_value(&self, name: &'f str) -> EnvValue<'f> {
        EnvValue::Secret(Box::new(SecretKey {
            name: self.options.secret(self.flow).into(),
            key: name.into(),
        }))
    }

    fn command(
        &mut self,
        depth: usize,
        process: &'f Process,
        defined: &dyn Fn(&str) -> bool,
        secrets: &mut Vec<&'f str>,
        slots: &mut Slots<'f>,
    ) -> (Vec<Text<'f>>, Vec<Text<'f>>) {
        let literal = |text: &'f str| {
            Text::fixed(escape::literal(
                text,
                escape::Neighbours::default(),
                defined,
            ))
        };
        match &process.command {
            Command::Script { shell, text } => (
                shell.iter().map(|word| literal(word)).collect(),
                vec![literal(text)],
            ),
            Command::Argv(arguments) => {
                let mut command = Vec::with_capacity(arguments.len());
                for (at, argument) in arguments.iter().enumerate() {
                    self.slot = format!("arg_{at}").into();
                    let value = self.process_text(depth, argument, defined, secrets);
                    command.push(slots.fixed_or_slot(std::mem::take(&mut self.slot), value));
                }
                (command, Vec::new())
            }
        }
    }

    fn retry(&self, task: &Task) -> Option<Retry<'f>> {
        let limit = task.retries.as_ref()?.value;
        if limit == 0 {
            return None;
        }
        let expression = task.retry_on.as_ref().map(|codes| {
            let codes: Vec<String> = codes.value.iter().map(u8::to_string).collect();
            format!("asInt(lastRetry.exitCode) in [{}]", codes.join(", ")).into()
        });
        Some(Retry {
            limit,
            expression,
            backoff: task.backoff.as_ref().map(|backoff| self.backoff(backoff)),
        })
    }

    fn backoff(&self, backoff: &Backoff) -> model::Backoff<'f> {
        let factor = backoff.factor.value.ceil() as u64;
        model::Backoff {
            duration: go_duration(backoff.delay.value).into(),
            factor: (factor > 1).then_some(factor),
            cap: backoff
                .max_delay
                .as_ref()
                .filter(|_| self.options.has_cap())
                .map(|max| go_duration(max.value).into()),
        }
    }

    fn memoize(
        &mut self,
        depth: usize,
        task: &'f Task,
        slots: &mut Slots<'f>,
    ) -> Option<Memoize<'f>> {
        let cache = task.cache.as_ref()?;
        self.slot = "cache_key".into();
        let here = cache.key.exprs().all(|expr| self.is_run_expr(expr));
        let place = if here { Place::Pod } else { Place::Dag };
        let value = match cache.key.as_literal() {
            Some(text) => {
                SlotValue::Here(blake3::hash(text.as_bytes()).to_hex().to_string().into())
            }
            None => {
                let code = self.template_code(depth, place, &cache.key);
                let tag = Code::call("sprig.sha256sum", &code).tag().into();
                if here {
                    SlotValue::Here(tag)
                } else {
                    SlotValue::Passed(tag)
                }
            }
        };
        Some(Memoize {
            key: slots.add("cache_key", value),
            prefix: format!(
                "{}-{}-",
                self.flow.name.value,
                task.path.replace(['.', '_'], "-")
            )
            .into(),
            // Argo wants an age; a hundred years stands for ever.
            max_age: cache
                .ttl
                .as_ref()
                .map_or("876000h".into(), |ttl| go_duration(ttl.value).into()),
            config_map: self.options.cache(self.flow).into(),
        })
    }
}

/// What the process of a task has as every process does.
fn own<'f>(task: &'f Task, slots: &mut Slots<'f>) -> Own<'f> {
    let path = SlotValue::Here(task.path.as_str().into());
    Own {
        task: slots.add("flow_task", path),
        retried: task.max_retries() > 0,
        brace: false,
        outputs: None,
    }
}

/// The name of a variable, as that of an input.
fn lowercase(name: &str) -> Str<'_> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

fn outputs(task: &Task) -> Vec<Output<'_>> {
    task.outputs
        .iter()
        .map(|output| Output {
            name: output.name.value.as_str().into(),
            from: OutputFrom::Path(joined([OUTPUTS, "/", &output.name.value]).into()),
            global_name: None,
        })
        .collect()
}

pub(super) fn pairs(map: &IndexMap<String, Spanned<String>>) -> Pairs<'_> {
    map.iter()
        .map(|(key, value)| (key.as_str().into(), value.value.as_str().into()))
        .collect()
}

/// Puts a pair at the end, or in the place of the one that has the key.
pub(super) fn put<'f>(pairs: &mut Pairs<'f>, key: String, value: &'f str) {
    match pairs.iter_mut().find(|(known, _)| *known == key) {
        Some((_, before)) => *before = value.into(),
        None => pairs.push((key.into(), value.into())),
    }
}

fn pod_needs_brace(pod: &Pod) -> bool {
    let fixed = |text: &Text| matches!(text, Text::Fixed(text) if escape::needs_brace(text));
    pod.main.command.iter().any(fixed) || pod.main.args.iter().any(fixed)
}
