//! The model as YAML. The only place where a `$` is doubled, so that Compose does not look for a variable.

use std::borrow::Cow;

use flowc_core::flow::Flow;
use flowc_core::text;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::model::{
    Common, Condition, Deploy, Environment, Healthcheck, Name, Project, Runner, Service, Text,
    Variable,
};
use super::patch;
use crate::yaml::{Around, Fields, Lines, Map, Scalar, Yaml, document};

/// The services behind the first, printed while they are made: what they are made of is given back at once.
pub(super) struct Services {
    printed: Printed,
    /// Whether one of them waits for another to be done.
    wait: bool,
}

/// A file that the user changes as a whole is a tree first.
enum Printed {
    Text(Lines),
    Tree(Map),
}

impl Services {
    /// None so far.
    pub(super) fn new(flow: &Flow) -> Self {
        let printed = match patch::of(&flow.targets) {
            Some(_) => Printed::Tree(Map::new()),
            None => Printed::Text(Lines::within(1)),
        };
        Self {
            printed,
            wait: false,
        }
    }

    /// Prints one more.
    pub(super) fn put(&mut self, service: &Service) {
        let mut waits = service.depends_on.iter();
        self.wait |= waits.any(|(_, condition)| *condition == Condition::Done);
        match &mut self.printed {
            Printed::Text(lines) => {
                let apart = !lines.is_empty();
                one(lines, service, apart);
            }
            Printed::Tree(map) => {
                let apart = !map.is_empty();
                one(map, service, apart);
            }
        }
    }

    /// The text of the whole file.
    pub(super) fn finish(self, project: &Project) -> text::Text {
        match self.printed {
            Printed::Text(services) => {
                let mut root = Lines::new(&project.header);
                file(&mut root, project, services, self.wait);
                root.into_text()
            }
            Printed::Tree(services) => {
                let mut root = Map::new();
                file(&mut root, project, services, self.wait);
                if let Some(patch) = project.patch {
                    patch::merge(&mut root, patch);
                }
                document(&project.header, &root).into()
            }
        }
    }
}

fn file<F: Fields>(root: &mut F, project: &Project, services: F, wait: bool) {
    root.put("name", project.name.as_str());
    if project.runner.is_some() {
        let around = Around {
            anchor: Some("task"),
            ..Around::APART
        };
        root.named("x-task", around, |map| {
            shared(map, &project.shared, project.runner.as_ref());
        });
    }
    if wait {
        let around = Around {
            anchor: Some("done"),
            ..Around::APART
        };
        root.named("x-done", around, |map| {
            map.put("condition", "service_completed_successfully");
        });
    }
    root.named("services", Around::APART, |map| {
        if let Some(start) = &project.start {
            one(map, start, false);
        }
        map.append(services, project.start.is_some());
    });
    if let Some(runner) = &project.runner {
        root.named("volumes", Around::APART, |map| {
            map.put("runs", Scalar::EMPTY_MAP);
        });
        root.named("configs", Around::APART, |map| {
            map.map("task", |map| map.put("content", plain(&runner.task)));
            if !runner.values.is_empty() {
                map.named("values", Around::APART, |map| {
                    map.put("content", plain(&runner.values));
                });
            }
        });
    }
}

fn shared(map: &mut impl Fields, common: &Common, runner: Option<&Runner>) {
    map.put("image", plain(&common.image));
    map.put_some("network_mode", common.network_mode.as_deref().map(plain));
    labels(map, &common.labels);
    let Some(runner) = runner else {
        return;
    };
    map.maps("volumes", [()], |map, ()| {
        map.put("type", "volume");
        map.put("source", "runs");
        map.put("target", "/flow");
    });
    let values = (!runner.values.is_empty()).then_some(["values", "/flowc/values.awk"]);
    let configs = [["task", "/flowc/task"]].into_iter().chain(values);
    map.maps("configs", configs, |map, [source, target]| {
        map.put("source", source);
        map.put("target", target);
    });
    let shell: &[&str] = if runner.copied {
        &["/flow/busybox", "sh", "/flowc/task"]
    } else {
        &["sh", "/flowc/task"]
    };
    map.words("entrypoint", shell.iter().copied());
}

/// A service under its name.
fn one(map: &mut impl Fields, one: &Service, apart: bool) {
    let around = Around {
        apart,
        comment: one.comment.as_deref(),
        ..Around::default()
    };
    map.named(&one.name, around, |map| patched(map, one));
}

/// A service, with the user's changes.
fn patched(map: &mut impl Fields, one: &Service) {
    let Some(patch) = one.patch else {
        return service(map, one);
    };
    let mut patched = Map::new();
    service(&mut patched, one);
    patch::merge(&mut patched, patch);
    map.entries(patched);
}

fn service(map: &mut impl Fields, service: &Service) {
    if service.shares {
        map.put("<<", Scalar::alias("task"));
    }
    map.put_some("image", service.image.as_deref().map(plain));
    map.put_some("pull_policy", service.pull_policy);
    map.put_some("network_mode", service.network_mode.as_deref().map(plain));
    map.map("depends_on", |map| {
        each_once(&service.depends_on, |name, condition| {
            let condition = match condition {
                Condition::Done => return map.entry(name, Scalar::alias("done")),
                Condition::Healthy => "service_healthy",
                Condition::Started => "service_started",
            };
            map.named(name, Around::default(), |map| {
                map.put("condition", condition);
            });
        });
    });
    environment(map, &service.environment);
    map.put_some("working_dir", service.workdir.map(plain));
    match service.entrypoint.as_deref() {
        Some([]) => map.value("entrypoint", Yaml::list::<Yaml>([])),
        Some(words) => self::words(map, "entrypoint", words),
        None => {}
    }
    words(map, "command", &service.command);
    map.put_some("cpu_shares", service.deploy.cpu_shares);
    words(map, "tmpfs", &service.tmpfs);
    deploy(map, &service.deploy);
    labels(map, &service.labels);
    if !service.expose.is_empty() {
        let ports = service.expose.iter();
        let ports = ports.map(|port| Yaml::quoted(port.to_string()));
        map.value("expose", Yaml::list(ports));
    }
    if let Some(check) = &service.healthcheck {
        map.map("healthcheck", |map| healthcheck(map, check));
    }
}

fn environment(map: &mut impl Fields, environment: &Environment<'_>) {
    map.map("environment", |map| {
        each_once(&environment.0, |name, value| match name {
            Name::Own(name) => map.put(name, variable(value)),
            Name::Other(name) => map.entry(name, variable(value)),
        });
    });
}

/// Takes each name once, in the place of the first with the value of the last.
fn each_once<N: AsRef<str>, V>(entries: &[(N, V)], mut take: impl FnMut(&N, &V)) {
    /// So few are compared with each other; a table of them would cost more.
    const FEW: usize = 12;
    let is_new = |(at, (name, _)): (usize, &(N, V))| {
        let mut before = entries[..at].iter();
        before.all(|(known, _)| known.as_ref() != name.as_ref())
    };
    if entries.len() <= FEW && entries.iter().enumerate().all(is_new) {
        for (name, value) in entries {
            take(name, value);
        }
        return;
    }
    let named = entries.iter().map(|entry| (entry.0.as_ref(), entry));
    let table: IndexMap<&str, &(N, V), FxBuildHasher> = named.collect();
    for (name, value) in table.into_values() {
        take(name, value);
    }
}

/// A list of words: in one line where all are short, which a script is not.
fn words(map: &mut impl Fields, key: &'static str, words: &[Cow<'_, str>]) {
    let Some(last) = words.last() else {
        return;
    };
    let plain = words.iter().map(|word| plain(word));
    if last.contains('\n') {
        map.list(key, plain);
    } else {
        let plain: Vec<Cow<'_, str>> = plain.collect();
        map.words(key, &plain);
    }
}

fn variable<'v>(value: &'v Variable<'_>) -> Scalar<'v> {
    match value {
        Variable::Text(Text::Plain(text)) => plain(text).into(),
        Variable::Text(Text::Filled(text)) => text.as_ref().into(),
        Variable::Number(number) => (*number).into(),
        Variable::Given => Scalar::NULL,
    }
}

/// A text that Compose leaves as it is.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('$') {
        return text.into();
    }
    let mut doubled = String::with_capacity(text.len() + text.len() / 8 + 8);
    let mut rest = text;
    // They are near each other, if there are several: a search for the next would cost more than a look at each.
    while let Some(at) = rest.bytes().position(|byte| byte == b'$') {
        let (before, after) = rest.split_at(at + 1);
        doubled.push_str(before);
        doubled.push('$');
        rest = after;
    }
    doubled.push_str(rest);
    doubled.into()
}

fn labels(map: &mut impl Fields, labels: &[(&str, &str)]) {
    if labels.is_empty() {
        return;
    }
    map.map("labels", |map| {
        each_once(labels, |key, value| map.entry(key, plain(value)));
    });
}

fn deploy(map: &mut impl Fields, deploy: &Deploy) {
    if deploy.cpus.is_none() && deploy.memory.is_none() && deploy.gpus.is_none() {
        return;
    }
    map.map("deploy", |map| {
        map.map("resources", |map| {
            map.map("limits", |map| {
                map.put_some("cpus", deploy.cpus.as_deref().map(Scalar::quoted));
                let memory = deploy.memory.map(|bytes| format!("{bytes}b"));
                map.put_some("memory", memory.map(Scalar::quoted));
            });
            map.map("reservations", |map| {
                map.maps("devices", deploy.gpus, |map, count| {
                    map.put("driver", "nvidia");
                    map.put("count", count);
                    map.words("capabilities", ["gpu"]);
                });
            });
        });
    });
}

fn healthcheck(map: &mut impl Fields, check: &Healthcheck) {
    words(map, "test", &check.test);
    map.put("interval", check.interval.as_str());
    map.put("timeout", check.timeout.as_str());
    map.put("retries", check.retries);
}

/// How many bytes the longest value of its variables has in the container.
pub(super) fn longest(service: &Service) -> usize {
    let values = service.environment.0.iter();
    values
        .map(|(_, value)| length(value))
        .max()
        .unwrap_or_default()
}

fn length(value: &Variable) -> usize {
    match value {
        Variable::Text(Text::Plain(text) | Text::Filled(text)) => text.len(),
        Variable::Number(_) | Variable::Given => 0,
    }
}
