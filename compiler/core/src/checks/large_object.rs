//! What is emitted is larger than one object may be.
//!
//! # What it means
//!
//! The target keeps the flow as one object, in a cluster or in a database, and with all its tasks, scripts and
//! lists that has more bytes than it takes of one: a cluster of Kubernetes about 1.5 MB. The message says
//! who keeps it, how much that takes, and what most of the bytes are.
//!
//! # Why it matters
//!
//! The object is refused, so the flow cannot be submitted. Where what a run adds while it goes on is kept in the same
//! object, a few hundred bytes for each process, a flow just below the limit may still come to it.
//!
//! # Example
//!
//! ```yaml
//! # LONG stands for 100000 letters
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22, env: { TABLE: LONG } }
//! tasks:
//!   t1: { run: ./load 1 }
//!   t2: { run: ./load 2 }
//!   t3: { run: ./load 3 }
//!   t4: { run: ./load 4 }
//!   t5: { run: ./load 5 }
//!   t6: { run: ./load 6 }
//!   t7: { run: ./load 7 }
//!   t8: { run: ./load 8 }
//!   t9: { run: ./load 9 }
//!   t10: { run: ./load 10 }
//!   t11: { run: ./load 11 }
//!   t12: { run: ./load 12 }
//!   t13: { run: ./load 13 }
//!   t14: { run: ./load 14 }
//!   t15: { run: ./load 15 }
//!   t16: { run: ./load 16 }
//!   t17: { run: ./load 17 }
//! ```
//!
//! # Instead
//!
//! Keep large texts in the image or in an artifact, write tasks that differ in one value as one
//! `for_each`, or cut the flow in two.
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     for_each: { in: "${{ range(17) }}" }
//!     env: { TABLE: /opt/table.csv, PART: "${{ item + 1 }}" }
//!     run: ./load "$PART"
//! ```

use crate::diagnostic::Diagnostic;
use crate::expr::{Part, Template};
use crate::flow::{Body, Command, Flow, Task};
use crate::target::Settings;
use crate::text::Text;

/// How much of one object is kept, and by whom: what a target answers.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The most bytes of one object.
    pub bytes: usize,
    /// Who takes no more, as the subject of a sentence.
    pub keeper: &'static str,
}

/// Whether it is worth to look: small flows do not become large objects.
pub fn may_be(flow: &Flow, limit: Limit) -> bool {
    // The least that tasks and texts have been seen to grow to, with room.
    content(flow) + flow.tasks.len() * 600 > limit.bytes / 4
}

/// The bytes of scripts, arguments, variables and the elements of fan-outs.
pub fn content(flow: &Flow) -> usize {
    let tasks = flow.tasks.iter();
    tasks.map(|task| texts(task) + elements(task)).sum()
}

/// The warning that an object of so many bytes is beyond the limit, with what makes it large.
pub fn found(flow: &Flow, bytes: usize, limit: Limit, settings: &Settings) -> Option<Diagnostic> {
    (bytes > limit.bytes).then(|| beyond(flow, bytes, limit, settings))
}

/// The warning that the flow becomes an object of so many bytes, with what makes it large.
pub fn beyond(flow: &Flow, bytes: usize, limit: Limit, settings: &Settings) -> Diagnostic {
    let tasks = flow.tasks.len();
    let own = |task| (texts(task), elements(task), task);
    let own: Vec<_> = flow.tasks.iter().map(own).collect();
    let in_texts: usize = own.iter().map(|(texts, ..)| texts).sum();
    let in_lists: usize = own.iter().map(|(_, elements, _)| elements).sum();
    let rest = bytes.saturating_sub(in_texts + in_lists);
    let mut diagnostic = Diagnostic::warning(
        "large-object",
        flow.name.span,
        format!(
            "flow `{}` becomes an object of about {}, and {} takes at most {} of one",
            flow.name.value,
            megabytes(bytes),
            limit.keeper,
            megabytes(limit.bytes)
        ),
    );
    diagnostic.target = Some(settings.spec());
    let parts = [
        (in_texts, "scripts, arguments and variables"),
        (in_lists, "the elements of fan-outs"),
    ];
    let mut said: Vec<String> = parts
        .iter()
        .filter(|(part, _)| *part * 20 > bytes)
        .map(|(part, what)| format!("{} are {what}", megabytes(*part)))
        .collect();
    said.push(format!(
        "{} are what surrounds {tasks} tasks",
        megabytes(rest)
    ));
    let sums = own
        .iter()
        .map(|(texts, elements, task)| (texts + elements, task));
    let largest = sums.max_by_key(|(sum, _)| *sum);
    if let Some((sum, task)) = largest.filter(|(sum, _)| sum * 20 > bytes) {
        let message = format!("the largest task: {}", megabytes(sum));
        diagnostic = diagnostic.label(task.name.span, message);
    }
    let what = said.join(", ");
    diagnostic.help(format!(
        "{what}; keep large texts in the image, write tasks that differ in one value as one `for_each`, \
         or cut the flow in two"
    ))
}

/// About the bytes of a YAML text as JSON, which is what is stored: with quotes, and without
/// indentation, of which it has so many bytes.
pub fn as_json(text: &Text, indentation: usize) -> usize {
    let lines = text.breaks();
    text.len() - lines - indentation + 4 * lines
}

fn megabytes(bytes: usize) -> String {
    if bytes < 100_000 {
        return format!("{:.1} kB", bytes as f64 / 1e3);
    }
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// The bytes of what a process is started with.
fn texts(task: &Task) -> usize {
    let Body::Process(process) = &task.body else {
        return 0;
    };
    let command = match &process.command {
        Command::Argv(words) => words.iter().map(template).sum(),
        Command::Script { shell: _, text } => text.value.len(),
    };
    let env: usize = process
        .env
        .iter()
        .map(|variable| template(&variable.value))
        .sum();
    command + env
}

fn template(template: &Template) -> usize {
    let of = |part: &Part| match part {
        Part::Text(text) => text.len(),
        Part::Expr(_) => 40,
    };
    template.parts.iter().map(of).sum()
}

/// The bytes of the elements of a fan-out, where they are known.
fn elements(task: &Task) -> usize {
    let items = task
        .for_each
        .iter()
        .filter_map(|for_each| for_each.literal_items());
    items.flatten().map(|item| item.json().len() + 1).sum()
}
