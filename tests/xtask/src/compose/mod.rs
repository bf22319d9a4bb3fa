//! The examples on Docker Compose: every file is read by both versions, and run on a real engine.

mod adapter;
mod live;
mod local;
mod project;

use std::path::PathBuf;

use crate::conformance::adapter::Adapter;
use crate::conformance::expect::{self, Case};
use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{conformance, house, process};

pub use local::USUAL;

/// A version of Compose.
#[derive(Clone, Copy)]
pub struct Compose {
    /// What is installed.
    pub engine: Engine,
    /// The target's version.
    pub target: &'static str,
}

/// The version that all is run on.
pub const FIRST: Compose = Compose {
    engine: Engine::Compose2,
    target: "compose@2",
};

/// The version that a few flows are run on.
pub const SECOND: Compose = Compose {
    engine: Engine::Compose5,
    target: "compose@5",
};

impl Compose {
    /// The program itself: not every package's script hands its exit code on.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn program(self) -> Result<PathBuf, String> {
        let folder = engines::ready(self.engine)?;
        let inside = std::fs::read_dir(folder.join("lib"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("site-packages/compose/docker-compose"));
        let mut places = inside.chain([folder.join("bin/docker-compose")]);
        places
            .find(|path| path.is_file())
            .ok_or_else(|| format!("no docker-compose in {}", folder.display()))
    }
}

/// What the second version runs too.
const FEW: [&str; 4] = [
    "examples/01-hello",
    "examples/09-groups",
    "examples/11-finally",
    "parameters-refused",
];

/// Cases that are about values and their forms, for every shell and awk.
const IN_ALL_SHELLS: [&str; 4] = [
    "fan-out-nested-max-parallel",
    "text-of-values",
    "expression-functions",
    "outputs-of-the-wrong-type",
];

/// Every example as a file that both versions read without a word, and the runner in several shells.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    live_steps(report, flowc, without);
    for compose in [FIRST, SECOND] {
        read_steps(report, flowc, compose, without);
    }
    few_steps(report, flowc, without);
    shells(report, flowc);
}

/// What needs people, services and two runs at once.
pub fn live_steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("people and services on {}", FIRST.engine.title());
    report.step_on(FIRST.needs(), without, &title, |checks| {
        if let Err(error) = live::checks(flowc, &house::work("compose-live"), checks) {
            checks.fail(FIRST.engine.title(), &error);
        }
    });
}

/// Every case and example, read without a word.
pub fn read_steps(report: &mut Report, flowc: &Flowc, compose: Compose, without: &[Engine]) {
    let title = format!("examples read by {}", compose.engine.title());
    report.step_on(&[compose.engine], without, &title, |checks| {
        if let Err(error) = read(compose, flowc, checks) {
            checks.fail(compose.engine.title(), &error);
        }
    });
}

/// A few flows by the second version.
pub fn few_steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("a few flows run by {}", SECOND.engine.title());
    report.step_on(SECOND.needs(), without, &title, |checks| {
        let few = |case: &Case| FEW.contains(&case.name.as_str());
        let cases = expect::cases().map(|cases| cases.into_iter().filter(few).collect::<Vec<_>>());
        match cases {
            Ok(cases) => {
                conformance::on(&SECOND, flowc, &cases, &house::work("compose-few"), checks);
            }
            Err(error) => checks.fail("the cases", &error),
        }
    });
}

/// The runner in several shells, without containers.
pub fn shells(report: &mut Report, flowc: &Flowc) {
    for way in local::WAYS {
        report.step(&format!("the runner in {}", way.engine()), |checks| {
            let about = |case: &Case| IN_ALL_SHELLS.iter().any(|part| case.name.contains(part));
            let cases =
                expect::cases().map(|cases| cases.into_iter().filter(about).collect::<Vec<_>>());
            let work = house::work(&format!("runner-{}-{}", way.shell[0], way.awk));
            match cases {
                Ok(cases) => conformance::on(&way, flowc, &cases, &work, checks),
                Err(error) => checks.fail("the cases", &error),
            }
        });
    }
}

fn read(compose: Compose, flowc: &Flowc, checks: &mut Checks) -> Result<(), String> {
    let program = compose.program()?;
    let work = house::work(&format!("config-{}", compose.engine.name()));
    for case in expect::cases()? {
        for options in [&[][..], &["shell=copied", "network=none", "cpu=limit"]] {
            let folder = work.join(&case.name).join(options.len().to_string());
            let compiled = flowc.compile(&case.flow, compose.target, options, &folder);
            let refused = case.expectation.refusal(compose.target).is_some();
            let result = match compiled {
                Err(_) if refused => Ok(()),
                Err(said) => Err(said),
                Ok(_) if refused => Err("it was compiled".to_owned()),
                Ok(_) => silent(&program, &folder),
            };
            checks.result(&format!("{} {}", case.name, options.join(" ")), result);
        }
    }
    Ok(())
}

fn silent(program: &std::path::Path, folder: &std::path::Path) -> Result<(), String> {
    let ended = process::capture(
        process::command(program)
            .args(["config", "-q"])
            .current_dir(folder),
    );
    if ended.success && ended.stderr.is_empty() && ended.stdout.is_empty() {
        Ok(())
    } else {
        Err(ended.tail(10))
    }
}
