//! `graph`: a flow drawn in five ways.

use serde_json::Value;

use super::{Place, WRONG};

const FLOW: &str = "\
flow: nightly
parameters: { bar: 0.5, mark: a }
defaults: { image: 'busybox:1.36' }
tasks:
  fit:
    estimate: 20m
    run: echo 0.7 > \"$FLOW_OUTPUTS/auc\"
    outputs: { auc: number }
  look: { run: echo, estimate: 1m, for_each: [a, b], allow_failure: true }
  publish:
    when: ${{ parameters.mark != \"<b>|\" && tasks.fit.outputs.auc > parameters.bar }}
    tasks:
      copy: { run: echo }
      tell: { run: echo, depends_on: [copy] }
  end: { run: echo, depends_on: [look, publish], trigger_rule: all_done }
finally:
  report: { run: echo }
";

#[test]
fn the_terminal_shows_what_waits_and_what_decides() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place.run("graph").fine();
    assert_eq!(
        run.out,
        "\
nightly  ≈ 20m, up to 3 at once; ● is on the critical path
├─ ● fit  ≈ 20m
├─ ○ look  × 2  may fail  ≈ 1m
├─ ● publish  ← fit  when parameters.mark != \"<b>|\" && tasks.fit.outp…
│  ├─ ● copy
│  └─ ● tell  ← copy
└─ ● end  ← look, publish  all_done
finally
└─ ● report
"
    );
}

#[test]
fn an_svg_is_one_file_with_every_task_and_no_open_text() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let svg = place.run("graph --format svg").fine().out;
    for path in ["fit", "look", "publish", "publish.copy", "end", "report"] {
        assert!(
            svg.contains(&format!("<title>{path}</title>")),
            "{path}\n{svg}"
        );
    }
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("prefers-color-scheme: dark"));
    assert!(svg.contains("&lt;b&gt;|") && !svg.contains("<b"), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn mermaid_and_dot_hold_every_arrow_with_its_text() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let mermaid = place.run("graph --format mermaid").fine().out;
    assert!(mermaid.contains("  t0 -->|\"when "), "{mermaid}");
    assert!(mermaid.contains("  t2 -->|\"all_done\"| t5\n"), "{mermaid}");
    assert!(mermaid.contains("#60;b"), "{mermaid}");
    let dot = place.run("graph --format dot").fine().out;
    assert!(
        dot.contains("\"publish.copy\" -> \"publish.tell\""),
        "{dot}"
    );
    assert!(dot.contains("lhead=cluster_2"), "{dot}");
}

#[test]
fn programs_read_the_graph() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let all: Value = serde_json::from_str(&place.run("graph --format json").fine().out).unwrap();
    assert_eq!(all["estimate_seconds"], 1200.0);
    assert_eq!(all["tasks"].as_array().unwrap().len(), 7);
    assert_eq!(all["edges"].as_array().unwrap().len(), 4);
    assert_eq!(all["tasks"][6]["finally"], true);
}

#[test]
fn a_flow_that_is_wrong_is_not_drawn() {
    let place = Place::new(&[("flow.yaml", WRONG)]);
    let run = place.run("graph --format svg").problems();
    assert_eq!(run.out, "");
}
