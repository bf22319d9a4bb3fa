//! The `docker` runner for real: cases of the conformance suite whose tasks Airflow starts as containers
//! of a Docker engine. They must go as they go with any other runner.

use std::path::Path;

use flowc_tests::random::Reach;

use super::Airflow;
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::expect;
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::engines::docker::Docker;
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{conformance, house};

/// What can differ from one runner to another: how a process starts and ends, and where it finds and
/// leaves its values and files.
const CASES: [&str; 11] = [
    "artifacts",
    "artifacts-fan-in",
    "artifacts-missing",
    "commands-and-shells",
    "fan-out-group",
    "hostile-text-in-the-flow",
    "outputs-of-every-type",
    "process-variables",
    "retry-on",
    "secrets",
    "timeout",
];

/// Run the cases as containers on one version.
pub fn steps(report: &mut Report, flowc: &Flowc, airflow: Airflow, without: &[Engine]) {
    let title = format!("containers started by {}", airflow.engine.title());
    let needed = [airflow.engine, Engine::Docker];
    report.step_on(&needed, without, &title, |checks| {
        if let Err(error) = run(flowc, airflow, checks) {
            checks.fail(&title, &error);
        }
    });
}

fn run(flowc: &Flowc, airflow: Airflow, checks: &mut Checks) -> Result<(), String> {
    let cases: Vec<_> = expect::cases()?
        .into_iter()
        .filter(|case| CASES.contains(&case.name.as_str()))
        .collect();
    if cases.len() != CASES.len() {
        return Err("a case of the list is not there".to_owned());
    }
    let docker = Docker::start()?;
    let containers = Containers {
        airflow,
        docker_url: docker.url(),
    };
    let work = house::work(&format!("{}-containers", airflow.engine.name()));
    conformance::on(&containers, flowc, &cases, &work, checks);
    Ok(())
}

/// Airflow, with a container for each task.
struct Containers {
    airflow: Airflow,
    docker_url: String,
}

impl Adapter for Containers {
    fn target(&self) -> &'static str {
        self.airflow.target
    }

    fn engine(&self) -> String {
        self.airflow.engine()
    }

    fn needs(&self) -> &'static [Engine] {
        self.airflow.needs()
    }

    fn at_once(&self) -> bool {
        false
    }

    fn random(&self) -> (Reach, usize) {
        self.airflow.random()
    }

    fn prepare(&self, flowc: &Flowc, flow: &Path, folder: &Path) -> Result<String, String> {
        let docker_url = format!("docker_url={}", self.docker_url);
        let options = ["runner=docker", &docker_url];
        let compiled = flowc.compile(flow, self.target(), &options, folder)?;
        Ok(compiled.said)
    }

    fn run(&self, flowc: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        self.airflow.run(flowc, jobs, work)
    }
}
