//! Pod templates that several tasks share: named, completed, and their slots filled.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::iter;

use flowc_core::flow::TaskId;
use rustc_hash::{FxBuildHasher, FxHasher};

use super::Lowerer;
use super::facts::Reads;
use super::process::Slots;
use crate::argo::model::{
    Argument, Body, Container, DagTask, EnvValue, Input, Leaf, Memoize, Pod, SlotValue, Str,
    Template, TemplateRef, Text,
};
use crate::argo::names::{self, Unique};

/// How many tasks a comment names.
const NAMED_USERS: usize = 5;

/// Pod templates as they are found, each with what is known of it. They stand where they stay, with
/// their slots open: a copy of each would be the largest that lies in memory.
#[derive(Debug, Default)]
pub(super) struct Leaves<'f> {
    pub(super) known: Vec<Leaf<'f>>,
    /// The templates, without names.
    templates: Vec<Template<'f>>,
    /// The newest one of each digest, and of each one the one before that has the same digest.
    newest: HashMap<u64, usize, FxBuildHasher>,
    before: Vec<Option<u32>>,
}

impl<'f> Leaves<'f> {
    /// None, with room for so many, and for so many templates of all kinds.
    pub(super) fn with_room(leaves: usize, templates: usize) -> Self {
        Self {
            known: Vec::with_capacity(leaves),
            templates: Vec::with_capacity(templates),
            newest: HashMap::with_capacity_and_hasher(leaves, FxBuildHasher),
            before: Vec::with_capacity(leaves),
        }
    }

    /// A template for a task: one that is known, when the two are equal but for what is in the slots.
    pub(super) fn share(
        &mut self,
        id: TaskId,
        template: Template<'f>,
        slots: Slots<'f>,
        brace: bool,
    ) -> TemplateRef<'f> {
        let digest = digest(&template, &slots.names);
        if let Some(at) = self.find(digest, &template, &slots.names) {
            let leaf = &mut self.known[at];
            leaf.brace |= brace;
            leaf.users.push(id);
            for ((first, agreed), value) in leaf.slots.iter_mut().zip(&slots.values) {
                *agreed &= first == value;
            }
            let slots = Some(slots.values);
            return TemplateRef::Shared { leaf: at, slots };
        }
        let leaf = self.known.len();
        let before = self.newest.insert(digest, leaf);
        self.before.push(before.map(|before| before as u32));
        self.templates.push(template);
        self.known.push(Leaf {
            slot_names: slots.names,
            brace,
            slots: slots
                .values
                .into_iter()
                .map(|value| (value, true))
                .collect(),
            users: vec![id],
        });
        TemplateRef::Shared { leaf, slots: None }
    }

    fn find(&self, digest: u64, template: &Template<'f>, names: &[Str<'f>]) -> Option<usize> {
        let newest = self.newest.get(&digest).copied();
        let before = |at: &usize| self.before[*at].map(|before| before as usize);
        iter::successors(newest, before)
            .find(|at| self.known[*at].slot_names == names && self.templates[*at] == *template)
    }
}

/// Equal for templates that are equal.
fn digest(template: &Template<'_>, names: &[Str<'_>]) -> u64 {
    let mut hasher = FxHasher::default();
    if let Body::Pod(pod) = &template.body {
        pod.hash(&mut hasher);
    }
    names.hash(&mut hasher);
    template.input_artifacts.hash(&mut hasher);
    template.outputs.hash(&mut hasher);
    template.output_artifacts.hash(&mut hasher);
    template.synchronization.hash(&mut hasher);
    template.patch.hash(&mut hasher);
    hasher.finish()
}

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
        let Leaves {
            known,
            mut templates,
            ..
        } = std::mem::take(&mut self.leaves);
        let mut finished = Vec::with_capacity(known.len());
        for (index, leaf) in known.into_iter().enumerate() {
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
            let template = &mut templates[index];
            finished.push(self.complete(template, name, leaf));
            template.order = self.order(Some(first), 2, index);
        }
        templates.append(&mut self.templates);
        // All is named and read; the arguments take the room.
        self.template_names = Unique::default();
        self.reads = Reads::default();
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

    /// Names a pod template, and fills its slots.
    fn complete(&self, template: &mut Template<'f>, name: Str<'f>, leaf: Leaf<'f>) -> Finished<'f> {
        let Leaf {
            slot_names,
            brace,
            slots,
            users,
        } = leaf;
        let mut inputs = Vec::new();
        if let Body::Pod(pod) = &mut template.body {
            inputs = fill(pod, slot_names, &slots);
            if let Some(own) = &mut pod.main.own {
                own.brace = brace;
            }
        }
        let finally = users.iter().all(|user| self.flow.task(*user).finally);
        template.name = name.clone();
        template.note = finally.then_some("finally".into());
        template.comments = self.users_comment(users);
        // As large as it needs to be: there is one list for every template.
        template.inputs = Vec::with_capacity(inputs.iter().flatten().count());
        let named = inputs.iter().flatten().cloned();
        template
            .inputs
            .extend(named.map(|name| Input::new(name, None)));
        let first = slots.into_iter().zip(&inputs);
        let first = first.map(|((value, _), input)| match input {
            Some(_) => value,
            // Its text stands in the template.
            None => SlotValue::Here(Str::default()),
        });
        Finished {
            first: first.collect(),
            name,
            inputs,
        }
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
                Some(name) => names::input_tag(name).into(),
                None => slots[*at].0.clone().into_text(),
            });
        }
    };
    for container in pod.containers_mut() {
        fill_container(container, &mut fill_text);
    }
    if let Some(rest) = pod.rest.as_deref_mut() {
        let addresses = rest.hosts.iter_mut().map(|(address, _)| address);
        let patch = rest.pod_spec_patch.iter_mut();
        addresses.chain(patch).for_each(&mut fill_text);
    }
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
