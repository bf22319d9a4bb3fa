//! Services beside a process: containers of its pod that start before it, go on running, and end
//! with it. The pod is one machine, so a service's name is another name of that machine.

use flowc_core::expr::Template;
use flowc_core::flow::{Probe, Ready, Service, Task};

use super::{Lowering, whole_secret};
use crate::python::{Argument, Arguments, Code};

impl<'a> Lowering<'a> {
    /// The arguments of the pod for the services of its task.
    pub(super) fn service_arguments(&'a self, task: &'a Task) -> Arguments<'a> {
        if task.services.is_empty() {
            return Vec::new();
        }
        let containers = task.services.iter().map(|service| self.container(service));
        let names = task
            .services
            .iter()
            .map(|service| Code::string(&service.name.value));
        let alias = Code::call(
            "k8s.V1HostAlias",
            [
                ("ip", Code::string("127.0.0.1")),
                ("hostnames", Code::List(names.collect())),
            ],
        );
        vec![
            ("init_containers", Code::List(containers.collect())),
            ("host_aliases", Code::List(vec![alias])),
        ]
    }

    fn container(&'a self, service: &'a Service) -> Code<'a> {
        let mut arguments = vec![
            ("name", Code::string(&service.name.value)),
            ("image", Code::string(&service.image.value)),
            // An init container that is started again is one that goes on running.
            ("restart_policy", Code::string("Always")),
        ];
        if let Some(command) = &service.command {
            let words = command.iter().map(|word| kept(&word.value));
            arguments.push(("command", Code::List(words.collect())));
        }
        let env = service
            .env
            .iter()
            .map(|variable| self.variable(&variable.name.value, &variable.value));
        if !service.env.is_empty() {
            arguments.push(("env", Code::List(env.collect())));
        }
        let port = |port: u16| {
            let number = Code::atom(port.to_string());
            Code::call("k8s.V1ContainerPort", [("container_port", number)])
        };
        if !service.ports.is_empty() {
            let ports = service.ports.iter().map(|number| port(number.value));
            arguments.push(("ports", Code::List(ports.collect())));
        }
        if let Some(ready) = &service.ready {
            arguments.push(("startup_probe", probe(ready)));
        }
        Code::call("k8s.V1Container", arguments)
    }

    fn variable(&'a self, name: &'a str, value: &'a Template) -> Code<'a> {
        let mut arguments = vec![("name", Code::string(name))];
        if let Some(secret) = whole_secret(value) {
            let key = Code::call(
                "k8s.V1SecretKeySelector",
                [
                    ("name", Code::string(self.settings.secret)),
                    ("key", Code::string(secret)),
                ],
            );
            let source = Code::call("k8s.V1EnvVarSource", [("secret_key_ref", key)]);
            arguments.push(("value_from", source));
        } else {
            // Anything else was refused by the target's checks.
            arguments.push(("value", kept(value.as_literal().unwrap_or_default())));
        }
        Code::call("k8s.V1EnvVar", arguments)
    }
}

/// A text that Kubernetes leaves as it is: it reads `$(NAME)`, and `$$` as a dollar sign.
fn kept<'a>(text: &str) -> Code<'a> {
    Code::string(text.replace('$', "$$"))
}

fn probe<'a>(ready: &'a Ready) -> Code<'a> {
    let period = ready.interval.whole_seconds_up().max(1);
    let failures = ready.timeout.whole_seconds_up().max(1).div_ceil(period);
    let ask = match &ready.probe {
        Probe::Http { port, path } => {
            let arguments = [
                ("path", Code::string(path)),
                ("port", Code::atom(port.to_string())),
            ];
            ("http_get", Code::call("k8s.V1HTTPGetAction", arguments))
        }
        Probe::Tcp { port } => {
            let port = Code::atom(port.to_string());
            (
                "tcp_socket",
                Code::call("k8s.V1TCPSocketAction", [("port", port)]),
            )
        }
        Probe::Command(command) => {
            let words = command.iter().map(|word| kept(word)).collect();
            let action = Code::call("k8s.V1ExecAction", [("command", Code::List(words))]);
            ("_exec", action)
        }
    };
    let mut arguments = vec![Argument::named(ask.0, ask.1)];
    arguments.push(Argument::named(
        "period_seconds",
        Code::atom(period.to_string()),
    ));
    arguments.push(Argument::named(
        "failure_threshold",
        Code::atom(failures.to_string()),
    ));
    Code::Call("k8s.V1Probe".into(), arguments)
}
