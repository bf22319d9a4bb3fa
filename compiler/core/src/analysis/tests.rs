//! The facts, compared with every run of small random flows.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::expr::{Expr, Value};
use crate::flow::{Body, Decision, TriggerRule};
use crate::source::Span;
use crate::testing::{
    add, empty_flow, fan_out, group, nowhere, over_two, process, unknown_condition, wait_for,
};
use crate::values::Duration;

/// What may happen to a task once its rule lets it run, as the language page says it.
fn fates(flow: &Flow, id: TaskId, children: &BTreeSet<&'static str>) -> Vec<&'static str> {
    let task = flow.task(id);
    let mut fates = Vec::new();
    match task.when.as_ref().map(|when| when.as_literal()) {
        Some(Some(Value::Boolean(false))) => return vec!["skipped"],
        Some(None) => fates.extend(["skipped", "failed"]),
        _ => {}
    }
    let fan_out_of_allowed = match &task.for_each {
        None => false,
        Some(fan_out) => match fan_out.literal_items() {
            Some([]) => return [fates, vec!["skipped"]].concat(),
            Some(_) => task.always_allowed_to_fail(),
            None => {
                fates.extend(["skipped", "failed"]);
                task.always_allowed_to_fail()
            }
        },
    };
    match &task.body {
        Body::Process(_) if fan_out_of_allowed => fates.push("succeeded"),
        Body::Process(_) => fates.extend(["succeeded", "failed"]),
        Body::Group(_) if fan_out_of_allowed => fates.push("succeeded"),
        Body::Group(_) => fates.extend(children),
        Body::Wait(_) | Body::Approve(_) => fates.push("succeeded"),
    }
    fates
}

/// One possible run of a level: the state of each task, and whether its rule let it run.
type Run = Vec<(TaskId, &'static str, bool)>;

/// Every run of a level, its tasks being in document order and waiting for earlier ones only.
fn runs(flow: &Flow, level: &[TaskId]) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![Vec::new()];
    for id in level {
        let task = flow.task(*id);
        let inside: BTreeSet<&'static str> = match task.group() {
            Some(group) => runs_of_group(flow, &group.children),
            None => BTreeSet::new(),
        };
        let mut longer = Vec::new();
        for run in runs {
            let has = |wanted: &[&str]| {
                task.upstream.iter().any(|upstream| {
                    run.iter()
                        .any(|(id, state, _)| *id == upstream.task && wanted.contains(state))
                })
            };
            let (s, b, k) = (
                has(&["succeeded"]),
                has(&["failed", "upstream_failed"]),
                has(&["skipped"]),
            );
            let ends = match task.trigger_rule.decide(s, b, k) {
                Decision::Run => fates(flow, *id, &inside),
                Decision::Skip => vec!["skipped"],
                Decision::UpstreamFailed => vec!["upstream_failed"],
            };
            let ran = task.trigger_rule.decide(s, b, k) == Decision::Run;
            for end in ends {
                let mut next = run.clone();
                next.push((*id, end, ran));
                longer.push(next);
            }
        }
        runs = longer;
    }
    runs
}

fn fails(flow: &Flow, run: &Run) -> bool {
    run.iter()
        .any(|(id, state, _)| *state == "failed" && !flow.task(*id).always_allowed_to_fail())
}

fn runs_of_group(flow: &Flow, children: &[TaskId]) -> BTreeSet<&'static str> {
    runs(flow, children)
        .iter()
        .map(|run| {
            if fails(flow, run) {
                "failed"
            } else {
                "succeeded"
            }
        })
        .collect()
}

fn seen<'r>(runs: impl IntoIterator<Item = &'r Run>, task: TaskId) -> BTreeSet<&'static str> {
    runs.into_iter()
        .flatten()
        .filter(|(id, ..)| *id == task)
        .map(|(_, state, _)| *state)
        .collect()
}

fn names(states: States) -> BTreeSet<&'static str> {
    states.names().into_iter().collect()
}

/// The makings of a random task: kind, rule, condition, fan-out, allowed to fail, and which of the
/// earlier tasks it waits for.
type Recipe = (u8, u8, u8, u8, bool, u8);

fn build(recipes: &[Recipe], in_group: &[Recipe]) -> Flow {
    let mut flow = empty_flow();
    let mut level = Vec::new();
    for recipe in recipes {
        let id = add_task(&mut flow, None, &mut level, *recipe);
        let mut inner = Vec::new();
        if flow.task(id).group().is_some() {
            for recipe in in_group {
                // No group in the group.
                let recipe = (
                    recipe.0 % 3,
                    recipe.1,
                    recipe.2,
                    recipe.3,
                    recipe.4,
                    recipe.5,
                );
                add_task(&mut flow, Some(id), &mut inner, recipe);
            }
        }
    }
    flow
}

fn add_task(
    flow: &mut Flow,
    parent: Option<TaskId>,
    level: &mut Vec<TaskId>,
    (kind, rule, when, each, allowed, upstream): Recipe,
) -> TaskId {
    let body = match kind {
        0 => Body::Wait(nowhere(Duration::from_milliseconds(1))),
        1 | 2 => process(),
        _ => group(),
    };
    let id = add(flow, parent, body);
    let task = &mut flow.tasks[id.index()];
    task.trigger_rule = nowhere(TriggerRule::ALL[rule as usize % 9]);
    task.when = match when {
        0 => Some(Box::new(Expr::literal(
            Value::Boolean(false),
            Span::default(),
        ))),
        1 | 2 => Some(Box::new(unknown_condition())),
        _ => None,
    };
    task.for_each = match each {
        0 => Some(Box::new(fan_out(Expr::literal(
            Value::List(Vec::new()),
            Span::default(),
        )))),
        1 => Some(Box::new(over_two())),
        2 => Some(Box::new(fan_out(unknown_condition()))),
        _ => None,
    };
    if allowed {
        task.allow_failure = Some(Box::new(Expr::literal(
            Value::Boolean(true),
            Span::default(),
        )));
    }
    for (bit, earlier) in level.clone().into_iter().enumerate() {
        if upstream & (1 << bit) != 0 {
            wait_for(flow, id, earlier);
        }
    }
    level.push(id);
    id
}

fn recipe() -> impl Strategy<Value = Recipe> {
    (
        0..4_u8,
        0..9_u8,
        0..7_u8,
        0..8_u8,
        prop::bool::weighted(0.3),
        0..32_u8,
    )
}

/// Whether no task is reached from another on two ways, so that upstream tasks never depend on the
/// same thing.
fn is_forest(flow: &Flow, level: &[TaskId]) -> bool {
    level.iter().all(|id| flow.task(*id).upstream.len() <= 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..Default::default() })]

    #[test]
    fn states_hold_every_state_that_a_run_ends_in(
        recipes in prop::collection::vec(recipe(), 1..5),
        inner in prop::collection::vec(recipe(), 1..3),
    ) {
        let flow = build(&recipes, &inner);
        let analysis = Analysis::new(&flow);
        let all = runs(&flow, &flow.roots);
        for id in &flow.roots {
            let (seen, computed) = (seen(&all, *id), names(analysis.states(*id)));
            prop_assert!(seen.is_subset(&computed), "{id:?}: {seen:?} in {computed:?}");
            if is_forest(&flow, &flow.roots) {
                prop_assert_eq!(&seen, &computed);
            }
            prop_assert_eq!(analysis.can_skip(*id), computed.contains("skipped"));
            let bad = computed.contains("failed") || computed.contains("upstream_failed");
            prop_assert_eq!(analysis.can_fail(*id), bad);
            // One task alone fails the run exactly when it may fail and is not allowed to.
            let fails_run = seen.contains("failed") && !flow.task(*id).always_allowed_to_fail();
            prop_assert!(!fails_run || analysis.can_fail_run(*id));
        }
    }

    #[test]
    fn a_reader_sees_every_state_that_its_upstream_may_have(
        recipes in prop::collection::vec(recipe(), 2..6),
    ) {
        let flow = build(&recipes, &[]);
        let analysis = Analysis::new(&flow);
        let all = runs(&flow, &flow.roots);
        for reader in &flow.roots {
            let started: Vec<&Run> = all
                .iter()
                .filter(|run| run.iter().any(|(id, _, ran)| id == reader && *ran))
                .collect();
            for upstream in &flow.task(*reader).upstream {
                let seen_by = |without: &[TaskId]| seen(
                    started.iter().copied().filter(|run| run.iter().all(|(id, state, _)| {
                        !without.contains(id) || *state != "succeeded"
                    })),
                    upstream.task,
                );
                for without in flow.roots.iter().map(|id| vec![*id]).chain([Vec::new()]) {
                    let computed =
                        names(analysis.states_when_run(&flow, *reader, upstream.task, &without));
                    let seen = seen_by(&without);
                    prop_assert!(
                        seen.is_subset(&computed),
                        "{reader:?} of {upstream:?} without {without:?}: {seen:?} in {computed:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_succeeded_level_holds_every_state_of_runs_without_failure(
        recipes in prop::collection::vec(recipe(), 1..6),
    ) {
        let flow = build(&recipes, &[]);
        let analysis = Analysis::new(&flow);
        let good: Vec<Run> = runs(&flow, &flow.roots)
            .into_iter()
            .filter(|run| !fails(&flow, run))
            .collect();
        for (id, states) in analysis.states_in_success(&flow, None) {
            let (seen, computed) = (seen(&good, id), names(states));
            prop_assert!(seen.is_subset(&computed), "{id:?}: {seen:?} in {computed:?}");
        }
    }

    #[test]
    fn order_puts_upstream_first_and_groups_before_their_children(
        recipes in prop::collection::vec(recipe(), 1..8),
        inner in prop::collection::vec(recipe(), 1..4),
    ) {
        let flow = build(&recipes, &inner);
        let analysis = Analysis::new(&flow);
        prop_assert_eq!(analysis.order.len(), flow.tasks.len());
        let place = |id: TaskId| analysis.order.iter().position(|other| *other == id);
        for (id, task) in flow.iter() {
            prop_assert!(task.parent.is_none_or(|parent| place(parent) < place(id)));
            prop_assert!(task.upstream.iter().all(|upstream| place(upstream.task) < place(id)));
        }
        // The flow was written in topological order, so nothing needs to move.
        prop_assert!(analysis.order.is_sorted());
    }
}

#[test]
fn either_arm_of_a_condition_joins_without_a_gap() {
    // yes (when c), no (when !c), join (none_failed_min_one_success)
    let mut flow = empty_flow();
    let yes = add(&mut flow, None, process());
    let no = add(&mut flow, None, process());
    let join = add(&mut flow, None, process());
    for arm in [yes, no] {
        flow.tasks[arm.index()].when = Some(Box::new(unknown_condition()));
        wait_for(&mut flow, join, arm);
    }
    flow.tasks[join.index()].trigger_rule = nowhere(TriggerRule::NoneFailedMinOneSuccess);
    let analysis = Analysis::new(&flow);
    let either = States::SUCCEEDED | States::SKIPPED;
    assert_eq!(analysis.states_when_run(&flow, join, yes, &[]), either);
    // Where `yes` did not succeed, `no` did.
    assert_eq!(
        analysis.states_when_run(&flow, join, no, &[yes]),
        States::SUCCEEDED
    );
}

#[test]
fn a_task_that_ends_with_another_makes_it_safe_to_read() {
    // a (when c) -> b; join waits for both and runs when at least one succeeded: then a did too.
    let mut flow = empty_flow();
    let a = add(&mut flow, None, process());
    let b = add(&mut flow, None, process());
    let join = add(&mut flow, None, process());
    flow.tasks[a.index()].when = Some(Box::new(unknown_condition()));
    wait_for(&mut flow, b, a);
    wait_for(&mut flow, join, a);
    wait_for(&mut flow, join, b);
    flow.tasks[join.index()].trigger_rule = nowhere(TriggerRule::NoneFailedMinOneSuccess);
    let analysis = Analysis::new(&flow);
    assert_eq!(
        analysis.states_when_run(&flow, join, a, &[]),
        States::SUCCEEDED
    );
}

#[test]
fn an_allowed_failure_inside_an_allowed_group_fails_nothing() {
    let mut flow = empty_flow();
    let outer = add(&mut flow, None, group());
    let inner = add(&mut flow, Some(outer), process());
    flow.tasks[outer.index()].allow_failure = Some(Box::new(Expr::literal(
        Value::Boolean(true),
        Span::default(),
    )));
    let analysis = Analysis::new(&flow);
    assert!(analysis.states(inner).has(States::FAILED));
    assert!(!analysis.can_fail_run(inner));
    assert!(!analysis.can_fail_run(outer));
}

#[test]
fn the_timeout_of_the_run_may_end_anything_but_finally() {
    let mut flow = empty_flow();
    let pause = add(
        &mut flow,
        None,
        Body::Wait(nowhere(Duration::from_milliseconds(1))),
    );
    assert!(!Analysis::new(&flow).can_fail(pause));
    flow.timeout = Some(nowhere(Duration::from_milliseconds(1)));
    assert!(Analysis::new(&flow).can_fail(pause));
    flow.tasks[pause.index()].finally = true;
    (flow.finally, flow.roots) = (flow.roots, Vec::new());
    assert!(!Analysis::new(&flow).can_fail(pause));
}

#[test]
fn a_chain_of_a_hundred_thousand_tasks_needs_no_deep_stack() {
    let mut flow = empty_flow();
    let mut last = add(&mut flow, None, process());
    for _ in 1..100_000 {
        let next = add(&mut flow, None, process());
        // Written backwards, the hardest case for an order by document.
        wait_for(&mut flow, last, next);
        last = next;
    }
    let analysis = Analysis::new(&flow);
    assert_eq!(analysis.order.first(), Some(&last));
    assert_eq!(analysis.all_upstream(&flow, TaskId(0)).len(), 99_999);
    assert!(cycles(&flow).is_empty());
    wait_for(&mut flow, last, TaskId(0));
    assert_eq!(cycles(&flow)[0].len(), 100_000);
    assert_eq!(Analysis::new(&flow).order.len(), 100_000);
}

#[test]
fn leaves_are_what_no_sibling_waits_for() {
    let mut flow = empty_flow();
    let a = add(&mut flow, None, process());
    let b = add(&mut flow, None, process());
    let c = add(&mut flow, None, process());
    wait_for(&mut flow, b, a);
    let analysis = Analysis::new(&flow);
    assert_eq!(analysis.leaves(&flow.roots), [b, c]);
    assert_eq!(analysis.downstream(a), [b]);
    assert_eq!(analysis.all_downstream(a), [b]);
}
