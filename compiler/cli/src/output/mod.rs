//! Output folders: what they should hold, what they hold, and how they get there whole or not at all.
//!
//! A manifest in the folder says which files flowc wrote, for which flow and target, and with which
//! content. What is not in it, or was changed since, belongs to somebody else.

mod changes;
pub mod drift;
mod manifest;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

pub use changes::{Changes, Conflict, PlanError, plan};
pub use manifest::{MANIFEST, Manifest};
pub use write::{FolderLock, apply, lock};

use flowc_core::text::Text;

use crate::report::{relative, slashes};

/// The files that one flow should have in an output folder for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The flow; see [`file_source`] and [`pipe_source`].
    pub source: String,
    /// The target, with its version where one flow has the same target twice.
    pub target: String,
    /// Path relative to the folder, with `/`, to content.
    pub files: BTreeMap<String, Text>,
}

/// What the manifest's name for a flow from a pipe begins with.
const PIPE: &str = "-:";

/// A flow file as the manifest names it: by the way from the output folder to it, so that the name
/// stays right when a repository is checked out elsewhere. Both paths are absolute.
pub fn file_source(folder: &Path, file: &Path) -> String {
    slashes(&relative(folder, file).unwrap_or_else(|| file.to_owned()))
}

/// A flow from a pipe as the manifest names it: by the name it gives itself.
pub fn pipe_source(flow: &str) -> String {
    format!("{PIPE}{flow}")
}
