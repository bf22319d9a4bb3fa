//! A date does not exist or cannot be read.
//!
//! # What it means
//!
//! A date is written as `2026-01-31`, a moment as `2026-01-31T03:00:00` with or without an offset.
//!
//! # Why it matters
//!
//! A day that does not exist, or one in another order, would start the schedule at another time
//! than meant.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! schedule: { cron: "0 3 * * *", start: 2026-02-30 }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! schedule: { cron: "0 3 * * *", start: 2026-02-28 }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
