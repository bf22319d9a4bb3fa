//! The model as YAML: the pipeline, and a second document for what only Kubernetes knows.

use indexmap::IndexMap;

use super::lower::RUNNER;
use super::model::{
    Body, Component, Dag, Executor, Input, Items, Iterator, Parameter, Pipeline, Ports, Program,
    Retry, Task,
};
use crate::yaml::{Map, Yaml, documents};

/// The whole file.
pub(super) fn print(pipeline: &Pipeline) -> String {
    let mut root = Map::new();
    root.put("schemaVersion", "2.1.0");
    root.put("sdkVersion", "flowc-1");
    let mut info = Map::new().with("name", &pipeline.name);
    info.put_some("description", pipeline.description.as_ref());
    root.put("pipelineInfo", info);
    root.put("root", Yaml::from(component(&pipeline.root)).blank_before());
    if !pipeline.components.is_empty() {
        let components: Map = pipeline
            .components
            .iter()
            .map(|(name, one)| {
                let mut value = Yaml::from(component(one));
                if let Some(comment) = &one.comment {
                    value = value.blank_before().above(comment);
                }
                (format!("comp-{name}"), value)
            })
            .collect();
        root.put("components", Yaml::from(components).blank_before());
    }
    root.put(
        "deploymentSpec",
        Yaml::from(Map::new().with("executors", executors(pipeline))).blank_before(),
    );
    let mut files = vec![root];
    files.extend(platform(pipeline));
    documents(&pipeline.header.join("\n"), &files)
}

fn component(component: &Component) -> Map {
    let mut out = Map::new();
    if let Body::Executor(label) = &component.body {
        out.put("executorLabel", format!("exec-{label}"));
    }
    out.put_filled("inputDefinitions", ports(&component.inputs));
    out.put_filled("outputDefinitions", ports(&component.outputs));
    if let Body::Dag(one) = &component.body {
        out.put("dag", dag(one));
    }
    out
}

fn ports(ports: &Ports) -> Map {
    let mut out = Map::new();
    let parameters: Map = ports
        .parameters
        .iter()
        .map(|(name, one)| (name.clone(), Yaml::from(parameter(one)).inline()))
        .collect();
    out.put_filled("parameters", parameters);
    let artifacts: Map = ports
        .artifacts
        .iter()
        .map(|(name, is_list)| {
            let ty = Map::new()
                .with("schemaTitle", "system.Artifact")
                .with("schemaVersion", "0.0.1");
            let mut one = Map::new().with("artifactType", Yaml::from(ty).inline());
            if *is_list {
                one.put("isArtifactList", true);
            }
            (name.clone(), Yaml::from(one).inline())
        })
        .collect();
    out.put_filled("artifacts", artifacts);
    out
}

fn parameter(parameter: &Parameter) -> Map {
    let mut out = Map::new().with("parameterType", parameter.kind.word());
    if let Some(value) = &parameter.default {
        let json = serde_json::to_value(value).unwrap_or_default();
        out.put("defaultValue", &json);
        out.put("isOptional", true);
    }
    out.put_some("description", parameter.description.as_ref());
    out
}

fn dag(dag: &Dag) -> Map {
    let mut out = Map::new();
    let mut outputs = Map::new();
    let parameters: Map = dag
        .parameters
        .iter()
        .map(|(name, from)| (name.clone(), Yaml::from(selectors(from)).inline()))
        .collect();
    outputs.put_filled("parameters", parameters);
    let artifacts: Map = dag
        .artifacts
        .iter()
        .map(|(name, from)| {
            let selectors = from.iter().map(|(task, key)| {
                let one = Map::new()
                    .with("producerSubtask", task)
                    .with("outputArtifactKey", key);
                Yaml::from(one).inline()
            });
            let selectors = Yaml::list(selectors);
            (
                name.clone(),
                Map::new().with("artifactSelectors", selectors),
            )
        })
        .collect();
    outputs.put_filled("artifacts", artifacts);
    out.put_filled("outputs", outputs);
    let tasks: Map = dag
        .tasks
        .iter()
        .map(|(name, one)| (name.clone(), task(one)))
        .collect();
    out.put("tasks", tasks);
    out
}

fn selectors(from: &[(String, String)]) -> Map {
    let selector = |(task, key): &(String, String)| {
        let one = Map::new()
            .with("producerSubtask", task)
            .with("outputParameterKey", key);
        Yaml::from(one).inline()
    };
    match from {
        [one] => Map::new().with("valueFromParameter", selector(one)),
        several => {
            let all = Yaml::list(several.iter().map(selector));
            Map::new().with("valueFromOneof", Map::new().with("parameterSelectors", all))
        }
    }
}

fn task(task: &Task) -> Map {
    let mut out = Map::new();
    out.put(
        "taskInfo",
        Yaml::from(Map::new().with("name", &task.title)).inline(),
    );
    out.put(
        "componentRef",
        Yaml::from(Map::new().with("name", format!("comp-{}", task.component))).inline(),
    );
    out.put_filled("dependentTasks", Yaml::flow_list(task.dependencies()));
    let mut trigger = Map::new();
    trigger.put_some("condition", task.condition.as_ref());
    if task.is_exit {
        trigger.put("strategy", "ALL_UPSTREAM_TASKS_COMPLETED");
    }
    out.put_filled("triggerPolicy", Yaml::from(trigger).inline());
    let mut caching = Map::new();
    if task.cached {
        caching.put("enableCache", true);
    }
    out.put("cachingOptions", Yaml::from(caching).inline());
    if let Some(policy) = &task.retry {
        out.put("retryPolicy", Yaml::from(retry(policy)).inline());
    }
    if let Some(one) = &task.iterator {
        out.put("parameterIterator", Yaml::from(iterator(one)).inline());
        if let Some(limit) = one.limit {
            let policy = Map::new().with("parallelismLimit", limit);
            out.put("iteratorPolicy", Yaml::from(policy).inline());
        }
    }
    let mut inputs = Map::new();
    inputs.put_filled("parameters", task_inputs(&task.parameters, false));
    inputs.put_filled("artifacts", task_inputs(&task.artifacts, true));
    out.put_filled("inputs", inputs);
    out
}

fn retry(retry: &Retry) -> Map {
    Map::new()
        .with("maxRetryCount", retry.count)
        .with("backoffDuration", format!("{}s", retry.delay))
        .with("backoffFactor", retry.factor)
        .with("backoffMaxDuration", format!("{}s", retry.max_delay))
}

fn iterator(iterator: &Iterator) -> Map {
    let items = match &iterator.items {
        Items::Raw(json) => Map::new().with("raw", json),
        Items::Input(name) => Map::new().with("inputParameter", name),
    };
    Map::new()
        .with("itemInput", &iterator.item)
        .with("items", Yaml::from(items).inline())
}

fn task_inputs(inputs: &IndexMap<String, Input>, artifacts: bool) -> Map {
    let [component, output, producer_key] = if artifacts {
        [
            "componentInputArtifact",
            "taskOutputArtifact",
            "outputArtifactKey",
        ]
    } else {
        [
            "componentInputParameter",
            "taskOutputParameter",
            "outputParameterKey",
        ]
    };
    let one = |input: &Input| match input {
        Input::Constant(text) => {
            let constant = Map::new().with("constant", text);
            Map::new().with("runtimeValue", Yaml::from(constant).inline())
        }
        Input::Component { name, selector } => {
            let mut out = Map::new().with(component, name);
            out.put_some("parameterExpressionSelector", *selector);
            out
        }
        Input::Output { task, key } => Map::new().with(
            output,
            Yaml::from(
                Map::new()
                    .with("producerTask", task)
                    .with(producer_key, key),
            )
            .inline(),
        ),
        Input::FinalStatus { task } => {
            let producer = Map::new().with("producerTask", task);
            Map::new().with("taskFinalStatus", Yaml::from(producer).inline())
        }
    };
    inputs
        .iter()
        .map(|(name, input)| (name.clone(), Yaml::from(one(input)).inline()))
        .collect()
}

fn executors(pipeline: &Pipeline) -> Map {
    let mut once = Once::default();
    let entry = |(name, one): (&String, &Executor)| {
        let value = executor(one, &pipeline.helpers, &mut once);
        (format!("exec-{name}"), value.blank_before())
    };
    pipeline.executors.iter().map(entry).collect()
}

fn executor(executor: &Executor, helpers: &str, once: &mut Once) -> Yaml {
    let mut container = Map::new().with("image", &executor.image);
    match &executor.program {
        Program::Runner => {
            let runner = once.text("runner", RUNNER);
            container.put(
                "command",
                words(["sh".into(), "-c".into(), runner, "flowc".into()]),
            );
        }
        Program::Python(text) => {
            let helpers = once.text("helpers", helpers);
            let text = Yaml::from(text);
            container.put(
                "command",
                words(["python3".into(), "-c".into(), helpers, text]),
            );
        }
        Program::Shell(text) => {
            let command = ["sh".into(), "-ec".into(), text.into(), "flowc".into()];
            container.put("command", words(command));
        }
    }
    container.put_filled("args", Yaml::list(&executor.args));
    container.put_filled("resources", executor.resources.clone());
    let value = Yaml::from(Map::new().with("container", container));
    match &executor.comment {
        Some(comment) => value.comment(comment),
        None => value,
    }
}

fn words<const N: usize>(words: [Yaml; N]) -> Yaml {
    let short = words
        .iter()
        .all(|word| word.as_str().is_none_or(|text| !text.contains('\n')));
    if short {
        Yaml::flow_list(words)
    } else {
        Yaml::list(words)
    }
}

/// Texts that stand in the file once and are repeated by name.
#[derive(Default)]
struct Once {
    stand: Vec<&'static str>,
}

impl Once {
    fn text(&mut self, name: &'static str, text: &str) -> Yaml {
        if self.stand.contains(&name) {
            return Yaml::alias(name);
        }
        self.stand.push(name);
        Yaml::from(text).anchor(name)
    }
}

/// What the specification of a pipeline has no words for.
fn platform(pipeline: &Pipeline) -> Option<Map> {
    let executors: Map = pipeline
        .executors
        .iter()
        .filter(|(_, executor)| !executor.kubernetes.is_empty())
        .map(|(name, executor)| (format!("exec-{name}"), executor.kubernetes.clone()))
        .collect();
    let mut kubernetes = Map::new();
    if !executors.is_empty() {
        kubernetes.put("deploymentSpec", Map::new().with("executors", executors));
    }
    if let Some(seconds) = pipeline.deadline {
        let config = Map::new().with("activeDeadlineSeconds", seconds);
        kubernetes.put("pipelineConfig", config);
    }
    (!kubernetes.is_empty())
        .then(|| Map::new().with("platforms", Map::new().with("kubernetes", kubernetes)))
}
