//! A status is compared with a word that is no status.
//!
//! # What it means
//!
//! A task ends `succeeded`, `failed`, `upstream_failed` or `skipped`; a run `succeeded` or `failed`.
//! The word that the status is compared with is another one.
//!
//! # Why it matters
//!
//! Orchestrators have words of their own, such as `success` or `Succeeded`. flowc gives the same ones
//! on every target, so the comparison is never true.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! finally:
//!   celebrate:
//!     when: ${{ run.status == "success" }}
//!     run: ./celebrate
//! ```
//!
//! # Instead
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load
//! finally:
//!   celebrate:
//!     when: ${{ run.status == "succeeded" }}
//!     run: ./celebrate
//! ```

use crate::analysis::States;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::{BinaryOp, Expr, ExprKind, Ref, Value};

/// Warns about every comparison of a status with a word that it never is.
pub(super) fn check(exprs: &[&Expr], diagnostics: &mut Diagnostics) {
    for expr in exprs {
        expr.walk(&mut |part| {
            let ExprKind::Binary(op, left, right) = &part.kind else {
                return;
            };
            if !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::In) {
                return;
            }
            for (status, other) in [(left, right), (right, left)] {
                if let Some((whose, known)) = status_of(status) {
                    compare(whose, &known, other, diagnostics);
                }
            }
        });
    }
}

/// Whose status it is, and what it can be.
fn status_of(expr: &Expr) -> Option<(&'static str, Vec<&'static str>)> {
    match &expr.kind {
        ExprKind::Ref(Ref::Status { .. }) => Some(("a task", States::ALL.names())),
        ExprKind::Ref(Ref::RunStatus) => {
            Some(("the run", (States::SUCCEEDED | States::FAILED).names()))
        }
        _ => None,
    }
}

fn compare(whose: &str, known: &[&str], other: &Expr, diagnostics: &mut Diagnostics) {
    let words: Vec<&Value> = match other.as_literal() {
        Some(Value::List(words)) => words.iter().collect(),
        Some(word) => vec![word],
        None => Vec::new(),
    };
    for word in words.into_iter().filter_map(Value::as_str) {
        if known.contains(&word) {
            continue;
        }
        let all: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        diagnostics.push(
            Diagnostic::warning(
                "unknown-status",
                other.span,
                format!("the status of {whose} is never `{word}`"),
            )
            .help(format!("it is one of {}", all.join(", "))),
        );
    }
}
