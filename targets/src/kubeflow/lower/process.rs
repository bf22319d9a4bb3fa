//! A process as a container: its arguments, and the small program that works out what Kubeflow cannot
//! write into them.

use flowc_core::expr::{ExprKind, Part, Ref, Template};
use flowc_core::flow::{ArtifactKind, Body, Command, Process, Task as FlowTask, TaskId};
use flowc_core::source::Span;

use super::super::arg::{Arg, output_key};
use super::super::model::{Component, Executor, Kind, Retry, Str, Task};
use super::super::name::Name;
use super::super::placeholder::{INPUT, OUTPUT_ARTIFACT};
use super::cel::Condition;
use super::ports::output_types;
use super::scope::{Datum, Inputs};
use super::script::Script;
use super::text::{escaped, is_read};
use super::written::{Written, place};
use super::{Lowering, dashed};

/// A container while its arguments are written.
pub(super) struct Container<'f> {
    pub(super) id: TaskId,
    pub(super) inputs: Inputs<'f>,
    pub(super) args: Vec<Arg<'f>>,
    /// The command.
    pub(super) words: Vec<Arg<'f>>,
    /// The places of those of its words that are escaped, from one on.
    pub(super) escaped: Vec<String>,
    /// What has to be worked out first: a name, and the text.
    pub(super) values: Vec<(String, Template)>,
    /// Secrets: the key, and the variable.
    pub(super) secrets: Vec<(String, String)>,
    /// Whether the place of its outputs has to be known in an argument.
    pub(super) knows_place: bool,
    pub(super) problems: Vec<(Span, String)>,
    pub(super) task: &'f FlowTask,
}

impl<'f> Container<'f> {
    /// One more word of the command.
    fn word(&mut self, word: Written<'f>) {
        self.words.push(match word {
            Written::Literal(text) if is_read(&text) => {
                self.escaped.push((self.words.len() + 1).to_string());
                Arg::text(escaped(&text))
            }
            Written::Literal(text) => Arg::text(text),
            Written::Input(name) => Arg::input(name),
            Written::Placeholder(text) => Arg::text(text),
        });
    }
}

impl<'f> Lowering<'f> {
    pub(super) fn process(
        &mut self,
        id: TaskId,
        key: &Name<'f>,
        condition: &Condition<'f>,
        after: Vec<Name<'f>>,
        told: bool,
        soft: bool,
    ) {
        let task = self.flow.task(id);
        let mut container = Container {
            id,
            inputs: Inputs::default(),
            args: Vec::new(),
            words: Vec::new(),
            escaped: Vec::new(),
            values: Vec::new(),
            secrets: Vec::new(),
            knows_place: false,
            problems: Vec::new(),
            task,
        };
        let mut image = Str::from(self.options.image);
        match &task.body {
            Body::Process(process) => {
                self.variables(&mut container, process);
                self.command(&mut container, process);
                if let Some(template) = &process.image {
                    image = self.written(&mut container, template, "image").text();
                }
            }
            Body::Wait(time) => {
                image = self.options.helper_image.into();
                let time = seconds(time.value.as_seconds());
                container.words = vec![Arg::text("sleep"), Arg::text(time)];
            }
            Body::Approve(_) | Body::Group(_) => {}
        }
        let resources = self.resources(&mut container);
        let mut executor = Executor {
            comment: task.description.as_ref().map(|text| Str::from(&text.value)),
            image,
            resources,
            ..Executor::default()
        };
        executor.kubernetes = self.pod(task, &container.secrets);
        let outputs = self.outputs_of_one(id, told);
        executor.args = self.arguments(&mut container, told, soft);
        let mut own_after = after;
        if !container.values.is_empty() {
            self.values(&mut container, key, condition, &own_after, soft);
            if soft {
                let name = container.inputs.name(Datum::Ready(id), self.flow);
                executor
                    .args
                    .insert(0, Arg::named_input("--decision", name));
            }
            own_after.clear();
        }
        self.problems.append(&mut container.problems);
        let mut inputs = container.inputs;
        let condition = self.condition(condition, &mut inputs);
        let component = Component {
            inputs: inputs.ports(self.flow),
            outputs,
            ..Component::default()
        };
        let component = self.executable(&self.path_of(id), component, executor);
        let mut made = Task::of(&task.path, component);
        made.after = own_after;
        made.condition = condition;
        made.retry = retry(task);
        made.cached = task.cache.is_some();
        self.add(key, made, &inputs);
    }

    /// The task's variables.
    fn variables(&mut self, container: &mut Container<'f>, process: &'f Process) {
        for variable in &process.env {
            let name = variable.name.value.as_str();
            if let [Part::Expr(expr)] = variable.value.parts.as_slice() {
                match &expr.kind {
                    ExprKind::Ref(Ref::Secret { name: key }) => {
                        container.secrets.push((key.clone(), name.to_owned()));
                        continue;
                    }
                    ExprKind::Ref(Ref::RunStatus)
                        if self.scope().made.contains_key(&Datum::FinalStatus) =>
                    {
                        let final_status = container.inputs.name(Datum::FinalStatus, self.flow);
                        let given = INPUT.of(&final_status);
                        container
                            .args
                            .push(Arg::text(format!("--final={name}={given}")));
                        continue;
                    }
                    ExprKind::Default(
                        Ref::Artifact {
                            task,
                            name: artifact,
                        },
                        fallback,
                    ) if self.facts.is_stateful(*task) => {
                        let place = name.to_ascii_lowercase();
                        let otherwise = self.written_expr(container, fallback, &place);
                        container.args.push(set(name, otherwise));
                        let state = container.inputs.name(Datum::State(*task), self.flow);
                        let path = self.artifact_path(container, *task, artifact);
                        let state = INPUT.of(&state);
                        container
                            .args
                            .push(Arg::text(format!("{name}?{state}={path}")));
                        continue;
                    }
                    _ => {}
                }
            }
            let place = name.to_ascii_lowercase();
            let written = self.written(container, &variable.value, &place);
            container.args.push(set(name, written));
        }
    }

    fn command(&mut self, container: &mut Container<'f>, process: &'f Process) {
        match &process.command {
            Command::Argv(words) => {
                container.words.reserve_exact(words.len());
                for (at, word) in words.iter().enumerate() {
                    let written = self.written(container, word, &format!("argument_{at}"));
                    container.word(written);
                }
            }
            Command::Script { shell, text } => {
                container.words.reserve_exact(shell.len() + 1);
                for word in shell.iter().chain([&text.value]) {
                    container.word(Written::Literal(word.into()));
                }
            }
        }
    }

    fn resources(&mut self, container: &mut Container<'f>) -> crate::yaml::Map {
        let task = container.task;
        self.resources_of(container, task)
    }

    /// All arguments: the runner's own, the variables, and the command.
    fn arguments(&mut self, container: &mut Container<'f>, told: bool, soft: bool) -> Vec<Arg<'f>> {
        let task = container.task;
        let known = container.args.len() + container.words.len() + task.outputs.len();
        let mut args = Vec::with_capacity(known + 6);
        args.push(Arg::named("FLOW_TASK", &task.path));
        if task.cache.is_none() {
            // The id is different in each run, so a task that reads it is never found in the cache;
            // there it comes from a label of the pod.
            let name = container.inputs.name(Datum::RunId, self.flow);
            args.push(Arg::named_input("FLOW_RUN_ID", name));
        }
        if let Some(fan_out) = self.flow.fan_out_of(container.id) {
            let name = container.inputs.name(Datum::Index(fan_out), self.flow);
            args.push(Arg::named_input("FLOW_ITEM_INDEX", name));
        }
        for upstream in self.watched(container.id) {
            let name = container.inputs.name(Datum::State(upstream), self.flow);
            args.push(Arg::named_input("--after", name));
        }
        if let Some(time) = &task.timeout {
            args.push(Arg::seconds("--timeout", time.value.as_seconds()));
        }
        if soft {
            let retries = task.retries.as_ref().map_or(0, |retries| retries.value);
            args.push(Arg::named("--soft", (retries + 1).to_string()));
        }
        if let (Some(codes), true) = (&task.retry_on, soft) {
            let codes: Vec<String> = codes.value.iter().map(u8::to_string).collect();
            args.push(Arg::named("--retry-on", codes.join(" ")));
        }
        if let Some(workdir) = task.process().and_then(|process| process.workdir.as_ref()) {
            args.push(Arg::named("--workdir", escaped(&workdir.value)));
        }
        if let Some(cache) = &task.cache {
            let written = self.written(container, &cache.key, "cache_key");
            args.push(set("FLOWC_CACHE_KEY", written));
        }
        if container.knows_place {
            args.push(Arg::named("--outputs", place(task)));
        }
        if told {
            args.push(Arg::named_state("--state"));
        }
        for (name, ty) in output_types(task) {
            args.push(Arg::output(Kind::of(ty), name));
        }
        for artifact in &task.artifacts {
            let name = &artifact.name.value;
            let key = output_key(name);
            let kind = match artifact.kind {
                ArtifactKind::File => "file",
                ArtifactKind::Directory => "directory",
            };
            let path = OUTPUT_ARTIFACT.of(key);
            args.push(Arg::text(format!("--artifact={kind}:{name}={path}")));
            if let Some(path) = &artifact.path {
                args.push(Arg::text(format!("--from={name}={}", escaped(&path.value))));
            }
        }
        args.append(&mut container.args);
        if !container.escaped.is_empty() {
            args.push(Arg::named("--escaped", container.escaped.join(",")));
        }
        args.push(Arg::text("--"));
        args.append(&mut container.words);
        args
    }

    /// The program that works out the values, as a task before this one.
    fn values(
        &mut self,
        container: &mut Container<'f>,
        key: &Name<'f>,
        condition: &Condition<'f>,
        after: &[Name<'f>],
        soft: bool,
    ) {
        let mut script = Script::new(self);
        let mut lines = Vec::new();
        let mut paths = Vec::new();
        for (name, template) in &container.values {
            let path = script.output(name, Kind::String);
            lines.push(format!("deliver({path}, {})", script.text(template)));
            paths.push(path);
        }
        if soft {
            let ready = script.output("decision", Kind::String);
            for path in &paths {
                script.line(format!("deliver({path}, \"\")"));
            }
            script.line("try:");
            lines
                .iter()
                .for_each(|line| script.line(format!("    {line}")));
            script.line(format!("    deliver({ready}, \"run\")"));
            script.line("except Exception as error:");
            script.line("    print(error, file=sys.stderr)");
            script.line(format!("    deliver({ready}, \"failed\")"));
        } else {
            lines.iter().for_each(|line| script.line(line));
        }
        let path = &container.task.path;
        let made = script.finish(format!("what {path} is given"));
        let own_key = self.key(format!("{key}-values"));
        let title = format!("{path} values");
        let name = dashed(&title);
        self.helper(&own_key, title, &name, made, condition, after.to_vec());
        let output = |key| super::Input::Output {
            task: own_key.clone(),
            key,
        };
        for (name, _) in &container.values {
            let datum = Datum::Value(container.id, name.clone().into());
            self.scope().made.insert(datum, output(name.clone().into()));
        }
        if soft {
            self.scope()
                .made
                .insert(Datum::Ready(container.id), output("decision".into()));
        }
    }
}

/// `NAME=text`, escaped where something on the way would read it.
fn set<'f>(name: &'f str, written: Written<'f>) -> Arg<'f> {
    match written {
        Written::Literal(text) if is_read(&text) => {
            Arg::text(format!("--escape={name}={}", escaped(&text)))
        }
        Written::Literal(text) => Arg::named(name, text),
        Written::Input(input) => Arg::named_input(name, input),
        Written::Placeholder(text) => Arg::named(name, text),
    }
}

fn retry(task: &FlowTask) -> Option<Box<Retry>> {
    let count = task.retries.as_ref()?.value;
    if count == 0 {
        return None;
    }
    let backoff = task.backoff.as_ref();
    let delay = backoff.map_or(0.0, |backoff| backoff.delay.value.as_seconds());
    let longest = backoff.map_or(0.0, |backoff| {
        // The longest wait that the policy asks for; without one Kubeflow would stop at an hour.
        (1..=count)
            .map(|n| backoff.wait(n).as_seconds())
            .fold(0.0, f64::max)
    });
    Some(Box::new(Retry {
        count,
        delay: seconds(delay),
        factor: backoff.map_or(1.0, |backoff| backoff.factor.value),
        max_delay: seconds(
            match backoff.and_then(|backoff| backoff.max_delay.as_ref()) {
                Some(longest) => longest.value.as_seconds(),
                None => longest,
            },
        ),
    }))
}

/// Seconds as Kubeflow and `timeout` read them.
fn seconds(seconds: f64) -> String {
    flowc_core::expr::value::number_text(seconds)
}
