//! The runner that goes into the file: only the parts that the flow needs.
//!
//! The files of `runner/task`, one behind the other, and `runner/values.awk` hold all of it. A part stands between
//! `#{ name` and `#}`; parts may stand in parts.

use rustc_hash::FxHashSet;

const TASK: &str = concat!(
    include_str!("runner/task/decide.sh"),
    include_str!("runner/task/attempt.sh"),
    include_str!("runner/task/fan_out.sh"),
    include_str!("runner/task/group.sh"),
    include_str!("runner/task/run.sh"),
);
const VALUES: &str = include_str!("runner/values.awk");

/// The parts of the runner that a flow needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts(FxHashSet<&'static str>);

impl Parts {
    /// Adds a part, and what it is made of.
    pub(super) fn need(&mut self, part: &'static str) {
        if !self.0.insert(part) {
            return;
        }
        let made_of: &[&'static str] = match part {
            "fail_fast" => &["stop", "around"],
            "deadline" => &["stop"],
            "places" => &["around"],
            "process_fan_out" => &["for_each", "lanes", "fan_out"],
            "group_fan_out" => &["for_each", "fan_out", "group", "lanes"],
            "scope" => &["lanes"],
            "loop" => &["group_fan_out", "scope"],
            "fan_out" => &["elements"],
            "bind" => &["show"],
            "fields" | "same" | "size" => &["elements"],
            "choices" => &["elements", "same"],
            "any" | "numbers" => &["any", "arithmetic"],
            "links" | "exports" | "with" => &["group"],
            _ => &[],
        };
        for part in made_of {
            self.need(part);
        }
    }

    /// Whether a part is needed.
    pub(super) fn has(&self, part: &str) -> bool {
        self.0.contains(part)
    }

    /// The script.
    pub(super) fn task(&self) -> String {
        self.keep(TASK)
    }

    /// The library of awk.
    pub(super) fn values(&self) -> String {
        self.keep(VALUES)
    }

    fn keep(&self, text: &str) -> String {
        let mut out = String::new();
        // Of each open part, whether it is kept.
        let mut open: Vec<bool> = Vec::new();
        for line in text.lines() {
            if let Some(part) = line.strip_prefix("#{ ") {
                open.push(self.has(part));
            } else if line == "#}" {
                open.pop();
            } else if open.iter().all(|kept| *kept) {
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }
}

#[cfg(test)]
pub(super) fn all_parts(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("#{ "))
        .collect()
}

#[cfg(test)]
pub(super) const TEXTS: [&str; 2] = [TASK, VALUES];
