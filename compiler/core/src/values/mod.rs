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

pub use cron::{Cron, CronField};
pub use date::{Date, Time};
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

impl Invalid {
    /// What is wrong with these bytes.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            help: None,
        }
    }

    /// The same with what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, for a text that begins `offset` bytes into a longer one.
    #[must_use]
    fn shifted(mut self, offset: usize) -> Self {
        self.range = self.range.start + offset..self.range.end + offset;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Asserts what is underlined, the message and the help (empty for none).
    pub(super) fn assert_invalid<T: std::fmt::Debug>(
        text: &str,
        result: Result<T, Invalid>,
        underlined: &str,
        message: &str,
        help: &str,
    ) {
        let invalid = match result {
            Ok(value) => panic!("`{text}` was read as {value:?}"),
            Err(invalid) => invalid,
        };
        assert_eq!(&text[invalid.range.clone()], underlined, "{text}");
        assert_eq!(invalid.message, message, "{text}");
        assert_eq!(invalid.help.as_deref().unwrap_or_default(), help, "{text}");
    }

    /// Every parser, as the range of what is wrong.
    fn wrong_ranges(text: &str) -> [Option<Range<usize>>; 9] {
        [
            check_flow_name(text).err(),
            check_name(text).err(),
            check_env_name(text).err(),
            check_timezone(text).err(),
            Duration::parse(text).err(),
            Quantity::parse(text).err(),
            Date::parse(text).err(),
            Cron::parse(text).err(),
            ImageReference::parse(text).err(),
        ]
        .map(|invalid| invalid.map(|invalid| invalid.range))
    }

    proptest! {
        #[test]
        fn no_text_panics_and_ranges_are_slices_of_it(
            text in prop_oneof![
                ".{0,20}",
                "[0-9a-zA-Zü:./@*, +-]{0,30}",
                "[0-9]{1,4}(ms|[smhdwTZ:. -]){1,3}[0-9]{0,3}",
                "([0-9*/,-]{1,5} ){4}[0-9A-Z,*-]{1,7}",
                "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.+Zü-]{0,20})?",
            ]
        ) {
            for range in wrong_ranges(&text).into_iter().flatten() {
                prop_assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
            }
        }
    }
}
