//! Templates and the tasks of DAGs.

use super::pod;
use super::{code, synchronization};
use crate::argo::model::{
    Argument, ArtifactArgument, ArtifactFrom, Body, Dag, DagTask, Depends, Input, InputArtifact,
    Items, Output, OutputArtifact, OutputArtifactFrom, OutputFrom, Template, TemplateRef,
};
use crate::argo::patch;
use crate::yaml::{Map, Yaml};

pub(super) fn template(template: &Template) -> Yaml {
    let mut map = Map::new();
    map.put("name", noted(&template.name, template.note.as_deref()));
    if let Body::Pod(pod) = &template.body {
        pod::before_inputs(&mut map, pod);
    }
    map.put_some("parallelism", template.parallelism);
    if template.fail_fast {
        map.put("failFast", true);
    }
    if let Some(lock) = &template.synchronization {
        map.put("synchronization", synchronization(lock));
    }
    map.put_filled("inputs", inputs(template));
    match &template.body {
        Body::Dag(body) => {
            map.put("dag", dag(body));
        }
        Body::Pod(body) => pod::body(&mut map, body),
        Body::Suspend { duration } => {
            let mut suspend = Map::new();
            suspend.put_some("duration", duration.clone());
            map.put("suspend", suspend);
        }
        Body::Steps { template } => {
            let step = Map::new()
                .with("name", "never")
                .with("template", template.clone())
                .with("when", "false");
            map.put("steps", Yaml::list([Yaml::list([step])]));
        }
    }
    map.put_filled("outputs", outputs(template));
    if let Some(value) = &template.patch {
        patch::merge(&mut map, &value.0);
    }
    above(Yaml::from(map), &template.comments)
}

fn inputs(template: &Template) -> Map {
    let mut map = Map::new();
    map.put_filled("parameters", Yaml::list(template.inputs.iter().map(input)));
    map.put_filled(
        "artifacts",
        Yaml::list(template.input_artifacts.iter().map(input_artifact)),
    );
    map
}

fn input(input: &Input) -> Map {
    let mut map = Map::new();
    map.put("name", noted(&input.name, input.note));
    map.put_some("description", input.description.clone());
    map.put_some("default", input.default.clone());
    if !input.choices.is_empty() {
        map.put("enum", Yaml::flow_list(input.choices.iter().cloned()));
    }
    map
}

fn input_artifact(artifact: &InputArtifact) -> Map {
    let mut map = Map::new();
    map.put("name", artifact.name.clone());
    map.put_some("path", artifact.path.clone());
    if artifact.optional {
        map.put("optional", true);
    }
    map
}

fn outputs(template: &Template) -> Map {
    let mut map = Map::new();
    map.put_filled(
        "parameters",
        Yaml::list(template.outputs.iter().map(output)),
    );
    map.put_filled(
        "artifacts",
        Yaml::list(template.output_artifacts.iter().map(output_artifact)),
    );
    map
}

fn output(output: &Output) -> Map {
    let mut map = Map::new();
    map.put("name", output.name.clone());
    map.put_some("globalName", output.global_name.clone());
    let mut from = Map::new();
    match &output.from {
        OutputFrom::Path(path) => {
            from.put("path", path.clone());
        }
        OutputFrom::Parameter(tag) => {
            from.put("parameter", tag.clone());
        }
        OutputFrom::Expression(text) => {
            from.put("expression", code(text));
        }
        OutputFrom::Supplied { default } => {
            from.put("supplied", Map::new());
            from.put_some("default", default.clone());
        }
    }
    map.put("valueFrom", from);
    map
}

fn output_artifact(artifact: &OutputArtifact) -> Map {
    let mut map = Map::new();
    map.put("name", artifact.name.clone());
    if artifact.optional {
        map.put("optional", true);
    }
    match &artifact.from {
        OutputArtifactFrom::Path { path, key } => {
            map.put("path", path.clone());
            if let Some(key) = key {
                map.put("archive", Map::new().with("none", Map::new()));
                map.put("s3", Map::new().with("key", key.clone()));
            }
        }
        OutputArtifactFrom::Task(tag) => {
            map.put("from", tag.clone());
        }
    }
    map
}

fn dag(dag: &Dag) -> Map {
    let mut map = Map::new();
    map.put("failFast", false);
    if let Some(target) = &dag.target {
        map.put(
            "target",
            Yaml::folded(target.clone())
                .above("All tasks, so that one that succeeds after a failure does not hide it."),
        );
    }
    map.put("tasks", Yaml::spaced_list(dag.tasks.iter().map(task)));
    map
}

fn task(task: &DagTask) -> Yaml {
    let mut map = Map::new();
    map.put("name", noted(&task.name, task.note.as_deref()));
    if let Some(condition) = &task.depends {
        map.put("depends", depends(condition));
    }
    if let Some(when) = &task.when {
        map.put("when", code(when));
    }
    if let TemplateRef::Named(name) = &task.template {
        map.put("template", name.clone());
    }
    match &task.items {
        Some(Items::Count(count)) => {
            map.put(
                "withSequence",
                Map::new().with("count", Yaml::quoted(count.clone())),
            );
        }
        Some(Items::Numbers(numbers)) => {
            let numbers = numbers.iter().map(|number| Yaml::from(*number as u64));
            map.put("withItems", Yaml::flow_list(numbers));
        }
        Some(Items::Param(text)) => {
            map.put("withParam", code(text));
        }
        None => {}
    }
    let mut arguments = Map::new();
    arguments.put_filled(
        "parameters",
        Yaml::list(task.arguments.iter().map(argument)),
    );
    arguments.put_filled(
        "artifacts",
        Yaml::list(task.artifacts.iter().map(artifact_argument)),
    );
    map.put_filled("arguments", arguments);
    above(Yaml::from(map), &task.comments)
}

fn depends(depends: &Depends) -> Yaml {
    let text = depends.parts.join(" && ");
    if text.len() <= 90 {
        return Yaml::from(text);
    }
    let lines = depends.parts.iter().enumerate().map(|(at, part)| {
        if at == 0 {
            part.clone()
        } else {
            format!("&& {part}")
        }
    });
    Yaml::folded_lines(lines)
}

fn argument(argument: &Argument) -> Map {
    let mut map = Map::new();
    map.put("name", noted(&argument.name, argument.note));
    map.put("value", code(&argument.value));
    map
}

fn artifact_argument(artifact: &ArtifactArgument) -> Map {
    let mut map = Map::new();
    map.put("name", noted(&artifact.name, artifact.note));
    if artifact.optional {
        map.put("optional", true);
    }
    match &artifact.from {
        ArtifactFrom::Tag(tag) => {
            map.put("from", tag.clone());
        }
        ArtifactFrom::Key(key) => {
            map.put("s3", Map::new().with("key", key.clone()));
        }
    }
    map
}

fn noted(name: &str, note: Option<&str>) -> Yaml {
    let name = Yaml::from(name.to_owned());
    match note {
        Some(note) => name.comment(note),
        None => name,
    }
}

fn above(value: Yaml, lines: &[String]) -> Yaml {
    lines
        .iter()
        .fold(value, |value, line| value.above(line.clone()))
}
