//! Every result is held against its definition, and small ones against all other answers.

use super::{Decomposition, EXACT, Order, Part, Wait, decompose};

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % limit
    }
}

/// A graph in which each pair is an edge with a chance of `chance` in a hundred.
fn random(numbers: &mut Numbers, tasks: usize, chance: usize) -> Vec<Vec<usize>> {
    (0..tasks)
        .map(|task| (0..task).filter(|_| numbers.below(100) < chance).collect())
        .collect()
}

/// All pairs `(before, after)` that the parts put in order.
fn pairs(part: &Part) -> Vec<(usize, usize)> {
    fn walk(part: &Part, pairs: &mut Vec<(usize, usize)>) -> Vec<usize> {
        match part {
            Part::Task(task) => vec![*task],
            Part::Parallel(parts) => parts.iter().flat_map(|part| walk(part, pairs)).collect(),
            Part::Series(parts) => {
                let mut seen = Vec::new();
                for part in parts {
                    let tasks = walk(part, pairs);
                    pairs.extend(seen.iter().flat_map(|a| tasks.iter().map(|b| (*a, *b))));
                    seen.extend(tasks);
                }
                seen
            }
        }
    }
    let mut pairs = Vec::new();
    walk(part, &mut pairs);
    pairs.sort_unstable();
    pairs
}

fn tasks(part: &Part) -> Vec<usize> {
    match part {
        Part::Task(task) => vec![*task],
        Part::Series(parts) | Part::Parallel(parts) => parts.iter().flat_map(tasks).collect(),
    }
}

fn is_well_formed(part: &Part) -> bool {
    match part {
        Part::Task(_) => true,
        Part::Series(parts) => {
            let fits = |part: &Part| !matches!(part, Part::Series(_)) && is_well_formed(part);
            parts.len() > 1 && parts.iter().all(fits)
        }
        Part::Parallel(parts) => {
            let fits = |part: &Part| !matches!(part, Part::Parallel(_)) && is_well_formed(part);
            parts.len() > 1 && parts.iter().all(fits)
        }
    }
}

fn closure(upstream: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let order = Order::new(upstream);
    let mut pairs: Vec<_> = (0..upstream.len())
        .flat_map(|task| order.up[task].iter().map(move |before| (before, task)))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Holds a result against what it must be.
fn hold(upstream: &[Vec<usize>], result: &Decomposition) {
    let mut all = tasks(&result.part);
    all.sort_unstable();
    assert_eq!(
        all,
        (0..upstream.len()).collect::<Vec<_>>(),
        "each task once"
    );
    assert!(is_well_formed(&result.part), "{:?}", result.part);
    let mut wanted = closure(upstream);
    assert!(
        result
            .added
            .iter()
            .all(|wait| !wanted.contains(&(wait.upstream, wait.task)))
    );
    wanted.extend(result.added.iter().map(|wait| (wait.upstream, wait.task)));
    wanted.sort_unstable();
    assert_eq!(
        pairs(&result.part),
        wanted,
        "the order asked for and what was added, no more"
    );
}

/// The fewest pairs that any series-parallel order has more than this one, found by looking at
/// every order that fits a sequence of the tasks.
fn fewest(upstream: &[Vec<usize>]) -> usize {
    let n = upstream.len();
    let asked = closure(upstream);
    let mut best = usize::MAX;
    each_sequence(&mut (0..n).collect(), 0, &mut |sequence| {
        let places: Vec<(usize, usize)> =
            (0..n).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
        for chosen in 0u32..(1 << places.len()) {
            let more = chosen.count_ones() as usize;
            if more < asked.len() || more - asked.len() >= best {
                continue;
            }
            let mut before = vec![vec![false; n]; n];
            for (at, (a, b)) in places.iter().enumerate() {
                before[sequence[*a]][sequence[*b]] = chosen & (1 << at) != 0;
            }
            let holds_asked = asked.iter().all(|(a, b)| before[*a][*b]);
            if holds_asked && is_transitive(&before) && has_no_n(&before) {
                best = more - asked.len();
            }
        }
    });
    best
}

fn each_sequence(rest: &mut Vec<usize>, at: usize, visit: &mut impl FnMut(&[usize])) {
    if at == rest.len() {
        return visit(rest);
    }
    for other in at..rest.len() {
        rest.swap(at, other);
        each_sequence(rest, at + 1, visit);
        rest.swap(at, other);
    }
}

fn is_transitive(before: &[Vec<bool>]) -> bool {
    let n = before.len();
    (0..n).all(|a| (0..n).all(|b| !before[a][b] || (0..n).all(|c| !before[b][c] || before[a][c])))
}

/// `a` before `c`, `b` before `c` and `d`, and nothing else between the four.
fn has_no_n(before: &[Vec<bool>]) -> bool {
    let n = before.len();
    let related = |a: usize, b: usize| before[a][b] || before[b][a];
    (0..n).all(|a| {
        (0..n).filter(|c| before[a][*c]).all(|c| {
            (0..n)
                .filter(|b| *b != a && before[*b][c] && !related(a, *b))
                .all(|b| {
                    (0..n)
                        .filter(|d| *d != c && before[b][*d])
                        .all(|d| related(c, d) || related(a, d))
                })
        })
    })
}

#[test]
fn chains_fans_and_diamonds_stay_as_they_are() {
    let chain = decompose(&[vec![], vec![0], vec![1]]);
    assert_eq!(chain.part, Part::Series([0, 1, 2].map(Part::Task).to_vec()));
    let diamond = decompose(&[vec![], vec![0], vec![0], vec![1, 2, 0]]);
    let middle = Part::Parallel(vec![Part::Task(1), Part::Task(2)]);
    assert_eq!(
        diamond.part,
        Part::Series(vec![Part::Task(0), middle, Part::Task(3)])
    );
    let apart = decompose(&[vec![], vec![], vec![]]);
    assert_eq!(
        apart.part,
        Part::Parallel([0, 1, 2].map(Part::Task).to_vec())
    );
    for result in [chain, diamond, apart] {
        assert_eq!(result.added, []);
    }
}

#[test]
fn an_n_costs_one_wait_and_names_it() {
    // a -> c, b -> c, b -> d
    let upstream = [vec![], vec![], vec![0, 1], vec![1]];
    let result = decompose(&upstream);
    hold(&upstream, &result);
    let waits: Vec<_> = result.added.iter().map(|w| (w.task, w.upstream)).collect();
    assert_eq!(waits, [(3, 0)]);
    assert_eq!(result.essential(&upstream), result.added);
}

#[test]
fn a_wait_that_follows_from_another_is_not_told() {
    // 0 -> 1 -> 3, 2 -> 3, 2 -> 4 -> 5
    let upstream = [vec![], vec![0], vec![], vec![1, 2], vec![2], vec![4]];
    let result = decompose(&upstream);
    hold(&upstream, &result);
    let told: Vec<_> = result.essential(&upstream);
    let told: Vec<_> = told.iter().map(|w| (w.task, w.upstream)).collect();
    assert_eq!(told, [(3, 5)]);
    assert_eq!(result.added.len(), 2);
}

#[test]
fn every_order_is_kept_and_properly_nested() {
    let mut numbers = Numbers(1);
    for round in 0..400 {
        let size = 1 + numbers.below(if round % 10 == 0 { 60 } else { 14 });
        let chance = 5 + numbers.below(60);
        let upstream = random(&mut numbers, size, chance);
        let result = decompose(&upstream);
        hold(&upstream, &result);
        let order = Order::new(&upstream);
        let follows = |wait: &Wait| {
            let mut others = result.added.iter().filter(|other| other.task == wait.task);
            others.any(|other| order.up[other.upstream].has(wait.upstream))
        };
        let mut told = result.added.clone();
        told.retain(|wait| !follows(wait));
        assert_eq!(result.essential(&upstream), told);
        assert_eq!(told.is_empty(), result.added.is_empty());
    }
}

#[test]
fn no_series_parallel_order_of_five_tasks_adds_fewer_waits() {
    let mut numbers = Numbers(7);
    let mut cut = 0;
    for _ in 0..60 {
        let upstream = random(&mut numbers, 5, 40);
        let result = decompose(&upstream);
        hold(&upstream, &result);
        cut += usize::from(!result.added.is_empty());
        assert_eq!(result.added.len(), fewest(&upstream), "{upstream:?}");
    }
    assert!(cut > 5, "only {cut} graphs had to be cut");
}

#[test]
fn what_is_series_parallel_already_gets_no_wait_at_any_size() {
    fn grow(numbers: &mut Numbers, size: usize, first: usize) -> (Part, usize) {
        if size == 1 {
            return (Part::Task(first), first + 1);
        }
        let left = 1 + numbers.below(size - 1);
        let (a, next) = grow(numbers, left, first);
        let (b, next) = grow(numbers, size - left, next);
        let parts = vec![a, b];
        let part = match numbers.below(2) {
            0 => Part::Series(parts),
            _ => Part::Parallel(parts),
        };
        (part, next)
    }
    let mut numbers = Numbers(3);
    for size in [2, 5, 20, 90, 300] {
        let (part, _) = grow(&mut numbers, size, 0);
        let mut upstream = vec![Vec::new(); size];
        for (before, after) in pairs(&part) {
            upstream[after].push(before);
        }
        let result = decompose(&upstream);
        hold(&upstream, &result);
        assert_eq!(result.added, [], "{size} tasks");
    }
}

#[test]
fn large_graphs_cost_less_than_levels_would() {
    let mut numbers = Numbers(11);
    for _ in 0..5 {
        let upstream = random(&mut numbers, 8 * EXACT, 6);
        let result = decompose(&upstream);
        hold(&upstream, &result);
        let mut depth = vec![0; upstream.len()];
        for (task, before) in upstream.iter().enumerate() {
            depth[task] = before.iter().map(|b| depth[*b] + 1).max().unwrap_or(0);
        }
        let ordered = |a: usize, b: usize| depth[a] < depth[b];
        let n = upstream.len();
        let by_levels: usize = (0..n)
            .map(|a| (0..n).filter(|b| ordered(a, *b)).count())
            .sum();
        let levels = by_levels - closure(&upstream).len();
        assert!(
            result.added.len() < levels,
            "{} and {levels}",
            result.added.len()
        );
    }
}

/// A cut looks at so many first parts that hundreds of tasks take for ever if each is counted anew.
#[test]
fn hundreds_of_tasks_that_need_many_cuts_end_soon() {
    let mut numbers = Numbers(5);
    let layered: Vec<Vec<usize>> = (0..600)
        .map(|task| match task / 30 {
            0 => Vec::new(),
            layer => (0..3)
                .map(|_| 30 * (layer - 1) + numbers.below(30))
                .collect(),
        })
        .collect();
    let result = decompose(&layered);
    let essential = result.essential(&layered);
    assert!(essential.len() > 600 && essential.len() < result.added.len());
}

#[test]
fn a_long_chain_and_a_wide_fan_are_quick() {
    let chain: Vec<Vec<usize>> = (0..1000)
        .map(|task: usize| task.checked_sub(1).into_iter().collect())
        .collect();
    assert_eq!(decompose(&chain).added, []);
    let fan: Vec<Vec<usize>> = (0..1000)
        .map(|task| {
            if task == 999 {
                (0..999).collect()
            } else {
                Vec::new()
            }
        })
        .collect();
    assert_eq!(decompose(&fan).added, []);
}
