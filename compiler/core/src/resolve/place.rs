//! Where an expression stands, and what may be named there.

use super::Resolver;
use super::declare::{FrameId, ScopeId};
use crate::flow::TaskId;
use crate::source::Span;

/// The place of an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Whose parameters, secrets and defaults it sees.
    pub frame: FrameId,
    /// Whose tasks it sees.
    pub scope: ScopeId,
    /// The task it belongs to; absent for what a flow or group exports.
    pub task: Option<TaskId>,
    /// The innermost task whose fan-out it may be inside.
    pub items: Option<TaskId>,
    /// Whether it is in `finally`.
    pub finally: bool,
    /// Which field it is.
    pub field: Field,
}

/// The fields that take expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Env,
    Command,
    Image,
    When,
    ForEach,
    With,
    Resources,
    CacheKey,
    AllowFailure,
    Export,
    ArtifactExport,
    ServiceEnv,
}

impl Field {
    /// The words for it in messages.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Env => "`env`",
            Self::Command => "`command`",
            Self::Image => "`image`",
            Self::When => "`when`",
            Self::ForEach => "`for_each`",
            Self::With => "`with`",
            Self::Resources => "`resources`",
            Self::CacheKey => "a cache key",
            Self::AllowFailure => "`allow_failure`",
            Self::Export => "exported `outputs`",
            Self::ArtifactExport => "exported `artifacts`",
            Self::ServiceEnv => "the `env` of a service",
        }
    }

    /// Whether what stands there reaches a process, so that paths mean something.
    pub(crate) fn reaches_process(self) -> bool {
        matches!(self, Self::Env | Self::Command)
    }
}

impl Resolver<'_> {
    /// A field of a task.
    pub(crate) fn place(&self, id: TaskId, field: Field) -> Place {
        let task = &self.tasks[id.index()];
        let items = match field {
            Field::ForEach => task.parent,
            _ => Some(id),
        };
        Place {
            frame: task.frame,
            scope: task.scope,
            task: Some(id),
            items,
            finally: task.finally,
            field,
        }
    }

    /// What a group exports, as seen from inside it.
    pub(crate) fn inside(&self, group: TaskId, field: Field) -> Option<Place> {
        let declared = self.group(group)?;
        Some(Place {
            frame: declared.frame,
            scope: declared.scope,
            task: None,
            items: Some(group),
            finally: self.tasks[group.index()].finally,
            field,
        })
    }

    /// What belongs to the flow as a whole.
    pub(crate) fn flow_place(&self, field: Field) -> Place {
        Place {
            frame: 0,
            scope: 0,
            task: None,
            items: None,
            finally: false,
            field,
        }
    }

    /// The task of this name that is seen from a scope, and the scope it is in.
    pub(crate) fn find_task(&self, scope: ScopeId, name: &str) -> Option<(ScopeId, TaskId)> {
        self.scopes_from(scope)
            .find_map(|scope| Some((scope, *self.scopes[scope].names.get(name)?)))
    }

    /// A scope and those around it whose names it sees.
    pub(crate) fn scopes_from(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(scope), |scope| self.scopes[*scope].outer)
    }

    /// The task in `scope` that holds `place`: the task itself, or the group around it there.
    pub(crate) fn holder(&self, place: &Place, scope: ScopeId) -> Option<TaskId> {
        let mut current = place.scope;
        let mut task = place.task;
        while current != scope {
            task = Some(self.scopes[current].owner?);
            current = self.scopes[current].outer?;
        }
        task
    }

    /// The fan-outs a place is inside, innermost first. They end where a sub-flow file begins.
    pub(crate) fn fan_outs(&self, place: &Place) -> impl Iterator<Item = TaskId> + '_ {
        let frame = place.frame;
        std::iter::successors(place.items, |id| self.tasks[id.index()].parent)
            .take_while(move |id| self.tasks[id.index()].frame == frame)
            .filter(|id| self.tasks[id.index()].fan_out.is_some())
    }

    /// Makes the holder of a place wait for a task that it refers to. Tasks of `finally` come after
    /// all others anyway.
    pub(crate) fn depend(&mut self, place: &Place, scope: ScopeId, target: TaskId, span: Span) {
        let Some(holder) = self.holder(place, scope) else {
            return;
        };
        self.tasks[holder.index()]
            .upstream
            .add(crate::flow::Dependency {
                task: target,
                span,
                explicit: false,
            });
    }
}
