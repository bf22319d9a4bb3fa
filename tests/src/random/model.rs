//! The rules of the language page, for random flows.

use std::collections::BTreeMap;
use std::fmt;

use super::{Body, Flow, Item, Need, Rule, Task, letter_in};

/// How a run must end.
#[derive(Debug, PartialEq)]
pub struct Expected {
    /// `succeeded` or `failed`.
    pub run: &'static str,
    /// By path; groups have no entry.
    pub tasks: BTreeMap<String, Shape>,
}

/// The state of a task with its attempts (`failed@3`), or those of the instances of a fan-out.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A task, or a fan-out that never started.
    One(String),
    /// By position.
    Many(Vec<Shape>),
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(state) => formatter.write_str(state),
            Self::Many(instances) => {
                let said: Vec<String> = instances.iter().map(Self::to_string).collect();
                write!(formatter, "[{}]", said.join(", "))
            }
        }
    }
}

/// What the tasks after it see of a task.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Good,
    Bad { counts: bool },
    Skipped,
    Stopped,
}

impl Flow {
    /// What a run of it must do.
    pub fn expected(&self) -> Expected {
        let mut told = Told {
            tasks: BTreeMap::new(),
        };
        let bad = told.level(&self.tasks, "t", Around::top());
        let bad_end = told.level(&self.finally, "f", Around::top());
        Expected {
            run: if bad || bad_end {
                "failed"
            } else {
                "succeeded"
            },
            tasks: told.tasks,
        }
    }
}

/// Where a level stands.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// The path of the group, with its dot.
    prefix: &'a str,
    /// The positions of the fan-outs around.
    positions: &'a [usize],
    /// The element of the group's fan-out.
    item: Option<Item>,
}

impl Around<'_> {
    fn top() -> Self {
        Self {
            prefix: "",
            positions: &[],
            item: None,
        }
    }
}

struct Told {
    tasks: BTreeMap<String, Shape>,
}

impl Told {
    /// Go through tasks that stand side by side; whether one failed that was not allowed to.
    fn level(&mut self, tasks: &[Task], letter: &str, around: Around) -> bool {
        let mut ends: Vec<End> = Vec::new();
        for (place, task) in tasks.iter().enumerate() {
            let path = format!("{}{letter}{place}", around.prefix);
            let upstream: Vec<End> = task.upstream.iter().map(|place| ends[*place]).collect();
            let end = match trigger(task.rule, &upstream) {
                Some(end) => end,
                None if task.when == Some(false) => End::Skipped,
                None => match self.body(task, &path, around) {
                    End::Bad { counts } => End::Bad {
                        counts: counts && !task.allowed,
                    },
                    end => end,
                },
            };
            if matches!(end, End::Skipped | End::Stopped) {
                self.not_started(task, &path, around.positions, end);
            }
            ends.push(end);
        }
        ends.contains(&End::Bad { counts: true })
    }

    fn body(&mut self, task: &Task, path: &str, around: Around) -> End {
        match &task.body {
            Body::Process { need, retries } => {
                let need = match (need, around.item) {
                    (Need::Attempt(attempt), _) => Some(*attempt),
                    (Need::AsItem, Some(Item::Attempt(attempt))) => Some(attempt),
                    _ => None,
                };
                self.process(path, around.positions, need, *retries)
            }
            Body::FanOut { items, retries } => {
                if items.iter().all(|item| *item == Item::LeftOut) {
                    return End::Skipped;
                }
                let mut bad = false;
                for (position, item) in items.iter().enumerate() {
                    let at = [around.positions, &[position]].concat();
                    let end = match item {
                        Item::LeftOut => {
                            self.put(path, &at, "skipped");
                            End::Skipped
                        }
                        Item::Attempt(attempt) => self.process(path, &at, Some(*attempt), *retries),
                        Item::MayFail | Item::Fails => self.process(path, &at, None, *retries),
                    };
                    let allowed = task.allowed || *item == Item::MayFail;
                    bad |= matches!(end, End::Bad { .. }) && !allowed;
                }
                if bad {
                    End::Bad { counts: true }
                } else {
                    End::Good
                }
            }
            Body::Group(tasks) => {
                let prefix = format!("{path}.");
                let inner = Around {
                    prefix: &prefix,
                    ..around
                };
                if self.level(tasks, &letter_in(path), inner) {
                    End::Bad { counts: true }
                } else {
                    End::Good
                }
            }
            Body::Each { items, tasks } => {
                if items.iter().all(|item| *item == Item::LeftOut) {
                    return End::Skipped;
                }
                let prefix = format!("{path}.");
                let mut bad = false;
                for (position, item) in items.iter().enumerate() {
                    let at = [around.positions, &[position]].concat();
                    if *item == Item::LeftOut {
                        self.not_started(task, path, &at, End::Skipped);
                        continue;
                    }
                    let inner = Around {
                        prefix: &prefix,
                        positions: &at,
                        item: Some(*item),
                    };
                    bad |= self.level(tasks, &letter_in(path), inner) && !task.allowed;
                }
                if bad {
                    End::Bad { counts: true }
                } else {
                    End::Good
                }
            }
        }
    }

    /// Attempts until one does well or none is left.
    fn process(&mut self, path: &str, at: &[usize], need: Option<u32>, retries: u32) -> End {
        let attempts = retries + 1;
        let good = need.filter(|need| *need <= attempts);
        let (word, made) = match good {
            Some(need) => ("succeeded", need),
            None => ("failed", attempts),
        };
        let said = match made {
            1 => word.to_owned(),
            made => format!("{word}@{made}"),
        };
        self.put(path, at, &said);
        match good {
            Some(_) => End::Good,
            None => End::Bad { counts: true },
        }
    }

    /// What holds a task back holds for all in it.
    fn not_started(&mut self, task: &Task, path: &str, at: &[usize], end: End) {
        match &task.body {
            Body::Process { .. } | Body::FanOut { .. } => {
                let word = match end {
                    End::Skipped => "skipped",
                    _ => "upstream_failed",
                };
                self.put(path, at, word);
            }
            Body::Group(tasks) | Body::Each { tasks, .. } => {
                let letter = letter_in(path);
                for (place, inner) in tasks.iter().enumerate() {
                    self.not_started(inner, &format!("{path}.{letter}{place}"), at, end);
                }
            }
        }
    }

    fn put(&mut self, path: &str, at: &[usize], said: &str) {
        fn put(shape: &mut Shape, at: &[usize], said: &str) {
            let Some((first, rest)) = at.split_first() else {
                *shape = Shape::One(said.to_owned());
                return;
            };
            if let Shape::One(_) = shape {
                *shape = Shape::Many(Vec::new());
            }
            if let Shape::Many(instances) = shape {
                while instances.len() <= *first {
                    instances.push(Shape::One(String::new()));
                }
                put(&mut instances[*first], rest, said);
            }
        }
        let shape = self.tasks.entry(path.to_owned());
        put(shape.or_insert(Shape::One(String::new())), at, said);
    }
}

/// The table of the first rule: what keeps a task from running, if anything does.
fn trigger(rule: Rule, upstream: &[End]) -> Option<End> {
    if upstream.is_empty() {
        return None;
    }
    let succeeded = upstream.contains(&End::Good);
    let skipped = upstream.contains(&End::Skipped);
    let failed = upstream
        .iter()
        .any(|end| matches!(end, End::Bad { .. } | End::Stopped));
    let stop = |when: bool| when.then_some(End::Stopped);
    let skip = |when: bool| when.then_some(End::Skipped);
    match rule {
        Rule::AllSuccess => stop(failed).or(skip(skipped)),
        Rule::NoneFailed => stop(failed),
        Rule::NoneFailedMinOneSuccess => stop(failed).or(skip(!succeeded)),
        Rule::OneSuccess => stop(failed && !succeeded).or(skip(!succeeded)),
        Rule::AllDone => None,
        Rule::AllFailed => skip(succeeded || skipped),
        Rule::OneFailed => skip(!failed),
        Rule::AllSkipped => skip(succeeded || failed),
        Rule::NoneSkipped => skip(skipped),
    }
}
