//! The problems of one flow, ready to be shown.

use std::path::{Component, Path, PathBuf};

use flowc_core::diagnostic::{Diagnostic, Severity};
use flowc_core::source::{FileId, Sources};

/// The problems of one flow with the texts they point into.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The texts.
    pub sources: Sources,
    /// The problems, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// How paths in `sources` become paths for people.
    pub paths: DisplayPaths,
}

impl Report {
    /// The path of a file as it is shown: relative to the current folder, with `/`.
    pub fn path(&self, file: FileId) -> String {
        self.paths.show(self.sources.file(file).path())
    }

    /// Whether any of the problems is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many of the problems are this bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }
}

/// Turns paths relative to the project root into paths relative to the current folder.
#[derive(Clone, Debug, Default)]
pub struct DisplayPaths {
    root: PathBuf,
    current: PathBuf,
}

impl DisplayPaths {
    /// For a project root as seen from a current folder; both absolute and without `..`.
    pub fn new(root: impl Into<PathBuf>, current: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            current: current.into(),
        }
    }

    /// The path to show for a path relative to the root.
    pub fn show(&self, path: &str) -> String {
        if self.root == self.current {
            return path.to_owned();
        }
        let full = self.root.join(path);
        match relative(&self.current, &full) {
            Some(relative) => slashes(&relative),
            None => slashes(&full),
        }
    }
}

/// The way from a folder to a file or folder, both absolute; none when they share nothing but the
/// file system's root, where an absolute path reads better.
pub fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let meets = to
        .components()
        .take(shared)
        .any(|component| matches!(component, Component::Normal(_)));
    if !meets {
        return None;
    }
    let up = from
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir.as_os_str().to_owned());
    let down = to
        .components()
        .skip(shared)
        .map(|component| component.as_os_str().to_owned());
    Some(up.chain(down).collect())
}

/// A path as text with `/` between folders.
pub fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_current_folder() {
        for (root, current, path, shown) in [
            ("/a/b", "/a/b", "flow.yaml", "flow.yaml"),
            ("/a/b", "/a/b/c", "c/flow.yaml", "flow.yaml"),
            ("/a/b", "/a/b/c", "flow.yaml", "../flow.yaml"),
            ("/a/b", "/a", "c/flow.yaml", "b/c/flow.yaml"),
            ("/tmp/x", "/a", "flow.yaml", "/tmp/x/flow.yaml"),
        ] {
            assert_eq!(DisplayPaths::new(root, current).show(path), shown);
        }
    }
}
