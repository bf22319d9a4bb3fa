//! A process, a wait or an approval as a service.

use std::borrow::Cow;

use flowc_core::expr::{ExprKind, Part, Ref, Template};
use flowc_core::flow::{Amount, Approve, Body, Command, Process, Resources, Task, TaskId};
use flowc_core::values::Duration;

use super::super::expr::Awk;
use super::super::model::{Deploy, Environment, Service, Text, Variable};
use super::super::options::Options;
use super::super::{names, patch};
use super::{Lowerer, Sink, bind, plain_text, scoped, typed};

impl<'f> Lowerer<'f> {
    pub(super) fn process(&mut self, id: TaskId, services: &mut Sink<'_>) {
        let flow = self.flow;
        let task = flow.task(id);
        let mut awk = Awk::new(flow);
        let mut service = Service {
            name: names::service(&task.path),
            comment: comment(task),
            shares: true,
            deploy: deploy(&task.resources, &self.options),
            pull_policy: pull_policy(task),
            patch: patch::of(&task.targets),
            ..Service::default()
        };
        let before = self.before(id);
        let sidecars = self.sidecars(&task.services, &before, services);
        service.depends_on = before;
        service.depends_on.extend(sidecars);
        let mut variables = self.common(id, task, &mut awk);
        self.attempts(id, task, &mut variables);
        self.data(task, &mut variables);
        let mut given = Environment::default();
        let mut computed = String::new();
        match &task.body {
            Body::Process(process) => {
                let image = process
                    .image
                    .as_ref()
                    .and_then(|image| image.as_literal())
                    .unwrap_or_default();
                service.image = self.own_image(image);
                service.workdir = process
                    .workdir
                    .as_ref()
                    .map(|workdir| workdir.value.as_str());
                self.command(
                    process,
                    &mut service,
                    &mut variables,
                    &mut computed,
                    &mut awk,
                );
                self.environment(process, &mut given, &mut computed, &mut awk);
            }
            Body::Wait(wait) => {
                service.image = self.helper_image();
                service.command = vec!["sleep".into(), seconds(wait.value).into()];
            }
            Body::Approve(approve) => {
                service.image = self.helper_image();
                self.approve(task, approve, &mut service, &mut variables);
            }
            Body::Group(_) => {}
        }
        if !computed.is_empty() {
            self.parts.need("bind");
            variables.text("FLOW_ENV", computed);
        }
        variables.0.append(&mut given.0);
        self.finish_awk(awk, &mut variables);
        if !task.kubernetes.labels.is_empty() {
            // A service's own labels replace the shared ones.
            let own = task.kubernetes.labels.iter();
            let mut labels: Vec<(&str, &str)> = flow
                .labels
                .iter()
                .map(|(key, value)| (key.as_str(), value.value.as_str()))
                .collect();
            for (key, value) in own {
                labels.retain(|(known, _)| known != key);
                labels.push((key, &value.value));
            }
            service.labels = labels;
        }
        service.environment = variables;
        services(&service);
    }

    /// How often it is tried, and how many run beside it.
    fn attempts(&mut self, id: TaskId, task: &Task, variables: &mut Environment<'f>) {
        let flow = self.flow;
        let retries = task.max_retries();
        if retries > 0 {
            self.parts.need("retry");
            let waits: Vec<String> = (1..=retries)
                .map(|n| {
                    task.backoff
                        .as_ref()
                        .map_or("0".into(), |backoff| seconds(backoff.wait(n)))
                })
                .collect();
            variables.text("FLOW_BACKOFF", waits.join(" "));
            if let Some(codes) = &task.retry_on {
                self.parts.need("retry_on");
                let codes: Vec<String> = codes.value.iter().map(u8::to_string).collect();
                variables.text("FLOW_RETRY_ON", codes.join(" "));
            }
        }
        if let Some(timeout) = &task.timeout {
            self.parts.need("timeout");
            variables.text("FLOW_TIMEOUT", seconds(timeout.value));
        }
        if flow.timeout.is_some() && !task.finally {
            self.parts.need("timeout");
            self.parts.need("deadline");
        }
        let mut places = Vec::new();
        if let Some(concurrency) = &task.concurrency {
            places.push(format!(
                "limit-{}={}",
                self.limit_number(&concurrency.group.value),
                concurrency.limit.value
            ));
        }
        for group in flow.ancestors(id) {
            let around = flow.task(group);
            if let (Some(limit), None) = (&around.max_parallel, &around.for_each) {
                places.push(format!("{}={}", scoped(flow, group), limit.value));
            }
        }
        // Waiting and asking keep no place busy.
        if let (Some(limit), Body::Process(_)) = (&flow.max_parallel, &task.body) {
            places.push(format!("run={}", limit.value));
        }
        if !places.is_empty() {
            self.parts.need("places");
            variables.text("FLOW_PLACES", places.join(" "));
        }
    }

    /// Which of the flow's concurrency groups it is.
    fn limit_number(&self, group: &str) -> usize {
        let mut known: Vec<&str> = Vec::new();
        for concurrency in self
            .flow
            .tasks
            .iter()
            .filter_map(|task| task.concurrency.as_ref())
        {
            if !known.contains(&concurrency.group.value.as_str()) {
                known.push(&concurrency.group.value);
            }
        }
        known
            .iter()
            .position(|known| *known == group)
            .map_or(0, |at| at + 1)
    }

    /// What it writes.
    fn data(&mut self, task: &Task, variables: &mut Environment<'f>) {
        if !task.outputs.is_empty() {
            self.parts.need("outputs");
            let outputs = task.outputs.iter();
            let outputs = typed(outputs.map(|output| (output.name.value.as_str(), &output.ty)));
            variables.text("FLOW_OUTPUT_TYPES", outputs);
        }
        if !task.artifacts.is_empty() {
            self.parts.need("artifacts");
            let artifacts: Vec<String> = task
                .artifacts
                .iter()
                .map(|artifact| {
                    let kind = match artifact.kind {
                        flowc_core::flow::ArtifactKind::File => "file",
                        flowc_core::flow::ArtifactKind::Directory => "directory",
                    };
                    match &artifact.path {
                        Some(path) => {
                            self.parts.need("artifact_path");
                            format!("{}={kind}:{}", artifact.name.value, path.value)
                        }
                        None => format!("{}={kind}", artifact.name.value),
                    }
                })
                .collect();
            variables.text("FLOW_ARTIFACTS", artifacts.join("\n"));
        }
    }

    fn command(
        &mut self,
        process: &'f Process,
        service: &mut Service<'f>,
        variables: &mut Environment<'f>,
        computed: &mut String,
        awk: &mut Awk,
    ) {
        match &process.command {
            Command::Script { shell, text } => {
                let words = shell.iter().chain([&text.value]);
                service.command = words.map(Cow::from).collect();
            }
            Command::Argv(words) => {
                let mut numbers = Vec::new();
                for (number, word) in words.iter().enumerate() {
                    match word.as_literal() {
                        Some(text) => service.command.push(text.into()),
                        None => {
                            let name = format!("FLOW_ARGUMENT_{number}");
                            bind(computed, &name, &awk.template(word));
                            service.command.push(name.into());
                            numbers.push(number.to_string());
                        }
                    }
                }
                if !numbers.is_empty() {
                    self.parts.need("args");
                    variables.text("FLOW_ARGUMENTS", numbers.join(" "));
                }
            }
        }
    }

    fn environment(
        &mut self,
        process: &'f Process,
        given: &mut Environment<'f>,
        computed: &mut String,
        awk: &mut Awk,
    ) {
        // About as long is the line of each.
        computed.reserve(64 * process.env.len());
        for variable in &process.env {
            let name = &variable.name.value;
            if let Some(text) = variable.value.as_literal() {
                given.other(name, plain_text(text));
            } else if let Some(filled) = self.filled(&variable.value, false) {
                given.other(name, Variable::Text(Text::Filled(filled.into())));
            } else {
                bind(computed, name, &awk.template(&variable.value));
            }
        }
    }

    /// A text that Compose itself can fill in: of secrets, and of parameters where nothing checks them.
    pub(super) fn filled(&self, template: &Template, with_parameters: bool) -> Option<String> {
        let mut out = String::new();
        for part in &template.parts {
            match part {
                Part::Text(text) => out.push_str(&text.replace('$', "$$")),
                Part::Expr(expr) => match &expr.kind {
                    ExprKind::Ref(Ref::Secret { name }) => {
                        out.push_str(&format!("${{{}-}}", names::secret(self.flow, name)));
                    }
                    ExprKind::Literal(value) => out.push_str(&value.text().replace('$', "$$")),
                    ExprKind::Ref(Ref::Parameter { scope: None, name }) if with_parameters => {
                        out.push_str(&self.filled_parameter(name)?);
                    }
                    _ => return None,
                },
            }
        }
        Some(out)
    }

    /// Compose's own reference to a parameter, when its text is the same as the one that is given.
    fn filled_parameter(&self, name: &str) -> Option<String> {
        use flowc_core::expr::Type;
        let parameter = self
            .flow
            .parameters
            .iter()
            .find(|parameter| parameter.name.value == name)?;
        if !matches!(parameter.ty, Type::String | Type::Integer | Type::Boolean) {
            return None;
        }
        let default = parameter
            .default
            .as_ref()
            .map_or(String::new(), |value| value.value.text());
        let safe = default
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " _./:,@%+=-".contains(c));
        safe.then(|| format!("${{{}-{default}}}", names::parameter(name)))
    }

    fn approve(
        &mut self,
        task: &'f Task,
        approve: &'f Approve,
        service: &mut Service<'f>,
        variables: &mut Environment<'f>,
    ) {
        self.parts.need("approve");
        self.parts.need("outputs");
        self.needs_values = true;
        let choices: Vec<&str> = match approve.choices.as_slice() {
            [] => vec!["yes", "no"],
            choices => choices.iter().map(|choice| choice.value.as_str()).collect(),
        };
        variables.text("FLOW_OUTPUT_TYPES", "choice=string");
        variables.text("FLOW_CHOICES", choices.join("\n"));
        let timeout = approve.timeout.as_ref().map_or(String::new(), |timeout| {
            timeout.value.whole_seconds_up().to_string()
        });
        let words = ["env", "-u", "FLOW_TASK", "sh", "/flowc/task", "ask"];
        service.command = words.map(Cow::from).into();
        service.command.extend([
            names::service(&task.path),
            (&approve.message.value).into(),
            timeout.into(),
        ]);
        let default = approve.default.as_ref();
        service
            .command
            .extend(default.map(|default| Cow::from(&default.value)));
    }
}

/// The first line of a task's description.
pub(super) fn comment(task: &Task) -> Option<Cow<'_, str>> {
    let text = task.description.as_ref()?.value.trim_end();
    Some(if text.contains('\n') {
        text.replace('\n', " ").into()
    } else {
        text.into()
    })
}

pub(super) fn pull_policy(task: &Task) -> Option<&'static str> {
    let policy = task.kubernetes.image_pull_policy.as_ref()?;
    Some(match policy.value.as_str() {
        "Always" => "always",
        "Never" => "never",
        _ => "missing",
    })
}

/// Amounts as Compose takes them. What a GPU has no count for is refused before.
pub(super) fn deploy(resources: &Resources, options: &Options) -> Deploy {
    let shares = options.cpu_shares;
    let known = |amount: &Option<Amount>| match amount {
        Some(Amount::Known(quantity)) => Some(quantity.value.clone()),
        _ => None,
    };
    let cpu = known(&resources.cpu);
    let thousandths = cpu.map(|cpu| cpu.thousandths_up() as u64);
    Deploy {
        cpus: thousandths.filter(|_| !shares).map(cores),
        cpu_shares: thousandths
            .filter(|_| shares)
            .map(|thousandths| (thousandths * 1024 / 1000).max(2)),
        memory: known(&resources.memory).map(|memory| memory.whole_up()),
        gpus: resources
            .gpu
            .as_ref()
            .filter(|_| options.gpus)
            .and_then(|gpu| match &gpu.count {
                Amount::Known(count) => Some(count.value.whole_up()),
                Amount::Computed(_) => None,
            }),
    }
}

fn cores(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Seconds as `sleep` takes them.
pub(super) fn seconds(duration: Duration) -> String {
    flowc_core::expr::value::number_text(duration.as_seconds())
}
