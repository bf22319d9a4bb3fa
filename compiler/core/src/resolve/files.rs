//! The sub-flow files of a compilation: found and read before anything is resolved, each once.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Loader;
use crate::diagnostic::Diagnostics;
use crate::document::{self, Node};
use crate::source::{FileId, Sources};

/// Every document that the flow needs, by normalised path.
#[derive(Debug)]
pub(crate) struct Files<'t> {
    by_path: HashMap<String, File<'t>>,
}

/// The texts of files. Documents borrow from them while more are added, so each stays where it is.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: OnceCell<Arc<String>>,
    next: OnceCell<Box<Texts>>,
}

impl Texts {
    fn add(&self, text: Arc<String>) -> &str {
        let mut last = self;
        while last.text.get().is_some() {
            last = last.next.get_or_init(Box::default);
        }
        last.text.get_or_init(|| text)
    }
}

/// A file that was asked for.
#[derive(Debug)]
pub(crate) enum File<'t> {
    /// What stands in it; nothing when it is not YAML, which has been reported.
    Read(Option<Node<'t>>),
    /// Why it could not be read.
    Missing(String),
}

/// Where a written path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A path relative to the project root.
    Inside(String),
    /// Out of the project.
    Outside,
}

impl<'t> Files<'t> {
    /// Reads `root` and every file that it names, directly or through others.
    pub(crate) fn read(
        sources: &mut Sources,
        root: FileId,
        loader: &mut dyn Loader,
        texts: &'t Texts,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut files = Self {
            by_path: HashMap::new(),
        };
        let text = texts.add(sources.file(root).shared_text());
        let path = clean(sources.file(root).path());
        let node = document::parse(root, text, diagnostics);
        let mut wanted = Vec::new();
        mentioned(node.as_ref(), &path, &mut wanted);
        files.by_path.insert(path, File::Read(node));
        while let Some(path) = wanted.pop() {
            if files.by_path.contains_key(&path) {
                continue;
            }
            let file = match loader.load(&path) {
                Ok(text) => {
                    let id = sources.add(path.clone(), text);
                    let text = texts.add(sources.file(id).shared_text());
                    File::Read(document::parse(id, text, diagnostics))
                }
                Err(why) => File::Missing(why),
            };
            if let File::Read(node) = &file {
                mentioned(node.as_ref(), &path, &mut wanted);
            }
            files.by_path.insert(path, file);
        }
        files
    }

    /// A file that was mentioned somewhere.
    pub(crate) fn get(&self, path: &str) -> Option<&File<'t>> {
        self.by_path.get(path)
    }
}

/// Where `written`, in the file at `from`, leads.
pub(crate) fn destination(from: &str, written: &str) -> Destination {
    if written.starts_with('/') {
        return Destination::Outside;
    }
    let (root, from) = match from.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", from),
    };
    let mut segments: Vec<&str> = from.split('/').collect();
    segments.pop();
    for segment in written.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                if segments.pop().is_none() {
                    return Destination::Outside;
                }
            }
            name => segments.push(name),
        }
    }
    Destination::Inside(format!("{root}{}", segments.join("/")))
}

/// A path without `.` and empty segments.
pub(crate) fn clean(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .collect();
    format!("{root}{}", segments.join("/"))
}

/// The paths that a document's tasks name in `flow`.
fn mentioned(node: Option<&Node>, path: &str, wanted: &mut Vec<String>) {
    let Some(node) = node else { return };
    let mut levels: Vec<&Node> = ["tasks", "finally"]
        .iter()
        .filter_map(|key| node.get(key))
        .collect();
    while let Some(level) = levels.pop() {
        for task in level.mapping().unwrap_or_default() {
            levels.extend(task.value.get("tasks"));
            levels.extend(
                task.value
                    .get("sub_flow")
                    .and_then(|body| body.get("tasks")),
            );
            let written = task.value.get("flow").and_then(Node::scalar);
            if let Some(written) = written
                && let Destination::Inside(path) = destination(path, &written.text)
            {
                wanted.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_says_them() {
        let inside = |path: &str| Destination::Inside(path.to_owned());
        for (from, written, expected) in [
            ("flow.yaml", "sub.yaml", inside("sub.yaml")),
            ("a/flow.yaml", "./b//sub.yaml", inside("a/b/sub.yaml")),
            ("a/flow.yaml", "../sub.yaml", inside("sub.yaml")),
            ("a/flow.yaml", "../../sub.yaml", Destination::Outside),
            ("flow.yaml", "../sub.yaml", Destination::Outside),
            ("flow.yaml", "/etc/passwd", Destination::Outside),
            (
                "/tmp/p/flow.yaml",
                "../q/sub.yaml",
                inside("/tmp/q/sub.yaml"),
            ),
        ] {
            assert_eq!(destination(from, written), expected, "{from} {written}");
        }
    }
}
