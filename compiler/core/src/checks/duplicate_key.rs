//! A key stands twice in one mapping.
//!
//! # What it means
//!
//! The same key stands twice in one mapping.
//!
//! # Why it matters
//!
//! YAML readers keep one of the two, not all the same one. Whichever was meant, half of what is
//! written would have no effect.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     retries: 1
//!     run: ./load
//!     retries: 3
//! ```
//!
//! # Instead
//!
//! Keep one.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     retries: 3
//!     run: ./load
//! ```
