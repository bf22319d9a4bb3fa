//! Where flow files are read from: one flow file, its project, and the sub-flow files in it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flowc_core::diagnostic::Diagnostic;
use flowc_core::resolve::Loader;
use flowc_core::source::{FileId, Sources, Span};

use crate::failure::{Failure, reason};
use crate::report::{DisplayPaths, Report, relative, slashes};

/// The argument that means standard input.
pub const STDIN: &str = "-";

/// The files that mark a project's root.
const ROOT_MARKS: [&str; 2] = ["flowc.yaml", ".git"];

/// A flow that was read, and what is needed to go on with it.
#[derive(Debug)]
pub struct Input {
    /// Holds the flow's text.
    pub sources: Sources,
    /// Which text that is.
    pub file: FileId,
    /// How to show paths.
    pub paths: DisplayPaths,
    /// Reads sub-flow files.
    pub loader: ProjectFiles,
    /// The file, absolute; none for what was read from a pipe.
    pub path: Option<PathBuf>,
    /// The file as people see it.
    pub shown: String,
    /// Why the text cannot be used at all.
    pub unusable: Option<Diagnostic>,
}

impl Input {
    /// Reads a flow file, or standard input for `-`.
    ///
    /// # Errors
    /// A file that cannot be read. One that is not UTF-8 is a problem of the flow: see `unusable`.
    pub fn read(argument: &str) -> Result<Self, Failure> {
        let current = current_folder()?;
        let Origin {
            bytes,
            path,
            folder,
            name,
        } = Origin::read(argument, &current)?;
        let root = root_around(&folder);
        let in_root = relative(&root, &folder.join(&name))
            .map_or_else(|| name.clone(), |path| slashes(&path));
        let paths = DisplayPaths::new(&root, &current);
        let mut sources = Sources::default();
        let (text, invalid) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (text, Some(at))
            }
        };
        let shown = paths.show(&in_root);
        let file = sources.add(in_root, text);
        Ok(Self {
            sources,
            file,
            paths,
            loader: ProjectFiles { root },
            path,
            shown,
            unusable: invalid.map(|at| not_utf8(file, at)),
        })
    }

    /// The flow file as emitted files name it: relative to the project's root.
    pub fn source(&self) -> &str {
        self.sources.file(self.file).path()
    }

    /// The problems of this flow, ready to be shown.
    pub fn report(self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Report {
        Report {
            sources: self.sources,
            diagnostics: diagnostics.into_iter().collect(),
            paths: self.paths,
        }
    }
}

/// What was read, and from where.
struct Origin {
    bytes: Vec<u8>,
    /// The file, when it is one that stays.
    path: Option<PathBuf>,
    /// The folder that paths in the flow start from, without links.
    folder: PathBuf,
    name: String,
}

impl Origin {
    fn read(argument: &str, current: &Path) -> Result<Self, Failure> {
        if argument == STDIN {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map_err(|error| {
                Failure::new(format!("cannot read standard input: {}", reason(&error)))
            })?;
            return Ok(Self::passing(bytes, current, "<stdin>"));
        }
        let argument = Path::new(argument);
        let failed = |error: io::Error| Failure::io("read", argument, &error);
        let bytes = fs::read(argument).map_err(failed)?;
        if !argument.is_file() {
            return Ok(Self::passing(bytes, current, "<pipe>"));
        }
        let full = current.join(argument);
        let (Some(parent), Some(name)) = (full.parent(), full.file_name()) else {
            let message = format!("`{}` is not a file", slashes(argument));
            return Err(Failure::new(message));
        };
        let folder = parent.canonicalize().map_err(failed)?;
        let name = name.to_string_lossy().into_owned();
        Ok(Self {
            bytes,
            path: Some(folder.join(&name)),
            folder,
            name,
        })
    }

    /// A text that is read once, from a pipe.
    fn passing(bytes: Vec<u8>, current: &Path, name: &str) -> Self {
        Self {
            bytes,
            path: None,
            folder: current.to_owned(),
            name: name.to_owned(),
        }
    }
}

fn not_utf8(file: FileId, at: usize) -> Diagnostic {
    // The replacement character that stands for the bytes is three bytes long.
    let span = Span::new(file, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
    Diagnostic::error("invalid-yaml", span, "the file is not UTF-8")
        .says("these bytes are no character")
        .help("save the file as UTF-8")
}

/// The sub-flow files of a project.
#[derive(Clone, Debug)]
pub struct ProjectFiles {
    root: PathBuf,
}

impl Loader for ProjectFiles {
    fn load(&mut self, path: &str) -> Result<String, String> {
        let real = self
            .root
            .join(path)
            .canonicalize()
            .map_err(|error| reason(&error))?;
        if !real.starts_with(&self.root) {
            return Err("it is a link that leads out of the project".into());
        }
        if !real.is_file() {
            return Err("it is not a file".into());
        }
        let bytes = fs::read(&real).map_err(|error| reason(&error))?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8".into())
    }
}

/// The current folder, without links.
///
/// # Errors
/// When it is gone.
pub fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .and_then(|folder| folder.canonicalize())
        .map_err(|error| {
            Failure::new(format!(
                "cannot find the current folder: {}",
                reason(&error)
            ))
        })
}

/// The project's root: the nearest folder, from `folder` upwards, that holds a `flowc.yaml` or a
/// `.git`; `folder` itself when there is none.
pub fn root_around(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|ancestor| ROOT_MARKS.iter().any(|mark| ancestor.join(mark).exists()))
        .unwrap_or(folder)
        .to_owned()
}

/// The flow files that an argument of `check` means: the file itself, or every flow file in a folder,
/// sorted. In a folder a flow file is a `.yaml` or `.yml` file with `flow:` at the start of a line, or
/// a `.ir.json` file; hidden folders, `target` and `node_modules` are left out.
///
/// # Errors
/// A folder that cannot be read or holds no flow.
pub fn flow_files(argument: &str) -> Result<Vec<String>, Failure> {
    let path = Path::new(argument);
    if argument == STDIN || !path.is_dir() {
        return Ok(vec![argument.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error: io::Error| Failure::io("read", &folder, &error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() && !is_left_out(&name) {
                folders.push(entry.path());
            } else if !kind.is_dir() && is_flow_file(&entry.path(), &name) {
                found.push(slashes(&entry.path()));
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::new(format!(
            "there is no flow in the folder `{}`",
            slashes(path)
        ))
        .help("a flow file ends in `.yaml` and begins with `flow: name`"));
    }
    found.sort();
    Ok(found)
}

fn is_left_out(folder: &str) -> bool {
    folder.starts_with('.') || ["target", "node_modules"].contains(&folder)
}

fn is_flow_file(path: &Path, name: &str) -> bool {
    if name.ends_with(".ir.json") {
        return true;
    }
    (name.ends_with(".yaml") || name.ends_with(".yml"))
        && fs::read(path).is_ok_and(|bytes| {
            bytes
                .split(|byte| *byte == b'\n')
                .any(|line| line.starts_with(b"flow:"))
        })
}
