//! A few flows with a container per task: on a real Docker engine, and as Jobs of Kubernetes. For want of a
//! cluster these are sent to `tests/engines/prefect/cluster.py`, which reads them as strictly as an API
//! server and runs their commands.

use std::path::Path;

use flowc_tests::random::Reach;

use super::{adapter, run_with};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::expect::{self, Case};
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::engines::docker::Docker;
use crate::flowc::Flowc;
use crate::report::Report;
use crate::{conformance, house};

/// How tasks start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Containers {
    Docker,
    Kubernetes,
}

/// What is run: one case for each thing that a container does in another way than a process.
const FEW: [&str; 8] = [
    "artifacts",
    "commands-and-shells",
    "fan-out-retries",
    "hostile-text-in-the-flow",
    "outputs-missing-and-large",
    "process-variables",
    "retry-on",
    "timeout",
];

/// Run them both ways.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    for way in [Containers::Docker, Containers::Kubernetes] {
        let title = format!("a few flows on {}", way.engine());
        report.step_on(way.needs(), without, &title, |checks| {
            let few = |case: &Case| FEW.contains(&case.name.as_str());
            let cases =
                expect::cases().map(|cases| cases.into_iter().filter(few).collect::<Vec<_>>());
            let work = house::work(&format!("prefect-{}", way.runner()));
            match cases {
                Ok(cases) if cases.len() == FEW.len() => {
                    conformance::on(&way, flowc, &cases, &work, checks);
                }
                Ok(cases) => checks.fail("the cases", &format!("only {} are there", cases.len())),
                Err(error) => checks.fail("the cases", &error),
            }
        });
    }
}

impl Containers {
    fn runner(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
        }
    }
}

impl Adapter for Containers {
    fn target(&self) -> &'static str {
        "prefect@3"
    }

    fn engine(&self) -> String {
        let prefect = Engine::Prefect.title();
        match self {
            Self::Docker => format!("{prefect} with containers of Docker"),
            Self::Kubernetes => format!("{prefect} with Jobs for Kubernetes"),
        }
    }

    fn needs(&self) -> &'static [Engine] {
        match self {
            Self::Docker => &[Engine::Prefect, Engine::Docker],
            Self::Kubernetes => &[Engine::Prefect],
        }
    }

    fn options(&self) -> &'static [&'static str] {
        match self {
            Self::Docker => &["runner=docker"],
            Self::Kubernetes => &["runner=kubernetes"],
        }
    }

    fn at_once(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        super::Prefect.random()
    }

    fn run(&self, _: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        let mut questions = adapter::questions(jobs)?;
        let answers = match self {
            Self::Docker => {
                let docker = Docker::start()?;
                for question in &mut questions {
                    question.env.insert("DOCKER_HOST".to_owned(), docker.url());
                }
                run_with(&questions, work, &[])
            }
            Self::Kubernetes => run_with(&questions, work, &["--cluster"]),
        }?;
        Ok(answers
            .into_iter()
            .map(super::trace::Answer::trace)
            .collect())
    }
}
