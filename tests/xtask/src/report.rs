//! What was checked: live headings, a table at the end, and the closing line.

use std::cell::RefCell;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::engines::Engine;

/// The checks of one step.
#[derive(Default)]
pub struct Checks {
    passed: usize,
    failed: usize,
    skipped: Option<String>,
    note: String,
}

impl Checks {
    /// A check that went well.
    pub fn pass(&mut self) {
        self.passed += 1;
    }

    /// A check that did not, with what is to be known about it.
    pub fn fail(&mut self, name: &str, detail: &str) {
        self.failed += 1;
        say(&format!("   FAILED {name}"));
        for line in detail.lines() {
            say(&format!("      {line}"));
        }
    }

    /// A check by its result.
    pub fn result(&mut self, name: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.pass(),
            Err(detail) => self.fail(name, &detail),
        }
    }

    /// A check of a ratio that may be so large at most.
    pub fn at_most(&mut self, name: &str, ratio: f64, bound: f64) {
        let said = || format!("{ratio:.2} times, at most {bound:.2}");
        self.result(name, if ratio <= bound { Ok(()) } else { Err(said()) });
    }

    /// Counts of another runner.
    pub fn add(&mut self, passed: usize, failed: usize) {
        self.passed += passed;
        self.failed += failed;
    }

    /// The step could not be made here, which is allowed; the table gives the reason.
    pub fn skip(&mut self, reason: &str) {
        self.skipped = Some(reason.to_owned());
    }

    /// A few words for the table.
    pub fn note(&mut self, note: impl Into<String>) {
        self.note = note.into();
    }
}

struct Step {
    title: String,
    checks: Checks,
    took: Duration,
}

/// All steps of a run.
pub struct Report {
    steps: Vec<Step>,
    began: Instant,
    /// Whether what a step says is shown when it has ended, since others run beside it.
    held: bool,
}

impl Report {
    /// An empty report; the clock runs from here.
    pub fn new() -> Self {
        Self {
            steps: Vec::new(),
            began: Instant::now(),
            held: false,
        }
    }

    /// An empty report for steps that others run beside: each is shown as a whole.
    pub fn beside_others() -> Self {
        Self {
            held: true,
            ..Self::new()
        }
    }

    /// Show what a panic of a step was about; the step has failed.
    pub fn panicked(&mut self, title: &str) {
        let said = HELD.take().unwrap_or_default();
        print!("{said}");
        self.step(title, |checks| {
            checks.fail("the job", "it panicked, as shown above");
        });
    }

    /// Take over the steps of another report.
    pub fn append(&mut self, other: Self) {
        self.steps.extend(other.steps);
    }

    /// Do a step under its heading.
    pub fn step(&mut self, title: &str, work: impl FnOnce(&mut Checks)) {
        if self.held {
            HELD.set(Some(String::new()));
        }
        say(&format!("\n── {title}"));
        let mut checks = Checks::default();
        let began = Instant::now();
        work(&mut checks);
        let took = began.elapsed();
        say(&format!(
            "   {}, {:.1} s",
            result(&checks),
            took.as_secs_f64()
        ));
        if let Some(said) = HELD.take() {
            print!("{said}");
        }
        self.steps.push(Step {
            title: title.to_owned(),
            checks,
            took,
        });
    }

    /// Do a step that needs these engines, or show it as left out when one of them is.
    pub fn step_on(
        &mut self,
        needs: &[Engine],
        without: &[Engine],
        title: &str,
        work: impl FnOnce(&mut Checks),
    ) {
        if needs.iter().any(|engine| without.contains(engine)) {
            self.leave_out(title);
        } else {
            self.step(title, work);
        }
    }

    /// Show a step as left out.
    pub fn leave_out(&mut self, title: &str) {
        self.step(title, |checks| checks.skip("left out by --without"));
    }

    /// Print the table and the closing line.
    pub fn close(self) -> ExitCode {
        let width = self
            .steps
            .iter()
            .map(|step| step.title.chars().count())
            .max();
        let width = width.unwrap_or(0);
        println!("\n── summary");
        for step in &self.steps {
            println!(
                "   {:width$}  {:>7.1} s  {}",
                step.title,
                step.took.as_secs_f64(),
                result(&step.checks),
            );
        }
        println!(
            "   {:width$}  {:>7.1} s",
            "all",
            self.began.elapsed().as_secs_f64()
        );
        let passed: usize = self.steps.iter().map(|step| step.checks.passed).sum();
        let failed: usize = self.steps.iter().map(|step| step.checks.failed).sum();
        println!("\n{passed} passed, {failed} failed");
        if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

thread_local! {
    /// What the step of this thread has said, when it is not shown at once.
    static HELD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Show a line of the step that runs in this thread.
pub fn say(line: &str) {
    HELD.with_borrow_mut(|held| match held {
        Some(said) => {
            said.push_str(line);
            said.push('\n');
        }
        None => println!("{line}"),
    });
}

fn result(checks: &Checks) -> String {
    let mut text = match (&checks.skipped, checks.failed) {
        (Some(reason), _) => format!("SKIPPED: {reason}"),
        (None, 0) => format!("ok, {}", checks.passed),
        (None, failed) => format!("FAILED, {failed} of {}", checks.passed + failed),
    };
    if !checks.note.is_empty() {
        text.push_str(&format!(" ({})", checks.note));
    }
    text
}
