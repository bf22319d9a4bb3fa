//! Random flows, and what they must do by the rules of the language page.
//!
//! The rules are written here once more, from the page and without the compiler: what this says and what
//! a runner does were thought of twice.

mod model;
mod strategy;
mod text;

pub use model::{Expected, Shape};
pub use strategy::{Drawn, Reach, draw, flows};

/// A flow without outputs: tasks, rules, conditions, fan-outs, groups and failures.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The tasks of `finally`: processes, and groups of some.
    pub finally: Vec<Task>,
}

/// A task of a flow or group. Its name is its place among its siblings: `t0`, `t1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The siblings it waits for, all before it.
    pub upstream: Vec<usize>,
    /// Its trigger rule.
    pub rule: Rule,
    /// Its condition.
    pub when: Option<bool>,
    /// `allow_failure: true`.
    pub allowed: bool,
    /// What it does.
    pub body: Body,
}

/// What a task does.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A process.
    Process {
        /// What it needs to do well.
        need: Need,
        /// Attempts after the first.
        retries: u32,
    },
    /// A process for each element.
    FanOut {
        /// The elements.
        items: Vec<Item>,
        /// Attempts after the first, of each.
        retries: u32,
    },
    /// A group.
    Group(Vec<Task>),
    /// A group for each element.
    Each {
        /// The elements.
        items: Vec<Item>,
        /// The tasks of each instance.
        tasks: Vec<Task>,
    },
}

/// Which attempt of a process does well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    /// This one, from 1, and all after it.
    Attempt(u32),
    /// None.
    Never,
    /// What the element of the group around it says.
    AsItem,
}

/// An element of a fan-out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item {
    /// The condition filters it out.
    LeftOut,
    /// This attempt does well.
    Attempt(u32),
    /// No attempt does, which is allowed to this element.
    MayFail,
    /// No attempt does.
    Fails,
}

/// A trigger rule.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "their names are those of the page")]
pub enum Rule {
    AllSuccess,
    NoneFailed,
    NoneFailedMinOneSuccess,
    OneSuccess,
    AllDone,
    AllFailed,
    OneFailed,
    AllSkipped,
    NoneSkipped,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AllSuccess,
        Self::NoneFailed,
        Self::NoneFailedMinOneSuccess,
        Self::OneSuccess,
        Self::AllDone,
        Self::AllFailed,
        Self::OneFailed,
        Self::AllSkipped,
        Self::NoneSkipped,
    ];

    /// Its name in a flow.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllSuccess => "all_success",
            Self::NoneFailed => "none_failed",
            Self::NoneFailedMinOneSuccess => "none_failed_min_one_success",
            Self::OneSuccess => "one_success",
            Self::AllDone => "all_done",
            Self::AllFailed => "all_failed",
            Self::OneFailed => "one_failed",
            Self::AllSkipped => "all_skipped",
            Self::NoneSkipped => "none_skipped",
        }
    }
}

impl Item {
    /// The element itself.
    pub fn number(self) -> u32 {
        match self {
            Self::LeftOut => 0,
            Self::Attempt(attempt) => attempt,
            Self::MayFail => 8,
            Self::Fails => NEVER,
        }
    }
}

/// The number of an attempt that there never is.
pub const NEVER: u32 = 9;

impl Flow {
    /// How many tasks it has, groups not counted.
    pub fn len(&self) -> usize {
        fn count(tasks: &[Task]) -> usize {
            tasks
                .iter()
                .map(|task| match &task.body {
                    Body::Process { .. } | Body::FanOut { .. } => 1,
                    Body::Group(tasks) | Body::Each { tasks, .. } => count(tasks),
                })
                .sum()
        }
        count(&self.tasks) + count(&self.finally)
    }

    /// Whether it has no task.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Flow {
    /// The flow with tasks that wait for the same ones: on every level those behind the first four wait for
    /// three of these, by `rule`.
    pub fn bunched(&self, rule: Rule) -> Self {
        Self {
            tasks: bunched(&self.tasks, rule),
            finally: self.finally.clone(),
        }
    }
}

fn bunched(tasks: &[Task], rule: Rule) -> Vec<Task> {
    let tasks = tasks.iter().enumerate();
    let task = |(place, task): (usize, &Task)| {
        let mut task = task.clone();
        if place > 3 {
            task.upstream = vec![0, 1, 3];
            task.rule = rule;
        }
        if let Body::Group(inner) | Body::Each { tasks: inner, .. } = &mut task.body {
            *inner = bunched(inner, rule);
        }
        task
    };
    tasks.map(task).collect()
}

/// The letter of the tasks in a group whose own name, or path, this is: the one after the group's.
/// So no group has the name of one around it, which Airflow 2 could not tell apart.
fn letter_in(group: &str) -> String {
    let name = group.rsplit('.').next().unwrap_or(group);
    let letter = name.chars().next().unwrap_or('t');
    char::from_u32(u32::from(letter) + 1)
        .unwrap_or(letter)
        .to_string()
}
