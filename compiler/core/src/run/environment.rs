//! What the names of an expression mean at a place of a run.

use super::machine::Machine;
use super::node::{InstanceId, NodeId, ScopeId};
use super::{Layout, State};
use crate::expr::eval::{Environment, eval, eval_template};
use crate::expr::{Expr, Ref, Template, Value};
use crate::flow::{ArtifactExport, FanOut, TaskId};

/// A place of a run, from which names are looked up outwards.
pub(super) struct Place<'m, 'f> {
    machine: &'m Machine<'f>,
    scope: ScopeId,
    /// The instance that the expression is of.
    own: Option<InstanceId>,
    /// The element of a fan-out whose instances do not exist yet.
    element: Option<(TaskId, &'m Value, u32)>,
    /// The attempt, where one is about to start.
    number: u32,
}

impl Environment for Place<'_, '_> {
    fn value(&self, reference: &Ref) -> Result<Option<Value>, String> {
        self.look_up(reference, true)
    }

    fn value_if_succeeded(&self, reference: &Ref) -> Result<Option<Value>, String> {
        self.look_up(reference, false)
    }
}

impl Place<'_, '_> {
    /// `skipped_is_empty`: whether a skipped fan-out reads as an empty list or folder.
    fn look_up(&self, reference: &Ref, skipped_is_empty: bool) -> Result<Option<Value>, String> {
        let machine = self.machine;
        let facts = &machine.facts;
        let text = |text: &str| Ok(Some(Value::String(text.to_owned())));
        match reference {
            Ref::Parameter { scope, name } => self.parameter(*scope, name).map(Some),
            Ref::Output { task, name } => {
                let node = self.node(*task)?;
                Ok(machine.output(node, name, skipped_is_empty))
            }
            Ref::Artifact { task, name } => {
                let node = self.node(*task)?;
                let path = machine.artifact(node, name, skipped_is_empty);
                Ok(path.map(Value::String))
            }
            Ref::Status { task } => {
                let node = &machine.nodes[self.node(*task)? as usize];
                let state = node.state.ok_or("the task has not ended")?;
                text(state.as_str())
            }
            Ref::Item { fan_out } => self.item(*fan_out).map(|(item, _)| Some(item.clone())),
            Ref::Index { fan_out } => {
                let (_, position) = self.item(*fan_out)?;
                Ok(Some(Value::Integer(i64::from(position))))
            }
            Ref::RunId => text(&facts.id),
            Ref::RunDate => text(&facts.date),
            Ref::RunScheduledAt => text(&facts.scheduled_at),
            Ref::RunStatus => {
                let status = machine.status.ok_or("the run has not ended")?;
                text(status.as_str())
            }
            Ref::RunDuration => {
                let duration = machine.tasks_ended.since(machine.started);
                Ok(Some(Value::Number(duration.as_seconds())))
            }
            Ref::Secret { name } => match facts.secrets.get(name) {
                Some(secret) => text(secret),
                None => Err(format!("secret `{name}` has no value")),
            },
            Ref::OwnOutput { name } => Ok(Some(Value::String(self.own_path(name)?))),
            Ref::OwnArtifact { name } => {
                let (task, _) = self.own_task()?;
                let declared = machine.flow.task(task).artifacts.iter();
                let declared = declared.filter(|artifact| artifact.name.value == *name);
                match declared
                    .filter_map(|artifact| artifact.path.as_ref())
                    .next()
                {
                    Some(path) => text(&path.value),
                    None => Ok(Some(Value::String(self.own_path(name)?))),
                }
            }
        }
    }

    fn own_task(&self) -> Result<(TaskId, InstanceId), String> {
        let own = self
            .own
            .ok_or("a task has its own files only while it runs")?;
        let node = self.machine.instances[own as usize].node;
        Ok((self.machine.task_of(node), own))
    }

    fn own_path(&self, name: &str) -> Result<String, String> {
        let (task, own) = self.own_task()?;
        let path = &self.machine.flow.task(task).path;
        let index = self.machine.key(own).index;
        let folder = self.machine.facts.layout.outputs(path, &index, self.number);
        Ok(format!("{folder}/{name}"))
    }

    fn parameter(&self, scope: Option<TaskId>, name: &str) -> Result<Value, String> {
        let values = match scope {
            None => Some(&self.machine.parameters),
            Some(group) => self.around(group).map(|id| {
                let instance = &self.machine.instances[id as usize];
                &instance.bindings
            }),
        };
        values
            .and_then(|values| values.get(name))
            .cloned()
            .ok_or_else(|| format!("parameter `{name}` has no value"))
    }

    /// The instance of a task around this place.
    fn around(&self, task: TaskId) -> Option<InstanceId> {
        let machine = self.machine;
        let mut at = self.own.or(machine.scopes[self.scope as usize].owner);
        while let Some(id) = at {
            let node = &machine.nodes[machine.instances[id as usize].node as usize];
            if node.task == task {
                return Some(id);
            }
            at = machine.scopes[node.scope as usize].owner;
        }
        None
    }

    fn item(&self, fan_out: TaskId) -> Result<(&Value, u32), String> {
        if let Some((task, item, position)) = self.element
            && task == fan_out
        {
            return Ok((item, position));
        }
        let instance = self
            .around(fan_out)
            .map(|id| &self.machine.instances[id as usize]);
        instance
            .and_then(|instance| Some((&instance.item, instance.position?)))
            .ok_or_else(|| "there is no element here".to_owned())
    }

    /// The node of a task that is visible from here.
    fn node(&self, task: TaskId) -> Result<NodeId, String> {
        let machine = self.machine;
        let wanted = machine.flow.task(task);
        let mut at = self.scope;
        loop {
            let scope = &machine.scopes[at as usize];
            let top = wanted.parent.is_none() && scope.finally == wanted.finally;
            if scope.group == wanted.parent && (scope.group.is_some() || top) {
                return Ok(scope.first + machine.graph.position(task));
            }
            at = match scope.owner {
                Some(owner) => {
                    let node = machine.instances[owner as usize].node;
                    machine.nodes[node as usize].scope
                }
                None if scope.finally => 0,
                None => return Err("the task cannot be seen from here".into()),
            };
        }
    }
}

impl<'f> Machine<'f> {
    /// The place of a node before it has instances.
    fn place_of_node(&self, node: NodeId) -> Place<'_, 'f> {
        Place {
            machine: self,
            scope: self.nodes[node as usize].scope,
            own: None,
            element: None,
            number: 0,
        }
    }

    /// The place of an instance; `number` is the attempt that is about to start.
    pub(super) fn place(&self, id: InstanceId, number: u32) -> Place<'_, 'f> {
        let node = self.instances[id as usize].node;
        Place {
            own: Some(id),
            number,
            ..self.place_of_node(node)
        }
    }

    /// The place of the run itself.
    pub(super) fn place_of_run(&self) -> RunPlace<'_, 'f> {
        RunPlace(self)
    }

    /// A value at an instance.
    pub(super) fn value_for(&self, id: InstanceId, expr: &Expr) -> Result<Value, String> {
        eval(expr, &self.place(id, 0)).map_err(|error| error.message)
    }

    /// A value inside a group.
    pub(super) fn value_in(&self, id: InstanceId, expr: &Expr) -> Result<Value, String> {
        let scope = self.instances[id as usize].scope;
        let place = Place {
            scope: scope.unwrap_or_default(),
            ..self.place(id, 0)
        };
        eval(expr, &place).map_err(|error| error.message)
    }

    pub(super) fn node_condition(&self, node: NodeId, when: &Expr) -> Result<bool, String> {
        condition(when, &self.place_of_node(node))
    }

    /// Whether a node that has no instances may fail.
    pub(super) fn node_allows(&self, node: NodeId) -> bool {
        let allow = &self.flow.task(self.task_of(node)).allow_failure;
        allow
            .as_ref()
            .is_some_and(|allow| eval(allow, &self.place_of_node(node)) == Ok(Value::Boolean(true)))
    }

    /// The elements of a fan-out, each with whether it gets an instance.
    pub(super) fn elements(
        &self,
        node: NodeId,
        fan_out: &FanOut,
    ) -> Result<Vec<(Value, bool)>, String> {
        let place = self.place_of_node(node);
        let list = eval(&fan_out.list, &place)
            .map_err(|error| format!("`for_each`: {}", error.message))?;
        let Value::List(list) = list else {
            return Err("`for_each`: the value is not a list".into());
        };
        let Some(filter) = &fan_out.filter else {
            return Ok(list.into_iter().map(|item| (item, true)).collect());
        };
        let task = self.task_of(node);
        let mut chosen = Vec::with_capacity(list.len());
        for (position, item) in list.into_iter().enumerate() {
            let place = Place {
                element: Some((task, &item, position as u32)),
                ..self.place_of_node(node)
            };
            let holds = condition(filter, &place)
                .map_err(|cause| format!("`when` of element {position}: {cause}"))?;
            chosen.push((item, holds));
        }
        Ok(chosen)
    }

    /// What a task offers under a name, when it has succeeded.
    fn output(&self, id: NodeId, name: &str, skipped_is_empty: bool) -> Option<Value> {
        let node = &self.nodes[id as usize];
        let is_fan_out = self.flow.task(node.task).for_each.is_some();
        match node.state? {
            State::Succeeded if is_fan_out => Some(Value::List(self.outputs_of(id, name))),
            State::Succeeded => {
                let instance = *node.instances.first()?;
                self.instances[instance as usize].outputs.get(name).cloned()
            }
            State::Skipped if is_fan_out && skipped_is_empty => Some(Value::List(Vec::new())),
            _ => None,
        }
    }

    /// An output of all instances that succeeded, in the order of the list.
    pub(super) fn outputs_of(&self, id: NodeId, name: &str) -> Vec<Value> {
        self.nodes[id as usize]
            .instances
            .iter()
            .filter_map(|of| self.instances[*of as usize].outputs.get(name).cloned())
            .collect()
    }

    fn artifact(&self, id: NodeId, name: &str, skipped_is_empty: bool) -> Option<String> {
        let node = &self.nodes[id as usize];
        let task = self.flow.task(node.task);
        match node.state? {
            State::Skipped if !(skipped_is_empty && task.for_each.is_some()) => None,
            State::Succeeded | State::Skipped if task.for_each.is_some() => {
                let index = self.index_of_scope(node.scope);
                Some(self.facts.layout.fan_in(&task.path, &index, name))
            }
            State::Succeeded => self.artifact_of(*node.instances.first()?, name),
            _ => None,
        }
    }

    /// Where an artifact of an instance lies.
    pub(super) fn artifact_of(&self, id: InstanceId, name: &str) -> Option<String> {
        let instance = &self.instances[id as usize];
        if let Some(path) = instance.artifacts.get(name) {
            return Some(path.clone());
        }
        let task = self.flow.task(self.task_of(instance.node));
        if task.group().is_some() {
            return None;
        }
        let layout: &Layout = &self.facts.layout;
        let folder = layout.outputs(&task.path, &self.key(id).index, instance.attempts);
        Some(format!("{folder}/{name}"))
    }

    /// Where an artifact lies that a group exports.
    pub(super) fn exported_artifact(
        &self,
        id: InstanceId,
        export: &ArtifactExport,
    ) -> Result<String, String> {
        let scope = self.instances[id as usize].scope;
        let place = Place {
            scope: scope.unwrap_or_default(),
            ..self.place(id, 0)
        };
        let node = place.node(export.task)?;
        self.artifact(node, &export.artifact, true)
            .ok_or_else(|| "the value is missing, for its task did not succeed".into())
    }
}

/// The run itself, before any task: parameters, secrets and facts.
pub(super) struct RunPlace<'m, 'f>(&'m Machine<'f>);

impl Environment for RunPlace<'_, '_> {
    fn value(&self, reference: &Ref) -> Result<Option<Value>, String> {
        let machine = self.0;
        let facts = &machine.facts;
        let value = match reference {
            Ref::Parameter { scope: None, name } => machine.parameters.get(name).cloned(),
            Ref::Secret { name } => facts.secrets.get(name).cloned().map(Value::String),
            Ref::RunId => Some(Value::String(facts.id.clone())),
            Ref::RunDate => Some(Value::String(facts.date.clone())),
            Ref::RunScheduledAt => Some(Value::String(facts.scheduled_at.clone())),
            _ => None,
        };
        value.map(Some).ok_or_else(|| "it has no value here".into())
    }
}

fn condition(expr: &Expr, place: &dyn Environment) -> Result<bool, String> {
    match eval(expr, place) {
        Ok(Value::Boolean(value)) => Ok(value),
        Ok(other) => Err(format!("{} is not a boolean", other.json())),
        Err(error) => Err(error.message),
    }
}

/// The text of a template.
pub(super) fn text(template: &Template, place: &dyn Environment) -> Result<String, String> {
    match eval_template(template, place) {
        Ok(value) => Ok(value.text()),
        Err(error) => Err(error.message),
    }
}
