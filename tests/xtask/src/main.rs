//! The project's own test runner: every check there is, the real engines included.

mod cargo;
mod engines;
mod house;
mod process;
mod report;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use engines::Engine;
use report::Report;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs the checks of flowc.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check: formatting, lints, docs, tests, and every engine.
    Test {
        /// Leave this engine out; the summary shows it. Can be given several times.
        #[arg(long, value_name = "ENGINE")]
        without: Vec<Engine>,
    },
    /// Install the engines and do nothing else.
    Engines {
        /// Only these; all when none is given.
        only: Vec<Engine>,
    },
}

fn main() -> ExitCode {
    let mut report = Report::new();
    match Arguments::parse().command {
        Command::Test { without } => {
            cargo::steps(&mut report);
            for engine in Engine::ALL {
                if without.contains(&engine) {
                    report.leave_out(engine.name(), "left out by --without");
                }
            }
        }
        Command::Engines { only } => {
            for engine in Engine::ALL {
                if only.is_empty() || only.contains(&engine) {
                    report.step(engine.title(), |checks| {
                        engines::install(engine, checks);
                    });
                }
            }
        }
    }
    report.close()
}
