//! What a run did, in the words of the language. Every adapter turns its engine's answer into this.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// One run.
#[derive(Debug)]
pub struct Trace {
    /// The name of the job it answers.
    pub name: String,
    /// How it ended.
    pub end: End,
    /// Task path to what became of it. Groups that ran have no entry, only their tasks have; neither
    /// have the tasks that a target makes up.
    pub tasks: BTreeMap<String, Node>,
    /// What the processes and the engine said.
    pub log: String,
    /// Where a person can read on.
    pub place: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With every task well or allowed to fail.
    Succeeded,
    /// With a failure.
    Failed,
    /// Before any task, because of its parameters.
    Refused,
    /// In a way that no flow should bring about: the engine broke, or it never ended.
    Broke(String),
}

/// A task, or the instances of a fan-out.
#[derive(Clone, Debug)]
pub enum Node {
    /// A task outside of fan-outs, one instance, or a fan-out that never started.
    One(Outcome),
    /// By position in the list; again lists for a fan-out in a fan-out. What a condition filtered out
    /// may be absent.
    Many(BTreeMap<usize, Node>),
}

/// What became of a task or instance.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Its final state.
    pub state: State,
    /// How many attempts were started.
    pub attempts: usize,
    /// When attempts began and ended, oldest first; empty when the engine does not tell.
    pub spans: Vec<Span>,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, Value>,
}

/// The final state of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It ran and did well.
    Succeeded,
    /// It ran and did not.
    Failed,
    /// It was not to run.
    Skipped,
    /// It could not run.
    UpstreamFailed,
    /// The engine never came to an answer.
    #[default]
    Undecided,
}

/// One attempt in time, in seconds from any fixed moment.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Its start.
    pub began: f64,
    /// Its end.
    pub ended: f64,
}

impl Trace {
    /// A run without tasks.
    pub fn new(name: &str, end: End) -> Self {
        Self {
            name: name.to_owned(),
            end,
            tasks: BTreeMap::new(),
            log: String::new(),
            place: String::new(),
        }
    }

    /// Note what became of a task: of the instance at these positions, outermost fan-out first.
    pub fn put(&mut self, path: &str, positions: &[usize], outcome: Outcome) {
        match self.tasks.get_mut(path) {
            Some(node) => node.put(positions, outcome),
            None => {
                self.tasks
                    .insert(path.to_owned(), Node::new(positions, outcome));
            }
        }
    }
}

impl Node {
    fn new(positions: &[usize], outcome: Outcome) -> Self {
        match positions.split_first() {
            None => Self::One(outcome),
            Some((first, rest)) => Self::Many(BTreeMap::from([(*first, Self::new(rest, outcome))])),
        }
    }

    fn put(&mut self, positions: &[usize], outcome: Outcome) {
        match (&mut *self, positions.split_first()) {
            (Self::Many(instances), Some((first, rest))) => match instances.get_mut(first) {
                Some(node) => node.put(rest, outcome),
                None => {
                    instances.insert(*first, Self::new(rest, outcome));
                }
            },
            // A fan-out has instances or one state; what is told later is known better.
            (Self::One(_), _) => *self = Self::new(positions, outcome),
            (Self::Many(_), None) => {}
        }
    }

    /// Every outcome in it, in order of position.
    pub fn outcomes(&self) -> Vec<&Outcome> {
        match self {
            Self::One(outcome) => vec![outcome],
            Self::Many(instances) => instances.values().flat_map(Self::outcomes).collect(),
        }
    }

    /// The instance at these positions, or the part of a fan-out that they lead to.
    pub fn at(&self, positions: &[usize]) -> Option<&Self> {
        match (self, positions.split_first()) {
            (_, None) => Some(self),
            (Self::Many(instances), Some((first, rest))) => instances.get(first)?.at(rest),
            (Self::One(_), Some(_)) => None,
        }
    }

    /// An output; of a fan-out the list of what its instances wrote.
    pub fn output(&self, name: &str) -> Option<Value> {
        match self {
            Self::One(outcome) => outcome.outputs.get(name).cloned(),
            Self::Many(instances) => Some(
                instances
                    .values()
                    .filter_map(|node| node.output(name))
                    .collect(),
            ),
        }
    }
}

impl Outcome {
    /// Of a state without attempts.
    pub fn of(state: State) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }
}

/// `succeeded`, or `failed@3` where it took several attempts.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ran = matches!(self.state, State::Succeeded | State::Failed);
        match self.attempts {
            attempts if ran && attempts > 1 => write!(formatter, "{}@{attempts}", self.state),
            _ => write!(formatter, "{}", self.state),
        }
    }
}

/// As the expectations are written: `[succeeded, [failed@2, skipped]]`.
impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(outcome) => write!(formatter, "{outcome}"),
            Self::Many(instances) => {
                let length = instances.keys().next_back().map_or(0, |last| last + 1);
                let said: Vec<String> = (0..length)
                    .map(|position| {
                        let skipped = || State::Skipped.to_string();
                        instances
                            .get(&position)
                            .map_or_else(skipped, Self::to_string)
                    })
                    .collect();
                write!(formatter, "[{}]", said.join(", "))
            }
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::UpstreamFailed => "upstream_failed",
            Self::Undecided => "undecided",
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => formatter.write_str("succeeded"),
            Self::Failed => formatter.write_str("failed"),
            Self::Refused => formatter.write_str("refused"),
            Self::Broke(how) => write!(formatter, "broken: {how}"),
        }
    }
}
