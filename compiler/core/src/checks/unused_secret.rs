//! A secret is declared, but no task uses it.
//!
//! # What it means
//!
//! The name stands under `secrets`, but no `env` reads it.
//!
//! # Why it matters
//!
//! Whoever sets up the run must provide a secret that nobody needs, and a secret that is handed out
//! for nothing is a risk.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! secrets: [warehouse_password]
//! tasks:
//!   load:
//!     run: ./load
//! ```
//!
//! # Instead
//!
//! Give it to the task that needs it, or drop it. Secrets that are used need not be declared.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! secrets: [warehouse_password]
//! tasks:
//!   load:
//!     env: { PASSWORD: "${{ secrets.warehouse_password }}" }
//!     run: ./load
//! ```

use std::collections::BTreeSet;

use super::Graph;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::Ref;

/// Warns about every secret that nothing reads.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    let read: BTreeSet<&str> = graph
        .reads
        .iter()
        .filter_map(|read| match read.reference.as_ref() {
            Ref::Secret { name } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for name in &graph.flow.secrets {
        if read.contains(name.value.as_str()) {
            continue;
        }
        diagnostics.push(
            Diagnostic::warning(
                "unused-secret",
                name.span,
                format!("secret `{name}` is used by no task"),
            )
            .help("drop it, or give it to a task in its `env`"),
        );
    }
}
