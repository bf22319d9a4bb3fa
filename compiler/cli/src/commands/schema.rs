//! `flowc schema`

use flowc_core::ir;

use super::Outcome;
use crate::args::{Schema, SchemaOf};
use crate::console::Console;
use crate::failure::Failure;

pub(super) fn run(args: &Schema, console: Console) -> Result<Outcome, Failure> {
    let schema = match args.of {
        SchemaOf::Flow => ir::flow_schema(),
        SchemaOf::Ir => ir::ir_schema(),
    };
    console.print(&format!("{schema:#}\n"))?;
    Ok(Outcome::Fine)
}
