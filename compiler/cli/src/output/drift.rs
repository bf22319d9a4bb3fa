//! How the files in a folder differ from what the flows would give now.

use std::fs;
use std::path::Path;
use std::time::Duration;

use similar::TextDiff;

use super::{Changes, PlanError, Wanted, plan};
use crate::report::slashes;
use crate::style::{self, paint};

/// After this long a diff may be longer than it had to be. Only huge and very different files get there.
const LONGEST_SEARCH: Duration = Duration::from_secs(2);

/// What is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Files with another content: path, content now, content wanted.
    pub different: Vec<(String, String, String)>,
    /// Files that are not there: path, content wanted.
    pub missing: Vec<(String, String)>,
    /// Files that flowc wrote for flows, or tasks of flows, that are gone.
    pub stale: Vec<String>,
}

/// Compares a folder with what it should hold.
///
/// # Errors
/// Two flows that want the same file, or a file that cannot be read.
pub fn drift(folder: &Path, wanted: &[Wanted]) -> Result<Drift, PlanError> {
    let Changes { write, remove, .. } = plan(folder, wanted, true)?;
    let mut drift = Drift {
        stale: remove.into_iter().collect(),
        ..Drift::default()
    };
    for (path, text) in write {
        let (path, text) = (path.to_owned(), text.to_string());
        match fs::read(folder.join(&path)) {
            Ok(now) => {
                let now = String::from_utf8_lossy(&now).into_owned();
                drift.different.push((path, now, text));
            }
            Err(_) => drift.missing.push((path, text)),
        }
    }
    Ok(drift)
}

impl Drift {
    /// Whether everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.different.is_empty() && self.missing.is_empty() && self.stale.is_empty()
    }

    /// A unified diff from what is there to what is wanted. A missing file is shown by its length: its
    /// text is one `flowc compile` away.
    pub fn diff(&self, shown_folder: &str, colour: bool) -> String {
        let mut out = String::new();
        let path_of = |path: &str| slashes(&Path::new(shown_folder).join(path));
        for (path, now, wanted) in &self.different {
            let path = path_of(path);
            let diff = TextDiff::configure()
                .timeout(LONGEST_SEARCH)
                .diff_lines(now.as_str(), wanted.as_str());
            let text = diff
                .unified_diff()
                .context_radius(3)
                .header(
                    &format!("{path} (on disk)"),
                    &format!("{path} (from the flow)"),
                )
                .to_string();
            out.push_str(&painted(&text, colour));
        }
        for (path, wanted) in &self.missing {
            let lines = wanted.lines().count();
            let line = format!("+++ {} is missing ({lines} lines)", path_of(path));
            out.push_str(&paint(style::ADDED, &line, colour));
            out.push('\n');
        }
        for path in &self.stale {
            let line = format!("--- {} is stale: no flow gives it now", path_of(path));
            out.push_str(&paint(style::REMOVED, &line, colour));
            out.push('\n');
        }
        out
    }

    /// `2 files differ, 1 is missing, 1 is stale`.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        match self.different.len() {
            0 => {}
            1 => parts.push("1 file differs".to_owned()),
            n => parts.push(format!("{n} files differ")),
        }
        for (count, what) in [(self.missing.len(), "missing"), (self.stale.len(), "stale")] {
            match count {
                0 => {}
                1 => parts.push(format!("1 is {what}")),
                n => parts.push(format!("{n} are {what}")),
            }
        }
        parts.join(", ")
    }
}

fn painted(diff: &str, colour: bool) -> String {
    if !colour {
        return diff.to_owned();
    }
    let mut out = String::new();
    for line in diff.lines() {
        let line_style = match line.as_bytes().first() {
            _ if line.starts_with("+++") || line.starts_with("---") => style::STRONG,
            Some(b'+') => style::ADDED,
            Some(b'-') => style::REMOVED,
            Some(b'@') => style::CODE,
            _ => {
                out.push_str(line);
                out.push('\n');
                continue;
            }
        };
        out.push_str(&paint(line_style, line, true));
        out.push('\n');
    }
    out
}
