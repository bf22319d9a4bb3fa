//! The flow asks for something that the target cannot do.
//!
//! # What it means
//!
//! The target has no means to carry this feature, neither its own nor one that flowc could build
//! from what it has. The message names the feature, the target and the reason.
//!
//! # Why it matters
//!
//! Leaving the feature out would give a run that means something else than the flow says. flowc
//! drops nothing silently, so it stops here. `flowc targets` lists what each target can do.
//!
//! # Example
//!
//! ```yaml
//! # target: airflow
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   test:
//!     services:
//!       db: { image: "postgres:17" }
//!     tasks:
//!       one:
//!         run: ./one
//! ```
//!
//! # Instead
//!
//! Drop the feature, say the same by other means, or choose a target that has it.
//!
//! ```yaml
//! # target: airflow
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   test:
//!     tasks:
//!       one:
//!         services:
//!           db: { image: "postgres:17" }
//!         run: ./one
//! ```
