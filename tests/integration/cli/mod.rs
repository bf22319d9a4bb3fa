//! The command line, run as a person or a CI job runs it.

mod check;
mod compare;
mod compile;
mod folders;
mod formats;
mod graph;
mod pages;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A flow that compiles everywhere.
const FLOW: &str = "\
flow: demo
parameters:
  sample: { type: number, default: 1.0, min: 0, max: 1 }
  tone: { type: string, default: calm, enum: [calm, loud] }
  code: { type: string, default: ab1, pattern: '[a-z]+[0-9]' }
  names: { type: list<string>, default: [a, b] }
defaults: { image: 'busybox:1.36' }
tasks:
  first:
    env:
      SAMPLE: ${{ parameters.sample }}
      TONE: ${{ parameters.tone }}
      CODE: ${{ parameters.code }}
      NAMES: ${{ parameters.names }}
    run: echo \"$SAMPLE $TONE $CODE $NAMES\"
";

/// A flow with one error.
const WRONG: &str = "\
flow: wrong
tasks:
  prepare: { image: 'busybox:1.36', run: echo }
  train: { image: 'busybox:1.36', run: echo, depends_on: [prepre] }
";

/// How a run of the program ended.
#[derive(Debug)]
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn fine(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    fn problems(self) -> Self {
        assert_eq!(self.code, 1, "{self:?}");
        self
    }

    #[track_caller]
    fn refused(self) -> Self {
        assert_eq!(self.code, 2, "{self:?}");
        self
    }
}

/// A folder of its own, which the program is run in.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the place")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("readable")
    }

    /// Every file below a folder, sorted.
    fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let base = self.path(folder);
        let mut folders = vec![base.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&base).expect("below");
                    found.push(name.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        found.sort();
        found
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.0.path())
            .env_remove("CLICOLOR_FORCE")
            .env("NO_COLOR", "1");
        command
    }

    /// Runs the program with the words of a line.
    fn run(&self, line: &str) -> Run {
        self.run_with(line, "")
    }

    fn run_with(&self, line: &str, stdin: &str) -> Run {
        let output = self
            .command()
            .args(line.split_whitespace())
            .write_stdin(stdin)
            .output()
            .expect("the program runs");
        Run {
            code: output.status.code().expect("not killed"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_flowc-under-test"))
}
