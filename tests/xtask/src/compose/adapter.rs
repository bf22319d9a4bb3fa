//! Docker Compose as an engine of the conformance cases: each run is a project of its own, a few at
//! once. What happened is what the run's folder on the volume and the exit codes of the containers say.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use flowc_tests::random::Reach;

use super::Compose;
use super::project::Project;
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::Trace;
use crate::engines::Engine;
use crate::engines::docker::Docker;
use crate::flowc::Flowc;

/// Runs at once: Compose looks twice a second whether a container has ended, and meanwhile others can work.
const AT_ONCE: usize = 3;

impl Adapter for Compose {
    fn target(&self) -> &'static str {
        self.target
    }

    fn engine(&self) -> String {
        self.engine.title().to_owned()
    }

    fn needs(&self) -> &'static [Engine] {
        match self.engine {
            Engine::Compose5 => &[Engine::Compose5, Engine::Docker],
            _ => &[Engine::Compose2, Engine::Docker],
        }
    }

    fn options(&self) -> &'static [&'static str] {
        // The engine that is started for the tests has no bridge, and a network for itself costs a container as much as
        // all the rest. Test machines have no GPU.
        &["network=host", "gpu=none"]
    }

    fn at_once(&self) -> bool {
        true
    }

    fn random(&self) -> (Reach, usize) {
        // A container takes most of a second, and each run two more than it has tasks. Larger ones are run by the shells of this
        // machine: `compose::local`.
        let reach = Reach {
            tasks: 4,
            nested: true,
            allowed_items: true,
        };
        (reach, 200)
    }

    fn run(&self, _: &Flowc, jobs: &[Job], work: &Path) -> Result<Vec<Trace>, String> {
        fs::create_dir_all(work).map_err(|error| error.to_string())?;
        let program = self.program()?;
        let docker = Docker::start()?;
        let next = Mutex::new(0..jobs.len());
        let traces = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let number = next.lock().ok().and_then(|mut next| next.next());
                        let Some(number) = number else {
                            return;
                        };
                        let project = Project {
                            docker: &docker,
                            program: &program,
                            name: format!("flowc-{}-{number}", std::process::id()),
                            folder: work.join(number.to_string()),
                        };
                        let trace = project.run(&jobs[number]);
                        if let Ok(mut traces) = traces.lock() {
                            traces.push(trace);
                        }
                    }
                });
            }
        });
        traces.into_inner().map_err(|error| error.to_string())
    }
}
