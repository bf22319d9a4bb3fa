//! `flowc completions`

use super::Outcome;
use crate::args::{Cli, Completions};
use crate::console::Console;
use crate::failure::Failure;

pub(super) fn run(args: &Completions, console: Console) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::definition(), "flowc", &mut script);
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Fine)
}
