//! What tasks read, and the levels of DAGs through which it reaches them.

use flowc_core::expr::Type;
use flowc_core::flow::{Flow, TaskId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::model::{Dag, Input, Kind, Parameter, Ports, Str};
use super::super::name::Name;

/// Something that one task makes and others read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Datum<'f> {
    /// A parameter of the run.
    Parameter(Str<'f>),
    /// An output of a task; the list of all of a fan-out.
    Output(TaskId, Str<'f>),
    /// An artifact of a task; the folder of all of a fan-out.
    Artifact(TaskId, Str<'f>),
    /// How a task ended.
    State(TaskId),
    /// Whether a task is to run, or the state it has without.
    Decision(TaskId),
    /// The elements that a fan-out runs for, with their positions.
    Entries(TaskId),
    /// The element of an instance.
    Item(TaskId),
    /// Its position.
    Index(TaskId),
    /// Something worked out for a task before it runs.
    Value(TaskId, Str<'f>),
    /// Whether that could be worked out.
    Ready(TaskId),
    /// An output of the instances of a fan-out, in order.
    EachOutput(TaskId, Str<'f>),
    /// Their artifacts.
    EachArtifact(TaskId, Str<'f>),
    /// Their states.
    EachState(TaskId),
    /// How everything before `finally` ended.
    FlowState,
    /// The same in Kubeflow's own words, for an exit task.
    FinalStatus,
    /// The id of the run.
    RunId,
    /// When the run was scheduled.
    ScheduledAt,
    /// When the run was made.
    CreatedAt,
}

/// What becomes of a datum as an input.
pub(super) enum Port {
    Parameter(Kind),
    /// Whether it is a list.
    Artifact(bool),
}

impl<'f> Datum<'f> {
    /// A plain name for it.
    fn name(&self, flow: &'f Flow) -> Name<'f> {
        let of = |task: &TaskId, what: &str| {
            let task = flow.task(*task).name.value.as_str();
            [task, "_", what].concat().into()
        };
        match self {
            Self::Parameter(name) | Self::Value(_, name) => name.clone().into(),
            Self::Output(task, name)
            | Self::Artifact(task, name)
            | Self::EachOutput(task, name)
            | Self::EachArtifact(task, name) => of(task, name),
            Self::State(task) => of(task, "state"),
            Self::EachState(_) => "states".into(),
            Self::Decision(_) | Self::Ready(_) => "decision".into(),
            Self::Entries(_) => "entries".into(),
            Self::Item(task) => {
                let for_each = flow.task(*task).for_each.as_ref();
                for_each.map_or("item", |each| &each.variable.value).into()
            }
            Self::Index(_) => "index".into(),
            Self::FlowState => "run_state".into(),
            Self::FinalStatus => "run_status".into(),
            Self::RunId => "run_id".into(),
            Self::ScheduledAt => "scheduled_at".into(),
            Self::CreatedAt => "created_at".into(),
        }
    }

    /// Its type, where it is a parameter.
    pub fn ty(&self, flow: &Flow) -> Type {
        match self {
            Self::Parameter(name) => {
                let found = flow.parameters.iter().find(|p| p.name.value == *name);
                found.map_or(Type::String, |parameter| parameter.ty.clone())
            }
            Self::Output(task, name) => {
                let one = output_type(flow, *task, name);
                if flow.task(*task).for_each.is_some() {
                    Type::list(one)
                } else {
                    one
                }
            }
            Self::EachOutput(task, name) => Type::list(output_type(flow, *task, name)),
            Self::EachState(_) => Type::list(Type::String),
            Self::Entries(_) => Type::list(Type::Object),
            Self::Item(task) => match flow.task(*task).for_each.as_ref().map(|e| &e.list.ty) {
                Some(Type::List(element)) => (**element).clone(),
                _ => Type::Any,
            },
            Self::Index(_) => Type::Integer,
            _ => Type::String,
        }
    }

    /// The kind that holds it, where it is a parameter.
    pub fn kind(&self, flow: &Flow) -> Kind {
        match self {
            Self::Parameter(name) => {
                let found = flow.parameters.iter().find(|p| p.name.value == *name);
                found.map_or(Kind::String, |parameter| Kind::of(&parameter.ty))
            }
            Self::Output(task, _) if flow.task(*task).for_each.is_some() => Kind::List,
            Self::Output(task, name) => {
                let found = flow.task(*task).output_type(name);
                found.map_or(Kind::String, Kind::of)
            }
            Self::EachOutput(..) | Self::EachState(_) | Self::Entries(_) => Kind::List,
            Self::Item(task) => match flow.task(*task).for_each.as_ref().map(|e| &e.list.ty) {
                Some(Type::List(element)) => Kind::of(element),
                _ => Kind::Struct,
            },
            Self::Index(_) => Kind::Integer,
            Self::FinalStatus => Kind::FinalStatus,
            _ => Kind::String,
        }
    }

    fn port(&self, flow: &Flow) -> Port {
        match self {
            Self::Artifact(..) => Port::Artifact(false),
            Self::EachArtifact(..) => Port::Artifact(true),
            other => Port::Parameter(other.kind(flow)),
        }
    }
}

fn output_type(flow: &Flow, task: TaskId, name: &str) -> Type {
    let found = flow.task(task).output_type(name);
    found.cloned().unwrap_or(Type::String)
}

/// How many inputs are looked through one by one.
const FEW: usize = 16;

/// The inputs of a component: what it reads, under names of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs<'f> {
    names: Vec<(Datum<'f>, Name<'f>)>,
    /// Names that none may have; once there are more than few inputs, all that are taken.
    taken: FxHashSet<Name<'f>>,
    /// Where each stands in `names`, once there are more than few.
    places: FxHashMap<Datum<'f>, usize>,
}

impl<'f> Inputs<'f> {
    /// With names that none may have.
    pub fn without(names: impl IntoIterator<Item = Name<'f>>) -> Self {
        Self {
            taken: names.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The name of what is read, which is then an input.
    pub fn name(&mut self, datum: Datum<'f>, flow: &'f Flow) -> Name<'f> {
        if let Some(name) = self.known(&datum) {
            return name.clone();
        }
        if self.names.len() == FEW {
            self.taken
                .extend(self.names.iter().map(|(_, name)| name.clone()));
            let places = self.names.iter().enumerate();
            self.places = places.map(|(at, (datum, _))| (datum.clone(), at)).collect();
        }
        let name = fresh(datum.name(flow), "_", |name| self.take(name));
        if self.names.len() >= FEW {
            self.places.insert(datum.clone(), self.names.len());
        }
        self.names.push((datum, name.clone()));
        name
    }

    fn known(&self, datum: &Datum<'f>) -> Option<&Name<'f>> {
        let found = if self.names.len() <= FEW {
            self.names.iter().find(|(known, _)| known == datum)
        } else {
            self.places.get(datum).map(|at| &self.names[*at])
        };
        found.map(|(_, name)| name)
    }

    /// Whether the name was still to be had; it then is taken.
    fn take(&mut self, name: Name<'f>) -> bool {
        if self.names.len() >= FEW {
            return self.taken.insert(name);
        }
        let mut names = self.names.iter();
        !self.taken.contains(&name) && names.all(|(_, taken)| *taken != name)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// What is read, with names, in order of first mention.
    pub fn iter(&self) -> impl Iterator<Item = (&Datum<'f>, &Name<'f>)> {
        self.names.iter().map(|(datum, name)| (datum, name))
    }

    /// As a component declares them.
    pub fn ports(&self, flow: &Flow) -> Ports<'f> {
        let mut ports = Ports::default();
        ports.parameters.reserve_exact(self.names.len());
        for (datum, name) in &self.names {
            match datum.port(flow) {
                Port::Parameter(kind) => {
                    ports.parameters.push((name.clone(), Parameter::of(kind)));
                }
                Port::Artifact(list) => ports.artifacts.push((name.clone(), list)),
            }
        }
        ports
    }
}

/// The name, or the first of `name_2`, `name_3`… that can be taken.
pub(super) fn fresh<'f>(
    name: Name<'f>,
    between: &str,
    mut take: impl FnMut(Name<'f>) -> bool,
) -> Name<'f> {
    let mut found = name.clone();
    let mut number = 1;
    while !take(found.clone()) {
        number += 1;
        found = format!("{name}{between}{number}").into();
    }
    found
}

/// Names that are given out once each, and how far the numbers behind each of them have come: where
/// thousands of tasks want the same name, nobody tries all numbers from the first one.
#[derive(Debug)]
pub(super) struct Names<'f> {
    taken: FxHashSet<Name<'f>>,
    last: FxHashMap<Name<'f>, u32>,
}

impl<'f> Names<'f> {
    /// Names of which one is taken.
    pub fn without(name: &'f str) -> Self {
        Self {
            taken: FxHashSet::from_iter([Name::from(name)]),
            last: FxHashMap::default(),
        }
    }

    /// The name, or the first of `name-2`, `name-3`… that is not taken; it then is.
    pub fn fresh(&mut self, name: &Name<'f>) -> Name<'f> {
        if self.taken.insert(name.clone()) {
            return name.clone();
        }
        let last = self.last.entry(name.clone()).or_insert(1);
        loop {
            *last += 1;
            let found: Name<'f> = format!("{name}-{last}").into();
            if self.taken.insert(found.clone()) {
                return found;
            }
        }
    }
}

/// A DAG while its tasks are put into it.
#[derive(Debug, Default)]
pub(super) struct Scope<'f> {
    /// What it needs of the DAGs around.
    pub inputs: Inputs<'f>,
    /// The input that the elements of a loop become, when it is the body of one.
    pub element: Option<(Name<'f>, Parameter<'f>)>,
    pub dag: Dag<'f>,
    /// Where in this DAG something comes from.
    pub made: FxHashMap<Datum<'f>, Input<'f>>,
    /// Names of tasks.
    pub keys: FxHashSet<Name<'f>>,
    /// What tasks without any upstream task wait for.
    pub first: Option<Name<'f>>,
}
