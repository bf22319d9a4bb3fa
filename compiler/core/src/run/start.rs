//! How an instance starts, once its task may run: places, services, then attempts until one is the last.

use super::facts::accept;
use super::machine::Machine;
use super::node::{Held, InstanceId, ScopeId, Stage};
use super::places::{Waiting, Want};
use super::timers::{Timer, What};
use super::{Action, AttemptId, Event, Key, Outcome, PlaceId, Question, ServicesId, State};
use crate::flow::{Approve, Body, Concurrency, OnConflict};

impl Machine<'_> {
    /// Puts an instance in line for the places that it needs.
    pub(super) fn queue(&mut self, id: InstanceId) {
        let instance = &self.instances[id as usize];
        let node = &self.nodes[instance.node as usize];
        let task = self.flow.task(node.task);
        let mut wants = Vec::new();
        let limit = |(limit, most): (u32, u32)| Want {
            limit,
            most,
            or_skip: false,
            kept: false,
            shared: false,
        };
        wants.extend(node.limit.map(limit));
        let is_process = matches!(task.body, Body::Process(_));
        let scope = node.scope;
        if is_process {
            let mut at = Some(scope);
            while let Some(id) = at {
                let scope = &self.scopes[id as usize];
                wants.extend(scope.limit.map(limit));
                at = scope
                    .owner
                    .map(|owner| self.nodes[self.instances[owner as usize].node as usize].scope);
            }
        }
        let kept = instance.held.iter().any(|held| held.kept);
        if let Some(concurrency) = &task.concurrency
            && !kept
            && !self.is_inside(scope, &concurrency.group.value)
        {
            let places = &mut self.places;
            let limit = *self
                .concurrency
                .entry(concurrency.group.value.clone())
                .or_insert_with(|| places.limit());
            wants.push(Want {
                limit,
                most: concurrency.limit.value.max(1),
                or_skip: concurrency.on_conflict.value == OnConflict::Skip,
                kept: true,
                shared: self.facts.shared_groups && !self.is_held_by_run(concurrency),
            });
        }
        if is_process {
            wants.extend(self.run_limit.map(limit));
        }
        let priority = task.priority.as_ref().map_or(0, |priority| priority.value);
        self.instances[id as usize].stage = Stage::Queued;
        self.places.ask(id, priority, wants);
    }

    /// Whether the run as a whole has a place in the group.
    fn is_held_by_run(&self, concurrency: &Concurrency) -> bool {
        let of_run = self.flow.concurrency.as_ref();
        of_run.is_some_and(|of_run| of_run.group.value == concurrency.group.value)
    }

    /// An instance needs a place in a concurrency group among other runs.
    pub(super) fn enter_group(&mut self, waiting: Waiting) {
        let id = waiting.instance;
        let task = self.task_of(self.instances[id as usize].node);
        let Some(concurrency) = &self.flow.task(task).concurrency else {
            return self.places.ask_on(waiting);
        };
        if self.instances[id as usize].stage != Stage::Queued {
            return self.places.give_up(&waiting);
        }
        self.actions.push(Action::Enter {
            id: PlaceId(id),
            key: self.key(id),
            group: concurrency.group.value.clone(),
            limit: concurrency.limit.value.max(1),
            or_skip: concurrency.on_conflict.value == OnConflict::Skip,
        });
        self.instances[id as usize].entered = true;
        self.outstanding += 1;
        self.entering.push(waiting);
    }

    /// Those who wait for a place among other runs, and may not start any more.
    pub(super) fn stop_entering(&mut self) {
        let mut left = Vec::new();
        for waiting in std::mem::take(&mut self.entering) {
            let instance = &self.instances[waiting.instance as usize];
            let node = &self.nodes[instance.node as usize];
            let gone = instance.stage != Stage::Queued;
            if gone || node.closed || self.is_closed(node.scope) {
                self.outstanding = self.outstanding.saturating_sub(1);
                self.places.ask_on(waiting);
            } else {
                left.push(waiting);
            }
        }
        self.entering = left;
    }

    /// Whether a group around holds a place in the concurrency group.
    fn is_inside(&self, scope: ScopeId, group: &str) -> bool {
        let mut at = self.scopes[scope as usize].owner;
        while let Some(id) = at {
            let node = &self.nodes[self.instances[id as usize].node as usize];
            let concurrency = self.flow.task(node.task).concurrency.as_ref();
            if concurrency.is_some_and(|concurrency| concurrency.group.value == group) {
                return true;
            }
            at = self.scopes[node.scope as usize].owner;
        }
        false
    }

    /// An instance has the places that it needs.
    pub(super) fn start(&mut self, waiting: Waiting) {
        let id = waiting.instance;
        let instance = &self.instances[id as usize];
        let node = &self.nodes[instance.node as usize];
        let fresh = instance.attempts == instance.taken;
        let closed = node.closed || self.is_closed(node.scope);
        let gone = instance.stage != Stage::Queued;
        if gone || (fresh && closed && !self.instance_is_known(id)) {
            self.places.give_up(&waiting);
            self.leave_group(id);
            if !gone {
                self.keep_instance_from_starting(id);
            }
            return;
        }
        let held = waiting.wants.iter().map(|want| Held {
            limit: want.limit,
            kept: want.kept,
        });
        self.instances[id as usize].held.extend(held);
        let task = self
            .flow
            .task(self.task_of(self.instances[id as usize].node));
        if task.services.is_empty() || self.instances[id as usize].serviced {
            self.go(id);
            return;
        }
        match self.services_of(id) {
            Ok(services) => {
                let around = self.services_around(id);
                let instance = &mut self.instances[id as usize];
                instance.stage = Stage::Preparing;
                instance.serviced = true;
                self.outstanding += 1;
                let key = Some(self.key(id));
                self.actions.push(Action::StartServices {
                    id: ServicesId(Some(id)),
                    key,
                    around,
                    services,
                });
            }
            Err(cause) => self.fail_instance(id, cause),
        }
    }

    /// Gives back the place among other runs.
    pub(super) fn leave_group(&mut self, id: InstanceId) {
        if std::mem::take(&mut self.instances[id as usize].entered) {
            self.actions.push(Action::Leave(PlaceId(id)));
        }
    }

    pub(super) fn instance_is_known(&self, id: InstanceId) -> bool {
        !self.touched.is_empty() && self.touched.contains(&self.key(id))
    }

    pub(super) fn keep_instance_from_starting(&mut self, id: InstanceId) {
        let node = self.instances[id as usize].node;
        let scope = self.nodes[node as usize].scope;
        if self.is_closed(scope) {
            self.scopes[scope as usize].interrupted = true;
            self.nodes[node as usize].interrupted = true;
        }
        let cause = if self.timed_out {
            "the run's timeout came first"
        } else {
            "another task had failed (fail_fast)"
        };
        self.end_instance(id, State::UpstreamFailed, Some(cause.into()));
    }

    /// A concurrency group is full, and the task says to skip then.
    pub(super) fn skip_for_want_of_a_place(&mut self, waiting: Waiting) {
        self.places.give_up(&waiting);
        let cause = "its concurrency group was full";
        self.end_instance(waiting.instance, State::Skipped, Some(cause.into()));
    }

    /// Starts what the task does; its services are ready.
    pub(super) fn go(&mut self, id: InstanceId) {
        let task_id = self.task_of(self.instances[id as usize].node);
        let body = &self.flow.task(task_id).body;
        match body {
            Body::Process(_) => self.start_attempt(id),
            Body::Group(group) => {
                let bindings = group.sub_flow.iter().flat_map(|sub| &sub.bindings);
                for binding in bindings {
                    let name = &binding.parameter.name.value;
                    let value = self
                        .value_for(id, &binding.value)
                        .and_then(|value| accept(&binding.parameter, &value));
                    match value {
                        Ok(value) => {
                            let bindings = &mut self.instances[id as usize].bindings;
                            bindings.insert(name.clone(), value);
                        }
                        Err(cause) => {
                            return self.fail_instance(id, format!("parameter `{name}`: {cause}"));
                        }
                    }
                }
                self.instances[id as usize].stage = Stage::Running;
                let scope = self.enter(Some(id), Some(task_id), false);
                self.instances[id as usize].scope = Some(scope);
            }
            Body::Wait(duration) => {
                let key = self.begin_attempt(id);
                let began = self.history.begun.get(&key).map_or(self.now, |b| *b);
                let until = began.after(duration.value);
                self.wait_until(id, Stage::Waiting(until));
            }
            Body::Approve(approve) => self.ask(id, approve),
        }
    }

    fn wait_until(&mut self, id: InstanceId, stage: Stage) {
        self.instances[id as usize].stage = stage;
        let (Stage::Waiting(at) | Stage::Resting(at) | Stage::Asking(Some(at))) = stage else {
            return;
        };
        let what = What::Instance(id);
        self.timers.push(Timer { at, what });
        if at <= self.now {
            self.fire_timers();
        }
    }

    /// Waits before the next attempt.
    pub(super) fn rest(&mut self, id: InstanceId, until: super::Moment) {
        self.instances[id as usize].stage = Stage::Resting(until);
        let what = What::Instance(id);
        self.timers.push(Timer { at: until, what });
    }

    fn ask(&mut self, id: InstanceId, approve: &Approve) {
        let key = self.begin_attempt(id);
        let began = self.history.begun.get(&key).map_or(self.now, |b| *b);
        let until = approve.timeout.as_ref().map(|t| began.after(t.value));
        let number = self.instances[id as usize].attempts;
        self.actions.push(Action::Ask(Question {
            attempt: AttemptId {
                instance: id,
                number,
            },
            key,
            message: approve.message.value.clone(),
            choices: approve.choices.iter().map(|c| c.value.clone()).collect(),
            default: approve.default.as_ref().map(|d| d.value.clone()),
            until,
        }));
        self.asking += 1;
        self.wait_until(id, Stage::Asking(until));
    }

    /// Counts an attempt and tells that it starts.
    fn begin_attempt(&mut self, id: InstanceId) -> Key {
        let instance = &mut self.instances[id as usize];
        instance.attempts += 1;
        let number = instance.attempts;
        let key = self.key(id);
        self.tell(Event::AttemptStarted {
            key: key.clone(),
            number,
        });
        key
    }

    fn start_attempt(&mut self, id: InstanceId) {
        let number = self.instances[id as usize].attempts + 1;
        match self.call(id, number) {
            Ok(call) => {
                self.begin_attempt(id);
                self.instances[id as usize].stage = Stage::Running;
                self.outstanding += 1;
                self.actions.push(Action::Start(Box::new(call)));
            }
            Err(cause) => self.fail_instance(id, cause),
        }
    }

    /// An instance fails for good, outside of an attempt.
    pub(super) fn fail_instance(&mut self, id: InstanceId, cause: String) {
        self.end_instance(id, State::Failed, Some(cause));
    }

    /// An attempt has ended: the instance succeeds, fails, or rests before the next attempt.
    pub(super) fn finish_attempt(&mut self, id: InstanceId, outcome: Outcome) {
        if let Stage::Asking(_) = self.instances[id as usize].stage {
            self.asking = self.asking.saturating_sub(1);
        }
        let retry = self.retry_at(id, &outcome);
        if !self.instances[id as usize].restored {
            let event = Event::AttemptEnded {
                key: self.key(id),
                number: self.instances[id as usize].attempts,
                outcome: outcome.clone(),
                retry,
            };
            self.tell(event);
        }
        match (outcome, retry) {
            (Outcome::Succeeded { outputs, artifacts }, _) => {
                let instance = &mut self.instances[id as usize];
                instance.outputs = outputs;
                instance.artifacts = artifacts;
                self.end_instance(id, State::Succeeded, None);
            }
            (Outcome::Failed { .. }, Some(until)) => {
                self.release(id, false);
                self.rest(id, until);
            }
            (Outcome::Failed { cause, .. }, None) => {
                self.end_instance(id, State::Failed, Some(cause));
            }
        }
    }
}
