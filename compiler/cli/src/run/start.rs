//! What a run starts from: parameters, date, selection, and what is known of an earlier run.

use std::path::{Path, PathBuf};

use flowc_core::expr::{Value, parse_parameter_text};
use flowc_core::flow::{Flow, TaskId};
use flowc_core::run::{History, Layout, Outcome, RefusedParameter, Selection, check_parameters};
use flowc_core::suggest::did_you_mean;
use indexmap::IndexMap;

use super::Runner;
use super::engine::Clock;
use super::journal::Past;
use super::store::Store;
use crate::args::Run;
use crate::failure::Failure;

/// What a run starts from.
pub struct Start {
    /// Those that were given, now or before.
    pub parameters: IndexMap<String, Value>,
    /// What is known already.
    pub history: History,
    /// Results that come from another run, which must be written down first.
    pub taken_over: bool,
    /// `run.date`.
    pub date: String,
    /// `run.scheduled_at`.
    pub scheduled_at: String,
    /// How processes start.
    pub runner: Runner,
    /// Where they start.
    pub folder: PathBuf,
    /// `--only`.
    pub only: Option<String>,
    /// `--from`.
    pub from: Option<String>,
}

impl Start {
    /// Of a run that goes on.
    ///
    /// # Errors
    /// When nothing is known of it.
    pub fn resumed(past: &Past) -> Result<Self, Failure> {
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

    /// Of a new run.
    ///
    /// # Errors
    /// A date or a task that does not exist, or runs that cannot be read.
    pub fn new(
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
            self.history.began = None;
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

    /// Which tasks run.
    ///
    /// # Errors
    /// When the flow has no such task.
    pub fn selection(&self, flow: &Flow) -> Result<Selection, Failure> {
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
///
/// # Errors
/// All that are refused.
pub fn checked(
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
