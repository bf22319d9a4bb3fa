//! Services: containers beside those of tasks, in a network of their own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use flowc_core::flow::{Probe, Ready};
use flowc_core::run::{ServiceCall, ServicesId};

use super::{Docker, docker, is_dockers_own};

/// Services that run together in one network.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    network: String,
    /// The name of each, and that of its container.
    containers: Vec<(String, String)>,
    /// Those of the groups around, which are in the network too.
    around: Vec<ServicesId>,
}

impl Docker {
    /// The network of the innermost of these services; those around it are in it too, for not every engine can
    /// start a container in several networks.
    pub(super) fn network(&self, services: &[ServicesId]) -> Option<String> {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let innermost = services.last()?;
        groups.get(innermost).map(|group| group.network.clone())
    }

    /// Starts services in a network of their own and waits until they are ready.
    ///
    /// # Errors
    /// Why one is not, as one line.
    pub fn start_services(
        &self,
        id: ServicesId,
        around: &[ServicesId],
        services: &[ServiceCall],
    ) -> Result<(), String> {
        let starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        let network = self.name(&format!("services-{id}"));
        self.demand(
            &["network", "create", "--label", &self.label, &network],
            &[],
        )?;
        self.change(id, |group| {
            group.network.clone_from(&network);
            group.around = around.to_vec();
        });
        for (name, container) in self.reached_from(around, services) {
            let words = ["network", "connect", "--alias", &name, &network, &container];
            self.demand(&words, &[])?;
        }
        for service in services {
            let container = format!("{network}-{}", service.name);
            self.start_service(service, &container, &network)
                .map_err(|why| format!("service `{}`: {why}", service.name))?;
            self.change(id, |group| {
                group.containers.push((service.name.clone(), container));
            });
        }
        drop(starting);
        for service in services {
            if let Some(ready) = &service.ready {
                let container = format!("{network}-{}", service.name);
                self.wait_until_ready(&container, &network, ready)
                    .map_err(|why| format!("service `{}` {why}", service.name))?;
            }
        }
        Ok(())
    }

    fn start_service(
        &self,
        service: &ServiceCall,
        container: &str,
        network: &str,
    ) -> Result<(), String> {
        let mut words = vec!["run", "--detach", "--name", container, "--network", network];
        words.extend(["--label", &self.label, "--network-alias", &service.name]);
        let ports: Vec<String> = service.ports.iter().map(u16::to_string).collect();
        for port in &ports {
            words.extend(["--expose", port]);
        }
        let own: Vec<String> = service
            .env
            .iter()
            .filter(|(name, _)| is_dockers_own(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let others = service.env.iter().filter(|(name, _)| !is_dockers_own(name));
        for word in own.iter().chain(others.clone().map(|(name, _)| name)) {
            words.extend(["--env", word]);
        }
        let split = service.command.as_ref().and_then(|all| all.split_first());
        if let Some((program, _)) = split {
            words.extend(["--entrypoint", program]);
        }
        words.extend(["--", &service.image]);
        if let Some((_, arguments)) = split {
            words.extend(arguments.iter().map(String::as_str));
        }
        let env: Vec<(String, String)> = others.cloned().collect();
        self.demand(&words, &env).map(|_| ())
    }

    /// The services around that no name here hides: name and container.
    fn reached_from(
        &self,
        around: &[ServicesId],
        services: &[ServiceCall],
    ) -> Vec<(String, String)> {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<(String, String)> = Vec::new();
        for group in around.iter().rev().filter_map(|id| groups.get(id)) {
            for (name, container) in &group.containers {
                let is_hidden = services.iter().any(|service| service.name == *name)
                    || found.iter().any(|(known, _)| known == name);
                if !is_hidden {
                    found.push((name.clone(), container.clone()));
                }
            }
        }
        found
    }

    /// Asks docker for something, unless the run is over.
    fn demand(&self, words: &[&str], env: &[(String, String)]) -> Result<String, String> {
        if self.over.load(Ordering::Relaxed) {
            return Err("the run is over".into());
        }
        docker(words, env)
    }

    fn change(&self, id: ServicesId, change: impl FnOnce(&mut Group)) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        change(groups.entry(id).or_default());
    }

    /// Stops services and removes what they left.
    pub fn stop_services(&self, id: ServicesId) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(group) = groups.remove(&id) else {
            return;
        };
        let reached: Vec<String> = group
            .around
            .iter()
            .filter_map(|id| groups.get(id))
            .flat_map(|group| {
                group
                    .containers
                    .iter()
                    .map(|(_, container)| container.clone())
            })
            .collect();
        drop(groups);
        if !group.containers.is_empty() {
            let mut words = vec!["rm", "--force", "--volumes"];
            words.extend(
                group
                    .containers
                    .iter()
                    .map(|(_, container)| container.as_str()),
            );
            let _ = docker(&words, &[]);
        }
        for container in &reached {
            let _ = docker(&["network", "disconnect", &group.network, container], &[]);
        }
        let _ = docker(&["network", "rm", &group.network], &[]);
    }

    /// Starts no more services, and removes all that is left of the run.
    pub fn stop_all(&self) {
        self.over.store(true, Ordering::Relaxed);
        let starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        self.clear();
        drop(starting);
    }

    /// How a service has ended, when it has: its exit code and the last it said.
    fn has_ended(&self, container: &str) -> Option<String> {
        let format = "{{.State.Running}} {{.State.ExitCode}}";
        let state = self.demand(&["inspect", "--format", format, container], &[]);
        let state = state.unwrap_or_default();
        let (running, code) = state.split_once(' ').unwrap_or(("", ""));
        if running == "true" {
            return None;
        }
        let said = last_line(container);
        Some(match (code, said.as_str()) {
            ("", _) => String::new(),
            (code, "") => format!(", with exit code {code}"),
            (code, said) => format!(", with exit code {code}: {said}"),
        })
    }

    fn wait_until_ready(
        &self,
        container: &str,
        network: &str,
        ready: &Ready,
    ) -> Result<(), String> {
        let pause = Duration::from_millis(ready.interval.as_milliseconds().max(50));
        let until = Instant::now() + Duration::from_millis(ready.timeout.as_milliseconds());
        loop {
            let is_ready = match &ready.probe {
                Probe::Command(words) => {
                    let mut all = vec!["exec", container];
                    all.extend(words.iter().map(String::as_str));
                    self.demand(&all, &[]).is_ok()
                }
                Probe::Tcp { port } => address(container, network, *port).is_some_and(accepts),
                Probe::Http { port, path } => {
                    address(container, network, *port).is_some_and(|at| answers(at, path))
                }
            };
            if is_ready {
                return Ok(());
            }
            if let Some(how) = self.has_ended(container) {
                return Err(format!("ended before it was ready{how}"));
            }
            if Instant::now() >= until {
                return Err(format!("was not ready after {}", ready.timeout));
            }
            thread::sleep(pause);
        }
    }
}

/// The last line that a container has written.
fn last_line(container: &str) -> String {
    let mut command = Command::new("docker");
    command.args(["logs", "--tail", "1", container]);
    let Ok(output) = command.stdin(Stdio::null()).output() else {
        return String::new();
    };
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).trim().to_owned()
}

fn address(container: &str, network: &str, port: u16) -> Option<SocketAddr> {
    let format = format!("{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}");
    let ip = docker(&["inspect", "--format", &format, container], &[]).ok()?;
    Some(SocketAddr::new(ip.parse().ok()?, port))
}

fn accepts(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
}

/// Whether a GET answers 200 to 399.
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = vec![0; 12];
        stream.read_exact(&mut start)?;
        Ok(start)
    };
    ask()
        .is_ok_and(|start| start.starts_with(b"HTTP/") && matches!(start.get(9), Some(b'2' | b'3')))
}
