//! Every example for every target: what it becomes is a snapshot, files or codes.

use flowc_cli::commands::compare::Comparison;
use flowc_cli::request::requests;
use flowc_core::flow::Flow;
use flowc_core::ir;
use flowc_core::passes::Options;
use flowc_core::target::{Bundle, Settings, Target, settings};

use crate::harness::{Files, check_with, render, root};

/// A name for the snapshot, then target, version and options.
type Way = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// What every example is compiled for.
const WAYS: [Way; 14] = [
    ("argo-4.1", "argo", "4.1", &[]),
    ("argo-3.6", "argo", "3.6", &[]),
    ("argo-volume", "argo", "4.1", &[("artifacts", "volume")]),
    ("airflow-3", "airflow", "3", &[]),
    (
        "airflow-3-process",
        "airflow",
        "3",
        &[("runner", "process")],
    ),
    ("airflow-3-docker", "airflow", "3", &[("runner", "docker")]),
    ("airflow-2.11", "airflow", "2.11", &[]),
    ("kubeflow", "kubeflow", "2", &[]),
    (
        "airflow-2.11-process",
        "airflow",
        "2.11",
        &[("runner", "process")],
    ),
    ("compose", "compose", "5", &[]),
    ("metaflow", "metaflow", "2.19", &[]),
    (
        "metaflow-process",
        "metaflow",
        "2.19",
        &[("runner", "process")],
    ),
    ("prefect", "prefect", "3", &[]),
    ("prefect-process", "prefect", "3", &[("runner", "process")]),
];

/// One more way for examples that it makes a difference to.
const JOBS: Way = (
    "prefect-kubernetes",
    "prefect",
    "3",
    &[("runner", "kubernetes")],
);
const WITH_JOBS: [&str; 5] = [
    "01-hello",
    "08-retries",
    "15-machines",
    "18-churn-training",
    "19-two-models",
];

/// What an example is compiled for.
fn ways(name: &str) -> impl Iterator<Item = Way> {
    WAYS.into_iter()
        .chain(WITH_JOBS.contains(&name).then_some(JOBS))
}

/// The name, path and text of every example.
fn examples() -> Vec<(String, String, String)> {
    let mut examples: Vec<_> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| root().join("examples").join(name).is_dir())
        .map(|name| {
            let path = format!("examples/{name}/flow.yaml");
            let text = std::fs::read_to_string(root().join(&path)).unwrap();
            (name, path, text)
        })
        .collect();
    examples.sort();
    examples
}

fn way((_, target, version, options): Way, source: &str) -> (&'static dyn Target, Settings) {
    let target = flowc_targets::find(target).unwrap();
    let set: Vec<_> = options
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let settings = settings(target, Some(version), &set, source).unwrap();
    (target, settings)
}

fn emit(flow: &Flow, (target, settings): (&dyn Target, &Settings)) -> Bundle {
    target.emit(&target.plan(flow, settings), settings)
}

/// All files of a bundle as one text.
fn joined(bundle: &Bundle) -> String {
    let mut out = String::new();
    for (path, text) in &bundle.files {
        out.push_str(&format!("//// {path}\n{text}"));
    }
    out
}

#[test]
fn every_example_becomes_what_its_snapshots_show() {
    for (name, path, text) in examples() {
        for way_of in ways(&name) {
            let (target, settings) = way(way_of, &path);
            let checked = check_with(&path, &text, Files::In(root()), Some((target, &settings)));
            let shown = match &checked.flow {
                Some(flow) if !checked.diagnostics.has_errors() => {
                    joined(&emit(flow, (target, &settings)))
                }
                _ => render(&checked),
            };
            insta::with_settings!({
                snapshot_path => root().join("snapshots/examples").join(&name),
                prepend_module_to_snapshot => false,
                omit_expression => true,
            }, {
                insta::assert_snapshot!(way_of.0, shown);
            });
        }
    }
}

#[test]
fn every_example_is_free_of_errors_and_of_warnings_that_no_target_gives() {
    for (name, path, text) in examples() {
        let checked = check_with(&path, &text, Files::In(root()), None);
        let worst: Vec<_> = checked
            .diagnostics
            .iter()
            .filter(|d| d.severity != flowc_core::diagnostic::Severity::Note)
            .map(|d| &d.message)
            .collect();
        assert!(worst.is_empty(), "{name}: {worst:?}");
    }
}

#[test]
fn an_example_read_back_from_its_json_becomes_the_same_files() {
    for (name, path, text) in examples() {
        let checked = check_with(&path, &text, Files::In(root()), None);
        let flow = checked.flow.unwrap();
        let json = ir::to_json(&flow);
        let again = check_with(
            "flow.ir.json",
            &json,
            Files::Given(Default::default()),
            None,
        );
        assert!(
            !again.diagnostics.has_errors(),
            "{name}: {}",
            render(&again)
        );
        let read = again.flow.unwrap();
        for way_of in ways(&name) {
            let (target, settings) = way(way_of, &path);
            let one = check_with(&path, &text, Files::In(root()), Some((target, &settings)));
            if one.diagnostics.has_errors() {
                continue;
            }
            assert_eq!(
                emit(&flow, (target, &settings)),
                emit(&read, (target, &settings)),
                "{name} for {}",
                way_of.0
            );
        }
    }
}

#[test]
fn compiling_twice_gives_the_same_bytes() {
    for (name, path, text) in examples() {
        for way_of in ways(&name) {
            let (target, settings) = way(way_of, &path);
            let run = || {
                let checked =
                    check_with(&path, &text, Files::In(root()), Some((target, &settings)));
                let errors = checked.diagnostics.has_errors();
                let flow = checked.flow.unwrap();
                (!errors).then(|| emit(&flow, (target, &settings)))
            };
            assert_eq!(run(), run());
        }
    }
}

#[test]
fn every_example_is_compared_on_all_targets() {
    for (name, path, text) in examples() {
        let mut checked = check_with(&path, &text, Files::In(root()), None);
        let flow = checked.flow.take().unwrap();
        let requests = requests(&["all".to_owned()], &[], &path).unwrap();
        let page =
            Comparison::new(&flow, &requests, &Options::default(), &checked.sources).markdown();
        insta::with_settings!({
            snapshot_path => root().join("snapshots/examples").join(&name),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("compare", page);
        });
    }
}
