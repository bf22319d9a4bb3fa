//! The IR: a typed, resolved flow in which every node knows where it was written.
//!
//! Tasks live in one list, in document order, parents before children; [`TaskId`] points into it.
//! All defaults are applied and all short forms expanded: what is absent here was not asked for.

mod access;
mod rule;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::expr::{Expr, Template, Type, Value};
use crate::source::{Span, Spanned};
use crate::values::{Cron, Date, Duration, Quantity};
pub use rule::{Decision, TriggerRule};

/// Which task of [`Flow::tasks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u32);

impl TaskId {
    /// The position in [`Flow::tasks`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A whole flow, sub-flow files included.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// `[a-z][a-z0-9-]*`, at most 63 characters.
    pub name: Spanned<String>,
    /// Free text for people.
    pub description: Option<Spanned<String>>,
    /// Who answers for the flow.
    pub owner: Option<Spanned<String>>,
    /// Free words for finding it.
    pub tags: Vec<Spanned<String>>,
    /// Keys and values for finding it.
    pub labels: IndexMap<String, Spanned<String>>,
    /// What a run may be given, in written order.
    pub parameters: Vec<Parameter>,
    /// Every secret that is declared or used, in order of first mention.
    pub secrets: Vec<Spanned<String>>,
    /// When runs start by themselves.
    pub schedule: Option<Schedule>,
    /// The longest a run may take; what is running then is cut and counts as failed.
    pub timeout: Option<Spanned<Duration>>,
    /// How many processes of a run may be running at once.
    pub max_parallel: Option<Spanned<u32>>,
    /// Start nothing new after a failed task. Present only when asked for.
    pub fail_fast: Option<Spanned<bool>>,
    /// A limit shared by several runs.
    pub concurrency: Option<Concurrency>,
    /// Containers that live as long as the run.
    pub services: Vec<Service>,
    /// Every task, at every level, in document order; parents before their children.
    pub tasks: Vec<Task>,
    /// The tasks of the top level.
    pub roots: Vec<TaskId>,
    /// The top-level tasks that run after all others are final.
    pub finally: Vec<TaskId>,
    /// What a parent flow may read.
    pub outputs: Vec<Export>,
    /// The artifacts a parent flow may read.
    pub artifacts: Vec<ArtifactExport>,
    /// Fields for one target each.
    pub targets: TargetFields,
}

/// A typed value that a run, or a sub-flow's `with`, may be given.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type.
    pub ty: Type,
    /// Its value when none is given; absent when one must be given.
    pub default: Option<Spanned<Value>>,
    /// The smallest number allowed.
    pub min: Option<Spanned<f64>>,
    /// The largest number allowed.
    pub max: Option<Spanned<f64>>,
    /// The only values allowed.
    pub choices: Option<Spanned<Vec<Value>>>,
    /// An RE2 pattern that a string must match as a whole.
    pub pattern: Option<Spanned<String>>,
    /// Free text for people.
    pub description: Option<Spanned<String>>,
}

/// When runs start by themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The `schedule` key.
    pub span: Span,
    /// Five fields.
    pub cron: Spanned<Cron>,
    /// An IANA name; `UTC` when the file says none (its span is then the schedule's).
    pub timezone: Spanned<String>,
    /// No run is scheduled before this moment.
    pub start: Option<Spanned<Date>>,
    /// No run is scheduled after this moment.
    pub end: Option<Spanned<Date>>,
    /// Whether runs missed since `start` are made up for.
    pub catchup: Spanned<bool>,
    /// What happens when the run before is still going.
    pub overlap: Spanned<Overlap>,
}

/// What happens when a run is due while the one before is still going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// Both run.
    #[default]
    Allow,
    /// The new one does not start.
    Skip,
    /// The old one is ended.
    Replace,
}

/// A limit across runs, of this flow and of others that name the same group.
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrency {
    /// The `concurrency` key.
    pub span: Span,
    /// The name of the group.
    pub group: Spanned<String>,
    /// How many may be in it at once; 1 when the file does not say.
    pub limit: Spanned<u32>,
    /// What the one too many does.
    pub on_conflict: Spanned<OnConflict>,
}

/// What a run or task does when its concurrency group is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnConflict {
    /// It waits.
    #[default]
    Wait,
    /// It is skipped.
    Skip,
}

/// A container that lives beside a task, group or run and is reached by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name, which is its host name.
    pub name: Spanned<String>,
    /// Its image.
    pub image: Spanned<String>,
    /// Replaces the image's command.
    pub command: Option<Vec<Spanned<String>>>,
    /// Its environment; may hold expressions over parameters and secrets.
    pub env: Vec<EnvVar>,
    /// The ports it listens on.
    pub ports: Vec<Spanned<u16>>,
    /// How to see that it is ready.
    pub ready: Option<Ready>,
}

/// How to see that a service is ready.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// The `ready` key.
    pub span: Span,
    /// What is asked.
    pub probe: Probe,
    /// Between two asks; 1 s when the file does not say.
    pub interval: Duration,
    /// The task fails when the service is not ready after this long; 60 s when the file does not say.
    pub timeout: Duration,
}

/// What is asked of a service.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    /// A GET of the path on the port answers 200 to 399.
    Http {
        /// The port.
        port: u16,
        /// The path, with its slash.
        path: String,
    },
    /// The port accepts a connection.
    Tcp {
        /// The port.
        port: u16,
    },
    /// The command, run in the service's container, exits 0.
    Command(Vec<String>),
}

/// A task: a process, a group of tasks, a wait or an approval. What few tasks have is in a box, so
/// that the many are small.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Unique among its siblings.
    pub name: Spanned<String>,
    /// Names from the top level down, joined by dots: `group.task`. Unique in the flow.
    pub path: String,
    /// The group it is in.
    pub parent: Option<TaskId>,
    /// Whether it is in `finally`, at any depth.
    pub finally: bool,
    /// Free text for people.
    pub description: Option<Spanned<String>>,
    /// What it does.
    pub body: Body,
    /// The siblings it waits for: those that `depends_on` names, as written, then those that are only
    /// referred to, in document order.
    pub upstream: Vec<Dependency>,
    /// When it runs, by the states of its upstream tasks.
    pub trigger_rule: Spanned<TriggerRule>,
    /// Whether it runs, asked after the trigger rule. Never names the item of its own fan-out.
    pub when: Option<Box<Expr>>,
    /// How often it runs.
    pub for_each: Option<Box<FanOut>>,
    /// Of a fan-out: how many instances at once. Of a group: how many processes in it at once.
    pub max_parallel: Option<Spanned<u32>>,
    /// Of a fan-out or group: start nothing new in it after a failure. Present only when asked for.
    pub fail_fast: Option<Spanned<bool>>,
    /// Its failure does not fail its group or the run; a boolean, constant or over the item.
    pub allow_failure: Option<Box<Expr>>,
    /// Attempts after the first.
    pub retries: Option<Spanned<u32>>,
    /// Only these exit codes are tried again; any failure when absent.
    pub retry_on: Option<Spanned<Vec<u8>>>,
    /// The wait before an attempt after the first; none when absent.
    pub backoff: Option<Box<Backoff>>,
    /// The longest an attempt may take.
    pub timeout: Option<Spanned<Duration>>,
    /// Small typed values it writes. Of a group: what it exports is in [`Group::outputs`].
    pub outputs: Vec<Output>,
    /// Files and folders it writes.
    pub artifacts: Vec<Artifact>,
    /// What it needs of the machine. Shared, as the next ones are, by all that ask for nothing.
    pub resources: Arc<Resources>,
    /// Containers that live as long as the task or group.
    pub services: Vec<Service>,
    /// Whether, and under which key, its results may be used again.
    pub cache: Option<Box<Cache>>,
    /// It has no effect but its outputs.
    pub pure: Option<Spanned<bool>>,
    /// How long it is expected to take.
    pub estimate: Option<Spanned<Duration>>,
    /// A limit shared with other tasks.
    pub concurrency: Option<Box<Concurrency>>,
    /// The higher, the sooner among those ready to run.
    pub priority: Option<Spanned<i32>>,
    /// Fields of the pod it becomes.
    pub kubernetes: Arc<Kubernetes>,
    /// Fields for one target each.
    pub targets: Arc<TargetFields>,
}

/// What a task does.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Runs a program.
    Process(Process),
    /// Runs tasks of its own.
    Group(Group),
    /// Lets time pass.
    Wait(Spanned<Duration>),
    /// Asks a person.
    Approve(Approve),
}

/// A program and its surroundings.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// The container image; absent when the flow names none. Shared by all that have it from their
    /// file's defaults.
    pub image: Option<Arc<Template>>,
    /// Where it starts; the image's own when absent.
    pub workdir: Option<Spanned<String>>,
    /// Its environment, in written order.
    pub env: Vec<EnvVar>,
    /// What is run.
    pub command: Command,
}

/// A variable of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvVar {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: Template,
}

/// What is run.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An argument vector, without a shell.
    Argv(Vec<Template>),
    /// A script; its text is the last argument of the shell.
    Script {
        /// The argument vector before the text, such as `sh -e -c`. Shared by most tasks.
        shell: Arc<[String]>,
        /// The script. Never holds an expression.
        text: Spanned<String>,
    },
}

/// A group or sub-flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The tasks directly in it.
    pub children: Vec<TaskId>,
    /// Where it was written, when it stands in a file of its own; its names are then closed to the
    /// outside but for `bindings`.
    pub sub_flow: Option<SubFlow>,
    /// The values it exports, read when it has succeeded.
    pub outputs: Vec<Export>,
    /// The artifacts it exports.
    pub artifacts: Vec<ArtifactExport>,
    /// In a plan, of a group that stands for a fan-out with a task for each element: the position of
    /// each child in the list. It then exports an artifact once for each of them.
    pub elements: Vec<usize>,
}

/// The file that a group came from.
#[derive(Clone, Debug, PartialEq)]
pub struct SubFlow {
    /// The path as it was written.
    pub path: Spanned<String>,
    /// The name the file gives itself.
    pub name: String,
    /// Its parameters, each with the value that `with` (or the parameter's default) gives it. The
    /// values are expressions of the scope around the group.
    pub bindings: Vec<Binding>,
}

/// A parameter of a sub-flow with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The parameter.
    pub parameter: Parameter,
    /// Its value.
    pub value: Expr,
}

/// A value that a group or flow offers under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The name.
    pub name: Spanned<String>,
    /// The value; its type is the export's.
    pub value: Expr,
}

/// An artifact that a group or flow offers under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtifactExport {
    /// The name.
    pub name: Spanned<String>,
    /// File or directory.
    pub kind: ArtifactKind,
    /// The task inside that writes it.
    pub task: TaskId,
    /// What that task calls it.
    pub artifact: String,
    /// Where the reference stands.
    pub span: Span,
}

/// A question to a person. Its answer is the output `choice`.
#[derive(Clone, Debug, PartialEq)]
pub struct Approve {
    /// The `approve` key.
    pub span: Span,
    /// The question.
    pub message: Spanned<String>,
    /// The answers; `yes` and `no` when the file names none.
    pub choices: Vec<Spanned<String>>,
    /// The answer when nobody answers in time; without one the task fails then.
    pub default: Option<Spanned<String>>,
    /// How long it waits for an answer.
    pub timeout: Option<Spanned<Duration>>,
}

/// Why a task waits for a sibling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The sibling.
    pub task: TaskId,
    /// Where it is first named.
    pub span: Span,
    /// Whether `depends_on` names it; otherwise only a reference does.
    pub explicit: bool,
}

/// How often a task runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FanOut {
    /// The `for_each` key's value.
    pub span: Span,
    /// The name of the element in expressions: `item`, or what `as` says.
    pub variable: Spanned<String>,
    /// The list. A matrix has become a list of objects.
    pub list: Expr,
    /// A condition that names the element or its index; elements that do not meet it get no instance.
    pub filter: Option<Expr>,
}

impl FanOut {
    /// The elements, when they are known at compile time.
    pub fn literal_items(&self) -> Option<&[Value]> {
        match self.list.as_literal() {
            Some(Value::List(items)) => Some(items),
            _ => None,
        }
    }
}

/// The wait before the n-th attempt after the first: `min(delay * factor^(n-1), max_delay)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    /// The `backoff` key.
    pub span: Span,
    /// The first wait.
    pub delay: Spanned<Duration>,
    /// At least 1; 1 when the file does not say.
    pub factor: Spanned<f64>,
    /// The longest wait.
    pub max_delay: Option<Spanned<Duration>>,
}

impl Backoff {
    /// The wait before the n-th attempt after the first (n from 1).
    pub fn wait(&self, n: u32) -> Duration {
        let wait = self.delay.as_seconds() * self.factor.powi(n.saturating_sub(1) as i32);
        let wait = match &self.max_delay {
            Some(max) => wait.min(max.as_seconds()),
            None => wait,
        };
        Duration::from_seconds(wait)
    }
}

/// A small typed value that a task writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name, which is its file's.
    pub name: Spanned<String>,
    /// Its type.
    pub ty: Type,
}

/// A file or folder that a task writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    /// Its name.
    pub name: Spanned<String>,
    /// File or directory.
    pub kind: ArtifactKind,
    /// Where the process writes it, when it is not `$FLOW_OUTPUTS/name`.
    pub path: Option<Spanned<String>>,
}

/// What an artifact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArtifactKind {
    /// One file.
    File,
    /// A folder.
    Directory,
}

/// What a task needs of the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    /// Cores, requested.
    pub cpu: Option<Amount>,
    /// Bytes, requested and never exceeded.
    pub memory: Option<Amount>,
    /// Accelerators, a limit.
    pub gpu: Option<Gpu>,
    /// Bytes of scratch space.
    pub disk: Option<Amount>,
}

/// A number of accelerators of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Gpu {
    /// How many.
    pub count: Amount,
    /// Which, such as `nvidia-a100`; any when absent.
    pub kind: Option<Spanned<String>>,
}

/// An amount, known or computed when the flow runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// Written in the file.
    Known(Spanned<Quantity>),
    /// A number or a text in Kubernetes' notation.
    Computed(Expr),
}

/// Whether and how long the results of a task may be used again.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// The `cache` key.
    pub span: Span,
    /// Equal keys have equal results.
    pub key: Template,
    /// How long; for ever when absent.
    pub ttl: Option<Spanned<Duration>>,
}

/// Fields of the pod that a task becomes, on targets that make pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kubernetes {
    /// The account it runs as.
    pub service_account: Option<Spanned<String>>,
    /// Labels that its machine must have.
    pub node_selector: IndexMap<String, Spanned<String>>,
    /// Taints that it bears; in Kubernetes' own form.
    pub tolerations: Vec<Spanned<Value>>,
    /// Where it wants to be; in Kubernetes' own form.
    pub affinity: Option<Spanned<Value>>,
    /// Labels of the pod.
    pub labels: IndexMap<String, Spanned<String>>,
    /// Annotations of the pod.
    pub annotations: IndexMap<String, Spanned<String>>,
    /// `Always`, `IfNotPresent` or `Never`.
    pub image_pull_policy: Option<Spanned<String>>,
    /// Names of the secrets that open the image registry.
    pub image_pull_secrets: Vec<Spanned<String>>,
    /// Its priority class.
    pub priority_class: Option<Spanned<String>>,
}

/// `targets: {name: {field: value}}`, in written order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetFields {
    /// Target name, then its fields.
    pub targets: IndexMap<String, TargetFieldSet>,
}

/// The fields for one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetFieldSet {
    /// Where the target is named.
    pub span: Span,
    /// The fields; the span of each is its key's.
    pub fields: IndexMap<String, Spanned<Value>>,
}
