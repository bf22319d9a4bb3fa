//! Whether a task runs: its trigger rule, its condition, the elements of its fan-out.

use flowc_core::analysis::States;
use flowc_core::expr::{Expr, ExprKind, Ref};
use flowc_core::flow::{FanOut, Task, TaskId, TriggerRule};

use super::super::facts::{constrained, may_be_several};
use super::super::model::Kind;
use super::super::name::Name;
use super::Lowering;
use super::cel::Condition;
use super::scope::{Datum, Inputs};
use super::script::Script;

/// What decides about a task.
pub(super) struct Gate<'f> {
    /// It runs.
    pub run: Condition<'f>,
    /// It ends in a state without running: the name of the arm, the state, when.
    pub otherwise: Vec<(&'static str, State, Condition<'f>)>,
}

/// The state of a task that does not run.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// Always this.
    Is(&'static str),
    /// What was decided.
    Decided,
}

impl<'f> Lowering<'f> {
    /// The tasks before a task at whose states its own runner looks, and starts nothing after a failure: then
    /// nothing has to stand around it. None where more than that decides whether it runs, where it is more
    /// than one container, or where that would hold a GPU for nothing.
    pub(super) fn watched(&self, id: TaskId) -> Vec<TaskId> {
        let task = self.flow.task(id);
        let upstream = task.upstream.iter().map(|upstream| upstream.task);
        let failed = States::FAILED | States::UPSTREAM_FAILED;
        let skipped = match task.trigger_rule.value {
            TriggerRule::AllSuccess => States::SKIPPED,
            TriggerRule::NoneFailed => States::NONE,
            _ => return Vec::new(),
        };
        let mut watched = Vec::new();
        for id in upstream.filter(|id| self.facts.is_stateful(*id)) {
            let states = self.analysis.states(id);
            if states.has(skipped) {
                return Vec::new();
            }
            if states.has(failed) {
                watched.push(id);
            }
        }
        if task.resources.gpu.is_some() || (!watched.is_empty() && may_be_several(task)) {
            watched.clear();
        }
        watched
    }

    /// The gate of a task; what has to be worked out becomes a task before it.
    pub(super) fn gate(&mut self, id: TaskId, key: &Name<'f>, after: &[Name<'f>]) -> Gate<'f> {
        let task = self.flow.task(id);
        let by_rule = self.by_rule(task);
        let condition = match &task.when {
            None => Some(Condition::Always),
            Some(when) => {
                let said = self.cel(when, &mut Inputs::default()).is_some();
                said.then_some(Condition::Expr(when))
            }
        };
        let counted = task.for_each.as_ref().is_some_and(|for_each| {
            for_each.filter.is_some()
                || for_each
                    .literal_items()
                    .is_none_or(|items| items.is_empty())
        });
        match condition {
            Some(condition) if !counted && constrained(task).next().is_none() => {
                let runs = by_rule.run.clone().and(condition.clone());
                let skips = by_rule.skip.or(by_rule.run.and(condition.negated()));
                Gate {
                    run: runs,
                    otherwise: vec![
                        ("skip", State::Is("skipped"), skips),
                        ("stop", State::Is("upstream_failed"), by_rule.stop),
                    ],
                }
            }
            _ => self.decided(id, task, key, after),
        }
    }

    /// A gate that a small program opens.
    fn decided(
        &mut self,
        id: TaskId,
        task: &'f Task,
        key: &Name<'f>,
        after: &[Name<'f>],
    ) -> Gate<'f> {
        let soft = self.facts.is_soft(id);
        let mut script = Script::new(self);
        let decision = script.output("decision", Kind::String);
        let entries = task
            .for_each
            .as_ref()
            .map(|_| script.output("entries", Kind::List));
        if entries.is_some() {
            script.line("kept = []");
        }
        let mut lines: Vec<String> = Vec::new();
        for (test, word) in self.rule_in_python(task, &script) {
            let start = if lines.is_empty() { "if" } else { "elif" };
            lines.push(format!("{start} {test}:"));
            lines.push(format!("    decision = \"{word}\""));
        }
        if let Some(when) = &task.when {
            let start = if lines.is_empty() { "if" } else { "elif" };
            lines.push(format!("{start} not ({}):", script.boolean(when)));
            lines.push("    decision = \"skipped\"".into());
        }
        let last = match &task.for_each {
            Some(for_each) => elements(id, for_each, &mut script),
            None => refusals(id, task, &script),
        };
        if lines.is_empty() {
            lines = last;
        } else {
            lines.push("else:".into());
            lines.extend(last.iter().map(|line| format!("    {line}")));
        }
        if soft {
            script.line("try:");
            for line in &lines {
                script.line(format!("    {line}"));
            }
            script.line("except Exception as error:");
            script.line("    print(error, file=sys.stderr)");
            script.line("    decision = \"failed\"");
        } else {
            lines.iter().for_each(|line| script.line(line));
        }
        script.line(format!("deliver({decision}, decision)"));
        if let Some(entries) = &entries {
            script.line(format!("deliver({entries}, kept)"));
        }
        let made = script.finish(format!("whether {} runs", task.path));
        let suffix = if entries.is_some() { "items" } else { "gate" };
        let own_key = self.key(format!("{key}-{suffix}"));
        let title = format!("{} {suffix}", task.path);
        let name = super::dashed(&title);
        self.helper(
            &own_key,
            title,
            &name,
            made,
            &Condition::Always,
            after.to_vec(),
        );
        let output = |name: &'static str| super::Input::Output {
            task: own_key.clone(),
            key: name.into(),
        };
        let scope = self.scope();
        scope.made.insert(Datum::Decision(id), output("decision"));
        if entries.is_some() {
            scope.made.insert(Datum::Entries(id), output("entries"));
        }
        let run = Condition::Is(Datum::Decision(id), "run");
        Gate {
            otherwise: vec![("skip", State::Decided, run.clone().negated())],
            run,
        }
    }

    /// The trigger rule over those upstream tasks that may end otherwise than succeeded.
    fn by_rule(&self, task: &Task) -> ByRule<'f> {
        let stateful: Vec<TaskId> = task
            .upstream
            .iter()
            .map(|upstream| upstream.task)
            .filter(|id| self.facts.is_stateful(*id))
            .collect();
        let certain = stateful.len() < task.upstream.len();
        let states = |word: &'static str| {
            let mut any = Condition::Never;
            for id in &stateful {
                if self.may_be(*id, word) {
                    any = any.or(Condition::Is(Datum::State(*id), word));
                }
            }
            any
        };
        let all_succeeded = stateful.iter().fold(Condition::Always, |all, id| {
            all.and(Condition::Is(Datum::State(*id), "succeeded"))
        });
        let succeeded = if certain {
            Condition::Always
        } else {
            states("succeeded")
        };
        let bad = states("failed").or(states("upstream_failed"));
        let skipped = states("skipped");
        if task.upstream.is_empty() {
            return ByRule {
                run: Condition::Always,
                skip: Condition::Never,
                stop: Condition::Never,
            };
        }
        let (run, skip, stop) = match task.trigger_rule.value {
            TriggerRule::AllSuccess => (all_succeeded, skipped.and(bad.clone().negated()), bad),
            TriggerRule::NoneFailed => (bad.clone().negated(), Condition::Never, bad),
            TriggerRule::NoneFailedMinOneSuccess => (
                succeeded.clone().and(bad.clone().negated()),
                succeeded.negated().and(bad.clone().negated()),
                bad,
            ),
            TriggerRule::OneSuccess => (
                succeeded.clone(),
                succeeded.clone().negated().and(bad.clone().negated()),
                succeeded.negated().and(bad),
            ),
            TriggerRule::AllDone => (Condition::Always, Condition::Never, Condition::Never),
            TriggerRule::AllFailed => {
                let skip = succeeded.or(skipped);
                (skip.clone().negated(), skip, Condition::Never)
            }
            TriggerRule::OneFailed => (bad.clone(), bad.negated(), Condition::Never),
            TriggerRule::AllSkipped => {
                let skip = succeeded.or(bad);
                (skip.clone().negated(), skip, Condition::Never)
            }
            TriggerRule::NoneSkipped => (skipped.clone().negated(), skipped, Condition::Never),
        };
        ByRule { run, skip, stop }
    }

    fn may_be(&self, id: TaskId, word: &str) -> bool {
        let states = self.analysis.states(id);
        states.names().contains(&word)
    }

    /// The rule as tests with the state that each leads to.
    fn rule_in_python(&self, task: &Task, script: &Script<'_, '_>) -> Vec<(String, &'static str)> {
        let states: Vec<String> = task
            .upstream
            .iter()
            .filter(|upstream| self.facts.is_stateful(upstream.task))
            .map(|upstream| script.read(Datum::State(upstream.task)))
            .collect();
        if states.is_empty() {
            return Vec::new();
        }
        let certain = states.len() < task.upstream.len();
        let list = format!("({},)", states.join(", "));
        let has = |word: &str| format!("\"{word}\" in {list}");
        let succeeded = if certain {
            "True".to_owned()
        } else {
            has("succeeded")
        };
        let bad = format!("{} or {}", has("failed"), has("upstream_failed"));
        let skipped = has("skipped");
        match task.trigger_rule.value {
            TriggerRule::AllSuccess => vec![(bad, "upstream_failed"), (skipped, "skipped")],
            TriggerRule::NoneFailed => vec![(bad, "upstream_failed")],
            TriggerRule::NoneFailedMinOneSuccess => vec![
                (bad, "upstream_failed"),
                (format!("not ({succeeded})"), "skipped"),
            ],
            TriggerRule::OneSuccess => vec![
                (format!("({bad}) and not ({succeeded})"), "upstream_failed"),
                (format!("not ({succeeded})"), "skipped"),
            ],
            TriggerRule::AllDone => Vec::new(),
            TriggerRule::AllFailed => vec![(format!("{succeeded} or {skipped}"), "skipped")],
            TriggerRule::OneFailed => vec![(format!("not ({bad})"), "skipped")],
            TriggerRule::AllSkipped => vec![(format!("{succeeded} or {bad}"), "skipped")],
            TriggerRule::NoneSkipped => vec![(skipped, "skipped")],
        }
    }
}

struct ByRule<'f> {
    run: Condition<'f>,
    skip: Condition<'f>,
    stop: Condition<'f>,
}

/// Lines that fail when a sub-flow does not take what it is given.
fn refusals(id: TaskId, task: &Task, script: &Script<'_, '_>) -> Vec<String> {
    let looks = constrained(task).map(|binding| {
        script.value(&Expr {
            kind: ExprKind::Ref(Ref::Parameter {
                scope: Some(id),
                name: binding.parameter.name.value.clone(),
            }),
            ty: binding.parameter.ty.clone(),
            span: binding.value.span,
        })
    });
    looks.chain(["decision = \"run\"".into()]).collect()
}

/// Lines that number the elements, and leave out those that the condition does.
fn elements(id: TaskId, for_each: &FanOut, script: &mut Script<'_, '_>) -> Vec<String> {
    let list = script.value(&for_each.list);
    script.over(id);
    let filter = for_each
        .filter
        .as_ref()
        .map(|filter| script.boolean(filter));
    let filter = filter.map_or_else(String::new, |filter| format!(" if {filter}"));
    vec![
        "kept = [".into(),
        "    {\"index\": position, \"item\": element}".into(),
        format!("    for position, element in enumerate({list}){filter}"),
        "]".into(),
        "decision = \"run\" if kept else \"skipped\"".into(),
    ]
}
