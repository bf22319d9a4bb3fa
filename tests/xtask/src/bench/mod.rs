//! Whole-process time and memory over generated flows.

pub mod passes;
pub mod peers;

use std::ffi::OsStr;
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
const CPU_BAR: f64 = 100.0;
/// The most megabytes that they may take.
const MEMORY_BAR: f64 = 60.0;
/// The same for a development build, of which more lies in memory, on a machine that may count in large pages.
const DEVELOPMENT_MEMORY_BAR: f64 = 95.0;
/// How many times more ten times the tasks may take.
const GROWTH_BAR: f64 = 12.0;

/// The targets that take a flow of that size; Metaflow refuses it.
const TOGETHER: [&str; 5] = ["argo", "airflow", "prefect", "compose", "kubeflow"];
/// How many times the CPU time of Argo alone all of them may take at once, by the shape of the flow.
const TOGETHER_BARS: [(Shape, f64); 2] = [(Shape::Linear, 3.2), (Shape::Layered, 3.4)];

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
    report.step("generated flows to several targets at once", |checks| {
        println!("   shape       tasks   CPU ms  times Argo's  peak MB");
        for (shape, bar) in TOGETHER_BARS {
            let result = together(&program, shape, bar, runs);
            checks.result(shape.name(), result);
        }
    });
}

/// What a flow costs that is written for several targets at once, beside Argo alone.
fn together(program: &Path, shape: Shape, bar: f64, runs: usize) -> Result<(), String> {
    let work = house::work("bench-together");
    let tasks = SIZES[1];
    let file = work.join(format!("{}.yaml", shape.name()));
    fs::write(&file, generate::flow(shape, tasks)).map_err(|error| error.to_string())?;
    let of = |targets: &str| {
        let out = work.join(targets);
        let cost = measure(program, targets, &file, Some(&out), runs)?;
        match cost.exit {
            0 => Ok(cost),
            exit => Err(format!("exit {exit}: {}", cost.stderr)),
        }
    };
    let (one, all) = (of(TOGETHER[0])?, of(&TOGETHER.join(","))?);
    let times = all.cpu_ms / one.cpu_ms;
    println!(
        "   {:9} {tasks:7} {:8.1} {times:13.2} {:8.1}",
        shape.name(),
        all.cpu_ms,
        all.peak_mb,
    );
    if times > bar {
        return Err(format!(
            "it takes {times:.2} times as long, more than {bar}"
        ));
    }
    Ok(())
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
            let cost = measure(program, target, &file, None, runs)?;
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
                .and_then(|()| measure(program, "argo", &file, None, 1));
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

/// Without a folder, what is written goes to standard output.
fn measure(
    program: &Path,
    target: &str,
    file: &Path,
    out: Option<&Path>,
    runs: usize,
) -> Result<Cost, String> {
    let out = out.map(|out| [OsStr::new("--out"), out.as_os_str()]);
    let said = process::demand(
        process::command(engines::python()?)
            .arg(house::engine_files().join("measure.py"))
            .arg(runs.to_string())
            .arg(program)
            .arg("compile")
            .arg(file)
            .args(["--target", target, "--format", "concise"])
            .args(out.into_iter().flatten()),
    )?;
    serde_json::from_str(&said).map_err(|error| error.to_string())
}
