//! The file cannot be read as YAML.
//!
//! # What it means
//!
//! The file is not YAML, or not the kind that a flow is written in: one document, a mapping whose
//! keys are text.
//!
//! # Why it matters
//!
//! What cannot be read cannot be compiled. Most often a quote or bracket is open, or lines are not
//! indented alike.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! tasks:
//!   load:
//!     command: [./load, "a]
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     command: [./load, "a"]
//! ```
