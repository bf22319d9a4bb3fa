//! Trigger rules, exactly, as a condition on phases (`depends`) and one on the states (`when`).
//!
//! Skipped is skipped, Omitted is upstream_failed, Failed and Error are failed. `depends` is true
//! unless the answer is upstream_failed, `when` carries the rest of the rule. So the two states stay
//! apart through any depth. A bare name in `depends` means succeeded or skipped.

use flowc_core::flow::TriggerRule;

use crate::argo::expr::{Code, Level};
use crate::argo::model::Str;
use crate::argo::names;

/// What is known of an upstream task.
#[derive(Clone, Debug)]
pub(crate) struct Upstream<'n> {
    /// Its name in the DAG.
    pub(crate) name: Str<'n>,
    /// Its name in the flow.
    of: &'n str,
    /// Whether it may end skipped.
    pub(crate) can_skip: bool,
    /// Whether it may end omitted.
    pub(crate) can_omit: bool,
}

impl<'n> Upstream<'n> {
    /// Of a task with this name in the flow.
    pub(crate) fn new(name: &'n str, can_skip: bool, can_omit: bool) -> Self {
        Self {
            name: names::task(name),
            of: name,
            can_skip,
            can_omit,
        }
    }

    /// The code it is read by: `tasks.a`.
    fn code(&self) -> String {
        names::task_code(self.of)
    }
}

/// A rule in Argo's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule<'n> {
    /// Parts of `depends`, to be joined by `&&`.
    pub(crate) depends: Vec<Str<'n>>,
    /// What `when` must say before the condition of the task.
    pub(crate) guard: Option<Code>,
    /// Whether the task can run although something before it failed.
    pub(crate) runs_after_failure: bool,
}

/// The rule over these upstream tasks. Without any, a task runs.
pub(crate) fn rule<'n>(rule: TriggerRule, upstream: Vec<Upstream<'n>>) -> Rule<'n> {
    let guard = guard(rule, &upstream);
    let runs_after_failure = !matches!(
        rule,
        TriggerRule::AllSuccess | TriggerRule::NoneFailed | TriggerRule::NoneFailedMinOneSuccess
    ) && !upstream.is_empty();
    let depends = match rule {
        TriggerRule::AllSuccess
        | TriggerRule::NoneFailed
        | TriggerRule::NoneFailedMinOneSuccess => {
            upstream.into_iter().map(|task| task.name).collect()
        }
        TriggerRule::OneSuccess => one_success(&upstream),
        _ => done_parts(&upstream),
    };
    Rule {
        depends,
        guard,
        runs_after_failure,
    }
}

/// True once the task is final, whatever became of it.
pub(crate) fn done(task: &Upstream) -> String {
    let name = &task.name;
    let mut words = format!("{name}.Succeeded || {name}.Failed || {name}.Errored");
    if task.can_skip {
        words.push_str(&format!(" || {name}.Skipped"));
    }
    if task.can_omit {
        words.push_str(&format!(" || {name}.Omitted"));
    }
    words
}

fn done_parts<'n>(upstream: &[Upstream<'n>]) -> Vec<Str<'n>> {
    match upstream {
        [only] => vec![done(only).into()],
        _ => upstream
            .iter()
            .map(|task| format!("({})", done(task)).into())
            .collect(),
    }
}

/// The last part keeps out the case of failures without a success: that one is upstream_failed.
fn one_success<'n>(upstream: &[Upstream<'n>]) -> Vec<Str<'n>> {
    if let [only] = upstream {
        return vec![only.name.clone()];
    }
    if upstream.is_empty() {
        return Vec::new();
    }
    let each = |word: &str, with: &str| {
        let parts: Vec<String> = upstream
            .iter()
            .map(|task| format!("{}.{word}", task.name))
            .collect();
        parts.join(with)
    };
    let succeeded = each("Succeeded", " || ");
    let mut parts = done_parts(upstream);
    parts.push(if upstream.iter().all(|task| task.can_skip) {
        format!("({succeeded} || ({}))", each("Skipped", " && ")).into()
    } else {
        format!("({succeeded})").into()
    });
    parts
}

fn guard(rule: TriggerRule, upstream: &[Upstream]) -> Option<Code> {
    if upstream.is_empty() {
        return None;
    }
    let skippable = || upstream.iter().filter(|task| task.can_skip);
    let all_can_skip = upstream.iter().all(|task| task.can_skip);
    match rule {
        TriggerRule::NoneFailed | TriggerRule::AllDone => None,
        TriggerRule::AllSuccess => Code::all(skippable().map(succeeded).collect()),
        TriggerRule::NoneFailedMinOneSuccess | TriggerRule::OneSuccess if !all_can_skip => None,
        TriggerRule::NoneFailedMinOneSuccess | TriggerRule::OneSuccess => {
            Code::any(upstream.iter().map(succeeded).collect())
        }
        TriggerRule::AllFailed => Code::all(upstream.iter().map(bad).collect()),
        TriggerRule::OneFailed => Code::any(upstream.iter().map(bad).collect()),
        TriggerRule::AllSkipped => Code::all(
            upstream
                .iter()
                .map(|task| status(task, "==", "Skipped"))
                .collect(),
        ),
        TriggerRule::NoneSkipped => Code::all(
            skippable()
                .map(|task| status(task, "!=", "Skipped"))
                .collect(),
        ),
    }
}

fn succeeded(task: &Upstream) -> Code {
    status(task, "==", "Succeeded")
}

fn status(task: &Upstream, sign: &str, word: &str) -> Code {
    Code::new(
        Level::Compare,
        format!("{}.status {sign} \"{word}\"", task.code()),
    )
}

fn bad(task: &Upstream) -> Code {
    Code::new(
        Level::Compare,
        format!(
            "{}.status in [\"Failed\", \"Error\", \"Omitted\"]",
            task.code()
        ),
    )
}

#[cfg(test)]
mod tests;
