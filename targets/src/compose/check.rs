//! What Compose cannot take, found before anything is written.

use std::collections::BTreeMap;

use flowc_core::checks::{name_clash, target_limit};
use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::flow::{Flow, TargetFields, Task};
use flowc_core::source::Span;
use flowc_core::target::Settings;
use flowc_core::text::Text;
use rustc_hash::FxHashMap;

use super::model::Service;
use super::options::Options;
use super::print::{self, Services};
use super::{lower, names, patch};
use crate::fields::{self, FieldKind};

/// The kernel's bound on one variable of a process, with room for its name.
const LONGEST_VARIABLE: usize = 128 * 1024 - 256;

/// Reports every problem that only this target has. Where none was found before it was lowered, the file that
/// the flow becomes.
pub(super) fn check(
    flow: &Flow,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Option<Text> {
    let mut check = Check {
        flow,
        settings,
        diagnostics,
        shellless: FxHashMap::default(),
    };
    check.names();
    for task in &flow.tasks {
        check.task(task);
    }
    check.fields(&flow.targets, patch::FLOW_FIELDS);
    (!check.diagnostics.has_errors()).then(|| check.lowered())
}

struct Check<'c> {
    flow: &'c Flow,
    settings: &'c Settings,
    diagnostics: &'c mut Diagnostics,
    /// Of each image, whether it has no shell.
    shellless: FxHashMap<&'c str, bool>,
}

impl<'c> Check<'c> {
    fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.target = Some(self.settings.spec());
        self.diagnostics.push(diagnostic);
    }

    fn names(&mut self) {
        let flow = self.flow;
        let parameters = flow.parameters.iter();
        let parameters =
            parameters.map(|parameter| (parameter.name.value.as_str(), parameter.name.span));
        name_clash::check_names(
            parameters,
            "parameter",
            names::parameter,
            self.settings,
            self.diagnostics,
        );
        let secrets = flow
            .secrets
            .iter()
            .map(|secret| (secret.value.as_str(), secret.span));
        name_clash::check_names(
            secrets,
            "secret",
            |name| names::secret(flow, name),
            self.settings,
            self.diagnostics,
        );
        // Services of tasks are reached by their own name: the same name for two containers would be either.
        let mut hosts: BTreeMap<&str, Span> = BTreeMap::new();
        let tasks = flow.tasks.iter().flat_map(|task| &task.services);
        for service in flow.services.iter().chain(tasks) {
            let name = service.name.value.as_str();
            if hosts
                .insert(name, service.name.span)
                .is_some_and(|before| before != service.name.span)
            {
                self.report(
                    Diagnostic::error(
                        "name-clash",
                        service.name.span,
                        format!(
                            "two services are called `{name}`, and all of them are in one network"
                        ),
                    )
                    .help("give one of the two services another name"),
                );
            }
            if names::OWN.contains(&name)
                || flow
                    .tasks
                    .iter()
                    .any(|task| names::service(&task.path) == name)
            {
                self.report(
                    Diagnostic::error(
                        "name-clash",
                        service.name.span,
                        format!("service `{name}` would have the host name of a task or of one of flowc's own services"),
                    )
                    .help("give the service another name"),
                );
            }
        }
    }

    /// Whether an image is known to hold nothing but a program. Most tasks have the same one.
    fn has_no_shell(&mut self, image: &'c str) -> bool {
        *self
            .shellless
            .entry(image)
            .or_insert_with(|| has_no_shell(image))
    }

    fn task(&mut self, task: &'c Task) {
        let image = task.process().and_then(|process| process.image.as_ref());
        if let Some(image) = image
            && let Some(name) = image.as_literal()
            && self.has_no_shell(name)
            && !Options::new(self.settings).copied_shell
        {
            self.report(
                Diagnostic::error(
                    "unsupported-feature",
                    image.span,
                    format!("the image `{name}` has no shell to run the task with"),
                )
                .help(
                    "`--set shell=copied` runs tasks with a static busybox from the helper image",
                ),
            );
        }
        self.fields(&task.targets, patch::TASK_FIELDS);
    }

    fn fields(&mut self, own: &TargetFields, known: &[(&str, &str)]) {
        let problems = fields::problems(own, self.settings, known, |_| FieldKind::Object);
        problems.into_iter().for_each(|found| self.report(found));
    }

    fn lowered(&mut self) -> Text {
        let mut services = Services::new(self.flow);
        let mut too_long = Vec::new();
        let mut take = |service: &Service<'_>| {
            if print::longest(service) > LONGEST_VARIABLE {
                too_long.push(service.name.to_string());
            }
            services.put(service);
        };
        let lowered = lower::lower(self.flow, self.settings, &mut take);
        for (span, message) in lowered.problems {
            self.report(
                Diagnostic::error("unsupported-feature", span, message)
                    .help("compute the value in a task and read it as an output"),
            );
        }
        for name in too_long {
            let is_it = |task: &&Task| names::service(&task.path) == name;
            if let Some(task) = self.flow.tasks.iter().find(is_it) {
                let place = task
                    .for_each
                    .as_ref()
                    .map_or(task.name.span, |for_each| for_each.span);
                self.diagnostics.push(target_limit::beyond(
                    &format!("what task `{}` is given", task.name.value),
                    &format!("at most {LONGEST_VARIABLE} bytes in one variable of a container"),
                    place,
                    self.settings,
                ));
            }
        }
        services.finish(&lowered.project)
    }
}

/// Images that are known to hold nothing but a program.
fn has_no_shell(image: &str) -> bool {
    let name = image.split(['@']).next().unwrap_or_default();
    let debug = name
        .rsplit_once(':')
        .is_some_and(|(_, tag)| tag.contains("debug"));
    (name.contains("distroless") && !debug)
        || name == "scratch"
        || name.starts_with("scratch:")
        || name.starts_with("hello-world")
}
