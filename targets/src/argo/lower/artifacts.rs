//! Artifacts that a process reads and writes: as inputs, outputs, keys and paths.

use flowc_core::expr::{Expr, Ref};
use flowc_core::flow::{Artifact, Task, TaskId};
use flowc_core::source::Span;

use super::process::Slots;
use super::scope::artifact_name;
use super::{INPUTS, Lowerer, OUTPUTS, Place, facts};
use crate::argo::expr::{self, Code};
use crate::argo::model::{
    self, ArtifactArgument, InputArtifact, OutputArtifact, OutputArtifactFrom, SlotValue, Str,
};

/// An artifact that a process reads.
#[derive(Clone, Debug)]
pub(super) struct ArtifactRead<'f> {
    pub(super) task: TaskId,
    pub(super) name: String,
    pub(super) input: Str<'f>,
    optional: bool,
}

impl<'f> Lowerer<'f> {
    pub(super) fn artifact_inputs(
        &mut self,
        depth: usize,
        reads: &[ArtifactRead<'f>],
    ) -> (Vec<InputArtifact<'f>>, Vec<ArtifactArgument<'f>>) {
        if self.options.on_volume() {
            return (Vec::new(), Vec::new());
        }
        let mut inputs = Vec::with_capacity(reads.len());
        let mut arguments = Vec::with_capacity(reads.len());
        for read in reads {
            let from = self.artifact_from(depth, read.task, &read.name, read.optional);
            let fan_in = matches!(from, model::ArtifactFrom::Key(_));
            inputs.push(InputArtifact {
                name: read.input.clone(),
                path: Some(format!("{INPUTS}/{}", read.input).into()),
                optional: read.optional,
            });
            arguments.push(ArtifactArgument {
                name: read.input.clone(),
                from,
                optional: read.optional,
                note: fan_in.then_some("of every instance, named by index"),
            });
        }
        (inputs, arguments)
    }

    pub(super) fn output_artifacts(
        &mut self,
        id: TaskId,
        task: &'f Task,
    ) -> Vec<OutputArtifact<'f>> {
        if self.options.on_volume() {
            return Vec::new();
        }
        task.artifacts
            .iter()
            .map(|artifact| OutputArtifact {
                name: artifact.name.value.as_str().into(),
                optional: false,
                from: OutputArtifactFrom::Path {
                    path: artifact_path(artifact),
                    key: self
                        .reads
                        .fan_in(id, &artifact.name.value)
                        .then(|| self.written_key(id, task, &artifact.name.value).into()),
                },
            })
            .collect()
    }

    /// Where an instance puts an artifact that is read as a folder of all instances.
    fn written_key(&self, id: TaskId, task: &Task, artifact: &str) -> String {
        let mut key = format!("{{{{workflow.uid}}}}/{}/{artifact}", task.path);
        let innermost = self.flow.fan_out_of(id);
        for fan_out in self.flow.fan_outs_of(id) {
            let slot = if Some(fan_out) == innermost {
                "index".to_owned()
            } else {
                outer_index(&self.flow.task(fan_out).name)
            };
            key.push_str(&format!("/{{{{inputs.parameters.{slot}}}}}"));
        }
        key
    }

    /// The path at which the current process reads an artifact.
    pub(super) fn artifact_path(
        &mut self,
        place: Place,
        task: TaskId,
        name: &str,
        guarded: bool,
        span: Span,
    ) -> Code {
        if self.current.is_none() || place == Place::Export {
            self.no_place_for_a_path(span);
            return Code::atom("\"\"");
        }
        expr::quote(&self.artifact_read(task, name, guarded))
    }

    fn artifact_read(&mut self, task: TaskId, name: &str, guarded: bool) -> String {
        let source = facts::Source::of(self.flow, task, artifact_name(self.flow, task, name));
        let optional = guarded || (!source.fan_outs.is_empty() && self.may_be_empty(&source));
        let known = self
            .artifact_reads
            .iter_mut()
            .find(|read| read.task == task && read.name == name);
        if let Some(known) = known {
            known.optional |= optional;
            return format!("{INPUTS}/{}", known.input);
        }
        let mut input = self.slot.clone();
        let mut number = 2;
        while self.artifact_reads.iter().any(|read| read.input == input) {
            input = format!("{}_{number}", self.slot).into();
            number += 1;
        }
        let path = format!("{INPUTS}/{input}");
        self.artifact_reads.push(ArtifactRead {
            task,
            name: name.to_owned(),
            input,
            optional,
        });
        path
    }

    /// Whether all instances that could have written the artifact may be missing.
    fn may_be_empty(&self, source: &facts::Source<'_>) -> bool {
        source.fan_outs.iter().any(|task| self.may_skip(*task)) || self.may_skip(source.task)
    }

    /// The path that a part of a text stands for.
    pub(super) fn path_of(&mut self, reference: &'f Ref, expr: &Expr) -> String {
        match reference {
            Ref::Artifact { task, name } if self.current.is_some() => {
                self.artifact_read(*task, name, false)
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => self.own_path(name),
            _ => {
                self.no_place_for_a_path(expr.span);
                String::new()
            }
        }
    }

    fn no_place_for_a_path(&mut self, span: Span) {
        let message = "the path of an artifact can only be named where a process reads it";
        self.problems.push((span, message.to_owned()));
    }

    /// Slots for the numbers of outer fan-outs, where a key in the repository needs them.
    pub(super) fn outer_index_slots(&mut self, depth: usize, id: TaskId, slots: &mut Slots<'f>) {
        let task = self.flow.task(id);
        let keyed = !self.options.on_volume()
            && task
                .artifacts
                .iter()
                .any(|artifact| self.reads.fan_in(id, &artifact.name.value));
        if !keyed {
            return;
        }
        let innermost = self.flow.fan_out_of(id);
        for fan_out in self.flow.fan_outs_of(id) {
            if Some(fan_out) != innermost {
                let index = SlotValue::Passed(self.index_tag(depth, fan_out).into());
                slots.add(outer_index(&self.flow.task(fan_out).name), index);
            }
        }
    }
}

fn outer_index(name: &str) -> String {
    format!("{name}_index")
}

fn artifact_path(artifact: &Artifact) -> Str<'_> {
    match &artifact.path {
        Some(path) => path.value.as_str().into(),
        None => format!("{OUTPUTS}/{}", artifact.name.value).into(),
    }
}
