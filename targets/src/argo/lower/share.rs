//! Pod templates that several tasks share: named, completed, and their slots filled.

use flowc_core::flow::TaskId;

use super::Lowerer;
use super::Placed;
use crate::argo::escape;
use crate::argo::model::{
    Argument, Body, Container, DagTask, Env, EnvValue, Input, Leaf, Memoize, Pod, SlotValue,
    Template, TemplateRef, Text,
};
use crate::argo::names;

/// How many tasks a comment names.
const NAMED_USERS: usize = 5;

/// A pod template whose name is known, and which of its slots are inputs.
struct Finished {
    name: String,
    slots: Vec<(String, Option<SlotValue>)>,
}

impl Lowerer<'_> {
    /// All templates in the order of the file.
    pub(super) fn finish(&mut self) -> Vec<Template> {
        let leaves = std::mem::take(&mut self.leaves);
        let mut finished = Vec::with_capacity(leaves.len());
        for (index, leaf) in leaves.into_iter().enumerate() {
            let first = leaf.users.iter().copied().min().unwrap_or(TaskId(0));
            let task = self.flow.task(first);
            let wanted = if self.is_wrapped(first) {
                format!("{}-each", task.path)
            } else {
                task.path.clone()
            };
            let name = match self.named_leaves.remove(&index) {
                Some(name) => name,
                None => self.template_name(&wanted),
            };
            let slots = leaf
                .slots
                .iter()
                .map(|(name, agreed)| {
                    // What has meaning only around the task cannot stand in the template.
                    let here = agreed
                        .clone()
                        .filter(|value| matches!(value, SlotValue::Here(_)));
                    (name.clone(), here)
                })
                .collect();
            let done = Finished { name, slots };
            let template = self.leaf_template(leaf, &done);
            self.place(first.0, 2, template);
            finished.push(done);
        }
        let mut placed = std::mem::take(&mut self.templates);
        placed.sort_by_key(|placed| placed.order);
        let mut templates: Vec<Template> = placed
            .into_iter()
            .map(|Placed { template, .. }| template)
            .collect();
        for template in &mut templates {
            if let Body::Dag(dag) = &mut template.body {
                for task in &mut dag.tasks {
                    resolve(task, &finished);
                }
            }
        }
        templates
    }

    fn leaf_template(&self, leaf: Leaf, done: &Finished) -> Template {
        let Leaf {
            shape,
            brace,
            users,
            ..
        } = leaf;
        let mut pod = shape.pod;
        fill(&mut pod, &done.slots);
        if brace {
            let value = EnvValue::Text(Text::fixed("{"));
            let name = escape::BRACE_VARIABLE.to_owned();
            pod.main.env.insert(0, Env { name, value });
        }
        let finally = users.iter().all(|user| self.flow.task(*user).finally);
        let mut template = Template::new(done.name.clone(), Body::Pod(Box::new(pod)));
        template.note = finally.then(|| "finally".to_owned());
        template.comments = self.users_comment(&users);
        template.inputs = done
            .slots
            .iter()
            .filter(|(_, here)| here.is_none())
            .map(|(name, _)| Input::new(name.clone(), None))
            .collect();
        template.input_artifacts = shape.input_artifacts;
        template.outputs = shape.outputs;
        template.output_artifacts = shape.output_artifacts;
        template.synchronization = shape.synchronization;
        template.patch = shape.patch;
        template
    }

    fn users_comment(&self, users: &[TaskId]) -> Vec<String> {
        let mut users = users.to_vec();
        users.sort_unstable();
        users.dedup();
        if users.len() < 2 {
            return Vec::new();
        }
        let named: Vec<&str> = users
            .iter()
            .take(NAMED_USERS)
            .map(|user| self.flow.task(*user).path.as_str())
            .collect();
        let rest = users.len().saturating_sub(NAMED_USERS);
        let more = if rest > 0 {
            format!(" and {rest} more")
        } else {
            String::new()
        };
        vec![format!("Runs {}{more}.", named.join(", "))]
    }
}

/// Puts the name of its template into a task, and what its slots need into its arguments.
fn resolve(task: &mut DagTask, finished: &[Finished]) {
    let TemplateRef::Shared { leaf, slots } = &mut task.template else {
        return;
    };
    let done = &finished[*leaf];
    let values = std::mem::take(slots);
    for (value, (name, here)) in values.into_iter().zip(&done.slots) {
        if here.is_none() {
            let text = match value {
                SlotValue::Here(text) | SlotValue::Passed(text) => text,
            };
            task.arguments.push(Argument {
                name: name.clone(),
                value: text,
                note: None,
            });
        }
    }
    task.template = TemplateRef::Named(done.name.clone());
}

/// Replaces slots by what they hold here: a text, or the input that brings it.
fn fill(pod: &mut Pod, slots: &[(String, Option<SlotValue>)]) {
    let fill_text = |text: &mut Text| {
        if let Text::Slot(at) = text {
            let (name, here) = &slots[*at];
            *text = Text::Fixed(match here {
                Some(value) => value.text().to_owned(),
                None => format!("{{{{={}}}}}", names::member("inputs.parameters", name)),
            });
        }
    };
    let fill_container = |container: &mut Container| {
        container.image.iter_mut().for_each(fill_text);
        container.command.iter_mut().for_each(fill_text);
        container.args.iter_mut().for_each(fill_text);
        for variable in &mut container.env {
            if let EnvValue::Text(text) = &mut variable.value {
                fill_text(text);
            }
        }
        for mount in &mut container.mounts {
            mount.sub_path.iter_mut().for_each(fill_text);
        }
    };
    fill_container(&mut pod.main);
    pod.sidecars.iter_mut().for_each(fill_container);
    pod.init_containers.iter_mut().for_each(fill_container);
    pod.pod_spec_patch.iter_mut().for_each(fill_text);
    if let Some(Memoize { key, .. }) = &mut pod.memoize {
        fill_text(key);
    }
}
