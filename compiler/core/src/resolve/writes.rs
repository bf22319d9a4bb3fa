//! What a process writes: `outputs` and `artifacts` of a task, and types as written.

use std::fmt::Display;

use super::Resolver;
use super::declare::{Declared, DeclaredBody};
use super::keys;
use super::reader::Reader;
use crate::checks;
use crate::document::{Entry, Node};
use crate::expr::Type;
use crate::flow::{Artifact, ArtifactKind, Output, TaskId};
use crate::source::Spanned;
use crate::values;

/// The words for what an artifact is.
pub(crate) const ARTIFACT_KINDS: [(&str, ArtifactKind); 2] = [
    ("file", ArtifactKind::File),
    ("directory", ArtifactKind::Directory),
];

/// The types that have a name without `<>`.
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "list", "object"];

impl Resolver<'_> {
    /// Declares the outputs and artifacts of a process.
    pub(crate) fn declare_writes(&mut self, id: TaskId) {
        let reader = self.tasks[id.index()].reader;
        let outputs = self.written(reader.get("outputs"), "`outputs`", Self::output);
        let artifacts = self.written(reader.get("artifacts"), "`artifacts`", Self::artifact);
        for artifact in artifacts.iter().flatten() {
            let same = outputs
                .iter()
                .flatten()
                .find(|output| output.name == artifact.name);
            if let Some(output) = same {
                self.report
                    .push(checks::duplicate_name::output_and_artifact(
                        &artifact.name,
                        output.name.span,
                    ));
            }
        }
        let task = &mut self.tasks[id.index()];
        task.complete = outputs.is_some() && artifacts.is_some();
        task.outputs = outputs.unwrap_or_default();
        task.artifacts = artifacts.unwrap_or_default();
    }

    fn written<T>(
        &mut self,
        node: Option<&Node>,
        place: &str,
        read: fn(&mut Self, &Entry) -> T,
    ) -> Option<Vec<T>> {
        let Some(node) = node else {
            return Some(Vec::new());
        };
        let Some(entries) = node.mapping() else {
            let wanted = "a mapping from name to type";
            self.report
                .push(checks::type_mismatch::wants(node, place, wanted));
            return None;
        };
        Some(
            entries
                .iter()
                .map(|entry| {
                    self.check_key_name(entry, values::check_name);
                    read(self, entry)
                })
                .collect(),
        )
    }

    /// A declared output; one whose type is wrong gets any, so that its readers are not wrong too.
    fn output(&mut self, entry: &Entry) -> Output {
        let place = format_args!("output `{}`", entry.key);
        let node = match entry.value.mapping() {
            Some(_) => Reader::new(&entry.value, &keys::OUTPUT, place, &mut self.report)
                .and_then(|reader| reader.get("type")),
            None => Some(&entry.value),
        };
        let ty = node.and_then(|node| self.type_of(node, format_args!("the type of {place}")));
        Output {
            name: Spanned::new(entry.key.to_string(), entry.key_span),
            ty: ty.unwrap_or(Type::Any),
        }
    }

    fn artifact(&mut self, entry: &Entry) -> Artifact {
        let place = format!("artifact `{}`", entry.key);
        let (kind, path) = match entry.value.mapping() {
            Some(_) => {
                let reader = Reader::new(&entry.value, &keys::ARTIFACT, &place, &mut self.report);
                (
                    reader.and_then(|reader| reader.get("type")),
                    reader.and_then(|reader| reader.get("path")),
                )
            }
            None => (Some(&entry.value), None),
        };
        let kind = self
            .report
            .word(kind, &format!("the type of {place}"), &ARTIFACT_KINDS);
        let path = self.report.text_opt(path, &format!("the path of {place}"));
        if let Some(path) = &path
            && (!path.value.starts_with('/') || path.value.ends_with('/'))
        {
            self.report
                .push(checks::invalid_path::artifact(path.span, &path.value));
        }
        Artifact {
            name: Spanned::new(entry.key.to_string(), entry.key_span),
            kind: kind.map_or(ArtifactKind::File, |kind| kind.value),
            path,
        }
    }

    /// A type as the language writes it.
    pub(crate) fn type_of(&mut self, node: &Node, place: impl Display + Copy) -> Option<Type> {
        let scalar = self.report.scalar(node, place, "a type such as `string`")?;
        let ty = parse_type(&scalar.text);
        if ty.is_none() {
            let nearest = self.report.nearest(&scalar.text, TYPES);
            self.report.push(checks::unknown_value::unknown(
                node.span,
                &scalar.text,
                place,
                &[
                    "string", "integer", "number", "boolean", "list<T>", "object",
                ],
                nearest,
            ));
        }
        ty
    }
}

impl Declared<'_> {
    /// The outputs that others may read, with the place of their declaration.
    pub(crate) fn output_names(&self) -> Vec<Spanned<&str>> {
        match &self.body {
            DeclaredBody::Group(group) => group
                .outputs
                .iter()
                .map(|(name, export)| Spanned::new(*name, export.entry.key_span))
                .collect(),
            DeclaredBody::Approve => vec![Spanned::new("choice", self.name.span)],
            _ => self
                .outputs
                .iter()
                .map(|output| Spanned::new(output.name.value.as_str(), output.name.span))
                .collect(),
        }
    }

    /// The artifacts that others may read, with the place of their declaration.
    pub(crate) fn artifact_names(&self) -> Vec<Spanned<&str>> {
        match &self.body {
            DeclaredBody::Group(group) => group
                .artifacts
                .iter()
                .map(|(name, entry)| Spanned::new(*name, entry.key_span))
                .collect(),
            _ => self
                .artifacts
                .iter()
                .map(|artifact| Spanned::new(artifact.name.value.as_str(), artifact.name.span))
                .collect(),
        }
    }
}

/// `list<T>`, or a type without `<>`; `list` is `list<string>`.
fn parse_type(text: &str) -> Option<Type> {
    let mut lists = 0;
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix("list<") {
        text = inner.strip_suffix('>')?.trim();
        lists += 1;
    }
    let inner = match text {
        "string" => Type::String,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "object" => Type::Object,
        "list" => Type::list(Type::String),
        _ => return None,
    };
    (lists <= 16).then(|| (0..lists).fold(inner, |ty, _| Type::list(ty)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_are_shown() {
        for text in ["string", "list<string>", "list<list<number>>", "object"] {
            assert_eq!(parse_type(text).map(|ty| ty.to_string()), Some(text.into()));
        }
        assert_eq!(parse_type("list"), Some(Type::list(Type::String)));
        assert_eq!(
            parse_type("list<list>"),
            Some(Type::list(Type::list(Type::String)))
        );
        for text in ["any", "list<", "list<>", "string>", "String", ""] {
            assert_eq!(parse_type(text), None, "{text}");
        }
    }
}
