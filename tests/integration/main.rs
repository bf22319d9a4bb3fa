//! One binary over everything that needs more than one crate: the diagnostics fixtures, the pages of
//! `flowc explain`, the feature fixtures, the command line.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

mod argo_schema;
mod cli;
mod diagnostics;
mod examples;
mod features;
mod harness;
mod pages;
mod passes;
mod random;
#[cfg(unix)]
mod run;
mod schemas;
