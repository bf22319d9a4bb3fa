//! Large flows, the same every time: for benchmarks, and for tests of depth and width.

use std::fmt::Write;

/// How the tasks of a generated flow hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each task reads an output of the one before.
    Linear,
    /// Four tasks at a time: one, two beside each other, one that reads both.
    Diamonds,
    /// All tasks side by side, and one behind them all.
    FanIn,
    /// Layers of 50 tasks; each task reads up to three of the layer before, drawn by lot.
    Layered,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 4] = [Self::Linear, Self::Diamonds, Self::FanIn, Self::Layered];

    /// The name of the flow.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Diamonds => "diamonds",
            Self::FanIn => "fan-in",
            Self::Layered => "layered",
        }
    }

    /// The tasks that a task reads, or waits for, of so many.
    pub fn upstream(self, task: usize, tasks: usize) -> Vec<usize> {
        match (self, task % 4) {
            (_, _) if task == 0 => Vec::new(),
            (Self::Linear, _) => vec![task - 1],
            (Self::Diamonds, 0 | 1) => vec![task - 1],
            (Self::Diamonds, 2) => vec![task - 2],
            (Self::Diamonds, _) => vec![task - 2, task - 1],
            (Self::FanIn, _) if task + 1 == tasks => (0..task).collect(),
            (Self::FanIn, _) => Vec::new(),
            (Self::Layered, _) if task < LAYER => Vec::new(),
            (Self::Layered, _) => {
                let before = task / LAYER * LAYER - LAYER;
                let count = 1 + drawn(task) % 3;
                let mut upstream: Vec<usize> = (0..count)
                    .map(|place| before + drawn(task * 3 + place) % LAYER)
                    .collect();
                upstream.sort_unstable();
                upstream.dedup();
                upstream
            }
        }
    }
}

/// How many tasks a layer has.
const LAYER: usize = 50;

/// A number that looks like chance and is the same every time.
fn drawn(seed: usize) -> usize {
    let mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as usize
}

/// The text of a flow of this many tasks; about 240 bytes for each.
///
/// ```
/// use flowc_tests::generate::{Shape, flow};
///
/// let text = flow(Shape::Linear, 10_000);
/// assert!((2_300_000..2_500_000).contains(&text.len()), "{}", text.len());
/// assert_eq!(text, flow(Shape::Linear, 10_000));
/// ```
pub fn flow(shape: Shape, tasks: usize) -> String {
    let mut text = format!(
        "flow: {}\ndescription: {tasks} tasks.\n\nparameters:\n  region: north\n\n\
         defaults:\n  image: ghcr.io/acme/etl:5.2\n  timeout: 30m\n\ntasks:\n",
        shape.name(),
    );
    // Every output has a reader, or there would be a warning for each.
    let mut read = vec![false; tasks];
    for task in 0..tasks {
        for upstream in shape.upstream(task, tasks) {
            read[upstream] = shape != Shape::FanIn;
        }
    }
    for (task, read) in read.iter().enumerate() {
        write_task(&mut text, shape, task, tasks, *read);
    }
    text
}

fn write_task(text: &mut String, shape: Shape, task: usize, tasks: usize, read: bool) {
    let mut out = |line: std::fmt::Arguments| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let upstream = shape.upstream(task, tasks);
    out(format_args!("  task_{task:05}:"));
    out(format_args!("    description: Part {task}."));
    if shape == Shape::FanIn && !upstream.is_empty() {
        let names: Vec<String> = upstream
            .iter()
            .map(|task| format!("task_{task:05}"))
            .collect();
        out(format_args!("    depends_on: [{}]", names.join(", ")));
    }
    out(format_args!("    env:"));
    out(format_args!("      REGION: ${{{{ parameters.region }}}}"));
    if shape != Shape::FanIn {
        for (place, upstream) in upstream.iter().enumerate() {
            out(format_args!(
                "      ROWS_{place}: ${{{{ tasks.task_{upstream:05}.outputs.rows }}}}"
            ));
        }
    }
    if task.is_multiple_of(10) {
        out(format_args!("    retries: 2"));
        out(format_args!(
            "    backoff: {{ delay: 10s, factor: 2, max_delay: 5m }}"
        ));
    }
    out(format_args!("    run: |"));
    out(format_args!(
        "      wc -l < \"$REGION/{task}\" > \"$FLOW_OUTPUTS/rows\""
    ));
    if read {
        out(format_args!("    outputs: {{ rows: integer }}"));
    } else {
        out(format_args!("    resources: {{ memory: 512Mi }}"));
    }
}

#[cfg(test)]
mod tests {
    use super::{Shape, flow};

    #[test]
    fn a_flow_of_any_shape_has_that_many_tasks() {
        for shape in Shape::ALL {
            let text = flow(shape, 100);
            assert_eq!(text.matches("\n    run: |").count(), 100, "{shape:?}");
        }
    }

    #[test]
    fn a_task_of_a_layer_reads_the_layer_before() {
        for task in 50..1_000 {
            let upstream = Shape::Layered.upstream(task, 1_000);
            assert!((1..=3).contains(&upstream.len()), "{task}");
            assert!(upstream.iter().all(|other| other / 50 + 1 == task / 50));
        }
        let readers = |task: usize| {
            (50..1_000)
                .filter(|other| Shape::Layered.upstream(*other, 1_000).contains(&task))
                .count()
        };
        assert!(
            (0..50).any(|task| readers(task) != readers(0)),
            "not the same for all"
        );
    }

    #[test]
    fn a_chain_of_diamonds_reads_as_one() {
        let text = flow(Shape::Diamonds, 8);
        assert!(text.contains("task_00003:\n    description: Part 3.\n    env:\n      REGION: ${{ parameters.region }}\n      ROWS_0: ${{ tasks.task_00001.outputs.rows }}\n      ROWS_1: ${{ tasks.task_00002.outputs.rows }}\n"));
        assert!(text.contains("task_00005:\n    description: Part 5.\n    env:\n      REGION: ${{ parameters.region }}\n      ROWS_0: ${{ tasks.task_00004.outputs.rows }}\n"));
    }
}
