//! An expression cannot be read.
//!
//! # What it means
//!
//! What stands between `${{` and `}}` is not an expression of the flow language, or one that can
//! never have a value.
//!
//! # Why it matters
//!
//! The language is a small, typed part of CEL, so that every target can evaluate it. A slip from
//! another language is named as such.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { full: true, dry: false }
//! tasks:
//!   load:
//!     when: ${{ parameters.full and not parameters.dry }}
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { full: true, dry: false }
//! tasks:
//!   load:
//!     when: ${{ parameters.full && !parameters.dry }}
//!     run: ./load
//! ```
