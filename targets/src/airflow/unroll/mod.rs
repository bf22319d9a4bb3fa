//! A fan-out inside a fan-out. Airflow maps a task once, over one list; so of two fan-outs, one inside
//! the other, one becomes a group with a task for each element of its list, which must be known. The
//! other stays a mapped task or group.

mod copies;
mod parts;

use std::borrow::Cow;

use flowc_core::flow::{Flow, TaskId};
use flowc_core::source::Span;

/// The most elements that are written out, over all lists around a task.
const MOST: usize = 200;

/// The names of the tasks that are written out begin with it.
const NAME: &str = "item_";

/// The flow with at most one fan-out around each task, as far as that is possible.
pub(super) fn unrolled(flow: &Flow) -> Cow<'_, Flow> {
    let plan = Plan::new(flow);
    if plan.written_out.contains(&true) {
        Cow::Owned(copies::write_out(flow, &plan.written_out))
    } else {
        Cow::Borrowed(flow)
    }
}

/// What becomes of fan-outs inside fan-outs.
pub(super) struct Plan {
    /// By task: whether it becomes a group with a task for each element.
    pub written_out: Vec<bool>,
    /// What stands in the way: the place, and why.
    pub refused: Vec<(Span, String)>,
}

impl Plan {
    pub fn new(flow: &Flow) -> Self {
        let mut plan = Self {
            written_out: vec![false; flow.tasks.len()],
            refused: Vec::new(),
        };
        let nested: Vec<TaskId> = flow
            .iter()
            .filter(|(id, task)| task.for_each.is_some() && flow.fan_outs_around(*id).count() > 0)
            .map(|(id, _)| id)
            .collect();
        if nested.is_empty() {
            return plan;
        }
        for &id in nested.iter().filter(|id| length(flow, **id).is_none()) {
            plan.keep(flow, id);
        }
        for &id in nested.iter().filter(|id| length(flow, **id).is_some()) {
            let mut around = flow.fan_outs_around(id);
            if around.any(|outer| !plan.written_out[outer.index()]) {
                plan.written_out[id.index()] = true;
            }
        }
        plan.sizes(flow);
        plan
    }

    /// The list is known when the flow runs only, so those around it must be written out.
    fn keep(&mut self, flow: &Flow, id: TaskId) {
        for outer in flow.fan_outs_around(id) {
            if length(flow, outer).is_some() {
                self.written_out[outer.index()] = true;
                continue;
            }
            let message = format!(
                "fan-out `{}` is inside of fan-out `{}`, and the lists of both are known only when the flow runs: Airflow maps nothing inside of a mapped group",
                flow.task(id).path,
                flow.task(outer).path
            );
            self.refuse(flow, id, message);
        }
    }

    fn sizes(&mut self, flow: &Flow) {
        for (id, _) in flow.iter().filter(|(id, _)| self.written_out[id.index()]) {
            let all = std::iter::once(id).chain(flow.ancestors(id));
            let all = all.filter(|task| self.written_out[task.index()]);
            let size = all
                .filter_map(|task| length(flow, task))
                .fold(1_usize, usize::saturating_mul);
            if size > MOST {
                let message = format!(
                    "fan-out `{}` would be {size} tasks written out one by one",
                    flow.task(id).path
                );
                self.refuse(flow, id, message);
                return;
            }
        }
    }

    fn refuse(&mut self, flow: &Flow, id: TaskId, message: String) {
        if let Some(fan_out) = &flow.task(id).for_each {
            self.refused.push((fan_out.span, message));
        }
    }
}

/// How many elements a fan-out has, when they are known.
fn length(flow: &Flow, id: TaskId) -> Option<usize> {
    let items = flow.task(id).for_each.as_ref()?.literal_items()?;
    Some(items.len())
}
