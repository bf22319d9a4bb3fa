//! What a case cannot ask, on a real engine: answers from a person, services, images without a shell, two runs at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::FIRST;
use crate::engines::docker::Docker;
use crate::flowc::Flowc;
use crate::process::{self, Ended};
use crate::report::Checks;

/// Something that must be so of a project.
type Check = fn(&Live<'_>) -> Result<(), String>;

const CHECKS: [(&str, &str, &[&str], Check); 5] = [
    ("answers", ANSWERS, &[], answers),
    ("services", SERVICES, &[], services),
    ("unready", UNREADY, &[], unready),
    ("bare", BARE, &["shell=copied"], bare),
    ("twice", TWICE, &[], twice),
];

/// Everything that needs an engine.
///
/// # Errors
/// Why there is none.
pub fn checks(flowc: &Flowc, work: &Path, checks: &mut Checks) -> Result<(), String> {
    let program = FIRST.program()?;
    checks.result("gpus", gpus(flowc, &program, &work.join("gpus")));
    let docker = Docker::start_with_networks()?;
    for (name, flow, options, check) in CHECKS {
        let live = Live {
            docker: &docker,
            program: &program,
            folder: work.join(name),
            name: format!("flowc-live-{name}-{}", std::process::id()),
        };
        let compiled = written(flow, &live.folder)
            .and_then(|file| flowc.compile(&file, FIRST.target, options, &live.folder));
        checks.result(name, compiled.and_then(|_| check(&live)));
        let words = ["down", "--volumes", "--timeout", "0", "--remove-orphans"];
        process::capture(live.compose(60).args(words));
    }
    Ok(())
}

fn written(flow: &str, folder: &Path) -> Result<PathBuf, String> {
    let file = folder.join("flow.yaml");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, flow))
        .map_err(|error| error.to_string())?;
    Ok(file)
}

/// A project of Compose.
struct Live<'a> {
    docker: &'a Docker,
    program: &'a Path,
    folder: PathBuf,
    name: String,
}

impl Live<'_> {
    fn compose(&self, seconds: u32) -> Command {
        let mut command = self.docker.command("timeout");
        command.args(["--kill-after=10", &seconds.to_string()]);
        command
            .arg(self.program)
            .args(["--project-name", &self.name]);
        command.current_dir(&self.folder);
        command
    }

    fn run(&self) -> Ended {
        process::capture(self.compose(120).args(["run", "--rm", "-T", "run"]))
    }

    fn begin(&self) -> Result<Child, String> {
        let mut command = self.compose(120);
        command.args(["run", "--rm", "-T", "run"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map_err(|error| error.to_string())
    }

    /// Asks the container of a service, as soon as that is there.
    fn exec(
        &self,
        service: &str,
        words: &[&str],
        until: fn(&Ended) -> bool,
    ) -> Result<Ended, String> {
        let began = Instant::now();
        loop {
            let mut command = self.compose(30);
            let ended = process::capture(command.args(["exec", "-T", service]).args(words));
            if until(&ended) {
                return Ok(ended);
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err(ended.tail(10));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// A file below the folder of the run on the volume.
    fn kept(&self, path: &str) -> Result<String, String> {
        let to = self.folder.join("flow");
        if !to.exists() {
            let from = format!("{}-start-1:/flow/.", self.name);
            process::demand(self.docker.command("docker").args(["cp", &from]).arg(&to))?;
        }
        let read = |path: PathBuf| {
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let id = read(to.join("current"))?;
        read(to.join(id.trim()).join(path))
    }

    fn keeps(&self, path: &str, wanted: &str) -> Result<(), String> {
        let found = self.kept(path)?;
        if found.trim_end() == wanted {
            Ok(())
        } else {
            Err(format!("{path} is {found:?}, not {wanted:?}"))
        }
    }
}

fn ended_with(ended: &Ended, success: bool) -> Result<(), String> {
    if ended.success == success {
        Ok(())
    } else {
        Err(ended.tail(30))
    }
}

const ANSWERS: &str = r#"
flow: answers
defaults: { image: "busybox:1.36" }
tasks:
  ask: { approve: { message: "to which?", choices: [here, there] } }
  unasked: { approve: { message: "now?", choices: [now, later], default: later, timeout: 1s } }
  late: { approve: { message: "now?", choices: [now, later], timeout: 1s }, allow_failure: true }
  go:
    env: { TO: "${{ tasks.ask.outputs.choice }}", WHEN: "${{ tasks.unasked.outputs.choice }}" }
    run: echo "$TO $WHEN" > "$FLOW_OUTPUTS/said"
    outputs: { said: string }
"#;

/// A choice that there is not is refused, one that there is goes to the tasks; at the timeout it is the default, or
/// a failure.
fn answers(live: &Live<'_>) -> Result<(), String> {
    let mut child = live.begin()?;
    let words = ["sh", "/flowc/task", "answer", "nowhere"];
    let refused = |ended: &Ended| {
        ended
            .stderr
            .contains("no such choice; there are: here there")
    };
    let result = live.exec("ask", &words, refused).and_then(|_| {
        let words = ["sh", "/flowc/task", "answer", "there"];
        live.exec("ask", &words, |ended| ended.success)
    });
    let status = child.wait().map_err(|error| error.to_string())?;
    result?;
    live.keeps("late/state", "failed")?;
    live.keeps("go/values/said", "there later")?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the run ended with {status}"))
    }
}

const SERVICES: &str = r#"
flow: services
defaults: { image: "busybox:1.36" }
services:
  web:
    image: "busybox:1.36"
    command: [sh, -c, "mkdir /w; sleep 1; echo 'all $HOME' > /w/page; exec httpd -f -p 8080 -h /w"]
    ports: [8080]
    ready: { http: { port: 8080, path: /page }, interval: 1s, timeout: 30s }
tasks:
  a: { run: 'wget -qO "$FLOW_OUTPUTS/page" http://web:8080/page', outputs: { page: string } }
  b:
    services:
      listens: { image: "busybox:1.36", command: [nc, -ll, -p, "5000", -e, cat], ready: { tcp: 5000, interval: 1s, timeout: 30s } }
      says: { image: "busybox:1.36", command: [sh, -c, "sleep 1; echo > /up; sleep 300"], ready: { command: [test, -e, /up], interval: 1s, timeout: 30s } }
    run: 'echo hello | nc -w 2 listens 5000 > "$FLOW_OUTPUTS/heard"'
    outputs: { heard: string }
"#;

/// Tasks begin when what they need is ready, by each kind of check.
fn services(live: &Live<'_>) -> Result<(), String> {
    ended_with(&live.run(), true)?;
    live.keeps("a/values/page", "all $HOME")?;
    live.keeps("b/values/heard", "hello")
}

const UNREADY: &str = r#"
flow: unready
defaults: { image: "busybox:1.36" }
tasks:
  a: { run: echo > "$FLOW_OUTPUTS/ran", outputs: { ran: string } }
  b:
    depends_on: [a]
    services: { deaf: { image: "busybox:1.36", command: [sleep, "300"], ready: { tcp: 80, interval: 1s, timeout: 2s } } }
    run: echo > "$FLOW_OUTPUTS/ran"
    outputs: { ran: string }
"#;

/// A service that does not get ready ends the run, and its task does not start.
fn unready(live: &Live<'_>) -> Result<(), String> {
    ended_with(&live.run(), false)?;
    match live.kept("b/state") {
        Err(_) => Ok(()),
        Ok(state) => Err(format!("`b` is {state}")),
    }
}

const BARE: &str = r#"
flow: bare
defaults: { image: "flowc-bare:1" }
tasks:
  list: { run: 'seq 3 > "$FLOW_OUTPUTS/said"; [ "$FLOW_ATTEMPT" = 2 ]', retries: 1, outputs: { said: string } }
  count:
    command: [/bin/seq, "${{ size(tasks.list.outputs.said) }}"]
    when: ${{ tasks.list.outputs.said != "" }}
"#;

/// An image with one program and no shell.
fn bare(live: &Live<'_>) -> Result<(), String> {
    let script = "mkdir -p root/bin && cp \"$(command -v busybox)\" root/bin/seq && tar -cf bare.tar -C root .";
    let mut command = process::command("sh");
    process::demand(command.args(["-ec", script]).current_dir(&live.folder))?;
    let mut command = live.docker.command("docker");
    command.arg("import").arg(live.folder.join("bare.tar"));
    process::demand(command.arg("flowc-bare:1"))?;
    ended_with(&live.run(), true)?;
    live.keeps("list/attempts", "2")?;
    live.keeps("list/values/said", "1\n2\n3")?;
    live.keeps("count/state", "succeeded")
}

const TWICE: &str = r#"
flow: twice
defaults: { image: "busybox:1.36" }
tasks:
  slow: { run: 'sleep 6; echo "$FLOW_RUN_ID" > "$FLOW_OUTPUTS/id"', outputs: { id: string } }
  after: { depends_on: [slow], run: "true" }
"#;

/// A second run of a project that is at work is refused and disturbs nothing; the next one is a new run.
fn twice(live: &Live<'_>) -> Result<(), String> {
    let mut first = live.begin()?;
    live.exec("slow", &["true"], |ended| ended.success)?;
    let second = live.run();
    let status = first.wait().map_err(|error| error.to_string())?;
    if second.success {
        return Err("the second run is not refused".to_owned());
    }
    if !status.success() {
        return Err(format!(
            "the first run ended with {status}\n{}",
            second.tail(20)
        ));
    }
    let id = live.kept("slow/values/id")?;
    live.keeps("after/state", "succeeded")?;
    fs::remove_dir_all(live.folder.join("flow")).map_err(|error| error.to_string())?;
    ended_with(&live.run(), true)?;
    if live.kept("slow/values/id")? == id {
        return Err("the next run has the same id".to_owned());
    }
    Ok(())
}

/// What is asked of a machine with GPUs; there is none to run it on.
fn gpus(flowc: &Flowc, program: &Path, folder: &Path) -> Result<(), String> {
    let flow = "flow: f\ntasks: { t: { image: a, command: [b], resources: { gpu: 2 } } }\n";
    flowc.compile(&written(flow, folder)?, FIRST.target, &[], folder)?;
    let mut command = process::command(program);
    command
        .args(["config", "--format", "json"])
        .current_dir(folder);
    let said = process::demand(&mut command)?;
    let config: Value = serde_json::from_str(&said).map_err(|error| error.to_string())?;
    let device = &config["services"]["t"]["deploy"]["resources"]["reservations"]["devices"][0];
    if device["count"] == 2 && device["capabilities"] == serde_json::json!(["gpu"]) {
        Ok(())
    } else {
        Err(format!("{device}"))
    }
}
