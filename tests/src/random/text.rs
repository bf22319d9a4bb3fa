//! A random flow as a user would write it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Body, Flow, Item, NEVER, Need, Rule, Task, letter_in};

/// How a flow is written.
#[derive(Clone, Copy, PartialEq)]
enum Dress {
    Plain,
    /// With all that can be known before a run.
    Known,
}

impl Flow {
    /// The flow file. Each process does what its `NEED` says: the attempt that does well.
    pub fn text(&self, name: &str) -> String {
        self.write(name, Dress::Plain, &mut BTreeMap::new())
    }

    /// The same with what can be known before a run: every other condition is a constant, groups of the
    /// top level are files of their own, where parameters are constants, and processes that cannot
    /// fail, or may, are pure, some of them twice. The flow file, and the others by path.
    pub fn known_text(&self, name: &str) -> (String, BTreeMap<String, String>) {
        let mut files = BTreeMap::new();
        (self.write(name, Dress::Known, &mut files), files)
    }

    fn write(&self, name: &str, dress: Dress, files: &mut BTreeMap<String, String>) -> String {
        let mut text = head(name);
        level(&mut text, &self.tasks, "t", 1, dress, files);
        if !self.finally.is_empty() {
            text.push_str("finally:\n");
            level(&mut text, &self.finally, "f", 1, dress, files);
        }
        text
    }
}

fn head(name: &str) -> String {
    format!(
        "flow: {name}\nparameters: {{ on: true, off: false }}\ndefaults: {{ image: \"busybox:1.36\" }}\ntasks:\n"
    )
}

fn level(
    text: &mut String,
    tasks: &[Task],
    letter: &str,
    depth: usize,
    dress: Dress,
    files: &mut BTreeMap<String, String>,
) {
    let indent = "  ".repeat(depth);
    let tasks = tasks.iter().enumerate();
    let twice = tasks.flat_map(|(place, task)| {
        let twin = dress == Dress::Known && place % 3 == 0 && harmless(task);
        std::iter::once((place, task, "")).chain(twin.then_some((place, task, "_twin")))
    });
    for (place, task, twin) in twice {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{indent}{letter}{place}{twin}:");
        let mut line = |key: &str, value: String| {
            let _ = writeln!(text, "{indent}  {key}: {value}");
        };
        if !task.upstream.is_empty() {
            let names: Vec<String> = task
                .upstream
                .iter()
                .map(|place| format!("{letter}{place}"))
                .collect();
            line("depends_on", format!("[{}]", names.join(", ")));
        }
        if task.rule != Rule::AllSuccess {
            line("trigger_rule", task.rule.name().to_owned());
        }
        let items = match &task.body {
            Body::FanOut { items, .. } | Body::Each { items, .. } => Some(items),
            Body::Process { .. } | Body::Group(_) => None,
        };
        let filtered = items.is_some_and(|items| items.contains(&Item::LeftOut));
        let variable = match &task.body {
            Body::Each { .. } => "each",
            _ => "item",
        };
        let filter = filtered.then(|| format!("{variable} > 0"));
        let when = task.when.map(|when| match (dress, place % 2) {
            (Dress::Known, 0) => when.to_string(),
            _ => format!("parameters.{}", if when { "on" } else { "off" }),
        });
        let both: Vec<String> = when.into_iter().chain(filter).collect();
        if !both.is_empty() {
            line("when", format!("${{{{ {} }}}}", both.join(" && ")));
        }
        if items.is_some_and(|items| items.contains(&Item::MayFail)) && variable == "item" {
            line("allow_failure", "${{ item == 8 }}".to_owned());
        } else if task.allowed {
            line("allow_failure", "true".to_owned());
        }
        if let Some(items) = items {
            let numbers: Vec<String> = items.iter().map(|item| item.number().to_string()).collect();
            let list = format!("[{}]", numbers.join(", "));
            line("for_each", format!("{{ as: {variable}, in: {list} }}"));
        }
        match &task.body {
            Body::Process { need, retries } => {
                let need = match need {
                    Need::Attempt(attempt) => attempt.to_string(),
                    Need::Never => NEVER.to_string(),
                    Need::AsItem => "${{ each }}".to_owned(),
                };
                process(&mut line, &need, *retries);
                if dress == Dress::Known && harmless(task) {
                    line("pure", "true".to_owned());
                }
            }
            Body::FanOut { retries, .. } => process(&mut line, "${{ item }}", *retries),
            Body::Group(tasks) if dress == Dress::Known && depth == 1 => {
                let file = format!("{letter}{place}");
                line("flow", format!("{file}.yaml"));
                let mut inner = head(&file);
                level(
                    &mut inner,
                    tasks,
                    &letter_in(letter),
                    1,
                    Dress::Plain,
                    files,
                );
                files.insert(format!("{file}.yaml"), inner);
            }
            Body::Group(tasks) | Body::Each { tasks, .. } => {
                line("tasks", String::new());
                level(text, tasks, &letter_in(letter), depth + 2, dress, files);
            }
        }
    }
}

/// Whether it is a process that cannot fail, or may.
fn harmless(task: &Task) -> bool {
    match &task.body {
        Body::Process { need, retries } => {
            task.allowed || matches!(need, Need::Attempt(attempt) if *attempt <= retries + 1)
        }
        _ => false,
    }
}

fn process(line: &mut impl FnMut(&str, String), need: &str, retries: u32) {
    if retries > 0 {
        line("retries", retries.to_string());
    }
    line("env", format!("{{ NEED: \"{need}\" }}"));
    line("run", "test \"$FLOW_ATTEMPT\" -ge \"$NEED\"".to_owned());
}
