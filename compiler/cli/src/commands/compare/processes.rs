//! How many processes a run of a flow starts, as far as the flow says it.

use std::fmt;

use flowc_core::flow::{Body, Flow, TaskId};

/// The processes of a run in which every task runs and none is tried again.
pub struct Processes {
    /// Those that are known.
    pub fixed: usize,
    /// For each fan-out over a list known at run time only: how many one element starts, and whose
    /// elements they are.
    pub per_element: Vec<(usize, String)>,
}

impl Processes {
    /// Of a flow.
    pub fn new(flow: &Flow) -> Self {
        let mut processes = Self {
            fixed: 0,
            per_element: Vec::new(),
        };
        for (id, task) in flow.iter() {
            if matches!(task.body, Body::Process(_)) {
                processes.add(flow, id);
            }
        }
        processes
    }

    fn add(&mut self, flow: &Flow, process: TaskId) {
        let mut times: usize = 1;
        let mut dynamic = Vec::new();
        for task in std::iter::once(process).chain(flow.ancestors(process)) {
            let task = flow.task(task);
            match task
                .for_each
                .as_ref()
                .map(|fan_out| fan_out.literal_items())
            {
                None => {}
                Some(Some(items)) => times = times.saturating_mul(items.len()),
                Some(None) => dynamic.push(task.path.clone()),
            }
        }
        if dynamic.is_empty() {
            self.fixed += times;
            return;
        }
        dynamic.reverse();
        let whose = dynamic.join(" and of ");
        match self
            .per_element
            .iter_mut()
            .find(|(_, known)| *known == whose)
        {
            Some((count, _)) => *count += times,
            None => self.per_element.push((times, whose)),
        }
    }

    /// `6 pods`, `6 pods and 1 for each element of features`.
    pub fn said<'p>(&'p self, unit: &'p str) -> impl fmt::Display + 'p {
        let mut said = match self.fixed {
            1 => format!("1 {unit}"),
            count => format!("{count} {}", plural(unit)),
        };
        for (count, whose) in &self.per_element {
            said.push_str(&format!(" and {count} for each element of {whose}"));
        }
        said
    }
}

fn plural(unit: &str) -> String {
    match unit.strip_suffix("process") {
        Some(before) => format!("{before}processes"),
        None => format!("{unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::Processes;

    #[test]
    fn what_is_known_is_counted_and_the_rest_is_said() {
        let processes = Processes {
            fixed: 2,
            per_element: vec![(1, "load".to_owned())],
        };
        assert_eq!(
            processes.said("process").to_string(),
            "2 processes and 1 for each element of load"
        );
        let one = Processes {
            fixed: 1,
            per_element: Vec::new(),
        };
        assert_eq!(one.said("pod").to_string(), "1 pod");
    }
}
