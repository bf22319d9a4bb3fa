//! What each pass saves: tasks, processes, dependencies, bytes; and the time of a chain-heavy flow with a
//! container for each task and with one for each chain.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use flowc_cli::pipeline;
use flowc_cli::request::requests;
use flowc_core::flow::{Body, Flow};
use flowc_core::loss::OnLoss;
use flowc_core::passes::{Level, Options, PASSES, optimise};
use flowc_core::resolve::Loader;
use flowc_core::source::Sources;
use flowc_core::text::Text;

use crate::compose;
use crate::conformance::adapter::{Adapter, Job};
use crate::conformance::trace::{End, Trace};
use crate::flowc::Flowc;
use crate::house;
use crate::report::{Checks, Report};

/// The chains of the chain-heavy flow, and the tasks of each: 400 in all.
const CHAINS: (usize, usize) = (20, 20);

/// Targets whose files are measured.
const TARGETS: [&str; 3] = ["argo", "airflow", "compose"];

/// Seconds that the chain-heavy flow may take.
const LONGEST: u32 = 1_500;

/// The tables, and the run on Docker when it is asked for.
pub fn steps(report: &mut Report, flowc: &Flowc, on_docker: bool) {
    report.step("what each pass saves", |checks| {
        let flows = [("mixed", mixed()), ("chains", chains(CHAINS))];
        for (name, text) in &flows {
            checks.result(name, table(name, text));
        }
    });
    if on_docker {
        report.step("400 tasks in chains on Docker Compose", |checks| {
            if let Err(error) = timed(flowc, checks) {
                checks.fail("the run", &error);
            }
        });
    }
}

struct Part;

impl Loader for Part {
    fn load(&mut self, path: &str) -> Result<String, String> {
        match path {
            "part.yaml" => Ok(PART.to_owned()),
            _ => Err("no such file".to_owned()),
        }
    }
}

const PART: &str = "flow: part
defaults: { image: \"busybox:1.36\" }
parameters: { size: 3, place: here, check: false }
tasks:
  inner:
    env: { SIZE: \"${{ parameters.size }}\", PLACE: \"at ${{ parameters.place }}\" }
    run: echo \"$SIZE $PLACE\"
  checked: { depends_on: [inner], when: \"${{ parameters.check }}\", run: echo checked }
";

/// A flow with something for every pass.
fn mixed() -> String {
    let mut text = String::from(
        "flow: mixed\ndefaults: { image: \"busybox:1.36\" }\nparameters: { day: monday }\ntasks:\n",
    );
    // Writing to a string cannot fail.
    for task in 0..100_usize {
        let layer = task / 10;
        let before = layer.saturating_sub(2) * 10..layer * 10;
        let names: Vec<String> = before.map(|before| format!("layer_{before}")).collect();
        let list = names.join(", ");
        let _ = writeln!(
            text,
            "  layer_{task}: {{ depends_on: [{list}], run: ./work {task} }}"
        );
    }
    for task in 0..20 {
        let _ = writeln!(
            text,
            "  made_{task}: {{ pure: true, env: {{ DAY: \"${{{{ parameters.day }}}}\" }}, run: ./make, outputs: {{ o: string }} }}\n  used_{task}: {{ env: {{ O: \"${{{{ tasks.made_{task}.outputs.o }}}}\" }}, retries: 1, run: ./use {task} }}"
        );
    }
    for task in 0..10 {
        let _ = writeln!(
            text,
            "  unread_{task}: {{ pure: true, run: ./count {task}, outputs: {{ n: integer }} }}\n  off_{task}: {{ when: \"${{{{ false }}}}\", run: ./old {task} }}\n  part_{task}: {{ flow: part.yaml, with: {{ size: {task} }} }}"
        );
    }
    text
}

/// Tasks in chains, each reading a text of the one before.
fn chains((chains, tasks): (usize, usize)) -> String {
    let mut text = String::from("flow: chains\ndefaults: { image: \"busybox:1.36\" }\ntasks:\n");
    for chain in 0..chains {
        for task in 0..tasks {
            let read = match task.checked_sub(1) {
                Some(before) => format!("${{{{ tasks.c{chain}_t{before}.outputs.o }}}}"),
                None => "0".to_owned(),
            };
            let _ = writeln!(
                text,
                "  c{chain}_t{task}:\n    env: {{ BEFORE: \"{read}\" }}\n    run: echo \"$((BEFORE + 1))\" > \"$FLOW_OUTPUTS/o\"\n    outputs: {{ o: string }}"
            );
        }
    }
    let ends = (0..chains).map(|chain| format!("c{chain}_t{}", tasks - 1));
    let ends: Vec<String> = ends.collect();
    let _ = writeln!(
        text,
        "  end: {{ depends_on: [{}], run: echo done }}",
        ends.join(", ")
    );
    text
}

fn table(name: &str, text: &str) -> Result<(), String> {
    println!("   {name:8}  tasks  processes  dependencies  argo kB  airflow kB  compose kB");
    let alone = PASSES.iter().map(|pass| {
        let mut options = Options::new(Level::O0);
        let known = options
            .switch(pass.name, true)
            .map_err(|unknown| unknown.message);
        known.map(|()| (pass.name, options))
    });
    let alone = alone.collect::<Result<Vec<_>, _>>()?;
    let levels = [Level::O1, Level::O2].map(|level| (level.as_str(), Options::new(level)));
    let all = std::iter::once(("-O0", Options::new(Level::O0)))
        .chain(alone)
        .chain(levels);
    for (name, options) in all {
        let (flow, bytes) = compiled(text, &options)?;
        let processes = flow
            .tasks
            .iter()
            .filter(|task| matches!(task.body, Body::Process(_)));
        let edges: usize = flow.tasks.iter().map(|task| task.upstream.len()).sum();
        let kilobytes = |target| bytes.get(target).map_or(0.0, |bytes| *bytes as f64 / 1e3);
        println!(
            "   {name:8} {:6} {:10} {edges:13} {:8.1} {:11.1} {:11.1}",
            flow.tasks.len(),
            processes.count(),
            kilobytes("argo"),
            kilobytes("airflow"),
            kilobytes("compose"),
        );
    }
    Ok(())
}

/// A flow after passes, and the size of what each target gets of it.
fn compiled(
    text: &str,
    options: &Options,
) -> Result<(Flow, BTreeMap<&'static str, usize>), String> {
    let specs = TARGETS.map(str::to_owned);
    let requests = requests(&specs, &[], "flow.yaml").map_err(|failure| failure.message)?;
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text);
    let (checked, bundles) = pipeline::compile(
        &mut sources,
        file,
        &mut Part,
        &[],
        &requests,
        options,
        OnLoss::Allow,
    )
    .map_err(|failure| failure.message)?;
    if let Some(problem) = checked
        .diagnostics
        .iter()
        .next()
        .filter(|_| bundles.is_empty())
    {
        return Err(problem.message.clone());
    }
    let flow = checked.flow.ok_or("no flow")?;
    let sizes = bundles
        .iter()
        .map(|bundle| bundle.files.values().map(Text::len).sum());
    let flow = optimise(&flow, options).flow.into_owned();
    Ok((flow, TARGETS.into_iter().zip(sizes).collect()))
}

/// Runs the chains with a container for each task, and with one for each chain.
fn timed(flowc: &Flowc, checks: &mut Checks) -> Result<(), String> {
    let work = house::work("bench-passes");
    let file = work.join("flow.yaml");
    fs::write(&file, chains(CHAINS)).map_err(|error| error.to_string())?;
    for level in [Level::O0, Level::O2] {
        let name = level.as_str().trim_start_matches('-').to_owned();
        let folder = work.join(&name);
        compose::FIRST.prepare(&flowc.at(level), &file, &folder)?;
        let job = Job {
            name: name.clone(),
            flow_name: "chains".to_owned(),
            flow: file.clone(),
            folder,
            parameters: serde_json::Map::new(),
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
            date: None,
            timeout: LONGEST,
            logs: false,
        };
        let traces = compose::FIRST.run(flowc, &[job], &work.join(format!("{name}-run")))?;
        let trace = traces.first().ok_or("the engine has no answer")?;
        let fine = trace.end == End::Succeeded;
        println!(
            "   {:4} {:4} tasks of the engine, {:7.1} s from the first start to the last end",
            level.as_str(),
            trace.tasks.len(),
            duration(trace),
        );
        let detail = || format!("the run is {}; see {}", trace.end, trace.place);
        checks.result(&name, if fine { Ok(()) } else { Err(detail()) });
    }
    Ok(())
}

fn duration(trace: &Trace) -> f64 {
    let outcomes = trace.tasks.values().flat_map(|node| node.outcomes());
    let spans: Vec<_> = outcomes.flat_map(|outcome| outcome.spans.clone()).collect();
    let began = spans.iter().map(|span| span.began).fold(f64::MAX, f64::min);
    let ended = spans.iter().map(|span| span.ended).fold(f64::MIN, f64::max);
    (ended - began).max(0.0)
}
