//! Files that a cluster keeps as one object, which has a largest size.

use flowc_core::checks::large_object::{self, Limit};
use flowc_core::diagnostic::Diagnostics;
use flowc_core::flow::Flow;
use flowc_core::target::{Bundle, Prepared, Settings};

/// The largest request of etcd, as it is unless somebody changed it.
pub(crate) const KUBERNETES: Limit = Limit {
    bytes: 1_572_864,
    keeper: "Kubernetes",
};

/// What is left to do of a flow whose model is made: write it. Of a flow that may be too large, what is
/// written is needed to tell, so it is written at once, and kept. `bundle` gives about the bytes of the
/// object with it.
pub(crate) fn prepared<'f, M: 'f>(
    flow: &'f Flow,
    settings: &'f Settings,
    model: M,
    bundle: fn(&Flow, M) -> (Bundle, usize),
    diagnostics: &mut Diagnostics,
) -> Prepared<'f> {
    if !large_object::may_be(flow, KUBERNETES) {
        return Box::new(move || bundle(flow, model).0);
    }
    let (bundle, bytes) = bundle(flow, model);
    if let Some(problem) = large_object::found(flow, bytes, KUBERNETES, settings) {
        diagnostics.push(problem);
    }
    Box::new(move || bundle)
}
