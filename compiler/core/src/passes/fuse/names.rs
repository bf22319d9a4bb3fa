//! What the tasks of a chain write, and under which names the one process has it.

use std::collections::{HashMap, HashSet};

use super::chain::MAX_NAME;
use crate::expr::Type;
use crate::flow::{ArtifactKind, Flow, Task, TaskId};

/// Something that a task of a chain writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// What the task calls it.
    pub(super) own: String,
    /// What the process calls it: the same, unless another task of the chain writes that name too.
    pub(super) outside: String,
    pub(super) kind: Kind,
}

/// What is written under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, which the script checks.
    Text,
    /// Another value, which the target checks.
    Value,
    File,
    Directory,
}

/// The names of a chain, by the place of the task in it. The last task is known outside and keeps its own.
/// When that is not possible, how many tasks the chain may have at most.
pub(super) fn names(flow: &Flow, tasks: &[TaskId]) -> Result<Vec<Vec<Written>>, usize> {
    let written: Vec<Vec<(String, Kind)>> = tasks
        .iter()
        .map(|id| writes(flow.task(*id)).collect())
        .collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (name, _) in written.iter().flatten() {
        *times.entry(name).or_default() += 1;
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut named = Vec::new();
    for (place, (id, written)) in tasks.iter().zip(&written).enumerate() {
        let mut own = Vec::new();
        for (name, kind) in written {
            let outside = if times[name.as_str()] > 1 && place + 1 < tasks.len() {
                format!("{}_{name}", flow.task(*id).name.value)
            } else {
                name.clone()
            };
            if outside.len() > MAX_NAME || !taken.insert(outside.clone()) {
                return Err(place);
            }
            own.push(Written {
                own: name.clone(),
                outside,
                kind: *kind,
            });
        }
        named.push(own);
    }
    Ok(named)
}

fn writes(task: &Task) -> impl Iterator<Item = (String, Kind)> {
    let outputs = task.outputs.iter().map(|output| {
        let text = output.ty == Type::String;
        let kind = if text { Kind::Text } else { Kind::Value };
        (output.name.value.clone(), kind)
    });
    let artifacts = task.artifacts.iter().map(|artifact| {
        let kind = match artifact.kind {
            ArtifactKind::File => Kind::File,
            ArtifactKind::Directory => Kind::Directory,
        };
        (artifact.name.value.clone(), kind)
    });
    outputs.chain(artifacts)
}

/// What the process calls something that a task of the chain writes.
pub(super) fn outside(written: &[Written], own: &str) -> Option<String> {
    let found = written.iter().find(|one| one.own == own);
    found.map(|one| one.outside.clone())
}
