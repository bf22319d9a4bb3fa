//! The states that every task may end in, computed forward along the table of the trigger rules.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use super::Analysis;
use super::order::Levels;
use crate::expr::{Expr, Value};
use crate::flow::{Body, Decision, FanOut, Flow, Group, OnConflict, Task, TaskId, TriggerRule};

/// A set of end states of a task.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct States(u8);

impl States {
    /// No state at all.
    pub const NONE: Self = Self(0);
    /// `succeeded`
    pub const SUCCEEDED: Self = Self(1);
    /// `failed`
    pub const FAILED: Self = Self(2);
    /// `upstream_failed`
    pub const UPSTREAM_FAILED: Self = Self(4);
    /// `skipped`
    pub const SKIPPED: Self = Self(8);
    /// `failed` and `upstream_failed`, which are the same to every rule.
    pub const BAD: Self = Self(6);
    /// All four.
    pub const ALL: Self = Self(15);

    /// Whether the sets have a state in common.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no state in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The states that are not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its states, one by one.
    pub fn iter(self) -> impl Iterator<Item = States> {
        (0..4)
            .map(|bit| Self(1 << bit))
            .filter(move |state| self.has(*state))
    }

    /// The names of its states, as `tasks.t.status` gives them.
    pub fn names(self) -> Vec<&'static str> {
        let names = ["succeeded", "failed", "upstream_failed", "skipped"];
        (0..4)
            .filter(|bit| self.has(Self(1 << bit)))
            .map(|bit| names[bit])
            .collect()
    }
}

impl BitOr for States {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for States {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.names().join(", "))
    }
}

/// Which mixtures of upstream states may meet: bit `s + 2b + 4k` for "some succeeded", "some are
/// bad", "some are skipped". No rule looks at more than this.
#[derive(Clone, Copy)]
struct Mixtures(u8);

impl Mixtures {
    /// What a task without upstream tasks meets.
    const EMPTY: Self = Self(1);

    fn with(self, states: States) -> Self {
        // The mixtures that a state is not in yet, and how far from each of them the one is that it is in.
        let apart = [
            (States::SUCCEEDED, 0b0101_0101, 1),
            (States::BAD, 0b0011_0011, 2),
            (States::SKIPPED, 0b0000_1111, 4),
        ];
        let mut mixtures = 0;
        for (_, without, far) in apart.into_iter().filter(|(state, ..)| states.has(*state)) {
            mixtures |= (self.0 & !without) | ((self.0 & without) << far);
        }
        Self(mixtures)
    }

    fn decisions(self, rule: TriggerRule) -> impl Iterator<Item = Decision> {
        (0..8)
            .filter(move |mixture| self.0 & (1 << mixture) != 0)
            .map(move |mixture| rule.decide(mixture & 1 != 0, mixture & 2 != 0, mixture & 4 != 0))
    }
}

pub(super) struct Computed {
    /// The states a task may end in once its trigger rule lets it run.
    pub(super) own: Vec<States>,
    /// The states it may be put in by what happens around it: the run's timeout, `fail_fast`.
    pub(super) interrupted: Vec<States>,
    /// The states it may end in when nothing interrupts the run.
    pub(super) calm: Vec<States>,
    /// The states it may end in.
    pub(super) states: Vec<States>,
}

pub(super) fn compute(flow: &Flow, levels: &Levels) -> Computed {
    let count = flow.tasks.len();
    let mut computed = Computed {
        own: vec![States::NONE; count],
        interrupted: flow.iter().map(|(id, _)| interrupted(flow, id)).collect(),
        calm: vec![States::NONE; count],
        states: vec![States::NONE; count],
    };
    // Groups stand before what is in them, so backwards every group finds its children done.
    for (id, task) in flow.iter().collect::<Vec<_>>().into_iter().rev() {
        if matches!(task.body, Body::Group(_)) {
            level(flow, levels.children(id), &mut computed);
        }
    }
    level(flow, levels.roots(), &mut computed);
    level(flow, levels.finally(), &mut computed);
    computed
}

fn level(flow: &Flow, order: &[TaskId], computed: &mut Computed) {
    for id in order {
        let task = flow.task(*id);
        let own = own_states(task, |child| {
            let may_fail = computed.calm[child.index()].has(States::FAILED);
            may_fail && !flow.task(child).always_allowed_to_fail()
        });
        let calm = step(task, own, |upstream| computed.calm[upstream.index()]);
        // In most flows, nothing interrupts anything.
        let is_calm = task.upstream.iter().all(|upstream| {
            let upstream = upstream.task.index();
            computed.calm[upstream] == computed.states[upstream]
        });
        let states = if is_calm {
            calm
        } else {
            step(task, own, |upstream| computed.states[upstream.index()])
        };
        computed.own[id.index()] = own;
        computed.calm[id.index()] = calm;
        computed.states[id.index()] = states | computed.interrupted[id.index()];
    }
}

/// The states after the trigger rule, given those of the upstream tasks and what happens once it runs.
fn step(task: &Task, own: States, of: impl Fn(TaskId) -> States) -> States {
    let mut states = States::NONE;
    for decision in mixtures(task, of).decisions(task.trigger_rule.value) {
        states |= match decision {
            Decision::Run => own,
            Decision::Skip => States::SKIPPED,
            Decision::UpstreamFailed => States::UPSTREAM_FAILED,
        };
    }
    states
}

fn mixtures(task: &Task, of: impl Fn(TaskId) -> States) -> Mixtures {
    task.upstream
        .iter()
        .fold(Mixtures::EMPTY, |mixtures, upstream| {
            mixtures.with(of(upstream.task))
        })
}

/// What a task may come to once its trigger rule lets it run. `fails` tells whether a child of a
/// group may fail it.
fn own_states(task: &Task, fails: impl Fn(TaskId) -> bool) -> States {
    let mut states = States::NONE;
    if let Some(when) = &task.when {
        match when.as_literal() {
            Some(Value::Boolean(true)) => {}
            Some(_) => return States::SKIPPED,
            None => states |= States::SKIPPED | States::FAILED,
        }
    }
    let mut may_fail = body_may_fail(&task.body, fails) || !task.services.is_empty();
    if let Some(for_each) = &task.for_each {
        match instances(for_each) {
            Instances::None => return states | States::SKIPPED,
            Instances::Some => {}
            Instances::Unknown => states |= States::SKIPPED | States::FAILED,
        }
        // An instance that may fail does not fail its fan-out.
        may_fail &= !task.always_allowed_to_fail();
    }
    if let Some(concurrency) = &task.concurrency
        && concurrency.on_conflict.value == OnConflict::Skip
    {
        states |= States::SKIPPED;
    }
    if may_fail {
        states |= States::FAILED;
    }
    states | States::SUCCEEDED
}

fn body_may_fail(body: &Body, fails: impl Fn(TaskId) -> bool) -> bool {
    match body {
        Body::Process(_) => true,
        Body::Group(group) => group.children.iter().any(|child| fails(*child)) || computes(group),
        Body::Wait(_) => false,
        // Nobody answered in time.
        Body::Approve(approve) => approve.timeout.is_some() && approve.default.is_none(),
    }
}

/// Whether the group computes anything, which may go wrong.
fn computes(group: &Group) -> bool {
    let bindings = group
        .sub_flow
        .iter()
        .flat_map(|sub_flow| &sub_flow.bindings);
    let constant = |expr: &Expr| expr.as_literal().is_some();
    !bindings.map(|binding| &binding.value).all(constant)
        || !group
            .outputs
            .iter()
            .map(|export| &export.value)
            .all(constant)
        || !group.artifacts.is_empty()
}

enum Instances {
    None,
    Some,
    Unknown,
}

fn instances(for_each: &FanOut) -> Instances {
    let filter = for_each.filter.as_ref().map(|filter| filter.as_literal());
    match (for_each.literal_items(), filter) {
        (Some([]), _) | (_, Some(Some(Value::Boolean(false)))) => Instances::None,
        (Some(_), None | Some(Some(Value::Boolean(true)))) => Instances::Some,
        _ => Instances::Unknown,
    }
}

/// What the run's timeout or `fail_fast` may do to a task, whatever its rule says.
fn interrupted(flow: &Flow, id: TaskId) -> States {
    let mut states = States::NONE;
    if !flow.task(id).finally {
        if flow.timeout.is_some() {
            states |= States::BAD;
        }
        if flow.fails_fast() {
            states |= States::UPSTREAM_FAILED;
        }
    }
    // In a fan-out, `fail_fast` keeps whole instances from starting, not tasks inside of one.
    let in_fast_group = flow.ancestors(id).any(|group| {
        let group = flow.task(group);
        group.for_each.is_none() && group.fails_fast()
    });
    if in_fast_group {
        states |= States::UPSTREAM_FAILED;
    }
    states
}

impl Analysis {
    /// The states that `of` may have ended in when the trigger rule of `reader` lets it run, where
    /// the tasks in `not_succeeded` are known to have ended otherwise. `reader` is a sibling of `of`
    /// that waits for it, or a task of `finally`, which waits for all others.
    ///
    /// Looks at one state of `of` at a time and follows it through the tasks between the two; that
    /// other tasks depend on one another is not seen. What interrupts the run keeps a sibling from
    /// starting too, so only `finally` sees that.
    pub fn states_when_run(
        &self,
        flow: &Flow,
        reader: TaskId,
        of: TaskId,
        not_succeeded: &[TaskId],
    ) -> States {
        let keep = |task: TaskId, states: States| {
            if not_succeeded.contains(&task) {
                states.without(States::SUCCEEDED)
            } else {
                states
            }
        };
        let task = flow.task(reader);
        if !task.waits_for(of) {
            return keep(of, self.states(of));
        }
        let known = |task: TaskId| keep(task, self.calm[task.index()]);
        // The usual rule runs when all have succeeded; to walk the graph for that would cost a
        // long chain of diamonds its length squared.
        if task.trigger_rule.value == TriggerRule::AllSuccess {
            let succeeded = known(of).has(States::SUCCEEDED);
            return if succeeded {
                States::SUCCEEDED
            } else {
                States::NONE
            };
        }
        let between = self.between(flow, reader, of);
        let mut possible = States::NONE;
        for state in known(of).iter() {
            let mut assumed = BTreeMap::from([(of, state)]);
            for id in &between {
                let states = step(flow.task(*id), self.own[id.index()], |upstream| {
                    assumed
                        .get(&upstream)
                        .copied()
                        .unwrap_or_else(|| known(upstream))
                });
                assumed.insert(*id, keep(*id, states));
            }
            let mut decisions = mixtures(task, |upstream| {
                assumed
                    .get(&upstream)
                    .copied()
                    .unwrap_or_else(|| known(upstream))
            })
            .decisions(task.trigger_rule.value);
            if decisions.any(|decision| decision == Decision::Run) {
                possible |= state;
            }
        }
        possible
    }

    /// Whether the task can never start, by its own fault or another's.
    pub fn never_runs(&self, task: TaskId) -> bool {
        let ran = States::SUCCEEDED | States::FAILED;
        !self.calm[task.index()].has(ran)
    }

    /// Whether some end of its upstream tasks lets a task run. Upstream tasks for which `any` holds
    /// may end in every state.
    pub fn rule_may_run(&self, flow: &Flow, task: TaskId, any: &dyn Fn(TaskId) -> bool) -> bool {
        let task = flow.task(task);
        mixtures(task, |upstream| {
            if any(upstream) {
                States::ALL
            } else {
                self.calm[upstream.index()]
            }
        })
        .decisions(task.trigger_rule.value)
        .any(|decision| decision == Decision::Run)
    }

    /// The tasks that wait for `of` and that `reader` waits for, in topological order.
    fn between(&self, flow: &Flow, reader: TaskId, of: TaskId) -> Vec<TaskId> {
        let task = flow.task(reader);
        if task.upstream.len() < 2 {
            return Vec::new();
        }
        let before = self.all_upstream(flow, reader);
        if before.iter().all(|task| !flow.task(*task).waits_for(of)) {
            return Vec::new();
        }
        let behind = self.all_downstream(of);
        let level = self.levels.of(flow, reader).iter().copied();
        level
            .filter(|task| before.binary_search(task).is_ok() && behind.binary_search(task).is_ok())
            .collect()
    }

    /// The states of the children of a group, or of the roots (`None`), when the group or run has
    /// succeeded: no task in it failed that was not allowed to.
    pub fn states_in_success(
        &self,
        flow: &Flow,
        group: Option<TaskId>,
    ) -> BTreeMap<TaskId, States> {
        let level = match group {
            Some(group) => self.levels.children(group),
            None => self.levels.roots(),
        };
        let mut states = BTreeMap::new();
        for id in level {
            let task = flow.task(*id);
            let mut own = self.own[id.index()];
            if !may_be_allowed_to_fail(task) {
                own = own.without(States::FAILED);
            }
            let ended = step(task, own, |upstream| {
                states.get(&upstream).copied().unwrap_or(States::ALL)
            });
            states.insert(*id, ended);
        }
        states
    }
}

fn may_be_allowed_to_fail(task: &Task) -> bool {
    task.allow_failure
        .as_ref()
        .is_some_and(|expr| expr.as_literal() != Some(&Value::Boolean(false)))
}
