//! Hostile text through every way that a value can take, compared byte for byte with what a
//! process was given: on real Airflow by the process itself, on Argo by its own template code and
//! the kubelet's rules.

mod flow;
mod strings;
mod ways;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::airflow::{self, Airflow, Question};
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::End;
use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{kubeflow, metaflow, process};
use flow::{ALL, ARGO, KUBEFLOW, RUN, Wanted, script, value, wanted, written};
use strings::strings;
pub use ways::ways;

/// Check all ways on all engines.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    for way in ways() {
        way.step(report, flowc, without);
    }
}

/// A text with NUL is a problem of the flow wherever it stands.
fn refused(flowc: &Flowc, work: &Path, checks: &mut Checks) {
    let places = [
        ("env", "env: { V: \"a\\0b\" }\n    run: echo hi"),
        ("command", "command: [echo, \"a\\0b\"]"),
        ("run", "run: \"echo a\\0b\""),
    ];
    for (place, body) in places {
        let flow = work.join(format!("nul-{place}.yaml"));
        let text = format!("flow: nul\ntasks:\n  a:\n    image: busybox:1.36\n    {body}\n");
        let written = fs::write(&flow, text).map_err(|error| error.to_string());
        for target in [
            "argo", "airflow", "compose", "metaflow", "kubeflow", "prefect",
        ] {
            let result = written.clone().and_then(|()| {
                match flowc.compile(
                    &flow,
                    target,
                    &[],
                    &work.join(format!("nul-{place}-{target}")),
                ) {
                    Ok(_) => Err("it was compiled".to_owned()),
                    Err(said) if said.contains("error[") => Ok(()),
                    Err(said) => Err(format!("not a diagnostic: {said}")),
                }
            });
            checks.result(&format!("NUL in {place} for {target}"), result);
        }
    }
}

fn through_airflow(
    airflow: Airflow,
    flowc: &Flowc,
    work: &Path,
    checks: &mut Checks,
) -> Result<(), String> {
    let dags = work.join("dags");
    let flow = written(work, ALL)?;
    flowc.compile(
        &flow,
        &format!("airflow@{}", airflow.version),
        &["runner=process"],
        &dags,
    )?;
    let env = BTreeMap::from([("DUMP".to_owned(), "{case}/dump".to_owned())]);
    let question = Question {
        name: "hostile".to_owned(),
        folder: dags,
        dag: "hostile".to_owned(),
        conf: serde_json::Map::new(),
        env: airflow::environment(airflow, &env)?,
        date: None,
        timeout: 300,
    };
    let traces = airflow::run(airflow, &[question], work)?;
    let [trace] = traces.as_slice() else {
        return Err("no trace".to_owned());
    };
    if trace.run.as_deref() != Some("success") {
        checks.fail(
            "the run",
            &format!("{:?} {:?}\nlog: {}", trace.run, trace.error, trace.log),
        );
    }
    let dump = work.join("runs/hostile/dump");
    for (name, wanted) in wanted(ALL) {
        let got = fs::read(dump.join(&name)).map_err(|error| error.to_string());
        compare(&name, &wanted, got, checks);
    }
    Ok(())
}

/// Compile the flow and run it; gives the folder of the engine's runs.
fn run_once(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    flow: PathBuf,
    env: BTreeMap<String, String>,
    work: &Path,
    checks: &mut Checks,
) -> Result<PathBuf, String> {
    let folder = work.join("compiled");
    adapter.prepare(flowc, &flow, &folder)?;
    let job = Job {
        name: "hostile".to_owned(),
        flow_name: "hostile".to_owned(),
        flow,
        folder,
        parameters: serde_json::Map::new(),
        env,
        secrets: BTreeMap::new(),
        date: None,
        timeout: 120,
        logs: true,
    };
    let runs = work.join("runs");
    let traces = adapter.run(flowc, &[job], &runs)?;
    match traces.as_slice() {
        [trace] if trace.end == End::Succeeded => {}
        [trace] => checks.fail("the run", &format!("{}\n{}", trace.end, trace.place)),
        _ => return Err("no trace".to_owned()),
    }
    Ok(runs)
}

/// By a run of the engine; `dump` is the folder as its processes know it, `seen` as it is here.
fn through_a_run(
    adapter: &dyn Adapter,
    dump: &str,
    seen: &Path,
    flowc: &Flowc,
    work: &Path,
    checks: &mut Checks,
) -> Result<(), String> {
    let flow = written(work, ALL)?;
    let env = BTreeMap::from([("DUMP".to_owned(), dump.to_owned())]);
    run_once(adapter, flowc, flow, env, work, checks)?;
    for (name, wanted) in wanted(ALL) {
        let got = fs::read(seen.join(&name)).map_err(|error| error.to_string());
        compare(&name, &wanted, got, checks);
    }
    Ok(())
}

/// By `flowc run`: what a process is given is left in the folder of the run, which containers see too.
///
/// # Errors
/// Why nothing could be run.
pub fn through_run(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    work: &Path,
    checks: &mut Checks,
) -> Result<(), String> {
    let flow = written(work, RUN)?;
    let text = fs::read_to_string(&flow).map_err(|error| error.to_string())?;
    let text = text.replace("$DUMP", "${FLOW_OUTPUTS%/tasks/*}/dump");
    fs::write(&flow, text).map_err(|error| error.to_string())?;
    let runs = run_once(adapter, flowc, flow, BTreeMap::new(), work, checks)?;
    let mut folders = fs::read_dir(runs.join("hostile/state/runs"))
        .into_iter()
        .flatten()
        .flatten();
    let run = folders.next().ok_or("there is no folder of the run")?;
    for (name, wanted) in wanted(RUN) {
        let got = fs::read(run.path().join("dump").join(&name)).map_err(|error| error.to_string());
        compare(&name, &wanted, got, checks);
    }
    Ok(())
}

fn through_metaflow(flowc: &Flowc, work: &Path, checks: &mut Checks) -> Result<(), String> {
    let flow = written(work, ALL)?;
    let folder = work.join("compiled");
    let compiled = flowc.compile(&flow, "metaflow", &["runner=process"], &folder)?;
    let [file] = compiled.files.as_slice() else {
        return Err("not one file".to_owned());
    };
    let question = metaflow::Question {
        name: "hostile".to_owned(),
        file: file.clone(),
        parameters: serde_json::Map::new(),
        env: BTreeMap::from([("DUMP".to_owned(), "{case}/dump".to_owned())]),
        date: None,
        timeout: 300,
    };
    let traces = metaflow::run(&[question], work)?;
    let [trace] = traces.as_slice() else {
        return Err("no trace".to_owned());
    };
    if trace.end != End::Succeeded {
        checks.fail("the run", &format!("{}\nlog: {}", trace.end, trace.place));
    }
    let dump = work.join("runs/hostile/dump");
    for (name, wanted) in wanted(ALL) {
        let got = fs::read(dump.join(&name)).map_err(|error| error.to_string());
        compare(&name, &wanted, got, checks);
    }
    Ok(())
}

/// By the interpreter, which reads arguments as Kubernetes and Kubeflow's launcher do.
fn through_kubeflow(flowc: &Flowc, work: &Path, checks: &mut Checks) -> Result<(), String> {
    let flow = written(work, KUBEFLOW)?;
    flowc.compile(&flow, "kubeflow", &[], &work.join("out"))?;
    let dump = work.join("dump");
    if dump.exists() {
        fs::remove_dir_all(&dump).map_err(|error| error.to_string())?;
    }
    let env = BTreeMap::from([("DUMP".to_owned(), dump.display().to_string())]);
    kubeflow::run_one(&work.join("out"), env, work)?;
    for (name, wanted) in wanted(KUBEFLOW) {
        let got = fs::read(dump.join(&name)).map_err(|error| error.to_string());
        compare(&name, &wanted, got, checks);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Rendered {
    error: Option<String>,
    pods: Vec<Pod>,
}

#[derive(Deserialize)]
struct Pod {
    task: String,
    command: Vec<String>,
    args: Vec<String>,
    env: BTreeMap<String, String>,
}

fn through_argo(
    engine: Engine,
    version: &str,
    flowc: &Flowc,
    work: &Path,
    checks: &mut Checks,
) -> Result<(), String> {
    let target = if version.is_empty() {
        "argo".to_owned()
    } else {
        format!("argo@{version}")
    };
    let flow = written(work, ARGO)?;
    let compiled = flowc.compile(&flow, &target, &[], &work.join("out"))?;
    let [file] = compiled.files.as_slice() else {
        return Err("not one file".to_owned());
    };
    let pods = render(engine, file, work)?;
    let got = arrived(&pods);
    defaults_with_tags(engine, &target, flowc, work, checks);
    for (name, wanted) in wanted(ARGO) {
        let got = got
            .get(&name)
            .cloned()
            .ok_or_else(|| "no process was given it".to_owned());
        compare(&name, &wanted, got, checks);
    }
    Ok(())
}

/// A tag in a parameter's default is refused at compile time, or it arrives as it is.
fn defaults_with_tags(
    engine: Engine,
    target: &str,
    flowc: &Flowc,
    work: &Path,
    checks: &mut Checks,
) {
    for (number, (kind, text)) in strings()
        .into_iter()
        .enumerate()
        .filter(|(_, (_, text))| !(ARGO.defaults)(text))
    {
        let flow = work.join(format!("refused-{number:02}.yaml"));
        let source = format!(
            "flow: refused\nparameters:\n  p: {}\ntasks:\n  a:\n    image: busybox:1.36\n    \
             env: {{ V: \"${{{{ parameters.p }}}}\" }}\n    run: echo hi\n",
            value(&text)
        );
        let result = fs::write(&flow, source)
            .map_err(|error| error.to_string())
            .and_then(|()| {
                match flowc.compile(
                    &flow,
                    target,
                    &[],
                    &work.join(format!("refused-{number:02}")),
                ) {
                    Ok(compiled) => arrives(engine, &compiled.files, work, &text),
                    Err(said) if said.contains("error[") => Ok(()),
                    Err(said) => Err(format!("not a diagnostic: {said}")),
                }
            });
        checks.result(&format!("the default of a parameter with {kind}"), result);
    }
}

/// Whether the one process of the file is given the text.
fn arrives(engine: Engine, files: &[PathBuf], work: &Path, text: &str) -> Result<(), String> {
    let [file] = files else {
        return Err("not one file".to_owned());
    };
    let pods = render(engine, file, work)?;
    let came = pods.iter().find_map(|pod| pod.env.get("V"));
    if came.is_some_and(|came| came == text) {
        Ok(())
    } else {
        Err(format!("it was compiled, and {came:?} came"))
    }
}

/// The pods of the file as Argo's code makes them, the outputs of `produce` being the texts.
fn render(engine: Engine, file: &Path, work: &Path) -> Result<Vec<Pod>, String> {
    let outputs: serde_json::Map<String, Value> = strings()
        .into_iter()
        .enumerate()
        .map(|(number, (_, text))| (format!("o{number:02}"), Value::from(text)))
        .collect();
    let jobs = work.join("jobs.json");
    let text = json!([{ "file": file, "outputs": { "produce": outputs } }]).to_string();
    fs::write(&jobs, text).map_err(|error| error.to_string())?;
    let program = engines::ready(engine)?.join("program");
    let said = process::demand(process::command(program).arg("render").arg(&jobs))?;
    let rendered: Vec<Rendered> = serde_json::from_str(&said).map_err(|error| error.to_string())?;
    match rendered.into_iter().next() {
        Some(Rendered { error: None, pods }) => Ok(pods),
        Some(Rendered {
            error: Some(error), ..
        }) => Err(error),
        None => Err("nothing was rendered".to_owned()),
    }
}

/// What the processes would write down, by the names of the dump files.
fn arrived(pods: &[Pod]) -> Wanted {
    let mut got = Wanted::new();
    let count = strings().len();
    for pod in pods {
        let is = |task: &str| {
            pod.task
                .split('/')
                .any(|part| part.split('[').next() == Some(task))
        };
        let vector: Vec<&String> = pod.command.iter().chain(&pod.args).collect();
        if is("through-command") {
            for (number, text) in vector
                .iter()
                .skip(vector.len().saturating_sub(count))
                .enumerate()
            {
                got.insert(format!("command-{number:02}"), text.as_bytes().to_vec());
            }
        } else if is("through-script") {
            if let Some(text) = vector.last() {
                got.insert("script-text".to_owned(), text.as_bytes().to_vec());
            }
        } else if is("through-item") {
            let index = pod
                .env
                .get("FLOW_ITEM_INDEX")
                .and_then(|index| index.parse::<usize>().ok());
            if let (Some(index), Some(text)) = (index, pod.env.get("V")) {
                got.insert(format!("item-{index:02}"), text.as_bytes().to_vec());
            }
        } else {
            for (task, way) in [
                ("through-env", "env"),
                ("through-parameter", "parameter"),
                ("mixed", "mixed"),
                ("consume", "output"),
            ] {
                for (name, text) in pod.env.iter().filter(|_| is(task)) {
                    if let Some(number) = name.strip_prefix('V') {
                        got.insert(format!("{way}-{number}"), text.as_bytes().to_vec());
                    }
                }
            }
        }
    }
    // A shell is not at hand: the script arrived when its text did.
    if got
        .remove("script-text")
        .is_some_and(|text| text == script().into_bytes())
    {
        for (number, (_, text)) in strings().into_iter().enumerate() {
            got.insert(format!("script-{number:02}"), text.into_bytes());
        }
    }
    got
}

fn compare(name: &str, wanted: &[u8], got: Result<Vec<u8>, String>, checks: &mut Checks) {
    let kind = name
        .rsplit('-')
        .next()
        .and_then(|number| number.parse::<usize>().ok());
    let kind = kind
        .and_then(|number| strings().get(number).map(|(kind, _)| *kind))
        .unwrap_or_default();
    let show = |bytes: &[u8]| {
        let text = format!("{:?}", String::from_utf8_lossy(bytes));
        text.chars().take(300).collect::<String>()
    };
    match got {
        Ok(got) if got == wanted => checks.pass(),
        Ok(got) => checks.fail(
            &format!("{name}, {kind}"),
            &format!(
                "sent {} bytes {}\ncame {} bytes {}",
                wanted.len(),
                show(wanted),
                got.len(),
                show(&got)
            ),
        ),
        Err(error) => checks.fail(&format!("{name}, {kind}"), &error),
    }
}
