//! flowc's core: text in, checked flow out. No files, no clock, no environment, no orchestrator by name.
//!
//! A flow travels `source` text -> [`document`] -> [`flow`] (by [`resolve`], then [`checks`]) -> plan
//! (by a [`target`]). Reading and resolving never give up: they fill [`diagnostic::Diagnostics`] and
//! return what they understood.

pub mod analysis;
pub mod checks;
pub mod diagnostic;
pub mod document;
pub mod expr;
pub mod feature;
pub mod flow;
pub mod graph;
pub mod ir;
pub mod loss;
pub mod passes;
pub mod reads;
pub mod resolve;
pub mod run;
pub mod source;
pub mod suggest;
pub mod target;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod uses;
pub mod values;
