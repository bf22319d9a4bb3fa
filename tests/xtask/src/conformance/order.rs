//! Facts about time, written as a short sentence each:
//!
//! - `a before b`: every attempt of `a` has ended when the first of `b` begins.
//! - `a beside b`: both were going at one moment. Only engines that can run tasks at once are asked.
//! - `at most 2 of work`: never more attempts of `work` (or of tasks in it) at once.
//! - `a waits 1s 2s`: the waits between its attempts are at least these.
//!
//! `*` is every task, `work[1]` an instance, `nested[0][2]` one of a fan-out in a fan-out.

use std::fmt;

use serde::Deserialize;

use super::trace::{Span, Trace};

/// Clocks of engine and machine may differ by so much, in seconds.
const ROUNDING: f64 = 0.05;

/// A fact that must be true of a run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Fact {
    /// The first has ended when the second begins.
    Before(Place, Place),
    /// Both at once.
    Beside(Place, Place),
    /// A limit of attempts at once.
    AtMost(usize, Place),
    /// The least waits before further attempts, in seconds.
    Waits(Place, Vec<f64>),
}

/// A task or an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    path: String,
    positions: Vec<usize>,
}

impl Fact {
    /// The same of tasks that are to be found elsewhere; none of those that are nowhere, or were two
    /// and are one.
    pub fn moved(&self, to: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let place = |place: &Place| {
            let path = if place.path == "*" {
                Some("*".to_owned())
            } else {
                to(&place.path)
            };
            let positions = place.positions.clone();
            path.map(|path| Place { path, positions })
        };
        match self {
            Self::Before(first, second) | Self::Beside(first, second) => {
                let (one, two) = (place(first)?, place(second)?);
                match self {
                    _ if one == two => None,
                    Self::Before(..) => Some(Self::Before(one, two)),
                    _ => Some(Self::Beside(one, two)),
                }
            }
            Self::AtMost(limit, of) => Some(Self::AtMost(*limit, place(of)?)),
            Self::Waits(of, waits) => Some(Self::Waits(place(of)?, waits.clone())),
        }
    }

    /// What is not so in the run; nothing when the fact is true.
    pub fn broken(&self, trace: &Trace, at_once: bool) -> Option<String> {
        match self {
            Self::Before(first, second) => {
                let (first, second) = match (first.spans(trace), second.spans(trace)) {
                    (Ok(first), Ok(second)) => (first, second),
                    (Err(why), _) | (_, Err(why)) => return Some(why),
                };
                let ended = first.iter().map(|span| span.ended).fold(f64::MIN, f64::max);
                let began = second
                    .iter()
                    .map(|span| span.began)
                    .fold(f64::MAX, f64::min);
                (ended > began + ROUNDING)
                    .then(|| format!("not so: {self}; it is {:.2} s late", ended - began))
            }
            Self::Beside(first, second) => {
                if !at_once {
                    return None;
                }
                let (first, second) = match (first.spans(trace), second.spans(trace)) {
                    (Ok(first), Ok(second)) => (first, second),
                    (Err(why), _) | (_, Err(why)) => return Some(why),
                };
                let meet = |one: &Span| {
                    second
                        .iter()
                        .any(|two| one.began < two.ended && two.began < one.ended)
                };
                (!first.iter().any(meet)).then(|| format!("not so: {self}"))
            }
            Self::AtMost(limit, place) => {
                let spans = match place.spans(trace) {
                    Ok(spans) => spans,
                    Err(why) => return Some(why),
                };
                let most = spans
                    .iter()
                    .map(|one| {
                        let going = |two: &&Span| {
                            two.began <= one.began && one.began + ROUNDING < two.ended
                        };
                        spans.iter().filter(going).count()
                    })
                    .max()
                    .unwrap_or(0);
                (most > *limit).then(|| format!("not so: {self}; there were {most}"))
            }
            Self::Waits(place, waits) => {
                let spans = match place.spans(trace) {
                    Ok(spans) => spans,
                    Err(why) => return Some(why),
                };
                let got: Vec<f64> = spans
                    .windows(2)
                    .map(|pair| pair[1].began - pair[0].ended)
                    .collect();
                let short = got
                    .iter()
                    .zip(waits)
                    .any(|(got, least)| got + ROUNDING < *least);
                (got.len() != waits.len() || short)
                    .then(|| format!("not so: {self}; the waits were {got:.2?}"))
            }
        }
    }
}

impl Place {
    /// The attempts at this place and, for a group, in it.
    fn spans(&self, trace: &Trace) -> Result<Vec<Span>, String> {
        let within = format!("{}.", self.path);
        let spans: Vec<Span> = trace
            .tasks
            .iter()
            .filter(|(path, _)| {
                self.path == "*" || **path == self.path || path.starts_with(&within)
            })
            .filter_map(|(_, node)| node.at(&self.positions))
            .flat_map(|node| node.outcomes())
            .flat_map(|outcome| outcome.spans.iter().copied())
            .collect();
        if spans.is_empty() {
            Err(format!("no times are known of {self}"))
        } else {
            Ok(spans)
        }
    }
}

impl TryFrom<String> for Fact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [first, "before", second] => Ok(Self::Before(place(first)?, place(second)?)),
            [first, "beside", second] => Ok(Self::Beside(place(first)?, place(second)?)),
            ["at", "most", count, "of", task] => {
                let count = count
                    .parse()
                    .map_err(|_| format!("`{count}` is not a count"))?;
                Ok(Self::AtMost(count, place(task)?))
            }
            [task, "waits", waits @ ..] if !waits.is_empty() => {
                let waits = waits
                    .iter()
                    .map(|wait| seconds(wait))
                    .collect::<Result<_, _>>()?;
                Ok(Self::Waits(place(task)?, waits))
            }
            _ => Err(format!("`{text}` is not a fact about time")),
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('s').and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("`{text}` is not a number of seconds"))
}

fn place(text: &str) -> Result<Place, String> {
    let mut parts = text.split('[');
    let path = parts.next().unwrap_or_default().to_owned();
    let positions = parts
        .map(|part| part.strip_suffix(']').and_then(|part| part.parse().ok()))
        .collect::<Option<Vec<usize>>>()
        .ok_or_else(|| format!("`{text}` is not a task or instance"))?;
    Ok(Place { path, positions })
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.path)?;
        self.positions
            .iter()
            .try_for_each(|position| write!(formatter, "[{position}]"))
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(first, second) => write!(formatter, "{first} before {second}"),
            Self::Beside(first, second) => write!(formatter, "{first} beside {second}"),
            Self::AtMost(count, place) => write!(formatter, "at most {count} of {place}"),
            Self::Waits(place, waits) => {
                write!(formatter, "{place} waits")?;
                waits
                    .iter()
                    .try_for_each(|wait| write!(formatter, " {wait}s"))
            }
        }
    }
}
