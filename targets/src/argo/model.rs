//! What we write for Argo, in Argo's own words and no wider than we use them.
//!
//! A pod template keeps its texts as [`Text`]: fixed, or a slot that each task using the template
//! may fill otherwise. Templates that are equal but for their slots become one.

use std::hash::{Hash, Hasher};

use flowc_core::expr::Value;
use flowc_core::flow::TaskId;

/// The whole file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    /// The lines of the header comment, without `#`.
    pub(crate) header: Vec<String>,
    /// Kind of object.
    pub(crate) kind: Kind,
    /// The flow's name.
    pub(crate) name: String,
    /// Where it lives; the client's own namespace when absent.
    pub(crate) namespace: Option<String>,
    /// Labels of the object and of its runs.
    pub(crate) labels: Vec<(String, String)>,
    /// Annotations of the object and of its runs.
    pub(crate) annotations: Vec<(String, String)>,
    /// When runs start by themselves; of a cron workflow.
    pub(crate) schedule: Option<Schedule>,
    /// What a run is.
    pub(crate) spec: Spec,
    /// Merged over `spec`.
    pub(crate) patch: Option<Json>,
}

/// Kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One run.
    Workflow,
    /// Runs to be started by hand.
    WorkflowTemplate,
    /// Runs started by a schedule.
    CronWorkflow,
}

impl Kind {
    /// As the file says it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Workflow => "Workflow",
            Self::WorkflowTemplate => "WorkflowTemplate",
            Self::CronWorkflow => "CronWorkflow",
        }
    }
}

/// The part of a cron workflow that is about time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// Five fields.
    pub(crate) cron: String,
    /// An IANA name.
    pub(crate) timezone: String,
    /// `Allow`, `Forbid` or `Replace`, and the language's word for it.
    pub(crate) concurrency: (&'static str, &'static str),
    /// Whether a missed run is made up for.
    pub(crate) catchup: bool,
    /// When the schedule holds.
    pub(crate) when: Option<String>,
}

/// What a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spec {
    pub(crate) entrypoint: String,
    pub(crate) on_exit: Option<String>,
    pub(crate) service_account: Option<String>,
    /// Seconds, and how the flow says it.
    pub(crate) deadline: Option<(u64, String)>,
    pub(crate) parallelism: Option<u32>,
    pub(crate) synchronization: Option<Synchronization>,
    pub(crate) arguments: Vec<WorkflowParameter>,
    pub(crate) volumes: Vec<Volume>,
    pub(crate) templates: Vec<Template>,
}

/// A parameter of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkflowParameter {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) choices: Vec<String>,
    pub(crate) value: Option<String>,
}

/// A volume of every pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Volume {
    /// A folder that lives as long as the pod.
    Empty { name: &'static str },
    /// A claim that all pods share.
    Claim { name: &'static str, claim: String },
}

/// A lock shared by runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Synchronization {
    /// One holder.
    Mutex(String),
    /// As many holders as the key of the config map says.
    Semaphore { config_map: String, key: String },
}

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    pub(crate) name: String,
    /// Lines above it.
    pub(crate) comments: Vec<String>,
    /// Words behind its name.
    pub(crate) note: Option<String>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) input_artifacts: Vec<InputArtifact>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) output_artifacts: Vec<OutputArtifact>,
    pub(crate) parallelism: Option<u32>,
    pub(crate) fail_fast: bool,
    pub(crate) synchronization: Option<Synchronization>,
    pub(crate) body: Body,
    /// Merged over the template.
    pub(crate) patch: Option<Json>,
}

impl Template {
    /// A template with a body and nothing else.
    pub(crate) fn new(name: impl Into<String>, body: Body) -> Self {
        Self {
            name: name.into(),
            comments: Vec::new(),
            note: None,
            inputs: Vec::new(),
            input_artifacts: Vec::new(),
            outputs: Vec::new(),
            output_artifacts: Vec::new(),
            parallelism: None,
            fail_fast: false,
            synchronization: None,
            body,
            patch: None,
        }
    }
}

/// An input parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Input {
    pub(crate) name: String,
    /// Words behind it.
    pub(crate) note: Option<&'static str>,
    pub(crate) description: Option<String>,
    pub(crate) default: Option<String>,
    pub(crate) choices: Vec<String>,
}

impl Input {
    /// An input of which only the name is known.
    pub(crate) fn new(name: impl Into<String>, note: Option<&'static str>) -> Self {
        Self {
            name: name.into(),
            note,
            description: None,
            default: None,
            choices: Vec::new(),
        }
    }
}

/// An input artifact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InputArtifact {
    pub(crate) name: String,
    /// Where it lies in the container; absent on a DAG.
    pub(crate) path: Option<String>,
    pub(crate) optional: bool,
}

/// An output parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) from: OutputFrom,
    pub(crate) global_name: Option<String>,
}

/// Where an output parameter gets its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OutputFrom {
    /// A file that the container writes.
    Path(String),
    /// The output of a task of the DAG.
    Parameter(String),
    /// An expression over the tasks of the DAG.
    Expression(String),
    /// A person; the text when nobody answers.
    Supplied { default: Option<String> },
}

/// An output artifact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OutputArtifact {
    pub(crate) name: String,
    pub(crate) optional: bool,
    pub(crate) from: OutputArtifactFrom,
}

/// Where an output artifact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OutputArtifactFrom {
    /// A file or folder that the container writes.
    Path {
        path: String,
        /// Its place in the repository, kept as it is; Argo chooses when absent.
        key: Option<String>,
    },
    /// An artifact of a task of the DAG.
    Task(String),
}

/// What a template does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Dag(Dag),
    Pod(Box<Pod>),
    Suspend {
        duration: Option<String>,
    },
    /// One step that never runs, so that the template starts no pod and still has outputs.
    Steps {
        template: String,
    },
}

/// A graph of tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dag {
    /// The tasks whose phases decide; the leaves when absent.
    pub(crate) target: Option<String>,
    pub(crate) tasks: Vec<DagTask>,
}

/// A task of a DAG.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DagTask {
    pub(crate) name: String,
    pub(crate) comments: Vec<String>,
    /// Words behind its name.
    pub(crate) note: Option<String>,
    pub(crate) depends: Option<Depends>,
    pub(crate) when: Option<String>,
    pub(crate) template: TemplateRef,
    pub(crate) items: Option<Items>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) artifacts: Vec<ArtifactArgument>,
}

/// Which template a task runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TemplateRef {
    /// A template by its name.
    Named(String),
    /// A pod template that several tasks may share.
    Shared {
        /// Which.
        leaf: usize,
        /// What the task puts into its slots.
        slots: Vec<SlotValue>,
    },
}

/// The condition on the phases of other tasks: parts to be joined by `&&`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Depends {
    pub(crate) parts: Vec<String>,
}

/// The instances of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Items {
    /// Numbers from 0.
    Count(String),
    /// These numbers.
    Numbers(Vec<usize>),
    /// A JSON list of numbers.
    Param(String),
}

/// A value for an input parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Words behind its name.
    pub(crate) note: Option<&'static str>,
}

/// A value for an input artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactArgument {
    pub(crate) name: String,
    pub(crate) from: ArtifactFrom,
    pub(crate) optional: bool,
    /// Words behind its name.
    pub(crate) note: Option<&'static str>,
}

/// Where an input artifact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArtifactFrom {
    /// A tag.
    Tag(String),
    /// A place in the repository.
    Key(String),
}

/// A text that is the same for every task of the template, or each task's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Text {
    Fixed(String),
    Slot(usize),
}

impl Text {
    /// A fixed text.
    pub(crate) fn fixed(text: impl Into<String>) -> Self {
        Self::Fixed(text.into())
    }
}

/// What a task puts into a slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SlotValue {
    /// A text that can as well stand in the template itself.
    Here(String),
    /// A text that has meaning only in the DAG around the task.
    Passed(String),
}

impl SlotValue {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Here(text) | Self::Passed(text) => text,
        }
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pod {
    pub(crate) deadline: Option<u64>,
    pub(crate) retry: Option<Retry>,
    pub(crate) memoize: Option<Memoize>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) annotations: Vec<(String, String)>,
    pub(crate) service_account: Option<String>,
    pub(crate) priority_class: Option<String>,
    pub(crate) node_selector: Vec<(String, String)>,
    pub(crate) tolerations: Vec<Json>,
    pub(crate) affinity: Option<Json>,
    pub(crate) host_names: Vec<String>,
    pub(crate) pod_spec_patch: Option<Text>,
    pub(crate) init_containers: Vec<Container>,
    pub(crate) main: Container,
    pub(crate) sidecars: Vec<Container>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Container {
    /// Absent on the main container.
    pub(crate) name: Option<String>,
    pub(crate) image: Option<Text>,
    pub(crate) pull_policy: Option<String>,
    pub(crate) workdir: Option<String>,
    pub(crate) command: Vec<Text>,
    pub(crate) args: Vec<Text>,
    pub(crate) env: Vec<Env>,
    pub(crate) requests: Vec<(String, String)>,
    pub(crate) limits: Vec<(String, String)>,
    pub(crate) ports: Vec<u16>,
    pub(crate) probe: Option<Probe>,
    pub(crate) mounts: Vec<Mount>,
}

/// A folder of a volume in a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mount {
    pub(crate) volume: &'static str,
    pub(crate) path: String,
    pub(crate) sub_path: Option<Text>,
    pub(crate) read_only: bool,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Env {
    pub(crate) name: String,
    pub(crate) value: EnvValue,
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EnvValue {
    Text(Text),
    Secret { name: String, key: String },
}

/// How a container that serves shows that it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Probe {
    pub(crate) ask: Ask,
    pub(crate) period: u64,
    pub(crate) failures: u64,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Http { port: u16, path: String },
    Tcp { port: u16 },
    Command(Vec<String>),
}

/// Further attempts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Retry {
    pub(crate) limit: u32,
    pub(crate) expression: Option<String>,
    pub(crate) backoff: Option<Backoff>,
}

/// The wait before them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Backoff {
    pub(crate) duration: String,
    pub(crate) factor: Option<u64>,
    pub(crate) cap: Option<String>,
}

/// Results used again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Memoize {
    pub(crate) key: Text,
    /// What stands before the key.
    pub(crate) prefix: String,
    pub(crate) max_age: String,
    pub(crate) config_map: String,
}

/// A value in the user's own form.
#[derive(Clone, Debug)]
pub(crate) struct Json(pub(crate) Value);

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.0.json() == other.0.json()
    }
}

impl Eq for Json {}

impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.json().hash(state);
    }
}

/// A pod template before it is known which of its slots differ between its tasks.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// What tasks must agree on to share it.
    pub(crate) shape: Shape,
    /// Whether a text in it needs `FLOWC_BRACE`.
    pub(crate) brace: bool,
    /// The names of its slots, each with what all tasks put into it, if they agree.
    pub(crate) slots: Vec<(String, Option<SlotValue>)>,
    /// The tasks that use it, in order.
    pub(crate) users: Vec<TaskId>,
}

/// What tasks must agree on to share a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub(crate) pod: Pod,
    pub(crate) slot_names: Vec<String>,
    pub(crate) input_artifacts: Vec<InputArtifact>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) output_artifacts: Vec<OutputArtifact>,
    pub(crate) synchronization: Option<Synchronization>,
    pub(crate) patch: Option<Json>,
}
