//! Processes: the operator of the runner and its arguments.

use flowc_core::expr::{Expr, Ref, Template, Type, Value};
use flowc_core::flow::{Artifact, ArtifactKind, Backoff, Command, Process, Task, TaskId};
use flowc_core::values::Duration;

use super::defaults::{Setting, Settings};
use super::edges::Edges;
use super::{Lowering, Statement, resources};
use crate::airflow::expr::{Expressions, OWN, position_text};
use crate::airflow::fields;
use crate::airflow::settings::Runner;
use crate::python::{Argument, Arguments, Code, merged};

/// More arguments than most operators have.
const USUAL_ARGUMENTS: usize = 12;

impl<'a> Lowering<'a> {
    pub(super) fn process(
        &'a self,
        id: TaskId,
        process: &'a Process,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) {
        let task = self.flow.task(id);
        let variable = self.variables().task(id);
        let mut arguments = Vec::with_capacity(USUAL_ARGUMENTS);
        arguments.push(("task_id", Code::string(&task.name.value)));
        arguments.extend(self.description(task));
        let mut item = None;
        if let Some(fan_out) = &task.for_each {
            item = Some(self.items(id, fan_out, variable, body, edges));
        }
        arguments.extend(self.start_conditions(id, task, body, edges));
        arguments.extend(self.attempt_arguments(task));
        if let Some(limit) = self.instances_at_once(id) {
            arguments.push(("max_active_tis_per_dagrun", Code::atom(limit.to_string())));
        }
        arguments.extend(self.place_arguments(id, task, process));
        if self.mapped_group_of(id).is_some() && self.names_item(task, process) {
            arguments.push(("item", Code::atom("item")));
        }
        self.work_arguments(id, task, process, &mut arguments);
        let arguments = merged(arguments, self.target_arguments(task));

        let operator = self.operator();
        let code = match item {
            None => Code::call(operator, arguments),
            Some(items) => Code::Chain(vec![
                Code::call(format!("{operator}.partial"), arguments),
                Code::call("expand", [("item", items)]),
            ]),
        };
        body.push(Statement::Assign(variable, code));
        if task.for_each.is_some() {
            self.join(id, body, edges);
        }
    }

    /// The limit of the fan-out that the task is, or else of the one around it.
    fn instances_at_once(&self, id: TaskId) -> Option<u32> {
        let fan_out = self.flow.fan_out_of(id)?;
        let limit = self.flow.task(fan_out).max_parallel.as_ref()?;
        Some(limit.value)
    }

    fn operator(&self) -> &'static str {
        match self.settings.runner {
            Runner::Process => "FlowTask",
            Runner::Docker => "FlowContainer",
            Runner::Kubernetes => "FlowPod",
        }
    }

    /// Of a fan-out with a task for its list, that task decides; an instance asks for itself alone.
    fn start_conditions(
        &'a self,
        id: TaskId,
        task: &'a Task,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) -> Arguments<'a> {
        let filter = task
            .for_each
            .as_ref()
            .and_then(|fan_out| fan_out.filter.as_ref());
        let own = filter.map(|filter| self.when(filter, Expressions::new(self, Some(id))));
        let fast = self.fan_out_fail_fast(task);
        if self.shape(id).items {
            let checks: Vec<_> = fast.into_iter().chain(own).collect();
            return match checks.len() {
                0 => Vec::new(),
                1 => checks
                    .into_iter()
                    .map(|check| ("pre_execute", check))
                    .collect(),
                _ => {
                    let checks = checks.into_iter().map(Argument::positional).collect();
                    vec![("pre_execute", Code::Call("checks".into(), checks))]
                }
            };
        }
        let variable = self.variables().task(id);
        let mut decision = self.decide(id, variable, body, edges);
        if let Some(fast) = fast {
            decision.ask_first(fast);
        }
        if let Some(own) = own {
            decision.ask(own);
        }
        decision.arguments()
    }

    /// Retries and times, as far as they differ from the DAG's defaults.
    fn attempt_arguments(&'a self, task: &'a Task) -> Arguments<'a> {
        let mut arguments = self
            .defaults()
            .differences(self.common_settings(task), self);
        if task.finally && self.flow.timeout.is_some() {
            arguments.push(("run_timeout", Code::atom("None")));
        }
        if let Some(codes) = task.retry_on.as_ref() {
            let codes = codes
                .value
                .iter()
                .map(|code| Code::atom(code.to_string()))
                .collect();
            arguments.push(("retry_on", Code::List(codes)));
        }
        arguments
    }

    /// The arguments that many processes have in common.
    pub(super) fn common_settings(&self, task: &'a Task) -> Settings<'a> {
        let mut settings = Vec::with_capacity(4);
        if self.settings.runner != Runner::Process
            && let Some(process) = task.process()
            && let Some(text) = process.image.as_deref().and_then(Template::as_literal)
        {
            settings.push(("image", Setting::Image(text.into())));
        }
        let retries = task.max_retries();
        settings.push(("retries", Setting::Number(retries.into())));
        if retries > 0 {
            self.backoff(task.backoff.as_deref(), retries, &mut settings);
        }
        if let Some(timeout) = &task.timeout {
            settings.push(("execution_timeout", Setting::Time(timeout.value)));
        }
        if self.settings.runner == Runner::Kubernetes {
            // Airflow gives a pod two minutes to start, too short for a machine that has to come up.
            let timeout = task.timeout.as_ref();
            let seconds = timeout.map_or(3600, |timeout| timeout.value.whole_seconds_up().max(1));
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            settings.push(("startup_timeout_seconds", Setting::Number(seconds)));
        }
        if let Some(priority) = &task.priority {
            settings.push(("priority_weight", Setting::Number(priority.value.into())));
        }
        settings
    }

    fn backoff(&self, backoff: Option<&Backoff>, retries: u32, settings: &mut Settings<'_>) {
        let Some(backoff) = backoff else {
            settings.push(("retry_delay", Setting::Time(Duration::from_milliseconds(0))));
            return;
        };
        settings.push(("retry_delay", Setting::Time(backoff.delay.value)));
        if backoff.factor.value == 1.0 {
            return;
        }
        let factor = if self.is_v2() {
            "True".into()
        } else {
            backoff.factor.value.to_string().into()
        };
        settings.push(("retry_exponential_backoff", Setting::Source(factor)));
        // Airflow's own limit is a day.
        let longest = backoff.wait(retries);
        if let Some(limit) = &backoff.max_delay {
            settings.push(("max_retry_delay", Setting::Time(limit.value)));
        } else if longest.as_seconds() > 86_400.0 {
            settings.push(("max_retry_delay", Setting::Time(longest)));
        }
    }

    /// What the process needs of its surroundings.
    fn place_arguments(
        &'a self,
        id: TaskId,
        task: &'a Task,
        process: &'a Process,
    ) -> Arguments<'a> {
        let mut arguments = Vec::new();
        if let Some(image) = process
            .image
            .as_ref()
            .filter(|image| image.as_literal().is_none())
            && self.settings.runner != Runner::Process
        {
            arguments.push(("image", Expressions::new(self, Some(id)).field(image)));
        }
        if let Some(workdir) = &process.workdir {
            arguments.push(("workdir", Code::string(&workdir.value)));
        }
        if let Some(concurrency) = &task.concurrency {
            arguments.push(("pool", Code::string(&concurrency.group.value)));
        }
        match self.settings.runner {
            Runner::Process => {}
            Runner::Docker => arguments.extend(resources::docker(&task.resources)),
            Runner::Kubernetes => {
                if let Some(resources) = self.pod_resources(id, &task.resources) {
                    arguments.push(("container_resources", resources));
                }
                arguments.extend(fields::kubernetes(&task.kubernetes));
                arguments.extend(self.service_arguments(task));
            }
        }
        arguments
    }

    /// Environment, command, outputs and artifacts.
    fn work_arguments(
        &'a self,
        id: TaskId,
        task: &'a Task,
        process: &'a Process,
        arguments: &mut Arguments<'a>,
    ) {
        let expressions = Expressions::new(self, Some(id));
        let mut secrets = Vec::new();
        let mut env = Vec::with_capacity(process.env.len());
        for variable in &process.env {
            match whole_secret(&variable.value) {
                Some(name) if self.settings.runner == Runner::Kubernetes => {
                    secrets.push(self.pod_secret(&variable.name.value, name));
                }
                _ => env.push((
                    variable.name.value.as_str().into(),
                    expressions.field(&variable.value),
                )),
            }
        }
        if !env.is_empty() {
            arguments.push(("env", Code::Dict(env)));
        }
        if !secrets.is_empty() {
            arguments.push(("secrets", Code::List(secrets)));
        }
        arguments.push(("command", command(&process.command, &expressions)));
        let fan_in = self.fan_in(id, process);
        if !fan_in.is_empty() && self.settings.runner != Runner::Process {
            self.flags.fan_in.set(true);
            if fan_in.iter().any(|folder| folder.contains(OWN)) {
                self.flags.own_fan_in.set(true);
            }
            let fan_in = fan_in.into_iter().map(Code::string).collect();
            arguments.push(("fan_in", Code::List(fan_in)));
        }
        if !task.outputs.is_empty() {
            let outputs = task.outputs.iter().map(|output| {
                let ty = output.ty.name();
                (&output.name.value, Code::string(ty))
            });
            arguments.push(("outputs", Code::dict(outputs)));
        }
        if !task.artifacts.is_empty() {
            let artifacts = task
                .artifacts
                .iter()
                .map(|artifact| (&artifact.name.value, Code::string(kind(artifact))));
            arguments.push(("artifacts", Code::dict(artifacts)));
            if let Some((fan_out, position)) = self.published(id) {
                arguments.push(("fan_out", Code::string(fan_out)));
                arguments.push(("position", Code::string(position_text(&position))));
            }
        }
        let paths: Vec<_> = task
            .artifacts
            .iter()
            .filter_map(|artifact| {
                Some((
                    &artifact.name.value,
                    Code::string(&artifact.path.as_ref()?.value),
                ))
            })
            .collect();
        if !paths.is_empty() {
            arguments.push(("paths", Code::dict(paths)));
        }
    }

    /// The folders with one entry per instance that a process reads: `task/artifact`.
    fn fan_in(&self, id: TaskId, process: &Process) -> Vec<String> {
        let expressions = Expressions::new(self, Some(id));
        let mut found = Vec::new();
        for expr in exprs(process) {
            expr.refs(&mut |reference, _, _| {
                if let Ref::Artifact { task, name } = reference
                    && let Some(folder) = expressions.fan_in_folder(*task, name)
                    && !found.contains(&folder)
                {
                    found.push(folder);
                }
            });
        }
        found
    }

    /// Whether anything of the task names the element of a fan-out around it.
    fn names_item(&self, task: &Task, process: &Process) -> bool {
        let mut found = false;
        let mut look = |expr: &Expr| {
            expr.refs(&mut |reference, _, _| found |= super::group::is_element(reference));
        };
        exprs(process).for_each(&mut look);
        task.when.as_deref().into_iter().for_each(&mut look);
        resources::computed(&task.resources).for_each(&mut look);
        found
    }

    fn pod_secret(&'a self, variable: &'a str, name: &'a str) -> Code<'a> {
        let arguments = ["env", variable, self.settings.secret, name];
        let arguments = arguments
            .into_iter()
            .map(|text| Argument::positional(Code::string(text)))
            .collect();
        Code::Call("Secret".into(), arguments)
    }
}

/// One literal where nothing in it depends on the run: Airflow looks into a list at every import.
fn command<'a>(command: &'a Command, expressions: &Expressions<'a>) -> Code<'a> {
    match command {
        Command::Argv(words) => {
            let constants = words.iter().map(|word| expressions.constant(word));
            match constants.collect::<Option<Vec<_>>>() {
                Some(words) => literal_list(words.into_iter().map(Code::text)),
                None => Code::List(words.iter().map(|word| expressions.field(word)).collect()),
            }
        }
        Command::Script { shell, text } if shell[..] == ["sh", "-e", "-c"] => {
            Code::call1("sh", Code::text(&text.value))
        }
        Command::Script { shell, text } => {
            let shell = shell.iter().map(Code::string);
            literal_list(shell.chain([Code::text(&text.value)]))
        }
    }
}

fn literal_list<'a>(words: impl Iterator<Item = Code<'a>>) -> Code<'a> {
    Code::call1("literal", Code::List(words.collect()))
}

fn exprs(process: &Process) -> impl Iterator<Item = &Expr> {
    let words: &[Template] = match &process.command {
        Command::Argv(words) => words,
        Command::Script { .. } => &[],
    };
    let env = process.env.iter().map(|variable| &variable.value);
    env.chain(words)
        .chain(process.image.as_deref())
        .flat_map(Template::exprs)
}

fn kind(artifact: &Artifact) -> &'static str {
    match artifact.kind {
        ArtifactKind::File => "file",
        ArtifactKind::Directory => "directory",
    }
}

/// The secret, when a value is that and nothing else.
pub(in crate::airflow) fn whole_secret(template: &Template) -> Option<&str> {
    match &template.as_expr()?.kind {
        flowc_core::expr::ExprKind::Ref(Ref::Secret { name }) => Some(name),
        _ => None,
    }
}

/// The JSON schema of a type.
pub(super) fn json_schema(ty: &Type) -> Vec<(&'static str, Value)> {
    let word = |text: &str| Value::String(text.to_owned());
    match ty {
        Type::String => vec![("type", word("string"))],
        Type::Integer => vec![("type", word("integer"))],
        Type::Number => vec![("type", word("number"))],
        Type::Boolean => vec![("type", word("boolean"))],
        Type::Object => vec![("type", word("object"))],
        Type::Any => Vec::new(),
        Type::List(element) => {
            let items = json_schema(element)
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value));
            vec![
                ("type", word("array")),
                ("items", Value::object(items.collect())),
            ]
        }
    }
}
