//! From the model to YAML that reads as if written by hand.

mod pod;
mod template;

use super::model::{Kind, Manifest, Schedule, Spec, Synchronization, Volume, WorkflowParameter};
use super::patch;
use crate::yaml::{Map, Yaml, document};

/// The text of the file.
pub(crate) fn print(manifest: &Manifest) -> String {
    let mut root = Map::new();
    root.put("apiVersion", "argoproj.io/v1alpha1");
    root.put("kind", manifest.kind.as_str());
    root.put("metadata", metadata(manifest));
    let mut spec = spec(&manifest.spec);
    if let Some(value) = &manifest.patch {
        patch::merge(&mut spec, &value.0);
    }
    let of_runs = of_runs(manifest);
    let spec = match (&manifest.schedule, manifest.kind) {
        (Some(schedule), Kind::CronWorkflow) => {
            let mut outer = cron(schedule);
            outer.put_filled("workflowMetadata", of_runs);
            outer.put("workflowSpec", spec);
            outer
        }
        (_, Kind::WorkflowTemplate) if !of_runs.is_empty() => before_templates(spec, of_runs),
        _ => spec,
    };
    root.put("spec", spec);
    document(&manifest.header.join("\n"), &root)
}

fn metadata(manifest: &Manifest) -> Map {
    let mut metadata = Map::new();
    if manifest.kind == Kind::Workflow {
        metadata.put("generateName", format!("{}-", manifest.name));
    } else {
        metadata.put("name", manifest.name.clone());
    }
    metadata.put_some("namespace", manifest.namespace.clone());
    metadata.put_filled("labels", strings(&manifest.labels));
    metadata.put_filled("annotations", strings(&manifest.annotations));
    metadata
}

/// What the runs of a template or schedule are marked with.
fn of_runs(manifest: &Manifest) -> Map {
    let mut metadata = Map::new();
    metadata.put_filled("labels", strings(&manifest.labels));
    metadata.put_filled("annotations", strings(&manifest.annotations));
    metadata
}

fn before_templates(mut spec: Map, of_runs: Map) -> Map {
    let templates = spec.remove("templates");
    spec.put("workflowMetadata", of_runs);
    spec.put_some("templates", templates);
    spec
}

fn cron(schedule: &Schedule) -> Map {
    let mut map = Map::new();
    map.put(
        "schedules",
        Yaml::list([Yaml::quoted(schedule.cron.clone())]),
    );
    map.put("timezone", schedule.timezone.clone());
    if let Some(when) = &schedule.when {
        map.put("when", code(when));
    }
    let (policy, word) = schedule.concurrency;
    map.put(
        "concurrencyPolicy",
        Yaml::from(policy).comment(format!("overlap: {word}")),
    );
    map.put(
        "startingDeadlineSeconds",
        if schedule.catchup {
            // As long as Argo would ever look back; it starts the latest run missed, not all.
            Yaml::from(31_536_000).comment("catchup: true, for the latest run missed")
        } else {
            Yaml::from(0).comment("catchup: false")
        },
    );
    map
}

fn spec(spec: &Spec) -> Map {
    let mut map = Map::new();
    map.put("entrypoint", spec.entrypoint.clone());
    map.put_some("onExit", spec.on_exit.clone());
    map.put_some("serviceAccountName", spec.service_account.clone());
    if let Some((seconds, words)) = &spec.deadline {
        map.put(
            "activeDeadlineSeconds",
            Yaml::from(*seconds).comment(format!("timeout: {words}")),
        );
    }
    map.put_some("parallelism", spec.parallelism);
    if let Some(lock) = &spec.synchronization {
        map.put("synchronization", synchronization(lock));
    }
    if !spec.arguments.is_empty() {
        let parameters = Yaml::list(spec.arguments.iter().map(parameter));
        map.put("arguments", Map::new().with("parameters", parameters));
    }
    map.put("volumes", Yaml::list(spec.volumes.iter().map(volume)));
    let templates = spec.templates.iter().map(template::template);
    map.put("templates", Yaml::spaced_list(templates).blank_before());
    map
}

fn parameter(parameter: &WorkflowParameter) -> Map {
    let mut map = Map::new();
    map.put("name", parameter.name.clone());
    map.put_some("description", parameter.description.clone());
    if !parameter.choices.is_empty() {
        map.put("enum", Yaml::flow_list(parameter.choices.iter().cloned()));
    }
    map.put_some("value", parameter.value.clone());
    map
}

fn volume(volume: &Volume) -> Map {
    let mut map = Map::new();
    match volume {
        Volume::Empty { name } => {
            map.put("name", *name);
            map.put("emptyDir", Map::new());
        }
        Volume::Claim { name, claim } => {
            map.put("name", *name);
            map.put(
                "persistentVolumeClaim",
                Map::new().with("claimName", claim.clone()),
            );
        }
    }
    map
}

fn synchronization(lock: &Synchronization) -> Map {
    match lock {
        Synchronization::Mutex(name) => {
            let mutex = Map::new().with("name", name.clone());
            Map::new().with("mutexes", Yaml::list([mutex]))
        }
        Synchronization::Semaphore { config_map, key } => {
            let reference = Map::new()
                .with("name", config_map.clone())
                .with("key", key.clone());
            let semaphore = Map::new().with("configMapKeyRef", reference);
            Map::new().with("semaphores", Yaml::list([semaphore]))
        }
    }
}

fn strings(pairs: &[(String, String)]) -> Map {
    let mut map = Map::new();
    for (key, value) in pairs {
        map.put(key.clone(), value.clone());
    }
    map
}

/// An expression: a long one over several lines, broken before its operators.
fn code(text: &str) -> Yaml {
    const WIDTH: usize = 90;
    if text.len() <= WIDTH {
        return Yaml::from(text.to_owned());
    }
    Yaml::folded_lines(broken(text, WIDTH))
}

/// Breaks before operators and behind commas outside of texts, where a line would be too long otherwise; a new
/// question always starts a line.
fn broken(text: &str, width: usize) -> Vec<String> {
    let (head, tail) = match text.strip_suffix(ESCAPE) {
        Some(head) => (head, Some(ESCAPE.trim_start())),
        None => (text, None),
    };
    let mut lines: Vec<String> = vec![String::new()];
    for piece in pieces(head).into_iter().chain(tail) {
        let Some(line) = lines.last_mut() else { break };
        let question = piece.starts_with(": ") || piece.starts_with("? ");
        if !line.is_empty() && (question || line.len() + 1 + piece.len() > width) {
            lines.push(piece.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(piece);
        }
    }
    lines
}

/// The end of every text that is written for Kubernetes; it stays together.
const ESCAPE: &str = r#" "$", "$$"), "{" + "{", "{$(FLOWC_BRACE)")}}"#;

/// How deep in parentheses a line may be broken.
const DEEPEST_BREAK: usize = 2;

fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => depth = depth.saturating_sub(1),
            b' ' if !quoted && depth <= DEEPEST_BREAK => {
                let rest = &text[at + 1..];
                let operator = ["&& ", "|| "].iter().any(|sign| rest.starts_with(sign));
                let question =
                    depth < DEEPEST_BREAK && (rest.starts_with("? ") || rest.starts_with(": "));
                if operator || question || text[..at].ends_with(',') {
                    pieces.push(&text[start..at]);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_expression_is_broken_before_operators_only() {
        let text = format!("{{{{=\"a && b\" == \"{}\" && c || d}}}}", "x".repeat(80));
        assert_eq!(broken(&text, 90).join(" "), text);
        assert!(broken(&text, 90).len() > 1);
        assert!(!broken(&text, 90).iter().any(|line| line.ends_with("\"a")));
    }
}
