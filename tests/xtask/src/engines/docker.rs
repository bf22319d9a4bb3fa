//! A Docker engine: the one that answers, or one of our own that is started for a while. Its images are
//! made here, under the names that the flows use; no registry is asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{at, cached};
use crate::house;
use crate::process::{self, capture, demand};

/// Where Debian's packages come from when there is no engine.
const PACKAGES: [&str; 4] = ["docker.io", "iptables", "busybox-static", "mmdebstrap"];

/// A shell and the tools of busybox.
const BUSYBOX: [&str; 2] = ["busybox:1.36", "ghcr.io/acme/etl:5.2"];

/// Python beside dash and mawk, with the programs that stand in for those of the examples.
const PYTHON: [&str; 4] = [
    "python:3.12-slim",
    "ghcr.io/acme/churn:1.4",
    "ghcr.io/acme/loader:2.1",
    "nvcr.io/acme/gradient:24.1",
];

/// A running engine. One that was started here ends with this value.
pub struct Docker {
    host: Option<String>,
    daemon: Option<Child>,
    folder: PathBuf,
}

/// The folder with what images are made of, once an engine could be had.
pub(super) fn ready() -> Result<PathBuf, String> {
    if !answers(None) && !program("dockerd") {
        install()?;
    }
    images()
}

impl Docker {
    /// The engine that answers, or a new one; with the images that flows name. A new one connects no containers,
    /// and leaves the rules of this machine's firewall alone.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&["--iptables=false"])
    }

    /// The same, with networks between containers.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start_with_networks() -> Result<Self, String> {
        Self::start_with(&[])
    }

    fn start_with(options: &[&str]) -> Result<Self, String> {
        let made_of = super::ready(super::Engine::Docker)?;
        let mut docker = Self {
            host: None,
            daemon: None,
            folder: std::env::temp_dir().join(format!("flowc-docker-{}", std::process::id())),
        };
        if !answers(None) {
            docker.launch(options)?;
        }
        docker.load(&made_of)?;
        Ok(docker)
    }

    /// A command that talks to this engine.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = process::command(program);
        if let Some(host) = &self.host {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// Where this engine listens.
    pub fn url(&self) -> String {
        let usual = || "unix:///var/run/docker.sock".to_owned();
        let named = self
            .host
            .clone()
            .or_else(|| std::env::var("DOCKER_HOST").ok());
        named.unwrap_or_else(usual)
    }

    fn launch(&mut self, options: &[&str]) -> Result<(), String> {
        let folder = &self.folder;
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
        let host = format!("unix://{}/docker.sock", folder.display());
        let log = fs::File::create(folder.join("log")).map_err(|error| at(folder, &error))?;
        let errors = log.try_clone().map_err(|error| at(folder, &error))?;
        let data = house::target().join("engines-work/docker-data");
        let daemon = process::command("dockerd")
            .arg("--data-root")
            .arg(&data)
            .arg("--exec-root")
            .arg(folder.join("run"))
            .arg("--pidfile")
            .arg(folder.join("pid"))
            .args(["--bridge=none", "--host", &host])
            .args(options)
            .env("GOGC", "400")
            .stdout(log)
            .stderr(errors)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start dockerd: {error}"))?;
        self.daemon = Some(daemon);
        self.host = Some(host);
        let began = Instant::now();
        while !answers(self.host.as_deref()) {
            let ended = self
                .daemon
                .as_mut()
                .is_some_and(|daemon| !matches!(daemon.try_wait(), Ok(None)));
            if ended || began.elapsed() > Duration::from_secs(60) {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let last = lines[lines.len().saturating_sub(10)..].join("\n");
                return Err(format!("dockerd does not answer:\n{last}"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Every image that is not there yet.
    fn load(&self, made_of: &Path) -> Result<(), String> {
        for (names, file) in [(&BUSYBOX[..], "busybox.tar"), (&PYTHON[..], "python.tar")] {
            for name in names {
                let known = capture(self.command("docker").args(["image", "inspect", name]));
                if known.success {
                    continue;
                }
                demand(
                    self.command("docker")
                        .args(["import", "-c", "ENV PATH=/usr/local/bin:/usr/bin:/bin"])
                        .args(["-c", "ENV PYTHONPATH=/stand-ins"])
                        .arg(made_of.join(file))
                        .arg(name),
                )?;
            }
        }
        Ok(())
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            // Asked to end, so that it ends its containers and what it has mounted.
            let _ = capture(process::command("kill").arg(daemon.id().to_string()));
            let began = Instant::now();
            while matches!(daemon.try_wait(), Ok(None)) {
                if began.elapsed() > Duration::from_secs(30) {
                    let _ = daemon.kill();
                    let _ = daemon.wait();
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn answers(host: Option<&str>) -> bool {
    let mut command = process::command("docker");
    if let Some(host) = host {
        command.env("DOCKER_HOST", host);
    }
    capture(command.args(["version", "--format", "{{.Server.Version}}"])).success
}

fn program(name: &str) -> bool {
    capture(process::command("sh").args(["-c", &format!("command -v {name}")])).success
}

fn install() -> Result<(), String> {
    let apt = |arguments: &[&str]| {
        demand(
            process::command("apt-get")
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    let installed = apt(&["update"]).and_then(|_| {
        let mut arguments = vec!["install", "-y", "--no-install-recommends"];
        arguments.extend(PACKAGES);
        apt(&arguments)
    });
    installed.map(|_| ()).map_err(|error| {
        format!(
            "{error}\nno Docker engine answers, and none could be installed (Debian, as root: {})",
            PACKAGES.join(" ")
        )
    })
}

/// The root folders of the images, as tar files.
fn images() -> Result<PathBuf, String> {
    let stand_ins = house::engine_files().join("stand-ins");
    let here = house::root().join("tests/xtask/src/engines/docker.rs");
    let parts = [here, stand_ins.join("bin"), stand_ins.join("churn")];
    cached("docker-images", &parts, |folder| {
        for needed in ["busybox", "mmdebstrap"] {
            if !program(needed) {
                install()?;
            }
        }
        demand(
            process::command("sh")
                .arg("-ec")
                .arg(BUSYBOX_IMAGE)
                .current_dir(folder),
        )?;
        demand(
            process::command("sh")
                .arg("-ec")
                .arg(PYTHON_IMAGE)
                .env("STAND_INS", &stand_ins)
                .current_dir(folder),
        )?;
        Ok(())
    })
}

const BUSYBOX_IMAGE: &str = r#"
mkdir -p root/bin root/tmp
chmod 1777 root/tmp
cp "$(command -v busybox)" root/bin/busybox
for applet in $(root/bin/busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "root/bin/$applet"
done
tar -cf busybox.tar -C root .
rm -rf root
"#;

const PYTHON_IMAGE: &str = r#"
packages=python3,libpython3-stdlib,dash,mawk,coreutils,sed,grep,libc-bin
mmdebstrap --quiet --variant=extract --include="$packages" bookworm unpacked.tar
mkdir root
tar -xf unpacked.tar -C root --exclude='./dev/*'
# No script of the packages has run.
ln -sf dash root/bin/sh
ln -sf mawk root/usr/bin/awk
ln -sf python3 root/usr/bin/python
mkdir -p root/stand-ins root/usr/local/bin root/tmp
chmod 1777 root/tmp
cp -R "$STAND_INS/churn" root/stand-ins/
cp "$STAND_INS"/bin/* root/usr/local/bin/
tar -cf python.tar -C root .
rm -rf root unpacked.tar
"#;
