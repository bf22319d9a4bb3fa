//! Cron.
/// Five cron fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
}
impl Cron {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
