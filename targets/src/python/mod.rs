//! Python source: the one place where Python literals and names are written.
//!
//! Targets build [`Code`] trees, which print themselves as `ruff format` would, and fill
//! templates whose every `[[ x ]]` becomes a Python literal.

mod code;
mod literal;
mod name;
mod scan;
mod template;

pub use code::{Argument, Code, LINE_LENGTH};
pub use literal::{string, text_block, value};
pub use name::{Identifier, Scope, is_identifier, is_reserved};
pub use scan::identifiers;
pub use template::{TemplateError, environment, render};
