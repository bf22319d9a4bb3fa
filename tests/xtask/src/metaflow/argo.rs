//! The workflow templates that Metaflow makes of the examples for Argo, as `argo-workflows create` would deploy
//! them, judged by Argo's own schema and linter.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::conformance::expect::{Expectation, example};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{argo, house, process};

#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    #[serde(default)]
    template: Value,
}

/// Make the template of every example, or of those that are named, and judge them.
pub fn steps(report: &mut Report, flowc: &Flowc, only: Option<&str>, without: &[Engine]) {
    let title = format!("examples deployed to Argo by {}", Engine::Metaflow.title());
    if without.contains(&Engine::Metaflow) {
        report.leave_out(&title);
        return;
    }
    let mut files = Vec::new();
    report.step(&title, |checks| {
        let work = house::work("metaflow-argo");
        match deployed(flowc, only, &work, checks) {
            Ok(made) => files = made,
            Err(error) => checks.fail("the templates", &error),
        }
    });
    argo::check_files(report, &files, without);
}

fn deployed(
    flowc: &Flowc,
    only: Option<&str>,
    work: &Path,
    checks: &mut Checks,
) -> Result<Vec<PathBuf>, String> {
    let mut names = Vec::new();
    let mut flows = Vec::new();
    for name in house::examples() {
        let is_refused = Expectation::read(&example(&name))?
            .refusal("metaflow")
            .is_some();
        if is_refused || only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let flow = house::root().join("examples").join(&name).join("flow.yaml");
        let folder = work.join("compiled").join(&name);
        let compiled = flowc.compile(&flow, "metaflow", &["runner=kubernetes"], &folder)?;
        flows.push(compiled.files.into_iter().next().ok_or("no file")?);
        names.push(name);
    }
    let said = process::demand(
        process::command(super::python()?)
            .arg(house::engine_files().join("metaflow/deploy_argo.py"))
            .arg(work)
            .args(&flows),
    )?;
    let answers: Vec<Answer> =
        serde_json::from_str(&said).map_err(|error| format!("{error} in {said}"))?;
    let mut files = Vec::new();
    for (name, answer) in names.iter().zip(answers) {
        let result = answer
            .error
            .map_or_else(|| looked_at(name, &answer.template), Err);
        let is_made = result.is_ok();
        checks.result(name, result);
        if is_made {
            let file = work.join(format!("{name}.yaml"));
            // JSON is YAML.
            fs::write(&file, answer.template.to_string()).map_err(|error| error.to_string())?;
            files.push(file);
        }
    }
    Ok(files)
}

/// What a template must say.
fn looked_at(name: &str, template: &Value) -> Result<(), String> {
    if template["kind"] != "WorkflowTemplate" {
        return Err(format!("not a template: {template}"));
    }
    let templates = template["spec"]["templates"].as_array();
    let containers = templates.into_iter().flatten();
    if containers
        .filter(|one| one["container"].is_object())
        .count()
        < 3
    {
        return Err("fewer containers than a start, a task and an end".to_owned());
    }
    let schedule = template["metadata"]["annotations"]["metaflow/cron"].as_str();
    let is_scheduled = schedule.unwrap_or_default();
    if name == "13-schedule"
        && !(is_scheduled.contains("30 6 * * 1-5") && is_scheduled.contains("Europe/Paris"))
    {
        return Err(format!("it is due at {schedule:?}"));
    }
    Ok(())
}
