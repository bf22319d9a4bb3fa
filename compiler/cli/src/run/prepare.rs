//! From a command line to a run: the flow, its parameters and secrets, the folder, the history.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Instant;

use flowc_core::expr::{Value, parse_parameter_text};
use flowc_core::flow::{Body, Flow, TaskId};
use flowc_core::run::{
    Facts, History, Layout, Machine, Outcome, RefusedParameter, Selection, State, check_parameters,
};
use flowc_core::source::Sources;
use flowc_core::suggest::did_you_mean;
use indexmap::IndexMap;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::docker::{self, Docker};
use super::engine::{Answers, Clock, End, Engine, Message, messages};
use super::events::Events;
use super::journal::{Journal, Past, Record, RunRecord};
use super::process::end_leftover;
use super::secrets::{Masks, secrets};
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
    let (run_folder, again) = match resumed {
        Some((folder, past)) => {
            let again = past.state.is_some();
            (folder, Some(again))
        }
        None => (store.create(jiff::Timestamp::now())?, None),
    };
    let id = run_folder.id.clone();
    let docker = match start.runner {
        Runner::Process => None,
        Runner::Docker if docker::can_mount(&run_folder.path) => Some(Arc::new(Docker::new(&id)?)),
        Runner::Docker => {
            let path = run_folder.path.display();
            let failure = Failure::new(format!("docker cannot mount the folder `{path}`"));
            return Err(failure.help("a path with a colon cannot be mounted; use `--state DIR`"));
        }
    };
    let journal = begin(&run_folder, &flow, &start, &parameters, again, clock)?;
    let root = run_folder.path.to_string_lossy().into_owned();
    let layout = Layout { root };
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
        jobs: Some(args.jobs.map_or_else(default_jobs, |jobs| jobs.max(1))),
        layout: layout.clone(),
    };
    let flow = Arc::new(flow);
    let machine = Machine::new(&flow, &parameters, facts)
        .map_err(|_| Failure::new("the parameters were refused"))?
        .with_history(start.history.clone())
        .with_selection(selection);
    let (sender, receiver) = messages();
    let signals = listen(&sender)?;
    let answers = answers(args, &flow, &sender);
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
    }
    Ok((folder, past))
}

/// What a run starts from.
struct Start {
    parameters: IndexMap<String, Value>,
    history: History,
    /// Results that come from another run, which must be written down first.
    taken_over: bool,
    date: String,
    scheduled_at: String,
    runner: Runner,
    folder: PathBuf,
    only: Option<String>,
    from: Option<String>,
}

impl Start {
    fn resumed(past: &Past) -> Result<Self, Failure> {
        let Some(run) = &past.run else {
            return Err(
                Failure::new("the run was ended before it could begin").help("start a new one")
            );
        };
        Ok(Self {
            parameters: run.parameters.clone(),
            history: past.history.clone(),
            taken_over: false,
            date: run.date.clone(),
            scheduled_at: run.scheduled_at.clone(),
            runner: match run.runner.as_str() {
                "docker" => Runner::Docker,
                _ => Runner::Process,
            },
            folder: PathBuf::from(&run.folder),
            only: run.only.clone(),
            from: run.from.clone(),
        })
    }

    fn new(
        args: &Run,
        flow: &Flow,
        store: &Store,
        folder: &Path,
        clock: Clock,
    ) -> Result<Self, Failure> {
        let (date, scheduled_at) = dates(args, flow, clock)?;
        let mut start = Self {
            parameters: IndexMap::new(),
            history: History::default(),
            taken_over: false,
            date,
            scheduled_at,
            runner: args.runner,
            folder: folder.to_owned(),
            only: args.only.clone(),
            from: args.from.clone(),
        };
        if args.only.is_some() || args.from.is_some() {
            start.take_over(flow, store)?;
        }
        Ok(start)
    }

    /// What is not run comes from the newest run of the flow.
    fn take_over(&mut self, flow: &Flow, store: &Store) -> Result<(), Failure> {
        for id in store.ids()?.iter().rev() {
            let Ok(past) = store.past(id, flow) else {
                continue;
            };
            let Some(run) = past.run.filter(|run| run.flow == flow.name.value) else {
                continue;
            };
            let selection = self.selection(flow)?;
            let layout = Layout {
                root: store.path(id).to_string_lossy().into_owned(),
            };
            self.parameters = run.parameters;
            self.history = past.history;
            self.history.begun.clear();
            self.history.taken.clear();
            let asked_for = |task| selection.asks_for(task) && !selection.touches(task);
            self.history.attempts.retain(|key, _| asked_for(key.task));
            self.history.ended.retain(|key, _| asked_for(key.task));
            for (key, attempts) in &mut self.history.attempts {
                let task = flow.task(key.task);
                for attempted in attempts {
                    let folder = layout.outputs(&task.path, &key.index, attempted.number);
                    if let Outcome::Succeeded { artifacts, .. } = &mut attempted.outcome {
                        for artifact in &task.artifacts {
                            let name = &artifact.name.value;
                            artifacts
                                .entry(name.clone())
                                .or_insert_with(|| format!("{folder}/{name}"));
                        }
                    }
                }
            }
            self.taken_over = true;
            return Ok(());
        }
        Ok(())
    }

    fn selection(&self, flow: &Flow) -> Result<Selection, Failure> {
        Ok(match (&self.only, &self.from) {
            (Some(task), _) => Selection::only(flow, find(flow, task)?),
            (None, Some(task)) => Selection::from(flow, find(flow, task)?),
            (None, None) => Selection::everything(),
        })
    }
}

fn find(flow: &Flow, path: &str) -> Result<TaskId, Failure> {
    let found = flow.iter().find(|(_, task)| task.path == path);
    found.map(|(id, _)| id).ok_or_else(|| {
        let failure = Failure::new(format!("the flow has no task `{path}`"));
        match did_you_mean(path, flow.tasks.iter().map(|task| task.path.as_str())) {
            Some(help) => failure.help(help),
            None => failure.help("a task in a group is `group.task`"),
        }
    })
}

/// `run.date` and `run.scheduled_at`: those that were asked for, or now, in the schedule's time zone.
fn dates(args: &Run, flow: &Flow, clock: Clock) -> Result<(String, String), Failure> {
    let zone = flow
        .schedule
        .as_ref()
        .map_or("UTC", |schedule| &schedule.timezone.value);
    let zone = jiff::tz::TimeZone::get(zone)
        .map_err(|_| Failure::new(format!("there is no time zone `{zone}`")))?;
    let moment = match &args.date {
        None => {
            let now = i64::try_from(clock.now().0 / 1000).unwrap_or_default();
            let now = jiff::Timestamp::from_second(now).unwrap_or_default();
            now.to_zoned(zone)
        }
        Some(text) => {
            let wrong = || {
                Failure::new(format!("`{text}` is neither a day nor a moment")).help(
                    "write a day such as `2026-01-31`, or a moment such as `2026-01-31T10:00:00Z`",
                )
            };
            if let Ok(moment) = text.parse::<jiff::Timestamp>() {
                moment.to_zoned(zone)
            } else {
                let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
                day.to_zoned(zone).map_err(|_| wrong())?
            }
        }
    };
    let offset = moment.strftime("%:z").to_string();
    let offset = if offset == "+00:00" { "Z" } else { &offset };
    Ok((
        moment.strftime("%Y-%m-%d").to_string(),
        format!("{}{offset}", moment.strftime("%Y-%m-%dT%H:%M:%S")),
    ))
}

/// The parameters of the run, checked.
fn checked(
    flow: &Flow,
    start: &Start,
    args: &Run,
) -> Result<IndexMap<String, Value>, Vec<RefusedParameter>> {
    let mut given = start.parameters.clone();
    // A flow that has changed since may have lost some.
    given.retain(|name, _| flow.parameters.iter().any(|p| p.name.value == *name));
    let mut problems = Vec::new();
    for (name, text) in &args.param {
        let declared = flow.parameters.iter().find(|p| p.name.value == *name);
        let Some(parameter) = declared else {
            given.insert(name.clone(), Value::String(text.clone()));
            continue;
        };
        match parse_parameter_text(&parameter.ty, text) {
            Ok(value) => {
                given.insert(name.clone(), value);
            }
            Err(message) => problems.push(RefusedParameter {
                parameter: name.clone(),
                message: format!("parameter `{name}`: {message}"),
            }),
        }
    }
    let refused =
        |known: &[RefusedParameter], name: &str| known.iter().any(|p| p.parameter == name);
    match check_parameters(flow, &given) {
        Ok(parameters) if problems.is_empty() => Ok(parameters),
        Ok(_) => Err(problems),
        Err(more) => {
            for problem in more {
                if !refused(&problems, &problem.parameter) {
                    problems.push(problem);
                }
            }
            Err(problems)
        }
    }
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

/// Ctrl-C and its like become messages.
struct Listening(signal_hook::iterator::Handle);

impl Listening {
    fn close(self) {
        self.0.close();
    }
}

fn listen(sender: &Sender<Message>) -> Result<Listening, Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| {
        Failure::new(format!(
            "cannot listen to Ctrl-C: {}",
            crate::failure::reason(&error)
        ))
    })?;
    let handle = signals.handle();
    let sender = sender.clone();
    thread::spawn(move || {
        for _ in &mut signals {
            if sender.send(Message::Signal).is_err() {
                return;
            }
        }
    });
    Ok(Listening(handle))
}

fn answers(args: &Run, flow: &Flow, sender: &Sender<Message>) -> Answers {
    if let Some(choice) = &args.approve {
        return Answers::Always(choice.clone());
    }
    let asks = flow
        .tasks
        .iter()
        .any(|task| matches!(task.body, Body::Approve(_)));
    if !asks || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Answers::Nobody;
    }
    let sender = sender.clone();
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(Message::Line(line)).is_err() {
                return;
            }
        }
        let _ = sender.send(Message::NoMoreLines);
    });
    Answers::Terminal
}
