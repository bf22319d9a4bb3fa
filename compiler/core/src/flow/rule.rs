//! When a task runs, by the states of the tasks it waits for.

use std::fmt;

/// When a task runs, by the states of its upstream tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TriggerRule {
    /// All succeeded.
    #[default]
    AllSuccess,
    /// None failed; skipped ones do not matter.
    NoneFailed,
    /// None failed and at least one succeeded.
    NoneFailedMinOneSuccess,
    /// At least one succeeded.
    OneSuccess,
    /// All are final.
    AllDone,
    /// All failed.
    AllFailed,
    /// At least one failed.
    OneFailed,
    /// All were skipped.
    AllSkipped,
    /// None was skipped.
    NoneSkipped,
}

impl TriggerRule {
    /// Every rule, in the order of the language page.
    pub const ALL: [Self; 9] = [
        Self::AllSuccess,
        Self::NoneFailed,
        Self::NoneFailedMinOneSuccess,
        Self::OneSuccess,
        Self::AllDone,
        Self::AllFailed,
        Self::OneFailed,
        Self::AllSkipped,
        Self::NoneSkipped,
    ];

    /// The word in the language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllSuccess => "all_success",
            Self::NoneFailed => "none_failed",
            Self::NoneFailedMinOneSuccess => "none_failed_min_one_success",
            Self::OneSuccess => "one_success",
            Self::AllDone => "all_done",
            Self::AllFailed => "all_failed",
            Self::OneFailed => "one_failed",
            Self::AllSkipped => "all_skipped",
            Self::NoneSkipped => "none_skipped",
        }
    }

    /// What becomes of a task whose upstream holds at least one succeeded (`s`), one failed or
    /// upstream_failed (`b`), one skipped (`k`) task. Without upstream tasks, a task runs.
    pub fn decide(self, s: bool, b: bool, k: bool) -> Decision {
        use Decision::{Run, Skip, UpstreamFailed};
        if !s && !b && !k {
            return Run;
        }
        let skip_unless = |holds: bool| if holds { Run } else { Skip };
        match self {
            Self::AllSuccess if b => UpstreamFailed,
            Self::AllSuccess => skip_unless(!k),
            Self::NoneFailed if b => UpstreamFailed,
            Self::NoneFailed => Run,
            Self::NoneFailedMinOneSuccess if b => UpstreamFailed,
            Self::NoneFailedMinOneSuccess => skip_unless(s),
            Self::OneSuccess if s => Run,
            Self::OneSuccess if b => UpstreamFailed,
            Self::OneSuccess => Skip,
            Self::AllDone => Run,
            Self::AllFailed => skip_unless(!s && !k),
            Self::OneFailed => skip_unless(b),
            Self::AllSkipped => skip_unless(!s && !b),
            Self::NoneSkipped => skip_unless(!k),
        }
    }
}

impl fmt::Display for TriggerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a trigger rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The task runs (if its condition holds).
    Run,
    /// The task is skipped.
    Skip,
    /// The task is upstream_failed.
    UpstreamFailed,
}
