//! A process becomes a pod template, shared by all tasks that differ only in values.

use flowc_core::expr::{Expr, Ref, Type, Value};
use flowc_core::flow::{
    Amount, Artifact, Backoff, Command, Kubernetes, Process, Resources, Task, TaskId,
};
use flowc_core::source::{Span, Spanned};

use indexmap::IndexMap;

use super::facts;
use super::text::{go_duration, secret_variable, whole_seconds};
use super::{INPUTS, Lowerer, OUTPUTS, Place};
use crate::argo::escape;
use crate::argo::expr::{self, Code};
use crate::argo::model::{
    self, ArtifactArgument, Body, Container, Env, EnvValue, InputArtifact, Json, Memoize, Output,
    OutputArtifact, OutputArtifactFrom, OutputFrom, Own, Placement, Pod, Retry, SecretKey,
    SlotValue, Str, Template, TemplateRef, Text,
};
use crate::argo::patch;

/// Names with their values, in order.
type Pairs<'f> = Vec<(Str<'f>, Str<'f>)>;

/// An artifact that a process reads.
#[derive(Clone, Debug)]
pub(super) struct ArtifactRead<'f> {
    pub(super) task: TaskId,
    pub(super) name: String,
    pub(super) input: Str<'f>,
    optional: bool,
}

/// The slots of a pod template with what one task puts into them.
#[derive(Default)]
pub(super) struct Slots<'f> {
    pub(super) names: Vec<Str<'f>>,
    pub(super) values: Vec<SlotValue<'f>>,
}

impl<'f> Slots<'f> {
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
        let mut slots = Slots::default();
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
            name: None,
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
            ports: Vec::new(),
            probe: None,
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
            daemon: false,
            hosts: Vec::new(),
            pod_spec_patch: self.pod_spec_patch(depth, task, slots),
            init_containers: Vec::new(),
            main,
            sidecars: Vec::new(),
        };
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

    fn known_resources(&self, resources: &'f Resources) -> (Pairs<'f>, Pairs<'f>) {
        let known = |amount: &'f Option<Amount>| match amount {
            Some(Amount::Known(quantity)) => Some(Str::from(quantity.value.as_str())),
            _ => None,
        };
        let mut requests = Vec::new();
        let mut limits = Vec::new();
        if let Some(cpu) = known(&resources.cpu) {
            requests.push(("cpu".into(), cpu));
        }
        if let Some(memory) = known(&resources.memory) {
            requests.push(("memory".into(), memory.clone()));
            limits.push(("memory".into(), memory));
        }
        if let Some(disk) = known(&resources.disk) {
            requests.push(("ephemeral-storage".into(), disk));
        }
        if let Some(Amount::Known(count)) = resources.gpu.as_ref().map(|gpu| &gpu.count) {
            put(
                &mut limits,
                self.options.gpu_resource.clone(),
                count.value.as_str(),
            );
        }
        (requests, limits)
    }

    /// Fields that Argo's template lacks or cannot compute, merged into the pod.
    fn pod_spec_patch(
        &mut self,
        depth: usize,
        task: &'f Task,
        slots: &mut Slots<'f>,
    ) -> Option<Text<'f>> {
        if !has_computed_amount(&task.resources) && task.kubernetes.image_pull_secrets.is_empty() {
            return None;
        }
        let mut requests = Vec::new();
        let mut limits = Vec::new();
        let mut here = true;
        let gpu = task.resources.gpu.as_ref().map(|gpu| &gpu.count);
        let gpu_resource = self.options.gpu_resource.clone();
        let amounts = [
            ("cpu", task.resources.cpu.as_ref(), true, false),
            ("memory", task.resources.memory.as_ref(), true, true),
            (
                "ephemeral-storage",
                task.resources.disk.as_ref(),
                true,
                false,
            ),
            (gpu_resource.as_str(), gpu, false, true),
        ];
        for (name, amount, request, limit) in amounts {
            if let Some(Amount::Computed(expr)) = amount {
                here &= self.is_run_expr(expr);
                let tag = self.amount(depth, expr);
                let entry = format!("\"{name}\": \"{tag}\"");
                if request {
                    requests.push(entry.clone());
                }
                if limit {
                    limits.push(entry);
                }
            }
        }
        let mut fields = Vec::new();
        if !requests.is_empty() || !limits.is_empty() {
            let of = |name: &str, entries: &[String]| {
                (!entries.is_empty()).then(|| format!("\"{name}\": {{ {} }}", entries.join(", ")))
            };
            let both: Vec<String> = [of("requests", &requests), of("limits", &limits)]
                .into_iter()
                .flatten()
                .collect();
            fields.push(format!(
                "\"containers\": [{{ \"name\": \"main\", \"resources\": {{ {} }} }}]",
                both.join(", ")
            ));
        }
        if !task.kubernetes.image_pull_secrets.is_empty() {
            let names: Vec<String> = task
                .kubernetes
                .image_pull_secrets
                .iter()
                .map(|name| format!("{{ \"name\": \"{}\" }}", name.value))
                .collect();
            fields.push(format!("\"imagePullSecrets\": [{}]", names.join(", ")));
        }
        if fields.is_empty() {
            return None;
        }
        let text = Str::from(format!("{{ {} }}", fields.join(", ")));
        let value = if here {
            SlotValue::Here(text)
        } else {
            SlotValue::Passed(text)
        };
        Some(slots.fixed_or_slot("pod_spec_patch", value))
    }

    fn amount(&mut self, depth: usize, expr: &'f Expr) -> String {
        let place = if self.is_run_expr(expr) {
            Place::Pod
        } else {
            Place::Dag
        };
        let code = self.value(depth, place, expr);
        if matches!(expr.ty, Type::Integer | Type::Number) {
            return code.tag();
        }
        let text = expr::text_of(code, &expr.ty);
        // The text stands inside JSON, so it must be an amount and nothing else.
        Code::atom(format!(
            "{0} matches \"^[0-9.]+[A-Za-z]*$\" ? {0} : sprig.fail(\"not an amount\")",
            text.at(expr::Level::Atom)
        ))
        .tag()
    }

    fn artifact_inputs(
        &mut self,
        depth: usize,
        reads: &[ArtifactRead<'f>],
    ) -> (Vec<InputArtifact<'f>>, Vec<ArtifactArgument<'f>>) {
        if self.options.on_volume() {
            return (Vec::new(), Vec::new());
        }
        let mut inputs = Vec::with_capacity(reads.len());
        let mut arguments = Vec::with_capacity(reads.len());
        for read in reads {
            let from = self.artifact_from(depth, read.task, &read.name, read.optional);
            let fan_in = matches!(from, model::ArtifactFrom::Key(_));
            inputs.push(InputArtifact {
                name: read.input.clone(),
                path: Some(format!("{INPUTS}/{}", read.input).into()),
                optional: read.optional,
            });
            arguments.push(ArtifactArgument {
                name: read.input.clone(),
                from,
                optional: read.optional,
                note: fan_in.then_some("of every instance, named by index"),
            });
        }
        (inputs, arguments)
    }

    fn output_artifacts(&mut self, id: TaskId, task: &'f Task) -> Vec<OutputArtifact<'f>> {
        if self.options.on_volume() {
            return Vec::new();
        }
        task.artifacts
            .iter()
            .map(|artifact| OutputArtifact {
                name: artifact.name.value.as_str().into(),
                optional: false,
                from: OutputArtifactFrom::Path {
                    path: artifact_path(artifact),
                    key: self
                        .reads
                        .fan_in(id, &artifact.name.value)
                        .then(|| self.written_key(id, task, &artifact.name.value).into()),
                },
            })
            .collect()
    }

    /// Where an instance puts an artifact that is read as a folder of all instances.
    fn written_key(&self, id: TaskId, task: &Task, artifact: &str) -> String {
        let mut key = format!("{{{{workflow.uid}}}}/{}/{artifact}", task.path);
        let innermost = self.flow.fan_out_of(id);
        for fan_out in self.fan_outs_around(id) {
            let slot = if Some(fan_out) == innermost {
                "index".to_owned()
            } else {
                outer_index(&self.flow.task(fan_out).name)
            };
            key.push_str(&format!("/{{{{inputs.parameters.{slot}}}}}"));
        }
        key
    }

    /// The fan-outs around a task, itself included, outermost first.
    pub(super) fn fan_outs_around(&self, id: TaskId) -> Vec<TaskId> {
        let mut around: Vec<TaskId> = std::iter::once(id)
            .chain(self.flow.ancestors(id))
            .filter(|task| self.flow.task(*task).for_each.is_some())
            .collect();
        around.reverse();
        around
    }

    /// The path at which the current process reads an artifact.
    pub(super) fn artifact_path(
        &mut self,
        _depth: usize,
        place: Place,
        task: TaskId,
        name: &str,
        guarded: bool,
        span: Span,
    ) -> Code {
        if self.current.is_none() || place == Place::Export {
            self.problems.push((
                span,
                "the path of an artifact can only be named where a process reads it".to_owned(),
            ));
            return Code::atom("\"\"");
        }
        expr::quote(&self.artifact_read(task, name, guarded))
    }

    fn artifact_read(&mut self, task: TaskId, name: &str, guarded: bool) -> String {
        let source = facts::Source::of(self.flow, task, name_in(self.flow, task, name));
        let optional = guarded || (!source.fan_outs.is_empty() && self.may_be_empty(&source));
        let known = self
            .artifact_reads
            .iter_mut()
            .find(|read| read.task == task && read.name == name);
        if let Some(known) = known {
            known.optional |= optional;
            return format!("{INPUTS}/{}", known.input);
        }
        let mut input = self.slot.clone();
        let mut number = 2;
        while self.artifact_reads.iter().any(|read| read.input == input) {
            input = format!("{}_{number}", self.slot).into();
            number += 1;
        }
        let path = format!("{INPUTS}/{input}");
        self.artifact_reads.push(ArtifactRead {
            task,
            name: name.to_owned(),
            input,
            optional,
        });
        path
    }

    /// Whether all instances that could have written the artifact may be missing.
    fn may_be_empty(&self, source: &facts::Source<'_>) -> bool {
        source.fan_outs.iter().any(|task| self.may_skip(*task)) || self.may_skip(source.task)
    }

    /// The path that a part of a text stands for.
    pub(super) fn path_of(&mut self, depth: usize, reference: &'f Ref, expr: &Expr) -> String {
        match reference {
            Ref::Artifact { task, name } if self.current.is_some() => {
                let _ = depth;
                self.artifact_read(*task, name, false)
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => self.own_path(name),
            _ => {
                self.problems.push((
                    expr.span,
                    "the path of an artifact can only be named where a process reads it".to_owned(),
                ));
                String::new()
            }
        }
    }

    /// Slots for the numbers of outer fan-outs, where a key in the repository needs them.
    pub(super) fn outer_index_slots(&mut self, depth: usize, id: TaskId, slots: &mut Slots<'f>) {
        let task = self.flow.task(id);
        let keyed = !self.options.on_volume()
            && task
                .artifacts
                .iter()
                .any(|artifact| self.reads.fan_in(id, &artifact.name.value));
        if !keyed {
            return;
        }
        let innermost = self.flow.fan_out_of(id);
        for fan_out in self.fan_outs_around(id) {
            if Some(fan_out) != innermost {
                let index = SlotValue::Passed(self.index_tag(depth, fan_out).into());
                slots.add(outer_index(&self.flow.task(fan_out).name), index);
            }
        }
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

fn has_computed_amount(resources: &Resources) -> bool {
    let Resources {
        cpu,
        memory,
        disk,
        gpu,
    } = resources;
    let gpu = gpu.as_ref().map(|gpu| &gpu.count);
    let amounts = [cpu, memory, disk].into_iter().flatten().chain(gpu);
    amounts
        .into_iter()
        .any(|amount| matches!(amount, Amount::Computed(_)))
}

/// The name of a variable, as that of an input.
fn lowercase(name: &str) -> Str<'_> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) || !name.is_ascii() {
        name.to_lowercase().into()
    } else {
        name.into()
    }
}

fn name_in<'f>(flow: &'f flowc_core::flow::Flow, task: TaskId, name: &str) -> &'f str {
    super::scope::artifact_name(flow, task, name)
}

fn outer_index(name: &str) -> String {
    format!("{name}_index")
}

fn outputs(task: &Task) -> Vec<Output<'_>> {
    task.outputs
        .iter()
        .map(|output| Output {
            name: output.name.value.as_str().into(),
            from: OutputFrom::Path([OUTPUTS, "/", &output.name.value].concat().into()),
            global_name: None,
        })
        .collect()
}

fn artifact_path(artifact: &Artifact) -> Str<'_> {
    match &artifact.path {
        Some(path) => path.value.as_str().into(),
        None => format!("{OUTPUTS}/{}", artifact.name.value).into(),
    }
}

pub(super) fn pairs(map: &IndexMap<String, Spanned<String>>) -> Pairs<'_> {
    map.iter()
        .map(|(key, value)| (key.as_str().into(), value.value.as_str().into()))
        .collect()
}

/// Puts a pair at the end, or in the place of the one that has the key.
fn put<'f>(pairs: &mut Pairs<'f>, key: String, value: &'f str) {
    match pairs.iter_mut().find(|(known, _)| *known == key) {
        Some((_, before)) => *before = value.into(),
        None => pairs.push((key.into(), value.into())),
    }
}

fn pod_needs_brace(pod: &Pod) -> bool {
    let fixed = |text: &Text| matches!(text, Text::Fixed(text) if escape::needs_brace(text));
    pod.main.command.iter().any(fixed) || pod.main.args.iter().any(fixed)
}
