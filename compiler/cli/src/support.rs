//! Support tables as programs read them.

use flowc_core::feature::Support;
use serde::Serialize;

/// A [`Support`] as JSON: `{"support": "lossy", "via": …, "loses": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SupportView {
    /// `native`, `emulated`, `lossy` or `unsupported`.
    pub support: &'static str,
    /// What it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<&'static str>,
    /// What is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loses: Option<&'static str>,
    /// Why it cannot be carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

impl From<Support> for SupportView {
    fn from(support: Support) -> Self {
        let (via, loses, why) = match support {
            Support::Native { via } | Support::Emulated { via } => (Some(via), None, None),
            Support::Lossy { via, loses } => (Some(via), Some(loses), None),
            Support::Unsupported { why } => (None, None, Some(why)),
        };
        Self {
            support: support.kind(),
            via,
            loses,
            why,
        }
    }
}
