//! The times of a schedule cannot be read.
//!
//! # What it means
//!
//! A schedule has five fields: minute, hour, day of the month, month, day of the week.
//!
//! # Why it matters
//!
//! Orchestrators differ in what they make of six fields, of `L`, `#` or `@yearly`. Five plain
//! fields mean the same on all of them.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! schedule: { cron: "0 25 * * *" }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! schedule: { cron: "0 3 * * *" }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
