//! What a run already knows when it starts: results of an earlier part of it, or of another run.

use std::collections::{HashMap, HashSet};

use super::graph::Graph;
use super::{Key, Moment, Outcome, State};
use crate::flow::Flow;

/// An attempt that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempted {
    /// From 1.
    pub number: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// When it ended.
    pub ended: Moment,
}

/// Attempts that have ended already. They are not made again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The attempts of instances, in order.
    pub attempts: HashMap<Key, Vec<Attempted>>,
    /// Attempts before those in `attempts` that no longer count, but whose numbers are taken.
    pub taken: HashMap<Key, u32>,
    /// When a wait or a question that has not ended began.
    pub begun: HashMap<Key, Moment>,
    /// When the run began, so that its timeout does not begin anew.
    pub began: Option<Moment>,
    /// What tasks that are not [selected](super::Selection) ended as; a fan-out as a whole too.
    pub ended: HashMap<Key, State>,
}

impl History {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.attempts.is_empty() && self.ended.is_empty()
    }

    /// Every key with a history in or below it: instances, fan-outs as wholes, the groups around.
    pub(super) fn touched(&self, flow: &Flow, graph: &Graph) -> HashSet<Key> {
        let mut touched = HashSet::new();
        for key in self.attempts.keys() {
            let mut index = key.index.as_slice();
            let around = std::iter::once(key.task).chain(flow.ancestors(key.task));
            for task in around {
                let here = Key {
                    task,
                    index: index.to_vec(),
                };
                if !touched.insert(here) {
                    break;
                }
                if flow.task(task).for_each.is_some() {
                    index = &index[..index.len().min(graph.fan_outs_around(task))];
                    touched.insert(Key {
                        task,
                        index: index.to_vec(),
                    });
                }
            }
        }
        touched
    }
}
