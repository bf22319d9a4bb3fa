//! `flowc run`: the machine of the core, with processes, files and a clock.
//!
//! [`engine`] is the loop; [`process`] and [`docker`] make attempts; [`journal`] and [`store`] keep what
//! is known; [`view`] and [`events`] tell it. Which task runs when is decided in the core alone.

pub mod cache;
pub mod critical;
pub mod docker;
pub mod engine;
pub mod events;
pub mod groups;
pub mod journal;
pub mod outputs;
pub mod plan;
pub mod prepare;
pub mod process;
pub mod questions;
pub mod secrets;
pub mod signals;
pub mod start;
pub mod store;
pub mod support;
pub mod view;

pub use prepare::{Prepared, run};
pub use support::Runner;
