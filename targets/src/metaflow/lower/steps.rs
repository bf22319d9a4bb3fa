//! The steps: each process is one, and others stand only where Metaflow has no other way. A step that
//! joins does not split, the last does not join, and what costs nothing goes into a step that is there.

use flowc_core::flow::TaskId;

use super::nest::{Mark, Node};

/// What a step does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metaflow) enum Action {
    /// The start of the run.
    Begin,
    /// Brings together what the branches know.
    Merge,
    /// Of a fan-out, brings together what the instances know.
    Gather(TaskId),
    /// Decides on a fan-out and makes its list.
    Items(TaskId),
    /// The start or end of a group.
    Mark(Mark),
    /// A process or a wait.
    Run(TaskId),
    /// The end of the run.
    Finish,
}

/// What a step is named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metaflow) enum Role {
    Start,
    End,
    Task(TaskId),
    Split,
    Join,
    /// Makes the list of a fan-out, and nothing else.
    Items(TaskId),
    /// Joins the instances of a fan-out, and runs no task.
    JoinOf(TaskId),
}

/// A step, and those that follow it.
#[derive(Clone, Debug)]
pub(in crate::metaflow) struct Draft {
    pub role: Role,
    pub joins: bool,
    pub actions: Vec<Action>,
    pub next: Vec<usize>,
    /// The fan-out whose elements the next step is for.
    pub for_each: Option<TaskId>,
}

/// All steps, `start` first and `end` last.
pub(super) fn steps(nodes: &[Node]) -> Vec<Draft> {
    let mut steps = Steps { all: Vec::new() };
    let start = steps.new_step(Role::Start, vec![Action::Begin]);
    let last = steps.series(nodes, Pending::After(start));
    let last = match steps.ended(last) {
        Pending::After(step) => step,
        _ => start,
    };
    let end = steps.new_step(Role::End, vec![Action::Finish]);
    steps.all[last].next.push(end);
    steps.all
}

/// How often a walk from the start to the end that follows every branch visits a step, summed over
/// all steps. Metaflow's own checks walk so, at the start of every step.
pub(super) fn visits(steps: &[Draft]) -> f64 {
    let mut visits = vec![0.0; steps.len()];
    visits[0] = 1.0;
    // A step is made before those behind it, but for joins of branches that are made later.
    for step in in_order(steps) {
        for next in &steps[step].next {
            visits[*next] += visits[step];
        }
    }
    visits.iter().sum()
}

/// The number of steps on the longest way from the start to the end.
pub(super) fn longest(steps: &[Draft]) -> usize {
    let mut longest = vec![1; steps.len()];
    for step in in_order(steps) {
        for next in &steps[step].next {
            longest[*next] = longest[*next].max(longest[step] + 1);
        }
    }
    longest.into_iter().max().unwrap_or(0)
}

fn in_order(steps: &[Draft]) -> Vec<usize> {
    let mut open = vec![0usize; steps.len()];
    for step in steps {
        for next in &step.next {
            open[*next] += 1;
        }
    }
    let mut order = vec![0];
    let mut at = 0;
    while at < order.len() {
        for next in &steps[order[at]].next {
            open[*next] -= 1;
            if open[*next] == 0 {
                order.push(*next);
            }
        }
        at += 1;
    }
    order
}

/// What comes before the next step.
enum Pending {
    /// A step that has nothing behind it yet.
    After(usize),
    /// A step that splits, and what the branch or instance does first.
    Branch(usize, Vec<Action>),
    /// The ends of branches, and what is to be done where they join.
    Ends(Vec<usize>, Vec<Action>),
}

struct Steps {
    all: Vec<Draft>,
}

impl Steps {
    fn new_step(&mut self, role: Role, actions: Vec<Action>) -> usize {
        self.all.push(Draft {
            role,
            joins: false,
            actions,
            next: Vec::new(),
            for_each: None,
        });
        self.all.len() - 1
    }

    /// A step behind what is pending.
    fn step(&mut self, pending: Pending, role: Role) -> usize {
        match pending {
            Pending::After(before) => {
                let step = self.new_step(role, Vec::new());
                self.all[before].next.push(step);
                step
            }
            Pending::Branch(before, actions) => {
                let step = self.new_step(role, actions);
                self.all[before].next.push(step);
                step
            }
            Pending::Ends(ends, actions) => {
                let step = self.new_step(role, actions);
                self.all[step].joins = true;
                for end in ends {
                    self.all[end].next.push(step);
                }
                step
            }
        }
    }

    fn series(&mut self, nodes: &[Node], mut pending: Pending) -> Pending {
        for node in nodes {
            pending = match node {
                Node::Task(id) => {
                    let step = self.step(pending, Role::Task(*id));
                    self.all[step].actions.push(Action::Run(*id));
                    Pending::After(step)
                }
                Node::Mark(mark) => self.mark(pending, Action::Mark(*mark)),
                Node::Parallel(branches) => {
                    let split = self.may_split(pending, Role::Split);
                    let mut ends = Vec::new();
                    for branch in branches {
                        let end = self.series(branch, Pending::Branch(split, Vec::new()));
                        if let Pending::After(end) = self.ended(end) {
                            ends.push(end);
                        }
                    }
                    Pending::Ends(ends, vec![Action::Merge])
                }
                Node::ForEach(id, body) => {
                    let split = self.may_split(pending, Role::Items(*id));
                    self.all[split].actions.push(Action::Items(*id));
                    self.all[split].for_each = Some(*id);
                    let end = self.series(body, Pending::Branch(split, Vec::new()));
                    match self.ended(end) {
                        Pending::After(end) => Pending::Ends(vec![end], vec![Action::Gather(*id)]),
                        other => other,
                    }
                }
            };
        }
        pending
    }

    /// Into the step before where there is one, else into the next.
    fn mark(&mut self, pending: Pending, action: Action) -> Pending {
        match pending {
            Pending::After(step) => {
                self.all[step].actions.push(action);
                pending
            }
            Pending::Branch(step, mut actions) => {
                actions.push(action);
                Pending::Branch(step, actions)
            }
            Pending::Ends(ends, mut actions) => {
                actions.push(action);
                Pending::Ends(ends, actions)
            }
        }
    }

    /// A step that can split: the one before, unless that joins or splits already.
    fn may_split(&mut self, pending: Pending, role: Role) -> usize {
        match self.joined(pending) {
            Pending::After(step) if !self.all[step].joins => step,
            pending => self.step(pending, role),
        }
    }

    /// The end of a branch as one step that has nothing behind it.
    fn ended(&mut self, pending: Pending) -> Pending {
        match self.joined(pending) {
            Pending::After(step) => Pending::After(step),
            // Every branch has a task.
            pending => Pending::After(self.step(pending, Role::Split)),
        }
    }

    /// Branches that have ended, with a step that joins them.
    fn joined(&mut self, pending: Pending) -> Pending {
        match pending {
            Pending::Ends(ends, actions) => {
                let role = match actions.first() {
                    Some(Action::Gather(id)) => Role::JoinOf(*id),
                    _ => Role::Join,
                };
                Pending::After(self.step(Pending::Ends(ends, actions), role))
            }
            pending => pending,
        }
    }
}
