//! Which results of a run that has ended still count when it is gone on with.

use std::collections::{HashMap, HashSet};

use super::history::History;
use super::{Key, Outcome};
use crate::analysis::Analysis;
use crate::flow::{Flow, TaskId};

impl History {
    /// Forgets what failed, and all that came after it: those tasks run again. Their attempts keep their
    /// numbers. `finally` runs again too, for the run ends anew.
    pub fn try_again(&mut self, flow: &Flow) {
        let analysis = Analysis::new(flow);
        let failed: Vec<Key> = self
            .attempts
            .iter()
            .filter(|(_, attempts)| {
                let last = attempts.last().map(|attempted| &attempted.outcome);
                !matches!(last, Some(Outcome::Succeeded { .. }))
            })
            .map(|(key, _)| key.clone())
            .collect();
        let behind = behind(flow, &analysis, &failed);
        let failed: HashSet<Key> = failed.into_iter().collect();
        let is_behind = |key: &Key| {
            let around = std::iter::once(key.task).chain(flow.ancestors(key.task));
            around.into_iter().any(|task| {
                let scope = key.index.get(..flow.fan_outs_around(task).count());
                scope.is_some_and(|scope| behind.contains(&(task, scope.to_vec())))
            })
        };
        let gone: Vec<Key> = self
            .attempts
            .keys()
            .filter(|key| flow.task(key.task).finally || failed.contains(*key) || is_behind(key))
            .cloned()
            .collect();
        for key in gone {
            if let Some(attempts) = self.attempts.remove(&key)
                && let Some(last) = attempts.last()
            {
                self.taken.insert(key, last.number);
            }
        }
        self.begun.clear();
        self.ended.clear();
    }
}

/// Tasks that come after failed instances, with the positions of the scope in which they do.
fn behind(flow: &Flow, analysis: &Analysis, failed: &[Key]) -> HashSet<(TaskId, Vec<u32>)> {
    let mut behind = HashSet::new();
    let mut seen = HashSet::new();
    let mut known: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
    for key in failed {
        for task in std::iter::once(key.task).chain(flow.ancestors(key.task)) {
            let Some(scope) = key.index.get(..flow.fan_outs_around(task).count()) else {
                continue;
            };
            if !seen.insert((task, scope.to_vec())) {
                break;
            }
            let downstream = known
                .entry(task)
                .or_insert_with(|| analysis.all_downstream(task));
            for next in downstream {
                behind.insert((*next, scope.to_vec()));
            }
        }
    }
    behind
}
