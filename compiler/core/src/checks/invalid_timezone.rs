//! There is no time zone of this name.
//!
//! # What it means
//!
//! A time zone is a name of the IANA database, such as `Europe/Berlin` or `UTC`. Abbreviations such
//! as `CET` or `EST5` and offsets such as `+01:00` have no rules for daylight saving time.
//!
//! # Why it matters
//!
//! A schedule in the wrong zone starts at the wrong hour, at least for half of the year.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! schedule: { cron: "0 3 * * *", timezone: Europe/Berln }
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
//! schedule: { cron: "0 3 * * *", timezone: Europe/Berlin }
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```
