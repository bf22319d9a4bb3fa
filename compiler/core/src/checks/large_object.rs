//! What is emitted is larger than one object may be.
//!
//! # What it means
//!
//! The flow becomes one object of Kubernetes, and with all its tasks, scripts and lists that has more bytes
//! than the API server stores in one: about 1.5 MB. The message says what takes most of them.
//!
//! # Why it matters
//!
//! The server refuses the object, so the flow cannot be submitted. What a run adds while it goes on, a few
//! hundred bytes for each pod, is kept in the same object unless Argo is set up to keep it elsewhere.
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
use crate::target::{Bundle, Settings};

/// The most bytes of one object: the largest request of etcd, as it is unless somebody changed it.
pub const KUBERNETES: usize = 1_572_864;

/// Whether it is worth to look: small flows do not become large objects.
pub fn may_be(flow: &Flow) -> bool {
    let texts: usize = flow
        .tasks
        .iter()
        .map(|task| texts(task) + elements(task))
        .sum();
    // The least that tasks and texts have been seen to grow to, with room.
    texts + flow.tasks.len() * 600 > KUBERNETES / 4
}

/// The warning that an object of the bundle is beyond the limit, with what makes it large.
pub fn found(flow: &Flow, bundle: &Bundle, settings: &Settings) -> Option<Diagnostic> {
    let bytes = bundle.files.values().map(|text| as_json(text)).max()?;
    if bytes <= KUBERNETES {
        return None;
    }
    let tasks = flow.tasks.len();
    let in_texts: usize = flow.tasks.iter().map(texts).sum();
    let in_lists: usize = flow.tasks.iter().map(elements).sum();
    let rest = bytes.saturating_sub(in_texts + in_lists);
    let mut diagnostic = Diagnostic::warning(
        "large-object",
        flow.name.span,
        format!(
            "flow `{}` becomes an object of about {}, and Kubernetes takes at most {} of one",
            flow.name.value,
            megabytes(bytes),
            megabytes(KUBERNETES)
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
    let largest = flow
        .tasks
        .iter()
        .max_by_key(|task| texts(task) + elements(task));
    if let Some(task) = largest.filter(|task| (texts(task) + elements(task)) * 20 > bytes) {
        let own = megabytes(texts(task) + elements(task));
        let message = format!("the largest task: {own}");
        diagnostic = diagnostic.label(task.name.span, message);
    }
    let what = said.join(", ");
    Some(diagnostic.help(format!(
        "{what}; keep large texts in the image, write tasks that differ in one value as one `for_each`, \
         or cut the flow in two"
    )))
}

/// About the bytes of a YAML text as JSON, which is what is stored: without indentation, with quotes.
fn as_json(text: &str) -> usize {
    text.lines().map(|line| line.trim_start().len() + 4).sum()
}

fn megabytes(bytes: usize) -> String {
    if bytes < 100_000 {
        return format!("{:.1} kB", bytes as f64 / 1e3);
    }
    format!("{:.1} MB", bytes as f64 / 1e6)
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
