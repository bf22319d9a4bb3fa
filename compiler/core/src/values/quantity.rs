//! Quantities.
/// An amount in Kubernetes' notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    text: String,
}
impl Quantity {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
