//! Pod templates that several tasks share: named, completed, and their slots filled.

use flowc_core::flow::TaskId;

use super::Lowerer;
use crate::argo::expr::Code;
use crate::argo::model::{
    Argument, Body, Container, DagTask, EnvValue, Input, Leaf, Memoize, Pod, Shape, SlotValue, Str,
    Template, TemplateRef, Text,
};
use crate::argo::names;

/// How many tasks a comment names.
const NAMED_USERS: usize = 5;

/// A pod template whose name is known, and what its tasks still need of it.
struct Finished<'f> {
    name: Str<'f>,
    /// The names of its slots; absent for those that hold the same for all tasks.
    inputs: Vec<Option<Str<'f>>>,
    /// What its first task puts into its slots.
    first: Vec<SlotValue<'f>>,
}

impl<'f> Lowerer<'f> {
    /// All templates in the order of the file.
    pub(super) fn finish(&mut self) -> Vec<Template<'f>> {
        let leaves = std::mem::take(&mut self.leaves);
        let mut finished = Vec::with_capacity(leaves.len());
        self.templates.reserve_exact(leaves.len());
        for (index, (shape, leaf)) in leaves.into_iter().enumerate() {
            let first = leaf.users.iter().copied().min().unwrap_or(TaskId(0));
            let task = self.flow.task(first);
            let name = match self.named_leaves.remove(&index) {
                Some(name) => name,
                None if self.has_attempts_apart(first) => {
                    self.template_name(&format!("{}-attempt", task.path))
                }
                None if self.is_wrapped(first) => {
                    self.template_name(&format!("{}-each", task.path))
                }
                None => self.template_name(&task.path),
            };
            let (template, done) = self.leaf_template(name, shape, leaf);
            self.place(Some(first), 2, template);
            finished.push(done);
        }
        let mut templates = std::mem::take(&mut self.templates);
        // In place: a sort that keeps the order of equals takes room for a copy of all.
        templates.sort_unstable_by_key(|template| template.order);
        for template in &mut templates {
            if let Body::Dag(dag) = &mut template.body {
                for task in &mut dag.tasks {
                    resolve(task, &mut finished);
                }
            }
        }
        templates
    }

    fn leaf_template(
        &self,
        name: Str<'f>,
        shape: Shape<'f>,
        leaf: Leaf<'f>,
    ) -> (Template<'f>, Finished<'f>) {
        let Leaf {
            brace,
            slots,
            users,
        } = leaf;
        let mut pod = shape.pod;
        let inputs = fill(&mut pod, shape.slot_names, &slots);
        if let Some(own) = &mut pod.main.own {
            own.brace = brace;
        }
        let finally = users.iter().all(|user| self.flow.task(*user).finally);
        let mut template = Template::new(name.clone(), Body::Pod(pod));
        template.note = finally.then_some("finally".into());
        template.comments = self.users_comment(users);
        // As large as it needs to be: there is one list for every template.
        template.inputs = Vec::with_capacity(inputs.iter().flatten().count());
        let named = inputs.iter().flatten().cloned();
        template
            .inputs
            .extend(named.map(|name| Input::new(name, None)));
        template.input_artifacts = shape.input_artifacts;
        template.outputs = shape.outputs;
        template.output_artifacts = shape.output_artifacts;
        template.synchronization = shape.synchronization;
        template.patch = shape.patch;
        let done = Finished {
            name,
            inputs,
            first: slots.into_iter().map(|(value, _)| value).collect(),
        };
        (template, done)
    }

    fn users_comment(&self, mut users: Vec<TaskId>) -> Vec<Str<'f>> {
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
        vec![format!("Runs {}{more}.", named.join(", ")).into()]
    }
}

/// Puts the name of its template into a task, and what its slots need into its arguments.
fn resolve<'f>(task: &mut DagTask<'f>, finished: &mut [Finished<'f>]) {
    let TemplateRef::Shared { leaf, slots } = &mut task.template else {
        return;
    };
    let done = &mut finished[*leaf];
    let values = match slots.take() {
        Some(values) => values,
        None => std::mem::take(&mut done.first),
    };
    task.arguments
        .reserve_exact(done.inputs.iter().flatten().count());
    for (value, input) in values.into_iter().zip(&done.inputs) {
        if let Some(name) = input {
            task.arguments.push(Argument {
                name: name.clone(),
                value: value.into_text(),
                note: None,
            });
        }
    }
    task.template = TemplateRef::Named(done.name.clone());
}

/// Replaces slots by what they hold here: a text, or the input that brings it. Gives the names of
/// those that are inputs.
pub(super) fn fill<'f>(
    pod: &mut Pod<'f>,
    names: Vec<Str<'f>>,
    slots: &[(SlotValue<'f>, bool)],
) -> Vec<Option<Str<'f>>> {
    // What has meaning only around the task cannot stand in the template.
    let inputs: Vec<_> = names
        .into_iter()
        .zip(slots.iter())
        .map(|(name, (value, agreed))| {
            let here = *agreed && matches!(value, SlotValue::Here(_));
            (!here).then_some(name)
        })
        .collect();
    let mut fill_text = |text: &mut Text<'f>| {
        if let Text::Slot(at) = text {
            *text = Text::Fixed(match &inputs[*at] {
                Some(name) => Code::atom(names::member("inputs.parameters", name))
                    .tag()
                    .into(),
                None => slots[*at].0.clone().into_text(),
            });
        }
    };
    for container in [&mut pod.main]
        .into_iter()
        .chain(&mut pod.sidecars)
        .chain(&mut pod.init_containers)
    {
        fill_container(container, &mut fill_text);
    }
    for (address, _) in &mut pod.hosts {
        fill_text(address);
    }
    pod.pod_spec_patch.iter_mut().for_each(&mut fill_text);
    if let Some(Memoize { key, .. }) = pod.memoize.as_deref_mut() {
        fill_text(key);
    }
    inputs
}

fn fill_container<'f>(container: &mut Container<'f>, fill_text: &mut impl FnMut(&mut Text<'f>)) {
    container.image.iter_mut().for_each(&mut *fill_text);
    if let Some(own) = &mut container.own {
        fill_text(&mut own.task);
        let outputs = own.outputs.iter_mut();
        outputs
            .flat_map(|mount| &mut mount.sub_path)
            .for_each(&mut *fill_text);
    }
    container.command.iter_mut().for_each(&mut *fill_text);
    container.args.iter_mut().for_each(&mut *fill_text);
    for variable in &mut container.env {
        if let EnvValue::Text(text) = &mut variable.value {
            fill_text(text);
        }
    }
    for mount in &mut container.mounts {
        mount.sub_path.iter_mut().for_each(&mut *fill_text);
    }
}
