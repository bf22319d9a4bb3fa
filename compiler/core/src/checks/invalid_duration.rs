//! A length of time cannot be read.
//!
//! # What it means
//!
//! A length of time is a number with a unit, or several joined: `500ms`, `30s`, `10m`, `1h30m`,
//! `2d`.
//!
//! # Why it matters
//!
//! Orchestrators take bare numbers for seconds, minutes or milliseconds.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     timeout: 30 minutes
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     timeout: 30m
//!     run: ./load
//! ```
