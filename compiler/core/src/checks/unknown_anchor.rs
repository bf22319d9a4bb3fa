//! An alias names an anchor that does not exist.
//!
//! # What it means
//!
//! An alias `*name` repeats the value with the anchor `&name`, which must stand before it in the
//! same file.
//!
//! # Why it matters
//!
//! There is no value to put in its place. Text that begins with `*` needs quotes.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     retries: *often
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
//!     retries: &often 3
//!     run: ./load
//!   save:
//!     retries: *often
//!     run: ./save
//! ```
