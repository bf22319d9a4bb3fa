//! The model as YAML: the pipeline, and a second document for what only Kubernetes knows.

use std::borrow::Cow;

use flowc_core::text::Text;
use indexmap::IndexMap;

use super::arg::Arg;
use super::lower::RUNNER;
use super::model::{
    Body, Component, Dag, Executor, Input, Items, Iterator, Parameter, Pipeline, Ports, Program,
    Retry, Task,
};
use super::name::Name;
use crate::yaml::{Around, Fields, Lines, Map, Scalar, Seen, Word, Yaml};

/// The whole file, and the bytes of indentation in it. What is printed is given back at once: the text
/// takes its room.
pub(super) fn print(mut pipeline: Pipeline<'_>) -> (Text, usize) {
    let mut out = Lines::new(&pipeline.header.join("\n"));
    out.put("schemaVersion", "2.1.0");
    out.put("sdkVersion", "flowc-1");
    out.map("pipelineInfo", |out| {
        out.put("name", pipeline.name.as_str());
        out.put_some("description", pipeline.description.as_deref());
    });
    let root = std::mem::take(&mut pipeline.root);
    out.named("root", Around::APART, |out| component(out, root));
    let all = std::mem::take(&mut pipeline.components);
    if !all.is_empty() {
        out.named("components", Around::APART, |out| components(out, all));
    }
    let all = std::mem::take(&mut pipeline.executors);
    let mut pods = Vec::new();
    out.named("deploymentSpec", Around::APART, |out| {
        out.map("executors", |out| {
            pods = executors(out, all, &pipeline.helpers);
        });
    });
    platform(&mut out, &pods, pipeline.deadline);
    let indentation = out.indentation();
    (out.into_text(), indentation)
}

fn components<S>(out: &mut Lines, components: IndexMap<Component<'_>, Name, S>) {
    for (index, (one, name)) in components.into_iter().enumerate() {
        let above = one.comment;
        let around = Around {
            apart: index > 0 && above.is_some(),
            above,
            ..Around::default()
        };
        out.named(comp(&name), around, |out| {
            component(out, one);
        });
    }
}

/// What a component is called in the file.
fn comp<'n>(name: &'n Name<'_>) -> Seen<'n> {
    name.seen().behind(Word("comp-"))
}

/// What an executor is.
fn exec<'n>(name: &'n Name<'_>) -> Seen<'n> {
    name.seen().behind(Word("exec-"))
}

fn component(out: &mut Lines, component: Component<'_>) {
    if let Body::Executor(label) = &component.body {
        out.put("executorLabel", exec(label));
    }
    out.map("inputDefinitions", |out| ports(out, &component.inputs));
    out.map("outputDefinitions", |out| ports(out, &component.outputs));
    if let Body::Dag(one) = component.body {
        out.map("dag", |out| dag(out, *one));
    }
}

fn ports(out: &mut Lines, ports: &Ports<'_>) {
    out.map("parameters", |out| {
        for (name, one) in &ports.parameters {
            out.named_inline(name, |out| parameter(out, one));
        }
    });
    out.map("artifacts", |out| {
        for (name, is_list) in &ports.artifacts {
            out.named_inline(name, |out| {
                out.inline("artifactType", |out| {
                    out.put("schemaTitle", Word("system.Artifact"));
                    out.put("schemaVersion", "0.0.1");
                });
                out.put_some("isArtifactList", is_list.then_some(true));
            });
        }
    });
}

fn parameter(out: &mut Lines, parameter: &Parameter<'_>) {
    out.put("parameterType", Word(parameter.kind.word()));
    let Some(declared) = parameter.declared else {
        return;
    };
    if let Some(value) = &declared.default {
        let json = serde_json::to_value(&value.value).unwrap_or_default();
        out.value("defaultValue", Yaml::from(&json));
        out.put("isOptional", true);
    }
    let description = declared.description.as_ref();
    out.put_some("description", description.map(|text| text.value.as_str()));
}

fn dag(out: &mut Lines, dag: Dag<'_>) {
    out.map("outputs", |out| {
        out.map("parameters", |out| {
            for (name, from) in dag.parameters.iter() {
                out.named_inline(name, |out| selectors(out, from));
            }
        });
        out.map("artifacts", |out| {
            for (name, from) in dag.artifacts.iter() {
                out.named(name, Around::default(), |out| {
                    out.inline_maps("artifactSelectors", from, |out, (task, key)| {
                        out.put("producerSubtask", task);
                        out.put("outputArtifactKey", key);
                    });
                });
            }
        });
    });
    if dag.tasks.is_empty() {
        out.put("tasks", Scalar::EMPTY_MAP);
    }
    out.map("tasks", |out| {
        for (name, one) in dag.tasks {
            out.named(&name, Around::default(), |out| task(out, &one));
        }
    });
}

fn selectors(out: &mut Lines, from: &[(Name<'_>, Name<'_>)]) {
    let selector = |out: &mut Lines, (task, key): &(Name<'_>, Name<'_>)| {
        out.put("producerSubtask", task);
        out.put("outputParameterKey", key);
    };
    match from {
        [one] => out.inline("valueFromParameter", |out| selector(out, one)),
        several => out.map("valueFromOneof", |out| {
            out.inline_maps("parameterSelectors", several, selector);
        }),
    }
}

fn task(out: &mut Lines, task: &Task<'_>) {
    out.inline("taskInfo", |out| out.put("name", &task.title));
    out.inline("componentRef", |out| {
        out.put("name", comp(&task.component));
    });
    out.words("dependentTasks", task.dependencies());
    if task.condition.is_some() || task.is_exit {
        out.inline("triggerPolicy", |out| {
            out.put_some("condition", task.condition.as_deref());
            let strategy = task.is_exit.then_some("ALL_UPSTREAM_TASKS_COMPLETED");
            out.put_some("strategy", strategy);
        });
    }
    if task.cached {
        out.inline("cachingOptions", |out| out.put("enableCache", true));
    } else {
        out.put("cachingOptions", Scalar::EMPTY_MAP);
    }
    if let Some(policy) = &task.retry {
        out.inline("retryPolicy", |out| retry(out, policy));
    }
    if let Some(one) = &task.iterator {
        out.inline("parameterIterator", |out| iterator(out, one));
        if let Some(limit) = one.limit {
            out.inline("iteratorPolicy", |out| out.put("parallelismLimit", limit));
        }
    }
    out.map("inputs", |out| {
        out.map("parameters", |out| inputs(out, &task.parameters, PARAMETER));
        out.map("artifacts", |out| inputs(out, &task.artifacts, ARTIFACT));
    });
}

fn retry(out: &mut Lines, retry: &Retry) {
    out.put("maxRetryCount", retry.count);
    out.put("backoffDuration", [&retry.delay, "s"].concat());
    out.put("backoffFactor", retry.factor);
    out.put("backoffMaxDuration", [&retry.max_delay, "s"].concat());
}

fn iterator(out: &mut Lines, iterator: &Iterator<'_>) {
    out.put("itemInput", &iterator.item);
    out.inline("items", |out| match &iterator.items {
        Items::Raw(json) => out.put("raw", json.as_str()),
        Items::Input(name) => out.put("inputParameter", name),
    });
}

/// What the document calls an input of the component around, an output of a task, and its name there.
type Words = [&'static str; 3];

const PARAMETER: Words = [
    "componentInputParameter",
    "taskOutputParameter",
    "outputParameterKey",
];

const ARTIFACT: Words = [
    "componentInputArtifact",
    "taskOutputArtifact",
    "outputArtifactKey",
];

fn inputs(out: &mut Lines, inputs: &[(Name<'_>, Input<'_>)], words: Words) {
    for (name, one) in inputs {
        out.named_inline(name, |out| input(out, one, words));
    }
}

fn input(out: &mut Lines, input: &Input<'_>, [component, output, output_key]: Words) {
    match input {
        Input::Constant(text) => out.inline("runtimeValue", |out| {
            out.put("constant", text);
        }),
        Input::Component { name, selector } => {
            out.put(component, name);
            out.put_some("parameterExpressionSelector", *selector);
        }
        Input::Output { task, key } => out.inline(output, |out| {
            out.put("producerTask", task);
            out.put(output_key, key);
        }),
        Input::FinalStatus { task } => out.inline("taskFinalStatus", |out| {
            out.put("producerTask", task);
        }),
    }
}

/// Gives back what only Kubernetes knows of each, by its name.
fn executors<'f, S>(
    out: &mut Lines,
    executors: IndexMap<Executor<'_>, Name<'f>, S>,
    helpers: &str,
) -> Vec<(Name<'f>, Map)> {
    let mut once = Once::default();
    let mut pods = Vec::new();
    for (index, (one, name)) in executors.into_iter().enumerate() {
        let around = Around {
            apart: index > 0,
            comment: one.comment.as_deref(),
            ..Around::default()
        };
        out.named(exec(&name), around, |out| {
            out.map("container", |out| {
                executor(out, &one, helpers, &mut once);
            });
        });
        if !one.kubernetes.is_empty() {
            pods.push((name, one.kubernetes));
        }
    }
    pods
}

fn executor(out: &mut Lines, executor: &Executor<'_>, helpers: &str, once: &mut Once) {
    out.put("image", &executor.image);
    if !repeated_runner(out, executor, once) {
        out.value("command", command(executor, helpers, once));
    }
    out.list_of("args", &executor.args, Arg::write);
    out.map("resources", |out| out.entries_of(&executor.resources));
}

/// The command of nearly all executors, which is written without a tree before it; says whether it is this one's.
fn repeated_runner(out: &mut Lines, executor: &Executor<'_>, once: &Once) -> bool {
    let runner = Scalar::alias("runner");
    executor.program == Program::Runner
        && once.stand.contains(&"runner")
        && out.short_list(
            "command",
            ["sh".into(), "-c".into(), runner, "flowc".into()],
        )
}

fn command(executor: &Executor<'_>, helpers: &str, once: &mut Once) -> Yaml {
    match &executor.program {
        Program::Runner => {
            let runner = once.text("runner", RUNNER);
            words([word("sh"), word("-c"), runner, word("flowc")])
        }
        Program::Python(text) => {
            let helpers = once.text("helpers", helpers);
            words([word("python3"), word("-c"), helpers, text.into()])
        }
        Program::Shell(text) => words([word("sh"), word("-ec"), text.into(), word("flowc")]),
    }
}

fn word(text: &'static str) -> Yaml {
    Cow::Borrowed(text).into()
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

/// What the specification of a pipeline has no words for, as a document of its own.
fn platform(out: &mut Lines, pods: &[(Name<'_>, Map)], deadline: Option<u64>) {
    if pods.is_empty() && deadline.is_none() {
        return;
    }
    out.next_document();
    out.map("platforms", |out| {
        out.map("kubernetes", |out| {
            out.map("deploymentSpec", |out| {
                out.map("executors", |out| {
                    for (name, pod) in pods {
                        let fill = |out: &mut Lines| out.entries_of(pod);
                        out.named(exec(name), Around::default(), fill);
                    }
                });
            });
            if let Some(seconds) = deadline {
                out.map("pipelineConfig", |out| {
                    out.put("activeDeadlineSeconds", seconds);
                });
            }
        });
    });
}
