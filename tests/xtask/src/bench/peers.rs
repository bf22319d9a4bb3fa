//! Other programs that make workflows of graphs, beside flowc: the same graph, each as a whole process.
//!
//! A peer is given what its users write: a program over its library, or its configuration. That is written
//! before, and only what the peer does with it is measured.

use std::fs;
use std::path::{Path, PathBuf};

use flowc_tests::generate::{self, Shape};
use serde::Deserialize;

use crate::report::{Checks, Report};
use crate::{cargo, engines, house, process};

/// Tasks, from few to many.
const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

/// What ends a process that has used its CPU time.
const OUT_OF_TIME: i32 = -24;

/// What the script that writes for Metaflow exits with when it cannot say a graph.
const CANNOT_SAY: &str = "metaflow cannot say it";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Hera,
    Kfp,
    DagFactory,
    Metaflow,
}

impl Peer {
    const ALL: [Self; 4] = [Self::Hera, Self::Kfp, Self::DagFactory, Self::Metaflow];

    fn name(self) -> &'static str {
        match self {
            Self::Hera => "hera",
            Self::Kfp => "kfp",
            Self::DagFactory => "dag-factory",
            Self::Metaflow => "metaflow",
        }
    }

    /// The lock file of its packages.
    fn lock(self) -> &'static str {
        match self {
            Self::Kfp => "kubeflow",
            other => other.name(),
        }
    }

    /// What flowc compiles the same graph to, and how.
    fn target(self) -> &'static [&'static str] {
        match self {
            Self::Hera => &["argo"],
            Self::Kfp => &["kubeflow"],
            Self::DagFactory => &["airflow", "--set", "runner=process"],
            Self::Metaflow => &["metaflow", "--set", "runner=process"],
        }
    }
}

/// What a process cost.
#[derive(Clone, Deserialize)]
struct Cost {
    cpu_ms: f64,
    peak_mb: f64,
    exit: i32,
    stderr: String,
}

/// What is compared: programs, folders, the limit.
struct Bench {
    flowc: PathBuf,
    work: PathBuf,
    seconds: u32,
}

/// Build the compiler as it is released, and print a table for each peer.
pub fn steps(report: &mut Report, seconds: u32, only: Option<&str>) {
    let Some(flowc) = cargo::release(report) else {
        return;
    };
    let bench = Bench {
        flowc,
        work: house::work("bench-peers"),
        seconds,
    };
    let wanted = |peer: &Peer| only.is_none_or(|only| peer.name() == only);
    for peer in Peer::ALL.into_iter().filter(wanted) {
        report.step(
            &format!("{} beside flowc", peer.name()),
            |checks| match engines::peer(peer.lock()) {
                Ok(engine) => bench.table(peer, &engine, checks),
                Err(error) => checks.fail(peer.name(), &error),
            },
        );
    }
}

impl Bench {
    fn table(&self, peer: Peer, engine: &Path, checks: &mut Checks) {
        println!("| shape | tasks | flowc CPU s | flowc MB | CPU s | MB | CPU | memory |");
        println!("|---|---|---|---|---|---|---|---|");
        for shape in Shape::ALL {
            for tasks in SIZES {
                match self.row(peer, engine, shape, tasks) {
                    Ok(goes_on) => {
                        checks.pass();
                        if !goes_on {
                            break;
                        }
                    }
                    Err(error) => {
                        let name = format!("{}, {} of {tasks}", peer.name(), shape.name());
                        checks.fail(&name, &error);
                        break;
                    }
                }
            }
        }
    }

    /// One line of the table, and whether the peer may be given more tasks.
    fn row(&self, peer: Peer, engine: &Path, shape: Shape, tasks: usize) -> Result<bool, String> {
        let own = self.own(peer, shape, tasks)?;
        let said = format!("| {} | {} |", shape.name(), thousands(tasks));
        let own_columns = match &own {
            Ok(cost) => format!(" {} |", columns(cost)),
            Err(why) => format!(" {why} | |"),
        };
        let theirs = match self.peer(peer, engine, shape, tasks) {
            Err(error) if error == CANNOT_SAY => {
                println!("{said}{own_columns} this graph cannot be said | | | |");
                return Ok(false);
            }
            other => other?,
        };
        if theirs.exit != 0 {
            let why = match theirs.exit {
                OUT_OF_TIME => format!("more than {} s", self.seconds),
                _ => last_line(&theirs.stderr),
            };
            println!("{said}{own_columns} {why} | | | |");
            return Ok(false);
        }
        let ratios = match &own {
            Ok(own) => format!(
                "{:.0}x | {:.1}x",
                theirs.cpu_ms / own.cpu_ms,
                theirs.peak_mb / own.peak_mb
            ),
            Err(_) => "|".to_owned(),
        };
        println!("{said}{own_columns} {} | {ratios} |", columns(&theirs));
        Ok(true)
    }

    /// What flowc costs; or, in a few words, why there is no answer: the target does not take a flow of this
    /// size, or the time was over.
    fn own(
        &self,
        peer: Peer,
        shape: Shape,
        tasks: usize,
    ) -> Result<Result<Cost, &'static str>, String> {
        let file = self.work.join(format!("{}-{tasks}.yaml", shape.name()));
        fs::write(&file, generate::flow(shape, tasks)).map_err(|error| error.to_string())?;
        let out = self.fresh("own")?;
        let mut command = vec![self.flowc.display().to_string(), "compile".to_owned()];
        command.push(file.display().to_string());
        command.push("--target".to_owned());
        command.extend(peer.target().iter().map(|word| (*word).to_owned()));
        command.extend(["--format", "concise", "--out"].map(str::to_owned));
        command.push(out.display().to_string());
        let cost = self.measure(tasks, &command, &self.work)?;
        match cost.exit {
            0 => Ok(Ok(cost)),
            1 => Ok(Err("refused: too large for the target")),
            OUT_OF_TIME => Ok(Err("out of time")),
            exit => Err(format!("flowc exits with {exit}: {}", cost.stderr)),
        }
    }

    fn peer(&self, peer: Peer, engine: &Path, shape: Shape, tasks: usize) -> Result<Cost, String> {
        let name = shape.name();
        let graph = self.work.join(format!("{name}-{tasks}.json"));
        let upstream: Vec<Vec<usize>> =
            (0..tasks).map(|task| shape.upstream(task, tasks)).collect();
        let text = serde_json::json!({ "name": name, "upstream": upstream }).to_string();
        fs::write(&graph, text).map_err(|error| error.to_string())?;
        let out = self.fresh("peer")?;
        let python = engine.join("bin/python");
        let script = |file: &str| house::engine_files().join("peers").join(file);
        let words = |words: &[&Path]| -> Vec<String> {
            words
                .iter()
                .map(|word| word.display().to_string())
                .collect()
        };
        let command = match peer {
            Peer::Hera => words(&[
                &python,
                &script("hera_argo.py"),
                &graph,
                &out.join("out.yaml"),
            ]),
            Peer::Kfp => words(&[
                &python,
                &script("kfp_pipeline.py"),
                &graph,
                &out.join("out.yaml"),
            ]),
            Peer::DagFactory => {
                // dag-factory names the DAG as its configuration does, and the script looks for that name.
                let config = out.join(format!("{name}.yaml"));
                let script = script("dag_factory_load.py");
                process::demand(
                    process::command(&python)
                        .arg(&script)
                        .arg("--write")
                        .args([&graph, &config]),
                )?;
                words(&[&python, &script, &config])
            }
            Peer::Metaflow => {
                let flow = out.join("flow.py");
                let script = script("metaflow_flow.py");
                let written = process::command(&python)
                    .arg(&script)
                    .args([&graph, &flow])
                    .status()
                    .map_err(|error| error.to_string())?;
                match written.code() {
                    Some(0) => {}
                    Some(3) => return Err(CANNOT_SAY.to_owned()),
                    _ => return Err("the flow for Metaflow could not be written".to_owned()),
                }
                let mut command = words(&[&python, &flow]);
                command.extend(["--no-pylint", "check"].map(str::to_owned));
                command
            }
        };
        self.measure(tasks, &command, &out)
    }

    /// An empty folder.
    fn fresh(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.work.join(name);
        let made = match folder.exists() {
            true => fs::remove_dir_all(&folder),
            false => Ok(()),
        };
        made.and_then(|()| fs::create_dir_all(&folder))
            .map_err(|error| error.to_string())?;
        Ok(folder)
    }

    /// The best of three runs of what is small, and one run of the rest.
    fn measure(&self, tasks: usize, command: &[String], home: &Path) -> Result<Cost, String> {
        let runs = if tasks <= 1_000 { "3" } else { "1" };
        let said = process::demand(
            process::command(engines::python()?)
                .arg(house::engine_files().join("measure.py"))
                .args([runs, "--cpu-seconds", &self.seconds.to_string()])
                .args(command)
                .current_dir(home)
                .env("AIRFLOW_HOME", home)
                .env("METAFLOW_HOME", home)
                .env("METAFLOW_USER", "flowc")
                .env("METAFLOW_DEFAULT_DATASTORE", "local")
                .env("DO_NOT_TRACK", "1"),
        )?;
        serde_json::from_str(&said).map_err(|error| error.to_string())
    }
}

/// CPU seconds and megabytes.
fn columns(cost: &Cost) -> String {
    format!("{:.3} | {:.0}", cost.cpu_ms / 1e3, cost.peak_mb)
}

/// `10,000`.
fn thousands(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}

fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or("it failed").replace('|', "/")
}
