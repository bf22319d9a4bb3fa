//! Templates and the tasks of DAGs.

use super::pod;
use super::{code, synchronization};
use crate::argo::model::{
    Argument, ArtifactArgument, ArtifactFrom, Body, Dag, DagTask, Depends, Input, InputArtifact,
    Items, Output, OutputArtifact, OutputArtifactFrom, OutputFrom, Str, Template, TemplateRef,
};
use crate::argo::patch;
use crate::yaml::{Fields, Map, Scalar, Yaml};

pub(super) fn template(map: &mut impl Fields, mut template: Template) {
    let Some(value) = template.patch.take() else {
        return fields(map, template);
    };
    let mut patched = Map::new();
    fields(&mut patched, template);
    patch::merge(&mut patched, &value.0);
    map.entries(patched);
}

fn fields(map: &mut impl Fields, template: Template) {
    let note = template.note.as_deref();
    map.put("name", Scalar::from(&template.name).comment(note));
    if let Body::Pod(pod) = &template.body {
        pod::before_inputs(map, pod);
    }
    map.put_some("parallelism", template.parallelism);
    if template.fail_fast {
        map.put("failFast", true);
    }
    if let Some(lock) = &template.synchronization {
        synchronization(map, lock);
    }
    map.map("inputs", |map| {
        map.maps("parameters", &template.inputs, input);
        map.maps("artifacts", &template.input_artifacts, input_artifact);
    });
    match template.body {
        Body::Dag(body) => map.map("dag", |map| dag(map, body)),
        Body::Pod(body) => pod::body(map, &body),
        Body::Suspend { duration: None } => map.put("suspend", Scalar::EMPTY_MAP),
        Body::Suspend { duration } => {
            map.map("suspend", |map| map.put_some("duration", duration.as_ref()));
        }
        Body::Steps { template } => {
            let step = Map::new()
                .with("name", "never")
                .with("template", template.to_string())
                .with("when", "false");
            map.value("steps", Yaml::list([Yaml::list([step])]));
        }
    }
    map.map("outputs", |map| {
        map.maps("parameters", &template.outputs, output);
        map.maps("artifacts", &template.output_artifacts, output_artifact);
    });
}

fn input(map: &mut impl Fields, input: &Input) {
    map.put("name", Scalar::from(&input.name).comment(input.note));
    if let Some(question) = &input.question {
        map.put("description", &question.description);
        map.put_some("default", question.default.as_ref());
        map.words("enum", question.choices.iter().map(Str::as_ref));
    }
}

fn input_artifact(map: &mut impl Fields, artifact: &InputArtifact) {
    map.put("name", &artifact.name);
    map.put_some("path", artifact.path.as_ref());
    if artifact.optional {
        map.put("optional", true);
    }
}

fn output(map: &mut impl Fields, output: &Output) {
    map.put("name", &output.name);
    map.put_some("globalName", output.global_name.as_ref());
    map.map("valueFrom", |map| match &output.from {
        OutputFrom::Path(path) => map.put("path", path),
        OutputFrom::Parameter(tag) => map.put("parameter", tag),
        OutputFrom::Expression(text) => map.put("expression", code(text)),
        OutputFrom::Supplied { default } => {
            map.put("supplied", Scalar::EMPTY_MAP);
            map.put_some("default", default.as_ref());
        }
    });
}

fn output_artifact(map: &mut impl Fields, artifact: &OutputArtifact) {
    map.put("name", &artifact.name);
    if artifact.optional {
        map.put("optional", true);
    }
    match &artifact.from {
        OutputArtifactFrom::Path { path, key } => {
            map.put("path", path);
            if let Some(key) = key {
                map.map("archive", |map| map.put("none", Scalar::EMPTY_MAP));
                map.map("s3", |map| map.put("key", key));
            }
        }
        OutputArtifactFrom::Task(tag) => map.put("from", tag),
    }
}

fn dag(map: &mut impl Fields, dag: Dag) {
    map.put("failFast", false);
    if let Some(target) = &dag.target {
        map.put(
            "target",
            Scalar::folded(target.as_ref())
                .above("All tasks, so that one that succeeds after a failure does not hide it."),
        );
    }
    map.sections("tasks", false, dag.tasks, |task| &task.comments, task);
}

fn task(map: &mut impl Fields, task: DagTask) {
    let note = task.note.as_deref();
    map.put("name", Scalar::from(&task.name).comment(note));
    if let Some(condition) = &task.depends {
        map.put("depends", depends(condition));
    }
    if let Some(when) = &task.when {
        map.put("when", code(when));
    }
    if let TemplateRef::Named(name) = &task.template {
        map.put("template", name);
    }
    match &task.items {
        Some(Items::Count(count)) => map.map("withSequence", |map| {
            map.put("count", Scalar::quoted(count.as_ref()));
        }),
        Some(Items::Numbers(numbers)) => {
            let numbers = numbers.iter().map(|number| Yaml::from(*number as u64));
            map.value("withItems", Yaml::flow_list(numbers));
        }
        Some(Items::Param(text)) => map.put("withParam", code(text)),
        None => {}
    }
    map.map("arguments", |map| {
        map.maps("parameters", &task.arguments, argument);
        map.maps("artifacts", &task.artifacts, artifact_argument);
    });
}

fn depends<'d>(depends: &'d Depends) -> Scalar<'d> {
    if let [only] = depends.parts.as_slice() {
        return Scalar::from(only);
    }
    let text = depends.parts.join(" && ");
    if text.len() <= 90 {
        return Scalar::from(text);
    }
    let lines = depends.parts.iter().enumerate().map(|(at, part)| {
        if at == 0 {
            part.to_string()
        } else {
            format!("&& {part}")
        }
    });
    Scalar::folded_lines(lines.collect())
}

fn argument(map: &mut impl Fields, argument: &Argument) {
    map.put("name", Scalar::from(&argument.name).comment(argument.note));
    map.put("value", code(&argument.value));
}

fn artifact_argument(map: &mut impl Fields, artifact: &ArtifactArgument) {
    map.put("name", Scalar::from(&artifact.name).comment(artifact.note));
    if artifact.optional {
        map.put("optional", true);
    }
    match &artifact.from {
        ArtifactFrom::Tag(tag) => map.put("from", tag),
        ArtifactFrom::Key(key) => map.map("s3", |map| map.put("key", key)),
    }
}
