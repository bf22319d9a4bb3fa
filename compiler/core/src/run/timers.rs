//! What happens when time has passed.

use std::cmp::Ordering;

use super::machine::{Machine, Phase, cut};
use super::node::{InstanceId, Stage};
use super::{Action, AttemptId, FailureKind, Moment, Outcome};
use crate::expr::Value;
use crate::flow::Body;

/// Something that happens at a moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Timer {
    pub(super) at: Moment,
    pub(super) what: What,
}

/// What happens then.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    RunTimeout,
    /// A wait, a question or a rest before a retry ends, if the instance is still at it.
    Instance(InstanceId),
}

impl Ord for Timer {
    /// The earliest is the greatest, for a heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, &other.what).cmp(&(self.at, &self.what))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Machine<'_> {
    pub(super) fn fire_timers(&mut self) {
        while let Some(timer) = self.timers.peek() {
            if timer.at > self.now {
                return;
            }
            let Some(timer) = self.timers.pop() else {
                return;
            };
            match timer.what {
                What::RunTimeout if matches!(self.phase, Phase::Services | Phase::Tasks) => {
                    self.time_out();
                }
                What::RunTimeout => {}
                What::Instance(id) => self.time_passed(id, timer.at),
            }
        }
    }

    fn time_passed(&mut self, id: InstanceId, at: Moment) {
        match self.instances[id as usize].stage {
            Stage::Waiting(until) if until == at => self.finish_attempt(id, Outcome::succeeded()),
            Stage::Resting(until) if until == at => self.queue(id),
            Stage::Asking(Some(until)) if until == at => {
                let number = self.instances[id as usize].attempts;
                self.actions.push(Action::Cancel(AttemptId {
                    instance: id,
                    number,
                }));
                let outcome = self.answer_of_nobody(id);
                self.finish_attempt(id, outcome);
            }
            _ => {}
        }
    }

    fn answer_of_nobody(&self, id: InstanceId) -> Outcome {
        let task = self.task_of(self.instances[id as usize].node);
        let default = match &self.flow.task(task).body {
            Body::Approve(approve) => approve.default.as_ref(),
            _ => None,
        };
        match default {
            Some(choice) => Outcome::Succeeded {
                outputs: [("choice".to_owned(), Value::String(choice.value.clone()))].into(),
                artifacts: Default::default(),
            },
            None => Outcome::Failed {
                exit: None,
                kind: FailureKind::Final,
                cause: "nobody answered in time".into(),
            },
        }
    }

    /// The run's timeout: what runs is cut, and nothing new starts.
    fn time_out(&mut self) {
        self.timed_out = true;
        if let Some(scope) = self.scopes.first_mut() {
            scope.closed = true;
        }
        for id in 0..self.instances.len() as InstanceId {
            let instance = &mut self.instances[id as usize];
            let attempt = AttemptId {
                instance: id,
                number: instance.attempts,
            };
            match instance.stage {
                Stage::Running if instance.scope.is_none() => {
                    instance.stage = Stage::Cut;
                    self.actions.push(Action::Cancel(attempt));
                }
                Stage::Asking(_) => {
                    self.actions.push(Action::Cancel(attempt));
                    self.finish_attempt(id, cut());
                }
                Stage::Waiting(_) => self.finish_attempt(id, cut()),
                Stage::Resting(_) => {
                    self.fail_instance(id, "cut at the run's timeout, before a retry".into());
                }
                Stage::Queued if instance.attempts > instance.taken => {
                    self.fail_instance(id, "cut at the run's timeout, before a retry".into());
                }
                Stage::Queued | Stage::Preparing | Stage::Running | Stage::Cut | Stage::Ended => {}
            }
        }
    }
}
