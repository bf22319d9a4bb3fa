//! What the task around a scope hands to its inputs.

use flowc_core::expr::{ExprKind, Ref, Type};
use flowc_core::flow::{Body, TaskId};
use flowc_core::source::Span;

use super::super::facts::{self, Source};
use super::super::{Lowerer, Place};
use super::operands::null_or;
use super::{Key, Scope};
use crate::argo::expr::{self, Code, Operand};
use crate::argo::model::{Argument, ArtifactArgument, ArtifactFrom};
use crate::argo::names;

impl<'f> Lowerer<'f> {
    /// What the task around the scope at `depth` hands to its inputs.
    pub(in crate::argo::lower) fn arguments(
        &mut self,
        depth: usize,
        scope: &Scope<'f>,
    ) -> Vec<Argument<'f>> {
        let mut arguments = Vec::with_capacity(scope.keys.len());
        for (key, name, encoded) in &scope.keys {
            arguments.push(Argument {
                name: name.clone(),
                value: self.argument(depth, scope, key, *encoded).into(),
                note: None,
            });
        }
        arguments
    }

    fn argument(&mut self, depth: usize, scope: &Scope<'f>, key: &Key, encoded: bool) -> String {
        let place = Place::Dag;
        let span = Span::default();
        match key {
            Key::Service(owner, name) => self.address(depth, *owner, name).tag(),
            Key::Guarded(reference) => {
                let ty = facts::type_of(self.flow, reference);
                let (presence, operand) = self.guarded(depth, place, reference, span);
                null_or(presence, operand, &ty).tag()
            }
            Key::Value(Ref::Parameter {
                scope: Some(group),
                name,
            }) if scope.level == Some(Some(*group)) => {
                match facts::binding(self.flow, *group, name) {
                    Some(binding) => {
                        let value = &binding.value;
                        if let (ExprKind::Literal(value), false) = (&value.kind, encoded) {
                            return value.text();
                        }
                        let code = self.value(depth, place, value);
                        encode(Operand::Typed(code), &value.ty, encoded)
                    }
                    None => String::new(),
                }
            }
            Key::Value(reference) => {
                let ty = facts::type_of(self.flow, reference);
                let operand = self.operand(depth, place, reference, span);
                if let (Ref::Index { .. }, Operand::Typed(code)) = (reference, &operand)
                    && code.text == "asInt(item)"
                {
                    return "{{item}}".to_owned();
                }
                encode(operand, &ty, encoded)
            }
        }
    }

    /// The artifacts that the task around the scope hands to it.
    pub(in crate::argo::lower) fn artifact_arguments(
        &mut self,
        depth: usize,
        scope: &Scope<'f>,
    ) -> Vec<ArtifactArgument<'f>> {
        scope
            .artifacts
            .iter()
            .map(|(task, artifact, name, optional)| ArtifactArgument {
                name: name.clone(),
                from: self.artifact_from(depth, *task, artifact, *optional),
                optional: *optional,
                note: None,
            })
            .collect()
    }

    /// Where an artifact comes from, seen from the scope at a depth.
    pub(in crate::argo::lower) fn artifact_from(
        &mut self,
        depth: usize,
        task: TaskId,
        name: &str,
        optional: bool,
    ) -> ArtifactFrom<'f> {
        let flow = self.flow;
        let source = Source::of(flow, task, artifact_name(flow, task, name));
        if !source.fan_outs.is_empty() || self.is_saved(task) {
            return ArtifactFrom::Key(self.fan_in_key(depth, task, &source).into());
        }
        if self.home(task) == Some(depth) || depth == 0 {
            let task = names::task(&flow.task(task).name);
            let tag = format!("{{{{tasks.{task}.outputs.artifacts.{name}}}}}");
            return ArtifactFrom::Tag(tag.into());
        }
        let known = self.scopes[depth]
            .artifacts
            .iter_mut()
            .find(|(other, artifact, _, _)| *other == task && artifact == name);
        let input = match known {
            Some(known) => {
                known.3 |= optional;
                known.2.clone()
            }
            None => {
                let wanted = format!("{}_{name}", flow.task(task).name.value);
                let scope = &mut self.scopes[depth];
                let input = scope.artifact_names.take(wanted.into(), '_');
                scope
                    .artifacts
                    .push((task, name.to_owned(), input.clone(), optional));
                input
            }
        };
        ArtifactFrom::Tag(format!("{{{{inputs.artifacts.{input}}}}}").into())
    }

    /// The folder in the repository that holds what all instances wrote.
    fn fan_in_key(&mut self, depth: usize, task: TaskId, source: &Source<'_>) -> String {
        let mut key = format!(
            "{{{{workflow.uid}}}}/{}/{}",
            self.flow.task(source.task).path,
            source.artifact
        );
        let mut around: Vec<TaskId> = self.flow.fan_outs_around(task).collect();
        around.reverse();
        for fan_out in around {
            key.push('/');
            key.push_str(&self.index_tag(depth, fan_out));
        }
        key
    }
}

pub(in crate::argo::lower) fn artifact_name<'f>(
    flow: &'f flowc_core::flow::Flow,
    task: TaskId,
    name: &str,
) -> &'f str {
    let task = flow.task(task);
    let own = task.artifacts.iter().map(|artifact| &artifact.name.value);
    let exported = match &task.body {
        Body::Group(group) => group.artifacts.as_slice(),
        _ => &[],
    };
    own.chain(exported.iter().map(|export| &export.name.value))
        .find(|known| *known == name)
        .map_or("", String::as_str)
}

/// The text that an argument carries, and that [`Lowerer::input`] reads back.
fn encode(operand: Operand, ty: &Type, encoded: bool) -> String {
    let code = match operand {
        // A text is passed on as it is.
        Operand::Raw(code) => code,
        operand => {
            let code = expr::decode(operand, ty);
            match ty {
                Type::String => code,
                // A tag writes these as JSON does.
                Type::Integer | Type::Number | Type::Boolean if !encoded => code,
                _ => Code::call("toJson", &code),
            }
        }
    };
    if encoded {
        return Code::call("toBase64", &code).tag();
    }
    code.tag()
}
