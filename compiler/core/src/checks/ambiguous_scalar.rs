//! Tools that read YAML 1.1 take this value for another one.
//!
//! # What it means
//!
//! YAML 1.1 and YAML 1.2 read this plain value differently. flowc reads YAML 1.2, where `no`, `on`
//! and `1_000` are text and `010` is ten; tools of the older kind read a boolean, or another
//! number.
//!
//! # Why it matters
//!
//! An editor, a formatter or a script that reads the same file may see another value than flowc
//! does.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     env: { DEBUG: no }
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Write text in quotes, booleans as `true` and `false`, numbers without `_`.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     env: { DEBUG: "no" }
//!     run: ./load
//! ```
