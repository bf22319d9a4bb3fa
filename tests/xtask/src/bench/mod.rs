//! Whole-process time and memory over generated flows.

pub mod passes;
pub mod peers;

use std::fs;
use std::path::Path;

use flowc_tests::generate::{self, Shape};
use serde::Deserialize;

use crate::engines;
use crate::report::{Checks, Report};
use crate::{cargo, house, process};

/// The sizes that growth is measured between.
const SIZES: [usize; 2] = [1_000, 10_000];
/// How large the largest flow is; one shape to Argo is enough to see that nothing grows faster.
const LARGEST: usize = 100_000;
/// The most CPU milliseconds that 10,000 tasks may take to Argo.
const CPU_BAR: f64 = 130.0;
/// The most megabytes that they may take.
const MEMORY_BAR: f64 = 90.0;
/// The same for a development build, of which more lies in memory, on a machine that may count in large pages.
const DEVELOPMENT_MEMORY_BAR: f64 = 105.0;
/// How many times more ten times the tasks may take.
const GROWTH_BAR: f64 = 12.0;

#[derive(Deserialize)]
struct Cost {
    cpu_ms: f64,
    wall_ms: f64,
    peak_mb: f64,
    exit: i32,
    stderr: String,
}

/// Build the compiler as it is released, measure it, and hold it to its bars.
pub fn steps(report: &mut Report, runs: usize) {
    let Some(program) = cargo::release(report) else {
        return;
    };
    for target in ["argo", "airflow"] {
        report.step(&format!("generated flows to {target}"), |checks| {
            if let Err(error) = measure_all(&program, target, runs, checks) {
                checks.fail(target, &error);
            }
        });
    }
}

fn measure_all(
    program: &Path,
    target: &str,
    runs: usize,
    checks: &mut Checks,
) -> Result<(), String> {
    let work = house::work(&format!("bench-{target}"));
    println!("   shape       tasks      MB   CPU ms  wall ms  peak MB");
    for shape in Shape::ALL {
        let mut costs = Vec::new();
        let largest = (shape == Shape::Linear && target == "argo").then_some(LARGEST);
        for tasks in SIZES.into_iter().chain(largest) {
            let file = work.join(format!("{}-{tasks}.yaml", shape.name()));
            let text = generate::flow(shape, tasks);
            fs::write(&file, &text).map_err(|error| error.to_string())?;
            let cost = measure(program, target, &file, runs)?;
            println!(
                "   {:9} {tasks:7} {:7.2} {:8.1} {:8.1} {:8.1}",
                shape.name(),
                text.len() as f64 / 1e6,
                cost.cpu_ms,
                cost.wall_ms,
                cost.peak_mb,
            );
            costs.push(cost);
        }
        judge(shape, target, &costs, checks);
    }
    Ok(())
}

/// The bars are for Argo; elsewhere it must end well, which a stack that overflows does not.
fn judge(shape: Shape, target: &str, costs: &[Cost], checks: &mut Checks) {
    let [_, large, ..] = costs else { return };
    let name = format!("{} to {target}", shape.name());
    let growths: Vec<f64> = costs
        .windows(2)
        .map(|pair| pair[1].cpu_ms / pair[0].cpu_ms)
        .collect();
    let shown: Vec<String> = growths
        .iter()
        .map(|growth| format!("{growth:.1}"))
        .collect();
    println!("   {:9} growth {}", shape.name(), shown.join(", "));
    let growth = growths.iter().copied().fold(0.0, f64::max);
    let mut problems = Vec::new();
    for cost in costs.iter().filter(|cost| cost.exit != 0) {
        problems.push(format!("exit {}: {}", cost.exit, cost.stderr));
    }
    if target == "argo" {
        let bars = [
            ("CPU ms", large.cpu_ms, CPU_BAR),
            ("peak MB", large.peak_mb, MEMORY_BAR),
            ("growth", growth, GROWTH_BAR),
        ];
        for (what, value, bar) in bars.into_iter().filter(|(_, value, bar)| value > bar) {
            problems.push(format!("{what} is {value:.1}, more than {bar}"));
        }
    }
    checks.result(
        &name,
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.join("\n"))
        },
    );
}

/// The peak memory of 10,000 tasks to Argo, by a development build: unlike time, it hardly depends on what
/// else a machine does, so it can be part of every test run.
pub fn memory(report: &mut Report, program: &Path) {
    report.step("peak memory of 10,000 tasks to Argo", |checks| {
        let work = house::work("bench-memory");
        for shape in Shape::ALL {
            let file = work.join(format!("{}.yaml", shape.name()));
            let cost = fs::write(&file, generate::flow(shape, SIZES[1]))
                .map_err(|error| error.to_string())
                .and_then(|()| measure(program, "argo", &file, 1));
            let result = match cost {
                Ok(cost) if cost.exit != 0 => Err(format!("exit {}: {}", cost.exit, cost.stderr)),
                Ok(cost) if cost.peak_mb > DEVELOPMENT_MEMORY_BAR => Err(format!(
                    "peak MB is {:.1}, more than {DEVELOPMENT_MEMORY_BAR}",
                    cost.peak_mb
                )),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            checks.result(shape.name(), result);
        }
    });
}

fn measure(program: &Path, target: &str, file: &Path, runs: usize) -> Result<Cost, String> {
    let said = process::demand(
        process::command(engines::python()?)
            .arg(house::engine_files().join("measure.py"))
            .arg(runs.to_string())
            .arg(program)
            .arg("compile")
            .arg(file)
            .args(["--target", target, "--format", "concise"]),
    )?;
    serde_json::from_str(&said).map_err(|error| error.to_string())
}
