//! What can be known about the graph before it runs.
//!
//! Every fact errs on one side only: where it is not certain, a task *may* end in a state. The tests
//! compare with all runs of small random flows, enumerated by the table of the trigger rules.

mod order;
mod reach;
mod states;
#[cfg(test)]
mod tests;
mod unused;

use crate::flow::{Flow, TaskId};
use order::Levels;
pub use order::cycles;
pub use states::States;

/// Facts about every task of a flow, computed once, in time linear in the size of the flow.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Every task, upstream before downstream and groups before their children; ties by document
    /// order. What is in a group stands directly behind it; `finally` comes last. Tasks on a
    /// dependency cycle are there too, behind the others of their level.
    pub order: Vec<TaskId>,
    levels: Levels,
    own: Vec<States>,
    calm: Vec<States>,
    states: Vec<States>,
    can_skip: Vec<bool>,
    can_fail: Vec<bool>,
    can_fail_run: Vec<bool>,
    /// The tasks that wait for each task, one task's behind the other's.
    downstream: Vec<TaskId>,
    /// For each task, where its own begin there; one more stands at the end.
    downstream_begins: Vec<u32>,
}

impl Analysis {
    /// Of a flow without dependency cycles.
    pub fn new(flow: &Flow) -> Self {
        let levels = Levels::new(flow);
        let order = levels.flattened(flow);
        let computed = states::compute(flow, &levels);
        let mut analysis = Self {
            order,
            levels,
            own: computed.own,
            calm: computed.calm,
            states: computed.states,
            can_skip: Vec::with_capacity(flow.tasks.len()),
            can_fail: Vec::with_capacity(flow.tasks.len()),
            can_fail_run: Vec::with_capacity(flow.tasks.len()),
            downstream: Vec::new(),
            downstream_begins: Vec::new(),
        };
        analysis.turn_around(flow);
        for (id, task) in flow.iter() {
            // Parents stand before their children, so what holds for them is known already.
            let above = |facts: &[bool]| task.parent.is_some_and(|parent| facts[parent.index()]);
            let states = analysis.states[id.index()];
            let can_skip = states.has(States::SKIPPED) || above(&analysis.can_skip);
            let can_fail = states.has(States::BAD) || above(&analysis.can_fail);
            let allowed_above = task
                .parent
                .is_some_and(|parent| !analysis.can_fail_run[parent.index()]);
            let can_fail_run =
                states.has(States::FAILED) && !task.always_allowed_to_fail() && !allowed_above;
            analysis.can_skip.push(can_skip);
            analysis.can_fail.push(can_fail);
            analysis.can_fail_run.push(can_fail_run);
        }
        analysis
    }

    /// Finds who waits for each task: all in one list, for most are waited for by one or two.
    fn turn_around(&mut self, flow: &Flow) {
        let mut begins = vec![0_u32; flow.tasks.len() + 1];
        let edges = flow.tasks.iter().flat_map(|task| &task.upstream);
        for upstream in edges {
            begins[upstream.task.index() + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let all = begins.last().map_or(0, |end| *end as usize);
        let mut next = begins.clone();
        self.downstream = vec![TaskId(0); all];
        for (id, task) in flow.iter() {
            for upstream in &task.upstream {
                let next = &mut next[upstream.task.index()];
                self.downstream[*next as usize] = id;
                *next += 1;
            }
        }
        self.downstream_begins = begins;
    }

    /// The states the task may end in, given that the groups around it run. Of a fan-out or group:
    /// its one state as a whole.
    pub fn states(&self, task: TaskId) -> States {
        self.states[task.index()]
    }

    /// Whether the task may end skipped: by its condition, its fan-out, its rule or its concurrency
    /// group, or because a group around it may.
    pub fn can_skip(&self, task: TaskId) -> bool {
        self.can_skip[task.index()]
    }

    /// Whether the task may end failed or upstream_failed, or a group around it may. Every process
    /// can fail.
    pub fn can_fail(&self, task: TaskId) -> bool {
        self.can_fail[task.index()]
    }

    /// Whether the task itself may end failed and the run is then failed: neither it nor a group
    /// around it is always allowed to fail. (A failed group fails the run by a task in it.)
    pub fn can_fail_run(&self, task: TaskId) -> bool {
        self.can_fail_run[task.index()]
    }

    /// The siblings that wait for the task, in document order.
    pub fn downstream(&self, task: TaskId) -> &[TaskId] {
        let begins = &self.downstream_begins[task.index()..];
        &self.downstream[begins[0] as usize..begins[1] as usize]
    }

    /// Those tasks of a level (the children of a group, [`Flow::roots`], [`Flow::finally`]) that no
    /// sibling waits for, in the order of `level`.
    pub fn leaves(&self, level: &[TaskId]) -> Vec<TaskId> {
        level
            .iter()
            .copied()
            .filter(|task| self.downstream(*task).is_empty())
            .collect()
    }

    /// A level in topological order, ties by document order.
    pub fn sorted(&self, flow: &Flow, level: &[TaskId]) -> Vec<TaskId> {
        match level.first() {
            Some(first) => self.levels.of(flow, *first).to_vec(),
            None => Vec::new(),
        }
    }

    /// Every sibling that the task waits for, directly or through others, in document order.
    pub fn all_upstream(&self, flow: &Flow, task: TaskId) -> Vec<TaskId> {
        reach::closure(task, |id| {
            flow.task(id).upstream.iter().map(|upstream| upstream.task)
        })
    }

    /// Every sibling that waits for the task, directly or through others, in document order.
    pub fn all_downstream(&self, task: TaskId) -> Vec<TaskId> {
        reach::closure(task, |id| self.downstream(id).iter().copied())
    }
}
