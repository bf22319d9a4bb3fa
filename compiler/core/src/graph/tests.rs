use super::layout::{Gaps, Item, layered};
use super::{Change, Graph, Repeat};
use crate::flow::Flow;
use crate::passes::{Level, Options, Report, optimise};
use crate::resolve::tests::resolve_text;

fn flow(text: &str) -> Flow {
    resolve_text("flow.yaml", text).flow()
}

const GAPS: Gaps = Gaps {
    layer: 40.0,
    item: 20.0,
    line: 10.0,
};

fn boxes(count: usize) -> Vec<Item> {
    vec![
        Item {
            width: 100.0,
            height: 30.0,
            lead: 0.0
        };
        count
    ]
}

/// Whether two boxes share a point.
fn meet(left: (f64, f64), right: (f64, f64)) -> bool {
    (left.0 - right.0).abs() < 100.0 && (left.1 - right.1).abs() < 30.0
}

#[test]
fn boxes_never_meet_and_arrows_go_right() {
    // A layered graph that is made by a rule, with long arrows in it.
    let count = 300_usize;
    let edges: Vec<(usize, usize)> = (1..count)
        .flat_map(|to| [to.saturating_sub(1 + to % 7), to / 2].map(|from| (from, to)))
        .filter(|(from, to)| from != to)
        .collect();
    let layout = layered(&boxes(count), &edges, GAPS);
    for (index, corner) in layout.corners.iter().enumerate() {
        assert!(
            corner.1 >= 0.0 && corner.1 + 30.0 <= layout.height,
            "{index}"
        );
        for other in &layout.corners[index + 1..] {
            assert!(!meet(*corner, *other), "{corner:?} {other:?}");
        }
    }
    for route in &layout.routes {
        assert!(
            route.windows(2).all(|pair| pair[0].0 <= pair[1].0),
            "{route:?}"
        );
    }
}

#[test]
fn an_arrow_past_a_layer_meets_no_box() {
    let layout = layered(&boxes(3), &[(0, 1), (1, 2), (0, 2)], GAPS);
    let passing = &layout.routes[2];
    let (_, y) = passing[2];
    let top = layout.corners[1].1;
    assert!(y < top || y > top + 30.0, "{y} {top}");
}

#[test]
fn a_chain_is_a_straight_line_of_any_length() {
    let count = 100_000;
    let edges: Vec<_> = (1..count).map(|to| (to - 1, to)).collect();
    let layout = layered(&boxes(count), &edges, GAPS);
    let first = layout.corners[0].1;
    assert!(
        layout
            .corners
            .iter()
            .all(|corner| (corner.1 - first).abs() < 1e-6)
    );
}

#[test]
fn the_critical_path_goes_through_groups_and_into_finally() {
    let flow = flow(
        "flow: a
defaults: { image: busybox:1.36 }
tasks:
  a: { run: echo, estimate: 5m }
  b: { run: echo, estimate: 20m }
  g:
    depends_on: [a]
    tasks:
      x: { run: echo, estimate: 10m }
      y: { run: echo, estimate: 10m, depends_on: [x] }
      z: { run: echo, estimate: 12m }
  end: { run: echo, depends_on: [b, g] }
finally:
  f: { run: echo, estimate: 1m }
",
    );
    let graph = Graph::new(&flow);
    let critical: Vec<&str> = graph
        .nodes
        .iter()
        .filter(|node| node.critical)
        .map(|node| node.path.as_str())
        .collect();
    assert_eq!(critical, ["a", "g", "g.x", "g.y", "end", "f"]);
    assert_eq!(
        graph.estimate.map(|total| total.as_seconds()),
        Some(26.0 * 60.0)
    );
    let edges: Vec<(&str, &str)> = graph
        .edges
        .iter()
        .filter(|edge| edge.critical)
        .map(|edge| {
            (
                graph.node(edge.from).path.as_str(),
                graph.node(edge.to).path.as_str(),
            )
        })
        .collect();
    assert_eq!(edges, [("a", "g"), ("g.x", "g.y"), ("g", "end")]);
}

#[test]
fn what_decides_about_a_task_is_shown() {
    let flow = flow(
        "flow: a
parameters: { on: true }
defaults: { image: busybox:1.36 }
tasks:
  a: { run: echo, for_each: [1, 2, 3], allow_failure: true }
  b: { run: echo, depends_on: [a], trigger_rule: all_done, when: '${{ parameters.on }}' }
",
    );
    let graph = Graph::new(&flow);
    assert_eq!(graph.nodes[0].repeat, Some(Repeat::Times(3)));
    assert!(graph.nodes[0].may_fail);
    assert_eq!(graph.nodes[1].condition.as_deref(), Some("parameters.on"));
    assert_eq!(
        graph.nodes[1].rule.map(|rule| rule.as_str()),
        Some("all_done")
    );
    assert!(graph.estimate.is_none() && !graph.nodes[0].critical);
}

#[test]
fn arrows_of_before_that_go_against_those_of_after_are_left_out() {
    let before = flow("flow: a\ntasks:\n  a: { run: a }\n  b: { run: b, depends_on: [a] }\n");
    let after = flow("flow: a\ntasks:\n  a: { run: a, depends_on: [b] }\n  b: { run: b }\n");
    let both = Graph::new(&before).until(Graph::new(&after), &Report::default());
    let edges: Vec<_> = both.edges.iter().map(|edge| edge.change).collect();
    assert_eq!(edges, [Change::New]);
    let names: Vec<&str> = both
        .roots
        .iter()
        .map(|id| both.node(*id).name.as_str())
        .collect();
    assert_eq!(names, ["b", "a"]);
}

#[test]
fn a_process_in_a_group_holds_the_tasks_that_it_runs() {
    let before = flow(
        "flow: a
defaults: { image: busybox:1.36 }
tasks:
  g:
    tasks:
      x: { run: ./x }
      y: { run: ./y, depends_on: [x] }
      z: { run: ./z, depends_on: [y], retries: 1 }
finally:
  last: { run: ./last }
",
    );
    let optimised = optimise(&before, &Options::new(Level::O2));
    let both = Graph::new(&before).until(Graph::new(&optimised.flow), &optimised.report);
    let of = |path: &str| both.nodes.iter().find(|node| node.path == path).unwrap();
    let process = of("g.x_to_y");
    assert_eq!(process.change, Change::New);
    assert_eq!(process.parent, Some(of("g").id));
    assert_eq!(process.children, [of("g.x").id, of("g.y").id]);
    assert_eq!(of("g").children, [process.id, of("g.z").id]);
    let edges: Vec<_> = both
        .edges
        .iter()
        .map(|edge| {
            (
                both.node(edge.from).name.as_str(),
                both.node(edge.to).name.as_str(),
                edge.change,
            )
        })
        .collect();
    assert_eq!(
        edges,
        [("x", "y", Change::Same), ("x_to_y", "z", Change::Same)]
    );
    assert_eq!(both.finally, [of("last").id]);
}
