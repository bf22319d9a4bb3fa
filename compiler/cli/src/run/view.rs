//! What a person sees of a run: lines as things happen, on a terminal with what is going on below them.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flowc_core::flow::{Flow, TaskId};
use flowc_core::run::{Ended, Event, Key, Layout, Outcome, Question, State};

use crate::style::{self, paint};

/// How many lines of the log of a failed attempt are shown.
const TAIL: usize = 10;
/// How many tasks that run are shown at once.
const SHOWN: usize = 8;

/// What is shown.
pub struct View {
    /// Whether the terminal can be drawn on.
    live: bool,
    colour: bool,
    flow: Arc<Flow>,
    layout: Layout,
    started: Instant,
    /// Instances that run, with what is shown of them.
    running: HashMap<Key, (Instant, u32)>,
    /// Tasks that have neither begun nor ended; groups are not counted.
    waiting: HashSet<TaskId>,
    /// Times of instances that ran, for the summary.
    times: HashMap<Key, (Instant, Instant)>,
    counts: [usize; 4],
    restored: usize,
    drawn: usize,
    last_drawn: Option<Instant>,
    changed: bool,
    failures: Vec<(String, String)>,
}

/// The name of an instance: `task` or `task[0,1]`.
pub fn name(flow: &Flow, key: &Key) -> String {
    let path = &flow.task(key.task).path;
    if key.index.is_empty() {
        return path.clone();
    }
    let index: Vec<String> = key.index.iter().map(u32::to_string).collect();
    format!("{path}[{}]", index.join(","))
}

/// A length of time as people say it: `0.42 s`, `12 s`, `3 m 05 s`.
pub fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.2} s", time.as_secs_f64()),
        10..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
    }
}

impl View {
    /// On standard error.
    pub fn new(flow: Arc<Flow>, layout: Layout, colour: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let waiting = flow.iter().filter(|(_, task)| task.group().is_none());
        let waiting = waiting.map(|(id, _)| id).collect();
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            live: terminal && !dumb,
            colour,
            flow,
            layout,
            started: Instant::now(),
            running: HashMap::new(),
            waiting,
            times: HashMap::new(),
            counts: [0; 4],
            restored: 0,
            drawn: 0,
            last_drawn: None,
            changed: false,
            failures: Vec::new(),
        }
    }

    /// Whether it must be drawn again as time passes.
    pub fn is_live(&self) -> bool {
        self.live
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        paint(style, text, self.colour)
    }

    /// A line that stays.
    pub fn line(&mut self, text: &str) {
        let mut out = self.erased();
        if !self.live {
            let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
            let _ = write!(out, "{time} ");
        }
        out.push_str(text);
        out.push('\n');
        let _ = io::stderr().lock().write_all(out.as_bytes());
        self.changed = true;
    }

    /// Something went wrong that is no task's fault.
    pub fn warn(&mut self, text: &str) {
        let label = self.paint(style::WARNING, "warning");
        self.line(&format!("{label}: {text}"));
    }

    /// What must be written to take away what was drawn.
    fn erased(&mut self) -> String {
        let lines = std::mem::take(&mut self.drawn);
        match lines {
            0 => String::new(),
            _ => format!("\r\x1b[{lines}A\x1b[J"),
        }
    }

    /// Something happened.
    pub fn tell(&mut self, flow: &Flow, event: &Event, now: Instant) {
        match event {
            Event::RunStarted | Event::RunEnded { .. } => {}
            Event::AttemptStarted { key, number } => {
                self.waiting.remove(&key.task);
                let since = self.times.get(key).map_or(now, |(start, _)| *start);
                self.times.insert(key.clone(), (since, now));
                self.running.insert(key.clone(), (now, *number));
                self.changed = true;
                if !self.live {
                    let name = name(flow, key);
                    let again = if *number > 1 {
                        format!(" (attempt {number})")
                    } else {
                        String::new()
                    };
                    self.line(&format!("{name} started{again}"));
                }
            }
            Event::AttemptEnded {
                key,
                number,
                outcome,
                retry,
            } => {
                if let Some((_, end)) = self.times.get_mut(key) {
                    *end = now;
                }
                let since = self.running.remove(key).map_or(now, |(since, _)| since);
                if let Outcome::Failed { cause, .. } = outcome {
                    self.attempt_failed(flow, key, *number, cause, retry.is_some(), now - since);
                }
            }
            Event::TaskEnded(ended) => {
                self.waiting.remove(&ended.key.task);
                self.task_ended(flow, ended);
            }
        }
    }

    fn attempt_failed(
        &mut self,
        flow: &Flow,
        key: &Key,
        number: u32,
        cause: &str,
        retry: bool,
        took: Duration,
    ) {
        if retry {
            let name = name(flow, key);
            let what = self.paint(style::WARNING, "again");
            let took = self.paint(style::DIM, &length(took));
            self.line(&format!(
                "{name} {what} {took}: attempt {number}: {}",
                plain(cause)
            ));
            return;
        }
        let folder = self.layout.attempt_of(flow, key, number);
        let tail = tail(&Path::new(&folder).join("log"));
        if !tail.is_empty() {
            let bar = self.paint(style::DIM, "|");
            let mut text = String::new();
            for line in tail {
                let _ = writeln!(text, "  {bar} {line}");
            }
            self.failures.push((name(flow, key), text));
        }
    }

    fn task_ended(&mut self, flow: &Flow, ended: &Ended) {
        let task = flow.task(ended.key.task);
        let is_whole = ended.instances.is_some();
        let is_group = task.group().is_some();
        if !is_whole && !is_group {
            self.counts[ended.state as usize] += 1;
        }
        if ended.restored {
            self.restored += usize::from(!is_whole && !is_group);
            return;
        }
        // A group or fan-out is worth a line when it says more than what is in it.
        if (is_whole || is_group) && ended.cause.is_none() {
            return;
        }
        if is_group && ended.cause.as_deref() == Some("a task in it failed") {
            return;
        }
        let name = name(flow, &ended.key);
        let (style, word) = match ended.state {
            State::Succeeded => (style::NOTE, "succeeded"),
            State::Failed => (style::ERROR, "failed"),
            State::Skipped => (style::DIM, "skipped"),
            State::UpstreamFailed => (style::DIM, "upstream_failed"),
        };
        let word = self.paint(style, word);
        let took = self
            .times
            .get(&ended.key)
            .filter(|_| ended.attempts > 0)
            .map(|(start, end)| format!(" {}", self.paint(style::DIM, &length(*end - *start))))
            .unwrap_or_default();
        let allowed = if ended.allowed { " (allowed)" } else { "" };
        let cause = ended
            .cause
            .as_ref()
            .map(|cause| format!(": {}", plain(cause)))
            .unwrap_or_default();
        self.line(&format!("{name} {word}{took}{allowed}{cause}"));
        if ended.state == State::Failed
            && let Some(at) = self.failures.iter().position(|(of, _)| *of == name)
        {
            let (_, text) = self.failures.swap_remove(at);
            let erased = self.erased();
            let _ = io::stderr()
                .lock()
                .write_all(format!("{erased}{text}").as_bytes());
        }
    }

    /// Draws what is going on, when that has changed or a second has passed.
    ///
    /// While somebody is `asked`, nothing is drawn where they type.
    pub fn tick(&mut self, now: Instant, asked: bool) {
        if !self.live || asked {
            return;
        }
        let since = self.last_drawn.map_or(Duration::MAX, |last| now - last);
        let due = if self.changed { 100 } else { 1000 };
        if since < Duration::from_millis(due) {
            return;
        }
        self.last_drawn = Some(now);
        self.changed = false;
        let width = terminal_width();
        let mut out = self.erased();
        let mut lines = Vec::new();
        let mut running: Vec<(&Key, Instant, u32)> = self
            .running
            .iter()
            .map(|(key, (since, number))| (key, *since, *number))
            .collect();
        running.sort_by(|a, b| (a.1, a.0).cmp(&(b.1, b.0)));
        for (key, since, number) in running.iter().take(SHOWN) {
            let mut line = format!("  {} {}", name(&self.flow, key), length(now - *since));
            if *number > 1 {
                let _ = write!(line, ", attempt {number}");
            }
            lines.push(clipped(&line, width));
        }
        if running.len() > SHOWN {
            lines.push(format!("  and {} more", running.len() - SHOWN));
        }
        let counts = self.counted();
        let waiting = match self.waiting.len() {
            0 => String::new(),
            waiting => format!("{waiting} waiting, "),
        };
        lines.push(clipped(
            &format!(
                "{} running, {waiting}{counts}{}",
                running.len(),
                length(now - self.started)
            ),
            width,
        ));
        for line in &lines {
            out.push_str(line);
            out.push('\n');
        }
        self.drawn = lines.len();
        let _ = io::stderr().lock().write_all(out.as_bytes());
    }

    fn counted(&self) -> String {
        let words = ["succeeded", "failed", "skipped", "upstream_failed"];
        let mut out = String::new();
        for (count, word) in self.counts.iter().zip(words) {
            if *count > 0 {
                let _ = write!(out, "{count} {word}, ");
            }
        }
        out
    }

    /// The run is being interrupted.
    pub fn interrupted(&mut self, hard: bool, running: usize) {
        let what = if hard {
            "ending them now".to_owned()
        } else {
            format!("{running} running, asked to end; Ctrl-C again ends them now")
        };
        let label = self.paint(style::WARNING, "interrupted");
        self.line(&format!("{label}: {what}"));
    }

    /// Asks a person.
    pub fn question(&mut self, name: &str, question: &Question) {
        let choices: Vec<String> = question
            .choices
            .iter()
            .map(|choice| {
                if Some(choice) == question.default.as_ref() {
                    self.paint(style::STRONG, choice)
                } else {
                    choice.clone()
                }
            })
            .collect();
        let text = format!(
            "{name} asks: {} [{}]",
            plain(&question.message),
            choices.join("/")
        );
        let text = self.paint(style::CODE, &text);
        self.line(&text);
    }

    /// Takes away what was drawn, and says how it went.
    pub fn finish(&mut self, flow: &Flow, state: Option<State>, id: &str, now: Instant) {
        let erased = self.erased();
        let _ = io::stderr().lock().write_all(erased.as_bytes());
        self.live = false;
        let took = length(now - self.started);
        let word = match state {
            Some(State::Succeeded) => self.paint(style::NOTE, "succeeded"),
            Some(_) => self.paint(style::ERROR, "failed"),
            None => self.paint(style::WARNING, "interrupted"),
        };
        let counts = self.counted();
        let counts = counts.trim_end_matches(", ");
        let mut text = format!("\nrun {id} {word} in {took}");
        if !counts.is_empty() {
            let _ = write!(text, ": {counts}");
        }
        if self.restored > 0 {
            let _ = write!(text, " ({} known before)", self.restored);
        }
        text.push('\n');
        let path = super::critical::critical_path(flow, &self.times);
        if path.len() > 1 {
            let steps: Vec<String> = path
                .iter()
                .map(|(key, took)| format!("{} {}", name(flow, key), length(*took)))
                .collect();
            let label = self.paint(style::DIM, "critical path:");
            let shown = if steps.len() > 12 {
                format!(
                    "{} > … > {}",
                    steps[..6].join(" > "),
                    steps[steps.len() - 6..].join(" > ")
                )
            } else {
                steps.join(" > ")
            };
            let _ = writeln!(text, "{label} {shown}");
        }
        match state {
            Some(State::Succeeded) => {}
            Some(_) => {
                let _ = writeln!(
                    text,
                    "look closer with `flowc logs {id} TASK`; try what failed again with `flowc run --resume {id}`"
                );
            }
            None => {
                let _ = writeln!(text, "go on with `flowc run --resume {id}`");
            }
        }
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// The last lines of a log, without what would steer a terminal.
fn tail(path: &Path) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(8 * 1024)))?;
        let mut bytes = Vec::new();
        file.take(8 * 1024).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..]
        .iter()
        .map(|line| clipped(&plain(line), 400))
        .collect()
}

/// A text in one line, without what would steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

fn clipped(text: &str, width: usize) -> String {
    match text.char_indices().nth(width.saturating_sub(1)) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(io::stderr())
        .map_or(80, |size| usize::from(size.ws_col))
        .max(20)
}
