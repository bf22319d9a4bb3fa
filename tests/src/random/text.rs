//! A random flow as a user would write it.

use std::fmt::Write;

use super::{Body, Flow, Item, NEVER, Need, Rule, Task, letter_in};

impl Flow {
    /// The flow file. Each process does what its `NEED` says: the attempt that does well.
    pub fn text(&self, name: &str) -> String {
        let mut text = format!(
            "flow: {name}\nparameters: {{ on: true, off: false }}\ndefaults: {{ image: \"busybox:1.36\" }}\ntasks:\n"
        );
        level(&mut text, &self.tasks, "t", 1);
        if !self.finally.is_empty() {
            text.push_str("finally:\n");
            level(&mut text, &self.finally, "f", 1);
        }
        text
    }
}

fn level(text: &mut String, tasks: &[Task], letter: &str, depth: usize) {
    let indent = "  ".repeat(depth);
    for (place, task) in tasks.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{indent}{letter}{place}:");
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
        let when = task
            .when
            .map(|when| format!("parameters.{}", if when { "on" } else { "off" }));
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
            }
            Body::FanOut { retries, .. } => process(&mut line, "${{ item }}", *retries),
            Body::Group(tasks) | Body::Each { tasks, .. } => {
                line("tasks", String::new());
                level(text, tasks, &letter_in(letter), depth + 2);
            }
        }
    }
}

fn process(line: &mut impl FnMut(&str, String), need: &str, retries: u32) {
    if retries > 0 {
        line("retries", retries.to_string());
    }
    line("env", format!("{{ NEED: \"{need}\" }}"));
    line("run", "test \"$FLOW_ATTEMPT\" -ge \"$NEED\"".to_owned());
}
