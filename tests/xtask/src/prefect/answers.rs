//! A flow that asks people: one question is answered, the others are not in time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::trace::Asked;
use super::{Question, entrypoint, run};
use crate::conformance::compare::differences;
use crate::conformance::expect::Run;
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::house;
use crate::report::{Checks, Report};

/// What the flow must do: the `expected.yaml` beside it.
#[derive(Deserialize)]
struct Expected {
    answers: BTreeMap<String, String>,
    run: Run,
}

/// Run the flow on a server, and answer as its form is filled in there.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("questions asked by {}", Engine::Prefect.title());
    report.step_on(&[Engine::Prefect], without, &title, |checks| {
        let work = house::work("prefect-answers");
        if let Err(error) = asked(flowc, &work, checks) {
            checks.fail("the run", &error);
        }
    });
}

fn asked(flowc: &Flowc, work: &Path, checks: &mut Checks) -> Result<(), String> {
    let folder = house::engine_files().join("scheduler/answered");
    let text = fs::read_to_string(folder.join("expected.yaml")).map_err(|e| e.to_string())?;
    let expected: Expected = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
    let out = work.join("compiled");
    flowc.compile(
        &folder.join("flow.yaml"),
        "prefect",
        &["runner=process"],
        &out,
    )?;
    let (file, function) = entrypoint(&out)?;
    let question = Question {
        name: expected.run.name.clone(),
        file,
        function,
        parameters: serde_json::Map::new(),
        env: BTreeMap::new(),
        secrets: BTreeMap::new(),
        date: None,
        answers: expected.answers,
        timeout: 120,
    };
    let mut answers = run(&[question], work)?;
    let mut answer = answers.pop().ok_or("there is no answer")?;
    let asked = std::mem::take(&mut answer.asked);
    let found = differences(&expected.run, &answer.trace(), "prefect@3", true);
    let result = if found.is_empty() {
        Ok(())
    } else {
        Err(found.join("\n"))
    };
    checks.result("the states", result);
    let wanted = Asked {
        message: "Publish {{ it }}?".to_owned(),
        choices: vec!["publish".to_owned(), "hold".to_owned()],
    };
    let result = match asked.get("ask") {
        Some(seen) if *seen == wanted => Ok(()),
        seen => Err(format!("{seen:?}")),
    };
    checks.result("the form", result);
    Ok(())
}
