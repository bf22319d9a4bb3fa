//! What each stage costs over generated flows: `cargo bench --package flowc-targets`.
//!
//! Whole processes are measured by `cargo xtask bench`.

use divan::Bencher;
use divan::counter::BytesCount;
use flowc_core::checks;
use flowc_core::diagnostic::Diagnostics;
use flowc_core::document;
use flowc_core::flow::Flow;
use flowc_core::resolve::{Loader, resolve};
use flowc_core::source::Sources;
use flowc_core::target::{self, Settings, Target};
use flowc_tests::generate::{self, Shape};

const SIZES: [usize; 2] = [1_000, 10_000];

fn main() {
    divan::main();
}

/// Generated flows have no other files.
struct Alone;

impl Loader for Alone {
    fn load(&mut self, path: &str) -> Result<String, String> {
        Err(format!("there is no {path}"))
    }
}

#[divan::bench_group(sample_count = 10)]
mod linear {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn parse(bencher: Bencher, tasks: usize) {
        bench_parse(bencher, Shape::Linear, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn resolve(bencher: Bencher, tasks: usize) {
        bench_resolve(bencher, Shape::Linear, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn check(bencher: Bencher, tasks: usize) {
        bench_check(bencher, Shape::Linear, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn emit_argo(bencher: Bencher, tasks: usize) {
        bench_emit(bencher, Shape::Linear, tasks, "argo");
    }

    #[divan::bench(args = SIZES)]
    fn emit_airflow(bencher: Bencher, tasks: usize) {
        bench_emit(bencher, Shape::Linear, tasks, "airflow");
    }
}

#[divan::bench_group(sample_count = 10)]
mod diamonds {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn resolve(bencher: Bencher, tasks: usize) {
        bench_resolve(bencher, Shape::Diamonds, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn check(bencher: Bencher, tasks: usize) {
        bench_check(bencher, Shape::Diamonds, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn emit_argo(bencher: Bencher, tasks: usize) {
        bench_emit(bencher, Shape::Diamonds, tasks, "argo");
    }

    #[divan::bench(args = SIZES)]
    fn emit_airflow(bencher: Bencher, tasks: usize) {
        bench_emit(bencher, Shape::Diamonds, tasks, "airflow");
    }
}

#[divan::bench_group(sample_count = 10)]
mod fan_in {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn resolve(bencher: Bencher, tasks: usize) {
        bench_resolve(bencher, Shape::FanIn, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn check(bencher: Bencher, tasks: usize) {
        bench_check(bencher, Shape::FanIn, tasks);
    }

    #[divan::bench(args = SIZES)]
    fn emit_argo(bencher: Bencher, tasks: usize) {
        bench_emit(bencher, Shape::FanIn, tasks, "argo");
    }

    #[divan::bench(args = SIZES)]
    fn emit_airflow(bencher: Bencher, tasks: usize) {
        bench_emit(bencher, Shape::FanIn, tasks, "airflow");
    }
}

fn bench_parse(bencher: Bencher, shape: Shape, tasks: usize) {
    let text = generate::flow(shape, tasks);
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text.as_str());
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| document::parse(file, &text, &mut Diagnostics::default()));
}

fn bench_resolve(bencher: Bencher, shape: Shape, tasks: usize) {
    let text = generate::flow(shape, tasks);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| resolved(&text));
}

fn bench_check(bencher: Bencher, shape: Shape, tasks: usize) {
    let flow = resolved(&generate::flow(shape, tasks));
    bencher.bench(|| {
        let mut diagnostics = Diagnostics::default();
        checks::check(&flow, &mut diagnostics);
        diagnostics
    });
}

fn bench_emit(bencher: Bencher, shape: Shape, tasks: usize, name: &str) {
    let flow = resolved(&generate::flow(shape, tasks));
    let (target, settings) = target_of(name);
    bencher.bench(|| target.emit(&target.plan(&flow, &settings), &settings));
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
