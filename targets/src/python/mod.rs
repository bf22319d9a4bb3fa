//! Python source: the one place where Python literals and names are written.
//!
//! Targets build [`Code`] trees, which print themselves as `ruff format` would, and fill
//! templates whose every `[[ x ]]` becomes a Python literal.

mod code;
pub mod expr;
mod fallible;
mod literal;
mod module;
mod name;
mod names;
mod own;
mod scan;
mod template;

pub use code::{Argument, Code, LINE_LENGTH, spaces};
pub(crate) use fallible::can_fail;
pub use literal::{string, value, write_string};
pub use module::{
    FLOW, Import, TASKS, blocks, defined_names, docstring, heading, imported_name, imports, shared,
    used_blocks, write_docstring,
};
pub use name::{Identifier, Scope, is_identifier, is_reserved};
pub use names::Names;
pub(crate) use own::{Arguments, merged, own_arguments};
pub use scan::{Mentions, identifiers};
pub use template::{TemplateError, environment, render};

/// The text of a value: `text`, and what it needs.
pub const TEXT: &str = include_str!("templates/text.py.j2");

/// What the expressions of [`expr`] call where Python's own operators differ.
pub const OPERATORS: &str = include_str!("templates/operators.py.j2");

/// Reading values from outside: `parse_output`, `is_of_type`, `constrained`.
pub const VALUES: &str = include_str!("templates/values.py.j2");

/// Running a process: `run_process` with a time limit for it and all it starts.
pub const PROCESS: &str = include_str!("templates/process.py.j2");
