//! One problem, one name, one file: `unknown-task` is `unknown_task.rs`, whose doc comment is the
//! page of `flowc explain unknown-task` and whose functions make, or find, the problem.

use crate::diagnostic::Diagnostics;
use crate::flow::Flow;

/// A problem that flowc can find.
pub struct Check {
    /// Its stable name.
    pub code: &'static str,
    /// The text of `flowc explain`, in Markdown.
    pub page: String,
}

/// Looks at the graph as a whole. The flow must have come from `resolve` without errors.
pub fn check(flow: &Flow, diagnostics: &mut Diagnostics) {
    let _ = (flow, diagnostics);
}
