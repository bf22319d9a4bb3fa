//! Date.
/// A day or a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    text: String,
}
impl Date {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
