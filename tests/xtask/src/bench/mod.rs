//! Whole-process time and memory over generated flows.

pub mod passes;
pub mod peers;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowc_tests::generate::{self, Shape};
use serde::Deserialize;

use crate::engines;
use crate::report::{Checks, Report};
use crate::{cargo, house, process};

/// The sizes that growth is measured between.
const SIZES: [usize; 2] = [1_000, 10_000];
/// How large the largest flow is; one shape to Argo is enough to see that nothing grows faster.
const LARGEST: usize = 100_000;
/// The most CPU time that 10,000 tasks may take to Argo, times what libyaml takes to copy their file: 80 ms where it
/// takes 58. Machines differ, and one machine's hours too; the two do so together.
const CPU_BAR: f64 = 80.0 / 58.0;
/// The most megabytes that they may take.
const MEMORY_BAR: f64 = 60.0;
/// The same for a development build, of which more lies in memory, on a machine that may count in large pages.
const DEVELOPMENT_MEMORY_BAR: f64 = 95.0;
/// How many times more ten times the tasks may take.
const GROWTH_BAR: f64 = 12.0;

/// The targets that take a flow of that size; Metaflow refuses it.
const TOGETHER: [&str; 5] = ["argo", "airflow", "prefect", "compose", "kubeflow"];
/// The shapes that are measured so.
const TOGETHER_SHAPES: [Shape; 2] = [Shape::Linear, Shape::Layered];
/// How many times more all of them at once may take than one may, of time and of memory.
const TOGETHER_BAR: f64 = 2.5;

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
    let mut copier = None;
    report.step("libyaml, to measure by", |checks| {
        match engines::yaml_copier() {
            Ok(program) => copier = Some(program),
            Err(error) => return checks.fail("libyaml", &error),
        }
        checks.pass();
    });
    let Some(copier) = copier else { return };
    let bench = Bench {
        program,
        copier,
        runs,
    };
    for target in ["argo", "airflow"] {
        report.step(&format!("generated flows to {target}"), |checks| {
            if let Err(error) = bench.growing(target, checks) {
                checks.fail(target, &error);
            }
        });
    }
    report.step("generated flows to several targets at once", |checks| {
        println!("   shape       tasks   CPU ms  of copy  of Argo  peak MB");
        for shape in TOGETHER_SHAPES {
            let result = bench.together(shape);
            checks.result(shape.name(), result);
        }
    });
}

/// What measures whole processes.
struct Bench {
    program: PathBuf,
    /// Copies a YAML file by libyaml.
    copier: PathBuf,
    runs: usize,
}

impl Bench {
    /// What a flow costs that is written for several targets at once, beside Argo alone and a copy of its file.
    fn together(&self, shape: Shape) -> Result<(), String> {
        let work = house::work("bench-together");
        let tasks = SIZES[1];
        let file = work.join(format!("{}.yaml", shape.name()));
        fs::write(&file, generate::flow(shape, tasks)).map_err(|error| error.to_string())?;
        let of = |targets: &str| {
            let out = work.join(targets);
            let cost = measure(&self.program, targets, &file, Some(&out), self.runs)?;
            cost.well()
        };
        let copy = self.copy(&file)?;
        let (one, all) = (of(TOGETHER[0])?, of(&TOGETHER.join(","))?);
        let of_copy = all.cpu_ms / copy.cpu_ms;
        println!(
            "   {:9} {tasks:7} {:8.1} {of_copy:8.2} {:8.2} {:8.1}",
            shape.name(),
            all.cpu_ms,
            all.cpu_ms / one.cpu_ms,
            all.peak_mb,
        );
        within(&[
            ("CPU, times a copy,", of_copy, TOGETHER_BAR * CPU_BAR),
            ("peak MB", all.peak_mb, TOGETHER_BAR * MEMORY_BAR),
        ])
    }

    /// What flows of growing size cost, of each shape.
    fn growing(&self, target: &str, checks: &mut Checks) -> Result<(), String> {
        let work = house::work(&format!("bench-{target}"));
        println!("   shape       tasks      MB   CPU ms  of copy  wall ms  peak MB");
        for shape in Shape::ALL {
            let mut costs = Vec::new();
            let largest = (shape == Shape::Linear && target == "argo").then_some(LARGEST);
            for tasks in SIZES.into_iter().chain(largest) {
                let file = work.join(format!("{}-{tasks}.yaml", shape.name()));
                let text = generate::flow(shape, tasks);
                fs::write(&file, &text).map_err(|error| error.to_string())?;
                let copy = self.copy(&file)?;
                let cost = measure(&self.program, target, &file, None, self.runs)?;
                let of_copy = cost.cpu_ms / copy.cpu_ms;
                println!(
                    "   {:9} {tasks:7} {:7.2} {:8.1} {of_copy:8.2} {:8.1} {:8.1}",
                    shape.name(),
                    text.len() as f64 / 1e6,
                    cost.cpu_ms,
                    cost.wall_ms,
                    cost.peak_mb,
                );
                costs.push((cost, of_copy));
            }
            judge(shape, target, &costs, checks);
        }
        Ok(())
    }

    /// What libyaml takes to copy the file.
    fn copy(&self, file: &Path) -> Result<Cost, String> {
        let to = file.with_extension("copy");
        let cost = measured(self.runs, |command| {
            command.arg(&self.copier).arg(file).arg(&to)
        })?;
        cost.well()
    }
}

impl Cost {
    /// Of a process that has ended well.
    fn well(self) -> Result<Self, String> {
        match self.exit {
            0 => Ok(self),
            exit => Err(format!("exit {exit}: {}", self.stderr)),
        }
    }
}

/// What is above its bar, of names, values and bars.
fn within(bars: &[(&str, f64, f64)]) -> Result<(), String> {
    let above: Vec<String> = bars
        .iter()
        .filter(|(_, value, bar)| value > bar)
        .map(|(what, value, bar)| format!("{what} is {value:.2}, more than {bar:.2}"))
        .collect();
    match above.is_empty() {
        true => Ok(()),
        false => Err(above.join("\n")),
    }
}

/// The bars are for Argo; elsewhere it must end well, which a stack that overflows does not.
fn judge(shape: Shape, target: &str, costs: &[(Cost, f64)], checks: &mut Checks) {
    let [_, (large, of_copy), ..] = costs else {
        return;
    };
    let name = format!("{} to {target}", shape.name());
    let growths: Vec<f64> = costs
        .windows(2)
        .map(|pair| pair[1].0.cpu_ms / pair[0].0.cpu_ms)
        .collect();
    let shown: Vec<String> = growths
        .iter()
        .map(|growth| format!("{growth:.1}"))
        .collect();
    println!("   {:9} growth {}", shape.name(), shown.join(", "));
    let growth = growths.iter().copied().fold(0.0, f64::max);
    let bars = [
        ("CPU, times a copy,", *of_copy, CPU_BAR),
        ("peak MB", large.peak_mb, MEMORY_BAR),
        ("growth", growth, GROWTH_BAR),
    ];
    let ended = costs.iter().find(|(cost, _)| cost.exit != 0);
    checks.result(
        &name,
        match ended {
            Some((cost, _)) => Err(format!("exit {}: {}", cost.exit, cost.stderr)),
            None if target == "argo" => within(&bars),
            None => Ok(()),
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
    measured(runs, |command| {
        command
            .arg(program)
            .arg("compile")
            .arg(file)
            .args(["--target", target, "--format", "concise"])
            .args(out.into_iter().flatten())
    })
}

/// What the command costs, as a whole process.
fn measured(runs: usize, what: impl FnOnce(&mut Command) -> &mut Command) -> Result<Cost, String> {
    let mut command = process::command(engines::python()?);
    command
        .arg(house::engine_files().join("measure.py"))
        .arg(runs.to_string());
    let said = process::demand(what(&mut command))?;
    serde_json::from_str(&said).map_err(|error| error.to_string())
}
