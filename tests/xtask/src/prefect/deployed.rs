//! A `prefect.yaml` as Prefect's own command deploys it, and its flow as a worker runs it.

use std::path::Path;

use serde_json::{Value, json};

use super::{home, python};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{house, process};

/// Deploy a flow to a server, and have it run once.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let title = format!("a deployment on {}", Engine::Prefect.title());
    report.step_on(&[Engine::Prefect], without, &title, |checks| {
        let work = house::work("prefect-deployed");
        if let Err(error) = deployed(flowc, &work, checks) {
            checks.fail("the deployment", &error);
        }
    });
}

fn deployed(flowc: &Flowc, work: &Path, checks: &mut Checks) -> Result<(), String> {
    let files = house::engine_files().join("prefect");
    let folder = work.join("compiled");
    let flow = files.join("deployed/flow.yaml");
    flowc.compile(&flow, "prefect", &["runner=process"], &folder)?;
    let said = process::demand(
        python()?
            .arg(files.join("deploy_flow.py"))
            .arg(&folder)
            .arg("--home")
            .arg(home()?)
            .arg("--work")
            .arg(work.join("run")),
    )?;
    let seen: Value = serde_json::from_str(&said).map_err(|error| format!("{error} in {said}"))?;
    let deployment = &seen["deployment"];
    let schedule = &deployment["schedules"][0];
    let all = [
        ("name", &deployment["name"], json!("deployed")),
        (
            "tags",
            &deployment["tags"],
            json!(["nightly", "owner:data-platform", "team:data"]),
        ),
        ("work pool", &deployment["work_pool_name"], json!("default")),
        (
            "description",
            &deployment["description"],
            json!("Every working morning, one run at a time."),
        ),
        (
            "schedule",
            &schedule["schedule"]["cron"],
            json!("30 6 * * 1-5"),
        ),
        (
            "time zone",
            &schedule["schedule"]["timezone"],
            json!("Europe/Paris"),
        ),
        ("an active schedule", &schedule["active"], json!(true)),
        (
            "runs at once",
            &deployment["global_concurrency_limit"]["limit"],
            json!(1),
        ),
        (
            "a run too many",
            &deployment["concurrency_options"]["collision_strategy"],
            json!("CANCEL_NEW"),
        ),
        (
            "a parameter",
            &deployment["parameter_openapi_schema"]["properties"]["region"]["default"],
            json!("north"),
        ),
        (
            "the concurrency group",
            &seen["limits"]["warehouse"],
            json!(1),
        ),
        ("the run", &seen["run"]["type"], json!("COMPLETED")),
    ];
    for (name, got, wanted) in all {
        let result = if *got == wanted {
            Ok(())
        } else {
            Err(format!("{got}, not {wanted}"))
        };
        checks.result(name, result);
    }
    let output = seen["seen"][0].as_str().unwrap_or_default();
    let result = if output.starts_with("north of 20") {
        Ok(())
    } else {
        Err(format!("{}", seen["seen"]))
    };
    checks.result("what the task put out", result);
    Ok(())
}
