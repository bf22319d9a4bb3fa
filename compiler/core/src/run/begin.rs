//! How things begin: the run, scopes, tasks that their rule lets run, instances, attempts.

use super::machine::{Machine, Phase, Work};
use super::node::{Instance, InstanceId, Node, NodeId, Scope, ScopeId, Seen, Stage};
use super::timers::{Timer, What};
use super::{Action, Ended, Event, ServicesId, State};
use crate::expr::Value;
use crate::flow::{Decision, TaskId, TriggerRule};

impl Machine<'_> {
    pub(super) fn begin_run(&mut self) {
        self.started = self
            .history
            .began
            .map_or(self.now, |began| began.min(self.now));
        self.tell(Event::RunStarted);
        if let Some(timeout) = &self.flow.timeout {
            self.timers.push(Timer {
                at: self.started.after(timeout.value),
                what: What::RunTimeout,
            });
        }
        if self.flow.services.is_empty() {
            self.begin_tasks();
            return;
        }
        match self.services_of_run() {
            Ok(services) => {
                self.phase = Phase::Services;
                self.outstanding += 1;
                self.actions.push(Action::StartServices {
                    id: ServicesId(None),
                    key: None,
                    around: Vec::new(),
                    services,
                });
            }
            Err(cause) => {
                self.services_failed = Some(cause);
                self.begin_tasks();
            }
        }
    }

    pub(super) fn begin_tasks(&mut self) {
        self.phase = Phase::Tasks;
        let scope = self.enter(None, None, false);
        if self.services_failed.is_some() || self.timed_out {
            self.scopes[scope as usize].closed = true;
        }
    }

    /// Starts a level. Its nodes whose rule can speak already are decided.
    pub(super) fn enter(
        &mut self,
        owner: Option<InstanceId>,
        group: Option<TaskId>,
        finally: bool,
    ) -> ScopeId {
        let flow = self.flow;
        let level: &[TaskId] = match group {
            Some(group) => flow
                .task(group)
                .group()
                .map_or(&[], |group| &group.children),
            None if finally => &flow.finally,
            None => &flow.roots,
        };
        let id = self.scopes.len() as ScopeId;
        let limit = group.map(|group| flow.task(group)).and_then(|task| {
            let most = task.max_parallel.as_ref()?;
            (task.for_each.is_none()).then(|| (self.places.limit(), most.value.max(1)))
        });
        self.scopes.push(Scope {
            owner,
            group,
            finally,
            first: self.nodes.len() as NodeId,
            open: level.len() as u32,
            failed: false,
            closed: false,
            interrupted: false,
            limit,
        });
        for task in level {
            let node = self.nodes.len() as NodeId;
            let waiting = flow.task(*task).upstream.len() as u32;
            let reading = self.graph.reading(*task);
            self.nodes.push(Node {
                task: *task,
                scope: id,
                waiting,
                reading,
                seen: Seen::default(),
                decided: waiting == 0,
                state: None,
                allowed: false,
                instances: Vec::new(),
                open: 0,
                elements: 0,
                failed: false,
                ran: false,
                interrupted: false,
                closed: false,
                limit: None,
                cause: None,
                gathering: 0,
            });
            if waiting == 0 {
                self.work.push_back(Work::Decided(node, Decision::Run));
            }
        }
        if level.is_empty() {
            self.work.push_back(Work::ScopeEnded(id));
        }
        id
    }

    /// Asks the trigger rule again, after an upstream task has ended.
    pub(super) fn ask_rule(&mut self, id: NodeId) {
        let node = &self.nodes[id as usize];
        if node.decided {
            return;
        }
        let rule = self.flow.task(node.task).trigger_rule.value;
        match certain(rule, node.seen, node.waiting) {
            // What it reads must be final too, or its value would depend on time.
            Some(Decision::Run) if node.reading > 0 => {}
            Some(decision) => {
                self.nodes[id as usize].decided = true;
                self.work.push_back(Work::Decided(id, decision));
            }
            None => {}
        }
    }

    /// The trigger rule of a node has spoken.
    pub(super) fn decided(&mut self, id: NodeId, decision: Decision) {
        let task = self.task_of(id);
        if !self.selection.touches(task) && self.restore(id) {
            return;
        }
        match decision {
            Decision::Skip => self.end_without_running(id, State::Skipped, None),
            Decision::UpstreamFailed => self.end_without_running(id, State::UpstreamFailed, None),
            Decision::Run
                if self.is_closed(self.nodes[id as usize].scope) && !self.is_known(id) =>
            {
                self.keep_from_starting(id);
            }
            Decision::Run => self.expand(id),
        }
    }

    /// Ends a node that is not selected as the history says; false when that is by going through it.
    fn restore(&mut self, id: NodeId) -> bool {
        let known = self.history.ended.get(&self.node_key(id)).copied();
        match known {
            Some(State::Succeeded | State::Failed) if self.is_known(id) => false,
            Some(state @ (State::Skipped | State::UpstreamFailed)) => {
                self.end_without_running(id, state, None);
                true
            }
            _ if self.is_known(id) => false,
            _ => {
                let cause = "it is not among the tasks that were asked for";
                self.end_without_running(id, State::Skipped, Some(cause.into()));
                true
            }
        }
    }

    fn is_known(&self, id: NodeId) -> bool {
        !self.touched.is_empty() && self.touched.contains(&self.node_key(id))
    }

    /// Whether nothing new may start in a scope, by `fail_fast` or the run's timeout.
    pub(super) fn is_closed(&self, scope: ScopeId) -> bool {
        let mut at = scope;
        loop {
            let scope = &self.scopes[at as usize];
            if scope.closed {
                return true;
            }
            match scope.owner {
                Some(owner) => {
                    at = self.nodes[self.instances[owner as usize].node as usize].scope;
                }
                None => return false,
            }
        }
    }

    /// `upstream_failed`, for `fail_fast` or the run's timeout kept it from starting.
    fn keep_from_starting(&mut self, id: NodeId) {
        let scope = self.nodes[id as usize].scope;
        self.scopes[scope as usize].interrupted = true;
        let cause = match &self.services_failed {
            _ if self.timed_out => "the run's timeout came first".to_owned(),
            Some(why) => format!("of the run's services, {why}"),
            None => "another task had failed (fail_fast)".to_owned(),
        };
        self.end_without_running(id, State::UpstreamFailed, Some(cause));
    }

    /// `when`, then `for_each`: makes the instances.
    fn expand(&mut self, id: NodeId) {
        let task = self.flow.task(self.task_of(id));
        if let Some(when) = &task.when {
            match self.node_condition(id, when) {
                Ok(true) => {}
                Ok(false) => return self.end_without_running(id, State::Skipped, None),
                Err(cause) => {
                    let cause = format!("`when`: {cause}");
                    return self.end_without_running(id, State::Failed, Some(cause));
                }
            }
        }
        let Some(fan_out) = &task.for_each else {
            self.nodes[id as usize].open = 1;
            self.add_instance(id, None, Value::Null);
            return;
        };
        let chosen = match self.elements(id, fan_out) {
            Ok(chosen) => chosen,
            Err(cause) => return self.end_without_running(id, State::Failed, Some(cause)),
        };
        let node = &mut self.nodes[id as usize];
        node.elements = chosen.len() as u32;
        node.open = chosen.iter().filter(|(_, chosen)| *chosen).count() as u32;
        let some = node.open > 0;
        if some && let Some(most) = &task.max_parallel {
            node.limit = Some((self.places.limit(), most.value.max(1)));
        }
        for (position, (item, chosen)) in chosen.into_iter().enumerate() {
            let position = position as u32;
            if chosen {
                self.add_instance(id, Some(position), item);
            } else {
                self.element_left_out(id, position);
            }
        }
        if !some {
            self.end_without_running(id, State::Skipped, None);
        }
    }

    fn element_left_out(&mut self, id: NodeId, position: u32) {
        let mut key = self.node_key(id);
        key.index.push(position);
        self.tell_ended_below(key, State::Skipped, None);
    }

    fn add_instance(&mut self, node: NodeId, position: Option<u32>, item: Value) {
        let id = self.instances.len() as InstanceId;
        self.instances.push(Instance {
            node,
            position,
            item,
            stage: Stage::Queued,
            state: None,
            attempts: 0,
            taken: 0,
            outputs: Default::default(),
            artifacts: Default::default(),
            bindings: Default::default(),
            scope: None,
            held: Vec::new(),
            entered: false,
            serviced: false,
            restored: false,
        });
        self.nodes[node as usize].instances.push(id);
        if !self.history.is_empty() || !self.history.taken.is_empty() {
            self.replay(id);
        }
        let instance = &self.instances[id as usize];
        if instance.state.is_none() && instance.stage == Stage::Queued {
            if !self.selection.touches(self.task_of(node)) && !self.instance_is_known(id) {
                let cause = "it is not among the tasks that were asked for";
                self.end_instance(id, State::Skipped, Some(cause.into()));
            } else {
                self.queue(id);
            }
        }
    }

    /// Makes the attempts that the history knows.
    fn replay(&mut self, id: InstanceId) {
        let key = self.key(id);
        if let Some(taken) = self.history.taken.get(&key) {
            self.instances[id as usize].taken = *taken;
            self.instances[id as usize].attempts = *taken;
        }
        let Some(attempts) = self.history.attempts.remove(&key) else {
            return;
        };
        let now = self.now;
        for attempted in attempts {
            let instance = &mut self.instances[id as usize];
            if instance.state.is_some() {
                break;
            }
            instance.restored = true;
            instance.attempts = attempted.number;
            instance.stage = Stage::Running;
            self.now = attempted.ended.min(now);
            self.finish_attempt(id, attempted.outcome);
            self.now = now;
        }
        let instance = &mut self.instances[id as usize];
        instance.restored = instance.state.is_some();
    }

    pub(super) fn tell_ended(&mut self, ended: Ended) {
        self.tell(Event::TaskEnded(ended));
    }
}

/// What a rule says, once no end of the `waiting` tasks can change it.
fn certain(rule: TriggerRule, seen: Seen, waiting: u32) -> Option<Decision> {
    let with = |bits: u8| {
        rule.decide(
            seen.succeeded || bits & 1 != 0,
            seen.bad || bits & 2 != 0,
            seen.skipped || bits & 4 != 0,
        )
    };
    if waiting == 0 {
        return Some(with(0));
    }
    // Its answer is known from the start; when it is given is what the rule is about.
    if rule == TriggerRule::AllDone {
        return None;
    }
    // Each of the others ends in one of three states.
    let mut possible = (1..8_u8)
        .filter(|bits| bits.count_ones() <= waiting)
        .map(with);
    let first = possible.next()?;
    possible.all(|other| other == first).then_some(first)
}
