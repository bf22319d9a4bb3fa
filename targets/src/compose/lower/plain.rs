//! Flows that need no runner: commands in order, each of which must succeed.

use std::borrow::Cow;

use flowc_core::analysis::Analysis;
use flowc_core::flow::{Body, Command, Flow, Task, TriggerRule};
use flowc_core::target::Settings;

use super::super::model::{Common, Condition, Environment, Project, Service, Text, Variable};
use super::super::options::Options;
use super::super::{names, patch};
use super::process::{comment, deploy, pull_policy};
use super::{Sink, plain_text, text};

/// Whether plain services say the same as the runner would.
pub(super) fn fits(flow: &Flow) -> bool {
    flow.parameters.is_empty()
        && flow.secrets.is_empty()
        && flow.timeout.is_none()
        && flow.max_parallel.is_none()
        && flow.fail_fast.is_none()
        && flow.services.is_empty()
        && flow.finally.is_empty()
        && flow.tasks.iter().all(is_plain)
}

fn is_plain(task: &Task) -> bool {
    let Body::Process(process) = &task.body else {
        return false;
    };
    let Command::Argv(words) = &process.command else {
        return false;
    };
    words.iter().all(|word| word.as_literal().is_some())
        && process
            .env
            .iter()
            .all(|variable| variable.value.as_literal().is_some())
        && process
            .image
            .as_ref()
            .is_some_and(|image| image.as_literal().is_some())
        && (task.upstream.is_empty() || task.trigger_rule.value == TriggerRule::AllSuccess)
        && task.when.is_none()
        && task.for_each.is_none()
        && task.allow_failure.is_none()
        && task
            .retries
            .as_ref()
            .is_none_or(|retries| retries.value == 0)
        && task.timeout.is_none()
        && task.outputs.is_empty()
        && task.artifacts.is_empty()
        && task.services.is_empty()
        && task.concurrency.is_none()
}

/// The services, one a task.
pub(super) fn lower<'f>(
    flow: &'f Flow,
    settings: &Settings,
    options: &Options,
    services: &mut Sink<'_>,
) -> Project<'f> {
    let analysis = Analysis::new(flow);
    let mut header = text::about(flow, settings);
    header.push_str("\nStart a run: docker compose run --rm run\n");
    header.push_str("Its exit code is the run's: 1 as soon as a service fails.\n");
    for id in analysis.order.clone() {
        let task = flow.task(id);
        let Body::Process(process) = &task.body else {
            continue;
        };
        let Command::Argv(words) = &process.command else {
            continue;
        };
        let mut words: Vec<Cow<'_, str>> = words
            .iter()
            .map(|word| word.as_literal().unwrap_or_default().into())
            .collect();
        let program: Vec<Cow<'_, str>> = words.drain(..words.len().min(1)).collect();
        let mut environment = Environment::default();
        environment.text("FLOW_TASK", &task.path);
        let run_id = Text::Filled("${FLOW_RUN_ID-by-hand}".into());
        environment.own("FLOW_RUN_ID", Variable::Text(run_id));
        environment.own("FLOW_ATTEMPT", Variable::Number(1));
        environment.text("FLOW_OUTPUTS", "/tmp");
        for variable in &process.env {
            let text = variable.value.as_literal().unwrap_or_default();
            environment.other(&variable.name.value, plain_text(text));
        }
        let upstream = task
            .upstream
            .iter()
            .map(|up| (names::service(&flow.task(up.task).path), Condition::Done));
        let labels = flow.labels.iter().chain(&task.kubernetes.labels);
        services(&Service {
            name: names::service(&task.path),
            comment: comment(task),
            image: process
                .image
                .as_ref()
                .and_then(|image| image.as_literal())
                .map(Cow::from),
            pull_policy: pull_policy(task),
            depends_on: upstream.collect(),
            environment,
            workdir: process
                .workdir
                .as_ref()
                .map(|workdir| workdir.value.as_str()),
            entrypoint: Some(program),
            command: words,
            deploy: deploy(&task.resources, options),
            labels: labels
                .map(|(key, value)| (key.as_str(), value.value.as_str()))
                .collect(),
            network_mode: options.network.clone(),
            tmpfs: vec!["/tmp".into()],
            patch: patch::of(&task.targets),
            ..Service::default()
        });
    }
    let leaves = analysis.leaves(&flow.roots);
    services(&Service {
        name: "run".into(),
        comment: Some("The whole run.".into()),
        image: Some(options.helper_image.as_str().into()),
        depends_on: leaves
            .iter()
            .map(|id| (names::service(&flow.task(*id).path), Condition::Done))
            .collect(),
        command: vec![
            "echo".into(),
            format!("{}: all tasks succeeded", flow.name.value).into(),
        ],
        network_mode: options.network.clone(),
        ..Service::default()
    });
    Project {
        header,
        name: options
            .project
            .clone()
            .unwrap_or_else(|| flow.name.value.clone()),
        shared: Common::default(),
        runner: None,
        start: None,
        patch: patch::of(&flow.targets),
    }
}
