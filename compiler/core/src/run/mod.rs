//! A run of a flow as a state machine: `docs/language.md` in code.
//!
//! [`Machine`] decides which task runs when and what it ends as. It starts nothing itself, reads no
//! clock and no files: the caller polls it with the time, does the [`Action`]s, and reports what came
//! of them. Given the same calls it gives the same answers. All its work is linear in the tasks,
//! instances and edges of a run.
//!
//! ```
//! # use flowc_core::run::{Action, Facts, Machine, Moment, Outcome};
//! # fn end(flow: &flowc_core::flow::Flow) -> Option<flowc_core::run::State> {
//! let mut machine = Machine::new(flow, &Default::default(), Facts::default()).ok()?;
//! let mut now = Moment(0);
//! while machine.state().is_none() {
//!     let actions = machine.poll(now);
//!     for action in actions {
//!         match action {
//!             Action::Start(call) => machine.attempt_ended(call.attempt, Outcome::succeeded(), now),
//!             Action::Gather { id, .. } => machine.gathered(id, Ok(()), now),
//!             Action::StartServices { id, .. } => machine.services_ready(id, Ok(()), now),
//!             Action::Enter { id, .. } => machine.entered(id, true, now),
//!             Action::Tell(_) | Action::Ask(_) | Action::Cancel(_) => {}
//!             Action::StopServices(_) | Action::Leave(_) => {}
//!         }
//!     }
//!     if let Some(wake) = machine.next_wake() {
//!         now = now.max(wake);
//!     }
//! }
//! machine.state()
//! # }
//! ```

mod begin;
mod call;
mod end;
mod environment;
mod facts;
mod graph;
mod history;
mod machine;
mod node;
mod places;
mod report;
mod retry;
mod selection;
mod start;
#[cfg(test)]
mod tests;
mod timers;

pub use facts::{Facts, Layout, RefusedParameter, check_parameters};
pub use history::{Attempted, History};
pub use machine::Machine;
pub use report::{
    Action, AttemptId, CacheKey, Call, Ended, Event, FailureKind, GatherId, Outcome, PlaceId,
    Question, ServiceCall, ServicesId,
};
pub use selection::Selection;

use std::fmt;

use crate::flow::TaskId;
use crate::values::Duration;

/// A moment: milliseconds since a beginning that the caller chose. Only differences matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

impl Moment {
    /// The moment that much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_milliseconds()))
    }

    /// How much time has passed since an earlier moment; none since a later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_milliseconds(self.0.saturating_sub(earlier.0))
    }
}

/// What a task, or one instance of it, ended as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It did what it should.
    Succeeded,
    /// It ran, or should have, and went wrong.
    Failed,
    /// A rule, a condition, an empty list or a full concurrency group kept it from running.
    Skipped,
    /// A failure before it, `fail_fast` or the run's timeout kept it from running.
    UpstreamFailed,
}

impl State {
    /// The word in the language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::UpstreamFailed => "upstream_failed",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Succeeded,
            Self::Failed,
            Self::Skipped,
            Self::UpstreamFailed,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which instance of which task: the task, and the positions of the elements of the fan-outs around it
/// and of its own, outermost first. A fan-out as a whole lacks the last position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The task.
    pub task: TaskId,
    /// The positions; none outside of every fan-out.
    pub index: Vec<u32>,
}
