//! How random flows come about. They shrink towards few tasks without anything special.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Body, Flow, Item, Need, Rule, Task};

/// What a target can take.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// The most tasks.
    pub tasks: usize,
    /// Fan-outs in fan-outs.
    pub nested: bool,
    /// Elements that are allowed to fail while others are not.
    pub allowed_items: bool,
}

/// Random flows within reach.
pub fn flows(reach: Reach) -> impl Strategy<Value = Flow> {
    let inner = vec(task(process(false)), 1..3).prop_map(Body::Group);
    let last = vec(task(prop_oneof![3 => process(false), 1 => inner]), 0..3);
    (vec(any_task(reach, 2, false), 1..11), last).prop_map(move |(mut tasks, mut finally)| {
        let mut room = reach.tasks.saturating_sub(finally.len()).max(1);
        tidy(&mut tasks, &mut room);
        tidy(&mut finally, &mut 2);
        Flow { tasks, finally }
    })
}

/// Keep so many tasks, and only dependencies on tasks before.
fn tidy(tasks: &mut Vec<Task>, room: &mut usize) {
    let mut kept: Vec<Task> = Vec::new();
    for mut task in tasks.drain(..) {
        if *room == 0 {
            break;
        }
        let place = kept.len();
        // They are counted back from the task, so that fewer tasks keep their shape.
        let mut upstream: Vec<usize> = task
            .upstream
            .iter()
            .filter_map(|back| place.checked_sub(back + 1))
            .collect();
        upstream.sort_unstable();
        upstream.dedup();
        task.upstream = upstream;
        match &mut task.body {
            Body::Process { .. } => *room -= 1,
            Body::FanOut { items, .. } => {
                // The condition for its elements takes the place of the one for all.
                task.allowed &= !items.contains(&Item::MayFail);
                *room -= 1;
            }
            Body::Group(tasks) | Body::Each { tasks, .. } => tidy(tasks, room),
        }
        kept.push(task);
    }
    *tasks = kept;
}

fn any_task(reach: Reach, depth: u32, in_each: bool) -> BoxedStrategy<Task> {
    let leaf = process(in_each);
    if depth == 0 {
        return task(leaf).boxed();
    }
    let inner = vec(any_task(reach, depth - 1, in_each), 1..5);
    let group = inner.prop_map(Body::Group).boxed();
    let fan_out = (items(reach.allowed_items), retries())
        .prop_map(|(items, retries)| Body::FanOut { items, retries })
        .boxed();
    let each = || {
        let inner = vec(any_task(reach, depth - 1, true), 1..4);
        (items(false), inner)
            .prop_map(|(items, tasks)| Body::Each { items, tasks })
            .boxed()
    };
    let body = match (in_each, reach.nested) {
        (true, false) => prop_oneof![6 => leaf, 1 => group].boxed(),
        (true, true) => prop_oneof![6 => leaf, 1 => group, 2 => fan_out].boxed(),
        (false, _) => prop_oneof![10 => leaf, 3 => fan_out, 2 => group, 1 => each()].boxed(),
    };
    task(body).boxed()
}

fn task(body: impl Strategy<Value = Body>) -> impl Strategy<Value = Task> {
    let upstream = prop_oneof![
        1 => Just(Vec::new()),
        3 => vec(0..3_usize, 1..2),
        3 => vec(0..4_usize, 2..4),
    ];
    let rule = prop_oneof![
        2 => Just(Rule::AllSuccess),
        3 => proptest::sample::select(Rule::ALL.to_vec()),
    ];
    let when = prop_oneof![
        7 => Just(None),
        1 => Just(Some(true)),
        2 => Just(Some(false)),
    ];
    let allowed = prop_oneof![2 => Just(false), 1 => Just(true)];
    (upstream, rule, when, allowed, body).prop_map(|(upstream, rule, when, allowed, body)| Task {
        upstream,
        rule,
        when,
        allowed,
        body,
    })
}

fn process(in_each: bool) -> BoxedStrategy<Body> {
    let need = prop_oneof![
        5 => Just(Need::Attempt(1)),
        1 => Just(Need::Attempt(2)),
        1 => Just(Need::Attempt(3)),
        2 => Just(Need::Never),
    ];
    let need = if in_each {
        prop_oneof![1 => need, 1 => Just(Need::AsItem)].boxed()
    } else {
        need.boxed()
    };
    (need, retries())
        .prop_map(|(need, retries)| Body::Process { need, retries })
        .boxed()
}

fn retries() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0_u32), 1 => Just(1), 1 => Just(2)]
}

fn items(may_fail: bool) -> BoxedStrategy<Vec<Item>> {
    let some = prop_oneof![
        4 => Just(Item::Attempt(1)),
        1 => Just(Item::Attempt(2)),
        1 => Just(Item::LeftOut),
        1 => Just(Item::Fails),
    ];
    let one = if may_fail {
        prop_oneof![7 => some, 1 => Just(Item::MayFail)].boxed()
    } else {
        some.boxed()
    };
    vec(one, 0..4).boxed()
}

/// A random flow that can be made smaller.
pub struct Drawn(Box<dyn ValueTree<Value = Flow>>);

impl Drawn {
    /// The flow as it is now.
    pub fn flow(&self) -> Flow {
        self.0.current()
    }

    /// Make it smaller after it was seen to fail; whether that is possible.
    pub fn simplify(&mut self) -> bool {
        self.0.simplify()
    }

    /// Take the last step back, for what was left did not fail; whether there is more to try.
    pub fn complicate(&mut self) -> bool {
        self.0.complicate()
    }
}

/// So many flows within reach, the same ones for the same seed.
pub fn draw(reach: Reach, seed: u64, count: usize) -> Vec<Drawn> {
    let strategy = flows(reach).boxed();
    (0..count as u64)
        .filter_map(|number| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            bytes[8..16].copy_from_slice(&number.to_le_bytes());
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
            let mut runner = TestRunner::new_with_rng(Config::default(), rng);
            let tree = strategy.new_tree(&mut runner).ok()?;
            Some(Drawn(Box::new(tree)))
        })
        .collect()
}
