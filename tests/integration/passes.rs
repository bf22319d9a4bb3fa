//! Ten thousand random flows before and after every pass, by itself and with those of its level: the
//! reference runner's core says the same of every task.

use std::collections::BTreeMap;

use flowc_core::flow::Flow;
use flowc_core::passes::{Fate, Level, Options, PASSES, Report, optimise, with_joins};
use flowc_tests::random::{Reach, draw};

use crate::random::{resolved_with, run};

const REACH: Reach = Reach {
    tasks: 30,
    nested: true,
    allowed_items: true,
};

/// In parts, so that they run on several cores; together ten thousand.
const FLOWS: usize = 2_500;

#[test]
fn passes_keep_what_random_flows_do_first_part() {
    hold(11);
}

#[test]
fn passes_keep_what_random_flows_do_second_part() {
    hold(12);
}

#[test]
fn passes_keep_what_random_flows_do_third_part() {
    hold(13);
}

#[test]
fn passes_keep_what_random_flows_do_fourth_part() {
    hold(14);
}

type Trace = (&'static str, BTreeMap<String, String>);

fn hold(seed: u64) {
    let choices = choices();
    let mut changed = vec![0; choices.len()];
    for (number, drawn) in draw(REACH, seed, FLOWS).iter().enumerate() {
        let (text, files) = if number % 2 == 0 {
            (drawn.flow().text("random"), BTreeMap::new())
        } else {
            drawn.flow().known_text("random")
        };
        let flow = resolved_with(&text, files).unwrap();
        let order = seed.wrapping_mul(number as u64 + 1);
        let before = run(&flow, order);
        for (choice, changed) in choices.iter().zip(&mut changed) {
            let (name, options) = choice;
            let optimised = optimise(&flow, options);
            if optimised.report.is_empty() {
                continue;
            }
            *changed += 1;
            let after = run(&optimised.flow, !order);
            if let Err(problem) = same(&before, &after, &optimised.report) {
                panic!("{name}: {problem} in\n{text}");
            }
            let again = optimise(&optimised.flow, options);
            assert!(again.report.is_empty(), "{name} has more to do in\n{text}");
        }
    }
    for ((name, _), changed) in choices.iter().zip(changed) {
        assert!(changed > FLOWS / 50, "{name} changed only {changed} flows");
    }
}

/// Every pass by itself, and every level.
fn choices() -> Vec<(&'static str, Options)> {
    // Flows this small have nothing to put a task between.
    let alone = PASSES
        .iter()
        .filter(|pass| pass.name != "join")
        .map(|pass| {
            let mut options = Options::new(Level::O0);
            options.switch(pass.name, true).unwrap();
            (pass.name, options)
        });
    let levels = [("-O1", Level::O1), ("-O2", Level::O2)];
    let levels = levels.map(|(name, level)| (name, Options::new(level)));
    alone.chain(levels).collect()
}

/// Whether every task did the same, those that are gone by what the report says of them.
fn same(before: &Trace, after: &Trace, report: &Report) -> Result<(), String> {
    if before.0 != after.0 {
        return Err(format!("the run {}, and {} after", before.0, after.0));
    }
    for (place, state) in &before.1 {
        let told = match fate(place, report) {
            None => after.1.get(place).cloned(),
            Some(Fate::NeverRuns) => ["skipped", "upstream_failed"]
                .into_iter()
                .find(|never| never == state)
                .map(str::to_owned),
            Some(Fate::Unused) => Some(state.clone()),
            Some(Fate::Merged(into)) => before.1.get(&at(place, into)).cloned(),
            Some(Fate::Fused { into, position }) => {
                let chain = members(report, into);
                let states: Vec<&str> = chain
                    .iter()
                    .map(|path| before.1[&at(place, path)].as_str())
                    .collect();
                unfused(
                    after.1.get(&at(place, into)).map(String::as_str),
                    &states,
                    *position,
                )
            }
        };
        if told.as_ref() != Some(state) {
            return Err(format!("`{place}` {state}, and {told:?} after"));
        }
    }
    let fused = |place: &str| {
        report
            .fates
            .values()
            .any(|fate| matches!(fate, Fate::Fused { into, .. } if path(place) == into))
    };
    match after
        .1
        .keys()
        .find(|place| !before.1.contains_key(*place) && !fused(place))
    {
        Some(place) => Err(format!("`{place}` is new")),
        None => Ok(()),
    }
}

/// What became of a task, or of the nearest group around it that is gone.
fn fate<'r>(place: &str, report: &'r Report) -> Option<&'r Fate> {
    std::iter::successors(Some(path(place)), |path| Some(path.rsplit_once('.')?.0))
        .find_map(|path| report.fates.get(path))
}

fn path(place: &str) -> &str {
    place.split('[').next().unwrap_or(place)
}

/// The same instance of another task.
fn at(place: &str, other: &str) -> String {
    format!("{other}{}", &place[path(place).len()..])
}

/// The tasks of a process, in the order it runs them.
fn members<'r>(report: &'r Report, of: &str) -> Vec<&'r str> {
    let mut members: Vec<(usize, &str)> = Vec::new();
    for (path, fate) in &report.fates {
        if let Fate::Fused { into, position } = fate
            && into == of
        {
            members.push((*position, path));
        }
    }
    members.sort_unstable();
    members.into_iter().map(|(_, path)| path).collect()
}

/// What a task of a chain ended as, by the state of the one process. When that failed, the tasks before
/// the one that did have succeeded and those behind it were never started: `states` say which it was.
fn unfused(process: Option<&str>, states: &[&str], position: usize) -> Option<String> {
    let process = process?;
    if process != "failed" {
        return Some(process.to_owned());
    }
    let failed = states.iter().position(|state| *state == "failed")?;
    let state = match position.cmp(&failed) {
        std::cmp::Ordering::Less => "succeeded",
        std::cmp::Ordering::Equal => "failed",
        std::cmp::Ordering::Greater => "upstream_failed",
    };
    Some(state.to_owned())
}

/// The graph of a flow: what waits for what.
fn edges(flow: &Flow) -> Vec<(String, String)> {
    let upstream = flow.tasks.iter().flat_map(|task| {
        let from = task
            .upstream
            .iter()
            .map(|one| &flow.task(one.task).name.value);
        from.map(|from| (from.clone(), task.name.value.clone()))
    });
    upstream.collect()
}

fn after(text: &str, pass: &str) -> (Flow, Report) {
    let mut options = Options::new(Level::O0);
    options.switch(pass, true).unwrap();
    options.detailed = true;
    let flow = resolved_with(text, BTreeMap::new()).unwrap();
    let optimised = optimise(&flow, &options);
    (optimised.flow.into_owned(), optimised.report)
}

#[test]
fn reduce_keeps_dependencies_that_a_rule_or_a_value_needs() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  a: { run: 'echo 1 > "$FLOW_OUTPUTS/o"', outputs: { o: string } }
  b: { depends_on: [a], run: "true" }
  plain: { depends_on: [a, b], run: "true" }
  reader: { depends_on: [b], env: { O: "${{ tasks.a.outputs.o }}" }, run: "true" }
  any: { depends_on: [a, b], trigger_rule: one_success, run: "true" }
  cleaner: { depends_on: [a, b], trigger_rule: all_done, run: "true" }
  tolerant: { depends_on: [a, b], trigger_rule: none_failed, run: "true" }
  strict_behind_tolerant: { depends_on: [a, tolerant], run: "true" }
"#,
        "reduce",
    );
    let kept = edges(&flow);
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("a", "b"),
            ("b", "plain"),
            ("b", "reader"),
            ("a", "reader"),
            ("a", "any"),
            ("b", "any"),
            ("a", "cleaner"),
            ("b", "cleaner"),
            ("b", "tolerant"),
            // A skip of `a` is nothing to `tolerant`.
            ("a", "strict_behind_tolerant"),
            ("tolerant", "strict_behind_tolerant"),
        ]
    );
    let said: Vec<String> = report
        .changes
        .iter()
        .map(|change| format!("{} {}: {}", change.task, change.did, change.why))
        .collect();
    assert_eq!(
        said,
        [
            "plain no longer waits for `a` itself: it comes after `b`, which comes after that",
            "tolerant no longer waits for `a` itself: it comes after `b`, which comes after that",
        ]
    );
}

fn names(flow: &Flow) -> Vec<&str> {
    flow.tasks
        .iter()
        .map(|task| task.name.value.as_str())
        .collect()
}

#[test]
fn never_removes_what_no_condition_lets_run_and_keeps_what_would_be_missed() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  gone: { when: "${{ 1 > 2 }}", run: "true" }
  behind: { depends_on: [gone], run: "true" }
  tolerant: { depends_on: [gone], trigger_rule: none_failed, run: "true" }
  read: { when: "${{ false }}", run: "true", outputs: { o: string } }
  reader:
    depends_on: [read]
    trigger_rule: all_done
    env: { O: '${{ default(tasks.read.outputs.o, "none") }}' }
    run: "true"
  looked_at: { when: "${{ false }}", run: "true" }
  looks: { depends_on: [looked_at], trigger_rule: all_skipped, run: "true" }
  group: { tasks: { only: { when: "${{ false }}", run: "true" } } }
  empty: { for_each: { as: each, in: [] }, tasks: { inner: { run: "true" } } }
"#,
        "never",
    );
    let left = [
        "tolerant",
        "read",
        "reader",
        "looked_at",
        "looks",
        "group",
        "only",
    ];
    assert_eq!(names(&flow), left);
    let gone: Vec<&str> = report.fates.keys().map(String::as_str).collect();
    assert_eq!(gone, ["gone", "behind", "empty"]);
}

#[test]
fn dead_removes_pure_tasks_that_nobody_needs_and_what_only_they_need() {
    let (flow, _) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  source: { pure: true, run: "true", outputs: { o: string } }
  unused: { pure: true, env: { O: "${{ tasks.source.outputs.o }}" }, run: "true", outputs: { p: string } }
  product: { pure: true, run: "true", artifacts: { report: file } }
  exported: { pure: true, run: "true", outputs: { o: string } }
  waited_for: { pure: true, run: "true" }
  effect: { depends_on: [waited_for], run: "true" }
outputs: { o: "${{ tasks.exported.outputs.o }}" }
"#,
        "dead",
    );
    assert_eq!(
        names(&flow),
        ["product", "exported", "waited_for", "effect"]
    );
    assert_eq!(
        edges(&flow),
        [("waited_for".to_owned(), "effect".to_owned())]
    );
}

#[test]
fn merge_runs_equal_pure_tasks_once_and_those_that_become_equal() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  a: { pure: true, estimate: 1m, run: "make", outputs: { o: string } }
  b: { pure: true, run: "make", outputs: { o: string } }
  of_a: { pure: true, env: { O: "${{ tasks.a.outputs.o }}" }, run: "use", outputs: { p: string } }
  of_b: { pure: true, env: { O: "${{ tasks.b.outputs.o }}" }, run: "use", outputs: { p: string } }
  other: { pure: true, retries: 1, run: "make", outputs: { o: string } }
  impure: { run: "make", outputs: { o: string } }
  all:
    env:
      A: "${{ tasks.of_a.outputs.p }}"
      B: "${{ tasks.of_b.outputs.p }}"
      C: "${{ tasks.other.outputs.o }}"
      D: "${{ tasks.impure.outputs.o }}"
    run: "true"
"#,
        "merge",
    );
    assert_eq!(names(&flow), ["a", "of_a", "other", "impure", "all"]);
    assert_eq!(report.fates["of_b"], Fate::Merged("of_a".to_owned()));
    let all = &flow.tasks[4];
    assert_eq!(all.upstream.len(), 3);
    let env = &all.process().unwrap().env;
    assert_eq!(env[0].value.parts, env[1].value.parts);
}

#[test]
fn fold_fills_in_constant_parameters_of_sub_flows_and_drops_conditions_that_hold() {
    let text = r#"
flow: example
defaults: { image: "busybox:1.36" }
parameters: { day: monday }
tasks:
  part: { flow: part.yaml, with: { day: "${{ parameters.day }}", size: 3 } }
"#;
    let part = r#"
flow: part
defaults: { image: "busybox:1.36" }
parameters: { day: { type: string }, size: { type: integer }, extra: 2 }
tasks:
  inner:
    when: "${{ parameters.size + parameters.extra == 5 }}"
    env: { DAY: "${{ parameters.day }}", TEXT: "of ${{ parameters.size }} parts" }
    run: "true"
"#;
    let files = BTreeMap::from([("part.yaml".to_owned(), part.to_owned())]);
    let flow = resolved_with(text, files).unwrap();
    let mut options = Options::new(Level::O0);
    options.switch("fold", true).unwrap();
    let flow = optimise(&flow, &options).flow.into_owned();
    let inner = &flow.tasks[1];
    assert_eq!(inner.when, None);
    let shown = |at: usize| {
        flowc_core::ir::to_json(&flow).contains(["${{ parameters.day }}", "of 3 parts"][at])
    };
    assert!(shown(0) && shown(1));
}

#[test]
fn fuse_makes_one_task_of_a_chain_and_stops_where_somebody_looks() {
    let (flow, report) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
tasks:
  start: { retries: 1, run: "true" }
  a: { depends_on: [start], trigger_rule: none_failed, run: "true" }
  b: { depends_on: [a], run: "true" }
  c: { depends_on: [b], run: "true" }
  d: { depends_on: [c], run: "true" }
  watcher: { depends_on: [c], trigger_rule: one_failed, run: "true" }
  other_image: { depends_on: [d], image: "alpine:3", run: "true" }
"#,
        "fuse",
    );
    assert_eq!(
        names(&flow),
        ["start", "a_to_c", "d", "watcher", "other_image"]
    );
    assert_eq!(
        report.fates["b"],
        Fate::Fused {
            into: "a_to_c".to_owned(),
            position: 1
        }
    );
    let kept = edges(&flow);
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("start", "a_to_c"),
            ("a_to_c", "d"),
            ("a_to_c", "watcher"),
            ("d", "other_image")
        ]
    );
}

#[test]
fn fuse_gives_no_task_the_secret_of_another() {
    let (flow, _) = after(
        r#"
flow: example
defaults: { image: "busybox:1.36" }
secrets: [token]
tasks:
  a: { run: "true" }
  b: { depends_on: [a], env: { TOKEN: "${{ secrets.token }}" }, run: "true" }
  c: { depends_on: [b], env: { KEY: "${{ secrets.token }}" }, run: "true" }
  d: { depends_on: [c], run: "true" }
"#,
        "fuse",
    );
    assert_eq!(names(&flow), ["a", "b_to_c", "d"]);
}

#[test]
fn a_pass_that_is_not_there_is_told_with_the_nearest() {
    let mut options = Options::default();
    let unknown = options.switch("reduc", true).unwrap_err();
    assert!(unknown.help.contains("`reduce`"), "{}", unknown.help);
}

#[test]
fn join_stands_between_many_and_many_and_says_what_all_of_them_say() {
    let mut text = String::from(
        "flow: example\ndefaults: { image: \"busybox:1.36\" }\nparameters: { off: false }\ntasks:\n",
    );
    let names: Vec<String> = (0..20).map(|task| format!("a{task}")).collect();
    for (task, name) in names.iter().enumerate() {
        let need = if task == 3 { 2 } else { 1 };
        let when = if task == 4 {
            "when: \"${{ parameters.off }}\", "
        } else {
            ""
        };
        text.push_str(&format!(
            "  {name}: {{ {when}env: {{ NEED: \"{need}\" }}, run: \"true\", outputs: {{ o: string }} }}\n"
        ));
    }
    for (letter, rule) in [
        ("b", "all_success"),
        ("c", "none_failed"),
        ("d", "all_done"),
    ] {
        for task in 0..20 {
            text.push_str(&format!(
                "  {letter}{task}: {{ depends_on: [{}], trigger_rule: {rule}, env: {{ NEED: \"1\" }}, run: \"true\" }}\n",
                names.join(", ")
            ));
        }
    }
    for allowed in ["a3", "a4"] {
        // With and without the failure, so that every rule has something to say.
        let text = text.replace(&format!("  {allowed}:"), &format!("  x{allowed}:"));
        let text = text.replace(&format!("{allowed}, "), "");
        let flow = resolved_with(&text, BTreeMap::new()).unwrap();
        let mut options = Options::new(Level::O0);
        options.switch("join", true).unwrap();
        let optimised = optimise(&flow, &options);
        let joined = with_joins(&optimised, &options);
        let edges = |flow: &Flow| {
            flow.tasks
                .iter()
                .map(|task| task.upstream.len())
                .sum::<usize>()
        };
        assert_eq!(edges(&flow), 3 * 20 * 19);
        assert_eq!(edges(&joined.flow), 3 * (20 + 19));
        let mut after = run(&joined.flow, 7);
        after.1.retain(|place, _| !place.starts_with("flowc_join"));
        assert_eq!(run(&flow, 3), after);
        let again = with_joins(&joined, &options);
        assert_eq!(again.report.counts["join"], joined.report.counts["join"]);
    }
}
