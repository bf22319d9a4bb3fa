//! The flow is larger than flowc reads: deeper, longer, or expanded to more.
//!
//! # What it means
//!
//! The flow is deeper, longer or expands to more than flowc reads: nested too deep, too many tasks,
//! a matrix with too many combinations, aliases that repeat each other without end.
//!
//! # Why it matters
//!
//! A small file can stand for an endless amount of work. flowc stops early and says where.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     when: ${{ ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((true)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) }}
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Say it in fewer or smaller parts.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! ```

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Too many levels of groups and sub-flows.
pub fn levels(span: Span, max: usize) -> Diagnostic {
    Diagnostic::error(
        "too-large",
        span.before(),
        format!("groups and sub-flows are nested more than {max} levels deep"),
    )
}

/// Too many tasks.
pub fn tasks(span: Span, max: usize) -> Diagnostic {
    Diagnostic::error(
        "too-large",
        span,
        format!("the flow has more than {max} tasks, those of every use of a sub-flow counted"),
    )
}

/// Too many combinations of a matrix.
pub fn matrix(span: Span, size: usize, max: usize) -> Diagnostic {
    Diagnostic::error(
        "too-large",
        span,
        format!("the matrix has {size} combinations, more than {max}"),
    )
}
