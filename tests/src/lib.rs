//! What tests and benchmarks share.

pub mod generate;
pub mod random;
