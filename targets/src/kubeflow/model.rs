//! A pipeline in Kubeflow's own words: components, tasks and executors.

use flowc_core::expr::{Type, Value};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

use crate::yaml::Map;

/// A pipeline: what becomes the file.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    /// Its name.
    pub name: String,
    /// Free text for people.
    pub description: Option<String>,
    /// Comment lines at the top of the file.
    pub header: Vec<String>,
    /// The component that a run starts with.
    pub root: Component,
    /// The others, by name without `comp-`.
    pub components: IndexMap<String, Component>,
    /// What is run, by name without `exec-`.
    pub executors: IndexMap<String, Executor>,
    /// Seconds that a run may take.
    pub deadline: Option<u64>,
    /// What the Python programs share, written once in the file.
    pub helpers: String,
}

impl Pipeline {
    /// The tasks that are programs of flowc's own, by the names of the DAGs they are in and their own; what
    /// stands for a task that does not run is none.
    pub fn helper_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut waiting = vec![(String::new(), &self.root)];
        while let Some((name, component)) = waiting.pop() {
            match &component.body {
                Body::Dag(dag) => {
                    waiting.extend(dag.tasks.iter().rev().filter_map(|(key, task)| {
                        let path = match name.as_str() {
                            "" => key.clone(),
                            group => format!("{group}.{key}"),
                        };
                        Some((path, self.components.get(&task.component)?))
                    }));
                }
                Body::Executor(label) => {
                    let executor = self.executors.get(label);
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
        let inner = self.components.values().chain([&self.root]);
        let dags = inner.filter_map(|component| match &component.body {
            Body::Dag(dag) => Some(dag),
            Body::Executor(_) => None,
        });
        dags.flat_map(|dag| &dag.tasks)
            .map(|(name, task)| (task.component.clone(), name.clone()))
            .collect()
    }
}

/// Something a task can be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Component {
    /// A comment line above it.
    pub comment: Option<String>,
    pub inputs: Ports,
    pub outputs: Ports,
    pub body: Body,
}

/// What a component does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// Runs the executor of this name.
    Executor(String),
    /// Runs tasks.
    Dag(Dag),
}

impl Default for Body {
    fn default() -> Self {
        Self::Dag(Dag::default())
    }
}

/// Named inputs or outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ports {
    pub parameters: IndexMap<String, Parameter>,
    /// Artifacts; true when it is a list of them.
    pub artifacts: IndexMap<String, bool>,
}

/// A parameter of a component.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    pub kind: Kind,
    pub default: Option<Value>,
    pub description: Option<String>,
}

impl Parameter {
    /// Of this kind and nothing more.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            default: None,
            description: None,
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
pub(super) struct Dag {
    pub tasks: IndexMap<String, Task>,
    /// Output name to the (task, output) pairs of which one has it.
    pub parameters: IndexMap<String, Vec<(String, String)>>,
    /// The same for artifacts.
    pub artifacts: IndexMap<String, Vec<(String, String)>>,
}

/// A task of a DAG.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    /// What the user interface calls it, and `FLOW_TASK`.
    pub title: String,
    /// The name of its component, without `comp-`.
    pub component: String,
    /// Tasks it waits for besides those whose outputs it reads.
    pub after: Vec<String>,
    pub parameters: IndexMap<String, Input>,
    pub artifacts: IndexMap<String, Input>,
    /// It runs only when this holds.
    pub condition: Option<String>,
    /// It runs whatever becomes of those it waits for.
    pub is_exit: bool,
    pub retry: Option<Retry>,
    pub iterator: Option<Iterator>,
    pub cached: bool,
}

impl Task {
    /// A task without anything but a component.
    pub fn of(title: impl Into<String>, component: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            component: component.into(),
            after: Vec::new(),
            parameters: IndexMap::new(),
            artifacts: IndexMap::new(),
            condition: None,
            is_exit: false,
            retry: None,
            iterator: None,
            cached: false,
        }
    }

    /// Every task it waits for, in order of first mention.
    pub fn dependencies(&self) -> Vec<&str> {
        let read = self.parameters.values().chain(self.artifacts.values());
        let read = read.filter_map(|input| match input {
            Input::Output { task, .. } | Input::FinalStatus { task } => Some(task.as_str()),
            Input::Constant(_) | Input::Component { .. } => None,
        });
        // The last task of a flow may wait for thousands.
        let all: IndexSet<&str, FxBuildHasher> =
            self.after.iter().map(String::as_str).chain(read).collect();
        all.into_iter().collect()
    }
}

/// Where an input of a task comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input {
    Constant(String),
    /// An input of the component around, or what a selector takes out of it.
    Component {
        name: String,
        selector: Option<&'static str>,
    },
    /// An output of a task beside it.
    Output {
        task: String,
        key: String,
    },
    /// How a task beside it ended.
    FinalStatus {
        task: String,
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
pub(super) struct Iterator {
    /// The input that the element becomes.
    pub item: String,
    pub items: Items,
    pub limit: Option<u32>,
}

/// The list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Items {
    /// JSON text.
    Raw(String),
    /// An input of the task.
    Input(String),
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Executor {
    pub comment: Option<String>,
    pub image: String,
    pub program: Program,
    pub args: Vec<String>,
    /// Fields of `resources`.
    pub resources: Map,
    /// Its part of the platform's document.
    pub kubernetes: Map,
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
