//! The list of files that flowc wrote into a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use crate::failure::Failure;

/// The manifest's name in its folder.
pub const MANIFEST: &str = ".flowc-manifest.json";

const VERSION: u32 = 1;

/// The list of files that flowc wrote into a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    flowc_manifest: u32,
    /// One entry per flow and target, sorted.
    pub flows: Vec<Entry>,
}

/// The files of one flow for one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// The flow file, seen from the folder; `-:name` for a flow from a pipe.
    pub source: String,
    /// The target.
    pub target: String,
    /// Path to digest of the content.
    pub files: BTreeMap<String, String>,
    /// While files are being replaced: the digests they are about to have. Left behind only when
    /// flowc was killed then; both contents are flowc's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub replacing: BTreeMap<String, String>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            flowc_manifest: VERSION,
            flows: Vec::new(),
        }
    }
}

impl Manifest {
    /// The manifest of a folder; an empty one when it has none.
    ///
    /// # Errors
    /// A manifest that cannot be read or understood.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => return Ok(Self::default()),
            Err(error) => return Err(Failure::io("read", &path, &error)),
        };
        let unreadable = |why: String| {
            Failure::new(format!(
                "cannot understand the manifest `{}`: {why}",
                crate::report::slashes(&path)
            ))
            .help("delete it, then compile with `--force`")
        };
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if manifest.flowc_manifest != VERSION {
            return Err(unreadable(format!(
                "its version is {}, this flowc knows {VERSION}",
                manifest.flowc_manifest
            )));
        }
        if let Some(path) = manifest.paths().find(|path| !is_inside(path)) {
            return Err(unreadable(format!("`{path}` leads out of the folder")));
        }
        Ok(manifest)
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut sorted = self.clone();
        sorted.flows.sort();
        let mut text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The entry of a flow and target.
    pub fn entry(&self, source: &str, target: &str) -> Option<&Entry> {
        self.flows
            .iter()
            .find(|entry| entry.source == source && entry.target == target)
    }

    /// The entry that lists a path.
    pub fn owner(&self, path: &str) -> Option<&Entry> {
        self.flows.iter().find(|entry| entry.lists(path))
    }

    fn paths(&self) -> impl Iterator<Item = &String> {
        self.flows.iter().flat_map(Entry::paths)
    }
}

impl Entry {
    /// All its files.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        let new = self
            .replacing
            .keys()
            .filter(|path| !self.files.contains_key(*path));
        self.files.keys().chain(new)
    }

    /// Whether the path is one of its files.
    pub fn lists(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.replacing.contains_key(path)
    }

    /// Whether flowc wrote this content at this path.
    pub fn wrote(&self, path: &str, content: &[u8]) -> bool {
        let digest = digest([content]);
        [&self.files, &self.replacing]
            .into_iter()
            .any(|files| files.get(path) == Some(&digest))
    }
}

/// What a manifest remembers of a content, given in pieces. It tells a file that was changed from one that was not, not
/// what a forger would take pains for.
pub fn digest<'c>(content: impl IntoIterator<Item = &'c [u8]>) -> String {
    let mut hasher = XxHash3_128::with_seed(0);
    for piece in content {
        hasher.write(piece);
    }
    format!("xxh3:{:032x}", hasher.finish_128())
}

/// Whether an error says that there is nothing at the path.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether a path stays below the folder it is relative to.
pub fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && path
            .split(['/', '\\'])
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.ends_with(':'))
}
