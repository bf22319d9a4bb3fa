//! What the machine asks for, what it tells, and what it is told.

use std::fmt;

use indexmap::IndexMap;

use super::{Key, Moment, State};
use crate::expr::Value;
use crate::values::Duration;

/// Which attempt of which instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    pub(super) instance: u32,
    /// From 1.
    pub number: u32,
}

/// Which services: those of the run, or of one task or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicesId(pub(super) Option<u32>);

impl fmt::Display for ServicesId {
    /// A word that fits into names: `run`, or a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("run"),
            Some(instance) => write!(f, "{instance}"),
        }
    }
}

/// Whose place in a concurrency group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(pub(super) u32);

/// Which gathering of artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatherId {
    pub(super) node: u32,
    pub(super) part: u32,
}

/// What the caller must do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Write this down. What is said of an attempt comes before the attempt starts.
    Tell(Event),
    /// Start a process and report by [`Machine::attempt_ended`](super::Machine::attempt_ended).
    Start(Box<Call>),
    /// Ask a person and report the answer in the same way, as the output `choice`.
    Ask(Question),
    /// End the attempt, process or question; its report still comes, but from a question none.
    Cancel(AttemptId),
    /// Start services and report by [`Machine::services_ready`](super::Machine::services_ready).
    StartServices {
        /// To report by.
        id: ServicesId,
        /// The task or group they are of; the run's have none.
        key: Option<Key>,
        /// Services around them, which theirs can reach too, innermost last.
        around: Vec<ServicesId>,
        /// In written order.
        services: Vec<ServiceCall>,
    },
    /// Stop services.
    StopServices(ServicesId),
    /// Find a place in a concurrency group that other runs share, and report by
    /// [`Machine::entered`](super::Machine::entered), however long it takes.
    Enter {
        /// To report by.
        id: PlaceId,
        /// Who wants it.
        key: Key,
        /// The group.
        group: String,
        /// How many places there are.
        limit: u32,
        /// Whether to report at once that there is none.
        or_skip: bool,
    },
    /// Give the place back, or look for it no longer.
    Leave(PlaceId),
    /// Show an artifact of all instances of a fan-out in one folder, and report by
    /// [`Machine::gathered`](super::Machine::gathered).
    Gather {
        /// To report by.
        id: GatherId,
        /// The folder, which does not exist.
        folder: String,
        /// The name of each entry, and what it shows.
        entries: Vec<(u32, String)>,
    },
}

/// A process to start.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// To report by.
    pub attempt: AttemptId,
    /// Which instance it is.
    pub key: Key,
    /// What to run; at least one word.
    pub argv: Vec<String>,
    /// All variables that the flow gives it, `FLOW_*` last.
    pub env: Vec<(String, String)>,
    /// The image, when the flow names one.
    pub image: Option<String>,
    /// Where it starts.
    pub workdir: Option<String>,
    /// The longest it may take.
    pub timeout: Option<Duration>,
    /// `$FLOW_OUTPUTS`.
    pub outputs: String,
    /// Cores.
    pub cpu: Option<f64>,
    /// Bytes.
    pub memory: Option<f64>,
    /// Accelerators.
    pub gpu: Option<f64>,
    /// Services around it that it can reach, innermost last.
    pub services: Vec<ServicesId>,
    /// Under which key its results are kept, when the task has a `cache`.
    pub cache: Option<CacheKey>,
}

/// Under which key results are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheKey {
    /// The task, what it is as it is written, its image, and the key of the flow: equal texts have equal results.
    pub text: String,
    /// How long results are good; for ever when absent.
    pub ttl: Option<Duration>,
}

/// A question to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// To report by.
    pub attempt: AttemptId,
    /// Which instance it is.
    pub key: Key,
    /// The question.
    pub message: String,
    /// The answers.
    pub choices: Vec<String>,
    /// The answer when nobody answers in time.
    pub default: Option<String>,
    /// Until when it can be answered.
    pub until: Option<Moment>,
}

/// A service to start.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceCall {
    /// The name it is reached by.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// The ports it listens on.
    pub ports: Vec<u16>,
    /// How to see that it is ready.
    pub ready: Option<crate::flow::Ready>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The process exited 0 and its outputs are right, or the question was answered.
    Succeeded {
        /// The outputs.
        outputs: IndexMap<String, Value>,
        /// Where artifacts lie that are not in the attempt's own folder.
        artifacts: IndexMap<String, String>,
    },
    /// It did not.
    Failed {
        /// The exit code, when the process exited.
        exit: Option<i32>,
        /// What kind of failure it is.
        kind: FailureKind,
        /// One line for people.
        cause: String,
    },
}

impl Outcome {
    /// A success that wrote nothing.
    pub fn succeeded() -> Self {
        Self::Succeeded {
            outputs: IndexMap::new(),
            artifacts: IndexMap::new(),
        }
    }

    /// A process that exited with a code other than 0.
    pub fn exit(code: i32) -> Self {
        Self::Failed {
            exit: Some(code),
            kind: FailureKind::Exit,
            cause: format!("exit code {code}"),
        }
    }

    /// Any other failure that may be tried again.
    pub fn failed(cause: impl Into<String>) -> Self {
        Self::Failed {
            exit: None,
            kind: FailureKind::Other,
            cause: cause.into(),
        }
    }
}

/// What kind of failure ended an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The process exited with another code than 0; what `retry_on` looks at.
    Exit,
    /// It took too long, was killed, or wrote something wrong: tried again, unless `retry_on` is there.
    Other,
    /// Never tried again.
    Final,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run has started.
    RunStarted,
    /// An attempt starts.
    AttemptStarted {
        /// Of which instance.
        key: Key,
        /// From 1.
        number: u32,
    },
    /// An attempt has ended.
    AttemptEnded {
        /// Of which instance.
        key: Key,
        /// From 1.
        number: u32,
        /// How.
        outcome: Outcome,
        /// Whether another attempt follows, and when it may start.
        retry: Option<Moment>,
    },
    /// An instance is final, or a fan-out as a whole.
    TaskEnded(Ended),
    /// The run is final.
    RunEnded {
        /// `Succeeded` or `Failed`.
        state: State,
    },
}

/// An instance, or a fan-out as a whole, that is final.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Which.
    pub key: Key,
    /// Its state.
    pub state: State,
    /// Attempts that were started; of a group none.
    pub attempts: u32,
    /// What it offers, when it succeeded; of a fan-out the lists.
    pub outputs: IndexMap<String, Value>,
    /// Of a fan-out as a whole: how many elements its list has, filtered ones included.
    pub instances: Option<u32>,
    /// Whether its failure fails neither its group nor the run.
    pub allowed: bool,
    /// Why it failed or did not run, when there is more to say than the state.
    pub cause: Option<String>,
    /// Whether it comes from the history.
    pub restored: bool,
}
