//! Which features a flow uses, and where it asks for them.

use crate::feature::Feature;
use crate::flow::{Flow, TaskId};
use crate::source::Span;

/// A feature used at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// What is asked for.
    pub feature: Feature,
    /// The smallest text that asks for it.
    pub span: Span,
    /// The task that asks, when it is one.
    pub task: Option<TaskId>,
}

/// Every use of every feature, in document order.
pub fn uses(flow: &Flow) -> Vec<Use> {
    let _ = flow;
    Vec::new()
}
