//! Durations.
/// A length of time, in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    milliseconds: u64,
}
impl Duration {
    /// From milliseconds.
    pub const fn from_milliseconds(milliseconds: u64) -> Self {
        Self { milliseconds }
    }
    /// From seconds, rounded to milliseconds.
    pub fn from_seconds(seconds: f64) -> Self {
        Self {
            milliseconds: (seconds * 1000.0).round() as u64,
        }
    }
    /// In seconds.
    pub fn as_seconds(self) -> f64 {
        self.milliseconds as f64 / 1000.0
    }
    /// In milliseconds.
    pub fn as_milliseconds(self) -> u64 {
        self.milliseconds
    }
}
