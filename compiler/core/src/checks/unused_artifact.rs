//! An artifact is declared, but nothing reads it.
//!
//! # What it means
//!
//! No expression reads the artifact and nothing exports it. For a task at the end of the flow this
//! is only a note, because people may fetch what such a task writes; elsewhere it is a warning.
//!
//! # Why it matters
//!
//! A declared artifact must be written, and it is stored in every run: that costs time and space. A
//! task that exits 0 without it has failed.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train "$FLOW_OUTPUTS/model"
//!     artifacts: { model: file }
//!   report:
//!     depends_on: [train]
//!     run: echo done
//! ```
//!
//! # Instead
//!
//! Read it, drop it, or, when it is a result of the flow, export it.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   train:
//!     run: ./train "$FLOW_OUTPUTS/model"
//!     artifacts: { model: file }
//!   report:
//!     depends_on: [train]
//!     run: echo done
//! artifacts: { model: "${{ tasks.train.artifacts.model }}" }
//! ```

use std::collections::BTreeSet;

use super::{Graph, unused_output};
use crate::diagnostic::Diagnostics;
use crate::expr::Ref;
use crate::flow::TaskId;

/// Warns about every artifact that nothing reads.
pub(super) fn check(graph: &Graph<'_>, diagnostics: &mut Diagnostics) {
    let read: BTreeSet<(TaskId, &str)> = graph
        .reads
        .iter()
        .filter_map(|read| match read.reference.as_ref() {
            Ref::Artifact { task, name } => Some((*task, name.as_str())),
            _ => None,
        })
        .collect();
    let mut reported = BTreeSet::new();
    for (id, task) in graph.flow.iter() {
        let own = task.artifacts.iter().map(|artifact| &artifact.name);
        let exported = task
            .group()
            .filter(|group| group.sub_flow.is_none())
            .into_iter()
            .flat_map(|group| group.artifacts.iter().map(|export| &export.name));
        for name in own.chain(exported) {
            if !read.contains(&(id, name.value.as_str())) {
                let code = "unused-artifact";
                unused_output::report(
                    graph,
                    id,
                    name,
                    "artifact",
                    code,
                    &mut reported,
                    diagnostics,
                );
            }
        }
    }
}
