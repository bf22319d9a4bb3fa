//! A value of one kind stands where another kind is wanted.
//!
//! # What it means
//!
//! What stands here has another type than what is wanted: a text where a number belongs, a list
//! where a text belongs, a condition that is not a boolean.
//!
//! # Why it matters
//!
//! Checked now, it is one line to mend. Otherwise each target would fail in its own way, in the
//! middle of a run.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   count:
//!     run: wc -l rows > "$FLOW_OUTPUTS/rows"
//!     outputs: { rows: integer }
//!   report:
//!     when: ${{ tasks.count.outputs.rows }}
//!     run: ./report
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   count:
//!     run: wc -l rows > "$FLOW_OUTPUTS/rows"
//!     outputs: { rows: integer }
//!   report:
//!     when: ${{ tasks.count.outputs.rows > 0 }}
//!     run: ./report
//! ```

use std::fmt::Display;

use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::expr::{Type, Value};
use crate::source::Span;

/// `place` wants something else than what stands there.
pub fn wants(node: &Node, place: impl Display, wanted: &str) -> Diagnostic {
    Diagnostic::error(
        "type-mismatch",
        shown(node),
        format!("{place} must be {wanted}, not {}", node.describe()),
    )
}

/// A constant of the wrong type.
pub fn value(span: Span, what: &str, wanted: &Type, value: &Value) -> Diagnostic {
    let text = match value {
        Value::String(_) | Value::List(_) | Value::Object(_) => value.json(),
        _ => value.text(),
    };
    let diagnostic = Diagnostic::error(
        "type-mismatch",
        span,
        format!("{what} must be of type `{wanted}`, not `{}`", value.ty()),
    );
    match (wanted, value) {
        (Type::String, Value::Boolean(_) | Value::Integer(_) | Value::Number(_)) => {
            diagnostic.help(format!("write `\"{text}\"` for the text"))
        }
        (_, Value::String(inner)) => diagnostic.help_opt(
            matches!(wanted, Type::Boolean | Type::Integer | Type::Number)
                .then(|| format!("a {wanted} is written without quotes: `{}`", inner.trim())),
        ),
        _ => diagnostic,
    }
}

/// Something that may not be empty is.
pub fn empty(node: &Node, place: impl Display) -> Diagnostic {
    Diagnostic::error("type-mismatch", node.span, format!("{place} is empty"))
}

/// A default whose elements have no type in common.
pub fn mixed(node: &Node, place: &str) -> Diagnostic {
    Diagnostic::error(
        "type-mismatch",
        shown(node),
        format!("the elements of the default of {place} have no type in common"),
    )
    .help("a list holds values of one type: `list<string>`, `list<number>`, …")
}

/// The node, or its first key when it is a mapping, which may be very long.
fn shown(node: &Node) -> Span {
    match node.mapping().and_then(<[_]>::first) {
        Some(entry) if entry.key_span.file == node.span.file => entry.key_span,
        _ => node.span,
    }
}
