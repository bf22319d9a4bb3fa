//! `flowc inspect`

use super::Outcome;
use crate::args::Inspect;
use crate::console::Console;
use crate::failure::Failure;

pub(super) fn run(args: &Inspect, console: Console) -> Result<Outcome, Failure> {
    let _ = (args, console);
    Err(Failure::new("not yet"))
}
