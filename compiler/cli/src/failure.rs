//! What ends a command that could not do its work: wrong usage, or a file that cannot be read or written.

use std::io;
use std::path::Path;

use crate::report::slashes;

/// The exit code of wrong usage and of input and output errors.
pub const EXIT_CODE: u8 = 2;

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One sentence, in the form of a diagnostic's message.
    pub message: String,
    /// What to do next.
    pub help: Vec<String>,
}

impl Failure {
    /// A failure without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Vec::new(),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// A file that could not be read, written, made, …
    pub fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!(
            "cannot {action} `{}`: {}",
            slashes(path),
            reason(error)
        ))
    }
}

/// An operating system's error in our style.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".into(),
        _ => {
            let text = error.to_string();
            // ` (os error 28)` helps nobody.
            match text.find(" (os error") {
                Some(end) => text[..end].to_lowercase(),
                None => text,
            }
        }
    }
}
