//! The model as YAML. The only place where a `$` is doubled, so that Compose does not look for a variable.

use std::borrow::Cow;

use flowc_core::text;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::model::{
    Common, Condition, Deploy, Healthcheck, Project, Runner, Service, Text, Variable,
};
use super::patch;
use crate::yaml::{Around, Fields, Lines, Map, Scalar, Yaml, document};

/// The file's text. What is printed of a service is given back at once: the text takes its room.
pub(super) fn print(mut project: Project) -> text::Text {
    let services = std::mem::take(&mut project.services);
    if let Some(patch) = &project.patch {
        let mut root = Map::new();
        file(&mut root, &project, services);
        patch::merge(&mut root, patch);
        return document(&project.header, &root).into();
    }
    let mut root = Lines::new(&project.header);
    file(&mut root, &project, services);
    root.into_text()
}

fn file(root: &mut impl Fields, project: &Project, services: Vec<Service>) {
    root.put("name", project.name.as_str());
    if services.iter().any(|service| service.shares) {
        let around = Around {
            anchor: Some("task"),
            ..Around::APART
        };
        root.named("x-task", around, |map| {
            shared(map, &project.shared, project.runner.as_ref());
        });
    }
    let mut waits = services.iter().flat_map(|service| &service.depends_on);
    if waits.any(|(_, condition)| *condition == Condition::Done) {
        let around = Around {
            anchor: Some("done"),
            ..Around::APART
        };
        root.named("x-done", around, |map| {
            map.put("condition", "service_completed_successfully");
        });
    }
    root.named("services", Around::APART, |map| {
        for (index, one) in services.into_iter().enumerate() {
            let around = Around {
                apart: index > 0,
                comment: one.comment.as_deref(),
                ..Around::default()
            };
            map.named(&one.name, around, |map| patched(map, &one));
        }
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

/// A service, with the user's changes.
fn patched(map: &mut impl Fields, one: &Service) {
    let Some(patch) = &one.patch else {
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
        for (name, condition) in last_of_each(&service.depends_on) {
            let condition = match condition {
                Condition::Done => {
                    map.entry(name, Scalar::alias("done"));
                    continue;
                }
                Condition::Healthy => "service_healthy",
                Condition::Started => "service_started",
            };
            map.named(name, Around::default(), |map| {
                map.put("condition", condition);
            });
        }
    });
    map.map("environment", |map| {
        for (name, value) in last_of_each(&service.environment) {
            map.entry(name, variable(value));
        }
    });
    map.put_some("working_dir", service.workdir.as_deref().map(plain));
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

/// Each name once, in the place of the first with the value of the last.
fn last_of_each<V>(entries: &[(String, V)]) -> IndexMap<&str, &V, FxBuildHasher> {
    let entries = entries.iter();
    entries
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// A list of words: in one line where all are short.
fn words(map: &mut impl Fields, key: &'static str, words: &[String]) {
    let words: Vec<Cow<'_, str>> = words.iter().map(|word| plain(word)).collect();
    map.words(key, words.iter().map(Cow::as_ref));
}

fn variable(value: &Variable) -> Scalar<'_> {
    match value {
        Variable::Text(Text::Plain(text)) => plain(text).into(),
        Variable::Text(Text::Filled(text)) => text.as_str().into(),
        Variable::Number(number) => (*number).into(),
        Variable::Given => Scalar::NULL,
    }
}

/// A text that Compose leaves as it is.
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('$') {
        text.replace('$', "$$").into()
    } else {
        text.into()
    }
}

fn labels(map: &mut impl Fields, labels: &[(String, String)]) {
    map.map("labels", |map| {
        for (key, value) in last_of_each(labels) {
            map.entry(key, plain(value));
        }
    });
}

fn deploy(map: &mut impl Fields, deploy: &Deploy) {
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

/// How many bytes a value has in the container.
pub(super) fn length(value: &Variable) -> usize {
    match value {
        Variable::Text(Text::Plain(text) | Text::Filled(text)) => text.len(),
        Variable::Number(_) | Variable::Given => 0,
    }
}
