//! Hostile text through every way that a value can take, compared byte for byte with what a
//! process was given: on real Airflow by the process itself, on Argo by its own template code and
//! the kubelet's rules.

mod strings;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::airflow::{self, Airflow, Question};
use crate::compose;
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::End;
use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::reference::Reference;
use crate::report::{Checks, Report};
use crate::{house, kubeflow, metaflow, process};
use strings::strings;

/// An output is at most 32 KiB.
const OUTPUT_LIMIT: usize = 32 * 1024;

/// What a target can take.
#[derive(Clone, Copy)]
struct Reach {
    /// Which texts can be the default of a parameter.
    defaults: fn(&str) -> bool,
    /// How long the text of an element of a literal list can be.
    items: usize,
}

/// Airflow takes all.
const ALL: Reach = Reach {
    defaults: |_| true,
    items: usize::MAX,
};

/// Argo would read some tags in a parameter's default. A literal list is one of its expressions, which
/// are bounded in their number of parts, and every `{{` in it is written as two.
const ARGO: Reach = Reach {
    defaults: |text| !text.contains("{{"),
    items: OUTPUT_LIMIT,
};

/// Kubeflow would read its placeholders in a parameter's default.
const KUBEFLOW: Reach = Reach {
    defaults: |text| !text.contains("{{$"),
    items: OUTPUT_LIMIT,
};

/// `flowc run` takes all, but each element of a list is a process or container more, and gets it as any variable.
const RUN: Reach = Reach {
    defaults: |_| true,
    items: 8,
};

/// A way from the flow file to a process, and the text that should arrive by it.
type Wanted = BTreeMap<String, Vec<u8>>;

/// Check all ways on all engines.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    let work = house::work("hostile");
    report.step("NUL is refused", |checks| refused(flowc, &work, checks));
    for airflow in airflow::VERSIONS {
        let title = format!("hostile text through {}", airflow.engine.title());
        if without.contains(&airflow.engine) {
            report.leave_out(&title, "left out by --without");
            continue;
        }
        report.step(&title, |checks| {
            if let Err(error) = through_airflow(airflow, flowc, &work, checks) {
                checks.fail(airflow.engine.title(), &error);
            }
        });
    }
    report.step("hostile text through flowc run", |checks| {
        let done = through_run(&Reference, flowc, &work.join("run"), checks);
        checks.result("flowc run", done);
    });
    let docker = "hostile text through Docker Compose";
    if [Engine::Docker, Engine::Compose2]
        .iter()
        .any(|engine| without.contains(engine))
    {
        report.leave_out(docker, "left out by --without");
    } else {
        report.step(docker, |checks| {
            if let Err(error) = through_compose(
                &compose::FIRST,
                "/flow/dump",
                flowc,
                &work.join("compose"),
                checks,
            ) {
                checks.fail("compose", &error);
            }
        });
    }
    for way in compose::USUAL {
        report.step(
            &format!("hostile text through {}", way.engine()),
            |checks| {
                let work = work.join(compose::local_folder(way));
                let dump = work.join("runs/0/flow/dump").display().to_string();
                if let Err(error) = through_compose(&way, &dump, flowc, &work, checks) {
                    checks.fail(&way.engine(), &error);
                }
            },
        );
    }
    let title = format!("hostile text through {}", Engine::Metaflow.title());
    if without.contains(&Engine::Metaflow) {
        report.leave_out(&title, "left out by --without");
    } else {
        report.step(&title, |checks| {
            if let Err(error) = through_metaflow(flowc, &work, checks) {
                checks.fail(Engine::Metaflow.title(), &error);
            }
        });
    }
    let title = format!("hostile text through {}", Engine::Kubeflow.title());
    if without.contains(&Engine::Kubeflow) {
        report.leave_out(&title, "left out by --without");
    } else {
        report.step(&title, |checks| {
            if let Err(error) = through_kubeflow(flowc, &work, checks) {
                checks.fail(Engine::Kubeflow.title(), &error);
            }
        });
    }
    for (engine, version) in [(Engine::Argo36, "3.6"), (Engine::Argo40, "")] {
        let title = format!("hostile text through {}", engine.title());
        if without.contains(&engine) {
            report.leave_out(&title, "left out by --without");
            continue;
        }
        report.step(&title, |checks| {
            if let Err(error) = through_argo(engine, version, flowc, &work, checks) {
                checks.fail(engine.title(), &error);
            }
        });
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
        for target in ["argo", "airflow", "compose", "metaflow", "kubeflow"] {
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
    let work = work.join(airflow.engine.name());
    let dags = work.join("dags");
    let flow = written(&work, ALL)?;
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
    let traces = airflow::run(airflow, &[question], &work)?;
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

/// Through the runner of a Compose file; `dump` is where the processes write, on the volume of the runs.
fn through_compose(
    adapter: &dyn Adapter,
    dump: &str,
    flowc: &Flowc,
    work: &Path,
    checks: &mut Checks,
) -> Result<(), String> {
    let flow = written(work, ALL)?;
    let folder = work.join("file");
    adapter.prepare(flowc, &flow, &folder)?;
    let job = Job {
        name: "hostile".to_owned(),
        flow_name: "hostile".to_owned(),
        flow,
        folder,
        parameters: serde_json::Map::new(),
        env: BTreeMap::from([("DUMP".to_owned(), dump.to_owned())]),
        secrets: BTreeMap::new(),
        date: None,
        timeout: 120,
    };
    let runs = work.join("runs");
    let traces = adapter.run(flowc, &[job], &runs)?;
    match traces.as_slice() {
        [trace] if trace.end == End::Succeeded => {}
        [trace] => checks.fail("the run", &format!("{}\n{}", trace.end, trace.place)),
        _ => return Err("no trace".to_owned()),
    }
    for (name, wanted) in wanted(ALL) {
        let got = fs::read(runs.join("0/flow/dump").join(&name)).map_err(|error| error.to_string());
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
    adapter.prepare(flowc, &flow, &work.join("compiled"))?;
    let job = Job {
        name: "hostile".to_owned(),
        flow_name: "hostile".to_owned(),
        flow,
        folder: work.join("compiled"),
        parameters: serde_json::Map::new(),
        env: BTreeMap::new(),
        secrets: BTreeMap::new(),
        date: None,
        timeout: 120,
    };
    let runs = work.join("runs");
    let traces = adapter.run(flowc, &[job], &runs)?;
    match traces.as_slice() {
        [trace] if trace.end == End::Succeeded => {}
        [trace] => checks.fail("the run", &format!("{}\n{}", trace.end, trace.place)),
        _ => return Err("no trace".to_owned()),
    }
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
    let work = work.join(Engine::Metaflow.name());
    let flow = written(&work, ALL)?;
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
    let traces = metaflow::run(&[question], &work)?;
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
    let work = work.join(Engine::Kubeflow.name());
    let flow = written(&work, KUBEFLOW)?;
    flowc.compile(&flow, "kubeflow", &[], &work.join("out"))?;
    let dump = work.join("dump");
    if dump.exists() {
        fs::remove_dir_all(&dump).map_err(|error| error.to_string())?;
    }
    let env = BTreeMap::from([("DUMP".to_owned(), dump.display().to_string())]);
    kubeflow::run_one(&work.join("out"), env, &work)?;
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
    let work = work.join(engine.name());
    let target = if version.is_empty() {
        "argo".to_owned()
    } else {
        format!("argo@{version}")
    };
    let flow = written(&work, ARGO)?;
    let compiled = flowc.compile(&flow, &target, &[], &work.join("out"))?;
    let [file] = compiled.files.as_slice() else {
        return Err("not one file".to_owned());
    };
    let pods = render(engine, file, &work)?;
    let got = arrived(&pods);
    defaults_with_tags(engine, &target, flowc, &work, checks);
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

/// Every dump file and its bytes.
fn wanted(reach: Reach) -> Wanted {
    let mut wanted = Wanted::new();
    let mut items = 0;
    for (number, (_, text)) in strings().into_iter().enumerate() {
        if text.len() < reach.items {
            wanted.insert(format!("item-{items:02}"), text.clone().into_bytes());
            items += 1;
        }
        for way in ["env", "command", "script"] {
            wanted.insert(format!("{way}-{number:02}"), text.clone().into_bytes());
        }
        if (reach.defaults)(&text) {
            let mixed = format!("<{{{{ {text} }}}}>");
            wanted.insert(format!("mixed-{number:02}"), mixed.into_bytes());
            wanted.insert(format!("parameter-{number:02}"), text.clone().into_bytes());
        }
        if text.len() < OUTPUT_LIMIT {
            wanted.insert(format!("output-{number:02}"), text.into_bytes());
        }
    }
    wanted
}

/// The flow file for targets that hold these texts.
fn written(work: &Path, reach: Reach) -> Result<PathBuf, String> {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let flow = work.join("flow.yaml");
    fs::write(&flow, flow_text(reach)).map_err(|error| error.to_string())?;
    Ok(flow)
}

/// The flow that sends every text every way, as YAML with everything escaped.
fn flow_text(reach: Reach) -> String {
    let all = strings();
    let held: Vec<usize> = (0..all.len())
        .filter(|number| (reach.defaults)(&all[*number].1))
        .collect();
    let held_numbers: Vec<String> = held.iter().map(|number| format!("{number:02}")).collect();
    let small: Vec<usize> = (0..all.len())
        .filter(|number| all[*number].1.len() < OUTPUT_LIMIT)
        .collect();
    let numbers: Vec<String> = (0..all.len())
        .map(|number| format!("{number:02}"))
        .collect();
    let env = |value: &dyn Fn(usize) -> String, numbers: &[usize]| -> String {
        numbers
            .iter()
            .map(|number| format!("      V{number:02}: {}\n", value(*number)))
            .collect()
    };
    let every: Vec<usize> = (0..all.len()).collect();
    let dump = |way: &str, numbers: &[String]| {
        let list = numbers.join(" ");
        quoted(&format!(
            "mkdir -p \"$DUMP\"\nfor n in {list}; do\n  eval \"printf '%s' \\\"\\$V$n\\\"\" > \"$DUMP/{way}-$n\"\ndone\n"
        ))
    };
    let mut flow = String::from("flow: hostile\nparameters:\n");
    let mut line = |text: String| {
        let _ = writeln!(flow, "{text}");
    };
    for (number, (_, text)) in all
        .iter()
        .enumerate()
        .filter(|(_, (_, text))| (reach.defaults)(text))
    {
        line(format!(
            "  p{number:02}: {{ type: string, default: {} }}",
            value(text)
        ));
    }
    line("defaults: { image: 'busybox:1.36' }\ntasks:".to_owned());
    line(format!(
        "  through_env:\n    env:\n{}    run: {}",
        env(&|n| value(&all[n].1), &every),
        dump("env", &numbers)
    ));
    line(format!(
        "  through_parameter:\n    env:\n{}    run: {}",
        env(&|n| format!("\"${{{{ parameters.p{n:02} }}}}\""), &held),
        dump("parameter", &held_numbers)
    ));
    line(format!(
        "  mixed:\n    env:\n{}    run: {}",
        env(
            &|n| format!("\"<{{{{ ${{{{ parameters.p{n:02} }}}} }}}}>\""),
            &held
        ),
        dump("mixed", &held_numbers)
    ));
    let save = "i=0; mkdir -p \"$DUMP\"; for a in \"$@\"; do printf '%s' \"$a\" > \"$DUMP/command-$(printf %02d $i)\"; i=$((i+1)); done";
    line(format!(
        "  through_command:\n    command: [sh, -c, {}, sh",
        quoted(save)
    ));
    for (_, text) in &all {
        line(format!("      , {}", value(text)));
    }
    line("      ]".to_owned());
    line(format!("  through_script:\n    run: {}", value(&script())));
    line("  through_item:\n    for_each:".to_owned());
    for (_, text) in all.iter().filter(|(_, text)| text.len() < reach.items) {
        line(format!("      - {}", value(text)));
    }
    let save = "mkdir -p \"$DUMP\"; printf '%s' \"$V\" > \"$DUMP/item-$(printf %02d \"$FLOW_ITEM_INDEX\")\"";
    line(format!(
        "    env: {{ V: \"${{{{ item }}}}\" }}\n    run: {}",
        quoted(save)
    ));
    let outputs: Vec<String> = small
        .iter()
        .map(|number| format!("o{number:02}: string"))
        .collect();
    let few: Vec<String> = small.iter().map(|number| format!("{number:02}")).collect();
    let write = format!(
        "for n in {}; do\n  eval \"printf '%s\\n' \\\"\\$V$n\\\"\" > \"$FLOW_OUTPUTS/o$n\"\ndone\n",
        few.join(" ")
    );
    line(format!(
        "  produce:\n    env:\n{}    run: {}\n    outputs: {{ {} }}",
        env(&|n| value(&all[n].1), &small),
        quoted(&write),
        outputs.join(", ")
    ));
    line(format!(
        "  consume:\n    env:\n{}    run: {}",
        env(
            &|n| format!("\"${{{{ tasks.produce.outputs.o{n:02} }}}}\""),
            &small
        ),
        dump("output", &few)
    ));
    flow
}

/// A script with every text as a literal of the shell.
fn script() -> String {
    let mut script = String::from("mkdir -p \"$DUMP\"\n");
    for (number, (_, text)) in strings().into_iter().enumerate() {
        let literal = text.replace('\'', "'\\''");
        let _ = writeln!(
            script,
            "printf '%s' '{literal}' > \"$DUMP/script-{number:02}\""
        );
    }
    script
}

/// A text where expressions are looked for.
fn value(text: &str) -> String {
    quoted(&text.replace("${{", "$${{"))
}

/// A text as a double-quoted scalar, in ASCII.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            other => {
                let _ = write!(out, "\\U{:08X}", other as u32);
            }
        }
    }
    out.push('"');
    out
}
