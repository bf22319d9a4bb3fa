//! A pipeline in Kubeflow's own words: components, tasks and executors.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use flowc_core::expr::Type;
use flowc_core::flow;
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::arg::Arg;
use super::name::Name;
use super::table::Table;
use crate::yaml::Map;

/// A text, of the flow's own where it has it.
pub(super) type Str<'f> = Cow<'f, str>;

/// A pipeline: what becomes the file.
#[derive(Debug, Default)]
pub(super) struct Pipeline<'f> {
    /// Its name.
    pub name: String,
    /// Free text for people.
    pub description: Option<String>,
    /// Comment lines at the top of the file.
    pub header: Vec<String>,
    /// The component that a run starts with.
    pub root: Component<'f>,
    /// The others, each with its name without `comp-`.
    pub components: IndexMap<Component<'f>, Name<'f>, FxBuildHasher>,
    /// What is run, each with its name without `exec-`.
    pub executors: IndexMap<Executor<'f>, Name<'f>, FxBuildHasher>,
    /// Seconds that a run may take.
    pub deadline: Option<u64>,
    /// What the Python programs share, written once in the file.
    pub helpers: String,
}

impl Pipeline<'_> {
    /// An empty one with room for so many tasks of the flow, and a few of flowc's own.
    pub fn with_room(tasks: usize) -> Self {
        let room = tasks + 8;
        Self {
            components: IndexMap::with_capacity_and_hasher(room, FxBuildHasher),
            executors: IndexMap::with_capacity_and_hasher(room, FxBuildHasher),
            ..Self::default()
        }
    }

    /// The tasks that are programs of flowc's own, by the names of the DAGs they are in and their own; what
    /// stands for a task that does not run is none.
    pub fn helper_names(&self) -> Vec<String> {
        let components = self.components.iter();
        let components: FxHashMap<&Name, &Component> =
            components.map(|(one, name)| (name, one)).collect();
        let executors = self.executors.iter();
        let executors: FxHashMap<&Name, &Executor> =
            executors.map(|(one, name)| (name, one)).collect();
        let mut names = Vec::new();
        let mut waiting = vec![(String::new(), &self.root)];
        while let Some((name, component)) = waiting.pop() {
            match &component.body {
                Body::Dag(dag) => {
                    waiting.extend(dag.tasks.iter().rev().filter_map(|(key, task)| {
                        let path = match name.as_str() {
                            "" => key.to_string(),
                            group => format!("{group}.{key}"),
                        };
                        Some((path, *components.get(&task.component)?))
                    }));
                }
                Body::Executor(label) => {
                    let executor = executors.get(label);
                    let is_own = executor
                        .is_some_and(|executor| !matches!(executor.program, Program::Runner));
                    names.extend(is_own.then_some(name));
                }
            }
        }
        names
    }

    /// Each component with each task that it is.
    pub fn uses(&self) -> Vec<(String, String)> {
        let inner = self.components.keys().chain([&self.root]);
        let dags = inner.filter_map(|component| match &component.body {
            Body::Dag(dag) => Some(dag),
            Body::Executor(_) => None,
        });
        dags.flat_map(|dag| dag.tasks.iter())
            .map(|(name, task)| (task.component.to_string(), name.to_string()))
            .collect()
    }
}

/// Something a task can be. Two are equal when only their comments differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Component<'f> {
    /// A comment line above it.
    pub comment: Option<&'f str>,
    pub inputs: Ports<'f>,
    pub outputs: Ports<'f>,
    pub body: Body<'f>,
}

impl PartialEq for Component<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body && self.inputs == other.inputs && self.outputs == other.outputs
    }
}

impl Eq for Component<'_> {}

impl Hash for Component<'_> {
    /// By what tells nearly all apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.body {
            Body::Executor(label) => label.hash(state),
            Body::Dag(dag) => {
                let tasks = dag.tasks.values();
                tasks.for_each(|task| task.component.hash(state));
            }
        }
        let inputs = self.inputs.parameters.iter();
        inputs.for_each(|(name, _)| name.hash(state));
    }
}

/// What a component does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body<'f> {
    /// Runs the executor of this name.
    Executor(Name<'f>),
    /// Runs tasks.
    Dag(Box<Dag<'f>>),
}

impl Default for Body<'_> {
    /// Nothing so far, which takes no room.
    fn default() -> Self {
        Self::Executor(Name::default())
    }
}

/// Named inputs or outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ports<'f> {
    pub parameters: Vec<(Name<'f>, Parameter<'f>)>,
    /// Artifacts; true when it is a list of them.
    pub artifacts: Vec<(Name<'f>, bool)>,
}

impl<'f> Ports<'f> {
    /// One more parameter, or another in the place of the one with this name.
    pub fn put(&mut self, name: Name<'f>, parameter: Parameter<'f>) {
        match self.parameters.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = parameter,
            None => self.parameters.push((name, parameter)),
        }
    }

    /// One more artifact that is no list, unless it is there.
    pub fn put_artifact(&mut self, name: Name<'f>) {
        if !self.artifacts.iter().any(|(known, _)| *known == name) {
            self.artifacts.push((name, false));
        }
    }
}

/// A parameter of a component.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter<'f> {
    pub kind: Kind,
    /// What the flow says of it, when it is one of the run.
    pub declared: Option<&'f flow::Parameter>,
}

impl Parameter<'_> {
    /// Of this kind and nothing more.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            declared: None,
        }
    }
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Integer,
    Double,
    Boolean,
    List,
    Struct,
    /// How another task ended.
    FinalStatus,
}

impl Kind {
    /// The kind that holds values of a type.
    pub fn of(ty: &Type) -> Self {
        match ty {
            Type::String => Self::String,
            Type::Integer => Self::Integer,
            Type::Number => Self::Double,
            Type::Boolean => Self::Boolean,
            Type::List(_) => Self::List,
            Type::Object | Type::Any => Self::Struct,
        }
    }

    /// Whether Kubeflow writes such a value into an argument exactly as the language does.
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::String | Self::Integer | Self::Boolean)
    }

    /// As `parameterType` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Integer => "NUMBER_INTEGER",
            Self::Double => "NUMBER_DOUBLE",
            Self::Boolean => "BOOLEAN",
            Self::List => "LIST",
            Self::Struct => "STRUCT",
            Self::FinalStatus => "TASK_FINAL_STATUS",
        }
    }
}

/// Tasks, and which of their outputs are the whole's.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dag<'f> {
    pub tasks: Table<Name<'f>, Task<'f>>,
    /// Output name to the (task, output) pairs of which one has it.
    pub parameters: Table<Name<'f>, Vec<(Name<'f>, Name<'f>)>>,
    /// The same for artifacts.
    pub artifacts: Table<Name<'f>, Vec<(Name<'f>, Name<'f>)>>,
}

/// A task of a DAG.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task<'f> {
    /// What the user interface calls it, and `FLOW_TASK`.
    pub title: Str<'f>,
    /// The name of its component, without `comp-`.
    pub component: Name<'f>,
    /// Tasks it waits for besides those whose outputs it reads.
    pub after: Vec<Name<'f>>,
    pub parameters: Vec<(Name<'f>, Input<'f>)>,
    pub artifacts: Vec<(Name<'f>, Input<'f>)>,
    /// It runs only when this holds.
    pub condition: Option<String>,
    /// It runs whatever becomes of those it waits for.
    pub is_exit: bool,
    pub retry: Option<Box<Retry>>,
    pub iterator: Option<Box<Iterator<'f>>>,
    pub cached: bool,
}

impl<'f> Task<'f> {
    /// A task without anything but a component.
    pub fn of(title: impl Into<Str<'f>>, component: Name<'f>) -> Self {
        Self {
            title: title.into(),
            component,
            after: Vec::new(),
            parameters: Vec::new(),
            artifacts: Vec::new(),
            condition: None,
            is_exit: false,
            retry: None,
            iterator: None,
            cached: false,
        }
    }

    /// Every task it waits for, in order of first mention.
    pub fn dependencies(&self) -> Vec<&Name<'f>> {
        let read = self.parameters.iter().chain(&self.artifacts);
        let read = read.filter_map(|(_, input)| match input {
            Input::Output { task, .. } | Input::FinalStatus { task } => Some(task),
            Input::Constant(_) | Input::Component { .. } => None,
        });
        let all = self.after.iter().chain(read);
        let most = self.after.len() + self.parameters.len() + self.artifacts.len();
        if most > 16 {
            // The last task of a flow may wait for thousands.
            let all: IndexSet<&Name, FxBuildHasher> = all.collect();
            return all.into_iter().collect();
        }
        let mut found = Vec::with_capacity(most);
        for name in all {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        found
    }
}

/// Where an input of a task comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input<'f> {
    Constant(Name<'static>),
    /// An input of the component around, or what a selector takes out of it.
    Component {
        name: Name<'f>,
        selector: Option<&'static str>,
    },
    /// An output of a task beside it.
    Output {
        task: Name<'f>,
        key: Name<'f>,
    },
    /// How a task beside it ended.
    FinalStatus {
        task: Name<'f>,
    },
}

/// Attempts after the first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Retry {
    pub count: u32,
    /// Seconds.
    pub delay: String,
    pub factor: f64,
    /// Seconds.
    pub max_delay: String,
}

/// A task that is run for each element of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Iterator<'f> {
    /// The input that the element becomes.
    pub item: Name<'f>,
    pub items: Items<'f>,
    pub limit: Option<u32>,
}

/// The list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Items<'f> {
    /// JSON text.
    Raw(String),
    /// An input of the task.
    Input(Name<'f>),
}

/// A container. Two are equal when only their comments differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Executor<'f> {
    pub comment: Option<Str<'f>>,
    pub image: Str<'f>,
    pub program: Program,
    pub args: Vec<Arg<'f>>,
    /// Fields of `resources`.
    pub resources: Map,
    /// Its part of the platform's document.
    pub kubernetes: Map,
}

impl PartialEq for Executor<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.args == other.args
            && self.image == other.image
            && self.program == other.program
            && self.resources == other.resources
            && self.kubernetes == other.kubernetes
    }
}

impl Eq for Executor<'_> {}

impl Hash for Executor<'_> {
    /// By what tells nearly all apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.args.first(), self.args.last()).hash(state);
        if let Program::Python(text) | Program::Shell(text) = &self.program {
            text.hash(state);
        }
    }
}

/// What the container starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Program {
    /// The runner around a process, written once in the file.
    #[default]
    Runner,
    /// A Python program over the shared helpers.
    Python(String),
    /// A program for `sh`.
    Shell(String),
}
