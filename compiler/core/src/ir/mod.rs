//! The IR as JSON, versioned: what `flowc inspect --stage flow` prints and what other front ends may
//! write. It is the normal form of the language, so [`resolve`](crate::resolve) reads it back.

mod document;
mod print;
mod schema;
#[cfg(test)]
mod tests;

pub use schema::{flow_schema, ir_schema};

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::expr::syntax::escape;
use crate::flow::{
    Amount, Approve, ArtifactExport, ArtifactKind, Body, Command, Concurrency, Export, Flow, Group,
    Kubernetes, OnConflict, Overlap, Parameter, Probe, Process, Resources, Schedule, Service,
    SubFlow, TargetFields, Task, TaskId,
};
use crate::source::Spanned;
use document::{
    ApproveDocument, ArtifactDocument, BackoffDocument, CacheDocument, ConcurrencyDocument,
    FanOutDocument, FlowDocument, GpuDocument, HttpDocument, KubernetesDocument, Named,
    ParameterDocument, ReadyDocument, ResourcesDocument, RetryOnDocument, ScheduleDocument,
    ServiceDocument, SubFlowDocument, TaskDocument,
};

/// The version of the JSON form.
pub const VERSION: i64 = 1;

/// A flow as JSON text, indented, with a newline at its end.
pub fn to_json(flow: &Flow) -> String {
    let document = Writer { flow }.flow();
    let mut text = serde_json::to_string_pretty(&document)
        .unwrap_or_else(|error| unreachable!("strings and numbers have a JSON form: {error}"));
    text.push('\n');
    text
}

struct Writer<'f> {
    flow: &'f Flow,
}

impl Writer<'_> {
    fn flow(&self) -> FlowDocument {
        let flow = self.flow;
        FlowDocument {
            flowc_ir: VERSION,
            flow: flow.name.value.clone(),
            description: text(&flow.description),
            owner: text(&flow.owner),
            tags: texts(&flow.tags),
            labels: text_map(&flow.labels),
            parameters: parameters(flow.parameters.iter()),
            secrets: texts(&flow.secrets),
            schedule: flow.schedule.as_ref().map(schedule),
            timeout: shown(&flow.timeout),
            max_parallel: flow.max_parallel.as_ref().map(|limit| limit.value),
            fail_fast: flow.fail_fast.as_ref().map(|switch| switch.value),
            concurrency: flow.concurrency.as_ref().map(concurrency),
            services: self.services(&flow.services),
            tasks: self.tasks(&flow.roots),
            finally: self.tasks(&flow.finally),
            outputs: self.exports(&flow.outputs),
            artifacts: flow
                .artifacts
                .iter()
                .map(|export| (export.name.value.clone(), self.artifact(export)))
                .collect(),
            targets: targets(&flow.targets),
        }
    }

    fn tasks(&self, ids: &[TaskId]) -> Named<TaskDocument> {
        ids.iter()
            .map(|id| {
                let task = self.flow.task(*id);
                (task.name.value.clone(), self.task(task))
            })
            .collect()
    }

    fn task(&self, task: &Task) -> TaskDocument {
        let flow = self.flow;
        let condition = task.when.as_deref().or(task
            .for_each
            .as_ref()
            .and_then(|fan_out| fan_out.filter.as_ref()));
        let mut document = TaskDocument {
            description: text(&task.description),
            depends_on: task
                .upstream
                .iter()
                .filter(|dependency| dependency.explicit)
                .map(|dependency| flow.task(dependency.task).name.value.clone())
                .collect(),
            trigger_rule: task.trigger_rule.as_str(),
            when: condition.map(|expr| print::value(flow, expr)),
            for_each: task.for_each.as_ref().map(|fan_out| FanOutDocument {
                variable: fan_out.variable.value.clone(),
                list: print::value(flow, &fan_out.list),
            }),
            max_parallel: task.max_parallel.as_ref().map(|limit| limit.value),
            fail_fast: task.fail_fast.as_ref().map(|switch| switch.value),
            allow_failure: task
                .allow_failure
                .as_ref()
                .map(|expr| print::value(flow, expr)),
            retries: task.retries.as_ref().map(|retries| retries.value),
            retry_on: task.retry_on.as_ref().map(|codes| RetryOnDocument {
                exit_codes: codes.value.clone(),
            }),
            backoff: task.backoff.as_ref().map(|backoff| BackoffDocument {
                delay: backoff.delay.to_string(),
                factor: backoff.factor.value,
                max_delay: shown(&backoff.max_delay),
            }),
            timeout: shown(&task.timeout),
            resources: self.resources(&task.resources),
            services: self.services(&task.services),
            cache: task.cache.as_ref().map(|cache| CacheDocument {
                key: cache.key.display(flow),
                ttl: shown(&cache.ttl),
            }),
            pure: task.pure.as_ref().map(|switch| switch.value),
            estimate: shown(&task.estimate),
            concurrency: task.concurrency.as_deref().map(concurrency),
            priority: task.priority.as_ref().map(|priority| priority.value),
            kubernetes: kubernetes(&task.kubernetes),
            targets: targets(&task.targets),
            ..TaskDocument::default()
        };
        self.writes(task, &mut document);
        match &task.body {
            Body::Process(process) => self.process(process, &mut document),
            Body::Group(group) => self.group(group, &mut document),
            Body::Wait(duration) => document.wait = Some(duration.to_string()),
            Body::Approve(question) => document.approve = Some(approve(question)),
        }
        document
    }

    fn writes(&self, task: &Task, document: &mut TaskDocument) {
        document.outputs = task
            .outputs
            .iter()
            .map(|output| (output.name.value.clone(), Json::from(output.ty.to_string())))
            .collect();
        document.artifacts = task
            .artifacts
            .iter()
            .map(|artifact| {
                let written = ArtifactDocument::Written {
                    kind: match artifact.kind {
                        ArtifactKind::File => "file",
                        ArtifactKind::Directory => "directory",
                    },
                    path: text(&artifact.path),
                };
                (artifact.name.value.clone(), written)
            })
            .collect();
    }

    fn process(&self, process: &Process, document: &mut TaskDocument) {
        let flow = self.flow;
        document.image = process.image.as_ref().map(|image| image.display(flow));
        document.workdir = text(&process.workdir);
        document.env = process
            .env
            .iter()
            .map(|variable| {
                let value = variable.value.display(flow);
                (variable.name.value.clone(), value)
            })
            .collect();
        match &process.command {
            Command::Argv(arguments) => {
                let arguments = arguments.iter();
                document.command = Some(arguments.map(|word| word.display(flow)).collect());
            }
            Command::Script { shell, text } => {
                document.shell = Some(shell.iter().map(|word| escape(word)).collect());
                document.run = Some(escape(&text.value));
            }
        }
    }

    fn group(&self, group: &Group, document: &mut TaskDocument) {
        let tasks = self.tasks(&group.children);
        let outputs = self.exports(&group.outputs);
        let artifacts = group
            .artifacts
            .iter()
            .map(|export| {
                let reference = ArtifactDocument::Export(self.artifact(export));
                (export.name.value.clone(), reference)
            })
            .collect();
        let Some(SubFlow {
            path,
            name,
            bindings,
        }) = &group.sub_flow
        else {
            document.tasks = tasks;
            document.outputs = outputs;
            document.artifacts = artifacts;
            return;
        };
        document.with = bindings
            .iter()
            .map(|binding| {
                let value = print::value(self.flow, &binding.value);
                (binding.parameter.name.value.clone(), value)
            })
            .collect();
        document.sub_flow = Some(Box::new(SubFlowDocument {
            flow: name.clone(),
            path: escape(&path.value),
            parameters: parameters(bindings.iter().map(|binding| &binding.parameter)),
            tasks,
            outputs,
            artifacts,
        }));
    }

    fn exports(&self, exports: &[Export]) -> Named<Json> {
        exports
            .iter()
            .map(|export| {
                let value = print::value(self.flow, &export.value);
                (export.name.value.clone(), value)
            })
            .collect()
    }

    fn artifact(&self, export: &ArtifactExport) -> String {
        let task = &self.flow.task(export.task).name;
        format!("${{{{ tasks.{task}.artifacts.{} }}}}", export.artifact)
    }

    fn services(&self, services: &[Service]) -> Named<ServiceDocument> {
        services
            .iter()
            .map(|service| (service.name.value.clone(), self.service(service)))
            .collect()
    }

    fn service(&self, service: &Service) -> ServiceDocument {
        ServiceDocument {
            image: escape(&service.image.value),
            command: service.command.as_ref().map(|words| texts(words)),
            env: service
                .env
                .iter()
                .map(|variable| {
                    let value = variable.value.display(self.flow);
                    (variable.name.value.clone(), value)
                })
                .collect(),
            ports: service.ports.iter().map(|port| port.value).collect(),
            ready: service.ready.as_ref().map(|ready| {
                let (mut http, mut tcp, mut command) = (None, None, None);
                match &ready.probe {
                    Probe::Http { port, path } => {
                        http = Some(HttpDocument {
                            port: *port,
                            path: escape(path),
                        });
                    }
                    Probe::Tcp { port } => tcp = Some(*port),
                    Probe::Command(words) => {
                        command = Some(words.iter().map(|word| escape(word)).collect());
                    }
                }
                ReadyDocument {
                    http,
                    tcp,
                    command,
                    interval: ready.interval.to_string(),
                    timeout: ready.timeout.to_string(),
                }
            }),
        }
    }

    fn resources(&self, resources: &Resources) -> Option<ResourcesDocument> {
        if *resources == Resources::default() {
            return None;
        }
        let amount = |amount: &Option<Amount>| amount.as_ref().map(|amount| self.amount(amount));
        Some(ResourcesDocument {
            cpu: amount(&resources.cpu),
            memory: amount(&resources.memory),
            gpu: resources.gpu.as_ref().map(|gpu| GpuDocument {
                count: self.amount(&gpu.count),
                kind: text(&gpu.kind),
            }),
            disk: amount(&resources.disk),
        })
    }

    fn amount(&self, amount: &Amount) -> Json {
        match amount {
            Amount::Known(quantity) => match quantity.as_str().parse::<u64>() {
                Ok(whole) => Json::from(whole),
                Err(_) => Json::from(quantity.as_str()),
            },
            Amount::Computed(expr) => Json::from(print::whole(self.flow, expr)),
        }
    }
}

fn schedule(schedule: &Schedule) -> ScheduleDocument {
    ScheduleDocument {
        cron: schedule.cron.as_str().to_owned(),
        timezone: schedule.timezone.value.clone(),
        start: schedule.start.as_ref().map(|date| date.as_str().to_owned()),
        end: schedule.end.as_ref().map(|date| date.as_str().to_owned()),
        catchup: schedule.catchup.value,
        overlap: match schedule.overlap.value {
            Overlap::Allow => "allow",
            Overlap::Skip => "skip",
            Overlap::Replace => "replace",
        },
    }
}

fn concurrency(concurrency: &Concurrency) -> ConcurrencyDocument {
    ConcurrencyDocument {
        group: escape(&concurrency.group.value),
        limit: concurrency.limit.value,
        on_conflict: match concurrency.on_conflict.value {
            OnConflict::Wait => "wait",
            OnConflict::Skip => "skip",
        },
    }
}

fn approve(question: &Approve) -> ApproveDocument {
    ApproveDocument {
        message: escape(&question.message.value),
        choices: texts(&question.choices),
        default: text(&question.default),
        timeout: shown(&question.timeout),
    }
}

fn parameters<'p>(all: impl Iterator<Item = &'p Parameter>) -> Named<ParameterDocument> {
    all.map(|parameter| {
        let document = ParameterDocument {
            ty: parameter.ty.to_string(),
            default: parameter
                .default
                .as_ref()
                .map(|default| print::data(&default.value)),
            min: parameter.min.as_ref().map(|min| min.value),
            max: parameter.max.as_ref().map(|max| max.value),
            choices: parameter
                .choices
                .as_ref()
                .map(|choices| choices.value.iter().map(print::data).collect()),
            pattern: text(&parameter.pattern),
            description: text(&parameter.description),
        };
        (parameter.name.value.clone(), document)
    })
    .collect()
}

fn kubernetes(fields: &Kubernetes) -> Option<KubernetesDocument> {
    if *fields == Kubernetes::default() {
        return None;
    }
    Some(KubernetesDocument {
        service_account: text(&fields.service_account),
        node_selector: text_map(&fields.node_selector),
        tolerations: fields
            .tolerations
            .iter()
            .map(|value| print::data(&value.value))
            .collect(),
        affinity: fields
            .affinity
            .as_ref()
            .map(|value| print::data(&value.value)),
        labels: text_map(&fields.labels),
        annotations: text_map(&fields.annotations),
        image_pull_policy: text(&fields.image_pull_policy),
        image_pull_secrets: texts(&fields.image_pull_secrets),
        priority_class: text(&fields.priority_class),
    })
}

fn targets(targets: &TargetFields) -> Named<Named<Json>> {
    targets
        .targets
        .iter()
        .map(|(target, set)| {
            let fields = set
                .fields
                .iter()
                .map(|(field, value)| (field.clone(), print::data(&value.value)))
                .collect();
            (target.clone(), fields)
        })
        .collect()
}

fn text(text: &Option<Spanned<String>>) -> Option<String> {
    text.as_ref().map(|text| escape(&text.value))
}

fn texts(texts: &[Spanned<String>]) -> Vec<String> {
    texts.iter().map(|text| escape(&text.value)).collect()
}

fn text_map(texts: &IndexMap<String, Spanned<String>>) -> Named<String> {
    texts
        .iter()
        .map(|(key, text)| (key.clone(), escape(&text.value)))
        .collect()
}

fn shown<T: std::fmt::Display>(value: &Option<Spanned<T>>) -> Option<String> {
    value.as_ref().map(|value| value.value.to_string())
}
