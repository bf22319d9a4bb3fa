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

/// How often they are imported, in turn; the best time of each counts.
const ROUNDS: usize = 12;

/// No more time than the same DAG by hand: with an operator of its own that reads typed outputs, as the
/// emitted one does. Some 0.92 without noise.
const BOUND: f64 = 1.0;

/// By the file with Airflow's own operator, which does not look at outputs, some 0.98: for every class of
/// an operator Airflow copies the parameters of the DAG, and the emitted file makes up for it by fewer
/// templates. The rest is for the noise of a busy machine.
const PLAIN_BOUND: f64 = 1.1;

/// How often all is measured while it is too much: a busy machine spoils one measurement, but hardly three.
const MEASUREMENTS: usize = 3;

/// Import them.
pub fn steps(report: &mut Report, flowc: &Flowc, airflow: Airflow, without: &[Engine]) {
    let title = format!("time to import a file by {}", airflow.engine.title());
    report.step_on(&[airflow.engine], without, &title, |checks| {
        let work = house::work(&format!("{}-import-time", airflow.engine.name()));
        match settled(flowc, airflow, &work) {
            Ok((typed, plain)) => {
                checks.at_most("beside an operator that reads outputs", typed, BOUND);
                checks.at_most("beside Airflow's own operator", plain, PLAIN_BOUND);
                checks.note(format!(
                    "{typed:.2} times the time of a file by hand that reads typed outputs, {plain:.2} of one that does not"
                ));
            }
            Err(error) => checks.fail("import time", &error),
        }
    });
}

/// The first ratios within the bounds, or the last.
fn settled(flowc: &Flowc, airflow: Airflow, work: &Path) -> Result<(f64, f64), String> {
    let mut found = ratios(flowc, airflow, work)?;
    for _ in 1..MEASUREMENTS {
        if found.0 <= BOUND && found.1 <= PLAIN_BOUND {
            break;
        }
        found = ratios(flowc, airflow, work)?;
    }
    Ok(found)
}

/// The time of the emitted file by that of each written by hand, or what went wrong.
fn ratios(flowc: &Flowc, airflow: Airflow, work: &Path) -> Result<(f64, f64), String> {
    let flow = work.join("flow.yaml");
    let typed = work.join("typed.py");
    let plain = work.join("plain.py");
    fs::write(&flow, generate::flow(Shape::Linear, TASKS)).map_err(|error| error.to_string())?;
    fs::write(&typed, by_hand(airflow, true)).map_err(|error| error.to_string())?;
    fs::write(&plain, by_hand(airflow, false)).map_err(|error| error.to_string())?;
    let target = format!("airflow@{}", airflow.version);
    let compiled = flowc.compile(&flow, &target, &[], &work.join("emitted"))?;
    let [emitted] = compiled.files.as_slice() else {
        return Err("not one file".to_owned());
    };
    let mut seconds = Vec::new();
    for imported in import_files(airflow, &[emitted, &typed, &plain], work, ROUNDS)? {
        if let Some(error) = imported.error {
            return Err(error);
        }
        seconds.push(imported.seconds.ok_or("no times")?);
    }
    let [emitted, typed, plain] = seconds[..] else {
        return Err("not three answers".to_owned());
    };
    Ok((emitted / typed, emitted / plain))
}

/// An operator as a person would write it for typed outputs.
const TYPED_POD: &str = r#"
class TypedPod(KubernetesPodOperator):
    """A pod whose return value has values of these types."""

    def __init__(self, *, outputs, **kwargs):
        super().__init__(do_xcom_push=True, **kwargs)
        self.outputs = outputs

    def execute(self, context):
        values = super().execute(context)
        for name, kind in self.outputs.items():
            if type(values[name]) is not kind:
                raise TypeError(f"{name} is no {kind.__name__}")
        return values

"#;

/// The same chain as a person would write it, of an operator that looks at outputs or of Airflow's own.
fn by_hand(airflow: Airflow, is_typed: bool) -> String {
    let (class, operator, own) = match is_typed {
        true => (TYPED_POD, "TypedPod", "outputs={\"rows\": int}"),
        false => ("", "KubernetesPodOperator", "do_xcom_push=True"),
    };
    let sdk = if airflow.version == "3" {
        "airflow.sdk"
    } else {
        "airflow.providers.common.compat.sdk"
    };
    let mut text = format!(
        "from datetime import timedelta\n\nimport pendulum\n\
         from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n\
         from {sdk} import DAG, Param\n\n{class}\
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
            "    task_{task:05} = {operator}(\n        task_id=\"task_{task:05}\",\n        \
             doc_md=\"Part {task}.\",\n        image=\"ghcr.io/acme/etl:5.2\",\n        \
             cmds=[\"sh\", \"-e\", \"-c\"],\n        \
             arguments=['wc -l < \"$REGION/{task}\" > /airflow/xcom/return.json'],\n        \
             env_vars={{\"REGION\": \"{{{{ params.region }}}}\"{rows}}},\n        \
             execution_timeout=timedelta(minutes=30),\n        startup_timeout_seconds=1800,\n        \
             {own},\n        {retries},\n    )\n"
        );
        if task > 0 {
            let _ = writeln!(text, "    task_{:05} >> task_{task:05}", task - 1);
        }
    }
    text
}
