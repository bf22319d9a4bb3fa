//! What the machine remembers: scopes, nodes and instances, each in one list.
//!
//! A scope is a level of the flow while it runs: the top level, `finally`, or one instance of a group.
//! A node is a task in a scope. An instance is what a node runs once, or once per element.

use indexmap::IndexMap;

use super::places::LimitId;
use super::{Moment, State};
use crate::expr::Value;
use crate::flow::TaskId;

/// Which scope.
pub(super) type ScopeId = u32;
/// Which node.
pub(super) type NodeId = u32;
/// Which instance.
pub(super) type InstanceId = u32;

/// A level of the flow while it runs.
#[derive(Debug)]
pub(super) struct Scope {
    /// The instance of the group; none at the top level and in `finally`.
    pub(super) owner: Option<InstanceId>,
    /// The group.
    pub(super) group: Option<TaskId>,
    /// Whether it is `finally`.
    pub(super) finally: bool,
    /// Its nodes, in the order of the siblings, stand from here on.
    pub(super) first: NodeId,
    /// Nodes that are not final.
    pub(super) open: u32,
    /// Whether a task in it failed that was not allowed to.
    pub(super) failed: bool,
    /// Whether nothing new may start in it.
    pub(super) closed: bool,
    /// Whether something in it was kept from starting by what happened outside of it.
    pub(super) interrupted: bool,
    /// How many processes in it may run at once.
    pub(super) limit: Option<(LimitId, u32)>,
}

/// A task in a scope.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) task: TaskId,
    pub(super) scope: ScopeId,
    /// Tasks it waits for that are not final.
    pub(super) waiting: u32,
    /// Those of them that it reads something of.
    pub(super) reading: u32,
    pub(super) seen: Seen,
    /// Whether the trigger rule has spoken.
    pub(super) decided: bool,
    pub(super) state: Option<State>,
    /// Whether its failure is allowed.
    pub(super) allowed: bool,
    /// In the order of their positions.
    pub(super) instances: Vec<InstanceId>,
    /// Instances that are not final.
    pub(super) open: u32,
    /// How many elements its list has.
    pub(super) elements: u32,
    /// Whether an instance failed that was not allowed to.
    pub(super) failed: bool,
    /// Whether an instance succeeded, or failed and was allowed to.
    pub(super) ran: bool,
    /// Whether something in it was kept from starting by what happened outside of it.
    pub(super) interrupted: bool,
    /// Whether no further instance may start.
    pub(super) closed: bool,
    /// How many instances may run at once.
    pub(super) limit: Option<(LimitId, u32)>,
    /// Why it was skipped, while folders are being gathered.
    pub(super) cause: Option<String>,
    /// Folders that are being gathered.
    pub(super) gathering: u32,
}

/// Which states the upstream tasks have ended in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) succeeded: bool,
    pub(super) bad: bool,
    pub(super) skipped: bool,
}

impl Seen {
    pub(super) fn add(&mut self, state: State) {
        match state {
            State::Succeeded => self.succeeded = true,
            State::Failed | State::UpstreamFailed => self.bad = true,
            State::Skipped => self.skipped = true,
        }
    }
}

/// What a node runs once, or once per element.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) node: NodeId,
    /// The position of its element, in a fan-out.
    pub(super) position: Option<u32>,
    /// Its element.
    pub(super) item: Value,
    pub(super) stage: Stage,
    pub(super) state: Option<State>,
    /// Attempts that were started.
    pub(super) attempts: u32,
    /// Attempts before the first that counts.
    pub(super) taken: u32,
    pub(super) outputs: IndexMap<String, Value>,
    /// Where artifacts lie that are not in the folder of the last attempt.
    pub(super) artifacts: IndexMap<String, String>,
    /// Parameters of a sub-flow.
    pub(super) bindings: IndexMap<String, Value>,
    /// What is in it, when it is a group that has started.
    pub(super) scope: Option<ScopeId>,
    /// Places that it has.
    pub(super) held: Vec<Held>,
    /// Whether it has asked for a place among other runs.
    pub(super) entered: bool,
    /// Whether its services run.
    pub(super) serviced: bool,
    /// Whether it comes from the history.
    pub(super) restored: bool,
}

/// A place that an instance has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) limit: LimitId,
    /// Whether it is kept while a retry waits.
    pub(super) kept: bool,
}

/// How far an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for a place.
    Queued,
    /// Its services start.
    Preparing,
    /// A process runs, a group goes on.
    Running,
    /// A process was told to end.
    Cut,
    /// Time passes until then.
    Waiting(Moment),
    /// A person is asked until then.
    Asking(Option<Moment>),
    /// The next attempt starts then.
    Resting(Moment),
    /// It is final.
    Ended,
}
