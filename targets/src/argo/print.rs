//! From the model to YAML that reads as if written by hand.

mod pod;
mod template;

use flowc_core::text::Text;

use super::model::{
    Kind, Manifest, Schedule, Spec, Str, Synchronization, Template, Volume, WorkflowParameter,
};
use super::patch;
use crate::yaml::{Fields, Lines, Map, Scalar, Yaml};

/// The text of the file, and the bytes of indentation in it. What is printed of a template is given back at once: the text takes its room.
pub(crate) fn print(mut manifest: Manifest) -> (Text, usize) {
    let templates = std::mem::take(&mut manifest.spec.templates);
    let mut root = Lines::new(&manifest.header);
    root.put("apiVersion", "argoproj.io/v1alpha1");
    root.put("kind", manifest.kind.as_str());
    root.map("metadata", |map| metadata(map, &manifest));
    root.map("spec", |map| match (&manifest.schedule, manifest.kind) {
        (Some(schedule), Kind::CronWorkflow) => {
            cron(map, schedule);
            map.map("workflowMetadata", |map| marks(map, &manifest));
            map.map("workflowSpec", |map| spec(map, &manifest, templates, false));
        }
        (_, kind) => {
            let marked = kind == Kind::WorkflowTemplate;
            spec(map, &manifest, templates, marked);
        }
    });
    let indentation = root.indentation();
    (root.into_text(), indentation)
}

fn metadata(map: &mut impl Fields, manifest: &Manifest) {
    if manifest.kind == Kind::Workflow {
        map.put("generateName", format!("{}-", manifest.name));
    } else {
        map.put("name", &manifest.name);
    }
    map.put_some("namespace", manifest.namespace.as_ref());
    marks(map, manifest);
}

/// What the object, and the runs of a template or schedule, are marked with.
fn marks(map: &mut impl Fields, manifest: &Manifest) {
    map.texts("labels", pairs(&manifest.labels));
    map.texts("annotations", pairs(&manifest.annotations));
}

fn cron(map: &mut impl Fields, schedule: &Schedule) {
    map.value(
        "schedules",
        Yaml::list([Yaml::quoted(schedule.cron.to_string())]),
    );
    map.put("timezone", &schedule.timezone);
    if let Some(when) = &schedule.when {
        map.put("when", code(when));
    }
    let (policy, word) = schedule.concurrency;
    map.put(
        "concurrencyPolicy",
        Scalar::from(policy).comment(Some(format!("overlap: {word}"))),
    );
    map.put(
        "startingDeadlineSeconds",
        if schedule.catchup {
            // As long as Argo would ever look back; it starts the latest run missed, not all.
            Scalar::from(31_536_000).comment(Some("catchup: true, for the latest run missed"))
        } else {
            Scalar::from(0).comment(Some("catchup: false"))
        },
    );
}

/// What a run is, with the user's changes; `marked` when its runs are marked here.
fn spec(map: &mut impl Fields, manifest: &Manifest, templates: Vec<Template<'_>>, marked: bool) {
    let Some(value) = &manifest.patch else {
        spec_head(map, &manifest.spec);
        if marked {
            map.map("workflowMetadata", |map| marks(map, manifest));
        }
        return put_templates(map, templates);
    };
    let mut patched = Map::new();
    spec_head(&mut patched, &manifest.spec);
    put_templates(&mut patched, templates);
    patch::merge(&mut patched, &value.0);
    let mut of_runs = Map::new();
    marks(&mut of_runs, manifest);
    if marked && !of_runs.is_empty() {
        let templates = patched.remove("templates");
        Map::put(&mut patched, "workflowMetadata", of_runs);
        Map::put_some(&mut patched, "templates", templates);
    }
    map.entries(patched);
}

fn spec_head(map: &mut impl Fields, spec: &Spec) {
    map.put("entrypoint", &spec.entrypoint);
    map.put_some("onExit", spec.on_exit.as_ref());
    map.put_some("serviceAccountName", spec.service_account.as_ref());
    if let Some((seconds, words)) = &spec.deadline {
        map.put(
            "activeDeadlineSeconds",
            Scalar::from(*seconds).comment(Some(format!("timeout: {words}"))),
        );
    }
    map.put_some("parallelism", spec.parallelism);
    if let Some(lock) = &spec.synchronization {
        synchronization(map, lock);
    }
    map.map("arguments", |map| {
        map.maps("parameters", &spec.arguments, parameter);
    });
    map.maps("volumes", &spec.volumes, volume);
}

fn put_templates(map: &mut impl Fields, templates: Vec<Template<'_>>) {
    map.sections(
        "templates",
        true,
        templates,
        |template| &template.comments,
        template::template,
    );
}

fn parameter(map: &mut impl Fields, parameter: &WorkflowParameter) {
    map.put("name", &parameter.name);
    map.put_some("description", parameter.description.as_ref());
    map.words("enum", parameter.choices.iter().map(Str::as_ref));
    map.put_some("value", parameter.value.as_ref());
}

fn volume(map: &mut impl Fields, volume: &Volume) {
    match volume {
        Volume::Empty { name } => {
            map.put("name", *name);
            map.put("emptyDir", Scalar::EMPTY_MAP);
        }
        Volume::Claim { name, claim } => {
            map.put("name", *name);
            map.map("persistentVolumeClaim", |map| map.put("claimName", claim));
        }
    }
}

fn synchronization(map: &mut impl Fields, lock: &Synchronization) {
    map.map("synchronization", |map| match lock {
        Synchronization::Mutex(name) => map.maps("mutexes", [name], |map, name| {
            map.put("name", name);
        }),
        Synchronization::Semaphore { config_map, key } => {
            map.maps("semaphores", [key], |map, key| {
                map.map("configMapKeyRef", |map| {
                    map.put("name", config_map);
                    map.put("key", key);
                });
            });
        }
    });
}

fn pairs<'v>(pairs: &'v [(Str<'_>, Str<'_>)]) -> impl Iterator<Item = (&'v str, &'v str)> {
    pairs
        .iter()
        .map(|(key, value)| (key.as_ref(), value.as_ref()))
}

/// An expression: a long one over several lines, broken before its operators.
fn code(text: &str) -> Scalar<'_> {
    const WIDTH: usize = 90;
    if text.len() <= WIDTH {
        return Scalar::from(text);
    }
    Scalar::folded_lines(broken(text, WIDTH))
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
