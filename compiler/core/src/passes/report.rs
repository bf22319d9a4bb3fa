//! What passes tell of their work.

use indexmap::IndexMap;

use crate::source::Span;

/// What was done to a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    detailed: bool,
    pass: &'static str,
    /// How often each pass that ran changed something, in the order they ran.
    pub counts: IndexMap<&'static str, usize>,
    /// Each change; none unless a detailed report was asked for.
    pub changes: Vec<Change>,
    /// What became of the tasks that are no longer there under their path, by that path.
    pub fates: IndexMap<String, Fate>,
}

/// A change to a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The pass that made it.
    pub pass: &'static str,
    /// The path of the task.
    pub task: String,
    /// The place that it is about.
    pub span: Span,
    /// What was done, with the task as its subject.
    pub did: String,
    /// Why that changes nothing else.
    pub why: String,
}

/// What became of a task that is no longer there under its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It would never have run.
    NeverRuns,
    /// It has no effect.
    Unused,
    /// The task of this path ends as it would have.
    Merged(String),
    /// The process of this task runs it, after those that have a lower position there.
    Fused {
        /// The path of the task.
        into: String,
        /// Which of the tasks in it, from 0.
        position: usize,
    },
}

impl Report {
    pub(super) fn new(detailed: bool) -> Self {
        Self {
            detailed,
            ..Self::default()
        }
    }

    pub(super) fn begin(&mut self, pass: &'static str) {
        self.pass = pass;
        self.counts.entry(pass).or_default();
    }

    /// Counts a change; what it was is only put into words when somebody wants to read it.
    pub(super) fn change(&mut self, words: impl FnOnce() -> (String, Span, String, String)) {
        *self.counts.entry(self.pass).or_default() += 1;
        if self.detailed {
            let (task, span, did, why) = words();
            self.changes.push(Change {
                pass: self.pass,
                task,
                span,
                did,
                why,
            });
        }
    }

    /// How many changes there were.
    pub fn total(&self) -> usize {
        self.counts.values().sum()
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// The changes that a pass made.
    pub fn of<'r>(&'r self, pass: &'r str) -> impl Iterator<Item = &'r Change> {
        self.changes
            .iter()
            .filter(move |change| change.pass == pass)
    }
}
