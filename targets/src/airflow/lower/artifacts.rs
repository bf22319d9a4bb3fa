//! Where artifacts lie: of a fan-out under its name, each at the position of its instance.

use flowc_core::flow::TaskId;

use super::Lowering;

/// Where a reference finds an artifact, or the folder of those of a fan-out.
pub(in crate::airflow) struct ArtifactPlace {
    /// The task that writes it, as the flow names it.
    pub folder: String,
    /// What that task calls it.
    pub name: String,
    /// The instance of each fan-out around both, outermost first.
    pub position: Vec<Position>,
    /// Whether it is a folder with an entry for each instance.
    pub fans_in: bool,
}

/// Which instance of a fan-out a task is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::airflow) enum Position {
    /// An element that is written out.
    Known(usize),
    /// The instance of the task that asks.
    Own,
}

impl ArtifactPlace {
    /// Whether the path depends on the instance that reads it.
    pub fn is_own(&self) -> bool {
        self.position.contains(&Position::Own)
    }
}

impl<'a> Lowering<'a> {
    /// Where an artifact of a task or group lies for those beside it.
    pub fn artifact(&self, id: TaskId, name: &str) -> ArtifactPlace {
        let (writer, name) = self.writer(id, name);
        let around = self.flow.ancestors(id).collect::<Vec<_>>();
        let levels = self.levels(writer);
        let position = (levels.iter())
            .filter(|(level, _)| around.contains(level))
            .map(|(_, position)| *position)
            .collect::<Vec<_>>();
        ArtifactPlace {
            folder: self.origin(writer),
            name,
            // A fan-out of which nothing is left is no group any more.
            fans_in: position.len() < levels.len() || self.flow.task(writer).process().is_none(),
            position,
        }
    }

    /// The name and the position under which a task's artifacts are kept, where these are not its own.
    pub fn published(&self, id: TaskId) -> Option<(String, Vec<Position>)> {
        let position: Vec<_> = self.levels(id).into_iter().map(|level| level.1).collect();
        let is_element = |position: &Position| matches!(position, Position::Known(_));
        (position.iter().any(is_element)).then(|| (self.origin(id), position))
    }

    /// The task that writes an artifact of a group; of a fan-out that is written out, any that does.
    fn writer(&self, id: TaskId, name: &str) -> (TaskId, String) {
        let mut found = (id, name.to_owned());
        let Some(group) = self.flow.task(id).group() else {
            return found;
        };
        let exports = group.artifacts.iter();
        for export in exports.filter(|export| export.name.value == name) {
            found = self.writer(export.task, &export.artifact);
            if self.flow.task(found.0).process().is_some() {
                break;
            }
        }
        found
    }

    /// The fan-outs around a task and its own, outermost first, with its instance of each.
    fn levels(&self, id: TaskId) -> Vec<(TaskId, Position)> {
        let mut levels = Vec::new();
        let mut inside = None;
        for task in std::iter::once(id).chain(self.flow.ancestors(id)) {
            if self.flow.task(task).for_each.is_some() {
                levels.push((task, Position::Own));
            } else if let Some(index) = inside.and_then(|inside| self.element(task, inside)) {
                levels.push((task, Position::Known(index)));
            }
            inside = Some(task);
        }
        levels.reverse();
        levels
    }

    /// The position of a child, where its group stands for a fan-out.
    fn element(&self, group: TaskId, child: TaskId) -> Option<usize> {
        let group = self.flow.task(group).group()?;
        let at = group.children.iter().position(|task| *task == child)?;
        group.elements.get(at).copied()
    }

    /// The path of a task in the flow as it was written.
    fn origin(&self, id: TaskId) -> String {
        let task = self.flow.task(id);
        let Some(parent) = task.parent else {
            return task.path.clone();
        };
        let around = self.origin(parent);
        match self.element(parent, id) {
            Some(_) => around,
            None => format!("{around}.{}", task.name.value),
        }
    }
}
