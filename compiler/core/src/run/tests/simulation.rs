//! A run whose processes take no time but what a test says.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::checks;
use crate::expr::{Type, Value, read_output};
use crate::flow::Flow;
use crate::resolve::tests::{resolve_example, resolve_files};
use crate::run::{
    Action, Call, Event, Facts, History, Key, Layout, Machine, Moment, Outcome, Question,
    Selection, State,
};

/// What a test's process does.
pub(super) struct Does {
    /// How long it takes.
    pub(super) takes: u64,
    pub(super) outcome: Outcome,
}

/// Exits 0 after a second, without outputs.
pub(super) fn fine() -> Does {
    after(1000, Outcome::succeeded())
}

/// Exits 1 after a second.
pub(super) fn fails() -> Does {
    after(1000, Outcome::exit(1))
}

pub(super) fn after(takes: u64, outcome: Outcome) -> Does {
    Does { takes, outcome }
}

/// Exits 0 after a second, with outputs written as a process writes them.
pub(super) fn writes(outputs: &[(&str, Value)]) -> Does {
    let outputs = outputs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    after(
        1000,
        Outcome::Succeeded {
            outputs: outputs.collect(),
            artifacts: IndexMap::new(),
        },
    )
}

pub(super) fn list(text: &str) -> Value {
    read_output(text.as_bytes(), &Type::list(Type::Any)).expect("a list")
}

pub(super) fn flow(text: &str) -> Flow {
    let outcome = resolve_example(text);
    sound(outcome)
}

pub(super) fn flow_with(text: &str, files: &[(&str, &str)]) -> Flow {
    sound(resolve_files("flow.yaml", text, files))
}

fn sound(mut outcome: crate::resolve::tests::Outcome) -> Flow {
    let flow = outcome.flow.take().expect("a flow");
    checks::check(&flow, &mut outcome.diagnostics);
    assert!(
        !outcome.diagnostics.has_errors(),
        "{:?}",
        outcome.problems()
    );
    flow
}

/// A run that is over.
pub(super) struct Run {
    pub(super) state: State,
    /// `task` or `task[0,1]` to `state@attempts`.
    pub(super) tasks: BTreeMap<String, String>,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) causes: BTreeMap<String, String>,
    /// `second what` of every start and end, in order.
    pub(super) log: Vec<String>,
    pub(super) calls: BTreeMap<String, Call>,
    pub(super) gathered: BTreeMap<String, Vec<(u32, String)>>,
    /// The most processes at once.
    pub(super) most: usize,
    pub(super) history: History,
}

impl Run {
    #[track_caller]
    pub(super) fn is(&self, task: &str, state: &str) -> &Self {
        let found = self.tasks.get(task).map_or("absent", String::as_str);
        let found = if state.contains('@') {
            found
        } else {
            found.split('@').next().unwrap_or(found)
        };
        assert_eq!(found, state, "{task}: {:#?} {:?}", self.tasks, self.causes);
        self
    }

    #[track_caller]
    pub(super) fn ended(&self, state: State) -> &Self {
        assert_eq!(self.state, state, "{:#?} {:?}", self.tasks, self.causes);
        self
    }

    #[track_caller]
    pub(super) fn env(&self, task: &str, name: &str) -> &str {
        let call = self.calls.get(task).expect("it ran");
        let found = call.env.iter().find(|(variable, _)| variable == name);
        &found.expect("the variable").1
    }

    /// When something happened, in seconds.
    #[track_caller]
    pub(super) fn at(&self, what: &str) -> f64 {
        let found = self.log.iter().find_map(|line| {
            let (second, rest) = line.split_once(' ')?;
            (rest == what).then(|| second.parse().expect("a number"))
        });
        found.unwrap_or_else(|| panic!("no `{what}` in {:#?}", self.log))
    }
}

/// How a simulated run goes.
pub(super) struct Simulation<'t> {
    pub(super) parameters: IndexMap<String, Value>,
    pub(super) history: History,
    pub(super) selection: Selection,
    pub(super) jobs: Option<u32>,
    pub(super) answers: &'t dyn Fn(&Question) -> Option<(u64, String)>,
}

impl Default for Simulation<'_> {
    fn default() -> Self {
        Self {
            parameters: IndexMap::new(),
            history: History::default(),
            selection: Selection::everything(),
            jobs: None,
            answers: &|_| None,
        }
    }
}

/// Runs a flow; `does` says what the process of `task[index]@attempt` does.
pub(super) fn run(text: &str, does: impl Fn(&str) -> Does) -> Run {
    Simulation::default().run(&flow(text), does)
}

/// The name of an instance: `task` or `task[0,1]`.
pub(super) fn name(flow: &Flow, key: &Key) -> String {
    let path = &flow.task(key.task).path;
    if key.index.is_empty() {
        return path.clone();
    }
    let index: Vec<String> = key.index.iter().map(u32::to_string).collect();
    format!("{path}[{}]", index.join(","))
}

impl Simulation<'_> {
    pub(super) fn run(self, flow: &Flow, does: impl Fn(&str) -> Does) -> Run {
        let facts = Facts {
            id: "run-1".into(),
            date: "2026-01-31".into(),
            scheduled_at: "2026-01-31T03:00:00Z".into(),
            secrets: [("token".to_owned(), "s3cret".to_owned())].into(),
            jobs: self.jobs,
            shared_groups: true,
            layout: Layout {
                root: "/run".into(),
            },
        };
        let mut machine = Machine::new(flow, &self.parameters, facts)
            .expect("accepted")
            .with_history(self.history)
            .with_selection(self.selection);
        let mut run = Run {
            state: State::Failed,
            tasks: BTreeMap::new(),
            outputs: BTreeMap::new(),
            causes: BTreeMap::new(),
            log: Vec::new(),
            calls: BTreeMap::new(),
            gathered: BTreeMap::new(),
            most: 0,
            history: History::default(),
        };
        // By when they end; those that were cut end at once.
        let mut going: BTreeMap<(u64, u64), (crate::run::AttemptId, Outcome, bool)> =
            BTreeMap::new();
        let mut order = 0;
        let mut now = 0;
        for _ in 0..1_000_000 {
            for action in machine.poll(Moment(now)) {
                match action {
                    Action::Tell(event) => run.note(flow, now, event),
                    Action::Start(call) => {
                        let what = name(flow, &call.key);
                        let Does { takes, outcome } =
                            does(&format!("{what}@{}", call.attempt.number));
                        order += 1;
                        going.insert((now + takes, order), (call.attempt, outcome, true));
                        run.calls.insert(what, *call);
                    }
                    Action::Ask(question) => {
                        if let Some((takes, choice)) = (self.answers)(&question) {
                            order += 1;
                            let outputs = [("choice".to_owned(), Value::String(choice))].into();
                            let artifacts = IndexMap::new();
                            let outcome = Outcome::Succeeded { outputs, artifacts };
                            going.insert((now + takes, order), (question.attempt, outcome, false));
                        }
                    }
                    Action::Cancel(attempt) => {
                        for ((at, order), (id, outcome, process)) in std::mem::take(&mut going) {
                            let at = if id == attempt { now } else { at };
                            going.insert((at, order), (id, outcome, process));
                        }
                    }
                    Action::Gather {
                        id,
                        folder,
                        entries,
                    } => {
                        run.gathered.insert(folder, entries);
                        machine.gathered(id, Ok(()), Moment(now));
                    }
                    Action::StartServices { id, .. } => {
                        run.log.push(format!("{} services start", seconds(now)));
                        machine.services_ready(id, Ok(()), Moment(now));
                    }
                    Action::Enter { id, .. } => machine.entered(id, true, Moment(now)),
                    Action::Leave(_) => {}
                    Action::StopServices(_) => {
                        run.log.push(format!("{} services stop", seconds(now)));
                    }
                }
            }
            run.most = run
                .most
                .max(going.values().filter(|(_, _, process)| *process).count());
            if let Some(state) = machine.state() {
                assert!(
                    going.values().all(|(_, _, process)| !process),
                    "nothing is left running"
                );
                run.state = state;
                return run;
            }
            let next = going.keys().next().copied();
            let wake = machine.next_wake().map(|wake| wake.0);
            match (next, wake) {
                (Some((at, _)), wake) if wake.is_none_or(|wake| at <= wake) => {
                    now = now.max(at);
                    if let Some((_, (id, outcome, _))) = going.pop_first() {
                        machine.attempt_ended(id, outcome, Moment(now));
                    }
                }
                (_, Some(wake)) => now = now.max(wake),
                // A report came at once.
                _ => {}
            }
        }
        panic!("the run does not end: {:#?}", run.log);
    }
}

fn seconds(now: u64) -> String {
    (now as f64 / 1000.0).to_string()
}

impl Run {
    fn note(&mut self, flow: &Flow, now: u64, event: Event) {
        let now_text = seconds(now);
        match event {
            Event::AttemptStarted { key, number } => {
                self.log
                    .push(format!("{now_text} start {}@{number}", name(flow, &key)));
            }
            Event::AttemptEnded {
                key,
                number,
                outcome,
                ..
            } => {
                self.log
                    .push(format!("{now_text} end {}@{number}", name(flow, &key)));
                let attempted = crate::run::Attempted {
                    number,
                    outcome,
                    ended: Moment(now),
                };
                self.history
                    .attempts
                    .entry(key)
                    .or_default()
                    .push(attempted);
            }
            Event::TaskEnded(ended) => {
                let name = name(flow, &ended.key);
                let again = self
                    .tasks
                    .insert(name.clone(), format!("{}@{}", ended.state, ended.attempts));
                assert_eq!(again, None, "{name} ends once");
                for (output, value) in ended.outputs {
                    self.outputs
                        .insert(format!("{name}.{output}"), value.json());
                }
                if let Some(cause) = ended.cause {
                    self.causes.insert(name, cause);
                }
                self.history.ended.insert(ended.key, ended.state);
            }
            Event::RunStarted | Event::RunEnded { .. } => {}
        }
    }
}
