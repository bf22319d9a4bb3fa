//! What each stage costs over generated flows: `cargo bench --package flowc-targets`.
//!
//! Whole processes are measured by `cargo xtask bench`.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use flowc_core::analysis::Analysis;
use flowc_core::checks;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::document;
use flowc_core::flow::Flow;
use flowc_core::loss;
use flowc_core::resolve::{Loader, resolve};
use flowc_core::source::Sources;
use flowc_core::target::{self, Settings, Target};
use flowc_tests::generate::{self, Shape};

const SIZES: [usize; 2] = [1_000, 10_000];
const SHAPES: [Shape; 3] = [Shape::Linear, Shape::Diamonds, Shape::FanIn];

fn main() {
    divan::main();
}

/// From text to YAML nodes.
#[divan::bench(args = inputs(), sample_count = 10)]
fn parse(bencher: Bencher, input: &Input) {
    let text = input.text();
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text.as_str());
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| document::parse(file, &text, &mut Diagnostics::default()));
}

/// From text to a flow, reading included.
#[divan::bench(args = inputs(), sample_count = 10)]
fn parse_and_resolve(bencher: Bencher, input: &Input) {
    let text = input.text();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| resolved(&text));
}

/// What may become of every task.
#[divan::bench(args = inputs(), sample_count = 10)]
fn analyse(bencher: Bencher, input: &Input) {
    let flow = input.flow();
    bencher
        .counter(ItemsCount::new(input.tasks))
        .bench_local(|| Analysis::new(&flow));
}

/// All checks that are about the flow alone, the analysis included.
#[divan::bench(args = inputs(), sample_count = 10)]
fn check(bencher: Bencher, input: &Input) {
    let flow = input.flow();
    bencher
        .counter(ItemsCount::new(input.tasks))
        .bench_local(|| checks::check(&flow, &mut Diagnostics::default()));
}

/// The features that a flow uses, as a target sees them.
#[divan::bench(args = inputs(), sample_count = 10)]
fn losses(bencher: Bencher, input: &Input) {
    let flow = input.flow();
    let (target, settings) = target_of("argo");
    bencher
        .counter(ItemsCount::new(input.tasks))
        .bench_local(|| loss::losses(&flow, target, &settings));
}

/// From a flow to YAML. Lowering and printing are one measure: the text of a large flow is written while it
/// is checked, as its size is one of the things to check.
#[divan::bench(args = inputs(), sample_count = 10)]
fn emit_argo(bencher: Bencher, input: &Input) {
    let flow = input.flow();
    let (target, settings) = target_of("argo");
    bencher
        .counter(ItemsCount::new(input.tasks))
        .bench_local(|| target.prepare(&flow, &settings, &mut Diagnostics::default())());
}

/// From a flow to Python.
#[divan::bench(args = inputs(), sample_count = 10)]
fn emit_airflow(bencher: Bencher, input: &Input) {
    let flow = input.flow();
    let (target, settings) = target_of("airflow");
    bencher
        .counter(ItemsCount::new(input.tasks))
        .bench_local(|| target.emit(&target.plan(&flow, &settings), &settings));
}

/// A generated flow.
struct Input {
    shape: Shape,
    tasks: usize,
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.shape.name(), self.tasks)
    }
}

impl Input {
    fn text(&self) -> String {
        generate::flow(self.shape, self.tasks)
    }

    fn flow(&self) -> Flow {
        resolved(&self.text())
    }
}

fn inputs() -> impl Iterator<Item = Input> {
    SHAPES
        .into_iter()
        .flat_map(|shape| SIZES.map(|tasks| Input { shape, tasks }))
}

/// Generated flows have no other files.
struct Alone;

impl Loader for Alone {
    fn load(&mut self, path: &str) -> Result<String, String> {
        Err(format!("there is no {path}"))
    }
}

fn target_of(name: &str) -> (&'static dyn Target, Settings) {
    let target = flowc_targets::find(name).expect("a target of this name");
    let settings = target::settings(target, None, &[], "flow.yaml").expect("default settings");
    (target, settings)
}

fn resolved(text: &str) -> Flow {
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let flow = resolve(&mut sources, file, &mut Alone, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "a generated flow is a good flow");
    flow.expect("a flow without errors")
}
