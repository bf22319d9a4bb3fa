//! The ways on which hostile text is sent: an engine, or what stands for one.

use std::path::Path;

use super::{
    refused, through_a_run, through_airflow, through_argo, through_kubeflow, through_metaflow,
    through_run,
};
use crate::conformance::adapter::Adapter;
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::reference::Reference;
use crate::report::{Checks, Report};
use crate::{airflow, compose, house, prefect};

/// Compiles and runs the flow in a folder of its own, and compares.
type Go = dyn Fn(&Flowc, &Path, &mut Checks) -> Result<(), String> + Send + Sync;

/// A way to a process.
pub struct Way {
    /// Without these it is left out.
    pub needs: Vec<Engine>,
    title: String,
    go: Box<Go>,
}

impl Way {
    fn new(
        title: impl Into<String>,
        needs: &[Engine],
        go: impl Fn(&Flowc, &Path, &mut Checks) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            needs: needs.to_vec(),
            title: title.into(),
            go: Box::new(go),
        }
    }

    /// Go it, as a step of the report.
    pub fn step(&self, report: &mut Report, flowc: &Flowc, without: &[Engine]) {
        let title = format!("hostile text through {}", self.title);
        report.step_on(&self.needs, without, &title, |checks| {
            let folder = self
                .title
                .replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
            let work = house::work(&format!("hostile-{folder}"));
            if let Err(error) = (self.go)(flowc, &work, checks) {
                checks.fail(&self.title, &error);
            }
        });
    }
}

/// Every way.
pub fn ways() -> Vec<Way> {
    let mut ways = vec![
        Way::new(
            "any target, where NUL is refused",
            &[],
            |flowc, work, checks| {
                refused(flowc, work, checks);
                Ok(())
            },
        ),
        Way::new("flowc run", &[], |flowc, work, checks| {
            through_run(&Reference, flowc, work, checks)
        }),
        Way::new(
            "Docker Compose",
            compose::FIRST.needs(),
            |flowc, work, checks| {
                let seen = work.join("runs/0/flow/dump");
                through_a_run(&compose::FIRST, "/flow/dump", &seen, flowc, work, checks)
            },
        ),
        Way::new(
            Engine::Metaflow.title(),
            &[Engine::Metaflow],
            through_metaflow,
        ),
        Way::new(
            Engine::Prefect.title(),
            &[Engine::Prefect],
            |flowc, work, checks| {
                let seen = work.join("dump");
                let dump = seen.display().to_string();
                through_a_run(&prefect::Prefect, &dump, &seen, flowc, work, checks)
            },
        ),
        Way::new(
            Engine::Kubeflow.title(),
            &[Engine::Kubeflow],
            through_kubeflow,
        ),
    ];
    for airflow in airflow::VERSIONS {
        let engine = airflow.engine;
        ways.push(Way::new(
            engine.title(),
            &[engine],
            move |flowc, work, checks| through_airflow(airflow, flowc, work, checks),
        ));
    }
    for way in compose::USUAL {
        ways.push(Way::new(way.engine(), &[], move |flowc, work, checks| {
            let seen = work.join("runs/0/flow/dump");
            let dump = seen.display().to_string();
            through_a_run(&way, &dump, &seen, flowc, work, checks)
        }));
    }
    for (engine, version) in [(Engine::Argo36, "3.6"), (Engine::Argo41, "")] {
        ways.push(Way::new(
            engine.title(),
            &[engine],
            move |flowc, work, checks| through_argo(engine, version, flowc, work, checks),
        ));
    }
    ways
}
