//! The project's own test runner: every check there is, the real engines included.

mod airflow;
mod argo;
mod bench;
mod cargo;
mod compose;
mod conformance;
mod engines;
mod flowc;
mod hostile;
mod house;
mod kubeflow;
mod lanes;
mod metaflow;
mod prefect;
mod process;
mod reference;
mod report;
mod yaml;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use airflow::Airflow;
use conformance::Filter;
use engines::{Engine, PackageManager};
use flowc::Flowc;
use lanes::Steps;
use report::Report;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs the checks of flowc.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check: formatting, lints, docs, tests, and every engine.
    Test {
        /// Leave this engine out; the summary shows it. Can be given several times.
        #[arg(long, value_name = "ENGINE")]
        without: Vec<Engine>,
    },
    /// Install the engines and do nothing else.
    Engines {
        /// Only these; all when none is given.
        only: Vec<Engine>,
    },
    /// Compile the examples for Airflow and import them there.
    Airflow {
        /// 3 or 2.11; both when it is not given.
        #[arg(long)]
        version: Option<String>,
        /// Only examples with this in their name.
        example: Option<String>,
    },
    /// Run the conformance cases and the examples on every engine that runs flows.
    Conformance {
        /// Only targets whose name begins so: `airflow`, `airflow@2.11`.
        #[arg(long)]
        target: Option<String>,
        /// Only cases with this in their name; examples are `examples/NAME`. Can be given several times.
        #[arg(long)]
        case: Vec<String>,
        /// Write what came of the runs into docs/conformance.md, and the totals into the README.
        #[arg(long)]
        write: bool,
        /// Run so many random flows instead; a failure is made as small as it can be.
        #[arg(long, value_name = "COUNT")]
        random: Option<usize>,
        /// Where the random flows come from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Run what `-O2` makes otherwise than `-O1`, and that alone.
        #[arg(long)]
        optimised: bool,
        /// Leave this engine out.
        #[arg(long, value_name = "ENGINE")]
        without: Vec<Engine>,
    },
    /// Run flows by the real scheduler of Airflow: limits, times, waits, answers.
    Scheduler {
        /// 3 or 2.11; both when it is not given.
        #[arg(long)]
        version: Option<String>,
    },
    /// Run cases whose tasks Airflow starts as containers.
    Containers {
        /// 3 or 2.11; both when it is not given.
        #[arg(long)]
        version: Option<String>,
    },
    /// Compile the examples for Metaflow, and have it check them.
    Metaflow {
        /// Only examples with this in their name.
        example: Option<String>,
    },
    /// Compile the examples for Prefect, and check the files by ruff and pyright.
    Prefect,
    /// Read the examples with Kubeflow's own software, and run those that its local runner can run.
    Kubeflow,
    /// Compile the examples for Argo, and check them by schema and linter.
    ArgoLint {
        /// Check these files instead.
        files: Vec<PathBuf>,
    },
    /// Run flows by `flowc run --runner docker`.
    DockerRunner,
    /// Compile every case and example for Docker Compose, and have both versions read the files.
    Compose,
    /// Run the scripts of files for Docker Compose by the shells and awks of this machine.
    Shells {
        /// Run so many random flows instead.
        #[arg(long, value_name = "COUNT")]
        random: Option<usize>,
    },
    /// Read the YAML corpus with other languages' readers.
    Yaml,
    /// Send hostile text through every engine and compare it byte for byte.
    Hostile {
        /// Leave this engine out.
        #[arg(long, value_name = "ENGINE")]
        without: Vec<Engine>,
    },
    /// Show what each pass saves, and what that is in time.
    Passes {
        /// Run a flow of 400 tasks on Docker Compose, as written and at `-O2`.
        #[arg(long)]
        docker: bool,
    },
    /// Measure other generators of the same graphs beside flowc, as whole processes.
    Peers {
        /// CPU seconds after which a peer is ended, and is given nothing larger.
        #[arg(long, default_value_t = 30)]
        seconds: u32,
        /// Only this one: hera, kfp, dag-factory or metaflow.
        #[arg(long)]
        only: Option<String>,
    },
    /// Measure whole processes over generated flows, and hold them to the bars.
    Bench {
        /// How often each is run; the best time counts.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
}

fn main() -> ExitCode {
    let mut report = Report::new();
    match Arguments::parse().command {
        Command::Test { without } => test(&mut report, &without),
        Command::Engines { only } => install(&mut report, &only),
        Command::Airflow { version, example } => {
            with_flowc(&mut report, |report, flowc| {
                for airflow in airflow_versions(version.as_deref()) {
                    airflow::steps(report, flowc, airflow, example.as_deref(), &[]);
                    airflow::import_time::steps(report, flowc, airflow, &[]);
                }
            });
        }
        Command::Conformance {
            target,
            case,
            write,
            random,
            seed,
            optimised,
            without,
        } => {
            let filter = Filter {
                target,
                cases: case,
                write,
                random: random.map(|count| (count, seed)),
                optimised,
            };
            with_flowc(&mut report, |report, flowc| {
                conformance::steps(report, flowc, &filter, &without);
            });
        }
        Command::Scheduler { version } => with_flowc(&mut report, |report, flowc| {
            for airflow in airflow_versions(version.as_deref()) {
                airflow::scheduler::steps(report, flowc, airflow, &[]);
            }
        }),
        Command::Containers { version } => with_flowc(&mut report, |report, flowc| {
            for airflow in airflow_versions(version.as_deref()) {
                airflow::containers::steps(report, flowc, airflow, &[]);
            }
        }),
        Command::Metaflow { example } => with_flowc(&mut report, |report, flowc| {
            metaflow::steps(report, flowc, example.as_deref(), &[]);
            metaflow::load_time_steps(report, flowc, &[]);
        }),
        Command::Prefect => with_flowc(&mut report, |report, flowc| {
            prefect::steps(report, flowc, &[]);
            prefect::import_time::steps(report, flowc, &[]);
            prefect::containers::steps(report, flowc, &[]);
        }),
        Command::Kubeflow => with_flowc(&mut report, |report, flowc| {
            kubeflow::steps(report, flowc, &[]);
            kubeflow::load_time_steps(report, flowc, &[]);
        }),
        Command::ArgoLint { files } if files.is_empty() => {
            with_flowc(&mut report, |report, flowc| argo::steps(report, flowc, &[]));
        }
        Command::ArgoLint { files } => argo::check_files(&mut report, &files, &[]),
        Command::Compose => with_flowc(&mut report, |report, flowc| {
            compose::steps(report, flowc, &[]);
        }),
        Command::DockerRunner => with_flowc(&mut report, |report, flowc| {
            reference::docker::steps(report, flowc, &[]);
        }),
        Command::Shells { random: None } => with_flowc(&mut report, |report, flowc| {
            compose::shells(report, flowc);
        }),
        Command::Shells {
            random: Some(count),
        } => with_flowc(&mut report, |report, flowc| {
            conformance::random_shell_steps(report, flowc, count);
        }),
        Command::Yaml => yaml::steps(&mut report, &[]),
        Command::Hostile { without } => with_flowc(&mut report, |report, flowc| {
            hostile::steps(report, flowc, &without)
        }),
        Command::Peers { seconds, only } => {
            bench::peers::steps(&mut report, seconds, only.as_deref());
        }
        Command::Bench { runs } => bench::steps(&mut report, runs),
        Command::Passes { docker } => with_flowc(&mut report, |report, flowc| {
            bench::passes::steps(report, flowc, docker);
        }),
    }
    report.close()
}

fn airflow_versions(wanted: Option<&str>) -> impl Iterator<Item = Airflow> {
    airflow::VERSIONS
        .into_iter()
        .filter(move |airflow| wanted.is_none_or(|wanted| airflow.version.starts_with(wanted)))
}

/// Everything, what is quick first.
fn test(report: &mut Report, without: &[Engine]) {
    let wanted = |engine: &Engine| !without.contains(engine);
    let mut first = vec![Steps::new(&[], cargo::steps)];
    first.extend(installations(
        Engine::ALL.into_iter().filter(wanted).collect(),
    ));
    lanes::run(report, first);
    yaml::steps(report, without);
    with_flowc(report, |report, flowc| {
        bench::memory(report, flowc.program());
        times(report, flowc, without);
        let mut all = checks(flowc, without);
        all.extend(conformance::all_steps(flowc, without));
        // There is one Docker: what needs it goes first, and keeps it busy while the others run.
        all.sort_by_key(|steps| !steps.needs(Engine::Docker));
        lanes::run(report, all);
    });
}

/// What takes or compares times: nothing else may run beside it. The two schedulers mostly wait.
fn times(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    for airflow in airflow::VERSIONS {
        airflow::import_time::steps(report, flowc, airflow, without);
    }
    metaflow::load_time_steps(report, flowc, without);
    prefect::import_time::steps(report, flowc, without);
    kubeflow::load_time_steps(report, flowc, without);
    let schedulers = airflow::VERSIONS.into_iter().map(|airflow| {
        Steps::new(&[airflow.engine], move |report| {
            airflow::scheduler::steps(report, flowc, airflow, without);
        })
    });
    lanes::run(report, schedulers.collect());
}

/// What the engines say of emitted files, and what only some of them can show.
fn checks<'a>(flowc: &'a Flowc, without: &'a [Engine]) -> Vec<Steps<'a>> {
    use Engine::{
        Argo36, Argo37, Argo40, Argo41, Compose2, Compose5, Docker, Kubeflow, Metaflow, Prefect,
    };
    let mut all = vec![
        Steps::new(&[Docker], |report| {
            reference::docker::steps(report, flowc, without);
        }),
        Steps::new(&[Docker, Compose2], |report| {
            compose::live_steps(report, flowc, without);
        }),
        Steps::new(&[Docker, Compose5], |report| {
            compose::few_steps(report, flowc, without);
        }),
        Steps::new(&[Docker, Prefect], |report| {
            prefect::containers::steps(report, flowc, without);
        }),
        Steps::new(&[Argo36, Argo37, Argo40, Argo41], |report| {
            argo::steps(report, flowc, without);
        }),
        Steps::new(&[], |report| {
            for compose in [compose::FIRST, compose::SECOND] {
                compose::read_steps(report, flowc, compose, without);
            }
            compose::shells(report, flowc);
        }),
        Steps::new(&[Prefect], |report| prefect::steps(report, flowc, without)),
        Steps::new(&[Metaflow], |report| {
            metaflow::steps(report, flowc, None, without);
        }),
        Steps::new(&[Kubeflow], |report| {
            kubeflow::steps(report, flowc, without);
        }),
    ];
    for airflow in airflow::VERSIONS {
        all.push(Steps::new(&[airflow.engine], move |report| {
            airflow::steps(report, flowc, airflow, None, without);
        }));
        all.push(Steps::new(&[Docker, airflow.engine], move |report| {
            airflow::containers::steps(report, flowc, airflow, without);
        }));
    }
    all.extend(hostile::ways().into_iter().map(|way| {
        Steps::new(&way.needs.clone(), move |report| {
            way.step(report, flowc, without);
        })
    }));
    all
}

fn install(report: &mut Report, only: &[Engine]) {
    for engine in Engine::ALL {
        if only.is_empty() || only.contains(&engine) {
            install_one(report, engine);
        }
    }
}

fn install_one(report: &mut Report, engine: Engine) {
    report.step(&format!("install {}", engine.title()), |checks| {
        engines::install(engine, checks);
    });
}

/// Installations side by side. Those of one package manager come one after the other: they build and cache the
/// same parts.
fn installations<'a>(wanted: Vec<Engine>) -> Vec<Steps<'a>> {
    let mut groups: BTreeMap<PackageManager, Vec<Engine>> = BTreeMap::new();
    for engine in wanted {
        groups.entry(engine.comes_from()).or_default().push(engine);
    }
    let groups = groups.into_values();
    let steps = groups.map(|engines| {
        Steps::new(&engines.clone(), move |report| {
            for engine in engines {
                install_one(report, engine);
            }
        })
    });
    steps.collect()
}

fn with_flowc(report: &mut Report, steps: impl FnOnce(&mut Report, &Flowc)) {
    let mut built = None;
    report.step("build flowc", |checks| match Flowc::build() {
        Ok(flowc) => {
            checks.pass();
            built = Some(flowc);
        }
        Err(error) => checks.fail("flowc", &error),
    });
    if let Some(flowc) = built {
        steps(report, &flowc);
    }
}
