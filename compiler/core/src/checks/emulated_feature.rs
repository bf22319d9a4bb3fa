//! The target has no such feature of its own; flowc builds it from others.
//!
//! # What it means
//!
//! The run means what the flow says, but the emitted file holds more than a single field for it. The
//! message names the means.
//!
//! # Why it matters
//!
//! It is worth knowing when reading the emitted file or watching the run, for there may be tasks,
//! variables or a few lines of code that the flow does not mention. Nothing is lost.
//!
//! # Example
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//!     allow_failure: true
//! ```
//!
//! # Instead
//!
//! Nothing needs to change. Without the feature the note goes away.
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
