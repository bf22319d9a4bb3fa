//! An expression calls a function that does not exist.
//!
//! # What it means
//!
//! There is no function of this name. There are `size`, `contains`, `startsWith`, `endsWith`,
//! `matches`, `string`, `int`, `double`, `default`, `range`, `days` and the list macros `all`,
//! `exists`, `exists_one`, `filter` and `map`.
//!
//! # Why it matters
//!
//! Every function must mean the same on every target, so there are few. A task can compute anything
//! else and write it as an output.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { name: world }
//! tasks:
//!   load:
//!     when: ${{ length(parameters.name) > 3 }}
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! parameters: { name: world }
//! tasks:
//!   load:
//!     when: ${{ size(parameters.name) > 3 }}
//!     run: ./load
//! ```
