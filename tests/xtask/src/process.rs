//! Running other programs.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a program said, and whether it ended well.
pub struct Ended {
    /// Exit code 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// The last lines of both streams, for a message.
    pub fn tail(&self, lines: usize) -> String {
        let all: Vec<&str> = self.stdout.lines().chain(self.stderr.lines()).collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

/// A command without standard input, so that nothing can wait for a person.
pub fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.stdin(Stdio::null());
    command
}

/// Run it and keep what it says. A program that cannot be started has not succeeded.
pub fn capture(command: &mut Command) -> Ended {
    match command.output() {
        Ok(output) => Ended {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        Err(error) => not_started(command, &error),
    }
}

/// Run it, show what it says while it says it, and keep that too.
pub fn show(command: &mut Command) -> Ended {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return not_started(command, &error),
    };
    let stderr = child.stderr.take();
    let errors = std::thread::spawn(move || stderr.map(echo).unwrap_or_default());
    let stdout = child.stdout.take().map(echo).unwrap_or_default();
    let stderr = errors.join().unwrap_or_default();
    let success = child.wait().is_ok_and(|status| status.success());
    Ended {
        success,
        stdout,
        stderr,
    }
}

/// Run it for its result only; the error is the end of what it said.
pub fn demand(command: &mut Command) -> Result<String, String> {
    let ended = capture(command);
    if ended.success {
        Ok(ended.stdout)
    } else {
        let program = command.get_program().to_string_lossy().into_owned();
        Err(format!("{program} failed:\n{}", ended.tail(15)))
    }
}

fn echo(stream: impl Read) -> String {
    let mut said = String::new();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("   {line}");
        said.push_str(&line);
        said.push('\n');
    }
    said
}

fn not_started(command: &Command, error: &std::io::Error) -> Ended {
    let program = command.get_program().to_string_lossy();
    Ended {
        success: false,
        stdout: String::new(),
        stderr: format!("cannot start {program}: {error}"),
    }
}
