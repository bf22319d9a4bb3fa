//! Services. Those of a task are containers of its pod, reached by name at the pod's own address.
//! Those of a group or of the run are pods that go on running until their DAG ends; their address is
//! known to the DAG, and comes to the pods in it as an input.

use flowc_core::flow::{Probe, Ready, Service, Task, TaskId};

use super::Lowerer;
use super::process::Slots;
use super::share::fill;
use crate::argo::escape;
use crate::argo::model::{
    self, Argument, Ask, Beside, Body, Container, DagTask, Depends, Env, EnvValue, Input, Pod,
    SlotValue, Str, Template, TemplateRef, Text,
};

impl<'f> Lowerer<'f> {
    /// Adds the services of a task to its pod.
    pub(super) fn add_services(
        &mut self,
        depth: usize,
        id: TaskId,
        task: &'f Task,
        pod: &mut Pod<'f>,
        slots: &mut Slots<'f>,
    ) {
        if !task.services.is_empty() {
            let names = task.services.iter().map(|service| host(service)).collect();
            pod.rest_mut().hosts.push((Text::fixed("127.0.0.1"), names));
        }
        self.add_outer_services(depth, id, pod, slots);
        for service in &task.services {
            let container = self.service(depth, service, slots);
            // A container that starts before the process, and is awaited, is an init container
            // that goes on running.
            let beside = container.beside.as_deref();
            if beside.is_some_and(|beside| beside.probe.is_some()) {
                pod.rest_mut().init_containers.push(container);
            } else {
                pod.rest_mut().sidecars.push(container);
            }
        }
    }

    /// Names for the services of the groups around a task, and of the run. An inner one hides an
    /// outer one of the same name.
    fn add_outer_services(
        &mut self,
        depth: usize,
        id: TaskId,
        pod: &mut Pod<'f>,
        slots: &mut Slots<'f>,
    ) {
        let flow = self.flow;
        let run = (!flow.task(id).finally).then_some((None, &flow.services));
        let groups = flow
            .ancestors(id)
            .map(|group| (Some(group), &flow.task(group).services));
        for (owner, services) in groups.chain(run) {
            for service in services {
                let name = host(service);
                if pod
                    .rest()
                    .hosts
                    .iter()
                    .any(|(_, known)| known.contains(&name))
                {
                    continue;
                }
                let address = self.address(depth, owner, &service.name.value).tag();
                let slot = format!("{}_ip", service.name.value.replace('-', "_"));
                let address = slots.add(slot, SlotValue::Passed(address.into()));
                pod.rest_mut().hosts.push((address, vec![name]));
            }
        }
    }

    /// The tasks of a level that are its services.
    pub(super) fn service_tasks(
        &mut self,
        depth: usize,
        owner: Option<TaskId>,
        services: &'f [Service],
        check: Option<&DagTask<'f>>,
    ) -> Vec<DagTask<'f>> {
        services
            .iter()
            .map(|service| {
                let mut slots = Slots::default();
                let mut pod = Pod {
                    main: self.service(depth, service, &mut slots),
                    ..Pod::default()
                };
                pod.rest_mut().daemon = true;
                if let Some(beside) = &mut pod.main.beside {
                    beside.name = None;
                }
                let values = slots.values.into_iter().map(|value| (value, true));
                let values: Vec<_> = values.collect();
                let inputs = fill(&mut pod, slots.names, &values);
                let of = owner.map_or(String::new(), |owner| {
                    format!("{}-", self.flow.task(owner).path)
                });
                let name = self.template_name(&format!("{of}service-{}", service.name.value));
                let mut template = Template::new(name.clone(), Body::Pod(Box::new(pod)));
                template.comments =
                    vec!["A service: runs until the DAG around it has ended.".into()];
                let named = inputs.iter().flatten().cloned();
                template.inputs = named.map(|name| Input::new(name, None)).collect();
                // Behind the DAG that they belong to.
                self.place(owner, if owner.is_some() { 2 } else { 1 }, template);
                let mut task = DagTask::named(service_task(&service.name.value));
                task.depends = check.map(|check| Depends {
                    parts: vec![check.name.clone()],
                });
                task.template = TemplateRef::Named(name);
                task.arguments = inputs
                    .into_iter()
                    .zip(values)
                    .filter_map(|(name, (value, _))| {
                        Some(Argument {
                            name: name?,
                            value: value.into_text(),
                            note: None,
                        })
                    })
                    .collect();
                task
            })
            .collect()
    }

    fn service(
        &mut self,
        depth: usize,
        service: &'f Service,
        slots: &mut Slots<'f>,
    ) -> Container<'f> {
        let mut secrets = Vec::new();
        let defined = |name: &str| service.env.iter().any(|variable| *variable.name == name);
        let literal = |text: &'f str| {
            Text::fixed(escape::literal(
                text,
                escape::Neighbours::default(),
                &defined,
            ))
        };
        let mut env = Vec::new();
        for variable in &service.env {
            let whole = variable.value.as_expr().map(|expr| &expr.kind);
            let value = match whole {
                Some(flowc_core::expr::ExprKind::Ref(flowc_core::expr::Ref::Secret { name })) => {
                    self.secret_value(name)
                }
                _ => {
                    self.slot =
                        format!("{}_{}", service.name.value, variable.name.to_lowercase()).into();
                    let value = self.process_text(depth, &variable.value, &defined, &mut secrets);
                    EnvValue::Text(slots.add(std::mem::take(&mut self.slot), value))
                }
            };
            env.push(Env {
                name: variable.name.value.as_str().into(),
                value,
            });
        }
        let referred = secrets.iter().map(|name| Env {
            name: super::text::secret_variable(name).into(),
            value: self.secret_value(name),
        });
        let mut env: Vec<Env<'f>> = referred.chain(env).collect();
        let command: Vec<Text<'f>> = service
            .command
            .iter()
            .flatten()
            .map(|word| literal(word))
            .collect();
        let texts = env.iter().filter_map(|variable| match &variable.value {
            EnvValue::Text(text) => Some(text),
            EnvValue::Secret { .. } => None,
        });
        let brace = texts.chain(&command).any(|text| match text {
            Text::Fixed(text) => escape::needs_brace(text),
            Text::Slot(at) => escape::needs_brace(slots.values[*at].text()),
        });
        if brace {
            let value = EnvValue::Text(Text::fixed("{"));
            let name = escape::BRACE_VARIABLE.into();
            env.insert(0, Env { name, value });
        }
        let beside = Beside {
            name: Some(service.name.value.replace('_', "-").into()),
            ports: service.ports.iter().map(|port| port.value).collect(),
            probe: service.ready.as_ref().map(probe),
        };
        Container {
            beside: Some(Box::new(beside)),
            image: Some(Text::fixed(service.image.value.as_str())),
            command,
            env,
            ..Container::default()
        }
    }
}

/// The task that is a service of a level.
pub(super) fn service_task(name: &str) -> String {
    format!("flowc-service-{name}")
}

fn host<'f>(service: &'f Service) -> Str<'f> {
    service.name.value.as_str().into()
}

fn probe(ready: &Ready) -> model::Probe<'_> {
    let period = ready.interval.as_milliseconds().div_ceil(1000).max(1);
    let timeout = ready.timeout.as_milliseconds().div_ceil(1000).max(1);
    model::Probe {
        ask: match &ready.probe {
            Probe::Http { port, path } => Ask::Http {
                port: *port,
                path: path.as_str().into(),
            },
            Probe::Tcp { port } => Ask::Tcp { port: *port },
            Probe::Command(command) => {
                Ask::Command(command.iter().map(|word| word.as_str().into()).collect())
            }
        },
        period,
        failures: timeout.div_ceil(period),
    }
}
