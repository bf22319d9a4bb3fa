//! Steps side by side: most of them wait for an engine, and two that share none do not meet.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::engines::Engine;
use crate::report::Report;

/// How many run at once. What an engine's own processes do comes on top.
const AT_ONCE: usize = 3;

/// A few steps in their order.
pub struct Steps<'a> {
    needs: Vec<Engine>,
    work: Box<dyn FnOnce(&mut Report) + Send + 'a>,
}

impl<'a> Steps<'a> {
    /// Steps that keep these engines to themselves while they run.
    pub fn new(needs: &[Engine], work: impl FnOnce(&mut Report) + Send + 'a) -> Self {
        Self {
            needs: needs.to_vec(),
            work: Box::new(work),
        }
    }

    /// Whether it needs this engine.
    pub fn needs(&self, engine: Engine) -> bool {
        self.needs.contains(&engine)
    }
}

/// Run all. Of those that may begin, those that are first in the list do; the report has them in the list's order.
pub fn run(report: &mut Report, jobs: Vec<Steps<'_>>) {
    let state = Mutex::new(State {
        waiting: jobs.into_iter().map(Some).collect(),
        busy: BTreeSet::new(),
        done: Vec::new(),
    });
    let changed = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| work(&state, &changed));
        }
    });
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut done = state.done;
    done.sort_by_key(|(number, _)| *number);
    for (_, steps) in done {
        report.append(steps);
    }
}

struct State<'a> {
    waiting: Vec<Option<Steps<'a>>>,
    busy: BTreeSet<Engine>,
    done: Vec<(usize, Report)>,
}

impl<'a> State<'a> {
    fn next(&mut self) -> Option<(usize, Steps<'a>)> {
        let free = |job: &Steps<'_>| job.needs.iter().all(|engine| !self.busy.contains(engine));
        let number = self
            .waiting
            .iter()
            .position(|job| job.as_ref().is_some_and(free))?;
        let job = self.waiting[number].take()?;
        self.busy.extend(&job.needs);
        Some((number, job))
    }
}

fn work(state: &Mutex<State<'_>>, changed: &Condvar) {
    let mut held = state.lock().unwrap_or_else(PoisonError::into_inner);
    while held.waiting.iter().any(Option::is_some) {
        let Some((number, job)) = held.next() else {
            held = changed.wait(held).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        drop(held);
        let mut steps = Report::beside_others();
        let work = AssertUnwindSafe(|| (job.work)(&mut steps));
        if std::panic::catch_unwind(work).is_err() {
            steps.panicked("a job");
        }
        held = state.lock().unwrap_or_else(PoisonError::into_inner);
        for engine in &job.needs {
            held.busy.remove(engine);
        }
        held.done.push((number, steps));
        changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn jobs_that_share_an_engine_do_not_meet_and_all_are_done() {
        let in_use = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let job = |needs: &[Engine]| {
            let (in_use, done, shared) = (&in_use, &done, needs.contains(&Engine::Docker));
            Steps::new(needs, move |_| {
                if shared {
                    assert_eq!(in_use.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    in_use.fetch_sub(1, Ordering::SeqCst);
                }
                done.fetch_add(1, Ordering::SeqCst);
            })
        };
        let jobs = (0..20)
            .map(|number| match number % 3 {
                0 => job(&[Engine::Docker]),
                1 => job(&[Engine::Prefect, Engine::Docker]),
                _ => job(&[]),
            })
            .collect();
        run(&mut Report::new(), jobs);
        assert_eq!(done.load(Ordering::SeqCst), 20);
    }
}
