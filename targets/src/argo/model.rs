//! What we write for Argo, in Argo's own words and no wider than we use them.
//!
//! A pod template keeps its texts as [`Text`]: fixed, or a slot that each task using the template
//! may fill otherwise. Templates that are equal but for their slots become one.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use flowc_core::expr::Value;
use flowc_core::flow::TaskId;

/// A text of the flow itself, a constant, or one that was put together. Most are the first or the
/// second, and a copy of each would cost more than everything else that lowering does.
pub(crate) type Str<'f> = Cow<'f, str>;

/// The whole file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest<'f> {
    /// The header comment, without `#`.
    pub(crate) header: String,
    /// Kind of object.
    pub(crate) kind: Kind,
    /// The flow's name.
    pub(crate) name: Str<'f>,
    /// Where it lives; the client's own namespace when absent.
    pub(crate) namespace: Option<Str<'f>>,
    /// Labels of the object and of its runs.
    pub(crate) labels: Vec<(Str<'f>, Str<'f>)>,
    /// Annotations of the object and of its runs.
    pub(crate) annotations: Vec<(Str<'f>, Str<'f>)>,
    /// When runs start by themselves; of a cron workflow.
    pub(crate) schedule: Option<Schedule<'f>>,
    /// What a run is.
    pub(crate) spec: Spec<'f>,
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
pub(crate) struct Schedule<'f> {
    /// Five fields.
    pub(crate) cron: Str<'f>,
    /// An IANA name.
    pub(crate) timezone: Str<'f>,
    /// `Allow`, `Forbid` or `Replace`, and the language's word for it.
    pub(crate) concurrency: (&'static str, &'static str),
    /// Whether a missed run is made up for.
    pub(crate) catchup: bool,
    /// When the schedule holds.
    pub(crate) when: Option<Str<'f>>,
}

/// What a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spec<'f> {
    pub(crate) entrypoint: Str<'f>,
    pub(crate) on_exit: Option<Str<'f>>,
    pub(crate) service_account: Option<Str<'f>>,
    /// Seconds, and how the flow says it.
    pub(crate) deadline: Option<(u64, Str<'f>)>,
    pub(crate) parallelism: Option<u32>,
    pub(crate) synchronization: Option<Synchronization<'f>>,
    pub(crate) arguments: Vec<WorkflowParameter<'f>>,
    pub(crate) volumes: Vec<Volume<'f>>,
    pub(crate) templates: Vec<Template<'f>>,
}

/// A parameter of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkflowParameter<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) description: Option<Str<'f>>,
    pub(crate) choices: Vec<Str<'f>>,
    pub(crate) value: Option<Str<'f>>,
}

/// A volume of every pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Volume<'f> {
    /// A folder that lives as long as the pod.
    Empty { name: &'static str },
    /// A claim that all pods share.
    Claim { name: &'static str, claim: Str<'f> },
}

/// A lock shared by runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Synchronization<'f> {
    /// One holder.
    Mutex(Str<'f>),
    /// As many holders as the key of the config map says.
    Semaphore { config_map: Str<'f>, key: Str<'f> },
}

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template<'f> {
    /// Where the file shows it: the task it belongs to, its rank among the templates of that task, and
    /// which of those it is; not the same for any two.
    pub(crate) order: (u32, u8, u32),
    pub(crate) name: Str<'f>,
    /// Lines above it.
    pub(crate) comments: Vec<Str<'f>>,
    /// Words behind its name.
    pub(crate) note: Option<Str<'f>>,
    pub(crate) inputs: Vec<Input<'f>>,
    pub(crate) input_artifacts: Vec<InputArtifact<'f>>,
    pub(crate) outputs: Vec<Output<'f>>,
    pub(crate) output_artifacts: Vec<OutputArtifact<'f>>,
    pub(crate) parallelism: Option<u32>,
    pub(crate) fail_fast: bool,
    pub(crate) synchronization: Option<Box<Synchronization<'f>>>,
    pub(crate) body: Body<'f>,
    /// Merged over the template.
    pub(crate) patch: Option<Box<Json>>,
}

impl<'f> Template<'f> {
    /// A template with a body and nothing else.
    pub(crate) fn new(name: impl Into<Str<'f>>, body: Body<'f>) -> Self {
        Self {
            order: (0, 0, 0),
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
pub(crate) struct Input<'f> {
    pub(crate) name: Str<'f>,
    /// Words behind it.
    pub(crate) note: Option<&'static str>,
    /// What a person is asked for it; of very few.
    pub(crate) question: Option<Box<Question<'f>>>,
}

/// An input that a person gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question<'f> {
    pub(crate) description: Str<'f>,
    pub(crate) default: Option<Str<'f>>,
    pub(crate) choices: Vec<Str<'f>>,
}

impl<'f> Input<'f> {
    /// An input of which only the name is known.
    pub(crate) fn new(name: impl Into<Str<'f>>, note: Option<&'static str>) -> Self {
        Self {
            name: name.into(),
            note,
            question: None,
        }
    }
}

/// An input artifact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InputArtifact<'f> {
    pub(crate) name: Str<'f>,
    /// Where it lies in the container; absent on a DAG.
    pub(crate) path: Option<Str<'f>>,
    pub(crate) optional: bool,
}

/// An output parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Output<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) from: OutputFrom<'f>,
    pub(crate) global_name: Option<Str<'f>>,
}

/// Where an output parameter gets its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OutputFrom<'f> {
    /// A file that the container writes.
    Path(Str<'f>),
    /// The output of a task of the DAG.
    Parameter(Str<'f>),
    /// An expression over the tasks of the DAG.
    Expression(Str<'f>),
    /// A person; the text when nobody answers.
    Supplied { default: Option<Str<'f>> },
}

/// An output artifact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OutputArtifact<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) optional: bool,
    pub(crate) from: OutputArtifactFrom<'f>,
}

/// Where an output artifact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OutputArtifactFrom<'f> {
    /// A file or folder that the container writes.
    Path {
        path: Str<'f>,
        /// Its place in the repository, kept as it is; Argo chooses when absent.
        key: Option<Str<'f>>,
    },
    /// An artifact of a task of the DAG.
    Task(Str<'f>),
}

/// What a template does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body<'f> {
    Dag(Dag<'f>),
    Pod(Box<Pod<'f>>),
    Suspend {
        duration: Option<Str<'f>>,
    },
    /// One step that never runs, so that the template starts no pod and still has outputs.
    Steps {
        template: Str<'f>,
    },
}

/// A graph of tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dag<'f> {
    /// The tasks whose phases decide; the leaves when absent.
    pub(crate) target: Option<Str<'f>>,
    pub(crate) tasks: Vec<DagTask<'f>>,
}

/// A task of a DAG.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DagTask<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) comments: Vec<Str<'f>>,
    /// Words behind its name.
    pub(crate) note: Option<Str<'f>>,
    pub(crate) depends: Option<Depends<'f>>,
    pub(crate) when: Option<Str<'f>>,
    pub(crate) template: TemplateRef<'f>,
    pub(crate) items: Option<Items<'f>>,
    pub(crate) arguments: Vec<Argument<'f>>,
    pub(crate) artifacts: Vec<ArtifactArgument<'f>>,
}

/// Which template a task runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TemplateRef<'f> {
    /// A template by its name.
    Named(Str<'f>),
    /// A pod template that several tasks may share.
    Shared {
        /// Which.
        leaf: usize,
        /// What the task puts into its slots; the leaf has it when the task is its first.
        slots: Option<Vec<SlotValue<'f>>>,
    },
}

/// The condition on the phases of other tasks: parts to be joined by `&&`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Depends<'f> {
    pub(crate) parts: Vec<Str<'f>>,
}

/// The instances of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Items<'f> {
    /// Numbers from 0.
    Count(Str<'f>),
    /// These numbers.
    Numbers(Vec<usize>),
    /// A JSON list of numbers.
    Param(Str<'f>),
}

/// A value for an input parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) value: Str<'f>,
    /// Words behind its name.
    pub(crate) note: Option<&'static str>,
}

/// A value for an input artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactArgument<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) from: ArtifactFrom<'f>,
    pub(crate) optional: bool,
    /// Words behind its name.
    pub(crate) note: Option<&'static str>,
}

/// Where an input artifact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArtifactFrom<'f> {
    /// A tag.
    Tag(Str<'f>),
    /// A place in the repository.
    Key(Str<'f>),
}

/// A text that is the same for every task of the template, or each task's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Text<'f> {
    Fixed(Str<'f>),
    Slot(usize),
}

impl<'f> Text<'f> {
    /// A fixed text.
    pub(crate) fn fixed(text: impl Into<Str<'f>>) -> Self {
        Self::Fixed(text.into())
    }
}

/// What a task puts into a slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SlotValue<'f> {
    /// A text that can as well stand in the template itself.
    Here(Str<'f>),
    /// A text that has meaning only in the DAG around the task.
    Passed(Str<'f>),
}

impl<'f> SlotValue<'f> {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Here(text) | Self::Passed(text) => text,
        }
    }

    /// The text, taken out.
    pub(crate) fn into_text(self) -> Str<'f> {
        match self {
            Self::Here(text) | Self::Passed(text) => text,
        }
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pod<'f> {
    pub(crate) deadline: Option<u64>,
    pub(crate) retry: Option<Box<Retry<'f>>>,
    pub(crate) memoize: Option<Box<Memoize<'f>>>,
    /// Absent when there is nothing to say.
    pub(crate) placement: Option<Box<Placement<'f>>>,
    pub(crate) main: Container<'f>,
    /// Absent when there is none of it.
    pub(crate) rest: Option<Box<Rest<'f>>>,
}

/// What few pods have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rest<'f> {
    /// Whether it goes on running beside the tasks of its DAG, and ends with it.
    pub(crate) daemon: bool,
    /// Addresses, and the host names that they have in the pod.
    pub(crate) hosts: Vec<(Text<'f>, Vec<Str<'f>>)>,
    pub(crate) pod_spec_patch: Option<Text<'f>>,
    pub(crate) init_containers: Vec<Container<'f>>,
    pub(crate) sidecars: Vec<Container<'f>>,
}

impl<'f> Pod<'f> {
    /// What few pods have, to be looked at.
    pub(crate) fn rest(&self) -> &Rest<'f> {
        static NOTHING: Rest<'static> = Rest {
            daemon: false,
            hosts: Vec::new(),
            pod_spec_patch: None,
            init_containers: Vec::new(),
            sidecars: Vec::new(),
        };
        self.rest.as_deref().unwrap_or(&NOTHING)
    }

    /// The same, to have something put into it.
    pub(crate) fn rest_mut(&mut self) -> &mut Rest<'f> {
        self.rest.get_or_insert_default()
    }

    /// All containers, to be changed.
    pub(crate) fn containers_mut(&mut self) -> impl Iterator<Item = &mut Container<'f>> {
        let rest = self.rest.iter_mut();
        let rest = rest.flat_map(|rest| rest.sidecars.iter_mut().chain(&mut rest.init_containers));
        [&mut self.main].into_iter().chain(rest)
    }
}

/// As what and where the cluster runs a pod. Few pods say it, so it lies outside of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Placement<'f> {
    pub(crate) labels: Vec<(Str<'f>, Str<'f>)>,
    pub(crate) annotations: Vec<(Str<'f>, Str<'f>)>,
    pub(crate) service_account: Option<Str<'f>>,
    pub(crate) priority_class: Option<Str<'f>>,
    pub(crate) node_selector: Vec<(Str<'f>, Str<'f>)>,
    pub(crate) tolerations: Vec<Json>,
    pub(crate) affinity: Option<Json>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Container<'f> {
    /// Of a service or a helper.
    pub(crate) beside: Option<Box<Beside<'f>>>,
    pub(crate) image: Option<Text<'f>>,
    pub(crate) pull_policy: Option<Str<'f>>,
    pub(crate) workdir: Option<Str<'f>>,
    pub(crate) command: Vec<Text<'f>>,
    pub(crate) args: Vec<Text<'f>>,
    /// Of the container of a process.
    pub(crate) own: Option<Own<'f>>,
    /// Variables beside those.
    pub(crate) env: Vec<Env<'f>>,
    pub(crate) requests: Vec<(Str<'f>, Str<'f>)>,
    pub(crate) limits: Vec<(Str<'f>, Str<'f>)>,
    /// Folders beside the one for outputs.
    pub(crate) mounts: Vec<Mount<'f>>,
}

/// What a container has that runs no process of the flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Beside<'f> {
    /// Absent on the main container.
    pub(crate) name: Option<Str<'f>>,
    pub(crate) ports: Vec<u16>,
    pub(crate) probe: Option<Probe<'f>>,
}

/// What every process has: variables of its own, and a folder for its outputs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Own<'f> {
    /// The path of its task.
    pub(crate) task: Text<'f>,
    /// Whether it may have further attempts.
    pub(crate) retried: bool,
    /// Whether a text in it needs `FLOWC_BRACE`.
    pub(crate) brace: bool,
    /// The folder for its outputs, when it does not lie in the pod.
    pub(crate) outputs: Option<Box<Mount<'f>>>,
}

/// A folder of a volume in a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mount<'f> {
    pub(crate) volume: &'static str,
    pub(crate) path: Str<'f>,
    pub(crate) sub_path: Option<Text<'f>>,
    pub(crate) read_only: bool,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Env<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) value: EnvValue<'f>,
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EnvValue<'f> {
    Text(Text<'f>),
    /// Few variables are secrets, so what names one lies outside.
    Secret(Box<SecretKey<'f>>),
}

/// A key of a secret of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SecretKey<'f> {
    pub(crate) name: Str<'f>,
    pub(crate) key: Str<'f>,
}

/// How a container that serves shows that it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Probe<'f> {
    pub(crate) ask: Ask<'f>,
    pub(crate) period: u64,
    pub(crate) failures: u64,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask<'f> {
    Http { port: u16, path: Str<'f> },
    Tcp { port: u16 },
    Command(Vec<Str<'f>>),
}

/// Further attempts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Retry<'f> {
    pub(crate) limit: u32,
    pub(crate) expression: Option<Str<'f>>,
    pub(crate) backoff: Option<Backoff<'f>>,
}

/// The wait before them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Backoff<'f> {
    pub(crate) duration: Str<'f>,
    pub(crate) factor: Option<u64>,
    pub(crate) cap: Option<Str<'f>>,
}

/// Results used again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Memoize<'f> {
    pub(crate) key: Text<'f>,
    /// What stands before the key.
    pub(crate) prefix: Str<'f>,
    pub(crate) max_age: Str<'f>,
    pub(crate) config_map: Str<'f>,
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

/// What is known of a pod template before it is known which of its slots differ between its tasks.
#[derive(Clone, Debug)]
pub(crate) struct Leaf<'f> {
    /// The names of its slots.
    pub(crate) slot_names: Vec<Str<'f>>,
    /// Whether a text in it needs `FLOWC_BRACE`.
    pub(crate) brace: bool,
    /// What the first of its tasks puts into its slots, and whether all others put the same.
    pub(crate) slots: Vec<(SlotValue<'f>, bool)>,
    /// The tasks that use it, in order.
    pub(crate) users: Vec<TaskId>,
}
