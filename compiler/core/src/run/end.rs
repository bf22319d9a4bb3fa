//! How things end: instances, tasks, scopes, the run.

use indexmap::IndexMap;

use super::machine::{Machine, Phase, Work};
use super::node::{InstanceId, NodeId, ScopeId, Stage};
use super::{Action, Ended, Event, FailureKind, GatherId, Key, Moment, Outcome, ServicesId, State};
use crate::expr::Value;
use crate::flow::{Body, TaskId};

impl Machine<'_> {
    /// When the next attempt may start, if one follows.
    pub(super) fn retry_at(&self, id: InstanceId, outcome: &Outcome) -> Option<Moment> {
        let Outcome::Failed { exit, kind, .. } = outcome else {
            return None;
        };
        let instance = &self.instances[id as usize];
        let task = self.flow.task(self.task_of(instance.node));
        let made = instance.attempts.saturating_sub(instance.taken);
        let retries = task.max_retries();
        if made > retries || *kind == FailureKind::Final || instance.stage == Stage::Cut {
            return None;
        }
        if let Some(codes) = &task.retry_on {
            let code = exit.and_then(|code| u8::try_from(code).ok());
            if !code.is_some_and(|code| codes.value.contains(&code)) {
                return None;
            }
        }
        let wait = task.backoff.as_ref().map(|backoff| backoff.wait(made));
        Some(wait.map_or(self.now, |wait| self.now.after(wait)))
    }

    /// Leaves places: all of them, or those that a waiting retry does not keep.
    pub(super) fn release(&mut self, id: InstanceId, all: bool) {
        let held = std::mem::take(&mut self.instances[id as usize].held);
        for place in held {
            if all || !place.kept {
                self.places.release(place.limit);
            } else {
                self.instances[id as usize].held.push(place);
            }
        }
    }

    /// An instance is final.
    pub(super) fn end_instance(&mut self, id: InstanceId, state: State, cause: Option<String>) {
        self.release(id, true);
        self.leave_group(id);
        let instance = &mut self.instances[id as usize];
        instance.stage = Stage::Ended;
        instance.state = Some(state);
        if state != State::Succeeded {
            instance.outputs.clear();
        }
        if std::mem::take(&mut instance.serviced) {
            self.actions
                .push(Action::StopServices(ServicesId(Some(id))));
        }
        let node_id = self.instances[id as usize].node;
        let allowed = state == State::Failed && self.is_allowed(id);
        let instance = &self.instances[id as usize];
        let is_group = self.flow.task(self.task_of(node_id)).group().is_some();
        let attempts = instance.attempts;
        let ended = Ended {
            key: self.key(id),
            state,
            attempts,
            outputs: instance.outputs.clone(),
            instances: None,
            allowed,
            cause,
            restored: instance.restored,
        };
        if is_group && instance.scope.is_none() {
            let below = ended.key.clone();
            self.tell_ended(ended);
            self.tell_children_ended(below, state);
        } else {
            self.tell_ended(ended);
        }
        let node = &mut self.nodes[node_id as usize];
        node.open = node.open.saturating_sub(1);
        node.ran |= state == State::Succeeded || allowed;
        let is_fan_out = self.instances[id as usize].position.is_some();
        if state == State::Failed && !allowed {
            self.failed(node_id);
        } else if !is_fan_out {
            self.nodes[node_id as usize].allowed = allowed;
        }
        if self.nodes[node_id as usize].open == 0 {
            self.work.push_back(Work::NodeEnded(node_id));
        }
    }

    fn is_allowed(&self, id: InstanceId) -> bool {
        let task = self
            .flow
            .task(self.task_of(self.instances[id as usize].node));
        let Some(allow) = &task.allow_failure else {
            return false;
        };
        self.value_for(id, allow) == Ok(Value::Boolean(true))
    }

    /// A failure that is not allowed: everything around it that it is certain to fail knows it now, for
    /// `fail_fast`.
    fn failed(&mut self, id: NodeId) {
        let mut at = id;
        loop {
            let flow = self.flow;
            let node = &mut self.nodes[at as usize];
            if std::mem::replace(&mut node.failed, true) {
                return;
            }
            let task = flow.task(node.task);
            if task.for_each.is_some() {
                node.closed |= task.fails_fast();
            }
            let scope = &mut self.scopes[node.scope as usize];
            if std::mem::replace(&mut scope.failed, true) {
                return;
            }
            let Some(owner) = scope.owner else {
                scope.closed |= !scope.finally && flow.fails_fast();
                return;
            };
            if let Some(group) = scope.group {
                let group = flow.task(group);
                scope.closed |= group.for_each.is_none() && group.fails_fast();
            }
            if self.is_allowed(owner) {
                return;
            }
            at = self.instances[owner as usize].node;
        }
    }

    /// All instances of a node are final.
    pub(super) fn instances_ended(&mut self, id: NodeId) {
        let node = &self.nodes[id as usize];
        if node.state.is_some() {
            return;
        }
        let task = self.flow.task(node.task);
        if task.for_each.is_none() {
            let instance = node
                .instances
                .first()
                .map(|id| &self.instances[*id as usize]);
            let state = instance.and_then(|instance| instance.state);
            self.node_ended(id, state.unwrap_or(State::Failed));
            return;
        }
        let state = self.fan_out_state(id);
        let readable = matches!(state, State::Succeeded | State::Skipped);
        if !(readable && self.gather(id)) {
            self.fan_out_ended(id, state, None);
        }
    }

    fn fan_out_state(&self, id: NodeId) -> State {
        let node = &self.nodes[id as usize];
        if node.failed {
            State::Failed
        } else if node.interrupted {
            State::UpstreamFailed
        } else if node.ran {
            State::Succeeded
        } else {
            State::Skipped
        }
    }

    /// Asks for the folders of a fan-out that somebody reads; false when there are none.
    fn gather(&mut self, id: NodeId) -> bool {
        let task_id = self.task_of(id);
        let key = self.node_key(id);
        let task = self.flow.task(task_id);
        let names: Vec<String> = artifact_names(task)
            .filter(|name| self.graph.is_gathered(task_id, name))
            .map(str::to_owned)
            .collect();
        for (part, name) in names.iter().enumerate() {
            let entries = self.nodes[id as usize]
                .instances
                .iter()
                .filter(|of| self.instances[**of as usize].state == Some(State::Succeeded))
                .filter_map(|of| {
                    let position = self.instances[*of as usize].position?;
                    Some((position, self.artifact_of(*of, name)?))
                })
                .collect();
            let folder = self.facts.layout.fan_in(&task.path, &key.index, name);
            self.outstanding += 1;
            self.nodes[id as usize].gathering += 1;
            self.actions.push(Action::Gather {
                id: GatherId {
                    node: id,
                    part: part as u32,
                },
                folder,
                entries,
            });
        }
        !names.is_empty()
    }

    pub(super) fn one_gathered(&mut self, id: NodeId, result: Result<(), String>) {
        let Some(node) = self.nodes.get_mut(id as usize) else {
            return;
        };
        node.gathering = node.gathering.saturating_sub(1);
        let last = node.gathering == 0;
        if node.state.is_some() {
            return;
        }
        match result {
            Err(cause) => {
                let cause = format!("its artifacts cannot be shown together: {cause}");
                self.failed(id);
                self.fan_out_ended(id, State::Failed, Some(cause));
            }
            Ok(()) if last => {
                let state = self.fan_out_state(id);
                let cause = self.nodes[id as usize].cause.take();
                self.fan_out_ended(id, state, cause);
            }
            Ok(()) => {}
        }
    }

    fn fan_out_ended(&mut self, id: NodeId, state: State, cause: Option<String>) {
        let node = &self.nodes[id as usize];
        let key = self.node_key(id);
        let task = self.flow.task(node.task);
        let outputs = if state == State::Succeeded {
            output_names(task)
                .map(|name| (name.to_owned(), Value::List(self.outputs_of(id, name))))
                .collect()
        } else {
            IndexMap::new()
        };
        let restored = !node.instances.is_empty()
            && node
                .instances
                .iter()
                .all(|of| self.instances[*of as usize].restored);
        let elements = node.elements;
        self.tell_ended(Ended {
            key: key.clone(),
            state,
            attempts: 0,
            outputs,
            instances: Some(elements),
            allowed: false,
            cause,
            restored,
        });
        if elements == 0 {
            self.tell_children_ended(key, state);
        }
        self.node_ended(id, state);
    }

    /// A node ends without having run: its rule, its condition, its list, or what is around it says so.
    pub(super) fn end_without_running(&mut self, id: NodeId, state: State, cause: Option<String>) {
        let key = self.node_key(id);
        let task = self.flow.task(self.task_of(id));
        if state == State::Skipped && task.for_each.is_some() && self.gather(id) {
            self.nodes[id as usize].cause = cause;
            return;
        }
        let allowed = state == State::Failed && self.node_allows(id);
        let elements = self.nodes[id as usize].elements;
        self.tell_ended(Ended {
            key: key.clone(),
            state,
            attempts: 0,
            outputs: IndexMap::new(),
            instances: task.for_each.is_some().then_some(elements),
            allowed,
            cause,
            restored: false,
        });
        if elements == 0 {
            self.tell_children_ended(key, state);
        }
        self.nodes[id as usize].allowed = allowed;
        if state == State::Failed && !allowed {
            self.failed(id);
        }
        self.node_ended(id, state);
    }

    /// Tells that an instance that did not run, and all in it, ended so.
    pub(super) fn tell_ended_below(&mut self, key: Key, state: State, cause: Option<String>) {
        self.tell_ended(Ended {
            key: key.clone(),
            state,
            attempts: 0,
            outputs: IndexMap::new(),
            instances: None,
            allowed: false,
            cause,
            restored: false,
        });
        self.tell_children_ended(key, state);
    }

    /// What is in a group that did not run ends as the group does, or as behind a failure.
    fn tell_children_ended(&mut self, key: Key, state: State) {
        let flow = self.flow;
        let state = match state {
            State::Failed => State::UpstreamFailed,
            other => other,
        };
        let mut open: Vec<TaskId> = children(flow, key.task).iter().rev().copied().collect();
        while let Some(task) = open.pop() {
            open.extend(children(flow, task).iter().rev());
            self.tell_ended(Ended {
                key: Key {
                    task,
                    index: key.index.clone(),
                },
                state,
                attempts: 0,
                outputs: IndexMap::new(),
                instances: flow.task(task).for_each.is_some().then_some(0),
                allowed: false,
                cause: None,
                restored: false,
            });
        }
    }

    /// A node is final: tells those that wait for it, and its scope.
    fn node_ended(&mut self, id: NodeId, state: State) {
        let node = &mut self.nodes[id as usize];
        node.state = Some(state);
        node.open = 0;
        let (scope_id, task) = (node.scope, node.task);
        let scope = &mut self.scopes[scope_id as usize];
        let first = scope.first;
        scope.open = scope.open.saturating_sub(1);
        scope.interrupted |= node.interrupted;
        if scope.open == 0 {
            self.work.push_back(Work::ScopeEnded(scope_id));
        }
        for at in 0..self.graph.downstream(task).len() {
            let (next, reads) = self.graph.downstream(task)[at];
            let next = first + self.graph.position(next);
            let node = &mut self.nodes[next as usize];
            node.waiting = node.waiting.saturating_sub(1);
            node.reading = node.reading.saturating_sub(u32::from(reads));
            node.seen.add(state);
            self.ask_rule(next);
        }
    }

    /// All tasks of a scope are final.
    pub(super) fn scope_ended(&mut self, id: ScopeId) {
        let scope = &self.scopes[id as usize];
        let (failed, interrupted, finally) = (scope.failed, scope.interrupted, scope.finally);
        match scope.owner {
            Some(owner) => self.group_ended(owner, failed, interrupted),
            None if finally => self.run_ended(failed),
            None => self.tasks_ended(failed),
        }
    }

    fn group_ended(&mut self, id: InstanceId, failed: bool, interrupted: bool) {
        let node = self.instances[id as usize].node;
        if failed {
            self.end_instance(id, State::Failed, Some("a task in it failed".into()));
            return;
        }
        if interrupted {
            // What it should have done was not all done, through no fault of its own.
            let scope = self.nodes[node as usize].scope;
            self.scopes[scope as usize].interrupted = true;
            self.nodes[node as usize].interrupted = true;
            let cause = "tasks in it were kept from starting";
            self.end_instance(id, State::UpstreamFailed, Some(cause.into()));
            return;
        }
        let flow = self.flow;
        let Body::Group(group) = &flow.task(self.task_of(node)).body else {
            return;
        };
        for export in &group.outputs {
            let name = &export.name.value;
            match self.value_in(id, &export.value) {
                Ok(value) => {
                    let outputs = &mut self.instances[id as usize].outputs;
                    outputs.insert(name.clone(), value);
                }
                Err(cause) => return self.fail_instance(id, format!("output `{name}`: {cause}")),
            }
        }
        for export in &group.artifacts {
            let name = &export.name.value;
            match self.exported_artifact(id, export) {
                Ok(path) => {
                    let artifacts = &mut self.instances[id as usize].artifacts;
                    artifacts.insert(name.clone(), path);
                }
                Err(cause) => return self.fail_instance(id, format!("artifact `{name}`: {cause}")),
            }
        }
        self.end_instance(id, State::Succeeded, None);
    }

    /// All tasks but those of `finally` are final.
    fn tasks_ended(&mut self, failed: bool) {
        let failed = failed || self.timed_out || self.services_failed.is_some();
        self.status = Some(if failed {
            State::Failed
        } else {
            State::Succeeded
        });
        self.tasks_ended = self.now;
        self.phase = Phase::Finally;
        self.enter(None, None, true);
    }

    fn run_ended(&mut self, failed: bool) {
        if !self.flow.services.is_empty() {
            self.actions.push(Action::StopServices(ServicesId(None)));
        }
        let state = match self.status {
            Some(State::Succeeded) if !failed => State::Succeeded,
            _ => State::Failed,
        };
        self.phase = Phase::Ended(state);
        self.tell(Event::RunEnded { state });
    }
}

fn children(flow: &crate::flow::Flow, task: TaskId) -> &[TaskId] {
    flow.task(task).group().map_or(&[], |group| &group.children)
}

/// The outputs that an instance of a task offers.
pub(super) fn output_names(task: &crate::flow::Task) -> impl Iterator<Item = &str> {
    let exports = task.group().into_iter().flat_map(|group| &group.outputs);
    let choice = matches!(task.body, Body::Approve(_)).then_some("choice");
    task.outputs
        .iter()
        .map(|output| output.name.as_str())
        .chain(exports.map(|export| export.name.as_str()))
        .chain(choice)
}

fn artifact_names(task: &crate::flow::Task) -> impl Iterator<Item = &str> {
    let exports = task.group().into_iter().flat_map(|group| &group.artifacts);
    task.artifacts
        .iter()
        .map(|artifact| artifact.name.as_str())
        .chain(exports.map(|export| export.name.as_str()))
}
