//! Prefect as the conformance runner sees it.

use std::path::Path;

use flowc_tests::random::Reach;

use super::{Prefect, Question, entrypoint, run};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::flowc::Flowc;

impl Adapter for Prefect {
    fn target(&self) -> &'static str {
        "prefect@3"
    }

    fn engine(&self) -> String {
        Engine::Prefect.title().to_owned()
    }

    fn needs(&self) -> &'static [Engine] {
        &[Engine::Prefect]
    }

    fn options(&self) -> &'static [&'static str] {
        &["runner=process"]
    }

    fn at_once(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        let reach = Reach {
            tasks: 8,
            nested: true,
            allowed_items: true,
        };
        (reach, 100)
    }

    fn run(&self, _: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        let questions = questions(jobs)?;
        let answers = run(&questions, work)?;
        Ok(answers
            .into_iter()
            .map(super::trace::Answer::trace)
            .collect())
    }
}

/// What the script is asked for these jobs.
pub(super) fn questions(jobs: &[Job]) -> Result<Vec<Question>, String> {
    jobs.iter()
        .map(|job| {
            let (file, function) = entrypoint(&job.folder)?;
            let secrets = job
                .secrets
                .iter()
                .map(|(name, value)| (name.replace('_', "-"), value.clone()));
            Ok(Question {
                name: job.name.clone(),
                file,
                function,
                parameters: job.parameters.clone(),
                env: job.env.clone(),
                secrets: secrets.collect(),
                date: job.date.clone(),
                answers: Default::default(),
                timeout: job.timeout,
            })
        })
        .collect()
}
