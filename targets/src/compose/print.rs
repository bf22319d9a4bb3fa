//! The model as YAML. The only place where a `$` is doubled, so that Compose does not look for a variable.

use super::model::{
    Common, Condition, Deploy, Healthcheck, Project, Runner, Service, Text, Variable,
};
use super::patch;
use crate::yaml::{Map, Yaml, document};

/// The file's text.
pub(super) fn print(project: &Project) -> String {
    let mut root = Map::new();
    root.put("name", project.name.as_str());
    if project.services.iter().any(|service| service.shares) {
        root.put(
            "x-task",
            shared(&project.shared, project.runner.as_ref())
                .anchor("task")
                .blank_before(),
        );
    }
    let waits = project
        .services
        .iter()
        .flat_map(|service| &service.depends_on);
    if waits
        .clone()
        .any(|(_, condition)| *condition == Condition::Done)
    {
        let done = Map::new().with("condition", "service_completed_successfully");
        root.put("x-done", Yaml::from(done).anchor("done").blank_before());
    }
    let mut services = Map::new();
    for (index, one) in project.services.iter().enumerate() {
        let mut value = service(one);
        if index > 0 {
            value = value.blank_before();
        }
        services.put(one.name.clone(), value);
    }
    root.put("services", Yaml::from(services).blank_before());
    if let Some(runner) = &project.runner {
        root.put(
            "volumes",
            Yaml::from(Map::new().with("runs", Map::new())).blank_before(),
        );
        let config = |text: &str| Map::new().with("content", plain(text));
        let mut configs = Map::new();
        configs.put("task", config(&runner.task));
        if !runner.values.is_empty() {
            configs.put("values", Yaml::from(config(&runner.values)).blank_before());
        }
        root.put("configs", Yaml::from(configs).blank_before());
    }
    if let Some(patch) = &project.patch {
        patch::merge(&mut root, patch);
    }
    document(&project.header, &root)
}

fn shared(common: &Common, runner: Option<&Runner>) -> Yaml {
    let mut map = Map::new();
    map.put("image", plain(&common.image));
    map.put_some("network_mode", common.network_mode.as_deref().map(plain));
    map.put_filled("labels", labels(&common.labels));
    if let Some(runner) = runner {
        let volume = Map::new()
            .with("type", "volume")
            .with("source", "runs")
            .with("target", "/flow");
        map.put("volumes", Yaml::list([volume]));
        let config = |source: &'static str, target: &'static str| {
            Map::new().with("source", source).with("target", target)
        };
        let mut configs = vec![config("task", "/flowc/task")];
        if !runner.values.is_empty() {
            configs.push(config("values", "/flowc/values.awk"));
        }
        map.put("configs", Yaml::list(configs));
        let shell: &[&str] = if runner.copied {
            &["/flow/busybox", "sh", "/flowc/task"]
        } else {
            &["sh", "/flowc/task"]
        };
        map.put("entrypoint", Yaml::flow_list(shell.iter().copied()));
    }
    map.into()
}

fn service(service: &Service) -> Yaml {
    let mut map = Map::new();
    if service.shares {
        map.put("<<", Yaml::alias("task"));
    }
    map.put_some("image", service.image.as_deref().map(plain));
    map.put_some("pull_policy", service.pull_policy);
    map.put_some("network_mode", service.network_mode.as_deref().map(plain));
    let waits = service.depends_on.iter().map(|(name, condition)| {
        let condition = match condition {
            Condition::Done => Yaml::alias("done"),
            Condition::Healthy => Map::new().with("condition", "service_healthy").into(),
            Condition::Started => Map::new().with("condition", "service_started").into(),
        };
        (name.clone(), condition)
    });
    map.put_filled("depends_on", waits.collect::<Map>());
    let environment = service
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), variable(value)));
    map.put_filled("environment", environment.collect::<Map>());
    map.put_some("working_dir", service.workdir.as_deref().map(plain));
    map.put_some(
        "entrypoint",
        service.entrypoint.as_ref().map(|words| self::words(words)),
    );
    map.put_filled("command", words(&service.command));
    map.put_some("cpu_shares", service.deploy.cpu_shares);
    map.put_filled(
        "tmpfs",
        Yaml::flow_list(service.tmpfs.iter().map(|path| plain(path))),
    );
    map.put_filled("deploy", deploy(&service.deploy));
    map.put_filled("labels", labels(&service.labels));
    let ports = service
        .expose
        .iter()
        .map(|port| Yaml::quoted(port.to_string()));
    map.put_filled("expose", Yaml::list(ports));
    map.put_some("healthcheck", service.healthcheck.as_ref().map(healthcheck));
    if let Some(patch) = &service.patch {
        patch::merge(&mut map, patch);
    }
    let value = Yaml::from(map);
    match &service.comment {
        Some(comment) => value.comment(comment.clone()),
        None => value,
    }
}

/// A list of words: in one line where all are short.
fn words(words: &[String]) -> Yaml {
    Yaml::flow_list(words.iter().map(|word| plain(word)))
}

fn variable(value: &Variable) -> Yaml {
    match value {
        Variable::Text(text) => self::text(text),
        Variable::Number(number) => (*number).into(),
        Variable::Given => Yaml::NULL,
    }
}

fn text(text: &Text) -> Yaml {
    match text {
        Text::Plain(text) => plain(text),
        Text::Filled(text) => text.as_str().into(),
    }
}

/// A text that Compose leaves as it is.
fn plain(text: &str) -> Yaml {
    text.replace('$', "$$").into()
}

fn labels(labels: &[(String, String)]) -> Map {
    labels
        .iter()
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect()
}

fn deploy(deploy: &Deploy) -> Map {
    let mut limits = Map::new();
    limits.put_some("cpus", deploy.cpus.clone().map(Yaml::quoted));
    limits.put_some(
        "memory",
        deploy.memory.map(|bytes| Yaml::quoted(format!("{bytes}b"))),
    );
    let mut reservations = Map::new();
    if let Some(count) = deploy.gpus {
        let device = Map::new()
            .with("driver", "nvidia")
            .with("count", count)
            .with("capabilities", Yaml::flow_list(["gpu"]));
        reservations.put("devices", Yaml::list([device]));
    }
    let mut resources = Map::new();
    resources.put_filled("limits", limits);
    resources.put_filled("reservations", reservations);
    let mut map = Map::new();
    map.put_filled("resources", resources);
    map
}

fn healthcheck(check: &Healthcheck) -> Map {
    Map::new()
        .with("test", words(&check.test))
        .with("interval", check.interval.as_str())
        .with("timeout", check.timeout.as_str())
        .with("retries", check.retries)
}

/// How many bytes a value has in the container.
pub(super) fn length(value: &Variable) -> usize {
    match value {
        Variable::Text(Text::Plain(text) | Text::Filled(text)) => text.len(),
        Variable::Number(_) | Variable::Given => 0,
    }
}
