//! `flowc run --runner docker` on a real engine: cases, hostile text, and what becomes of containers when a run ends
//! before its time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::InContainers;
use crate::conformance::expect::{self, Case};
use crate::engines::Engine;
use crate::engines::docker::Docker;
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{conformance, hostile, house, process};

/// Cases about what a process is given, what it leaves and how it ends; the rules are the machine's, whatever starts
/// the processes.
const CASES: [&str; 13] = [
    "artifacts",
    "artifacts-fan-in",
    "artifacts-missing",
    "commands-and-shells",
    "hostile-parameter",
    "hostile-text-in-the-flow",
    "outputs-missing-and-large",
    "outputs-of-every-type",
    "process-variables",
    "retry-on",
    "run-timeout",
    "secrets",
    "timeout",
];

/// Something that must be so in a place.
type Check = fn(&Place<'_>) -> Result<(), String>;

/// Everything about containers.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = "flowc run --runner docker";
    report.step_on(&[Engine::Docker], without, title, |checks| {
        if let Err(error) = all(flowc, checks) {
            checks.fail("the engine", &error);
        }
    });
}

fn all(flowc: &Flowc, checks: &mut Checks) -> Result<(), String> {
    let work = house::work("docker-runner");
    no_engine(flowc, &work.join("no-engine"), checks);
    let engine = InContainers(Docker::start_with_networks()?);
    let wanted = |case: &Case| CASES.contains(&case.name.as_str());
    let cases: Vec<Case> = expect::cases()?.into_iter().filter(wanted).collect();
    conformance::on(&engine, flowc, &cases, &work.join("cases"), checks);
    let hostile = hostile::through_run(&engine, flowc, &work.join("hostile"), checks);
    checks.result("hostile text", hostile);
    let checked: [(&str, Check); 7] = [
        ("services, limits and failures", services_and_limits),
        ("a timeout ends the container", timeout),
        ("Ctrl-C ends containers and services", interrupted),
        ("a killed run goes on", killed),
        ("what a killed run left is gone with the next", left),
        ("a task that has ended by itself meanwhile", ended_meanwhile),
        ("a run that fails leaves nothing", |place| place.is_clean()),
    ];
    for (name, check) in checked {
        let place = Place {
            docker: &engine.0,
            flowc,
            folder: work.join(name.replace(' ', "-")),
        };
        let result = fs::create_dir_all(&place.folder).map_err(|error| error.to_string());
        checks.result(name, result.and_then(|()| check(&place)));
    }
    Ok(())
}

/// Without an engine no run begins.
fn no_engine(flowc: &Flowc, folder: &Path, checks: &mut Checks) {
    let flow = folder.join("flow.yaml");
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&flow, "flow: f\ntasks: { a: { image: b, run: 'true' } }\n"));
    checks.result("the flow", written.map_err(|error| error.to_string()));
    let mut command = process::command(flowc.program());
    command.args(["run", "--runner", "docker"]).arg(&flow);
    command.arg("--state").arg(folder.join("state"));
    command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let code = command
        .output()
        .ok()
        .and_then(|output| output.status.code());
    let said = process::capture(&mut command).stderr;
    let result = match (code, said.contains("no container engine answers: ")) {
        (Some(2), true) if !folder.join("state/runs").exists() => Ok(()),
        _ => Err(format!("exit code {code:?}\n{said}")),
    };
    checks.result("without an engine no run begins", result);
}

/// A folder with a flow, and an engine.
struct Place<'a> {
    docker: &'a Docker,
    flowc: &'a Flowc,
    folder: PathBuf,
}

impl Place<'_> {
    fn write(&self, flow: &str) -> Result<(), String> {
        fs::write(self.folder.join("flow.yaml"), flow).map_err(|error| error.to_string())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.docker.command(self.flowc.program());
        command.args(["run", "--jobs", "4", "--state", "state"]);
        command.args(["--events", "events.jsonl"]).args(words);
        command.current_dir(&self.folder);
        command
    }

    fn begin(&self) -> Result<Child, String> {
        let mut command = self.command(&["flow.yaml", "--runner", "docker"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map_err(|error| error.to_string())
    }

    fn run(&self, words: &[&str]) -> Ended {
        let mut command = self.command(words);
        let said = process::capture(&mut command);
        let text = fs::read_to_string(self.folder.join("events.jsonl")).unwrap_or_default();
        let events = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        Ended {
            said: said.stderr,
            events: events.collect(),
        }
    }

    /// Waits for something in the journal of the run.
    fn wait_for(&self, what: &str) -> Result<(), String> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            if self.journal().contains(what) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("`{what}` does not appear:\n{}", self.journal()))
    }

    fn journal(&self) -> String {
        let runs = fs::read_dir(self.folder.join("state/runs"));
        let run = runs.into_iter().flatten().flatten().next();
        let path = run.map(|run| run.path().join("journal.jsonl"));
        path.and_then(|path| fs::read_to_string(path).ok())
            .unwrap_or_default()
    }

    fn docker(&self, words: &[&str]) -> Result<String, String> {
        process::demand(self.docker.command("docker").args(words))
    }

    /// Waits until so many containers run.
    fn wait_for_containers(&self, wanted: usize) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let found = self.docker(&["ps", "--quiet"])?.lines().count();
            if found == wanted {
                return Ok(());
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err(format!("{found} containers run, not {wanted}"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// No container and no network of any run is left.
    fn is_clean(&self) -> Result<(), String> {
        let containers = self.docker(&["ps", "--all", "--filter", "label=flowc.run"])?;
        let networks = self.docker(&["network", "ls", "--filter", "label=flowc.run"])?;
        if containers.lines().count() == 1 && networks.lines().count() == 1 {
            Ok(())
        } else {
            Err(format!("left behind:\n{containers}{networks}"))
        }
    }
}

/// What a run said.
struct Ended {
    said: String,
    events: Vec<Value>,
}

impl Ended {
    /// What is told of the end of a task.
    fn of(&self, task: &str) -> Value {
        let ended = |event: &&Value| event["event"] == "task_ended" && event["task"] == task;
        self.events.iter().find(ended).cloned().unwrap_or_default()
    }

    fn is(&self, task: &str, state: &str, cause: &str) -> Result<(), String> {
        let found = self.of(task);
        let said = found["cause"].as_str().unwrap_or_default();
        if found["state"] == state && said.contains(cause) {
            Ok(())
        } else {
            Err(format!(
                "`{task}` should be {state} ({cause}): {found}\n{}",
                self.said
            ))
        }
    }
}

fn signal(name: &str, child: &Child) {
    process::capture(process::command("kill").args([format!("-{name}"), child.id().to_string()]));
}

/// Services in services, each found by its name; limits that are felt; what cannot start, said in one line.
fn services_and_limits(place: &Place<'_>) -> Result<(), String> {
    place.write(SERVICES)?;
    // An image with a user of its own.
    let container = place.docker(&["create", "busybox:1.36", "true"])?;
    let change = [
        "commit",
        "--change",
        "USER 1000",
        container.trim(),
        "flowc-user:1",
    ];
    place.docker(&change)?;
    place.docker(&["rm", container.trim()])?;
    let ended = place.run(&["flow.yaml", "--runner", "docker"]);
    ended.is("a", "succeeded", "")?;
    ended.is("group.b", "succeeded", "")?;
    ended.is("c", "succeeded", "")?;
    for (task, output, wanted) in [
        ("a", "page", "outer"),
        ("group.b", "page", "inner"),
        ("group.b", "beside", "beside"),
        ("c", "page", "outer"),
    ] {
        let found = ended.of(task)["outputs"][output].clone();
        if found != wanted {
            return Err(format!("`{task}` finds {found} instead of {wanted}"));
        }
    }
    ended.is(
        "not_ready",
        "failed",
        "service `never` ended before it was ready, with exit code 3: no such file",
    )?;
    ended.is("late", "failed", "service `deaf` was not ready after 1s")?;
    ended.is(
        "large",
        "failed",
        "exit code 137: killed, probably beyond its 32 MiB of memory",
    )?;
    ended.is("slow", "succeeded", "")?;
    if ended.of("slow")["outputs"]["quota"] != "50000 100000" {
        return Err(format!(
            "the limit of the CPU is not seen: {}",
            ended.of("slow")
        ));
    }
    ended.is(
        "no_image",
        "failed",
        "there is no container of `flowc-no-such-image:1`: ",
    )?;
    ended.is(
        "no_option",
        "failed",
        "there is no container of `--privileged`: ",
    )?;
    ended.is("no_program", "failed", "exit code 127")?;
    ended.is("user", "succeeded", "")?;
    place.is_clean()
}

const SERVICES: &str = r#"
flow: services
defaults: { image: "busybox:1.36" }
parameters: { image: "--privileged" }
services:
  web:
    image: "busybox:1.36"
    command: [sh, -c, "mkdir /w; echo outer > /w/page; sleep 1; exec httpd -f -p 8080 -h /w"]
    ports: [8080]
    ready: { http: { port: 8080, path: /page }, interval: 200ms, timeout: 30s }
tasks:
  a: { run: 'wget -qO "$FLOW_OUTPUTS/page" http://web:8080/page', outputs: { page: string } }
  group:
    services:
      web:
        image: "busybox:1.36"
        command: [sh, -c, "mkdir /w; echo inner > /w/page; exec httpd -f -p 8080 -h /w"]
        ready: { tcp: 8080, interval: 200ms, timeout: 30s }
      beside:
        image: "busybox:1.36"
        command: [sh, -c, "mkdir /w; echo beside > /w/page; exec httpd -f -p 80 -h /w"]
        ready: { command: [wget, -qO, /dev/null, "http://127.0.0.1/page"], interval: 200ms, timeout: 30s }
    tasks:
      b:
        run: 'wget -qO "$FLOW_OUTPUTS/page" http://web:8080/page; wget -qO "$FLOW_OUTPUTS/beside" http://beside/page'
        outputs: { page: string, beside: string }
  c:
    services: { third: { image: "busybox:1.36", command: [sleep, "60"] } }
    run: 'wget -qO "$FLOW_OUTPUTS/page" http://web:8080/page'
    outputs: { page: string }
  not_ready:
    services:
      never: { image: "busybox:1.36", command: [sh, -c, "echo no such file; exit 3"], ready: { tcp: 80, interval: 100ms, timeout: 30s } }
    run: "true"
  late:
    services: { deaf: { image: "busybox:1.36", command: [sleep, "60"], ready: { tcp: 80, interval: 100ms, timeout: 1s } } }
    run: "true"
  large: { run: 'x=$(head -c 100000000 /dev/zero | tr "\0" a); echo ${#x}', resources: { memory: 32Mi } }
  slow:
    resources: { cpu: 0.5 }
    run: |
      (cat /sys/fs/cgroup/cpu.max 2>/dev/null || echo $(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us)) > "$FLOW_OUTPUTS/quota"
    outputs: { quota: string }
  no_image: { image: "flowc-no-such-image:1", run: "true" }
  no_option: { image: "${{ parameters.image }}", run: "true" }
  no_program: { command: [no-such-program-of-flowc] }
  user: { image: "flowc-user:1", run: 'test "$(id -u)" = 1000; echo 1 > "$FLOW_OUTPUTS/n"', outputs: { n: integer } }
"#;

/// A process that ignores SIGTERM is gone when its attempt has failed.
fn timeout(place: &Place<'_>) -> Result<(), String> {
    place.write(
        "flow: f\ndefaults: { image: \"busybox:1.36\" }\ntasks:\n  stubborn: { timeout: 1s, run: \"trap '' TERM; while :; do sleep 1; done\" }\n",
    )?;
    let ended = place.run(&["flow.yaml", "--runner", "docker"]);
    ended.is("stubborn", "failed", "took longer than 1s")?;
    place.is_clean()
}

const LONG: &str = r#"
flow: long
defaults: { image: "busybox:1.36" }
services: { beside: { image: "busybox:1.36", command: [sleep, "300"] } }
tasks:
  first: { run: 'echo "$FLOW_ATTEMPT" > "$FLOW_OUTPUTS/n"', outputs: { n: integer } }
  long: { depends_on: [first], run: 'mkdir -p "${FLOW_OUTPUTS%/tasks/*}/seen"; [ -e "${FLOW_OUTPUTS%/tasks/*}/seen/long" ] || { echo > "${FLOW_OUTPUTS%/tasks/*}/seen/long"; sleep 300; }' }
"#;

fn interrupted(place: &Place<'_>) -> Result<(), String> {
    place.write(LONG)?;
    let mut child = place.begin()?;
    place.wait_for_containers(2)?;
    place.wait_for("\"started\",\"task\":\"long\"")?;
    wait_for_file(place)?;
    signal("INT", &child);
    let _ = child.wait();
    place.is_clean()?;
    let ended = place.run(&["--resume", "last"]);
    ended.is("long", "succeeded", "")?;
    is_restored(&ended)?;
    place.is_clean()
}

fn killed(place: &Place<'_>) -> Result<(), String> {
    place.write(LONG)?;
    let mut child = place.begin()?;
    place.wait_for("\"started\",\"task\":\"long\"")?;
    wait_for_file(place)?;
    place.wait_for_containers(2)?;
    signal("KILL", &child);
    let _ = child.wait();
    // Both containers go on, as nobody could end them.
    place.wait_for_containers(2)?;
    let ended = place.run(&["--resume", "last"]);
    ended.is("long", "succeeded", "")?;
    is_restored(&ended)?;
    if ended.of("long")["attempts"] != 1 {
        return Err(format!("it is another attempt: {}", ended.of("long")));
    }
    place.is_clean()
}

/// Nobody goes on with the killed run; another flow of the project is run.
fn left(place: &Place<'_>) -> Result<(), String> {
    place.write(LONG)?;
    let mut child = place.begin()?;
    wait_for_file(place)?;
    place.wait_for_containers(2)?;
    signal("KILL", &child);
    let _ = child.wait();
    place.wait_for_containers(2)?;
    place.write("flow: f\ntasks: { t: { image: \"busybox:1.36\", run: 'true' } }\n")?;
    let ended = place.run(&["flow.yaml", "--runner", "docker"]);
    ended.is("t", "succeeded", "")?;
    place.is_clean()
}

/// The container of an attempt that was under way has ended well before the run goes on: nobody has seen it end, so
/// the attempt is made again, in an empty folder.
fn ended_meanwhile(place: &Place<'_>) -> Result<(), String> {
    place.write(
        "flow: f\ndefaults: { image: \"busybox:1.36\" }\ntasks:\n  t: { run: 'seen=\"${FLOW_OUTPUTS%/tasks/*}/seen\"; mkdir -p \"$seen\"; ls \"$FLOW_OUTPUTS\"; echo > \"$seen/long\"; echo 1 > \"$FLOW_OUTPUTS/n\"; sleep 1', outputs: { n: integer } }\n",
    )?;
    let mut child = place.begin()?;
    wait_for_file(place)?;
    signal("KILL", &child);
    let _ = child.wait();
    place.wait_for_containers(0)?;
    let ended = place.run(&["--resume", "last"]);
    ended.is("t", "succeeded", "")?;
    place.is_clean()
}

fn wait_for_file(place: &Place<'_>) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let runs = fs::read_dir(place.folder.join("state/runs"));
        let mut runs = runs.into_iter().flatten().flatten();
        if runs.any(|run| run.path().join("seen/long").exists()) {
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err("the container does not write its file".to_owned());
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn is_restored(ended: &Ended) -> Result<(), String> {
    let first = ended.of("first");
    if first["restored"] == true && first["outputs"]["n"] == 1 {
        Ok(())
    } else {
        Err(format!("`first` runs again: {first}"))
    }
}
