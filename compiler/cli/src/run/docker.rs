//! The docker runner: every attempt in a container of its image, by the `docker` command.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use flowc_core::flow::{Probe, Ready};
use flowc_core::run::{Call, Layout, ServiceCall, ServicesId};

use super::process::Spec;
use crate::failure::Failure;

/// Variables that the `docker` command itself reads, so that their values go on its command line.
fn is_dockers_own(name: &str) -> bool {
    name.starts_with("DOCKER_")
        || matches!(
            name,
            "PATH" | "HOME" | "HTTP_PROXY" | "HTTPS_PROXY" | "NO_PROXY" | "XDG_RUNTIME_DIR"
        )
        || name.starts_with("LD_")
}

/// The docker runner of one run.
#[derive(Debug)]
pub struct Docker {
    run: String,
    groups: Mutex<HashMap<ServicesId, Group>>,
}

/// Services that run together in one network.
#[derive(Clone, Debug, Default)]
struct Group {
    network: String,
    containers: Vec<String>,
}

impl Docker {
    /// For a run.
    ///
    /// # Errors
    /// When no engine answers.
    pub fn new(run: &str) -> Result<Self, Failure> {
        let answer = Command::new("docker")
            .args(["version", "--format", "{{.Server.Version}}"])
            .stdin(Stdio::null())
            .output();
        let why = match answer {
            Ok(output) if output.status.success() => {
                return Ok(Self {
                    run: run.to_owned(),
                    groups: Mutex::default(),
                });
            }
            Ok(output) => last_line(&output.stderr),
            Err(error) => format!("cannot start `docker`: {}", crate::failure::reason(&error)),
        };
        Err(Failure::new(format!("no container engine answers: {why}"))
            .help("start one, or run it with `--runner process`"))
    }

    /// What to start for an attempt.
    pub fn spec(&self, call: Call, layout: &Layout, folder: PathBuf, outputs: PathBuf) -> Spec {
        let name = self.container(&format!(
            "{}-{:?}-{}",
            call.key.task.0, call.key.index, call.attempt.number
        ));
        let mut argv: Vec<String> = ["docker", "run", "--rm", "--init", "--name", &name]
            .map(str::to_owned)
            .to_vec();
        let root = &layout.root;
        argv.extend(["--volume".into(), format!("{root}:{root}")]);
        for network in self.networks(&call.services) {
            argv.extend(["--network".into(), network]);
        }
        if let Some(cpu) = call.cpu {
            argv.extend(["--cpus".into(), format!("{cpu}")]);
        }
        if let Some(memory) = call.memory {
            argv.extend(["--memory".into(), format!("{}", memory.ceil() as u64)]);
        }
        if let Some(gpu) = call.gpu.filter(|gpu| *gpu > 0.0) {
            argv.extend(["--gpus".into(), format!("{}", gpu.ceil() as u64)]);
        }
        if let Some(workdir) = &call.workdir {
            argv.extend(["--workdir".into(), workdir.clone()]);
        }
        let mut env = Vec::new();
        for (name, value) in call.env {
            argv.push("--env".into());
            if is_dockers_own(&name) {
                argv.push(format!("{name}={value}"));
            } else {
                argv.push(name.clone());
                env.push((name, value));
            }
        }
        let mut words = call.argv.into_iter();
        argv.extend(["--entrypoint".into(), words.next().unwrap_or_default()]);
        argv.push(call.image.unwrap_or_default());
        argv.extend(words);
        Spec {
            argv,
            env,
            hidden: Vec::new(),
            workdir: PathBuf::from("/"),
            folder,
            outputs,
            cleanup: Some(
                ["docker", "rm", "--force", &name]
                    .map(str::to_owned)
                    .to_vec(),
            ),
        }
    }

    /// A name that no other run has; of letters, digits, dots and dashes.
    fn container(&self, what: &str) -> String {
        let what: String = what
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        format!("flowc-{}-{what}", self.run)
    }

    fn networks(&self, services: &[ServicesId]) -> Vec<String> {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let found = services.iter().filter_map(|id| groups.get(id));
        found.map(|group| group.network.clone()).collect()
    }

    /// Starts services in a network of their own and waits until they are ready.
    ///
    /// # Errors
    /// Why one is not, as one line.
    pub fn start_services(&self, id: ServicesId, services: &[ServiceCall]) -> Result<(), String> {
        let network = self.container(&format!("net-{id:?}"));
        docker(&["network", "create", &network], &[])?;
        self.change(id, |group| group.network.clone_from(&network));
        for service in services {
            let name = self.container(&format!("{id:?}-{}", service.name));
            let mut words = vec!["run", "--detach", "--name", &name, "--network", &network];
            words.extend(["--network-alias", &service.name]);
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
            let mut rest: Vec<&str> = Vec::new();
            if let Some((program, arguments)) = service
                .command
                .as_ref()
                .and_then(|command| command.split_first())
            {
                words.extend(["--entrypoint", program]);
                rest.extend(arguments.iter().map(String::as_str));
            }
            words.push(&service.image);
            words.extend(rest);
            let env: Vec<(String, String)> = others.cloned().collect();
            docker(&words, &env).map_err(|why| format!("service `{}`: {why}", service.name))?;
            self.change(id, |group| group.containers.push(name.clone()));
        }
        for service in services {
            if let Some(ready) = &service.ready {
                let name = self.container(&format!("{id:?}-{}", service.name));
                wait_until_ready(&name, &network, ready)
                    .map_err(|why| format!("service `{}` {why}", service.name))?;
            }
        }
        Ok(())
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
        drop(groups);
        for container in &group.containers {
            let _ = docker(&["rm", "--force", "--volumes", container], &[]);
        }
        let _ = docker(&["network", "rm", &group.network], &[]);
    }

    /// Stops all services that still run.
    pub fn stop_all(&self) {
        let ids: Vec<ServicesId> = {
            let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
            groups.keys().copied().collect()
        };
        for id in ids {
            self.stop_services(id);
        }
    }
}

fn docker(words: &[&str], env: &[(String, String)]) -> Result<String, String> {
    let output = Command::new("docker")
        .args(words)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `docker`: {}", crate::failure::reason(&error)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(last_line(&output.stderr))
    }
}

fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines()
        .last()
        .unwrap_or("no reason given")
        .trim()
        .to_owned()
}

fn wait_until_ready(container: &str, network: &str, ready: &Ready) -> Result<(), String> {
    let pause = Duration::from_millis(ready.interval.as_milliseconds().max(50));
    let until = Instant::now() + Duration::from_millis(ready.timeout.as_milliseconds());
    loop {
        let is_ready = match &ready.probe {
            Probe::Command(words) => {
                let mut all = vec!["exec", container];
                all.extend(words.iter().map(String::as_str));
                docker(&all, &[]).is_ok()
            }
            Probe::Tcp { port } => address(container, network, *port).is_some_and(accepts),
            Probe::Http { port, path } => {
                address(container, network, *port).is_some_and(|at| answers(at, path))
            }
        };
        if is_ready {
            return Ok(());
        }
        if docker(
            &["inspect", "--format", "{{.State.Running}}", container],
            &[],
        )
        .as_deref()
            != Ok("true")
        {
            return Err("ended before it was ready".into());
        }
        if Instant::now() >= until {
            return Err(format!("was not ready after {}", ready.timeout));
        }
        thread::sleep(pause);
    }
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

/// Whether a folder is one that docker can mount under its own name.
pub fn can_mount(folder: &Path) -> bool {
    !folder.to_string_lossy().contains(':')
}
