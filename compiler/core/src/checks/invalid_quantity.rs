//! An amount of memory, disk or cores cannot be read.
//!
//! # What it means
//!
//! Amounts are written as Kubernetes writes them: `2` or `500m` cores, `512Mi` or `16Gi` of memory.
//!
//! # Why it matters
//!
//! A `16GB` or `16g` would be refused by some targets and mean something else on others.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     resources: { memory: 16 gigabytes }
//!     run: ./train
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     resources: { memory: 16Gi }
//!     run: ./train
//! ```
