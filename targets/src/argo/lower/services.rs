//! Services beside a process: containers of its pod, reached by name at the pod's own address.

use flowc_core::flow::{Probe, Ready, Service, Task};

use super::Lowerer;
use super::process::Slots;
use crate::argo::escape;
use crate::argo::model::{self, Ask, Container, Env, EnvValue, Pod, Text};

impl<'f> Lowerer<'f> {
    /// Adds the services of a task to its pod.
    pub(super) fn add_services(
        &mut self,
        depth: usize,
        task: &'f Task,
        pod: &mut Pod<'f>,
        slots: &mut Slots<'f>,
    ) {
        for service in &task.services {
            pod.host_names.push(service.name.value.as_str().into());
            let container = self.service(depth, service, slots);
            // A container that starts before the process, and is awaited, is an init container
            // that goes on running.
            if container.probe.is_some() {
                pod.init_containers.push(container);
            } else {
                pod.sidecars.push(container);
            }
        }
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
        env.insert(
            0,
            Env {
                name: escape::BRACE_VARIABLE.into(),
                value: EnvValue::Text(Text::fixed("{")),
            },
        );
        Container {
            name: Some(service.name.value.replace('_', "-").into()),
            image: Some(Text::fixed(service.image.value.as_str())),
            command,
            env,
            ports: service.ports.iter().map(|port| port.value).collect(),
            probe: service.ready.as_ref().map(|ready| Box::new(probe(ready))),
            ..Container::default()
        }
    }
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
