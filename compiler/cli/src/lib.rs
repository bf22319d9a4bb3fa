//! The command line of flowc: the only room that reads, writes, prints and exits.
//!
//! [`pipeline`] is the road from a text to files, without any of that; everything else brings the text
//! and takes the files.

pub mod args;
pub mod commands;
pub mod console;
pub mod docs;
pub mod failure;
pub mod format;
pub mod loss_report;
pub mod markdown;
pub mod output;
pub mod parameters;
pub mod passes;
pub mod pipeline;
pub mod project;
pub mod report;
pub mod request;
pub mod run;
pub mod style;
pub mod support;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use commands::Outcome;
use console::Console;

/// The whole program: reads the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version are no failure. Where even they cannot be printed, nobody reads.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                failure::EXIT_CODE
            } else {
                0
            });
        }
    };
    let console = Console::new(cli.color);
    match commands::run(&cli.command, console) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::FAILURE,
        Err(failure) => {
            console.fail(&failure);
            ExitCode::from(failure::EXIT_CODE)
        }
    }
}
