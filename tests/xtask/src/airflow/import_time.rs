//! What importing an emitted file costs, beside a file written by hand.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use flowc_tests::generate::{self, Shape};

use super::{Airflow, import_files};
use crate::engines::Engine;
use crate::flowc::Flowc;
use crate::house;
use crate::report::Report;

const TASKS: usize = 300;

/// How often the two are imported, in turn; the best time of each counts.
const ROUNDS: usize = 15;

/// The emitted operator is a class of its own, and Airflow copies the parameters of the DAG for
/// every class of an operator: some three percent. The helpers at the head of the file are two more.
/// The rest is for the noise of a busy machine.
const BOUND: f64 = 1.15;

/// Import both.
pub fn steps(report: &mut Report, flowc: &Flowc, airflow: Airflow, without: &[Engine]) {
    let title = format!("time to import a file by {}", airflow.engine.title());
    if without.contains(&airflow.engine) {
        report.leave_out(&title, "left out by --without");
        return;
    }
    let work = house::work(&format!("{}-import-time", airflow.engine.name()));
    report.step(&title, |checks| match ratio(flowc, airflow, &work) {
        Ok(ratio) => {
            checks.pass();
            checks.note(format!("{ratio:.2} times the time of a file by hand"));
        }
        Err(error) => checks.fail("import time", &error),
    });
}

/// The ratio of the two, or what went wrong.
fn ratio(flowc: &Flowc, airflow: Airflow, work: &Path) -> Result<f64, String> {
    let flow = work.join("flow.yaml");
    let hand = work.join("by_hand.py");
    fs::write(&flow, generate::flow(Shape::Linear, TASKS)).map_err(|error| error.to_string())?;
    fs::write(&hand, by_hand(airflow)).map_err(|error| error.to_string())?;
    let target = format!("airflow@{}", airflow.version);
    let compiled = flowc.compile(&flow, &target, &[], &work.join("emitted"))?;
    let [emitted] = compiled.files.as_slice() else {
        return Err("not one file".to_owned());
    };
    let imported = import_files(airflow, &[emitted, &hand], work, ROUNDS)?;
    let [emitted, hand] = imported.as_slice() else {
        return Err("not two answers".to_owned());
    };
    if let Some(error) = emitted.error.as_ref().or(hand.error.as_ref()) {
        return Err(error.clone());
    }
    let (Some(emitted), Some(hand)) = (emitted.seconds, hand.seconds) else {
        return Err("no times".to_owned());
    };
    let ratio = emitted / hand;
    if ratio > BOUND {
        return Err(format!(
            "importing takes {ratio:.2} times as long as a file by hand"
        ));
    }
    Ok(ratio)
}

/// The same chain as a person would write it, of Airflow's own operator.
fn by_hand(airflow: Airflow) -> String {
    let sdk = if airflow.version == "3" {
        "airflow.sdk"
    } else {
        "airflow.providers.common.compat.sdk"
    };
    let mut text = format!(
        "from datetime import timedelta\n\nimport pendulum\n\
         from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n\
         from {sdk} import DAG, Param\n\n\
         with DAG(\n    dag_id=\"by_hand\",\n    description=\"{TASKS} tasks.\",\n    schedule=None,\n    \
         catchup=False,\n    start_date=pendulum.datetime(2025, 1, 1),\n    \
         params={{\"region\": Param(\"north\", type=\"string\")}},\n) as dag:\n"
    );
    for task in 0..TASKS {
        let rows = match task.checked_sub(1) {
            Some(before) => format!(
                ", \"ROWS_0\": \"{{{{ ti.xcom_pull(task_ids='task_{before:05}')['rows'] }}}}\""
            ),
            None => String::new(),
        };
        let retries = if task.is_multiple_of(10) {
            "retries=2,\n        retry_delay=timedelta(seconds=10),\n        \
             retry_exponential_backoff=True,\n        max_retry_delay=timedelta(minutes=5)"
        } else {
            "retries=0"
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "    task_{task:05} = KubernetesPodOperator(\n        task_id=\"task_{task:05}\",\n        \
             doc_md=\"Part {task}.\",\n        image=\"ghcr.io/acme/etl:5.2\",\n        \
             cmds=[\"sh\", \"-e\", \"-c\"],\n        \
             arguments=['wc -l < \"$REGION/{task}\" > /airflow/xcom/return.json'],\n        \
             env_vars={{\"REGION\": \"{{{{ params.region }}}}\"{rows}}},\n        \
             execution_timeout=timedelta(minutes=30),\n        startup_timeout_seconds=1800,\n        \
             do_xcom_push=True,\n        {retries},\n    )\n"
        );
        if task > 0 {
            let _ = writeln!(text, "    task_{:05} >> task_{task:05}", task - 1);
        }
    }
    text
}
