//! A random flow as a user would write it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Body, Flow, Item, NEVER, Need, Rule, Task, letter_in};

/// How a flow is written.
#[derive(Clone, Copy, Default)]
struct Dress {
    /// With all that can be known before a run.
    known: bool,
    /// With outputs, and tasks that read those and the states of others.
    reads: bool,
}

impl Flow {
    /// The flow file. Each process does what its `NEED` says: the attempt that does well.
    pub fn text(&self, name: &str) -> String {
        self.write(name, Dress::default(), &mut BTreeMap::new())
    }

    /// The same with an output of every process, `o`, and variables that hold those of tasks before it. A
    /// variable `ME` holds the name of the task. Reading is also waiting, so this flow does not end as
    /// [`Flow::expected`] says.
    pub fn reading_text(&self, name: &str) -> String {
        let dress = Dress {
            known: false,
            reads: true,
        };
        self.write(name, dress, &mut BTreeMap::new())
    }

    /// The same with what can be known before a run: every other condition is a constant, groups of the
    /// top level are files of their own, where parameters are constants, and processes that cannot
    /// fail, or may, are pure, some of them twice. The flow file, and the others by path. With `reads`, also what
    /// [`Flow::reading_text`] adds.
    pub fn known_text(&self, name: &str, reads: bool) -> (String, BTreeMap<String, String>) {
        let mut files = BTreeMap::new();
        let dress = Dress { known: true, reads };
        (self.write(name, dress, &mut files), files)
    }

    fn write(&self, name: &str, dress: Dress, files: &mut BTreeMap<String, String>) -> String {
        let mut text = head(name);
        write_level(&mut text, &self.tasks, "t", 1, dress, files);
        if !self.finally.is_empty() {
            text.push_str("finally:\n");
            write_level(&mut text, &self.finally, "f", 1, dress, files);
        }
        text
    }
}

fn head(name: &str) -> String {
    format!(
        "flow: {name}\nparameters: {{ on: true, off: false }}\ndefaults: {{ image: \"busybox:1.36\" }}\ntasks:\n"
    )
}

/// Tasks beside each other.
struct Level<'l> {
    tasks: &'l [Task],
    letter: &'l str,
    dress: Dress,
}

impl Level<'_> {
    fn has_twin(&self, place: usize) -> bool {
        self.dress.known && place.is_multiple_of(3) && harmless(&self.tasks[place])
    }

    /// The variables of a process beside what it needs.
    fn env(&self, place: usize) -> String {
        let mut env = String::new();
        if !self.dress.reads {
            return env;
        }
        let letter = self.letter;
        let _ = write!(env, ", ME: {letter}{place}");
        let task = &self.tasks[place];
        // Some read what they do not name as a dependency.
        let far = (place % 5 == 3).then_some(0);
        let read = task.upstream.iter().copied().chain(far);
        let read = read.filter(|other| (place + other) % 4 != 1);
        for (number, other) in read.enumerate() {
            let upstream = &self.tasks[other];
            let is_sure = task.rule == Rule::AllSuccess && !upstream.allowed;
            let mut add = |variable: char, twin: &str| {
                let output = format!("tasks.{letter}{other}{twin}.outputs.o");
                let value = match &upstream.body {
                    Body::Process { .. } if is_sure => output,
                    Body::Process { .. } => format!("default({output}, \"none\")"),
                    Body::FanOut { .. } => format!("string(default({output}, []))"),
                    Body::Group(_) | Body::Each { .. } => return,
                };
                let _ = write!(env, ", {variable}{number}: '${{{{ {value} }}}}'");
            };
            add('R', "");
            if self.has_twin(other) {
                add('Q', "_twin");
            }
        }
        env
    }

    /// A condition on the state of a task, of one that sees every state.
    fn looks(&self, place: usize) -> Option<String> {
        let task = &self.tasks[place];
        let looks = self.dress.reads && task.rule == Rule::AllDone && place % 3 == 1;
        let other = task.upstream.first().filter(|_| looks)?;
        Some(format!(
            "tasks.{}{other}.status != \"succeeded\"",
            self.letter
        ))
    }
}

fn write_level(
    text: &mut String,
    tasks: &[Task],
    letter: &str,
    depth: usize,
    dress: Dress,
    files: &mut BTreeMap<String, String>,
) {
    let indent = "  ".repeat(depth);
    let level = Level {
        tasks,
        letter,
        dress,
    };
    let twice = tasks.iter().enumerate().flat_map(|(place, task)| {
        let twin = level.has_twin(place).then_some((place, task, "_twin"));
        std::iter::once((place, task, "")).chain(twin)
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
        let when = task.when.map(|when| match (dress.known, place % 2) {
            (true, 0) => when.to_string(),
            _ => format!("parameters.{}", if when { "on" } else { "off" }),
        });
        let looks = level.looks(place);
        let both: Vec<String> = when.into_iter().chain(looks).chain(filter).collect();
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
            // A limit changes how long it takes, not how it ends.
            if place % 2 == 0 {
                line("max_parallel", (1 + place % 3).to_string());
            }
        }
        match &task.body {
            Body::Process { need, retries } => {
                let need = match need {
                    Need::Attempt(attempt) => attempt.to_string(),
                    Need::Never => NEVER.to_string(),
                    Need::AsItem => "${{ each }}".to_owned(),
                };
                process(&mut line, &need, &level.env(place), *retries);
                if dress.known && harmless(task) {
                    line("pure", "true".to_owned());
                }
            }
            Body::FanOut { retries, .. } => {
                process(&mut line, "${{ item }}", &level.env(place), *retries);
            }
            Body::Group(tasks) if dress.known && depth == 1 => {
                let file = format!("{letter}{place}");
                line("flow", format!("{file}.yaml"));
                let mut inner = head(&file);
                let dress = Dress {
                    known: false,
                    ..dress
                };
                write_level(&mut inner, tasks, &letter_in(letter), 1, dress, files);
                files.insert(format!("{file}.yaml"), inner);
            }
            Body::Group(tasks) | Body::Each { tasks, .. } => {
                line("tasks", String::new());
                write_level(text, tasks, &letter_in(letter), depth + 2, dress, files);
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

fn process(line: &mut impl FnMut(&str, String), need: &str, env: &str, retries: u32) {
    if retries > 0 {
        line("retries", retries.to_string());
    }
    line("env", format!("{{ NEED: \"{need}\"{env} }}"));
    if !env.is_empty() {
        line("outputs", "{ o: string }".to_owned());
    }
    line("run", "test \"$FLOW_ATTEMPT\" -ge \"$NEED\"".to_owned());
}
