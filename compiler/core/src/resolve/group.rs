//! Groups and sub-flows: the files they come from, and what they export.

use super::Resolver;
use super::declare::{DeclaredBody, DeclaredGroup, Frame, FrameId};
use super::files::{Destination, File, destination};
use super::keys;
use super::place::{Field, Place};
use super::reader::Reader;
use super::units::Slot;
use crate::checks;
use crate::document::{Entry, Node};
use crate::expr::{ExprKind, Ref};
use crate::flow::{ArtifactExport, ArtifactKind, Export, Group, SubFlow, TaskId};
use crate::source::{Span, Spanned};

impl<'n> Resolver<'n> {
    /// The group, when the task is one.
    pub(crate) fn group(&self, id: TaskId) -> Option<&DeclaredGroup<'n>> {
        match &self.tasks[id.index()].body {
            DeclaredBody::Group(group) => Some(group),
            _ => None,
        }
    }

    /// Opens the file that a task names.
    pub(crate) fn enter_file(
        &mut self,
        task: TaskId,
        node: &'n Node<'n>,
        from: FrameId,
    ) -> Option<(Spanned<String>, Frame<'n>)> {
        let written = self.report.text(node, "`flow`")?;
        let Destination::Inside(path) = destination(&self.frames[from].path, &written.value) else {
            self.report
                .push(checks::include_outside_project::found(&written));
            return None;
        };
        let chain: Vec<FrameId> = self.frames_from(from).collect();
        if let Some(at) = chain
            .iter()
            .position(|frame| self.frames[*frame].path == path)
        {
            let uses = self.uses(&chain[..at]);
            self.report
                .push(checks::recursive_sub_flow::found(&written, &path, &uses));
            return None;
        }
        let files = self.files;
        let node = match files.get(&path) {
            Some(File::Read(node)) => node.as_ref()?,
            Some(File::Missing(why)) => {
                self.report
                    .push(checks::missing_file::found(&written, &path, why));
                return None;
            }
            None => {
                let why = "it was not read";
                self.report
                    .push(checks::missing_file::found(&written, &path, why));
                return None;
            }
        };
        let place = format!("`{path}`");
        let reader = Reader::new(node, &keys::FLOW, &place, &mut self.report)?;
        self.check_sub_flow_keys(&reader, &path, task);
        let frame = self.frame(path, reader, Some((task, from)), written.span);
        Some((written, frame))
    }

    /// Opens a sub-flow that stands in the IR itself.
    pub(crate) fn enter_inline(
        &mut self,
        task: TaskId,
        node: &'n Node<'n>,
        from: FrameId,
    ) -> Option<(Spanned<String>, Frame<'n>)> {
        let place = "`sub_flow`";
        let reader = Reader::new(node, &keys::SUB_FLOW_BODY, place, &mut self.report)?;
        let path = self.report.text_opt(reader.get("path"), "`path`")?;
        let file = self.frames[from].path.clone();
        let frame = self.frame(file, reader, Some((task, from)), path.span);
        Some((path, frame))
    }

    /// The names and defaults of a file that is used.
    pub(crate) fn frame(
        &mut self,
        path: String,
        reader: Reader<'n>,
        used_by: Option<(TaskId, FrameId)>,
        use_span: Span,
    ) -> Frame<'n> {
        let parameters = self.parameters(reader.get("parameters"));
        let secrets = reader.optional("secrets");
        let secrets = secrets.and_then(|node| self.declared_secrets(node));
        let defaults = reader.optional("defaults");
        let defaults = defaults
            .and_then(|node| Reader::new(node, &keys::DEFAULTS, "`defaults`", &mut self.report));
        Frame {
            path,
            used_by,
            use_span,
            reader,
            parameters: parameters.list,
            parameter_index: parameters.index,
            refused: parameters.refused,
            secrets,
            defaults,
        }
    }

    /// A frame and those that use it, outwards.
    fn frames_from(&self, frame: FrameId) -> impl Iterator<Item = FrameId> + '_ {
        std::iter::successors(Some(frame), |frame| {
            self.frames[*frame].used_by.map(|(_, user)| user)
        })
    }

    /// Where the files of a chain are used, the outermost first, each with the file that is used.
    fn uses(&self, chain: &[FrameId]) -> Vec<(Span, String)> {
        chain
            .iter()
            .rev()
            .map(|frame| {
                (
                    self.frames[*frame].use_span,
                    self.frames[*frame].path.clone(),
                )
            })
            .collect()
    }

    /// Reports keys of a flow that mean nothing, or cannot be kept, when it is a sub-flow.
    fn check_sub_flow_keys(&mut self, reader: &Reader<'n>, path: &str, task: TaskId) {
        let task = &self.tasks[task.index()];
        let fan_out = task.fan_out.is_some();
        let place = task.name.span;
        for (key, entry) in reader.known() {
            let refused = match key.name {
                "finally" => {
                    Some("what is in `finally` runs at the end of a run, not of a sub-flow")
                }
                "timeout" => {
                    Some("a `timeout` of a flow is that of a run, and a sub-flow has none")
                }
                "max_parallel" | "fail_fast" if fan_out => {
                    Some("on a fan-out, it would mean the instances, not what is inside one")
                }
                _ => None,
            };
            if let Some(why) = refused {
                self.report.push(checks::inapplicable_key::sub_flow(
                    entry.key_span,
                    key.name,
                    path,
                    why,
                    place,
                ));
            } else if matches!(key.name, "schedule" | "targets") {
                self.report.push(checks::ignored_key::sub_flow(
                    entry.key_span,
                    key.name,
                    path,
                    place,
                ));
            }
        }
    }

    /// The body of a group or sub-flow.
    pub(crate) fn build_group(&mut self, id: TaskId) -> Option<Group> {
        let group = self.group(id)?;
        let (children, inside) = (group.children.clone(), group.frame);
        let path = group.sub_flow.clone();
        let outputs = group
            .outputs
            .iter()
            .filter_map(|(name, export)| match &export.value {
                Slot::Done(Some(value)) => Some(Export {
                    name: Spanned::new((*name).to_owned(), export.entry.key_span),
                    value: value.clone(),
                }),
                _ => None,
            })
            .collect();
        let exported: Vec<&'n Entry<'n>> = group.artifacts.values().copied().collect();
        let place = self.inside(id, Field::ArtifactExport)?;
        let artifacts = exported
            .into_iter()
            .filter_map(|entry| self.artifact_export(entry, &place))
            .collect();
        let sub_flow = path.map(|path| self.sub_flow(id, path, inside));
        Some(Group {
            children,
            sub_flow,
            outputs,
            artifacts,
            elements: Vec::new(),
        })
    }

    fn sub_flow(&mut self, id: TaskId, path: Spanned<String>, inside: FrameId) -> SubFlow {
        let place = self.place(id, Field::With);
        let task = &self.tasks[id.index()];
        let (with, name) = (task.reader.get("with"), task.name.clone());
        let bindings = self.bindings(with, inside, &place, &name);
        let own = self.frames[inside].reader.get("flow");
        let own = own.and_then(|node| self.flow_name(node));
        SubFlow {
            path,
            name: own.map(|name| name.value).unwrap_or_default(),
            bindings,
        }
    }

    /// An exported artifact: one reference to an artifact of a task directly inside.
    pub(crate) fn artifact_export(
        &mut self,
        entry: &Entry,
        place: &Place,
    ) -> Option<ArtifactExport> {
        let what = format!("the exported artifact `{}`", entry.key);
        let wanted = "one whole expression such as `${{ tasks.t.artifacts.a }}`";
        let scalar = self.report.scalar(&entry.value, &what, wanted)?;
        let expr = self.whole(&entry.value, scalar, place, &what, wanted)?;
        let ExprKind::Ref(Ref::Artifact { task, name }) = expr.kind else {
            self.report
                .push(checks::type_mismatch::wants(&entry.value, &what, wanted));
            return None;
        };
        if self.tasks[task.index()].scope != place.scope {
            self.report
                .push(checks::misplaced_reference::foreign_artifact(
                    expr.span, &what,
                ));
            return None;
        }
        Some(ArtifactExport {
            name: Spanned::new(entry.key.to_string(), entry.key_span),
            kind: self.artifact_kind(task, &name),
            task,
            artifact: name,
            span: expr.span,
        })
    }

    /// What an artifact is as seen from outside: that of a fan-out is a directory. An inner group has
    /// not been built yet, so its export is read here; groups nest only so deep.
    fn artifact_kind(&mut self, task: TaskId, name: &str) -> ArtifactKind {
        let declared = &self.tasks[task.index()];
        if declared.fan_out.is_some() {
            return ArtifactKind::Directory;
        }
        if let DeclaredBody::Group(group) = &declared.body {
            let entry = group.artifacts.get(name).copied();
            let place = self.inside(task, Field::ArtifactExport);
            let export = entry
                .zip(place)
                .and_then(|(entry, place)| self.artifact_export(entry, &place));
            return export.map_or(ArtifactKind::File, |export| export.kind);
        }
        let artifact = declared
            .artifacts
            .iter()
            .find(|artifact| artifact.name.value == name);
        artifact.map_or(ArtifactKind::File, |artifact| artifact.kind)
    }
}
