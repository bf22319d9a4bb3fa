//! An image reference cannot be read.
//!
//! # What it means
//!
//! The text is not the reference of a container image: `registry.example.com/team/image:tag`, in
//! lower case.
//!
//! # Why it matters
//!
//! The image would be looked for only when the task starts, and not be found.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: "Acme/Churn:1.4" }
//! tasks:
//!   load:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: "acme/churn:1.4" }
//! tasks:
//!   load:
//!     run: ./load
//! ```
