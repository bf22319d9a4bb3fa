//! From the flow to the steps of a FlowSpec.

mod body;
mod nest;
mod place;
mod run;
mod steps;

use std::collections::HashMap;

use flowc_core::expr::Value;
use flowc_core::flow::{Flow, TaskId};
use flowc_core::graph::Addition;

pub(super) use body::{always_allowed, seconds};
pub(super) use run::is_reserved;

use super::model::{FlowClass, Next, Step};
use super::settings::Settings;
use crate::python::{Identifier, Scope};
use nest::AddedWait;
use steps::{Action, Draft, Role};

/// What a FlowSpec has already, and what every flow file keeps in it.
const ATTRIBUTES: [&str; 16] = [
    "allowed",
    "cmd",
    "end",
    "flowc_scheduled_at",
    "foreach_stack",
    "index",
    "input",
    "items",
    "merge_artifacts",
    "name",
    "next",
    "outputs",
    "scheduled_at",
    "script_name",
    "start",
    "states",
];

/// Everything about a flow that its file says.
pub(super) struct Lowering<'a> {
    pub flow: &'a Flow,
    pub settings: &'a Settings<'a>,
    /// The waits that Metaflow's form adds.
    pub added: Vec<AddedWait>,
    steps: Vec<Draft>,
    names: Names,
}

/// The attributes of the class.
struct Names {
    parameters: HashMap<String, Identifier>,
    /// The artifact with the list of each fan-out.
    lists: HashMap<TaskId, Identifier>,
    steps: Vec<Identifier>,
}

impl<'a> Lowering<'a> {
    pub fn new(flow: &'a Flow, settings: &'a Settings<'a>) -> Self {
        let (nodes, added) = nest::nest(flow);
        let steps = steps::steps(&nodes);
        Self {
            names: Names::new(flow, &steps),
            flow,
            settings,
            added,
            steps,
        }
    }

    /// The class.
    pub fn class(&self) -> FlowClass<'_> {
        FlowClass {
            doc: run::doc(self),
            name: run::class_name(&self.flow.name.value),
            description: self
                .flow
                .description
                .as_ref()
                .map(|text| text.value.clone()),
            decorators: run::decorators(self),
            parameters: run::parameters(self),
            steps: (0..self.steps.len()).map(|at| self.step(at)).collect(),
        }
    }

    /// The steps that run no task of the flow, and the waits that Metaflow's form asks for.
    pub fn additions(&self) -> Vec<Addition> {
        let runs = |step: &steps::Draft| {
            let mut actions = step.actions.iter();
            actions.any(|action| matches!(action, Action::Run(_)))
        };
        let steps = self.steps.iter().zip(&self.names.steps);
        let own = steps.filter(|(step, _)| !runs(step));
        let own = own.map(|(step, name)| Addition::Task {
            name: name.to_string(),
            beside: match step.role {
                steps::Role::Task(task) | steps::Role::Items(task) | steps::Role::JoinOf(task) => {
                    Some(task)
                }
                steps::Role::Start | steps::Role::End | steps::Role::Split | steps::Role::Join => {
                    None
                }
            },
        });
        let waits = self.added.iter().map(|wait| Addition::Wait {
            task: wait.task,
            upstream: wait.upstream,
        });
        own.chain(waits).collect()
    }

    /// How many steps there are.
    pub fn steps_count(&self) -> usize {
        self.steps.len()
    }

    /// How many steps Metaflow's own walks over the branches visit.
    pub fn visits(&self) -> f64 {
        steps::visits(&self.steps)
    }

    /// The number of steps that follow each other at most.
    pub fn longest(&self) -> usize {
        steps::longest(&self.steps)
    }

    fn step(&'a self, at: usize) -> Step<'a> {
        let draft = &self.steps[at];
        let main = draft.actions.iter().find_map(|action| match action {
            Action::Run(id) => Some(self.flow.task(*id)),
            _ => None,
        });
        let name = |step: &usize| self.names.steps[*step].clone();
        let next = match (draft.for_each, draft.next.as_slice()) {
            (_, []) => Next::End,
            (Some(fan_out), [instance, ..]) => {
                Next::ForEach(name(instance), self.names.lists[&fan_out].clone())
            }
            (None, next) => Next::Steps(next.iter().map(name).collect()),
        };
        let mut body: Vec<_> = draft
            .actions
            .iter()
            .flat_map(|action| self.action(*action))
            .collect();
        if let Some(fan_out) = draft.for_each {
            body.push(self.list(fan_out));
        }
        Step {
            name: name(&at),
            decorators: main.map(|task| self.decorators(task)).unwrap_or_default(),
            description: main
                .and_then(|task| task.description.as_ref())
                .map(|text| text.value.clone()),
            joins: draft.joins,
            body,
            next,
        }
    }

    /// The attribute of a parameter of the run.
    pub fn parameter(&self, name: &str) -> &str {
        self.names
            .parameters
            .get(name)
            .map_or("", Identifier::as_str)
    }

    /// The value that `with` gives a sub-flow's parameter, when it is a constant.
    pub fn binding(&self, group: TaskId, name: &str) -> Option<&Value> {
        let sub_flow = self.flow.task(group).group()?.sub_flow.as_ref()?;
        let binding = sub_flow
            .bindings
            .iter()
            .find(|binding| binding.parameter.name.value == name)?;
        binding.value.as_literal()
    }

    /// The task that writes an artifact of a task or group, and its name there.
    pub fn artifact(&self, id: TaskId, name: &str) -> (TaskId, String) {
        let export = self.flow.task(id).group().and_then(|group| {
            let mut exports = group.artifacts.iter();
            exports.find(|export| export.name.value == name)
        });
        match export {
            Some(export) => self.artifact(export.task, &export.artifact),
            None => (id, name.to_owned()),
        }
    }
}

impl Names {
    fn new(flow: &Flow, steps: &[Draft]) -> Self {
        let mut scope = Scope::new(ATTRIBUTES);
        let parameters = flow.parameters.iter().map(|parameter| {
            let name = &parameter.name.value;
            let other = format!("{name}_parameter");
            let wishes = [name.as_str(), other.as_str()];
            let wishes = if run::is_reserved(name) {
                &wishes[1..]
            } else {
                &wishes
            };
            (name.clone(), scope.take(wishes))
        });
        let parameters = parameters.collect();
        let path = |id: TaskId| flow.task(id).path.replace('.', "_");
        let tasks: HashMap<TaskId, Identifier> = flow
            .iter()
            .filter(|(_, task)| task.group().is_none())
            .map(|(id, task)| (id, scope.take(&[&task.name.value, &path(id)])))
            .collect();
        let lists = flow
            .iter()
            .filter(|(_, task)| task.for_each.is_some())
            .map(|(id, task)| {
                let short = format!("{}_list", task.name.value);
                (id, scope.take(&[&short, &format!("{}_list", path(id))]))
            })
            .collect();
        let mut numbers = [0; 2];
        let mut numbered = |scope: &mut Scope, which: usize, word: &str| {
            numbers[which] += 1;
            scope.take(&[&format!("{word}_{}", numbers[which])])
        };
        let of = |scope: &mut Scope, word: &str, id: TaskId| {
            let short = format!("{word}_{}", flow.task(id).name.value);
            scope.take(&[&short, &format!("{word}_{}", path(id))])
        };
        let steps = steps
            .iter()
            .map(|step| match step.role {
                Role::Start => Scope::default().take(&["start"]),
                Role::End => Scope::default().take(&["end"]),
                Role::Task(id) => tasks[&id].clone(),
                Role::Split => numbered(&mut scope, 0, "split"),
                Role::Join => numbered(&mut scope, 1, "join"),
                Role::Items(id) => of(&mut scope, "split", id),
                Role::JoinOf(id) => of(&mut scope, "join", id),
            })
            .collect();
        Self {
            parameters,
            lists,
            steps,
        }
    }
}
