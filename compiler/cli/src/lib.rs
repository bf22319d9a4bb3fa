//! The command line of flowc: the only room that reads, writes, prints and exits.

pub mod failure;
pub mod format;
pub mod output;
pub mod report;
pub mod style;

/// Runs.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
