//! Pod templates.

use super::pairs;
use crate::argo::escape;
use crate::argo::lower::OUTPUTS;
use crate::argo::model::{
    Ask, Container, Env, EnvValue, Memoize, Mount, Own, Placement, Pod, Probe, Retry, Str, Text,
};
use crate::argo::patch;
use crate::yaml::{Fields, Scalar, Word, Yaml};

/// The fields that say how the pod runs, before its inputs.
pub(super) fn before_inputs(map: &mut impl Fields, pod: &Pod) {
    let placement = pod.placement.as_deref();
    if let Some(placement) = placement {
        map.map("metadata", |map| {
            map.texts("labels", pairs(&placement.labels));
            map.texts("annotations", pairs(&placement.annotations));
        });
    }
    let rest = pod.rest();
    if rest.daemon {
        map.put("daemon", true);
    }
    map.put_some("activeDeadlineSeconds", pod.deadline);
    if let Some(again) = &pod.retry {
        map.map("retryStrategy", |map| retry(map, again));
    }
    if let Some(cache) = &pod.memoize {
        map.map("memoize", |map| memoize(map, cache));
    }
    if let Some(placement) = placement {
        place(map, placement);
    }
    map.maps("hostAliases", &rest.hosts, |map, (address, names)| {
        map.put("ip", text(address));
        map.words("hostnames", names.iter().map(Str::as_ref));
    });
    if let Some(fields) = &rest.pod_spec_patch {
        map.put("podSpecPatch", text(fields));
    }
}

/// As what and where the pod runs.
fn place(map: &mut impl Fields, placement: &Placement) {
    map.put_some("serviceAccountName", placement.service_account.as_ref());
    map.put_some("priorityClassName", placement.priority_class.as_ref());
    map.texts("nodeSelector", pairs(&placement.node_selector));
    if !placement.tolerations.is_empty() {
        let tolerations = placement.tolerations.iter();
        let tolerations = tolerations.map(|value| patch::yaml(&value.0));
        map.value("tolerations", Yaml::list(tolerations));
    }
    if let Some(affinity) = &placement.affinity {
        map.value("affinity", patch::yaml(&affinity.0));
    }
}

/// The containers.
pub(super) fn body(map: &mut impl Fields, pod: &Pod) {
    map.maps("initContainers", &pod.rest().init_containers, container);
    map.map("container", |map| container(map, &pod.main));
    map.maps("sidecars", &pod.rest().sidecars, container);
}

fn memoize(map: &mut impl Fields, memoize: &Memoize) {
    map.put("key", format!("{}{}", memoize.prefix, text(&memoize.key)));
    map.put("maxAge", &memoize.max_age);
    map.map("cache", |map| {
        map.map("configMap", |map| map.put("name", &memoize.config_map));
    });
}

fn retry(map: &mut impl Fields, retry: &Retry) {
    map.put("limit", Scalar::quoted(retry.limit.to_string()));
    map.put("retryPolicy", "Always");
    map.put_some("expression", retry.expression.as_ref());
    if let Some(backoff) = &retry.backoff {
        map.map("backoff", |map| {
            map.put("duration", &backoff.duration);
            let factor = backoff.factor.map(|factor| factor.to_string());
            map.put_some("factor", factor.map(Scalar::quoted));
            map.put_some("cap", backoff.cap.as_ref());
        });
    }
}

fn container(map: &mut impl Fields, container: &Container) {
    let beside = container.beside.as_deref();
    let name = beside.and_then(|beside| beside.name.as_ref());
    let ready = beside.and_then(|beside| beside.probe.as_ref());
    map.put_some("name", name);
    map.put_some("image", container.image.as_ref().map(text));
    map.put_some("imagePullPolicy", container.pull_policy.as_ref());
    if name.is_some() && ready.is_some() {
        let why = "runs beside the process, which waits for the probe";
        map.put("restartPolicy", Scalar::from("Always").comment(Some(why)));
    }
    map.words("command", container.command.iter().map(text));
    map.list("args", container.args.iter().map(text));
    map.put_some("workingDir", container.workdir.as_ref());
    let own = container.own.iter().flat_map(own_variables);
    let given = container.env.iter().map(Variable::Given);
    map.maps("env", own.chain(given), env);
    let ports = beside.into_iter().flat_map(|beside| &beside.ports);
    map.maps("ports", ports, |map, port| {
        map.put("containerPort", *port);
    });
    if let Some(ready) = ready {
        map.map("startupProbe", |map| probe(map, ready));
    }
    map.map("resources", |map| {
        map.texts("requests", pairs(&container.requests));
        map.texts("limits", pairs(&container.limits));
    });
    let own = container.own.iter().map(|own| match &own.outputs {
        Some(mount) => mount,
        None => &OUTPUTS_IN_POD,
    });
    map.maps("volumeMounts", own.chain(&container.mounts), mount);
}

/// The folder for outputs, where it lies in the pod.
const OUTPUTS_IN_POD: Mount<'static> = Mount {
    volume: "outputs",
    path: Str::Borrowed(OUTPUTS),
    sub_path: None,
    read_only: false,
};

/// A variable as it is printed.
enum Variable<'v> {
    Own(Word, &'v str),
    Given(&'v Env<'v>),
}

/// The variables that every process has.
fn own_variables<'v>(own: &'v Own<'_>) -> impl Iterator<Item = Variable<'v>> {
    let attempt = match own.retried {
        false => "1",
        true => "{{=asInt(retries) + 1}}",
    };
    let brace = own.brace.then_some((escape::BRACE_VARIABLE, "{"));
    let every = [
        ("FLOW_OUTPUTS", OUTPUTS),
        ("FLOW_RUN_ID", "{{workflow.uid}}"),
        ("FLOW_TASK", text(&own.task)),
        ("FLOW_ATTEMPT", attempt),
    ];
    let all = brace.into_iter().chain(every);
    all.map(|(name, value)| Variable::Own(Word(name), value))
}

fn env(map: &mut impl Fields, variable: Variable<'_>) {
    let given = match variable {
        Variable::Own(name, value) => {
            map.put("name", name);
            return map.put("value", value);
        }
        Variable::Given(given) => given,
    };
    map.put("name", &given.name);
    match &given.value {
        EnvValue::Text(value) => map.put("value", text(value)),
        EnvValue::Secret(secret) => map.map("valueFrom", |map| {
            map.map("secretKeyRef", |map| {
                map.put("name", &secret.name);
                map.put("key", &secret.key);
            });
        }),
    }
}

fn mount(map: &mut impl Fields, mount: &Mount) {
    map.put("name", Word(mount.volume));
    map.put("mountPath", &mount.path);
    map.put_some("subPath", mount.sub_path.as_ref().map(text));
    if mount.read_only {
        map.put("readOnly", true);
    }
}

fn probe(map: &mut impl Fields, probe: &Probe) {
    match &probe.ask {
        Ask::Http { port, path } => map.map("httpGet", |map| {
            map.put("path", path);
            map.put("port", *port);
        }),
        Ask::Tcp { port } => map.map("tcpSocket", |map| map.put("port", *port)),
        Ask::Command(command) => map.map("exec", |map| {
            map.words("command", command.iter().map(Str::as_ref));
        }),
    }
    map.put("periodSeconds", probe.period);
    map.put("failureThreshold", probe.failures);
}

/// The text; slots were filled when the templates were finished.
fn text<'t>(text: &'t Text) -> &'t str {
    match text {
        Text::Fixed(text) => text,
        Text::Slot(_) => "",
    }
}
