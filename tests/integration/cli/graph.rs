//! `graph`: a flow drawn in five ways, as written and after the passes.

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

#[test]
fn one_is_not_called_many() {
    let flow = "flow: one\ndefaults: { image: 'busybox:1.36' }\ntasks:\n  only: { run: ./only }\n";
    let place = Place::new(&[("flow.yaml", flow)]);
    let run = place.run("graph --before-after").fine();
    assert_eq!(run.out, "one\n1 process, 0 dependencies\n└─ only\n");
}

/// Something for every pass that changes the graph.
const PASSES: &str = "\
flow: mixed
defaults: { image: 'busybox:1.36' }
parameters: { day: monday }
tasks:
  extract: { run: ./extract, outputs: { o: string } }
  load: { env: { O: '${{ tasks.extract.outputs.o }}' }, run: ./load }
  old: { when: '${{ false }}', run: ./old }
  unread: { pure: true, run: ./count, outputs: { n: integer } }
  made_a: { pure: true, run: ./make, outputs: { o: string } }
  made_b: { pure: true, run: ./make, outputs: { o: string } }
  use_a: { env: { O: '${{ tasks.made_a.outputs.o }}' }, retries: 1, run: ./use a }
  use_b: { env: { O: '${{ tasks.made_b.outputs.o }}' }, when: \"${{ true || parameters.day == 'x' }}\", retries: 1, run: ./use b }
  publish: { depends_on: [load, use_a, use_b, made_a], run: ./publish, retries: 2 }
";

#[test]
fn what_passes_do_is_one_drawing() {
    let place = Place::new(&[("flow.yaml", PASSES)]);
    let run = place.run("graph -O2 --before-after").fine();
    assert_eq!(
        run.out,
        "\
mixed
9 processes → 5, 7 dependencies → 5
├─ + extract_to_load  one process
│  ├─ extract
│  └─ load  ← extract
├─ - old  never runs  when false
├─ - unread  nobody reads it
├─ made_a
├─ - made_b  the same as made_a
├─ use_a  ← made_a
├─ ~ use_b  no longer when true  ← +made_a, -made_b
└─ publish  ← extract_to_load, use_a, use_b, -made_a
"
    );
    let svg = place
        .run("graph -O2 --before-after --format svg")
        .fine()
        .out;
    for class in ["box gone", "group new", "box changed", "arrow gone"] {
        assert!(
            svg.contains(&format!("class=\"{class}\"")),
            "{class}\n{svg}"
        );
    }
    let mermaid = place
        .run("graph -O2 --before-after --format mermaid")
        .fine()
        .out;
    assert!(mermaid.contains("[\"old (gone)<br/>"), "{mermaid}");
    assert!(mermaid.contains("-.->") && mermaid.contains("classDef new "));
    let dot = place
        .run("graph -O2 --before-after --format dot")
        .fine()
        .out;
    assert!(dot.contains("label=\"- old\\n"), "{dot}");
    let json = place.run("graph -O2 --before-after --format json").fine();
    let all: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(all["before"]["processes"], 9);
    assert_eq!(all["after"]["processes"], 5);
    let task = |name: &str| {
        let tasks = all["tasks"].as_array().unwrap();
        tasks.iter().find(|task| task["task"] == name).unwrap()
    };
    assert_eq!(task("old")["change"], "gone");
    assert_eq!(task("extract")["group"], "extract_to_load");
    assert_eq!(task("use_a")["change"], Value::Null);
}

#[test]
fn passes_are_chosen_as_for_compile() {
    let place = Place::new(&[("flow.yaml", PASSES)]);
    let written = place.run("graph").fine().out;
    assert_eq!(place.run("graph -O0").fine().out, written);
    assert_eq!(place.run("graph -O0 --target argo").fine().out, written);
    let optimised = place.run("graph --target argo").fine().out;
    assert!(!optimised.contains("old") && optimised.contains("extract\n"));
    let one = place.run("graph -O0 --pass never").fine().out;
    assert!(!one.contains("old") && one.contains("unread"));
    let run = place.run("graph --no-pass nevr").refused();
    assert!(run.err.contains("did you mean `never`?"), "{}", run.err);
    place.run("check --target all --no-pass nevr").refused();
    let compared = |options: &str| place.run(&format!("compare {options} --format json"));
    assert_ne!(compared("-O0").fine().out, compared("-O2").fine().out);
}

#[test]
fn a_target_shows_what_it_adds() {
    let place = Place::new(&[(
        "flow.yaml",
        "flow: waits\ndefaults: { image: 'busybox:1.36' }\ntasks:\n  a: { run: a }\n  b: { run: b }\n  c: { depends_on: [a, b], run: c }\n  \
         d: { depends_on: [b], run: d }\n  e: { run: e, for_each: [1, 2], allow_failure: '${{ item == 1 }}' }\n",
    )]);
    let metaflow = place.run("graph --target metaflow").fine().out;
    assert!(metaflow.contains("d  ← b, +a\n"), "{metaflow}");
    assert!(
        metaflow.contains("+ or green: a wait that only the target asks for\nalso run: start, "),
        "{metaflow}"
    );
    let airflow = place.run("graph --target airflow").fine().out;
    assert!(airflow.contains("with _flowc_e_all"), "{airflow}");
    let compose = place.run("graph --target compose").fine().out;
    assert!(compose.contains("also run: start, run\n"), "{compose}");
}

#[test]
fn equal_shapes_are_told_with_what_uses_them() {
    let place = Place::new(&[(
        "flow.yaml",
        "flow: shapes\ndefaults: { image: 'busybox:1.36' }\ntasks:\n  a: { env: { P: '1' }, run: ./x }\n  \
         b: { env: { P: '2' }, run: ./x }\n  c: { depends_on: [a], run: ./y }\n",
    )]);
    let told = |target: &str| {
        let command = format!("compile --target {target} --explain-opt");
        place.run(&command).fine().err
    };
    let argo = told("argo");
    assert!(
        argo.contains(": 1 written once\n  template `a` is used 2 times: a, b\n"),
        "{argo}"
    );
    for target in ["airflow", "metaflow", "prefect"] {
        let text = told(target);
        assert!(text.contains("  function `sh` is used 3 times\n"), "{text}");
    }
    let plan = place.run("inspect --stage plan --target argo").fine().out;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan[0]["shared"][0]["times"], 2);
}
