//! From a command line to a run: the flow, its parameters and secrets, the folder, the history.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Instant;

use flowc_core::expr::Value;
use flowc_core::flow::{Flow, OnConflict};
use flowc_core::run::{Facts, History, Layout, Machine, State};
use flowc_core::source::Sources;
use indexmap::IndexMap;

use super::cache::Cache;
use super::docker::{self, Docker};
use super::engine::{Clock, End, Engine, Message, messages};
use super::events::Events;
use super::groups::{self, Groups, Place};
use super::journal::{Journal, Past, Record, RunRecord};
use super::process::end_leftover;
use super::questions::Answers;
use super::secrets::{Masks, secrets};
use super::signals::listen;
use super::start::{Start, checked};
use super::store::{RunFolder, Store};
use super::view::View;
use super::{Runner, plan};
use crate::args::Run;
use crate::console::Console;
use crate::failure::Failure;

/// A flow without errors, and where it came from.
pub struct Prepared {
    /// The flow.
    pub flow: Flow,
    /// Its texts.
    pub sources: Sources,
    /// The folder of the flow file.
    pub folder: PathBuf,
}

/// Runs a flow, or goes on with a run.
///
/// # Errors
/// What keeps the run from starting, but for refused parameters: those end it as failed.
pub fn run(args: &Run, prepared: Prepared, console: Console) -> Result<State, Failure> {
    let store = Store::new(args.state.as_deref())?;
    let mut events = Events::new(args.events.as_deref())?;
    let Prepared {
        flow,
        sources,
        folder,
    } = prepared;
    let clock = Clock::new();
    let resumed = match &args.resume {
        Some(id) => Some(open(&store, id, &flow)?),
        None => None,
    };
    let start = match &resumed {
        Some((_, past)) => Start::resumed(past)?,
        None => Start::new(args, &flow, &store, &folder, clock)?,
    };
    let parameters = match checked(&flow, &start, args) {
        Ok(parameters) => parameters,
        Err(problems) => {
            events.refused(&problems);
            for problem in &problems {
                console.fail(&Failure::new(problem.message.clone()));
            }
            return Ok(State::Failed);
        }
    };
    let selection = start.selection(&flow)?;
    let missing = selection.missing(&flow, &start.history);
    if let Some(first) = missing.first() {
        let names: Vec<&str> = missing.iter().map(|id| &*flow.task(*id).path).collect();
        return Err(Failure::new(format!(
            "no earlier run says what became of {}",
            names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ))
        .help(format!(
            "run the whole flow first, or `--from {}`",
            flow.task(*first).path
        )));
    }
    if args.dry_run {
        console.print(&plan::plan(&flow, &sources, &parameters, &selection))?;
        return Ok(State::Succeeded);
    }
    let folder = start.folder.clone();
    let secrets = secrets(&flow, &folder, args.env_file.as_deref())?;
    if start.runner == Runner::Docker {
        docker::find_engine()?;
    }
    let (sender, receiver) = messages();
    let signals = listen(&sender)?;
    let groups = Groups::new(store.beside("concurrency"));
    let _place = match place_of_run(&flow, &groups, &receiver, console) {
        Entry::Free(place) => place,
        Entry::Full(group) => {
            console.warn(&format!(
                "run skipped: its concurrency group `{group}` is full"
            ));
            return Ok(State::Skipped);
        }
        Entry::Interrupted => return Ok(State::Failed),
    };
    let (run_folder, again) = match resumed {
        Some((folder, past)) => {
            let again = past.state.is_some();
            (folder, Some(again))
        }
        None => (store.create(jiff::Timestamp::now())?, None),
    };
    let id = run_folder.id.clone();
    let root = run_folder.path.to_string_lossy().into_owned();
    let layout = Layout { root };
    let docker = match start.runner {
        Runner::Process => None,
        Runner::Docker => Some(Arc::new(Docker::new(&id, &layout)?)),
    };
    if let Some(docker) = docker.as_ref().filter(|_| again.is_some()) {
        // Containers go on when flowc is killed.
        docker.clear();
    }
    if docker.is_some() {
        Docker::clear_killed(&store);
    }
    let journal = begin(&run_folder, &flow, &start, &parameters, again, clock)?;
    let mut hidden = Vec::new();
    for name in secrets.keys() {
        hidden.extend([name.clone(), name.to_uppercase()]);
    }
    let inherited = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    hidden.extend(inherited.filter(|name| name.starts_with("FLOW_") || name.starts_with("FLOWC_")));
    let masks = Arc::new(Masks::new(&secrets));
    let facts = Facts {
        id: id.clone(),
        date: start.date.clone(),
        scheduled_at: start.scheduled_at.clone(),
        secrets,
        shared_groups: true,
        jobs: Some(args.jobs.map_or_else(default_jobs, |jobs| jobs.max(1))),
        layout: layout.clone(),
    };
    let flow = Arc::new(flow);
    let machine = Machine::new(&flow, &parameters, facts)
        .map_err(|_| Failure::new("the parameters were refused"))?
        .with_history(start.history.clone())
        .with_selection(selection);
    let answers = Answers::new(args, &flow, &sender);
    let view = View::new(flow.clone(), layout.clone(), console.colour_err);
    let mut engine = Engine {
        flow: flow.clone(),
        machine,
        id: id.clone(),
        layout,
        folder,
        journal,
        events,
        view,
        masks,
        hidden,
        docker: docker.clone(),
        cache: (!args.no_cache).then(|| Cache::new(store.beside("cache"))),
        groups,
        answers,
        clock,
        sender,
        receiver,
        going: HashMap::new(),
        deadlines: Default::default(),
        questions: Vec::new(),
        interrupted: 0,
    };
    engine.view.line(&headline(&flow, &id, start.runner, again));
    let end = engine.run();
    signals.close();
    if let Some(docker) = docker {
        docker.stop_all();
    }
    engine.events.flush();
    let state = match end {
        End::Final(state) => Some(state),
        End::Interrupted => None,
    };
    engine.view.finish(&flow, state, &id, Instant::now());
    Ok(state.unwrap_or(State::Failed))
}

/// Whether a run may start.
enum Entry {
    /// With a place in its concurrency group, if it has one.
    Free(Option<Place>),
    /// The group is full, and the flow says to skip then.
    Full(String),
    /// Somebody wanted it to end meanwhile.
    Interrupted,
}

/// The place of the run in its concurrency group, when there is one.
fn place_of_run(
    flow: &Flow,
    groups: &Groups,
    receiver: &Receiver<Message>,
    console: Console,
) -> Entry {
    let Some(concurrency) = &flow.concurrency else {
        return Entry::Free(None);
    };
    let group = &concurrency.group.value;
    let mut told = false;
    loop {
        let place = groups.place(group, concurrency.limit.value.max(1));
        match (place, concurrency.on_conflict.value) {
            (Some(place), _) => return Entry::Free(Some(place)),
            (None, OnConflict::Skip) => return Entry::Full(group.clone()),
            (None, OnConflict::Wait) => {}
        }
        if !std::mem::replace(&mut told, true) {
            let text =
                format!("waiting: other runs have all places of the concurrency group `{group}`\n");
            console.tell(&text);
        }
        if let Ok(Message::Signal) = receiver.recv_timeout(groups::POLL) {
            return Entry::Interrupted;
        }
    }
}

fn headline(flow: &Flow, id: &str, runner: Runner, again: Option<bool>) -> String {
    let what = match again {
        None => "run",
        Some(false) => "going on with run",
        Some(true) => "trying again run",
    };
    let uses_images = flow
        .tasks
        .iter()
        .filter_map(|task| task.process())
        .any(|process| process.image.is_some());
    let how = match runner {
        Runner::Process if uses_images => " as processes of this machine, without their images",
        Runner::Process => "",
        Runner::Docker => " in containers",
    };
    format!("{what} {id} of {}{how}", flow.name.value)
}

fn default_jobs() -> u32 {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(cores).unwrap_or(u32::MAX).max(4)
}

fn open(store: &Store, id: &str, flow: &Flow) -> Result<(RunFolder, Past), Failure> {
    let folder = store.open(id)?;
    let mut past = store.past(&folder.id, flow)?;
    if past.state == Some(State::Succeeded) {
        return Err(Failure::new(format!("run `{}` has succeeded", folder.id))
            .help("there is nothing to go on with; `--from TASK` runs a part of it again"));
    }
    let layout = Layout {
        root: folder.path.to_string_lossy().into_owned(),
    };
    for (task, index, attempt) in &past.open {
        let attempt = layout.attempt(task, index, *attempt);
        end_leftover(Path::new(&attempt), &folder.id);
    }
    if past.state.is_some() {
        past.history.try_again(flow);
        past.history.began = None;
    }
    Ok((folder, past))
}

/// Writes down what the run is, or that it goes on.
fn begin(
    folder: &RunFolder,
    flow: &Flow,
    start: &Start,
    parameters: &IndexMap<String, Value>,
    again: Option<bool>,
    clock: Clock,
) -> Result<Journal, Failure> {
    let path = folder.journal();
    if again.is_none() {
        let text = flowc_core::ir::to_json(flow);
        let file = folder.flow();
        fs::write(&file, text).map_err(|error| Failure::io("write", &file, &error))?;
    }
    let mut journal = Journal::open(&path)?;
    let at = clock.now().0;
    match again {
        Some(again) => journal.add(&Record::Resumed { again, at }),
        None => journal.add(&Record::Run(Box::new(RunRecord {
            id: folder.id.clone(),
            flow: flow.name.value.clone(),
            folder: start.folder.to_string_lossy().into_owned(),
            parameters: parameters.clone(),
            date: start.date.clone(),
            scheduled_at: start.scheduled_at.clone(),
            runner: start.runner.as_str().into(),
            only: start.only.clone(),
            from: start.from.clone(),
            at,
        }))),
    }
    if start.taken_over {
        write_taken_over(&mut journal, flow, &start.history);
    }
    match journal.flush() {
        None => {
            journal.sync();
            Ok(journal)
        }
        Some(why) => {
            let path = crate::report::slashes(&path);
            Err(Failure::new(format!("cannot write `{path}`: {why}")))
        }
    }
}

fn write_taken_over(journal: &mut Journal, flow: &Flow, history: &History) {
    let mut attempts: Vec<_> = history.attempts.iter().collect();
    attempts.sort_by_key(|(key, _)| *key);
    for (key, attempts) in attempts {
        for attempted in attempts {
            journal.add(&Record::Ended {
                task: flow.task(key.task).path.clone(),
                index: key.index.clone(),
                attempt: attempted.number,
                at: attempted.ended.0,
                how: (&attempted.outcome).into(),
            });
        }
    }
    let mut ended: Vec<_> = history.ended.iter().collect();
    ended.sort();
    for (key, state) in ended {
        journal.add(&Record::Task {
            task: flow.task(key.task).path.clone(),
            index: key.index.clone(),
            state: state.as_str().into(),
            at: 0,
        });
    }
}
