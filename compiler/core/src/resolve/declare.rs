//! The first walk: every task with its name, body and what it writes; nothing is looked up yet.

use std::collections::HashSet;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use super::Resolver;
use super::fan_out::FanOutDeclaration;
use super::keys::{self, BODIES};
use super::reader::Reader;
use super::units::Slot;
use super::upstream::Upstream;
use crate::checks;
use crate::document::{Entry, Node};
use crate::expr::{Expr, Type};
use crate::flow::{Artifact, Output, Parameter, TaskId, TriggerRule};
use crate::source::{Span, Spanned};
use crate::values;

/// Which of [`Resolver::frames`].
pub(crate) type FrameId = usize;
/// Which of [`Resolver::scopes`].
pub(crate) type ScopeId = usize;

/// So many levels of groups and sub-flows are read.
const MAX_LEVELS: usize = 100;
/// So many tasks are read, those of every use of a sub-flow counted.
const MAX_TASKS: usize = 200_000;

/// A use of a file: the flow itself, or a task that is a sub-flow. Names do not cross its border.
#[derive(Debug)]
pub(crate) struct Frame<'n> {
    /// The file, by its clean path.
    pub path: String,
    /// The task that uses it, and the frame of that task; absent for the flow itself.
    pub used_by: Option<(TaskId, FrameId)>,
    /// Where the path is written.
    pub use_span: Span,
    /// The flow as written.
    pub reader: Reader<'n>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Where each parameter is, by name.
    pub parameter_index: FxHashMap<String, usize>,
    /// Parameters whose declaration was wrong.
    pub refused: HashSet<String>,
    /// The secrets it declares, when it does.
    pub secrets: Option<Vec<Spanned<String>>>,
    /// What its tasks inherit.
    pub defaults: Option<Reader<'n>>,
}

/// A level of tasks: those beside one another.
#[derive(Debug)]
pub(crate) struct Scope<'n> {
    /// Its tasks by name.
    pub names: FxHashMap<&'n str, TaskId>,
    /// The level around it whose names are visible too.
    pub outer: Option<ScopeId>,
    /// The group it is the inside of.
    pub owner: Option<TaskId>,
}

/// A task before its names are bound.
#[derive(Debug)]
pub(crate) struct Declared<'n> {
    pub name: Spanned<String>,
    pub path: String,
    pub parent: Option<TaskId>,
    pub scope: ScopeId,
    pub frame: FrameId,
    pub finally: bool,
    pub reader: Reader<'n>,
    pub body: DeclaredBody<'n>,
    /// What a process writes.
    pub outputs: Vec<Output>,
    pub artifacts: Vec<Artifact>,
    /// Whether what it offers is known in full; if not, a missing name is no news.
    pub complete: bool,
    pub rule: Spanned<TriggerRule>,
    /// Of few tasks.
    pub fan_out: Option<Box<FanOutDeclaration<'n>>>,
    pub upstream: Upstream,
}

/// What a task does, as far as other tasks must know.
#[derive(Debug)]
pub(crate) enum DeclaredBody<'n> {
    Command,
    Script,
    Group(Box<DeclaredGroup<'n>>),
    Wait,
    Approve,
    /// None, several, or one that could not be read; reported.
    Broken,
}

/// A group or sub-flow.
#[derive(Debug)]
pub(crate) struct DeclaredGroup<'n> {
    /// The level inside.
    pub scope: ScopeId,
    /// The frame of its inside: its own when it is a sub-flow.
    pub frame: FrameId,
    pub children: Vec<TaskId>,
    /// The path of a sub-flow as it was written.
    pub sub_flow: Option<Spanned<String>>,
    pub outputs: IndexMap<&'n str, DeclaredExport<'n>>,
    pub artifacts: IndexMap<&'n str, &'n Entry<'n>>,
}

/// A value that a group exports.
#[derive(Debug)]
pub(crate) struct DeclaredExport<'n> {
    pub entry: &'n Entry<'n>,
    pub value: Slot<Option<Expr>>,
}

/// Where a level of tasks is.
#[derive(Clone, Copy)]
struct Level<'p> {
    parent: Option<TaskId>,
    scope: ScopeId,
    frame: FrameId,
    finally: bool,
    path: &'p str,
    depth: usize,
}

impl Level<'_> {
    /// The level inside a task of this one.
    fn inside<'p>(self, task: TaskId, path: &'p str, scope: ScopeId, frame: FrameId) -> Level<'p> {
        Level {
            parent: Some(task),
            scope,
            frame,
            finally: self.finally,
            path,
            depth: self.depth + 1,
        }
    }
}

impl<'n> Resolver<'n> {
    /// Declares the flow of a document and gives the children of its top level and of `finally`.
    pub(crate) fn declare_flow(&mut self, frame: Frame<'n>) -> (Vec<TaskId>, Vec<TaskId>) {
        let reader = frame.reader;
        self.frames.push(frame);
        let frame = 0;
        let mut level = Level {
            parent: None,
            scope: self.open_scope(None, None),
            frame,
            finally: false,
            path: "",
            depth: 1,
        };
        let roots = self.declare_level(reader.get("tasks"), "`tasks`", level);
        level.finally = true;
        level.scope = self.open_scope(Some(level.scope), None);
        let finally = self.declare_level(reader.get("finally"), "`finally`", level);
        for id in &finally {
            let name = self.tasks[id.index()].name.clone();
            if let Some(other) = self.scopes[0].names.get(name.value.as_str()) {
                let other = self.tasks[other.index()].name.span;
                self.report
                    .push(checks::duplicate_name::finally_task(&name, other));
            }
        }
        (roots, finally)
    }

    fn open_scope(&mut self, outer: Option<ScopeId>, owner: Option<TaskId>) -> ScopeId {
        self.scopes.push(Scope {
            names: FxHashMap::default(),
            outer,
            owner,
        });
        self.scopes.len() - 1
    }

    fn declare_level(
        &mut self,
        node: Option<&'n Node<'n>>,
        place: &str,
        level: Level<'_>,
    ) -> Vec<TaskId> {
        let Some(node) = node else { return Vec::new() };
        let Some(entries) = node.mapping() else {
            self.report
                .push(checks::type_mismatch::wants(node, place, "tasks by name"));
            return Vec::new();
        };
        if level.depth > MAX_LEVELS {
            self.report
                .push(checks::too_large::levels(node.span, MAX_LEVELS));
            return Vec::new();
        }
        if entries.is_empty() {
            self.report.push(checks::type_mismatch::empty(node, place));
        }
        let room = entries.len().min(MAX_TASKS);
        let mut ids = Vec::with_capacity(room);
        self.tasks.reserve(room);
        self.scopes[level.scope].names.reserve(room);
        for entry in entries {
            if self.tasks.len() >= MAX_TASKS {
                self.gave_up = true;
                self.report
                    .push(checks::too_large::tasks(entry.key_span, MAX_TASKS));
                break;
            }
            ids.push(self.declare_task(entry, level));
        }
        ids
    }

    fn declare_task(&mut self, entry: &'n Entry<'n>, level: Level<'_>) -> TaskId {
        let id = TaskId(self.tasks.len() as u32);
        self.check_key_name(entry, values::check_name);
        let path = match level.path {
            "" => entry.key.to_string(),
            path => format!("{path}.{}", entry.key),
        };
        let place = format_args!("task `{}`", entry.key);
        let reader = Reader::new(&entry.value, &keys::TASK, place, &mut self.report);
        let readable = reader.is_some();
        let reader = reader.unwrap_or(Reader::empty(&keys::TASK, entry.key_span));
        self.scopes[level.scope].names.insert(&entry.key, id);
        let rule = reader.get("trigger_rule").and_then(|node| {
            let rules = TriggerRule::ALL.map(|rule| (rule.as_str(), rule));
            self.report.word(Some(node), "`trigger_rule`", &rules)
        });
        self.tasks.push(Declared {
            name: Spanned::new(entry.key.to_string(), entry.key_span),
            path,
            parent: level.parent,
            scope: level.scope,
            frame: level.frame,
            finally: level.finally,
            reader,
            body: DeclaredBody::Broken,
            outputs: Vec::new(),
            artifacts: Vec::new(),
            complete: false,
            rule: rule.unwrap_or(Spanned::new(TriggerRule::default(), entry.key_span)),
            fan_out: None,
            upstream: Upstream::default(),
        });
        if !readable {
            return id;
        }
        let fan_out = reader.get("for_each");
        self.tasks[id.index()].fan_out = fan_out.map(|node| Box::new(self.declare_fan_out(node)));
        if let Some((key, bodies)) = self.body_of(entry, &reader) {
            self.check_keys(&reader, key, bodies, &entry.key);
            self.declare_body(id, key, level);
        }
        id
    }

    /// The key that makes the body, unless there is none or more than one.
    fn body_of(&mut self, task: &Entry, reader: &Reader<'n>) -> Option<(&'static str, u8)> {
        let mut found = BODIES.iter().filter_map(|(key, bodies)| {
            let entry = reader.entries.iter().find(|entry| entry.key == *key)?;
            reader.table.key(key)?;
            Some((*key, *bodies, entry))
        });
        let first = found.next();
        if let Some((key, bodies, _)) = first
            && found.clone().next().is_none()
        {
            return Some((key, bodies));
        }
        let mut present: Vec<_> = first.into_iter().chain(found).collect();
        present.sort_by_key(|(_, _, entry)| entry.key_span.start);
        match present.as_slice() {
            [] if reader.meant_one_of(&BODIES.map(|(key, _)| key)) => None,
            [] => {
                self.report
                    .push(checks::body_count::none(&task.key, task.key_span));
                None
            }
            several => {
                let keys: Vec<_> = several
                    .iter()
                    .map(|(key, _, entry)| (*key, entry.key_span))
                    .collect();
                self.report
                    .push(checks::body_count::several(&task.key, &keys));
                None
            }
        }
    }

    /// Reports keys that mean nothing with the task's body.
    fn check_keys(&mut self, reader: &Reader<'n>, body: &'static str, bodies: u8, task: &str) {
        for (key, entry) in reader.known() {
            let why = if key.bodies & bodies == 0 {
                Some(format!("a task with `{body}` has no `{}`", key.name))
            } else {
                without(reader, key.name, body)
            };
            if let Some(why) = why {
                self.report.push(checks::inapplicable_key::found(
                    entry.key_span,
                    task,
                    key.name,
                    &why,
                ));
            }
        }
    }

    /// Declares the body of a task of `level`.
    fn declare_body(&mut self, id: TaskId, key: &'static str, level: Level<'_>) {
        let reader = self.tasks[id.index()].reader;
        let body = match key {
            "command" | "run" => {
                self.declare_writes(id);
                if key == "run" {
                    DeclaredBody::Script
                } else {
                    DeclaredBody::Command
                }
            }
            "wait" => {
                self.tasks[id.index()].complete = true;
                DeclaredBody::Wait
            }
            "approve" => {
                self.tasks[id.index()].complete = true;
                DeclaredBody::Approve
            }
            "tasks" => {
                let outer = Some(level.scope);
                let scope = self.open_scope(outer, Some(id));
                let path = self.tasks[id.index()].path.clone();
                let level = level.inside(id, &path, scope, level.frame);
                let children = self.declare_level(reader.get("tasks"), "`tasks`", level);
                let mut group = DeclaredGroup::new(scope, level.frame, children);
                self.declare_exports(&mut group, &reader);
                self.tasks[id.index()].complete = true;
                DeclaredBody::Group(Box::new(group))
            }
            _ => match self.declare_sub_flow(id, key, level) {
                Some(group) => {
                    self.tasks[id.index()].complete = true;
                    DeclaredBody::Group(Box::new(group))
                }
                None => DeclaredBody::Broken,
            },
        };
        self.tasks[id.index()].body = body;
    }

    fn declare_sub_flow(
        &mut self,
        id: TaskId,
        key: &'static str,
        level: Level<'_>,
    ) -> Option<DeclaredGroup<'n>> {
        let task = self.tasks[id.index()].reader;
        if key == "sub_flow" && !self.is_ir {
            let entry = task.entry(key)?;
            let known = keys::TASK.names();
            self.report.push(checks::unknown_key::unknown(
                entry,
                keys::TASK.what,
                known,
                Some("flow"),
                &[],
            ));
            return None;
        }
        let (path, frame) = match key {
            "flow" => self.enter_file(id, task.get("flow")?, level.frame)?,
            _ => self.enter_inline(id, task.get("sub_flow")?, level.frame)?,
        };
        let reader = frame.reader;
        self.frames.push(frame);
        let frame = self.frames.len() - 1;
        let scope = self.open_scope(None, Some(id));
        let path_inside = self.tasks[id.index()].path.clone();
        let level = level.inside(id, &path_inside, scope, frame);
        let children = self.declare_level(reader.get("tasks"), "`tasks`", level);
        let mut group = DeclaredGroup::new(scope, frame, children);
        group.sub_flow = Some(path);
        self.declare_exports(&mut group, &reader);
        self.declare_exports(&mut group, &task);
        Some(group)
    }

    fn declare_exports(&mut self, group: &mut DeclaredGroup<'n>, reader: &Reader<'n>) {
        for key in ["outputs", "artifacts"] {
            let Some(node) = reader.get(key) else {
                continue;
            };
            let Some(entries) = node.mapping() else {
                let wanted = "exports by name";
                self.report.push(checks::type_mismatch::wants(
                    node,
                    format_args!("`{key}`"),
                    wanted,
                ));
                continue;
            };
            for entry in entries {
                self.check_key_name(entry, values::check_name);
                let name = entry.key.as_ref();
                if key == "outputs" {
                    let value = Slot::Open;
                    group.outputs.insert(name, DeclaredExport { entry, value });
                    continue;
                }
                if let Some(other) = group.outputs.get(name) {
                    let name = Spanned::new(entry.key.to_string(), entry.key_span);
                    self.report
                        .push(checks::duplicate_name::output_and_artifact(
                            &name,
                            other.entry.key_span,
                        ));
                }
                group.artifacts.insert(name, entry);
            }
        }
    }

    /// Checks a key that is a name.
    pub(crate) fn check_key_name(
        &mut self,
        entry: &Entry,
        check: fn(&str) -> Result<(), values::Invalid>,
    ) -> bool {
        let Err(invalid) = check(&entry.key) else {
            return true;
        };
        self.report.push(checks::invalid_name::key(entry, &invalid));
        false
    }
}

impl DeclaredGroup<'_> {
    fn new(scope: ScopeId, frame: FrameId, children: Vec<TaskId>) -> Self {
        Self {
            scope,
            frame,
            children,
            sub_flow: None,
            outputs: IndexMap::new(),
            artifacts: IndexMap::new(),
        }
    }
}

impl Declared<'_> {
    /// The type of one of its outputs as others see it, when it is known without looking further.
    pub(crate) fn declared_output(&self, name: &str) -> Option<&Type> {
        match &self.body {
            DeclaredBody::Approve if name == "choice" => Some(&Type::String),
            _ => self
                .outputs
                .iter()
                .find(|output| output.name.value == name)
                .map(|output| &output.ty),
        }
    }
}

/// Why a key means nothing because another one is missing.
fn without(reader: &Reader<'_>, key: &str, body: &str) -> Option<String> {
    let lacks = |other: &str| reader.entry(other).is_none();
    let process = body == "command" || body == "run";
    match key {
        "shell" if body == "command" => Some("`command` is run without a shell".into()),
        "max_parallel" | "fail_fast" if process && lacks("for_each") => {
            Some("without `for_each`, one process runs".into())
        }
        _ => None,
    }
}
