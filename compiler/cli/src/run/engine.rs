//! The loop of a run: polls the machine, does what it asks for, and tells it what came of that.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use flowc_core::flow::Flow;
use flowc_core::run::{
    Action, AttemptId, Call, Event, Key, Layout, Machine, Moment, Outcome, Question, ServicesId,
    State,
};

use super::cache::Cache;
use super::docker::Docker;
use super::events::Events;
use super::groups;
use super::groups::Groups;
use super::journal::{Journal, Record};
use super::outputs::gather;
use super::process::{self, Handle, Reason, Spec};
use super::questions::Answers;
use super::secrets::Masks;
use super::view::View;

/// How long a process has to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// The longest pause between two looks at the clock, for what is shown.
const TICK: Duration = Duration::from_millis(100);
/// Of a worker's stack; what it does is shallow.
const STACK: usize = 256 * 1024;

/// The clock of a run: milliseconds since 1970, that never go back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    wall: u64,
}

impl Clock {
    /// Starts now.
    pub fn new() -> Self {
        let wall = jiff::Timestamp::now().as_millisecond();
        Self {
            start: Instant::now(),
            wall: u64::try_from(wall).unwrap_or_default(),
        }
    }

    /// The moment.
    pub fn now(&self) -> Moment {
        let passed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment(self.wall.saturating_add(passed))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// What reaches the loop from outside.
#[derive(Debug)]
pub enum Message {
    /// An attempt has ended; without an outcome when it was told to end.
    Ended(AttemptId, Option<Outcome>),
    /// Services are ready, or not.
    Services(ServicesId, Result<(), String>),
    /// Somebody wants the run to end.
    Signal,
    /// A line was typed.
    Line(String),
    /// Nothing more will be typed.
    NoMoreLines,
}

/// How the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The run is final.
    Final(State),
    /// It was interrupted and can be gone on with.
    Interrupted,
}

/// Everything that a run needs outside of the machine.
pub struct Engine<'f> {
    /// The flow.
    pub flow: Arc<Flow>,
    /// The machine.
    pub machine: Machine<'f>,
    /// The id of the run.
    pub id: String,
    /// Where its files lie.
    pub layout: Layout,
    /// Where processes start.
    pub folder: PathBuf,
    /// The state on disk.
    pub journal: Journal,
    /// `--events`.
    pub events: Events,
    /// What people see.
    pub view: View,
    /// What must not be seen.
    pub masks: Arc<Masks>,
    /// Variables that processes do not inherit.
    pub hidden: Vec<String>,
    /// The docker runner, when it is asked for.
    pub docker: Option<Arc<Docker>>,
    /// Results of earlier runs, unless they are not wanted.
    pub cache: Option<Cache>,
    /// Places in concurrency groups that other runs share.
    pub groups: Groups,
    /// How questions are answered.
    pub answers: Answers,
    /// The time.
    pub clock: Clock,
    /// To the loop.
    pub sender: Sender<Message>,
    /// From outside.
    pub receiver: Receiver<Message>,
    /// Processes that run.
    pub going: HashMap<AttemptId, Going>,
    /// When to end which process, and how.
    pub deadlines: BinaryHeap<Reverse<(Instant, AttemptId, bool)>>,
    /// Questions that wait for an answer, in order.
    pub questions: Vec<Question>,
    /// Whether the run is being interrupted, and whether it was asked twice.
    pub interrupted: u32,
}

/// A process that runs.
pub struct Going {
    handle: Arc<Handle>,
    key: Key,
}

/// The two ends of the way to the loop.
pub fn messages() -> (Sender<Message>, Receiver<Message>) {
    channel()
}

impl Engine<'_> {
    /// Runs to the end.
    pub fn run(&mut self) -> End {
        loop {
            if self.interrupted == 0 {
                // What is reported at once may let the machine go on at once.
                loop {
                    let actions = self.machine.poll(self.clock.now());
                    if actions.is_empty() {
                        break;
                    }
                    for action in actions {
                        self.act(action);
                    }
                }
                self.save();
                if let Some(state) = self.machine.state() {
                    self.journal.sync();
                    return End::Final(state);
                }
            } else if self.going.is_empty() {
                self.journal.sync();
                return End::Interrupted;
            }
            self.events.flush();
            self.view.tick(Instant::now(), !self.questions.is_empty());
            self.wait();
        }
    }

    /// Waits for a message or for time, and takes all messages that are there.
    fn wait(&mut self) {
        let mut longest = if self.view.is_live() {
            TICK
        } else {
            Duration::from_secs(3600)
        };
        if let Some(wake) = self.machine.next_wake()
            && self.interrupted == 0
        {
            let now = self.clock.now();
            longest = longest.min(Duration::from_millis(wake.0.saturating_sub(now.0)));
        }
        if let Some(Reverse((at, _, _))) = self.deadlines.peek() {
            longest = longest.min(at.saturating_duration_since(Instant::now()));
        }
        if self.groups.is_waiting() {
            longest = longest.min(groups::POLL);
        }
        match self.receiver.recv_timeout(longest) {
            Ok(message) => {
                self.take(message);
                while let Ok(message) = self.receiver.try_recv() {
                    self.take(message);
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        for (id, has_place) in self.groups.look() {
            self.machine.entered(id, has_place, self.clock.now());
        }
        self.end_the_late();
    }

    fn take(&mut self, message: Message) {
        let now = self.clock.now();
        match message {
            Message::Ended(attempt, outcome) => {
                let going = self.going.remove(&attempt);
                if self.interrupted == 0 {
                    let outcome = outcome.unwrap_or_else(|| Outcome::failed("cut"));
                    self.machine.attempt_ended(attempt, outcome, now);
                } else if let (Some(going), Some(outcome)) = (going, outcome) {
                    // It ended by itself, while the others were asked to. Those have not ended: they
                    // are made again when the run goes on.
                    self.journal.add(&Record::Ended {
                        task: self.flow.task(going.key.task).path.clone(),
                        index: going.key.index,
                        attempt: attempt.number,
                        at: now.0,
                        how: (&outcome).into(),
                    });
                    self.save();
                }
            }
            Message::Services(id, result) => {
                let result = result.map_err(|why| self.masks.hide(&why));
                self.machine.services_ready(id, result, now);
            }
            Message::Signal => self.interrupt(),
            Message::Line(line) => self.answer(&line),
            Message::NoMoreLines => {
                self.answers = Answers::Nobody;
                for question in std::mem::take(&mut self.questions) {
                    self.nobody(question);
                }
            }
        }
    }

    /// The first time asks every process to end, the second time ends them.
    fn interrupt(&mut self) {
        self.interrupted += 1;
        let hard = self.interrupted > 1;
        self.view.interrupted(hard, self.going.len());
        for (attempt, going) in &self.going {
            going.handle.end(Reason::Cut, hard);
            self.deadlines
                .push(Reverse((Instant::now() + GRACE, *attempt, true)));
        }
    }

    fn end_the_late(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, attempt, hard))) = self.deadlines.peek().copied() {
            if at > now {
                return;
            }
            self.deadlines.pop();
            let Some(going) = self.going.get(&attempt) else {
                continue;
            };
            let task = self.flow.task(going.key.task);
            let timeout = task.timeout.as_ref().map(|timeout| timeout.value);
            let text = timeout.map_or_else(String::new, |timeout| timeout.to_string());
            going.handle.end(Reason::Timeout(text), hard);
            if !hard {
                self.deadlines.push(Reverse((now + GRACE, attempt, true)));
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Tell(event) => self.tell(&event),
            Action::Start(call) => self.start(*call),
            Action::Ask(question) => self.ask(question),
            Action::Cancel(attempt) => {
                self.questions
                    .retain(|question| question.attempt != attempt);
                if let Some(going) = self.going.get(&attempt) {
                    going.handle.end(Reason::Cut, false);
                    self.deadlines
                        .push(Reverse((Instant::now() + GRACE, attempt, true)));
                }
            }
            Action::StartServices {
                id,
                around,
                services,
                ..
            } => {
                let sender = self.sender.clone();
                let Some(docker) = self.docker.clone() else {
                    let why = "services are containers, and this runner starts none".to_owned();
                    let _ = sender.send(Message::Services(id, Err(why)));
                    return;
                };
                thread::spawn(move || {
                    let result = docker.start_services(id, &around, &services);
                    let _ = sender.send(Message::Services(id, result));
                });
            }
            Action::Enter {
                id,
                key,
                group,
                limit,
                or_skip,
            } => {
                if !self.groups.enter(id, &group, limit, or_skip) {
                    let name = super::view::name(&self.flow, &key);
                    self.view.warn(&format!(
                        "`{name}` waits: other runs have all places of the concurrency group `{group}`"
                    ));
                }
            }
            Action::Leave(id) => self.groups.leave(id),
            Action::StopServices(id) => {
                if let Some(docker) = &self.docker {
                    docker.stop_services(id);
                }
            }
            Action::Gather {
                id,
                folder,
                entries,
            } => {
                let result = gather(Path::new(&folder), &entries)
                    .map_err(|error| crate::failure::reason(&error));
                self.machine.gathered(id, result, self.clock.now());
            }
        }
    }

    fn tell(&mut self, event: &Event) {
        let at = self.clock.now().0;
        let path = |key: &Key| self.flow.task(key.task).path.clone();
        let record = match event {
            Event::RunStarted => None,
            Event::AttemptStarted { key, number } => Some(Record::Started {
                task: path(key),
                index: key.index.clone(),
                attempt: *number,
                at,
            }),
            Event::AttemptEnded {
                key,
                number,
                outcome,
                ..
            } => Some(Record::Ended {
                task: path(key),
                index: key.index.clone(),
                attempt: *number,
                at,
                how: outcome.into(),
            }),
            Event::TaskEnded(ended) if ended.restored => None,
            Event::TaskEnded(ended) => Some(Record::Task {
                task: path(&ended.key),
                index: ended.key.index.clone(),
                state: ended.state.as_str().into(),
                at,
            }),
            Event::RunEnded { state } => Some(Record::RunEnded {
                state: state.as_str().into(),
                at,
            }),
        };
        if let Some(record) = record {
            self.journal.add(&record);
        }
        self.events.tell(&self.flow, &self.id, event);
        self.view.tell(&self.flow, event, Instant::now());
    }

    fn save(&mut self) {
        if let Some(trouble) = self.journal.flush() {
            self.view.warn(&format!(
                "the state of the run cannot be saved ({trouble}); it is tried again with every change"
            ));
        }
    }

    fn start(&mut self, call: Call) {
        // The record that it starts is on its way to the disk before it does.
        self.save();
        let attempt = call.attempt;
        let handle = Arc::new(Handle::default());
        if let Some(timeout) = call.timeout {
            let after = Duration::from_millis(timeout.as_milliseconds());
            if let Some(at) = Instant::now().checked_add(after) {
                self.deadlines.push(Reverse((at, attempt, false)));
            }
        }
        self.going.insert(
            attempt,
            Going {
                handle: handle.clone(),
                key: call.key.clone(),
            },
        );
        let key = call.key.clone();
        let spec = self.spec(call);
        let flow = self.flow.clone();
        let masks = self.masks.clone();
        let sender = self.sender.clone();
        let spawned = thread::Builder::new().stack_size(STACK).spawn(move || {
            let outcome = process::attempt(&spec, flow.task(key.task), &masks, &handle);
            let _ = sender.send(Message::Ended(attempt, outcome));
        });
        if let Err(error) = spawned {
            let why = format!(
                "cannot start a thread for it: {}",
                crate::failure::reason(&error)
            );
            let _ = self
                .sender
                .send(Message::Ended(attempt, Some(Outcome::failed(why))));
        }
    }

    fn spec(&self, call: Call) -> Spec {
        let folder = self
            .layout
            .attempt_of(&self.flow, &call.key, call.attempt.number);
        let outputs = PathBuf::from(&call.outputs);
        let key = call.cache.clone();
        let cache = key.and_then(|key| Some(self.cache.as_ref()?.entry(key, self.clock.now())));
        if let Some(docker) = &self.docker {
            let spec = docker.spec(call, PathBuf::from(folder), outputs);
            return Spec { cache, ..spec };
        }
        let workdir = call
            .workdir
            .as_ref()
            .map_or_else(|| self.folder.clone(), |workdir| self.folder.join(workdir));
        Spec {
            argv: call.argv,
            env: call.env,
            hidden: self.hidden.clone(),
            workdir,
            folder: PathBuf::from(folder),
            outputs,
            container: None,
            cache,
        }
    }
}
