//! The times of a past run as what tasks should take.

use std::collections::HashMap;
use std::path::Path;

use flowc_core::flow::Flow;
use flowc_core::source::Spanned;
use flowc_core::values::Duration;

use crate::failure::Failure;
use crate::run::journal::Record;
use crate::run::store::Store;

/// The flow with the time that each task took in a run, from the start of its first attempt to the end of
/// its last, in place of its estimate. A task that did not start has none.
pub(super) fn of_run(flow: &Flow, run: &str, state: Option<&Path>) -> Result<Flow, Failure> {
    let store = Store::new(state)?;
    let id = store.find(run)?;
    let mut times: HashMap<String, (u64, u64)> = HashMap::new();
    let mut name = None;
    for record in store.records(&id)? {
        let (task, at) = match record {
            Record::Run(run) => {
                name = Some(run.flow);
                continue;
            }
            Record::Started { task, at, .. } | Record::Ended { task, at, .. } => (task, at),
            Record::Resumed { .. } | Record::Task { .. } | Record::RunEnded { .. } => continue,
        };
        let (first, last) = times.entry(task).or_insert((at, at));
        *first = at.min(*first);
        *last = at.max(*last);
    }
    if let Some(other) = name.filter(|name| *name != flow.name.value) {
        let flow = &flow.name.value;
        return Err(Failure::new(format!(
            "run `{id}` is one of flow `{other}`, not of `{flow}`"
        )));
    }
    let mut flow = flow.clone();
    for task in &mut flow.tasks {
        let took = times.get(task.path.as_str());
        task.estimate = took.map(|(first, last)| {
            Spanned::new(Duration::from_milliseconds(last - first), task.name.span)
        });
    }
    Ok(flow)
}
