//! Containers beside tasks: services of Compose with health checks.

use std::borrow::Cow;

use flowc_core::expr::Template;
use flowc_core::flow::{Probe, Ready, Service as Sidecar};
use flowc_core::values::Duration;

use super::super::model::{Condition, Healthcheck, Service, Text, Variable, Wait};
use super::process::seconds;
use super::{Lowerer, Sink, plain_text};

impl<'f> Lowerer<'f> {
    /// Adds the services of a task, a group or the run, which begin when their owner could; what the owner waits for
    /// because of them.
    pub(super) fn sidecars(
        &mut self,
        sidecars: &'f [Sidecar],
        before: &[Wait<'f>],
        services: &mut Sink<'_>,
    ) -> Vec<Wait<'f>> {
        let mut waits = Vec::new();
        for sidecar in sidecars {
            let name = Cow::from(&sidecar.name.value);
            let mut service = Service {
                name: name.clone(),
                image: Some(Cow::from(&sidecar.image.value)),
                depends_on: before.to_vec(),
                expose: sidecar.ports.iter().map(|port| port.value).collect(),
                healthcheck: sidecar.ready.as_ref().map(healthcheck),
                ..Service::default()
            };
            if let Some(command) = &sidecar.command {
                let words = command.iter();
                service.command = words.map(|word| Cow::from(&word.value)).collect();
            }
            for variable in &sidecar.env {
                let value = self.sidecar_value(&variable.value);
                service.environment.other(&variable.name.value, value);
            }
            let ready = if service.healthcheck.is_some() {
                Condition::Healthy
            } else {
                Condition::Started
            };
            services(&service);
            waits.push((name, ready));
        }
        waits
    }

    fn sidecar_value(&mut self, template: &'f Template) -> Variable<'f> {
        if let Some(text) = template.as_literal() {
            return plain_text(text);
        }
        match self.filled(template, true) {
            Some(filled) => Variable::Text(Text::Filled(filled.into())),
            None => {
                let message = "Compose itself fills in the variables of a service: secrets, and parameters of type string, integer \
                               or boolean whose default is plain text"
                    .to_owned();
                self.problems.push((template.span, message));
                plain_text("")
            }
        }
    }
}

fn healthcheck(ready: &Ready) -> Healthcheck<'_> {
    let test = match &ready.probe {
        Probe::Command(command) => {
            let mut test = vec!["CMD".into()];
            test.extend(command.iter().map(Cow::from));
            test
        }
        // Inside the service's own container, where other tools are not sure to be; not every `nc` knows `-z`. The
        // kernel's tables say on which ports somebody listens.
        Probe::Tcp { port } => vec![
            "CMD-SHELL".into(),
            format!(
                "nc -z 127.0.0.1 {port} || grep -qs ':{port:04X} 0*:0000 0A' /proc/net/tcp /proc/net/tcp6"
            )
            .into(),
        ],
        Probe::Http { port, path } => {
            let url = format!("http://127.0.0.1:{port}{path}").replace('\'', "%27");
            vec![
                "CMD-SHELL".into(),
                format!("wget -q -O /dev/null '{url}' || curl -fsS -o /dev/null '{url}'").into(),
            ]
        }
    };
    let interval = ready.interval.as_seconds().max(0.001);
    Healthcheck {
        test,
        interval: time(ready.interval),
        timeout: time(ready.interval.max(Duration::from_seconds(1.0))),
        retries: (ready.timeout.as_seconds() / interval).ceil().max(1.0) as u64,
    }
}

fn time(duration: Duration) -> String {
    format!("{}s", seconds(duration))
}
