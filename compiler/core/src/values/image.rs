//! Image references.
/// An image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    text: String,
}
impl ImageReference {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
