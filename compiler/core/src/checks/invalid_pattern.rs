//! The pattern of a parameter is not a regular expression.
//!
//! # What it means
//!
//! A `pattern` is a regular expression in the syntax of RE2, which has no look-around and no
//! back-references.
//!
//! # Why it matters
//!
//! A pattern that cannot be read would refuse every value, or none.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters:
//!   day: { type: string, pattern: "[0-9{4}" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.day }}" }
//!     run: ./load "$DAY"
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters:
//!   day: { type: string, pattern: "[0-9]{4}" }
//! tasks:
//!   load:
//!     env: { DAY: "${{ parameters.day }}" }
//!     run: ./load "$DAY"
//! ```
