//! Small languages inside values: durations, cron, quantities, dates, image references, names.
//!
//! Each parser takes the text and gives the value or an [`Invalid`]: what is wrong, at which bytes
//! of the text, and what would be right.

mod cron;
mod date;
mod duration;
mod image;
mod name;
mod quantity;
mod timezone;

pub use cron::Cron;
pub use date::Date;
pub use duration::Duration;
pub use image::ImageReference;
pub use name::{MAX_NAME, check_env_name, check_flow_name, check_name};
pub use quantity::Quantity;
pub use timezone::check_timezone;

use std::ops::Range;

/// Why a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
    /// A sentence in the form of a diagnostic's message.
    pub message: String,
    /// What to write instead, when it is known.
    pub help: Option<String>,
}
