//! A number is smaller or larger than what it counts can be.
//!
//! # What it means
//!
//! A number, length of time or date is outside of what makes sense at its place.
//!
//! # Why it matters
//!
//! Targets would refuse it, or take it for something else.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     retries: -1
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
//!     retries: 1
//!     run: ./load
//! ```

use std::fmt::Display;

use crate::diagnostic::Diagnostic;
use crate::expr::value::number_text;
use crate::source::Span;

/// A whole number outside its bounds.
pub fn bounds(span: Span, place: impl Display, value: i64, min: i64, max: i64) -> Diagnostic {
    let message = if value < min {
        format!("{place} is at least {min}, not {value}")
    } else {
        format!("{place} is at most {max}, not {value}")
    };
    Diagnostic::error("out-of-range", span, message)
}

/// A number outside its bounds.
pub fn numbers(span: Span, place: &str, value: f64, min: f64, max: f64) -> Diagnostic {
    Diagnostic::error(
        "out-of-range",
        span,
        format!(
            "{place} is between {} and {}, not {}",
            number_text(min),
            number_text(max),
            number_text(value)
        ),
    )
}

/// `min` is more than `max`.
pub fn empty_range(max: Span, place: &str, min: Span) -> Diagnostic {
    Diagnostic::error(
        "out-of-range",
        max,
        format!("no value of {place} lies between its `min` and its `max`"),
    )
    .label(min, "the smallest value allowed")
}

/// `max_delay` is less than `delay`.
pub fn delays(max_delay: Span, delay: Span) -> Diagnostic {
    Diagnostic::error(
        "out-of-range",
        max_delay,
        "`max_delay` is less than `delay`",
    )
    .label(delay, "the first wait")
}

/// `end` is before `start`.
pub fn dates(end: Span, start: Span) -> Diagnostic {
    Diagnostic::error("out-of-range", end, "`end` is before `start`").label(start, "the first day")
}

/// A length of time in which nothing can happen.
pub fn no_time(span: Span, place: &str) -> Diagnostic {
    Diagnostic::error(
        "out-of-range",
        span,
        format!("{place} must be longer than no time at all"),
    )
}
