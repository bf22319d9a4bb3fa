//! `flowc schema`

use super::Outcome;
use crate::args::{Schema, SchemaOf};
use crate::console::Console;
use crate::failure::Failure;

pub(super) fn run(args: &Schema, console: Console) -> Result<Outcome, Failure> {
    let _ = (args.of == SchemaOf::Ir, console);
    Err(Failure::new("schemas are not there yet"))
}
