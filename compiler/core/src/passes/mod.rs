//! What is done to a checked flow before a target sees it: each pass makes it smaller or simpler and
//! keeps what a run of it means.
//!
//! [`PASSES`] is the one list, in the order they run. A pass is one file and one function; it reports
//! what it did and why, and what became of the tasks that are gone. A pass that finds nothing to do
//! costs a look at the flow and no copy of it.

mod data;
mod dead;
mod fold;
mod fuse;
mod join;
mod merge;
mod never;
mod reach;
mod reduce;
mod report;
mod rewrite;

use std::borrow::Cow;

use crate::flow::Flow;
use crate::suggest::did_you_mean;
pub use report::{Change, Fate, Report};

/// A pass.
#[derive(Debug)]
pub struct Pass {
    /// Its name on the command line.
    pub name: &'static str,
    /// The lowest level that has it.
    pub level: Level,
    /// What it does, in one line.
    pub summary: &'static str,
    turn: Turn,
    run: fn(&mut Cow<'_, Flow>, &Options, &mut Report),
}

/// When a pass runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// As long as it, or another of these, finds something.
    Repeated,
    /// Once after those, for what it does gives them nothing more to do.
    Last,
    /// After all others, for a target on which a task that does nothing costs nothing.
    ForTarget,
}

/// Every pass, in the order they run.
pub const PASSES: &[Pass] = &[
    Pass {
        name: "fold",
        level: Level::O1,
        summary: "computes what is known before a run",
        turn: Turn::Repeated,
        run: |flow, _, report| fold::run(flow, report),
    },
    Pass {
        name: "never",
        level: Level::O1,
        summary: "removes tasks whose condition can never hold",
        turn: Turn::Repeated,
        run: |flow, _, report| never::run(flow, report),
    },
    Pass {
        name: "dead",
        level: Level::O1,
        summary: "removes pure tasks whose outputs nobody reads",
        turn: Turn::Repeated,
        run: |flow, _, report| dead::run(flow, report),
    },
    Pass {
        name: "merge",
        level: Level::O1,
        summary: "runs equal pure tasks once",
        turn: Turn::Repeated,
        run: |flow, _, report| merge::run(flow, report),
    },
    Pass {
        name: "reduce",
        level: Level::O1,
        summary: "drops dependencies that follow from others",
        turn: Turn::Repeated,
        run: |flow, _, report| reduce::run(flow, report),
    },
    Pass {
        name: "fuse",
        level: Level::O2,
        summary: "runs chains of small tasks in one process",
        turn: Turn::Last,
        run: |flow, _, report| fuse::run(flow, report),
    },
    Pass {
        name: "join",
        level: Level::O1,
        summary: "puts one task between many and many, where that is free",
        turn: Turn::ForTarget,
        run: |flow, options, report| join::run(flow, options.join_saves, report),
    },
];

/// How often the passes that can make work for one another are gone through.
const ROUNDS: usize = 8;

/// How much is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing: every task and dependency as written.
    O0,
    /// What makes the emitted files no harder to read.
    #[default]
    O1,
    /// What makes them smaller and quicker, too.
    O2,
}

impl Level {
    /// As the command line has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::O0 => "-O0",
            Self::O1 => "-O1",
            Self::O2 => "-O2",
        }
    }
}

/// Which passes run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    level: Level,
    /// By their place in [`PASSES`].
    on: Vec<bool>,
    /// Whether the report says what was done to each task, and why.
    pub detailed: bool,
    /// How many dependencies a task that `join` puts in between must save.
    pub join_saves: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Level::default())
    }
}

/// Why options were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPass {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Options {
    /// The passes of a level.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            on: PASSES.iter().map(|pass| pass.level <= level).collect(),
            detailed: false,
            join_saves: join::WORTH,
        }
    }

    /// The level they began with.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Turns a pass on or off.
    ///
    /// # Errors
    /// There is no pass of this name.
    pub fn switch(&mut self, name: &str, on: bool) -> Result<(), UnknownPass> {
        let names = || PASSES.iter().map(|pass| pass.name);
        match names().position(|known| known == name) {
            Some(place) => {
                self.on[place] = on;
                Ok(())
            }
            None => Err(UnknownPass {
                message: format!("there is no pass `{name}`"),
                help: did_you_mean(name, names()).unwrap_or_else(|| {
                    format!("known passes: {}", names().collect::<Vec<_>>().join(", "))
                }),
            }),
        }
    }

    /// The passes that run, in order.
    pub fn passes(&self) -> impl Iterator<Item = &'static Pass> {
        let on = PASSES.iter().zip(&self.on).filter(|(_, on)| **on);
        on.map(|(pass, _)| pass)
    }
}

/// A flow after the passes.
#[derive(Clone, Debug)]
pub struct Optimised<'f> {
    /// The flow; the one given when nothing was to be done.
    pub flow: Cow<'f, Flow>,
    /// What was done.
    pub report: Report,
}

/// Runs the passes over a flow that was checked without errors.
pub fn optimise<'f>(flow: &'f Flow, options: &Options) -> Optimised<'f> {
    let mut flow = Cow::Borrowed(flow);
    let mut report = Report::new(options.detailed);
    // A pass that ran looks again only at what others have changed since.
    let mut seen = vec![None; PASSES.len()];
    for _ in 0..ROUNDS {
        let mut idle = true;
        for (pass, seen) in options
            .passes()
            .filter(|pass| pass.turn == Turn::Repeated)
            .zip(&mut seen)
        {
            if *seen == Some(report.total()) {
                continue;
            }
            idle = false;
            report.begin(pass.name);
            (pass.run)(&mut flow, options, &mut report);
            *seen = Some(report.total());
        }
        if idle {
            break;
        }
    }
    for pass in options.passes().filter(|pass| pass.turn == Turn::Last) {
        report.begin(pass.name);
        (pass.run)(&mut flow, options, &mut report);
    }
    Optimised { flow, report }
}

/// The flow after the passes as a target is given it that has tasks which do nothing and cost nothing.
pub fn with_joins<'f>(optimised: &'f Optimised<'_>, options: &Options) -> Optimised<'f> {
    let mut flow = Cow::Borrowed(&*optimised.flow);
    let mut report = optimised.report.clone();
    for pass in options.passes().filter(|pass| pass.turn == Turn::ForTarget) {
        report.begin(pass.name);
        (pass.run)(&mut flow, options, &mut report);
    }
    Optimised { flow, report }
}
