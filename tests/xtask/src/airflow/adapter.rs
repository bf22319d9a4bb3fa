//! Airflow as an engine of the conformance cases: `dag.test()` in a process per run, which runs one task
//! after the other; what happened is what the database says.

use std::path::Path;

use flowc_tests::random::Reach;

use super::{Airflow, Question, environment, run};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::flowc::Flowc;

impl Adapter for Airflow {
    fn target(&self) -> &'static str {
        self.target
    }

    fn engine(&self) -> String {
        self.engine.title().to_owned()
    }

    fn needs(&self) -> &'static [Engine] {
        match self.engine {
            Engine::Airflow2 => &[Engine::Airflow2],
            _ => &[Engine::Airflow3],
        }
    }

    fn options(&self) -> &'static [&'static str] {
        &["runner=process"]
    }

    fn at_once(&self) -> bool {
        false
    }

    fn asks_rules_of_groups_not_started(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        let reach = Reach {
            tasks: 12,
            nested: true,
            allowed_items: true,
        };
        // Two hundred on both together.
        match self.engine {
            Engine::Airflow2 => (reach, 80),
            _ => (reach, 120),
        }
    }

    fn run(&self, _: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        let questions = jobs
            .iter()
            .map(|job| {
                let mut env = environment(*self, &job.env)?;
                for (name, value) in &job.secrets {
                    env.insert(
                        format!("AIRFLOW_VAR_{}", name.to_uppercase()),
                        value.clone(),
                    );
                }
                Ok(Question {
                    name: job.name.clone(),
                    folder: job.folder.clone(),
                    dag: job.flow_name.clone(),
                    conf: job.parameters.clone(),
                    env,
                    date: job.date.clone(),
                    timeout: job.timeout,
                })
            })
            .collect::<Result<Vec<Question>, String>>()?;
        let answers = run(*self, &questions, work)?;
        Ok(answers
            .into_iter()
            .map(super::trace::Answer::trace)
            .collect())
    }
}
