//! The flow runs on the target, but something that it asks for is lost.
//!
//! # What it means
//!
//! The target carries the feature in part. The message names what is lost.
//!
//! # Why it matters
//!
//! The run is useful, yet not all that the flow says. With `--on-loss error` this is an error, with
//! `--on-loss allow` a note.
//!
//! # Example
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     priority: 10
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Live with the loss, drop the feature, or choose a target that has it.
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
