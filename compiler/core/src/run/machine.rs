//! The machine: its memory, and what it is told.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use indexmap::IndexMap;

use super::graph::Graph;
use super::node::{Instance, InstanceId, Node, NodeId, Scope, ScopeId, Stage};
use super::places::{Asked, LimitId, Places, Waiting};
use super::timers::Timer;
use super::{
    Action, AttemptId, Event, Facts, GatherId, History, Key, Moment, Outcome, PlaceId,
    RefusedParameter, Selection, ServicesId, State, check_parameters,
};
use crate::expr::Value;
use crate::flow::{Decision, Flow, TaskId};

/// A run of a flow.
///
/// Poll it, do what it asks for, tell it what came of that, and poll it again; when there is nothing to
/// tell, no later than [`Machine::next_wake`] says. It is at its end when [`Machine::state`] says so.
#[derive(Debug)]
pub struct Machine<'f> {
    pub(super) flow: &'f Flow,
    pub(super) facts: Facts,
    pub(super) graph: Graph,
    pub(super) parameters: IndexMap<String, Value>,
    pub(super) history: History,
    pub(super) touched: HashSet<Key>,
    pub(super) selection: Selection,
    pub(super) scopes: Vec<Scope>,
    pub(super) nodes: Vec<Node>,
    pub(super) instances: Vec<Instance>,
    pub(super) places: Places,
    /// Who waits for a place among other runs.
    pub(super) entering: Vec<Waiting>,
    /// Run-wide limit of processes.
    pub(super) run_limit: Option<(LimitId, u32)>,
    pub(super) concurrency: HashMap<String, LimitId>,
    pub(super) timers: BinaryHeap<Timer>,
    pub(super) work: VecDeque<Work>,
    pub(super) actions: Vec<Action>,
    pub(super) phase: Phase,
    /// What `run.status` says in `finally`, once the other tasks are final.
    pub(super) status: Option<State>,
    pub(super) timed_out: bool,
    /// Why the run's services are not ready.
    pub(super) services_failed: Option<String>,
    pub(super) started: Moment,
    pub(super) now: Moment,
    /// Processes, services and folders that a report is still to come of.
    pub(super) outstanding: usize,
    /// Questions that wait for an answer.
    pub(super) asking: usize,
    /// When the tasks before `finally` were final.
    pub(super) tasks_ended: Moment,
}

/// What is to be done next inside the machine. A list instead of calls, so that no chain of tasks is too
/// long.
#[derive(Debug)]
pub(super) enum Work {
    /// The trigger rule of a node has spoken.
    Decided(NodeId, Decision),
    /// All nodes of a scope are final.
    ScopeEnded(ScopeId),
    /// All instances of a node are final.
    NodeEnded(NodeId),
}

/// How far the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    New,
    Services,
    Tasks,
    Finally,
    Ended(State),
}

impl<'f> Machine<'f> {
    /// A run that has not started.
    ///
    /// # Errors
    /// The parameters that are refused. No task starts then, `finally` included.
    pub fn new(
        flow: &'f Flow,
        parameters: &IndexMap<String, Value>,
        facts: Facts,
    ) -> Result<Self, Vec<RefusedParameter>> {
        let parameters = check_parameters(flow, parameters)?;
        let mut places = Places::default();
        let most = flow.max_parallel.as_ref().map(|most| most.value);
        let most = match (most, facts.jobs) {
            (Some(most), Some(jobs)) => Some(most.min(jobs)),
            (most, jobs) => most.or(jobs),
        };
        let run_limit = most.map(|most| (places.limit(), most.max(1)));
        Ok(Self {
            flow,
            facts,
            graph: Graph::new(flow),
            parameters,
            history: History::default(),
            touched: HashSet::new(),
            selection: Selection::everything(),
            scopes: Vec::new(),
            nodes: Vec::new(),
            instances: Vec::new(),
            places,
            entering: Vec::new(),
            run_limit,
            concurrency: HashMap::new(),
            timers: BinaryHeap::new(),
            work: VecDeque::new(),
            actions: Vec::new(),
            phase: Phase::New,
            status: None,
            timed_out: false,
            services_failed: None,
            started: Moment::default(),
            now: Moment::default(),
            outstanding: 0,
            asking: 0,
            tasks_ended: Moment::default(),
        })
    }

    /// What is known already; before the first poll.
    #[must_use]
    pub fn with_history(mut self, history: History) -> Self {
        self.touched = history.touched(self.flow, &self.graph);
        self.history = history;
        self
    }

    /// Which tasks run; before the first poll. The others end as the history says, or skipped.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// The parameters of the run, defaults included.
    pub fn parameters(&self) -> &IndexMap<String, Value> {
        &self.parameters
    }

    /// How the run ended, once it has.
    pub fn state(&self) -> Option<State> {
        match self.phase {
            Phase::Ended(state) => Some(state),
            _ => None,
        }
    }

    /// When it must be polled at the latest.
    pub fn next_wake(&self) -> Option<Moment> {
        match self.phase {
            Phase::Ended(_) => None,
            _ => self.timers.peek().map(|timer| timer.at),
        }
    }

    /// What is to be done now, in this order.
    pub fn poll(&mut self, now: Moment) -> Vec<Action> {
        self.now = self.now.max(now);
        if self.phase == Phase::New {
            self.begin_run();
        }
        self.fire_timers();
        self.settle();
        if !self.entering.is_empty() {
            self.stop_entering();
            self.settle();
        }
        std::mem::take(&mut self.actions)
    }

    /// A process has ended, or a question was answered (with the output `choice`).
    pub fn attempt_ended(&mut self, attempt: AttemptId, outcome: Outcome, now: Moment) {
        self.now = self.now.max(now);
        let id = attempt.instance;
        let Some(instance) = self.instances.get(id as usize) else {
            return;
        };
        if instance.attempts != attempt.number {
            return;
        }
        let outcome = match instance.stage {
            Stage::Running => {
                self.outstanding = self.outstanding.saturating_sub(1);
                outcome
            }
            Stage::Cut => {
                self.outstanding = self.outstanding.saturating_sub(1);
                cut()
            }
            Stage::Asking(_) => outcome,
            _ => return,
        };
        self.finish_attempt(id, outcome);
    }

    /// Services are ready, or why they are not.
    pub fn services_ready(&mut self, id: ServicesId, result: Result<(), String>, now: Moment) {
        self.now = self.now.max(now);
        match id.0 {
            None if self.phase == Phase::Services => {
                self.outstanding = self.outstanding.saturating_sub(1);
                self.services_failed = result.err();
                self.begin_tasks();
            }
            Some(id) if self.instances[id as usize].stage == Stage::Preparing => {
                self.outstanding = self.outstanding.saturating_sub(1);
                let node = &self.nodes[self.instances[id as usize].node as usize];
                match result {
                    Ok(()) if self.timed_out && self.is_closed(node.scope) => {
                        self.keep_instance_from_starting(id);
                    }
                    Ok(()) => self.go(id),
                    Err(cause) => self.fail_instance(id, cause),
                }
            }
            _ => {}
        }
    }

    /// There is a place in a concurrency group among other runs, or the group is full and the task says to
    /// skip then.
    pub fn entered(&mut self, id: PlaceId, has_place: bool, now: Moment) {
        self.now = self.now.max(now);
        let at = self.entering.iter().position(|one| one.instance == id.0);
        let Some(at) = at else { return };
        let waiting = self.entering.remove(at);
        self.outstanding = self.outstanding.saturating_sub(1);
        if has_place {
            self.places.ask_on(waiting);
        } else {
            self.instances[id.0 as usize].entered = false;
            self.skip_for_want_of_a_place(waiting);
        }
    }

    /// A folder shows the artifact, or why it does not.
    pub fn gathered(&mut self, id: GatherId, result: Result<(), String>, now: Moment) {
        self.now = self.now.max(now);
        self.outstanding = self.outstanding.saturating_sub(1);
        self.one_gathered(id.node, result);
    }

    /// Goes on until nothing more can happen without a report or time.
    fn settle(&mut self) {
        loop {
            while let Some(work) = self.work.pop_front() {
                match work {
                    Work::Decided(node, decision) => self.decided(node, decision),
                    Work::NodeEnded(node) => self.instances_ended(node),
                    Work::ScopeEnded(scope) => self.scope_ended(scope),
                }
            }
            match self.places.next() {
                Asked::Start(waiting) => self.start(waiting),
                Asked::Enter(waiting) => self.enter_group(waiting),
                Asked::Skip(waiting) => self.skip_for_want_of_a_place(waiting),
                Asked::Nobody if self.is_stuck() => self.unstick(),
                Asked::Nobody => return,
            }
        }
    }

    /// Whether nothing will ever happen although the run has not ended: tasks hold places of
    /// concurrency groups that they wait for each other to leave.
    fn is_stuck(&self) -> bool {
        matches!(self.phase, Phase::Tasks | Phase::Finally)
            && self.outstanding == 0
            && self
                .timers
                .iter()
                .all(|timer| matches!(timer.what, super::timers::What::RunTimeout))
            && self.asking == 0
    }

    fn unstick(&mut self) {
        let stuck = self.places.drain();
        if stuck.is_empty() {
            // Cannot be; but a run must come to an end.
            self.phase = Phase::Ended(State::Failed);
            self.tell(Event::RunEnded {
                state: State::Failed,
            });
            return;
        }
        for waiting in stuck {
            self.places.give_up(&waiting);
            let cause =
                "it waits for a place in a concurrency group, and whoever has one waits too";
            self.fail_instance(waiting.instance, cause.into());
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.actions.push(Action::Tell(event));
    }

    pub(super) fn task_of(&self, node: NodeId) -> TaskId {
        self.nodes[node as usize].task
    }

    /// The positions around a scope.
    pub(super) fn index_of_scope(&self, scope: ScopeId) -> Vec<u32> {
        let mut index = Vec::new();
        let mut owner = self.scopes[scope as usize].owner;
        while let Some(id) = owner {
            let instance = &self.instances[id as usize];
            index.extend(instance.position);
            let node = &self.nodes[instance.node as usize];
            owner = self.scopes[node.scope as usize].owner;
        }
        index.reverse();
        index
    }

    /// The key of a node as a whole.
    pub(super) fn node_key(&self, node: NodeId) -> Key {
        let node = &self.nodes[node as usize];
        Key {
            task: node.task,
            index: self.index_of_scope(node.scope),
        }
    }

    pub(super) fn key(&self, id: InstanceId) -> Key {
        let instance = &self.instances[id as usize];
        let mut key = self.node_key(instance.node);
        key.index.extend(instance.position);
        key
    }
}

pub(super) fn cut() -> Outcome {
    Outcome::Failed {
        exit: None,
        kind: super::FailureKind::Final,
        cause: "cut at the run's timeout".into(),
    }
}
