//! The same trace everywhere: flows with what they must do by the language page, run for real on every
//! engine, each answer turned into one form and compared by one function.

pub mod adapter;
pub mod compare;
pub mod expect;
mod optimised;
pub mod order;
mod page;
mod random;
pub mod trace;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use flowc_core::passes::{Level, Report as Passes};

use crate::engines::Engine;
use crate::flowc::{self, Flowc};
use crate::kubeflow::Kubeflow;
use crate::lanes::Steps;
use crate::reference::Reference;
use crate::report::{Checks, Report, say};
use crate::{airflow, compose, house, metaflow, prefect};
use adapter::{Adapter, Job};
use expect::{Case, Run};
use page::{Cell, Column};

/// The file of a flow after the passes, in the folder of an engine that takes flows.
pub const OPTIMISED: &str = "flow.ir.json";

/// Seconds that a run may take.
const TIMEOUT: u32 = 180;

/// Every engine that runs flows.
pub fn adapters() -> Vec<Box<dyn Adapter>> {
    let mut adapters: Vec<Box<dyn Adapter>> = vec![Box::new(Reference)];
    for version in airflow::VERSIONS {
        adapters.push(Box::new(version));
    }
    adapters.push(Box::new(compose::FIRST));
    adapters.push(Box::new(metaflow::Metaflow));
    adapters.push(Box::new(prefect::Prefect));
    adapters.push(Box::new(Kubeflow));
    adapters
}

/// Which runs are wanted.
#[derive(Default)]
pub struct Filter {
    /// How many random flows instead of the cases, and the seed they come from.
    pub random: Option<(usize, u64)>,
    /// Targets whose name begins so; all when absent.
    pub target: Option<String>,
    /// Write what came of it into the page and the README.
    pub write: bool,
    /// Cases with one of these in their name; all when empty.
    pub cases: Vec<String>,
    /// Run what `-O2` makes otherwise than `-O1`, and that alone.
    pub optimised: bool,
}

/// Run the cases and the examples on every engine, or random flows.
pub fn steps(report: &mut Report, flowc: &Flowc, filter: &Filter, without: &[Engine]) {
    let mut ran = false;
    let mut columns = Vec::new();
    let cases = cases(report, filter);
    let flowc = &flowc.at(if filter.optimised {
        Level::O2
    } else {
        Level::default()
    });
    let at = if filter.optimised { " at -O2" } else { "" };
    for adapter in adapters() {
        let named = |target: &String| adapter.target().starts_with(target.as_str());
        if !filter.target.as_ref().is_none_or(named) {
            continue;
        }
        ran = true;
        if let Some((count, seed)) = filter.random {
            let title = format!("{count} random flows on {}{at}", adapter.engine());
            report.step_on(adapter.needs(), without, &title, |checks| {
                random::run(&*adapter, flowc, count, seed, checks);
            });
            continue;
        }
        let (target, engine) = (adapter.target(), adapter.engine());
        let title = format!("conformance of {target} on {engine}{at}");
        report.step_on(adapter.needs(), without, &title, |checks| {
            let work = house::work(&format!("conformance{}-{target}", at.replace(" at ", "")));
            columns.extend(column(&*adapter, flowc, &cases, &work, checks));
        });
    }
    if filter.write {
        report.step("docs/conformance.md", |checks| {
            let written = expect::cases().and_then(|all| page::write(&all, &columns));
            checks.result("the page", written);
        });
    }
    if !ran || cases.is_empty() {
        report.step("conformance", |checks| {
            checks.fail("the selection", "no target or no case has this name");
        });
    }
}

/// All cases on every engine, again at `-O2`, and random flows, as many as each can bear.
pub fn all_steps<'a>(flowc: &'a Flowc, without: &'a [Engine]) -> Vec<Steps<'a>> {
    let mut all = Vec::new();
    let adapters = adapters();
    let filter = |adapter: &dyn Adapter| Filter {
        target: Some(adapter.target().to_owned()),
        ..Filter::default()
    };
    let mut add = |adapter: &dyn Adapter, filter: Filter| {
        all.push(Steps::new(adapter.needs(), move |report| {
            steps(report, flowc, &filter, without);
        }));
    };
    for adapter in &adapters {
        add(&**adapter, filter(&**adapter));
    }
    for adapter in &adapters {
        let optimised = Filter {
            optimised: true,
            ..filter(&**adapter)
        };
        add(&**adapter, optimised);
    }
    for (adapter, seed) in adapters.iter().zip(1..) {
        let random = Filter {
            random: Some((adapter.random().1, seed)),
            ..filter(&**adapter)
        };
        add(&**adapter, random);
    }
    all.push(Steps::new(&[], move |report| {
        let (_, count) = compose::USUAL[0].random();
        random_shell_steps(report, flowc, count);
    }));
    all
}

/// What Compose's runner does, without the time that containers take.
pub fn random_shell_steps(report: &mut Report, flowc: &Flowc, count: usize) {
    let local = &compose::USUAL[0];
    report.step(
        &format!("{count} random flows on {}", local.engine()),
        |checks| {
            random::run(local, flowc, count, 2, checks);
        },
    );
}

/// The cases that are wanted.
fn cases(report: &mut Report, filter: &Filter) -> Vec<Case> {
    let wanted = |case: &Case| {
        let named = |part: &String| case.name.contains(part.as_str());
        filter.cases.is_empty() || filter.cases.iter().any(named)
    };
    match expect::cases() {
        Ok(cases) => cases.into_iter().filter(wanted).collect(),
        Err(error) => {
            report.step("conformance", |checks| checks.fail("the cases", &error));
            Vec::new()
        }
    }
}

/// Run these cases on one engine.
pub fn on(adapter: &dyn Adapter, flowc: &Flowc, cases: &[Case], work: &Path, checks: &mut Checks) {
    column(adapter, flowc, cases, work, checks);
}

/// The same, with what came of them.
fn column(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    cases: &[Case],
    work: &Path,
    checks: &mut Checks,
) -> Option<Column> {
    let mut cells = BTreeMap::new();
    let runs = prepare(adapter, flowc, cases, work, checks, &mut cells);
    match run(adapter, flowc, &runs, work, checks, &mut cells) {
        Ok(()) => Some(Column {
            target: adapter.target().to_owned(),
            engine: adapter.engine(),
            cells,
        }),
        Err(error) => {
            checks.fail(&adapter.engine(), &error);
            None
        }
    }
}

/// A run that is to be made.
struct Planned<'a> {
    job: Job,
    case: &'a Case,
    run: Run,
    /// The loss because of which it must go otherwise.
    loss: Option<String>,
}

/// Compile every case, and see that those are refused that must be.
fn prepare<'a>(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    cases: &'a [Case],
    work: &Path,
    checks: &mut Checks,
    cells: &mut BTreeMap<String, Cell>,
) -> Vec<Planned<'a>> {
    let mut planned = Vec::new();
    let mut same = 0;
    for case in cases {
        if flowc.level() > Level::default() && !optimised::is_more(&case.flow, flowc.level()) {
            same += 1;
            continue;
        }
        let folder = work.join("compiled").join(&case.name);
        let prepared = adapter.prepare(flowc, &case.flow, &folder);
        let cell = cells.entry(case.name.clone()).or_default();
        if let Some(code) = case.expectation.refusal(adapter.target()) {
            let name = format!("{} is refused", case.name);
            let result = refused(&prepared, code);
            cell.instead = Some(code.to_owned());
            cell.wrong += usize::from(result.is_err());
            checks.result(&name, result);
            continue;
        }
        let (said, report) = match prepared {
            Ok(said) if adapter.sees_passes(flowc) => {
                (said, optimised::report(&case.flow, flowc.level()))
            }
            Ok(said) => (said, Passes::default()),
            Err(said) => {
                cell.wrong += 1;
                checks.fail(&format!("{} is compiled", case.name), &said);
                continue;
            }
        };
        let why = case.expectation.cannot_run.clone();
        if let Some(why) = why.or_else(|| adapter.cannot_run(case)) {
            let result = only_example(case, &why);
            cell.instead = Some("compiled".to_owned());
            cell.wrong += usize::from(result.is_err());
            checks.result(&case.name, result);
            continue;
        }
        for run in &case.expectation.cases {
            let loss = case.expectation.loss(run, adapter.target());
            if loss.is_some() && !said.contains("[lossy-feature]") {
                cell.wrong += 1;
                let detail = "a loss is known, but the compiler does not warn of any";
                checks.fail(&format!("{}/{}", case.name, run.name), detail);
                continue;
            }
            match job(case, run, &folder) {
                Ok(job) => planned.push(Planned {
                    job,
                    case,
                    run: optimised::mapped(run, &report),
                    loss,
                }),
                Err(error) => checks.fail(&case.name, &error),
            }
        }
    }
    if same > 0 {
        checks.note(format!("{same} flows are what they are at -O1"));
    }
    planned
}

/// Nothing but an example may stay without a run.
fn only_example(case: &Case, why: &str) -> Result<(), String> {
    if case.name.starts_with("examples/") {
        say(&format!("   {} is compiled, not run: {why}", case.name));
        Ok(())
    } else {
        Err(format!("a case must run: {why}"))
    }
}

/// Whether a flow was refused with this code.
fn refused(prepared: &Result<String, String>, code: &str) -> Result<(), String> {
    match prepared {
        Ok(_) => Err("it was compiled".to_owned()),
        Err(said) => {
            let errors: Vec<&str> = said
                .lines()
                .filter(|line| line.contains("error["))
                .collect();
            let all = errors
                .iter()
                .all(|line| line.contains(&format!("error[{code}]")));
            if all && !errors.is_empty() {
                Ok(())
            } else {
                Err(said.clone())
            }
        }
    }
}

fn job(case: &Case, run: &Run, folder: &Path) -> Result<Job, String> {
    let stand_ins = house::engine_files().join("stand-ins");
    let mut env = BTreeMap::from([
        ("PATH".to_owned(), path_with(&stand_ins.join("bin"))),
        ("PYTHONPATH".to_owned(), stand_ins.display().to_string()),
        ("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()),
    ]);
    env.extend(run.env.clone());
    Ok(Job {
        name: format!("{}/{}", case.name, slug(&run.name)),
        flow_name: flowc::flow_name(&case.flow)?,
        flow: Some(folder.join(OPTIMISED))
            .filter(|file| file.exists())
            .unwrap_or_else(|| case.flow.clone()),
        folder: folder.to_path_buf(),
        parameters: run.parameters.clone(),
        env,
        secrets: run.secrets.clone(),
        date: run.date.clone(),
        timeout: TIMEOUT,
        logs: true,
    })
}

/// The name of a run as that of a folder.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

fn path_with(folder: &Path) -> String {
    let inherited = std::env::var("PATH").unwrap_or_default();
    format!("{}:{inherited}", folder.display())
}

/// Run what was planned, in one batch.
fn run(
    adapter: &dyn Adapter,
    flowc: &Flowc,
    planned: &[Planned],
    work: &Path,
    checks: &mut Checks,
    cells: &mut BTreeMap<String, Cell>,
) -> Result<(), String> {
    let jobs: Vec<Job> = planned.iter().map(|one| one.job.clone()).collect();
    if jobs.is_empty() {
        return Ok(());
    }
    let traces = adapter.run(flowc, &jobs, &work.join("runs"))?;
    let mut lost = 0;
    for one in planned {
        let name = &one.job.name;
        let cell = cells.entry(one.case.name.clone()).or_default();
        let Some(trace) = traces.iter().find(|trace| trace.name == *name) else {
            cell.wrong += 1;
            checks.fail(name, "the engine has no answer");
            continue;
        };
        let found = compare::differences(&one.run, trace, adapter.target(), adapter.at_once());
        let result = match (&one.loss, found.is_empty()) {
            (None, true) => {
                cell.right += 1;
                Ok(())
            }
            (None, false) => Err(format!(
                "{}\nsee {}; it is about: {}",
                found.join("\n"),
                trace.place,
                one.case.expectation.rules()
            )),
            (Some(_), false) => {
                lost += 1;
                cell.lost += 1;
                Ok(())
            }
            (Some(loss), true) => Err(format!("it goes as it must, so this is no loss: {loss}")),
        };
        cell.wrong += usize::from(result.is_err());
        checks.result(name, result);
    }
    checks.note(format!("{} runs, {lost} with a declared loss", jobs.len()));
    Ok(())
}
