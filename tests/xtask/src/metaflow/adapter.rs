//! The conformance cases on Metaflow.

use std::path::{Path, PathBuf};

use flowc_tests::random::Reach;

use super::{Metaflow, Question, run};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::flowc::Flowc;

impl Adapter for Metaflow {
    fn target(&self) -> &'static str {
        "metaflow"
    }

    fn engine(&self) -> String {
        Engine::Metaflow.title().to_owned()
    }

    fn needs(&self) -> &'static [Engine] {
        &[Engine::Metaflow]
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
        let questions = jobs
            .iter()
            .map(|job| {
                let mut env = job.env.clone();
                env.extend(job.secrets.clone());
                Ok(Question {
                    name: job.name.clone(),
                    file: flow_file(&job.folder)?,
                    parameters: job.parameters.clone(),
                    env,
                    date: job.date.clone(),
                    timeout: job.timeout,
                })
            })
            .collect::<Result<Vec<Question>, String>>()?;
        run(&questions, work)
    }
}

/// The Python file in a folder.
fn flow_file(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "py"))
        .ok_or_else(|| format!("no Python file in {}", folder.display()))
}
